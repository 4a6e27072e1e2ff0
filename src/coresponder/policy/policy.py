"""A policy: one DECLARE template over one or two atoms. It is checked when it is loaded, and
compiled.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Any

import attrs

from coresponder.domain.events import Decision, Event
from coresponder.domain.objects import Incident
from coresponder.domain.types import opaque_id
from coresponder.errors import nearest
from coresponder.policy.atoms import Atom, Guard, compile_where, field_names
from coresponder.policy.automata import OWED, Automaton, Cell, Timed, Untimed
from coresponder.policy.bounds import Bound, Calendar, parse_bound
from coresponder.policy.templates import OWN, TEMPLATES, Letter, Template, Verdict
from coresponder.policy.watches import UNSEEN, Watch, watch_of

__all__ = ["SUBJECTS", "CompiledPolicy", "Enforcement", "Policy", "compile_policy"]


Guards = Mapping[str, tuple[tuple[int, Guard | None], ...]]
"""Event type -> (letter, condition) of each atom that mentions it."""


_TRANSFER = "IncidentTransferAccepted"
SUBJECTS = ("incident", "responder")
"""What a policy may be about. Each subject has its own streams of events."""


class Enforcement(enum.StrEnum):
    """What happens to a decision that would break the policy."""

    BLOCK = "BLOCK"
    WARN = "WARN"
    OBSERVE = "OBSERVE"


@attrs.frozen(kw_only=True)
class Policy:
    """One rule of a program.

    Attributes:
        id: its name in refusals, reports and overrides.
        on: the subject: an `incident`, or a `responder`, over the events of the responder's stream.
        template: a DECLARE name; see `coresponder.policy.templates.TEMPLATES`. None with an
            `automaton` of your own.
        a, b: the atoms, in the template's order.
        unless: the atom that releases from the rule, where a release has one meaning for the
            template.
        within, after: one time bound, as text.
        per: a field that both atoms have; one cell is kept for each value. A release without the
            field releases every value.
        count: for existence, at_most and exactly.
        enforcement: BLOCK refuses, WARN flags and notifies, OBSERVE counts.
        authority: the law, manual or decision on which the rule rests.
        because: a sentence for people, used instead of the generated one.
        transfers: what it owes goes over to the agency that takes the incident on: `unless` has
            `IncidentTransferAccepted`, too.
        automaton: an automaton of your own, with the four methods of `Automaton`; its letters are
            a=1, b=2, c=4.
    """

    id: str
    on: str = attrs.field(default="incident", validator=attrs.validators.in_(SUBJECTS))
    template: str | None = None
    a: Atom | None = None
    b: Atom | None = None
    unless: Atom | None = None
    within: str | None = None
    after: str | None = None
    per: str | None = None
    count: int = 1
    enforcement: Enforcement = attrs.field(default=Enforcement.WARN, converter=Enforcement)
    authority: str = "local choice"
    because: str | None = None
    transfers: bool = False
    automaton: Automaton | None = None

    def __attrs_post_init__(self) -> None:
        """Let the transfer of the incident release from the rule, if it transfers."""
        if self.transfers and not (self.unless and self.unless.where):
            events = self.unless.events if self.unless else ()
            both = Atom(events=tuple(dict.fromkeys([*events, _TRANSFER])))
            object.__setattr__(self, "unless", both)


@attrs.frozen(kw_only=True)
class CompiledPolicy:
    """A policy ready to step."""

    policy: Policy
    template: Template
    automaton: Automaton
    bound: Bound | None
    watches: Mapping[str, Watch] = attrs.field(repr=False)
    guards: Guards = attrs.field(repr=False)
    keyless: frozenset[str] = frozenset()

    @property
    def id(self) -> str:
        """The policy's id."""
        return self.policy.id

    @property
    def blocks(self) -> bool:
        """True for BLOCK."""
        return self.policy.enforcement is Enforcement.BLOCK

    @property
    def mentions(self) -> frozenset[str]:
        """The event types that its atoms name."""
        atoms = (self.policy.a, self.policy.b, self.policy.unless)
        return frozenset(name for atom in atoms if atom for name in atom.events)

    def matched(self, event: Event, incident: Incident) -> int:
        """Return the atoms that an event matches, with the incident after it."""
        found = 0
        for letter, guard in self.guards.get(type(event).__name__, ()):
            if not found & letter and (guard is None or guard(event, incident)):
                found |= letter
        return found

    @property
    def can_owe(self) -> bool:
        """True when the policy may be pending; a rule that only forbids is never pending."""
        return bool(self.template.due)

    @property
    def starts_with_opening(self) -> bool:
        """True when the first cell depends on when the case opened."""
        clocked = not isinstance(self.automaton, Untimed)
        return clocked and self.template.opening and not self.policy.per

    def start(self, opening: Any) -> Cell:
        """Return the first cell, or an empty map of cells under `per`."""
        return _NO_KEYS if self.policy.per else self.automaton.start(opening)

    def begin(self, cell: Cell, opening: Any) -> Cell:
        """Return the cell with its clock started, if it was not running. A program's own automaton
        starts if it has not moved.
        """
        if isinstance(self.automaton, Timed):
            return (cell[0], opening) if cell[1] is None and not cell[0] & OWED else cell
        return self.automaton.start(opening) if cell == self.automaton.start(None) else cell

    def parts(self, cell: Cell) -> tuple[tuple[Any, Cell], ...]:
        """Return (key, cell) for each correlation key; without `per`, one pair with the key None."""
        if not self.policy.per:
            return ((None, cell),)
        return (
            tuple(cell.items())
            if UNSEEN not in cell
            else tuple((key, part) for key, part in cell.items() if key is not UNSEEN)
        )

    def unseen(self, cell: Cell) -> Cell:
        """Return the cell of a correlation key that no event has named yet."""
        found = cell.get(UNSEEN)
        return self.automaton.start(None) if found is None else found

    def releases_all(self, event: str) -> bool:
        """Return whether an event type releases every correlation key, because it does not have the
        field.
        """
        return event in self.keyless

    def since(self, part: Cell) -> Any:
        """Return when the time that the policy measures began; None without a bound."""
        return part[1] if isinstance(self.automaton, Timed) else None

    def verdict(self, cell: Cell, now: Any) -> Verdict:
        """Return the verdict over all keys, as if nothing had been breached before."""
        if not self.policy.per:
            return self.automaton.verdict(cell, now)
        parts = (self.automaton.verdict(part, now) for _, part in self.parts(cell))
        return min((*parts, Verdict.HOLDING))


