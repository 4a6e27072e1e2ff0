"""A snapshot records what a program does in a compact file beside it, so that no change of behavior
goes unnoticed.

For each rule it has short stories (several persons, each value of a list, the moments around each
deadline), the state of the rule after each story, and the effect of every event there. It also has
the program's working days, the teams that are sent, the lifecycle and the notices. Nobody reads the
file: changes are reported in words, grouped by rule, and one command accepts them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator

import attrs

from coresponder.domain.events import Event
from coresponder.domain.vocabulary import Nature
from coresponder.policy.atoms import Atom
from coresponder.policy.policy import CompiledPolicy
from coresponder.policy.words import say_atom
from coresponder.program import Program
from coresponder.simulation.probes import Probes, read_event, shown, write_event
from coresponder.testing.situations import (
    Situation,
    effect_of,
    exact,
    looking,
    pause_of,
    situations_of,
    standing_of,
    told,
)
from coresponder.testing.surroundings import (
    Days,
    Kind,
    answers,
    crews_of,
    days_of,
    kinds_of,
    own_events,
    span_of,
    told_of_events,
    ways,
)

__all__ = ["BehaviorChange", "Seen", "Snapshot", "say_changes", "snapshot_changes", "snapshot_of"]

_FEW = 3
"""How many probes are tried of an event type that a rule does not name: a plain one, one with every
id, and one of another person.
"""
_LOOKS = "what the rules look at"


@attrs.frozen
class BehaviorChange:
    """One difference between what a program does and its snapshot.

    Attributes:
        about: the rule, or the other part of the program, that behaves differently.
        text: the recorded and the present behavior, in words.
    """

    about: str
    text: str


@attrs.frozen
class Seen:
    """One situation as it was recorded: the state of the rule, and effect -> the events with that
    effect (a bare name stands for all events of its type).
    """

    situation: Situation
    standing: tuple[str, ...]
    effects: dict[str, tuple[str, ...]]


@attrs.frozen(kw_only=True)
class Snapshot:
    """What a program does.

    Attributes:
        pause: seconds between the events of a story.
        probes: the events that are tried.
        rules: rule -> (enforcement, event types that are tried in every form, situations).
        days: rule with a deadline in working days -> the story that begins its duty, and when that
            is due.
        tables: other parts of the program -> what was asked -> the answer.
        of_responders: the same for the rules on responders; None if there are none.
    """

    program: str
    pause: float
    zone: str
    span: tuple[dt.date, dt.date]
    probes: Probes
    rules: dict[str, tuple[str, tuple[str, ...], tuple[Seen, ...]]]
    days: dict[str, tuple[tuple[str, ...], Days]]
    kinds: tuple[tuple[Kind, ...], tuple[Kind, ...]]
    crews: dict[str, tuple[str, ...]]
    tables: dict[str, dict[str, str]]
    of_responders: Snapshot | None = None


def snapshot_of(program: Program) -> Snapshot:
    """Return a snapshot of what a program does now."""
    probes = Probes.of(program)
    events, span, zone = probes.all(), span_of(program), str(program.calendar.time_zone)
    texts, pause = _with_texts(events), pause_of(program)
    rules, days = {}, {}
    for policy in program.book.policies:
        wide = tuple(sorted(policy.mentions))
        seen, begun = [], None
        alone = _alone(program, policy.id)
        for situation in situations_of(alone, alone.book.policies[0], events, pause):
            one = _see(alone, situation, texts, wide, pause)
            if begun is None and any(" by +" in line for line in one.standing):
                begun = situation.story
            seen.append(one)
        rules[policy.id] = (policy.policy.enforcement.value, wide, tuple(seen))
        if policy.bound is not None and policy.bound.length is None and begun is not None:
            days[policy.id] = (
                tuple(map(write_event, begun)),
                days_of(alone, policy.id, begun, span, zone),
            )
    kinds = kinds_of(program)
    crews = answers(program, crews_of(*kinds))
    on_responders = program.subject != "responder" and program.for_responders.book.policies
    return Snapshot(
        program=program.name, pause=pause.total_seconds(), zone=zone, span=span, probes=probes, rules=rules, days=days, kinds=kinds,
        crews=crews, tables=_tables(program, events, span),
        of_responders=snapshot_of(program.for_responders) if on_responders else None,
    )  # fmt: skip


def _tables(
    program: Program, events: dict[str, tuple[Event, ...]], span: tuple[dt.date, dt.date]
) -> dict[str, dict[str, str]]:
    of_all = {
        "where events lead": ways(program),
        "who is told of events": told_of_events(program, events),
        _LOOKS: {policy.id: " and ".join(_looks(policy)) for policy in program.book.policies},
    }
    if program.subject == "responder":
        return of_all
    dated = any(
        policy.bound is not None and policy.bound.length is None for policy in program.book.policies
    )
    later = [
        day for day in sorted(program.calendar.holidays) if dated and not span[0] <= day <= span[1]
    ]
    codes = {
        f"{field} {code!r}": value
        for field, table in program.own_words.items()
        for code, value in table.items()
    }
    return of_all | {
        "own events": own_events(program),
        "which calls qualify": {
            nature.value: "yes" if program.qualifies(nature) else "no" for nature in Nature
        },
        "own words": codes,
        "own numbers": dict.fromkeys(program.own_numbers, "taken"),
        "looking ahead": {"look_ahead": "on" if program.look_ahead else "off"},
        "states that end": dict.fromkeys(sorted(program.lifecycle.final), "yes"),
        "models": {tier.id: tier.model.value for tier in program.tiers},
        "what is doubtful": {
            "since": program.plausible.since.isoformat(),
            "lead": exact(program.plausible.lead.total_seconds()),
        },
        "holidays": {day.isoformat(): "closed" for day in later},
    }


def _looks(policy: CompiledPolicy) -> list[str]:
    """Return what a rule's conditions look at: event fields by name, because all their values are
    tried, and incident fields with the values they are compared with.
    """
    found = set()
    for atom in (policy.policy.a, policy.policy.b, policy.policy.unless):
        for path, condition in atom.where.items() if atom else ():
            found.add(
                say_atom(Atom(where={path: condition}))
                if path.startswith("incident.")
                else path.replace("_", " ").replace(".", " ")
            )
    return sorted(found)


def _alone(program: Program, id: str) -> Program:
    """Return a program with one rule only, so that the effects of rules do not mix."""
    return attrs.evolve(program, policies=[p for p in program.policies if p.id == id])


_Probed = dict[str, tuple[tuple[str, Event], ...]]
"""Event type -> its probes, each with its text."""


def _with_texts(events: dict[str, tuple[Event, ...]]) -> _Probed:
    return {name: tuple((write_event(one), one) for one in some) for name, some in events.items()}


def _see(
    alone: Program,
    situation: Situation,
    probes: _Probed,
    wide: tuple[str, ...],
    pause: dt.timedelta,
) -> Seen:
    """Play a story under one rule, and record the rule's state and the effect of every event."""
    case, now = told(alone, situation.story, pause), looking(alone, situation, pause)
    standing = standing_of(alone, case, now)
    by_type = {
        name: {
            text: effect_of(alone, case, one, now, standing)
            for text, one in (some if name in wide else some[:_FEW])
        }
        for name, some in probes.items()
    }
    effects: dict[str, list[str]] = {}
    for name, found in by_type.items():
        different = set(found.values())
        if len(different) == 1:
            effects.setdefault(different.pop(), []).append(f"{name} *")
        else:
            for text, effect in found.items():
                effects.setdefault(effect, []).append(text)
    effects.pop("", None)
    return Seen(situation, standing, {effect: tuple(texts) for effect, texts in effects.items()})


