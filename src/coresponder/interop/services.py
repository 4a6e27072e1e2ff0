"""Find the services of a directory (Open Referral HSDS 3.0 and 3.1) that fit a person now.

What the directory does not say is reported as unsure, and is never taken for yes.
"""

from __future__ import annotations

import datetime as dt
import textwrap
from collections.abc import Callable, Collection, Iterable, Iterator

import attrs

from coresponder.domain.types import UTC, utc
from coresponder.interop.service_directory import (
    Directory,
    Language,
    Service,
    load_directory,
)
from coresponder.interop.service_hours import ended_on, hours_of, off_the_clock
from coresponder.interop.service_languages import (
    language_asked,
    language_by_code,
    language_by_name,
    language_name,
    nearest_language,
)
from coresponder.interop.service_openings import (
    AHEAD,
    Opening,
    opening_at,
    sure_hours,
    unsure_days,
)

__all__ = ["Directory", "Match", "Service", "check_language", "find_services", "load_directory"]

_YEARS = (1900, 9998)

_LONGEST = 100
"""How many characters of a text of the directory are shown."""


@attrs.frozen(kw_only=True)
class Match:
    """How a service fits a request.

    Attributes:
        service: the service.
        why_not: every reason why it does not fit; empty if it fits as far as the directory says.
        unsure: what the directory does not say, or says in words.
        open_now: whether it is open.
        open_until: until when it is open now (UTC); None if it is not open, or if it does not close
            within two months.
        opens_next: when it opens next (UTC), within two months.
    """

    service: Service
    why_not: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ()
    open_now: bool = False
    open_until: dt.datetime | None = None
    opens_next: dt.datetime | None = None

    @property
    def fits(self) -> bool:
        """Whether nothing in the directory speaks against the service."""
        return not self.why_not


def find_services(
    directory: Directory,
    *,
    at: dt.datetime,
    zone: dt.tzinfo,
    terms: Collection[str] = (),
    age: float | None = None,
    language: str | None = None,
    area: str | None = None,
    holidays: Collection[dt.date] = (),
) -> tuple[Match, ...]:
    """Return every service of a directory: first those that fit and are open, then those that fit
    by their next opening, then the others with the reasons.

    Args:
        directory: the services.
        at: the time at which the service is needed.
        zone: the agency's time zone.
        terms: codes or names of the directory's taxonomy, any of which answers the need; empty for
            all services. The agency decides which terms answer a `Need`.
        age: the person's age in years.
        language: a language, by its code (ISO 639, BCP 47) or its name.
        area: the name of an area, as the directory writes it.
        holidays: days on which offices may be closed, which schedules seldom say. No hours that one
            touches are taken for open.

    Raises:
        ValueError: the age is negative, or the time has no zone, or is not of the years 1900 to 9998.
    """
    if not _YEARS[0] <= at.year <= _YEARS[1]:
        raise ValueError(f"hours are known from {_YEARS[0]} to {_YEARS[1]}, and not in {at.year}")
    if age is not None and not age >= 0:
        raise ValueError(f"age: {age:g} is no age in years")
    asked = _Asked(
        at=utc(at),
        zone=zone,
        terms=_folded(terms),
        age=age,
        language=(language or "").strip() or None,
        area=(area or "").strip().casefold() or None,
        holidays=frozenset(holidays),
    )
    return tuple(sorted((_match(one, asked) for one in directory.services), key=_rank))


def _rank(match: Match) -> tuple[bool, bool, dt.datetime, str]:
    last = dt.datetime.max.replace(tzinfo=UTC)
    return (
        not match.fits,
        not match.open_now,
        match.opens_next or last,
        match.service.name,
    )


@attrs.frozen(kw_only=True)
class _Asked:
    at: dt.datetime
    zone: dt.tzinfo
    terms: frozenset[str]
    age: float | None
    language: str | None
    area: str | None
    holidays: frozenset[dt.date]


@attrs.frozen
class _Unsure:
    text: str


def _match(service: Service, asked: _Asked) -> Match:
    found = [said for asks in _QUESTIONS for said in asks(service, asked)]
    opening, unsure = _opening(service, asked)
    return Match(
        service=service,
        why_not=tuple(one for one in found if isinstance(one, str)),
        unsure=(*unsure, *(one.text for one in found if isinstance(one, _Unsure))),
        open_now=opening.now,
        open_until=opening.until,
        opens_next=opening.next,
    )


# --- when it is open ------------------------------------------------------------------------------


def _opening(service: Service, asked: _Asked) -> tuple[Opening, tuple[str, ...]]:
    """Return when a service is open for sure, and what is unsure about its hours."""
    hours, problems = hours_of(service.all_schedules, asked.at, asked.zone)
    sure_ones = sure_hours(hours, asked.holidays, asked.zone)
    sure = opening_at(sure_ones, asked.at)
    unsure = [*problems, *_about_hours(service, asked)]
    if sure_ones is not hours and sure != opening_at(hours, asked.at):
        before = sure.next or asked.at + AHEAD
        days = unsure_days(hours, asked.holidays, before=before, zone=asked.zone)
        unsure.append(f"it may be closed on a holiday: {', '.join(map(str, days))}")
    return sure, tuple(unsure)


