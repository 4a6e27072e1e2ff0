"""List the trainings and vettings that expire, with their dates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

import attrs

from coresponder.domain.objects import Responder
from coresponder.domain.types import Id, Instant
from coresponder.record import Record
from coresponder.roster.courses import Courses
from coresponder.roster.service import Service

__all__ = ["Expiring", "expiring"]

_EVER = dt.datetime.max.replace(tzinfo=dt.UTC)


@attrs.frozen(kw_only=True)
class Expiring(Record):
    """A training or vetting that expires.

    Attributes:
        what: the training, or `vetting`.
        ends: the last instant at which it counts.
        expired: whether it has already expired.
    """

    responder: Id
    what: str
    ends: Instant
    expired: bool = False


def expiring(
    services: Iterable[Service], courses: Courses, *, at: dt.datetime, within: dt.timedelta
) -> tuple[Expiring, ...]:
    """Return what expires within a time or has expired, for responders who are with the agency; the
    earliest first.
    """
    found = [
        Expiring(responder=one.id, what=what, ends=ends, expired=ends < at)
        for service in services
        if (one := service.as_on(at, [])) is not None
        for what, ends in _ends(one, courses)
        if ends <= at + within
    ]
    return tuple(sorted(found, key=lambda one: (one.ends, one.responder, one.what)))


def _ends(one: Responder, courses: Courses) -> Iterator[tuple[str, dt.datetime]]:
    """Yield until when each training and the vetting of a responder count."""
    last: dict[str, dt.datetime] = {}
    for credential in one.credentials:
        ends = courses.ends(one.credentials, credential) or _EVER
        last[credential.training] = max(ends, last.get(credential.training, ends))
    yield from last.items()
    if one.vetted and one.vetting_expires is not None:
        yield "vetting", one.vetting_expires
