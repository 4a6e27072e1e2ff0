"""An event in the words of a person at a keyboard: its name, and its fields as texts. It is recorded
once, by the same verdict as every other.
"""

from __future__ import annotations

import datetime as dt
import json
import typing
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from typing import Any

import attrs
from pydantic import ValidationError

from coresponder.documents.remedies import remedy_for
from coresponder.domain.events import Event, FollowUpScheduled, PersonInvolved, ReferralOffered
from coresponder.domain.objects import FollowUp, Person, Referral
from coresponder.domain.spoken import say_word
from coresponder.errors import InvalidEvent, nearest
from coresponder.program import Case, Override, Program
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
    return (*standard, *_own_words(program, field)) if standard else ()


def _enums(hint: Any) -> Iterator[type[Enum]]:
    if isinstance(hint, type) and issubclass(hint, Enum):
        yield hint
    for inner in typing.get_args(hint):
        yield from _enums(inner)


def _own_words(program: Program, field: str) -> tuple[str, ...]:
    return tuple(dict(program.own_words.get(field, {})))


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
    """Return a text as a field takes it."""
    if text[:1] in {"[", "{"}:
        return _parsed(text)
    kind = str(getattr(attrs.fields(cls), field).type)
    return [one.strip() for one in text.split(",")] if kind.startswith("tuple") else text


def _plain(value: Any) -> Any:
    """Return a number, or yes and no, for a text that is one."""
    found = _parsed(value) if isinstance(value, str) else value
    return found if isinstance(found, bool | int | float) else value


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
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
        inside = isinstance(found, dict | list) and (part in found or isinstance(part, int))
        value = found[part] if inside else ""
    return value


def record_said(
    workflow: Workflow, incident: str, event: Event, *, override: Override | None = None
) -> Taken:
    """Record an event that a person wrote down. The same event of the same time is recorded once,
    whoever says it again; `says` tells so, and if the lifecycle did not expect it.

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
        new = () if case.was_told(event) else (event,)
        return Compared(case=case, events=new, says=tuple(_unheard_of(event, case)))

    taken = record_compared(workflow, compare, override=override)
    return attrs.evolve(taken, says=(*taken.says, *_notes(workflow, taken, event)))


_INTRODUCES = (FollowUpScheduled, PersonInvolved, ReferralOffered)


def _unheard_of(event: Event, case: Case) -> Iterator[str]:
    """Yield each id of an event that the incident does not have: it may be misspelled."""
    incident = case.incident
    known: Mapping[str, Iterable[FollowUp | Person | Referral]] = {
        "follow_up": incident.follow_ups,
        "person": incident.people,
        "referral": incident.referrals,
    }
    for field, ones in known.items() if not isinstance(event, _INTRODUCES) else ():
        id, ids = getattr(event, field, None), [one.id for one in ones]
        if id is not None and id not in ids:
            what = field.replace("_", "-")
            yield f"incident {case.id} had no {what} {id}; {nearest(id, ids)}"


def _notes(workflow: Workflow, taken: Taken, event: Event) -> Iterator[str]:
    name = type(event).__name__
    if not taken.recorded and not taken.refused:
        yield f"{name} of this time is in the record already"
    case = workflow.case(taken.incident)
    if event in taken.recorded and any(
        one.out_of_place
        for one in case.entries()
        if one.event.at == event.at and type(one.event) is type(event)
    ):
        yield (
            f"{name} is out of place: the lifecycle did not expect it, and the incident stays"
            f" {say_word(case.state)}"
        )
