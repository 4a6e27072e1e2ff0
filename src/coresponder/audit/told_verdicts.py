"""Report how the verdicts of two programs differ: the share of incidents that violate each policy
under both, the difference with its interval, and no small numbers outside the agency.
"""

from __future__ import annotations

from typing import Any

import attrs

from coresponder.audit.audit import Rule
from coresponder.audit.intervals import paired_difference
from coresponder.audit.small_cells import unless_few
from coresponder.audit.told import Number, number
from coresponder.audit.verdicts import Comparison, PairedRule

__all__ = ["ComparedPolicy", "ComparedRecord", "LonePolicy", "told_comparison"]

_HIDDEN = "suppressed: a number is too small"
_SAME = "no verdict differs"


@attrs.frozen(kw_only=True)
class ComparedPolicy:
    """A policy of two programs. A number that is hidden is None; if one is, all are.

    Attributes:
        of: the incidents in which both verdicts are known, which are what the shares are of.
        old, new: the incidents that violate it under each program.
        no_longer, now: those that violate it under the old one only, and under the new one only.
        undetermined: incidents that are left out, because a verdict depends on a time that is only
            approximate.
        by, low, high: the difference of the shares, new minus old, with its 95 % interval (Newcombe,
            for pairs), as parts of 1.
        says: what follows from the difference.
    """

    policy: str
    of: int | None
    old: Number
    new: Number
    no_longer: int | None
    now: int | None
    undetermined: int | None
    by: float | None
    low: float | None
    high: float | None
    says: str

    @property
    def same(self) -> bool:
        """Whether no verdict differs, in enough incidents to say so."""
        return self.by is not None and self.no_longer == self.now == 0

    @property
    def hidden(self) -> bool:
        """Whether its numbers are not shown."""
        return self.of is None


@attrs.frozen(kw_only=True)
class LonePolicy:
    """A policy of one program only. A number that is hidden is None; if one is, all are.

    Attributes:
        program: the program that has it.
        of: the incidents in which its verdict is known.
        violated: those that violate it.
        undetermined: incidents that are left out.
    """

    policy: str
    program: str
    of: int | None
    violated: Number
    undetermined: int | None

    @property
    def hidden(self) -> bool:
        """Whether its numbers are not shown."""
        return self.of is None


@attrs.frozen(kw_only=True)
class ComparedRecord:
    """A comparison as it is reported.

    Attributes:
        subject: `incident` or `responder`.
        judged: how many both programs could judge. unreadable: how many one of them could not.
        unusable: rows of an export that could not be used.
        policies: the policies of both programs. alone: those of one program only.
        changed: how many get another verdict, or could not be judged; None outside the agency.
    """

    subject: str
    judged: int | None
    unreadable: int | None
    unusable: int | None
    policies: tuple[ComparedPolicy, ...]
    alone: tuple[LonePolicy, ...]
    changed: int | None

    @property
    def told(self) -> tuple[ComparedPolicy, ...]:
        """The policies of which there is something to say."""
        return tuple(one for one in self.policies if not one.same and not one.hidden)

    @property
    def same(self) -> tuple[str, ...]:
        """The policies on which no verdict differs."""
        return tuple(one.policy for one in self.policies if one.same)

    @property
    def hidden(self) -> tuple[str, ...]:
        """The policies, of both programs or of one, whose numbers are not shown."""
        shared = [one.policy for one in self.policies if one.hidden]
        return (*shared, *(one.policy for one in self.alone if one.hidden))

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return attrs.asdict(self)


def told_comparison(found: Comparison, least: int = 1) -> ComparedRecord:
    """Return the report of a comparison.

    Args:
        found: what two programs say of the same record.
        least: the smallest number that is shown; 1 shows all, as only the agency may see it.
    """
    programs = (found.old.name, found.new.name)
    return ComparedRecord(
        subject=found.new.subject,
        judged=unless_few(found.incidents, least),
        unreadable=unless_few(found.unreadable, least),
        unusable=unless_few(found.reasons.total(), least),
        policies=tuple(_compared(rule, least) for rule in found.rules.values()),
        alone=tuple(
            _alone(rule, program, least)
            for rules, program in zip(found.alone, programs, strict=True)
            for rule in rules.values()
        ),
        changed=found.changed.count if least == 1 else None,
    )


def _few(least: int, *counts: int) -> bool:
    """Return whether one of the parts of a whole is so small that none may be shown."""
    return any(0 < count < least for count in counts)


def _compared(rule: PairedRule, least: int) -> ComparedPolicy:
    parts = (rule.both, rule.only_new, rule.only_old, rule.neither)
    if _few(least, *parts, rule.undetermined):
        return _hidden(rule.policy)
    found = paired_difference(*parts)
    same = found.by is not None and not rule.only_new and not rule.only_old
    return ComparedPolicy(
        policy=rule.policy,
        of=rule.of,
        old=number("old", rule.both + rule.only_old, rule.of, hidden=False),
        new=number("new", rule.both + rule.only_new, rule.of, hidden=False),
        no_longer=rule.only_old,
        now=rule.only_new,
        undetermined=rule.undetermined,
        by=found.by,
        low=found.low,
        high=found.high,
        says=_SAME if same else found.says,
    )


def _hidden(policy: str) -> ComparedPolicy:
    return ComparedPolicy(
        policy=policy,
        of=None,
        old=Number(label="old", count=None),
        new=Number(label="new", count=None),
        no_longer=None,
        now=None,
        undetermined=None,
        by=None,
        low=None,
        high=None,
        says=_HIDDEN,
    )


def _alone(rule: Rule, program: str, least: int) -> LonePolicy:
    others = rule.pending + rule.held
    hidden = _few(least, rule.violated, others, rule.undetermined)
    of = rule.violated + others
    return LonePolicy(
        policy=rule.policy,
        program=program,
        of=None if hidden else of,
        violated=number("violated", rule.violated, of, hidden=hidden),
        undetermined=None if hidden else rule.undetermined,
    )
