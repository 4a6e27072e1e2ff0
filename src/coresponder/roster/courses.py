"""The trainings of a program: the hours they need, the skills they cover, how long they count, what
renews them, and what counts in their place.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

import attrs

from coresponder.domain.objects import Credential, Responder
from coresponder.domain.vocabulary import Technique, Training
from coresponder.errors import nearest
from coresponder.roster.course import Course, Validity, parse_validity

__all__ = ["STANDARD", "Courses", "Needs", "course_problems"]

_EVER = dt.datetime.max.replace(tzinfo=dt.UTC)

Needs = tuple[tuple[str, int], ...]
"""Trainings in the order of their names, each with the hours that are needed."""


@attrs.frozen
class Courses:
    """All trainings of a program: the standard ones and its own."""

    declared: tuple[Course, ...] = ()
    _by_name: Mapping[str, Course] = attrs.field(init=False, repr=False, eq=False)
    _accepted: Mapping[str, tuple[str, ...]] = attrs.field(init=False, repr=False, eq=False)
    _valid: Mapping[str, Validity | None] = attrs.field(init=False, repr=False, eq=False)

    @_by_name.default
    def _named(self) -> Mapping[str, Course]:
        standard = {word.value: Course(id=word.value) for word in Training}
        return MappingProxyType({**standard, **{course.id: course for course in self.declared}})

    @_accepted.default
    def _in_place(self) -> Mapping[str, tuple[str, ...]]:
        return {name: tuple(self._reached(name)) for name in self._by_name}

    @_valid.default
    def _lengths(self) -> Mapping[str, Validity | None]:
        return {name: parse_validity(course.valid) for name, course in self._by_name.items()}

    def _reached(self, name: str) -> Iterator[str]:
        """Yield a training and all that count in its place, directly or through one another."""
        found, waiting = {name: None}, [name]
        for one in waiting:
            yield one
            course = self._by_name.get(one)
            new = [other for other in (course.accepts if course else ()) if other not in found]
            found |= dict.fromkeys(new)
            waiting += new

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all trainings."""
        return tuple(self._by_name)

    def course(self, name: str) -> Course:
        """Return a training by its name; one that is not declared has no requirements."""
        found = self._by_name.get(name)
        return Course(id=name) if found is None else found

    def options(self, training: str, hours: int = 0) -> tuple[tuple[str, int], ...]:
        """Return the trainings of which any one is enough where a training is required, each with
        the hours that it needs. A seat's own hours apply to the training that the seat names.
        """
        accepted = self._accepted.get(training, (training,))
        own = (training, max(hours, self.course(training).hours))
        return (own, *((name, self.course(name).hours) for name in accepted[1:]))

    def covering(self, skill: Technique) -> tuple[tuple[str, int], ...]:
        """Return the trainings that cover a skill, each with the hours that it needs."""
        teaching = (course.id for course in self._by_name.values() if skill in course.skills)
        return tuple(dict.fromkeys(one for name in teaching for one in self.options(name)))

    def ends(self, credentials: tuple[Credential, ...], one: Credential) -> dt.datetime | None:
        """Return until when a credential counts, given the person's other credentials; None means
        for ever.
        """
        length = self._valid.get(one.training)
        first = one.expires
        if first is None and length is not None and one.completed is not None:
            first = length.after(one.completed)
        renewing = self.course(one.training).renewed_by
        if first is None or not renewing:
            return first
        later = [
            other.expires or (length.after(other.completed) if length else _EVER)
            for other in credentials
            if other.training in renewing
            and other.completed is not None
            and other.completed >= (one.completed or other.completed)
            and (other.hours or 0) >= self.course(other.training).hours
        ]
        return max([first, *later])

    def holds(
        self, responder: Responder, options: Iterable[tuple[str, int]], at: dt.datetime
    ) -> bool:
        """Return whether one of these trainings counts for a responder at an instant."""
        for credential in responder.credentials:  # this loop is twice as fast as any()
            for name, hours in options:
                if (
                    credential.training == name
                    and (credential.hours or 0) >= hours
                    and self._counts(responder.credentials, credential, at)
                ):
                    return True
        return False

    def _counts(
        self, credentials: tuple[Credential, ...], one: Credential, at: dt.datetime
    ) -> bool:
        if one.completed is not None and one.completed > at:
            return False
        if one.expires is not None and at <= one.expires:
            return True
        if one.expires is None and (one.completed is None or not self._valid.get(one.training)):
            return True
        if one.expires is not None and not self.course(one.training).renewed_by:
            return False
        known = tuple(c for c in credentials if c.completed is None or c.completed <= at)
        ends = self.ends(known, one)
        return ends is None or at <= ends

    def ways(
        self, training: Iterable[str], hours: int, skills: Iterable[Technique]
    ) -> tuple[Needs, ...]:
        """Return each smallest set of trainings that meets all requirements."""
        asked = [self.options(name, hours) for name in sorted(set(training))]
        asked += [self.covering(skill) for skill in sorted(set(skills))]
        found: dict[Needs, None] = {}
        for chosen in itertools.product(*asked):
            most: dict[str, int] = {}
            for name, needed in chosen:
                most[name] = max(needed, most.get(name, 0))
            found[tuple(sorted(most.items()))] = None
        return tuple(one for one in found if not any(_less(other, one) for other in found))


STANDARD = Courses()
"""The standard trainings only: each counts until it expires, whatever its hours."""


def _less(one: Needs, other: Needs) -> bool:
    """Return whether one set requires less than another."""
    more = dict(other)
    return one != other and all(more.get(name, -1) >= hours for name, hours in one)


def course_problems(courses: Courses) -> Iterator[str]:
    """Yield the mistakes in a program's trainings, each with its place and a remedy."""
    seen: set[str] = set()
    for course in courses.declared:
        where = f"[[training]] {course.id!r}"
        if course.id in seen:
            yield f"{where}: two trainings have this id; give each its own"
        seen.add(course.id)
        for key in ("renewed_by", "accepts"):
            for name in getattr(course, key):
                if name not in courses.names:
                    hint = nearest(name, courses.names)
                    yield f"{where}, {key}: there is no training {name!r}; {hint}"