_NO_KEYS: Cell = {}
"""Shared by all cases: a keyed cell is replaced, never changed."""


@attrs.define
class _Check:
    """Collects every mistake in one policy, so that its author can fix all of them at once."""

    policy: Policy
    vocabulary: Mapping[str, type[Event]]
    problems: list[str] = attrs.field(factory=list)

    def say(self, key: str, text: str) -> None:
        self.problems.append(f"[[policy]] {self.policy.id!r}, {key}: {text}")


def compile_policy(
    policy: Policy, vocabulary: Mapping[str, type[Event]], calendar: Calendar
) -> tuple[CompiledPolicy | None, list[str]]:
    """Return the compiled policy, or None with every problem in it."""
    check = _Check(policy, vocabulary)
    try:
        opaque_id(policy.id)
    except ValueError:
        check.say(
            "id",
            "an override records the id, so it must be letters, digits and . _ - without spaces",
        )
    template = _template_of(check)
    if template is None:
        return None, check.problems
    bound = _bound_of(check, template, calendar)
    if policy.transfers:
        _check_transfer(check, template)
    atoms = _atoms_of(check, template)
    guards = _guards_of(check, template, atoms)
    if policy.per:
        _check_per(check, template)
    if not check.problems:
        _check_enforceable(check, template)
    if check.problems:
        return None, check.problems
    return _compiled(check, template, bound, guards), check.problems


def _compiled(
    check: _Check, template: Template, bound: Bound | None, guards: Guards
) -> CompiledPolicy:
    policy, keyless = check.policy, frozenset[str]()
    clocked = bound and Timed(template, bound, policy.within is not None)
    automaton = policy.automaton or clocked or Untimed(template)
    if policy.per:
        lacks = (name for name in guards if policy.per not in field_names(check.vocabulary[name]))
        keyless = frozenset(lacks)
    watches = {
        name: watch_of(
            automaton, found, per=policy.per, every=template.every, keyless=name in keyless
        )
        for name, found in guards.items()
    }
    return CompiledPolicy(
        policy=policy,
        template=template,
        automaton=automaton,
        bound=bound,
        watches=watches,
        guards=guards,
        keyless=keyless,
    )


def _template_of(check: _Check) -> Template | None:
    policy = check.policy
    if policy.automaton is not None:
        return OWN
    template = TEMPLATES.get(policy.template or "")
    if template is None:
        check.say(
            "template",
            f"there is no template {policy.template!r};"
            f" {nearest(policy.template or '', TEMPLATES)}",
        )
        return None
    needed = {"a"} if template.atoms == 1 else {"a", "b"}
    for name in ("a", "b"):
        given = getattr(policy, name) is not None
        if name in needed and not given:
            check.say(name, f'{template.name} needs an atom {name!r}; write {name} = "EventType"')
        if given and name not in needed:
            check.say(name, f"{template.name} has only one atom, 'a'; remove {name!r}")
    if policy.count != 1 and not template.counted:
        *others, last = (t.name for t in TEMPLATES.values() if t.counted)
        said = f"{', '.join(others)} and {last}"
        check.say("count", f"{template.name} takes no count; {said} do")
    if policy.count < 1:
        check.say("count", f"{policy.count} is not a count; give 1 or more (absence means never)")
    return template.times(policy.count)