# --- what changed -----------------------------------------------------------------------------------------------------


def snapshot_changes(
    program: Program, before: Snapshot, *, rules: Collection[str] | None = None
) -> Iterator[BehaviorChange]:
    """Yield the differences between what a program does and its snapshot; none if it is unchanged.

    Args:
        program: the program as it is now.
        before: the snapshot.
        rules: the rules to compare; by default all.
    """
    yield from _new_rules(program, before.rules)
    yield from _subject_changes(program, before, rules)
    if program.subject != "responder":
        responders = program.for_responders
        yield from (
            snapshot_changes(responders, before.of_responders, rules=rules)
            if before.of_responders
            else _new_rules(responders, ())
        )


def _new_rules(program: Program, known: Collection[str]) -> Iterator[BehaviorChange]:
    yield from (
        BehaviorChange(
            p.id, f"the rule is new ({p.policy.enforcement}); once accepted, it is compared too"
        )
        for p in program.book.policies
        if p.id not in known
    )


def _subject_changes(
    program: Program, before: Snapshot, rules: Collection[str] | None
) -> Iterator[BehaviorChange]:
    """Yield the differences of one kind of stream: incidents, or responders."""
    probes = attrs.evolve(before.probes, vocabulary=program.vocabulary)
    events = probes.all()
    tables = _tables(program, events, before.span)
    yield from _table_changes(before.tables, tables)
    yield from _crew_changes(program, before)
    texts = _with_texts(events)
    for id in before.days:
        if id in {policy.id for policy in program.book.policies}:
            yield from _day_changes(program, id, before)
    for id, (enforcement, wide, seen) in before.rules.items():
        if rules is not None and id not in rules:
            continue
        policy = next((one for one in program.book.policies if one.id == id), None)
        if policy is None:
            yield BehaviorChange(id, f"the rule is gone; it was {enforcement}")
            continue
        changes = list(_rule_changes(program, policy, before, (enforcement, wide, seen), texts))
        yield from changes or _unseen(id, before.tables.get(_LOOKS, {}).get(id), tables[_LOOKS][id])


def _unseen(id: str, was: str | None, now: str) -> Iterator[BehaviorChange]:
    """Yield a change of what a rule looks at that no tried story makes visible."""
    if was is not None and was != now:
        yield BehaviorChange(
            id,
            f"it looked at: {was or 'nothing'}; it looks at: {now or 'nothing'}; no story that was"
            " tried tells them apart",
        )


