"""How far a claim of a proof goes, and what stops a search before it has seen everything. A limit is never a pass."""

from __future__ import annotations

import attrs

from coresponder.record import Record

__all__ = ["Budget", "Fault", "LimitReached", "Scope"]


class LimitReached(Exception):
    """The search stopped before it had seen everything."""


class Fault(Exception):
    """The search and the code that runs live disagree. That is a fault of this library."""


@attrs.define
class Budget:
    """How many states a whole check may see. It is shared by all its searches.

    Attributes:
        limit: the most.
        spent: how many were seen.
    """

    limit: int
    spent: int = 0

    def spend(self) -> None:
        """Count one state; raise `LimitReached` when there are no more to be had."""
        if self.spent >= self.limit:
            raise LimitReached(f"more than {self.limit:,} states; raise --limit")
        self.spent += 1


@attrs.frozen(kw_only=True)
class Scope(Record):
    """For how many persons, referrals and follow-ups in one incident, and values of each other key, a claim is shown.

    Attributes:
        individuals: up to how many of each kind; None for any number.
    """

    individuals: int | None = None

    def __str__(self) -> str:
        """Say it."""
        number = "any number of" if self.individuals is None else f"up to {self.individuals}"
        return f"for {number} persons, referrals and follow-ups in one incident"

    def __or__(self, other: Scope) -> Scope:
        """Return the narrower of two scopes."""
        known = [scope.individuals for scope in (self, other) if scope.individuals is not None]
        return Scope(individuals=min(known, default=None))