def _bound_of(check: _Check, template: Template, calendar: Calendar) -> Bound | None:
    policy = check.policy
    if policy.within is not None and policy.after is not None:
        check.say("within, after", "give one of them, never both; write two policies instead")
        return None
    for key in ("within", "after"):
        text = getattr(policy, key)
        if text is None:
            continue
        if not getattr(template, key):
            allowed = ", ".join(name for name, t in TEMPLATES.items() if getattr(t, key))
            check.say(key, f"{template.name} does not take {key!r}; these templates do: {allowed}")
            return None
        try:
            return parse_bound(text, calendar)
        except ValueError as error:
            check.say(key, str(error))
    return None


def _atoms_of(check: _Check, template: Template) -> list[tuple[str, int, Atom]]:
    """Return (key, letter, atom) of each atom; `unless` has the letter that it stands in for."""
    policy = check.policy
    atoms: list[tuple[str, int, Atom]] = []
    if policy.a is not None:
        atoms.append(("a", int(template.one_letter if template.atoms == 1 else Letter.A), policy.a))
    if policy.b is not None:
        atoms.append(("b", int(Letter.B), policy.b))
    if policy.unless is not None:
        if template.unless is None:
            allowed = ", ".join(name for name, t in TEMPLATES.items() if t.unless)
            check.say(
                "unless", f"it has no single meaning for {template.name}; it is for {allowed}"
            )
        else:
            atoms.append(("unless", int(template.unless), policy.unless))
    return atoms


def _guards_of(check: _Check, template: Template, atoms: list[tuple[str, int, Atom]]) -> Guards:
    """Compile the atoms for each event type that they mention. If every event counts, compile them
    for all event types (under `per`, for those that have the field).
    """
    per = check.policy.per
    happenings = {
        name: cls
        for name, cls in check.vocabulary.items()
        if template.every and not cls.administrative
    }
    counted = (name for name, cls in happenings.items() if not per or per in field_names(cls))
    guards: dict[str, list[tuple[int, Guard | None]]] = {name: [] for name in counted}
    for key, letter, atom in atoms:
        if not atom.events and not template.on_incident:
            check.say(key, "an atom needs an event type; only 'always' has none")
        if atom.events and template.on_incident:
            check.say(
                key,
                f"{template.name!r} looks at the incident after every event; remove the event and"
                " keep 'where'",
            )
        for name in atom.events or tuple(happenings):
            event_type = check.vocabulary.get(name)
            if event_type is None:
                check.say(key, f"there is no event {name!r}; {nearest(name, check.vocabulary)}")
                continue
            try:
                guards.setdefault(name, []).append(
                    (letter, compile_where(event_type if atom.events else None, atom.where))
                )
            except ValueError as error:
                check.say(f"{key}.where", str(error))
                break
    return {name: tuple(found) for name, found in guards.items()}


def _check_per(check: _Check, template: Template) -> None:
    policy = check.policy
    if not template.per:
        check.say(
            "per",
            f"nothing activates {template.name} for a value of {policy.per!r}, so the policy would"
            " never apply; remove per",
        )
    for key in ("a", "b"):
        atom = getattr(policy, key)
        for name in atom.events if atom else ():
            event_type = check.vocabulary.get(name)
            if event_type is not None and policy.per not in field_names(event_type):
                known = [
                    field for field in field_names(event_type) if field not in {"at", "approximate"}
                ]
                remedy = "take an event that has it, or leave out per"
                check.say(
                    "per",
                    f"{name} has no field {policy.per!r} to correlate by;"
                    f" {nearest(policy.per or '', known)}; {remedy}",
                )


def _check_transfer(check: _Check, template: Template) -> None:
    """Refuse a transfer of what is never owed in an incident."""
    policy = check.policy
    if policy.on != "incident":
        check.say("transfers", "an incident is handed on, a responder is not; remove it")
    elif not template.due or template.unless is None:
        check.say(
            "transfers",
            f"{template.name} owes nothing that another agency could take on; remove it",
        )
    elif policy.unless is not None and policy.unless.where:
        check.say(
            "transfers",
            "the conditions of 'unless' would hold for the transfer, too; write 'unless' without"
            " 'where', or two policies",
        )


def _check_enforceable(check: _Check, template: Template) -> None:
    """Refuse BLOCK where nothing can be blocked: only facts break the policy, and nothing is owed
    at the end.
    """
    policy = check.policy
    if policy.enforcement is not Enforcement.BLOCK or template.due:
        return
    guilty = {
        letter for row in template.rows for letter, (_, breached) in enumerate(row) if breached
    }
    by_any_event = 0 in guilty
    breaking = [a for _, letter, a in _atoms_of(check, template) if letter in guilty]
    names = {name for atom in breaking for name in atom.events} or (
        set(check.vocabulary) if by_any_event else set()
    )
    if names and not any(issubclass(check.vocabulary[name], Decision) for name in names):
        facts = ", ".join(sorted(names))
        check.say(
            "enforcement",
            f"BLOCK cannot stop a fact, and only {facts} could break this; use WARN, or block the"
            " decision that follows (for example DispositionRecorded or IncidentClosed)",
        )
