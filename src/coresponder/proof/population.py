"""Populations: the persons, referrals and follow-ups of an incident, and anything else for which a
policy keeps one cell each. Some individuals are *followed*: everything that the policies can see of
them is kept. All further ones are *others*: the model keeps only how many of them add which share
to the incident's counts, up to the largest number that a condition names plus one. Another
individual may have any possible past at any time. So there may be any number of others, and nothing
that they can do is left out. Some of what they do here may be impossible, which errs on the safe
side.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from typing import Any

import attrs

from coresponder.domain.events import Event
from coresponder.domain.fold import fold_for
from coresponder.domain.frozen import copier
from coresponder.domain.objects import Incident
from coresponder.lifecycle import PARTS
from coresponder.proof.cone import classes
from coresponder.proof.interest import Interest
from coresponder.proof.payloads import key_values
from coresponder.proof.reads import COLLECTIONS, Member, is_open, members_of, stranger

__all__ = ["PUT", "Acting", "Counter", "Population", "populations"]

_BLANK = Incident(id="incident-1")
PUT: Mapping[str, Callable[[Incident, tuple[Any, ...]], Incident]] = {
    name: copier(Incident, name) for name in COLLECTIONS.values()
}
"""Collection -> the function that puts individuals into it in an incident."""
Counter = tuple[tuple[Hashable, int], ...]
"""What others add to the incident's counts -> how many of them do, up to `Population.cap`."""


@attrs.frozen
class Acting:
    """Another individual that is about to act: what the incident knows of it, and what the
    remaining others add then. `wild` means that it had a past that the story does not show.
    """

    part: Any
    rest: Counter
    wild: bool


@attrs.define(eq=False)
class Population:
    """Individuals of one kind, named by one field of events.

    Attributes:
        field: the event field.
        followed: the values of the field that are followed.
        other: the value that stands for any other individual; None where there are no others.
        keyed: a policy keeps one cell for each of them.
        members: the paths of the incident that they are part of.
        cap: up to how many others that add the same are counted.
        collection: where the incident keeps them, if it does.
    """

    field: str
    followed: tuple[Any, ...]
    other: Any
    keyed: bool
    members: Mapping[str, Member]
    cap: int
    collection: str | None
    _share: Callable[[str, Any], Hashable]
    _classes: Mapping[str, int] | None
    _locals: tuple[Any, ...] = attrs.field(init=False, default=())
    _for: dict[Hashable, tuple[Any, ...]] = attrs.field(init=False, factory=dict)
    _left: dict[Hashable, frozenset[Hashable]] = attrs.field(init=False, factory=dict)
    _crowds: dict[Counter, tuple[Any, ...]] = attrs.field(init=False, factory=dict)
    _blank: tuple[Hashable, ...] = attrs.field(init=False)

    @_blank.default
    def _unknown(self) -> tuple[Hashable, ...]:
        unknown = stranger(self.field, "nobody")
        shares = (
            self._share(path, member.share(unknown) if unknown else False)
            for path, member in self.members.items()
        )
        return (0 if self._classes is None else self._classes["new"], *shares)

    @property
    def slot(self) -> bool:
        """True if nothing distinguishes individuals, so that one that has ended makes room for
        another.
        """
        return not self.keyed and not self.members

    @property
    def kinds(self) -> int:
        """How many kinds of individuals that are not followed are known."""
        return len(self._locals)

    def follows(self, part: Any) -> bool:
        """Return whether what is known of an individual is kept; where there are no others, it
        always is.
        """
        return self.other is None or part.id in self.followed

    def parts(self, incident: Incident) -> tuple[Any, ...]:
        """Return what the incident knows of individuals of this kind."""
        return getattr(incident, self.collection) if self.collection else ()

    def trait(self, part: Any) -> tuple[Hashable, ...] | None:
        """Return the distinctions that are kept for an individual; None if it is like one never
        named before.
        """
        if part is None:
            return None
        found = (
            self._class(part),
            *(self._share(path, member.share(part)) for path, member in self.members.items()),
        )
        return None if found == self._blank else found

    def adds(self, part: Any) -> Hashable:
        """Return what an individual adds to the incident's counts; None for nothing."""
        if part is None or not self.members:
            return None
        found = tuple(
            self._share(path, member.share(part)) for path, member in self.members.items()
        )
        return None if found == self._blank[1:] else found

    def _class(self, part: Any) -> int:
        return 0 if self._classes is None else self._classes[part.status.value]

    def learn(self, events: Iterable[Event]) -> None:
        """Find everything that can happen to an individual under these events."""
        if self.other is None or self.collection is None:
            return
        own = [event for event in events if getattr(event, self.field, None) == self.other]
        found: dict[Hashable, Any] = {None: None}
        todo: list[Any] = [None]
        while todo:
            part = todo.pop(0)
            for event in own:
                after = self._after(part, event)
                if self.trait(after) not in found:
                    found[self.trait(after)] = after
                    todo.append(after)
        self._locals = tuple(part for part in found.values() if part is not None)

    def _after(self, part: Any, event: Event) -> Any:
        """Return an individual's record after an event that is in place."""
        if self.collection is None or not self._in_place(part, event):
            return part
        before = PUT[self.collection](_BLANK, () if part is None else (part,))
        folded = fold_for(type(event))(before, event, before.state)
        return next((each for each in self.parts(folded) if each.id == self.other), None)

    def acting(self, counter: Counter, event: Event) -> Iterator[Acting]:
        """Yield every record that another individual may have when an event names it. One never
        named before comes first.
        """
        for part in self._alike(event):
            added = self.adds(part)
            if added is None:
                yield Acting(part, counter, wild=part is not None)
                continue
            there = dict(counter).get(added, 0)
            if there:
                yield Acting(part, _put(counter, added, there - 1), wild=True)
            if there == self.cap:
                yield Acting(part, counter, wild=True)

    def _alike(self, event: Event) -> tuple[Any, ...]:
        """Return the records that an individual may have, one for all that the event treats alike."""
        key = (type(event).__name__, event)
        found = self._for.get(key)
        if found is None:
            kinds: dict[Hashable, Any] = {}
            for part in (None, *self._locals):
                after = self._after(part, event)
                kinds.setdefault(
                    (self.adds(part), self.adds(after), self._in_place(part, event)), part
                )
            found = self._for[key] = tuple(kinds.values())
        return found

    def left(self, event: Event) -> frozenset[Hashable]:
        """Return what an individual can add to the incident's counts after such an event was taken
        for every individual.
        """
        key = (type(event).__name__, event)
        found = self._left.get(key)
        if found is None:
            other = self._naming_other(event)
            found = self._left[key] = frozenset(
                self.adds(self._after(part, other)) for part in (None, *self._locals)
            )
        return found

    def _naming_other(self, event: Event) -> Event:
        return (
            event
            if getattr(event, self.field) == self.other
            else attrs.evolve(event, **{self.field: self.other})
        )

    def _in_place(self, part: Any, event: Event) -> bool:
        lifecycle = PARTS.get(self.field)
        return (
            lifecycle is None
            or lifecycle.target(type(event).__name__, "new" if part is None else part.status.value)
            is not None
        )

    def joined(self, counter: Counter, part: Any) -> Counter:
        """Return what others add once this individual is one of them."""
        added = self.adds(part)
        if added is None:
            return counter
        if not any(self.adds(known) == added for known in self._locals):
            self._locals += (part,)  # an event that is not in this model brought it
            self._for.clear()
            self._left.clear()
        return _put(counter, added, min(self.cap, dict(counter).get(added, 0) + 1))

    def crowd(self, counter: Counter) -> tuple[Any, ...]:
        """Return others that add what the counter says, as the incident would keep them."""
        if counter not in self._crowds:
            made: list[Any] = []
            for added, number in counter:
                like = next(part for part in self._locals if self.adds(part) == added)
                made += [
                    attrs.evolve(like, id=f"{self.other}-{len(made) + i}")
                    for i in range(1, number + 1)
                ]
            self._crowds[counter] = tuple(made)
        return self._crowds[counter]


