"""An event in the words of a person at a keyboard: its name, and its fields as texts. It is recorded
once, by the same verdict as every other.
"""

from __future__ import annotations

import datetime as dt
import json
import typing
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from typing import Any

import attrs
from pydantic import ValidationError

from coresponder.documents.reading import read_json
from coresponder.documents.remedies import remedy_for
from coresponder.domain.events import (
    ConsentGiven,
    EnteredInError,
    Event,
    FollowUpScheduled,
    PersonInvolved,
    ReferralOffered,
)
from coresponder.domain.objects import Consent, FollowUp, Person, Referral
from coresponder.domain.spoken import say_word
from coresponder.errors import InvalidEvent, nearest
from coresponder.program import Case, Entry, Override, Program
from coresponder.program.own_words import nearest_word, standard_fields
from coresponder.workflow.comparing import Compared, Taken, record_compared
from coresponder.workflow.service import Workflow

__all__ = ["event_said", "event_type", "fields_asked", "record_said", "words_of"]

_ELSEWHERE = frozenset({"at", "by"})


def event_type(program: Program, name: str) -> type[Event]:
    """Return the type of an event of a program by its name; raise `InvalidEvent` with the nearest."""
    found = program.vocabulary.get(name)
    if found is None:
        raise InvalidEvent(f"{program.id} has no event {name}; {nearest(name, program.vocabulary)}")
    return found


def fields_asked(cls: type[Event]) -> Mapping[str, bool]:
    """Return the fields of an event besides its time and its author, and whether each must be given."""
    fields = attrs.fields(cls)
    return {one.name: one.default is attrs.NOTHING for one in fields if one.name not in _ELSEWHERE}


def words_of(program: Program, cls: type[Event], field: str) -> tuple[str, ...]:
    """Return the words that a field takes, with the agency's own; nothing if it takes others."""
    hint = typing.get_type_hints(cls).get(field)
    standard = [one.value for kind in _enums(hint) for one in kind]
    return (*standard, *program.own_words.get(field, ())) if standard else ()


def _enums(hint: Any) -> Iterator[type[Enum]]:
    if isinstance(hint, type) and issubclass(hint, Enum):
        yield hint
    for inner in typing.get_args(hint):
        yield from _enums(inner)


def event_said(
    program: Program, name: str, said: Mapping[str, str], *, at: dt.datetime, by: str
) -> Event:
    """Return the event that somebody writes down.

    Args:
        program: whose events and words are known.
        name: the event type.
        said: its fields, each as a text. A list is written `a,b`, and anything that has parts as JSON.
        at: when it happened.
        by: the id of who records it.

    Raises:
        InvalidEvent: there is no such event, a field is missing or unknown, or a value is none of
            its words; the message has all of them, with the nearest.
    """
    cls = event_type(program, name)
    asked = fields_asked(cls)
    problems = [_unknown(one, asked) for one in said if one not in asked]
    if missing := [one for one, must in asked.items() if must and one not in said]:
        problems.append(f"missing: {', '.join(f'{one}=' for one in missing)}")
    if problems:
        raise InvalidEvent(f"{name}: {'; '.join(problems)}")
    values = {field: _value(cls, field, text) for field, text in said.items()}
    given = {"at": at.isoformat(), "by": by}
    try:
        return _read(program, cls, given | values)
    except ValidationError as error:
        wrong = {str(one["loc"][0]) for one in error.errors() if one["loc"]}
    try:
        plain = {field: _plain(text) for field, text in values.items() if field in wrong}
        return _read(program, cls, given | values | plain)
    except ValidationError as error:
        found = (_problem(program, one, given | dict(said)) for one in error.errors())
        raise InvalidEvent(f"{name}: {'; '.join(dict.fromkeys(found))}") from None


def _unknown(field: str, asked: Mapping[str, bool]) -> str:
    if field in _ELSEWHERE:
        return f"{field}: give it with --{field}"
    return f"{field}: there is no such field; {nearest(field, asked)}"


def _read(program: Program, cls: type[Event], values: Mapping[str, Any]) -> Event:
    return cls.from_json(json.dumps(standard_fields(program.own_words, values)))


