"""What a program tells each role: through a window, by a refused step, and by its notices (ADR 0203).

A window tells a rule only if the role sees all that the rule reads, so two histories that look alike
to a role are answered alike. A notice of another rule says only that there is something.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator, Mapping

import attrs

from coresponder.domain.events import EmergencyAccessOpened, EmergencyAccessReviewed
from coresponder.domain.spoken import say_word
from coresponder.domain.types import UTC
from coresponder.domain.vocabulary import Purpose
from coresponder.policy.book import Book
from coresponder.program import Program
from coresponder.program.notices import OCCASIONS, NoticeRule, concerns
from coresponder.program.viewing import View
from coresponder.proof.dependence import Read, reads_of, reads_of_path
from coresponder.proof.sights import hidden_from, hidden_from_role
from coresponder.record import Record

__all__ = [
    "NoticeProof",
    "Untold",
    "WindowProof",
    "prove_notices",
    "prove_windows",
    "rows_without_review",
]

_ANY_TIME = dt.datetime(2000, 1, 3, tzinfo=UTC)


@attrs.frozen(kw_only=True)
class Untold(Record):
    """A rule that a role may not be told, or an event type of which it may not.

    Attributes:
        rule: the policy's id, or the event type.
        hidden: what it reads that the role does not see, as `Event` or `Event.field`.
    """

    rule: str
    hidden: tuple[str, ...]


@attrs.frozen(kw_only=True)
class WindowProof(Record):
    """What a window tells some roles for a purpose.

    Attributes:
        roles: the roles; all of them have the same rows.
        events: of how many event types something is seen.
        told: the rules that are told.
        untold: the rules that are not, each with what it would tell.
        refusing: those of them that block: a role that tries a step learns from the refusal.
        only: the conditions of rows: that such a row shows something tells that its condition holds.
    """

    roles: tuple[str, ...]
    purpose: Purpose
    events: int
    told: tuple[str, ...]
    untold: tuple[Untold, ...] = ()
    refusing: tuple[str, ...] = ()
    only: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class NoticeProof(Record):
    """A notice of which a role sees less than it says, for any purpose.

    Attributes:
        to: the role.
        notice: the notice in words.
        untold: the rules or the event type that it does not name to this role, or whose fields it
            does not tell, with what is hidden.
    """

    to: str
    notice: str
    untold: tuple[Untold, ...]


_Reads = Mapping[str, frozenset[Read]]


def _reads_of_rules(program: Program) -> _Reads:
    return {one.id: reads_of(program, one) for one in program.book.policies}


def prove_windows(program: Program) -> tuple[WindowProof, ...]:
    """Return what a window tells each role for each purpose that has rows."""
    groups: dict[tuple[Purpose, tuple[str, ...]], list[str]] = {}
    for (role, purpose), rows in _rows(program).items():
        groups.setdefault((purpose, rows), []).append(role)
    reads = _reads_of_rules(program)
    return tuple(
        _window(program, reads, tuple(roles), purpose) for (purpose, _), roles in groups.items()
    )


def _rows(program: Program) -> dict[tuple[str, Purpose], tuple[str, ...]]:
    """Return the rows of each role for each purpose that has some, in the order of the rows."""
    found: dict[tuple[str, Purpose], tuple[str, ...]] = {}
    for view in program.views:
        for asked in itertools.product(view.roles, view.purposes):
            found[asked] = (*found.get(asked, ()), view.id)
    return found


def _window(
    program: Program, reads: _Reads, roles: tuple[str, ...], purpose: Purpose
) -> WindowProof:
    sight = program.sight(roles[:1], purpose)
    hidden = {id: hidden_from(sight, read) for id, read in reads.items()}
    untold = tuple(Untold(rule=id, hidden=found) for id, found in hidden.items() if found)
    return WindowProof(
        roles=roles,
        purpose=purpose,
        events=len(sight.readers),
        told=tuple(id for id, found in hidden.items() if not found),
        untold=untold,
        refusing=tuple(one.rule for one in untold if program.book[one.rule].blocks),
        only=tuple(dict.fromkeys(text for view in sight.views for text in _conditions(view))),
    )


def _conditions(view: View) -> Iterator[str]:
    if view.needs:
        yield "for some needs"
    if view.own:
        yield "about the viewer"
    if view.with_consent:
        yield f"with consent to {say_word(view.with_consent)}"


def prove_notices(program: Program) -> tuple[NoticeProof, ...]:
    """Return the notices of which a role is told less, because no row shows it; none if the program
    has no rows.
    """
    reads = _reads_of_rules(program) if program.views else {}
    found = (_notice(program, reads, rule) for rule in program.notices if program.views)
    return tuple(one for one in found if one.untold)


def _notice(program: Program, reads: _Reads, rule: NoticeRule) -> NoticeProof:
    told = (
        Untold(rule=name, hidden=hidden_from_role(program, rule.to, read))
        for name, read in _told_by(program, reads, rule)
    )
    return NoticeProof(
        to=rule.to, notice=str(rule), untold=tuple(one for one in told if one.hidden)
    )


def _told_by(
    program: Program, reads: _Reads, rule: NoticeRule
) -> Iterator[tuple[str, frozenset[Read]]]:
    """Yield each rule or event type that a notice tells, with what it tells of it."""
    on_incident = {
        read
        for path in rule.fields
        if path.startswith("incident.")
        for read in reads_of_path(program, path.removeprefix("incident."))
    }
    if rule.on not in OCCASIONS:
        own = {(rule.on, path) for path in rule.fields if not path.startswith("incident.")}
        yield rule.on, frozenset({(rule.on, "at"), *own, *on_incident})
        return
    book: Book = program.book
    yield from ((id, reads[id] | on_incident) for id in reads if concerns(rule, book, id))


def rows_without_review(program: Program) -> tuple[str, ...]:
    """Return the ids of the rows that open in an emergency, where some access that opens them owes
    nobody a review. Each role, purpose and reason of a row is tried under the program.
    """
    return tuple(
        view.id
        for view in program.views
        if not all(_owes_review(program, access) for access in _accesses_to(view))
    )


def _accesses_to(view: View) -> Iterator[EmergencyAccessOpened]:
    emergency = view.emergency_access
    if emergency is None:
        return
    for role, purpose, reason in itertools.product(view.roles, view.purposes, emergency.reasons):
        yield EmergencyAccessOpened(
            at=_ANY_TIME,
            by="viewer",
            access="access",
            viewer="viewer",
            roles=(role,),
            purpose=purpose,
            views=(view.id,),
            reason=reason,
            until=_ANY_TIME + emergency.lasts,
        )


def _owes_review(program: Program, access: EmergencyAccessOpened) -> bool:
    case = program.replay("incident", [access])
    return any(
        _asks_for_review(program, owed.policy) and owed.key in {None, access.access}
        for owed in program.obligations(case, access.at)
    )


def _asks_for_review(program: Program, rule: str) -> bool:
    owing = program.book[rule].policy
    atoms = (owing.a, owing.b)
    return any(atom and EmergencyAccessReviewed.__name__ in atom.events for atom in atoms)