def _put(counter: Counter, added: Hashable, number: int) -> Counter:
    changed = {**dict(counter), added: number}
    return tuple(sorted(((key, n) for key, n in changed.items() if n), key=repr))


def populations(
    interest: Interest,
    names: Iterable[str],
    vocabulary: Mapping[str, type[Event]],
    *,
    followed: int,
    others: bool,
) -> dict[str, Population]:
    """Return the populations that some policies and event types mention."""
    listed = tuple(names)
    fields = [
        field
        for field in interest.keys
        if all(
            field in _fields(vocabulary[name]) or not hasattr(vocabulary[name], field)
            for name in listed
        )
    ]
    fields += [field for field, lifecycle in PARTS.items() if any(map(lifecycle.regulates, listed))]
    fields += [kind for kind in ("person", "responder") if members_of(interest.incident, kind)]
    return {
        field: _population(field, interest, listed, vocabulary, followed=followed, others=others)
        for field in dict.fromkeys(fields)
    }


def _fields(cls: type[Event]) -> frozenset[str]:
    return frozenset(field.name for field in attrs.fields(cls))


def _population(
    field: str,
    interest: Interest,
    names: tuple[str, ...],
    vocabulary: Mapping[str, type[Event]],
    *,
    followed: int,
    others: bool,
) -> Population:
    members, lifecycle = members_of(interest.incident, field), PARTS.get(field)
    owner = next(vocabulary[name] for name in names if field in _fields(vocabulary[name]))
    number = max(1, followed) if field in interest.keys else followed
    values = key_values(owner, field, number + others)
    return Population(
        field=field,
        followed=tuple(values[:number]),
        other=values[number] if others and len(values) > number else None,
        keyed=field in interest.keys,
        members=members,
        cap=1
        + max(
            (interest.counts[path] for path, member in members.items() if member.counts), default=0
        ),
        collection=COLLECTIONS.get(field),
        share=lambda path, value: (
            min(value, interest.counts[path] + 1) if type(value) is int else value
        ),
        classes=classes(
            lifecycle, names, apart=lambda state: bool(members) and is_open(field, state)
        )
        if lifecycle
        else None,
    )
