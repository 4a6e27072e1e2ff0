"""The verdicts of an audit as a table, one row for each incident; the same on one machine and on Spark."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, TypedDict

from coresponder.audit.judgment import Evidence, Judgment
from coresponder.audit.sources import Together, Unreadable
from coresponder.policy.templates import Verdict

if TYPE_CHECKING:
    import datetime as dt

__all__ = ["BreachRow", "VerdictRow", "row_of", "row_of_unreadable", "rows_of"]


class BreachRow(TypedDict):
    """One breach, without its incident; see `Evidence`."""

    policy: str
    at: dt.datetime
    how: str
    events: list[int]
    key: str | None
    since: dt.datetime | None


class VerdictRow(TypedDict):
    """What an audit says of one incident.

    Attributes:
        incident: its id.
        why: why it cannot be judged; the rest is empty then.
        events: how many it has. out_of_place, doubtful: how many of them are so.
        concerned: the policies that count one of its events.
        violated, undetermined, pending: the policies with this verdict; all others are held.
        evidence: each breach.
    """

    incident: str
    why: str | None
    events: int | None
    out_of_place: int | None
    doubtful: int | None
    concerned: list[str] | None
    violated: list[str] | None
    undetermined: list[str] | None
    pending: list[str] | None
    evidence: list[BreachRow] | None


def rows_of(judged: Judgment | Together) -> Iterator[VerdictRow]:
    """Yield the row of a judgment, or those of incidents that were judged together."""
    if isinstance(judged, Judgment):
        yield row_of(judged)
    else:
        yield from _rows_together(judged)


def row_of(judgment: Judgment) -> VerdictRow:
    """Return the row of a judgment."""
    case = judgment.case
    return _row(
        case.id,
        events=case.version,
        out_of_place=len(case.findings.out_of_place),
        doubtful=len(case.findings.doubtful),
        concerned=judgment.concerned,
        verdicts=[(one.policy, one.verdict) for one in judgment.statuses],
        evidence=judgment.evidence,
    )


def row_of_unreadable(found: Unreadable) -> VerdictRow:
    """Return the row of an incident that cannot be judged."""
    return VerdictRow(
        incident=found.incident,
        why=found.why,
        events=None,
        out_of_place=None,
        doubtful=None,
        concerned=None,
        violated=None,
        undetermined=None,
        pending=None,
        evidence=None,
    )


def _rows_together(found: Together) -> Iterator[VerdictRow]:
    judged = found.judged
    policies = [one.id for one in judged.program.book.policies]
    evidence = defaultdict[int, list[Evidence]](list)
    for place, breach in judged.evidence:
        evidence[place].append(breach)
    for sort in judged.sorts:
        for row, out_of_place in zip(sort.rows.tolist(), sort.out_of_place.tolist(), strict=True):
            verdicts = map(Verdict, judged.verdicts[:, row].tolist())
            yield _row(
                judged.incidents[row],
                events=len(sort.known.history),
                out_of_place=out_of_place,
                doubtful=0,  # an incident with a doubtful time is judged by itself
                concerned=sort.known.concerned,
                verdicts=zip(policies, verdicts, strict=True),
                evidence=evidence[judged.places[row]],
            )


def _row(
    incident: str,
    *,
    events: int,
    out_of_place: int,
    doubtful: int,
    concerned: Iterable[str],
    verdicts: Iterable[tuple[str, Verdict]],
    evidence: Iterable[Evidence],
) -> VerdictRow:
    said = list(verdicts)

    def those(wanted: Verdict) -> list[str]:
        return [policy for policy, verdict in said if verdict is wanted]

    return VerdictRow(
        incident=incident,
        why=None,
        events=events,
        out_of_place=out_of_place,
        doubtful=doubtful,
        concerned=sorted(concerned),
        violated=those(Verdict.VIOLATED),
        undetermined=those(Verdict.UNDETERMINED),
        pending=those(Verdict.PENDING),
        evidence=[_breach(one) for one in evidence],
    )


def _breach(one: Evidence) -> BreachRow:
    return BreachRow(
        policy=one.policy,
        at=one.at,
        how=str(one.how),
        events=list(one.events),
        key=one.key,
        since=one.since,
    )