def _rule_changes(
    program: Program,
    policy: CompiledPolicy,
    before: Snapshot,
    was: tuple[str, tuple[str, ...], tuple[Seen, ...]],
    events: _Probed,
) -> Iterator[BehaviorChange]:
    enforcement, wide, seen = was
    if policy.policy.enforcement.value != enforcement:
        yield BehaviorChange(policy.id, f"it was {enforcement} and is {policy.policy.enforcement}")
    pause, alone = dt.timedelta(seconds=before.pause), _alone(program, policy.id)
    for one in seen:
        now = _see(alone, one.situation, events, wide, pause)
        where = _where(one.situation)
        yield from (
            BehaviorChange(policy.id, f"{where}: was: {line}; is: not so")
            for line in one.standing
            if line not in now.standing
        )
        yield from (
            BehaviorChange(policy.id, f"{where}: was: not so; is: {line}")
            for line in now.standing
            if line not in one.standing
        )
        yield from _effect_changes(policy.id, where, _of_each(one, events), _of_each(now, events))


def _of_each(seen: Seen, events: _Probed) -> dict[str, str]:
    """Return event -> its effect."""
    found = {}
    for effect, texts in seen.effects.items():
        for text in texts:
            name = text.removesuffix(" *")
            found.update(
                {one: effect for one, _ in events.get(name, ())}
                if text.endswith(" *")
                else {text: effect}
            )
    return found


def _effect_changes(
    id: str, where: str, was: dict[str, str], now: dict[str, str]
) -> Iterator[BehaviorChange]:
    """Yield one change for all events of a type whose effects changed in the same way."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for text in dict.fromkeys((*was, *now)):
        before, after = was.get(text, "nothing"), now.get(text, "nothing")
        if before != after:
            found.setdefault((text.partition(" ")[0], before, after), []).append(text)
    for (_, before, after), texts in found.items():
        more = f" (and {len(texts) - 1} more like it)" if len(texts) > 1 else ""
        yield BehaviorChange(id, f"{where}, {shown(texts[0])}{more}: was: {before}; is: {after}")


def _where(situation: Situation) -> str:
    story = " → ".join(shown(write_event(event)) for event in situation.story)
    passed = f", {exact(situation.later)} later" if situation.later else ""
    return (f"after {story}" if story else "at the beginning") + passed


def _day_changes(program: Program, id: str, before: Snapshot) -> Iterator[BehaviorChange]:
    texts, days = before.days[id]
    story = tuple(
        event
        for event in (read_event(program.vocabulary, text) for text in texts)
        if event is not None
    )
    differs = []
    now = days_of(_alone(program, id), id, story, before.span, before.zone)
    if now == days:
        return
    for i in range((before.span[1] - before.span[0]).days + 1):
        day = before.span[0] + dt.timedelta(days=i)
        if days.of(day) != now.of(day):
            differs.append(day)
    first = differs[0]
    more = f", and {len(differs) - 1} more days" if len(differs) > 1 else ""
    yield BehaviorChange(
        id,
        f"begun on {first:%A} {first}{more}: was due after {days.of(first)} days, is due after"
        f" {now.of(first)}",
    )


def _crew_changes(program: Program, before: Snapshot) -> Iterator[BehaviorChange]:
    crews = crews_of(*before.kinds)
    found: dict[tuple[tuple[Kind, ...], str, str], list[str]] = {}
    today = answers(program, crews)
    for nature in dict.fromkeys((*before.crews, *today)):
        plain = nature.partition(" where ")[0]
        was, is_now = (side.get(nature) or side[plain] for side in (before.crews, today))
        for crew, then, now in zip(crews, was, is_now, strict=True):
            if then != now:
                found.setdefault((crew, then, now), []).append(nature)
    for (crew, then, now), natures in found.items():
        which = (
            "every nature"
            if len(natures) == len(before.crews)
            else ", ".join(natures).replace("_", " ")
        )
        yield BehaviorChange(
            "staffing",
            f"{' + '.join(map(str, crew)) or 'nobody'} for {which}: was {then}, is {now}",
        )


def _table_changes(
    was: dict[str, dict[str, str]], now: dict[str, dict[str, str]]
) -> Iterator[BehaviorChange]:
    for about, table in was.items():
        if about == _LOOKS:
            continue
        for key in dict.fromkeys((*table, *now.get(about, {}))):
            then, today = table.get(key, ""), now.get(about, {}).get(key, "")
            if then != today:
                yield BehaviorChange(
                    about, f"{key}: was {then or 'nothing'}, is {today or 'nothing'}"
                )


def say_changes(changes: Iterable[BehaviorChange], *, most: int = 6) -> Iterator[str]:
    """Yield the changes as lines, grouped by what they are about: the first few of each group, and
    how many more there are.
    """
    groups: dict[str, list[str]] = {}
    for change in changes:
        groups.setdefault(change.about, []).append(change.text)
    for about, texts in groups.items():
        yield f"{about}:"
        yield from (f"  {text}" for text in texts[:most])
        if len(texts) > most:
            yield f"  and {len(texts) - most} more"
