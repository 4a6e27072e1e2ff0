"""Encode events as readable JSON under a short stored name and an integer version. Old versions
stay readable through pure upcasters.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from pydantic import ValidationError

from coresponder.domain.events import Event
from coresponder.errors import CorruptRecord, nearest

__all__ = ["UPCASTERS", "Stored", "chain", "decode", "encode", "events_of", "genesis"]

UPCASTERS: dict[tuple[str, int], Callable[[dict[str, Any]], dict[str, Any]]] = {
    (name, version): lambda body: body  # the new field of the next version is optional
    for name, version in (
        ("PersonTransported", 1),
        ("PersonTransported", 2),
        ("ArrivedAtFacility", 1),
        ("HandOverAccepted", 1),
        ("DeEscalationAttempted", 1),
        ("PersonInvolved", 1),
        ("WeaponSeen", 1),
        ("InjuryRecorded", 1),
        ("ForceUsed", 1),
        ("ReviewHeld", 1),
        ("ReferralOffered", 1),
        ("ReferralRejected", 1),
        ("ReferralDeclined", 1),
        ("ReferralFailed", 1),
        ("ReferralCancelled", 1),
        ("ReferralSent", 1),
        ("ConsentWithdrawn", 1),
        ("IncidentClosed", 1),
        ("IncidentReopened", 1),
        ("IncidentCancelled", 1),
    )
}
UPCASTERS["ConsentGiven", 1] = lambda body: {
    **{name: value for name, value in body.items() if name != "guardian"},
    "given_by": "guardian" if body.get("guardian") else None,
}
"""(stored name, version) -> a pure function from the body of that version to the body of the next.
"""


class Stored(NamedTuple):
    """One row of the log. The last row of a step has the request under which the step was recorded."""

    number: int
    kind: str
    version: int
    at: str
    recorded_at: str
    body: str
    digest: str
    request: str = ""


def encode(event: Event) -> tuple[str, int, str]:
    """Return (stored name, version, JSON body)."""
    return type(event).__name__, type(event).version, event.to_json()


def decode(
    row: Stored,
    vocabulary: Mapping[str, type[Event]],
    *,
    where: str = "",
    remedy: str = "restore it from a backup",
) -> Event:
    """Return the event of a row; raise `CorruptRecord` that names the row if it cannot be read."""
    cls = vocabulary.get(row.kind)
    if cls is None or row.version > cls.version:
        raise CorruptRecord(f"{where}event {row.number}: " + _unknown(row, vocabulary))
    try:
        if row.version == cls.version:
            return cls.from_json(row.body)
        body = json.loads(row.body)
        for version in range(row.version, cls.version):
            body = UPCASTERS[row.kind, version](body)
        return cls.from_dict(body)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        why = _why(error)
    # raised here and not above, so that its context is not an error that contains the row's body
    raise CorruptRecord(
        f"{where}event {row.number}: the row of {row.kind} cannot be read ({why}); {remedy}"
    )


def events_of(
    rows: Iterable[Stored], vocabulary: Mapping[str, type[Event]], incident: str
) -> list[Event]:
    """Return the events of an incident's rows; raise `CorruptRecord` that names the row."""
    return [decode(row, vocabulary, where=f"incident {incident}, ") for row in rows]


def _why(error: Exception) -> str:
    """Return why a row does not fit, without repeating its content."""
    if isinstance(error, ValidationError):
        return _does_not_fit(error.errors(include_url=False, include_input=False)[0])
    return (
        "it is not JSON"
        if isinstance(error, json.JSONDecodeError)
        else f"{type(error).__name__} while it was read"
    )


def _does_not_fit(problem: Any) -> str:
    """Return what is wrong with one field, in the library's own words. An unknown field is not
    named, because its name may be a person's.
    """
    kind, field = problem["type"], ".".join(map(str, problem["loc"]))
    if kind == "value_error":
        return str(problem["ctx"]["error"])
    if kind == "json_invalid":
        return "it is not JSON"
    if kind == "extra_forbidden":
        return "it has an unknown field"
    return (
        f"{field or 'the row'} is missing"
        if kind == "missing"
        else f"{field or 'the row'} has a value that it cannot have"
    )


def _unknown(row: Stored, vocabulary: Mapping[str, type[Event]]) -> str:
    """Return why this program or this library does not know an event, and what to do."""
    cls = vocabulary.get(row.kind)
    if cls is None:
        return f"this program has no event {row.kind!r}; {nearest(row.kind, vocabulary)} Open it with the program it was written under"
    return f"{row.kind} has version {row.version}, this library knows up to {cls.version}; upgrade coresponder to read it"


def genesis(agency: str, incident: str, program: str) -> str:
    """Return the digest that an incident's chain begins with."""
    return hashlib.sha256(json.dumps([agency, incident, program]).encode()).hexdigest()


def chain(
    previous: str,
    number: int,
    kind: str,
    version: int,
    recorded_at: str,
    body: str,
    request: str = "",
) -> str:
    """Return the digest of a row, which covers the digest of the row before. The separator cannot
    occur in JSON, so different rows cannot yield the same text.
    """
    said = f"{previous}\x1f{number}\x1f{kind}\x1f{version}\x1f{recorded_at}\x1f{body}"
    return hashlib.sha256((f"{said}\x1f{request}" if request else said).encode()).hexdigest()