def _about_hours(service: Service, asked: _Asked) -> Iterator[str]:
    schedules = service.all_schedules
    if not schedules:
        yield "its hours are not said"
    elif (last := ended_on(schedules, asked.at, asked.zone)) is not None:
        yield f"its hours are said until {last}, and not since"
    if off_the_clock(schedules, asked.at, asked.zone):
        yield "its hours have a fixed offset from UTC, which is not the agency's today"
    if sum(bool(place.schedules) for place in service.service_at_locations) > 1:
        yield "its hours are those of several locations: ask which one is open"
    if service.holiday_schedules or service.regular_schedules:
        yield "it has hours of HSDS 1, which are not read"


# --- whether it fits: a text speaks against the service -------------------------------------------

_Said = Iterator[str | _Unsure]


def _status(service: Service, asked: _Asked) -> _Said:
    if service.status.casefold() != "active":
        yield f"it is {service.status}"
    if service.alert:
        yield _Unsure(f"it has an alert: {_short(service.alert)}")


def _need(service: Service, asked: _Asked) -> _Said:
    known = [one.taxonomy_term for one in service.attributes if one.taxonomy_term]
    terms = _folded(text for term in known for text in (term.code, term.name))
    if asked.terms and not terms:
        yield _Unsure("the need that it answers is not said")
    elif asked.terms.isdisjoint(terms) and asked.terms:
        yield "it is for another need"


def _age(service: Service, asked: _Asked) -> _Said:
    least, most = service.minimum_age, service.maximum_age
    if asked.age is None:
        return
    if least is None and most is None:
        yield _Unsure("for which ages it is, is not said")
    if least is not None and asked.age < least:
        yield f"it is from {least:g} years on"
    if most is not None and _is_older(asked.age, most):
        yield f"it is up to {most:g} years"


def _is_older(age: float, most: float) -> bool:
    """Return whether somebody is older than a limit. Who is 17 and a half is 17 years old."""
    return age >= most + 1 if most == int(most) else age > most


def _language(service: Service, asked: _Asked) -> _Said:
    offered = service.all_languages
    if asked.language is None or any(_is_spoken(asked.language, one) for one in offered):
        return
    wanted = language_asked(asked.language)
    unclear = [one.name or one.code or "no name" for one in offered if not _codes(one)]
    if not offered:
        yield _Unsure("its languages are not said")
    elif wanted is None:
        yield _Unsure(f"{asked.language} is not known as a language")
    elif unclear:
        yield _Unsure(f"not known as a language: {_short(', '.join(unclear))}")
    elif service.interpretation_services:
        yield _Unsure(f"its interpreters, in words: {_short(service.interpretation_services)}")
    else:
        yield f"it does not offer {language_name(wanted)} ({wanted})"


def check_language(text: str, services: Iterable[Service]) -> None:
    """Check a language that is asked for; raise `ValueError` with the nearest one if it is neither
    known nor written so in any service.
    """
    offered = [one for service in services for one in service.all_languages]
    if any(_is_spoken(text, one) for one in offered) or language_asked(text) is not None:
        return
    names = (one.name.title() for one in offered if one.name)
    hint = nearest_language(text, names) or "give a code like es, or a name like Spanish"
    raise ValueError(f"{text!r} is not known as a language; {hint}")


def _is_spoken(wanted: str, offered: Language) -> bool:
    codes = {language_asked(wanted)} - {None}
    same_text = wanted.casefold() in _folded([offered.code, offered.name])
    return same_text or not codes.isdisjoint(_codes(offered))


def _codes(offered: Language) -> set[str]:
    """Return the codes of an offered language. What is known by its code needs no name."""
    code = language_by_code(offered.code or "") or language_by_name(offered.name or "")
    return {code} if code else set()


def _area(service: Service, asked: _Asked) -> _Said:
    areas = service.all_areas
    if asked.area is None:
        return
    extents = [one.extent for one in areas if not one.is_shape]
    names = _folded([*(one.name for one in areas), *extents])
    words = names | _folded(one.description for one in areas)
    if asked.area in names:
        return
    if any(one.is_shape for one in areas):
        yield _Unsure("its area is a shape on a map, which is not computed")
    elif not names:
        yield _Unsure("the area that it serves is not said")
    elif any(asked.area in text for text in words):
        yield _Unsure(f"its area is said in words: {_short('; '.join(sorted(words)))}")
    else:
        yield "it does not serve the area"


def _capacity(service: Service, asked: _Asked) -> _Said:
    """Say if no place is free. A number that is missing or below 0 is none."""
    units = service.all_capacities
    left = [one.available for one in units]
    if any(one is None or one < 0 for one in left):
        if not any(one is not None and one > 0 for one in left):
            yield _Unsure("whether a place is free is not said")
    elif units and not any(left):
        updated = next((one.updated for one in units if one.updated), None)
        yield f"no place is free{f' (as of {updated})' if updated else ''}"


def _conditions(service: Service, asked: _Asked) -> _Said:
    if service.eligibility_description:
        yield _Unsure(f"whom it is for, in its words: {_short(service.eligibility_description)}")
    documents = [one.document for one in service.required_documents if one.document]
    if documents:
        yield _Unsure(f"it asks for documents: {_short('; '.join(documents))}")


_QUESTIONS: tuple[Callable[[Service, _Asked], _Said], ...] = (
    _status,
    _need,
    _age,
    _language,
    _area,
    _capacity,
    _conditions,
)


def _short(text: str) -> str:
    return textwrap.shorten(text, _LONGEST, placeholder=" …")


def _folded(texts: Iterable[str | None]) -> frozenset[str]:
    return frozenset(text.strip().casefold() for text in texts if text and text.strip())