def _value(cls: type[Event], field: str, text: str) -> Any:
    """Return a text as a field takes it; raise `InvalidEvent` for what no text or JSON can be."""
    kind = str(getattr(attrs.fields(cls), field).type)
    found: Any = text
    try:
        if text[:1] in {"[", "{"}:
            found = _json_or_text(text)
        elif kind.startswith("tuple"):
            found = [one.strip() for one in text.split(",")]
        json.dumps(found, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise InvalidEvent(f"{cls.__name__}: {field}: it is not UTF-8; write it again") from None
    except ValueError as error:
        raise InvalidEvent(f"{cls.__name__}: {field}: {error}") from None
    return found


def _json_or_text(text: str) -> Any:
    """Return JSON; a text that only begins like it is a text."""
    try:
        return read_json(text)
    except json.JSONDecodeError:
        return text


def _plain(value: Any) -> Any:
    """Return a number, or yes and no, for a text that is one."""
    found = _parsed(value) if isinstance(value, str) else value
    return found if isinstance(found, bool | int | float) else value


def _parsed(text: str) -> Any:
    try:
        return read_json(text)
    except ValueError:
        return text


def _problem(program: Program, one: Any, said: Mapping[str, Any]) -> str:
    """Return what is wrong with a value, with the nearest word."""
    path = [part for part in one["loc"] if not str(part).startswith("function-")]
    where = ".".join(map(str, path))
    if "extra" in one["type"]:
        return f"{where}: there is no such field"
    text = str(_inside(said, path))
    hint = nearest_word(program.own_words, where, text) if one["type"] == "enum" else None
    return f"{where}: {hint or remedy_for(one | {'input': text})}".removeprefix(": ")


def _inside(value: Any, path: Iterable[Any]) -> Any:
    """Return what stands at a place of a value; nothing if there is none."""
    for part in path:
        found = _parsed(value) if isinstance(value, str) else value
        ones = dict(enumerate(found)) if isinstance(found, list) else found
        value = ones.get(part, "") if isinstance(ones, dict) else ""
    return value


def record_said(
    workflow: Workflow, incident: str, event: Event, *, override: Override | None = None
) -> Taken:
    """Record an event that a person wrote down. The same event of the same time is recorded once,
    whoever says it again; `says` tells so, and if the lifecycle did not expect it. If that one is
    void now, nothing is recorded, and `not_recorded` says what to do.

    Args:
        workflow: records it.
        incident: the incident's id.
        event: what happened or is decided.
        override: the actor and the reason with which a refused decision is recorded all the same.

    Raises:
        NotFound: there is no such incident.
        VersionConflict: other writers were faster a hundred times.
    """

    def compare() -> Compared:
        case = workflow.case(incident)
        told = case.told(event)
        new = () if told or _is_void_already(event, case) else (event,)
        says = (*_unheard_of(event, case), *_of_another(event, case))
        return Compared(case=case, events=new, says=says, not_recorded=_void(told, case))

    taken = record_compared(workflow, compare, override=override)
    return attrs.evolve(taken, says=(*taken.says, *_notes(workflow, taken, event)))


def _void(told: Sequence[Entry], case: Case) -> tuple[str, ...]:
    """Return why an event is not recorded that was told before and entered in error: a host that
    repeats it must not undo that.
    """
    if not told or not all(one.voided for one in told):
        return ()
    by = [
        one.number
        for one in case.entries({"EnteredInError"})
        if not one.voided and getattr(one.event, "event", None) == told[-1].number
    ]
    back = f"record EnteredInError event={by[-1]}, or " if by else ""
    why = (
        f"the same {type(told[-1].event).__name__} is event {told[-1].number}, which was entered in error; if"
        f" it is right after all, {back}give another --at"
    )
    return (why,)


def _is_void_already(event: Event, case: Case) -> bool:
    return isinstance(event, EnteredInError) and event.event in case.findings.voided


_INTRODUCES: Mapping[type[Event], str] = {
    ConsentGiven: "consent",
    FollowUpScheduled: "follow_up",
    PersonInvolved: "person",
    ReferralOffered: "referral",
}


def _unheard_of(event: Event, case: Case) -> Iterator[str]:
    """Yield each id of an event that the incident does not have: it may be misspelled."""
    incident = case.incident
    whose = incident.person(getattr(event, "person", None) or "")
    known: Mapping[str, Iterable[Consent | FollowUp | Person | Referral]] = {
        "consent": whose.consents if whose else (),
        "follow_up": incident.follow_ups,
        "person": incident.people,
        "referral": incident.referrals,
    }
    for field, ones in known.items():
        id, ids = getattr(event, field, None), [one.id for one in ones if one.id is not None]
        if id is not None and id not in ids and _INTRODUCES.get(type(event)) != field:
            what = field.replace("_", "-")
            yield f"incident {case.id} had no {what} {id}; {nearest(id, ids)}"


def _of_another(event: Event, case: Case) -> Iterator[str]:
    """Yield each thing of an event that is another person's than the event names."""
    incident, person = case.incident, getattr(event, "person", None)
    known: Mapping[str, Iterable[FollowUp | Referral]] = {
        "follow_up": incident.follow_ups,
        "referral": incident.referrals,
    }
    for field, ones in known.items() if person is not None else ():
        for one in ones:
            if one.id == getattr(event, field, None) and one.person not in {None, person}:
                yield f"{field.replace('_', '-')} {one.id} was {one.person}'s; this names {person}"


def _notes(workflow: Workflow, taken: Taken, event: Event) -> Iterator[str]:
    name = type(event).__name__
    if not (taken.recorded or taken.refused or taken.not_recorded):
        yield (
            f"event {event.event} was entered in error already"
            if isinstance(event, EnteredInError)
            else f"{name} of this time is in the record already"
        )
    case = workflow.case(taken.incident)
    if taken.recorded and any(one.out_of_place for one in case.told(event)):
        yield (
            f"{name} is out of place: the lifecycle did not expect it, and the incident stays"
            f" {say_word(case.state)}"
        )
