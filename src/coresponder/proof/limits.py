"""The scope of a proof's claim, and what stops a search before it is complete. A limit is never a
pass.
"""

from __future__ import annotations

import attrs

from coresponder.record import Record

__all__ = ["Budget", "Fault", "LimitReached", "Scope"]


class LimitReached(Exception):
    """The search stopped before it was complete."""


class Fault(Exception):
    """The search and the code that runs live disagree, which is a bug in this library."""


@attrs.define
class Budget:
    """How many states and moves a whole check may see. It is shared by all its searches.

    Attributes:
        limit: the most that may be seen.
        spent: how many were seen.
        states: how many of these are states.
    """

    limit: int
    spent: int = 0
    states: int = 0
    _granted: int | None = None

    def grant(self, share: float) -> None:
        """Let the next part spend a share of what is left, so that one large part does not use it
        all.
        """
        self._granted = self.spent + int((self.limit - self.spent) * share)

    def spend(self, *, state: bool = False) -> None:
        """Count one move, or one state; raise `LimitReached` if the budget is spent."""
        if self.spent >= (self.limit if self._granted is None else self._granted):
            raise LimitReached(
                f"its share of {self.limit:,} states and moves was not enough; raise --limit"
            )
        self.spent += 1
        self.states += state


@attrs.frozen(kw_only=True)
class Scope(Record):
    """The number of persons, responders, referrals and follow-ups in one incident, and of values of
    each other key, for which a claim is shown. A rule on responders is about the record of one
    responder, so it holds for any number of responders.

    Attributes:
        individuals: the most of each kind; None for any number.
    """

    individuals: int | None = None

    def __str__(self) -> str:
        """Say it."""
        several = f"up to {self.individuals}" if self.individuals else "no number of"
        number = "any number of" if self.individuals is None else several
        return f"for {number} persons, responders, referrals and follow-ups in one incident"

    def __or__(self, other: Scope) -> Scope:
        """Return the narrower of two scopes."""
        known = [scope.individuals for scope in (self, other) if scope.individuals is not None]
        return Scope(individuals=min(known, default=None))
