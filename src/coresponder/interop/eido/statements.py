"""What a sender states of an incident, compared with what the same sender stated last.

Two systems may say different things of one incident, each with every EIDO. So a statement is news
only if its sender says something else than before, or the record never had it. An EIDO with nothing
new leaves no event; so what the record had after the sender's last statement may be what they
repeat since.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import attrs

from coresponder.domain import events as e
from coresponder.domain.types import say_time
from coresponder.domain.vocabulary import Nature
from coresponder.interop.eido.codes import NATURES, says
from coresponder.interop.eido.kept import SENDER_FIELD, TYPE_FIELD, codes_of, may_be_of
from coresponder.interop.eido.known import Kind, kinds_in
from coresponder.interop.eido.standing import ENDS

__all__ = ["Statement", "of_disposition", "of_end", "of_nature", "of_priority", "only_new"]

_Test = Callable[[e.Event], bool]


@attrs.frozen(kw_only=True)
class Statement:
    """What a sender states of one thing, and what the record has of it until then.

    Attributes:
        words: what is stated.
        sender: who states it.
        before: the events that say something of the same thing, in the order of time.
        agrees: whether an event says what is stated.
        together: whether an event says what is stated, or something else that the same EIDO states.
        record: what an event says, in words.
    """

    words: str
    sender: str
    before: Sequence[e.Event]
    agrees: _Test
    together: _Test
    record: Callable[[e.Event], str]

    @property
    def repeated(self) -> bool:
        """Whether the sender stated it last, or the record had it since."""
        since = 0
        for number in reversed(range(len(self.before))):
            if may_be_of(self.before[number], self.sender):
                since = number
                if not self.together(self.before[number]):
                    break
        return any(map(self.agrees, self.before[since:]))

    @property
    def stands(self) -> bool:
        """Whether it is what the record has."""
        return bool(self.before) and self.agrees(self.before[-1])

    def say(self) -> str:
        """Return that it was stated before, by whom, and what the record has now."""
        last = self.before[-1]
        stated = any(may_be_of(one, self.sender) for one in self.before)
        says = f"still says {self.words}" if stated else f"says {self.words}, as others did before"
        return (
            f"{self.sender} {says}; the record has {self.record(last)} since"
            f" {say_time(last.at)}, which stays"
        )


def of_nature(event: e.CallTriaged, before: Iterable[e.Event], sender: str) -> Statement:
    """Return the statement of what kind of incident it is."""
    codes = codes_of(event)

    def agrees(one: e.Event) -> bool:
        assert isinstance(one, Kind)  # noqa: S101 - the type checker cannot see it
        theirs = codes_of(one)
        if codes and theirs and codes != theirs:
            return False
        by_code = next((NATURES[code] for code in codes if code in NATURES), None)
        same = one.nature == event.nature
        return same or (by_code == event.nature and says(one.nature, codes))

    return Statement(
        words=", ".join(codes) or event.nature,
        sender=sender,
        before=list(_kinds(before)),
        agrees=agrees,
        together=agrees,
        record=lambda one: ", ".join(codes_of(one)) or str(getattr(one, "nature", "")),
    )


def _kinds(before: Iterable[e.Event]) -> Iterator[Kind]:
    """Yield what says the kind of incident: the first call, and each time that it was judged. What a
    sender stated of the priority alone does not.
    """
    last: Nature | None = None
    for one in kinds_in(before):
        if not (codes_of(one, SENDER_FIELD) and not codes_of(one) and one.nature == last):
            yield one
        last = one.nature


def of_priority(event: e.CallTriaged, before: Iterable[e.Event], sender: str) -> Statement:
    """Return the statement of how urgent it is."""
    return _of_value("priority", event, [], kinds_in(before), sender, Kind)


def of_disposition(
    event: e.DispositionRecorded, told: Iterable[e.Event], before: Iterable[e.Event], sender: str
) -> Statement:
    """Return the statement of how it ended; `told` is what the same EIDO says."""
    beside = [one for one in told if isinstance(one, e.DispositionRecorded)]
    return _of_value("disposition", event, beside, before, sender, e.DispositionRecorded)


def only_new(event: e.Event, stated: Mapping[str, Statement]) -> e.Event:
    """Return an event without what its sender only repeats, and the record has otherwise by now."""
    if not isinstance(event, e.CallTriaged):
        return event
    old = {
        field: one.before[-1] for field, one in stated.items() if one.repeated and not one.stands
    }
    if isinstance(now := old.get("nature"), Kind):
        kept = tuple(code for code in event.local if code.field != TYPE_FIELD)
        event = attrs.evolve(event, nature=now.nature, local=kept)
    return attrs.evolve(event, priority=None) if "priority" in old else event


def of_end(event: e.Event, before: Iterable[e.Event], sender: str) -> Statement:
    """Return the statement that it is closed, canceled or open again."""

    def agrees(one: e.Event) -> bool:
        return type(one) is type(event)

    return Statement(
        words=type(event).__name__,
        sender=sender,
        before=[one for one in before if isinstance(one, ENDS)],
        agrees=agrees,
        together=agrees,
        record=lambda one: type(one).__name__,
    )


def _of_value(
    field: str,
    event: e.Event,
    beside: Iterable[e.Event],
    before: Iterable[e.Event],
    sender: str,
    types: type[e.Event] | object,
) -> Statement:
    stated = getattr(event, field)
    values = {stated, *(getattr(one, field) for one in beside)}
    return Statement(
        words=str(stated),
        sender=sender,
        before=[one for one in before if isinstance(one, types) and getattr(one, field)],  # type: ignore[arg-type]
        agrees=lambda one: getattr(one, field) == stated,
        together=lambda one: getattr(one, field) in values,
        record=lambda one: str(getattr(one, field)),
    )
