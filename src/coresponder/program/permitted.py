"""The answer to "What may I record now, and why not the rest?", for all events of a program."""

from __future__ import annotations

import datetime as dt

import attrs

from coresponder.domain.events import Decision
from coresponder.domain.objects import Incident
from coresponder.lifecycle import PARTS
from coresponder.policy.automata import BY_EVENT, Cell
from coresponder.policy.book import Book
from coresponder.policy.policy import CompiledPolicy
from coresponder.policy.refusal import Refusal, RefusalKind
from coresponder.policy.words import remedy_of, say_event, say_policy
from coresponder.program.approximate import uncertain, undetermined
from coresponder.program.case import Case
from coresponder.program.declaration import Declaration
from coresponder.program.refusals import broken, no_edge, still_owed, too_early
from coresponder.record import Record
from coresponder.roster.standing import standing_at

__all__ = ["Permission", "permission", "permission_in_time", "permitted"]


@attrs.frozen(kw_only=True)
class Permission(Record):
    """Whether one event type may be recorded now.

    Attributes:
        event: the event type.
        kind: `fact` or `decision`; a fact is always taken.
        permitted: False if every such event would be refused.
        refusals: why it is not permitted, and what would satisfy the rule.
        depends: rules that refuse some events of this type, depending on their fields.
        out_of_place: a fact that the lifecycle does not expect now; it is taken and marked.
        dead_ends: policies that leave no compliant finish after some such event; filled in if the
            program has `look_ahead`.
    """

    event: str
    kind: str
    permitted: bool
    refusals: tuple[Refusal, ...] = ()
    depends: tuple[str, ...] = ()
    out_of_place: bool = False
    dead_ends: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Say it in one line."""
        if not self.permitted:
            return f"no   {say_event(self.event)}: {' '.join(map(str, self.refusals))}"
        notes = ["the lifecycle does not expect it now"] if self.out_of_place else []
        notes += [f"it depends: {text}" for text in self.depends]
        notes += (
            [f"beware: after it there may be no way to finish under {' and '.join(self.dead_ends)}"]
            if self.dead_ends
            else []
        )
        return f"yes  {say_event(self.event)}" + (f" ({'; '.join(notes)})" if notes else "")


def permitted(program: Declaration, case: Case, now: dt.datetime) -> tuple[Permission, ...]:
    """Return what may be recorded now, for every event type, with reasons and remedies."""
    unknown = undetermined(program, case)
    found = (permission(program, case, now, name) for name in program.vocabulary)
    return tuple(_with_doubt(program, one, unknown) for one in found) if unknown else tuple(found)


def _with_doubt(program: Declaration, one: Permission, unknown: frozenset[str]) -> Permission:
    """Say where an answer depends on a time that is only approximate."""
    unsure = tuple(
        f"{say_policy(policy.policy)} {_UNSURE}"
        for policy in program.book.policies
        if policy.blocks and policy.id in unknown and one.event in policy.watches
    )
    if one.kind == "fact" or not (one.refusals or unsure):
        return one
    return attrs.evolve(
        one,
        refusals=uncertain(unknown, one.refusals),
        depends=one.depends + (unsure if one.permitted else ()),
    )


_UNSURE = "Whether this is kept is not certain: a time is only approximate."


def permission(program: Declaration, case: Case, now: dt.datetime, name: str) -> Permission:
    """Return the answer for one event type."""
    decision = issubclass(program.vocabulary[name], Decision)
    if decision and (early := too_early(program, case, now, name)) is not None:
        return Permission(event=name, kind="decision", permitted=False, refusals=(early,))
    return permission_in_time(program, case, now, name)


def permission_in_time(program: Declaration, case: Case, now: dt.datetime, name: str) -> Permission:
    """Return the answer for one event type, whether or not `now` is plausible in the case."""
    state = case.state
    moves = program.lifecycle.table.get(name)
    misplaced = moves is not None and state not in moves
    if not issubclass(program.vocabulary[name], Decision):
        return Permission(event=name, kind="fact", permitted=True, out_of_place=misplaced)
    if misplaced:
        return Permission(
            event=name, kind="decision", permitted=False, refusals=(no_edge(program, name, state),)
        )
    target = state if moves is None else moves[state]
    ends = target != state and target in program.lifecycle.final
    refusals, depends = _by_parts(case, name)
    cells = list(case.cells)
    after = _after(case.incident, target, now)
    for index, policy in enumerate(program.book.policies):
        if name in policy.watches:
            cells[index], breaks, unsure = _by_policy(
                policy, cells[index], name, _letters(policy, name, after), now, ends=ends
            )
            refusals += [broken(program, index, name, state, None)] if breaks else []
            depends += [f"{say_policy(policy.policy)} {remedy_of(policy.policy)}"] if unsure else []
    if ends:
        refusals += still_owed(program.book.owed(tuple(cells), now), name, state)
    return Permission(
        event=name,
        kind="decision",
        permitted=not refusals,
        refusals=tuple(refusals),
        depends=tuple(depends),
    )


def _after(incident: Incident, state: str, now: dt.datetime) -> Incident:
    """Return the incident as a step to a state would leave it, apart from what the event says."""
    known = incident.responder
    if known is None and state == incident.state:
        return incident
    return attrs.evolve(incident, state=state, responder=known and standing_at(known, now))


def _by_policy(
    policy: CompiledPolicy,
    cell: Cell,
    name: str,
    letters: tuple[int, ...],
    now: dt.datetime,
    *,
    ends: bool,
) -> tuple[Cell, bool, bool]:
    """Return the best cell to which such an event can lead, whether every such event breaks the
    policy, and whether some do.
    """
    found = [
        bool(policy.automaton.step(part, letter, now)[1] & BY_EVENT)
        for part in _parts(policy, cell)
        for letter in letters
    ]
    breaks, unsure = policy.blocks and all(found), policy.blocks and any(found)
    if policy.policy.per and not policy.releases_all(name):
        return cell, breaks, unsure and not breaks
    outcomes = [_stepped(policy, cell, letter, now) for letter in letters]
    owing = [
        ends and policy.blocks and bool(Book(policies=(policy,)).owed((one,), now))
        for one in outcomes
    ]
    return (
        outcomes[owing.index(min(owing))],
        breaks,
        (unsure and not breaks) or (any(owing) and not all(owing)),
    )


def _letters(policy: CompiledPolicy, name: str, incident: object) -> tuple[int, ...]:
    """Return every set of atoms that such an event could match; without `where` there is only one."""
    letters = [0]
    for letter, guard in policy.guards[name]:
        reads_incident_only = guard is not None and _reads_incident_only(policy, letter)
        if guard is None or (reads_incident_only and guard(None, incident)):  # type: ignore[arg-type]
            letters = [found | letter for found in letters]
        elif not reads_incident_only:
            letters += [found | letter for found in letters]
    return tuple(dict.fromkeys(letters))


def _parts(policy: CompiledPolicy, cell: Cell) -> list[Cell]:
    """Return the cells that such an event could step, including that of a correlation key that no
    event has named yet.
    """
    return [part for _, part in policy.parts(cell)] + (
        [policy.unseen(cell)] if policy.policy.per else []
    )


def _stepped(policy: CompiledPolicy, cell: Cell, letter: int, now: dt.datetime) -> Cell:
    """Return the cell after an event that concerns every correlation key."""
    stepped = {key: policy.automaton.step(part, letter, now)[0] for key, part in policy.parts(cell)}
    return stepped if policy.policy.per else stepped[None]


def _reads_incident_only(policy: CompiledPolicy, letter: int) -> bool:
    single = policy.policy.b is None
    atoms = (
        [policy.policy.a]
        if single and letter in {1, 2}
        else [{1: policy.policy.a, 2: policy.policy.b, 4: policy.policy.unless}[letter]]
    )
    if policy.policy.unless is not None and letter != 4:
        atoms.append(policy.policy.unless)
    return all(atom is None or atom.of_incident_only() for atom in atoms)


def _by_parts(case: Case, name: str) -> tuple[list[Refusal], list[str]]:
    """Return the answer of the lifecycle of referrals or follow-ups: refused if none is in a status
    from which the event starts.
    """
    found = [
        (field, lifecycle.table[name])
        for field, lifecycle in PARTS.items()
        if lifecycle.regulates(name)
    ]
    if not found:
        return [], []
    field, moves = found[0]
    noun, sources = field.replace("_", "-"), " or ".join(moves)
    ready = [part.id for part in getattr(case.incident, f"{field}s") if part.status.value in moves]
    if ready or "new" in moves:
        return [], [
            f"only for a {noun} that is {sources}" + (f": {', '.join(ready)}" if ready else "")
        ]
    why, first = f"no {noun} is {sources}.", PARTS[field].edges[0].event
    refusal = Refusal(
        kind=RefusalKind(field),
        event=name,
        state=case.state,
        why=why,
        remedy=f"It begins with “{say_event(first)}”.",
    )
    return [refusal], []
