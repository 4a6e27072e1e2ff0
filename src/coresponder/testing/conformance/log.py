"""The rules of an event log."""

from __future__ import annotations

from collections.abc import Callable

from coresponder.errors import NotFound, PositionAhead, RequestTaken, VersionConflict
from coresponder.stores.ports import EventLog
from coresponder.testing.conformance.basis import (
    PROGRAM,
    a_step,
    expect,
    interrupted,
    received,
    refuses,
)

__all__ = ["LOG_RULES"]


def what_was_written_is_read(make: Callable[[], EventLog]) -> None:
    """Rows come back as they were written, in order."""
    log = make()
    log.append(a_step("one", 0, received(), received(1)))
    log.append(a_step("one", 2, received(2)))
    found = log.load("north", "one")
    expect([row.number for row in found.rows] == [1, 2, 3], "numbers are dense and in order")
    expect(found.rows[2].body == received(2).to_json(), "the body is what was written")
    expect(
        (found.incident, found.program) == ("one", PROGRAM.name),
        "the incident and its program are what was written",
    )
    expect(log.version("north", "one") == 3, "the version is the number of the last event")


def only_what_is_new_is_read_again(make: Callable[[], EventLog]) -> None:
    """After a version that is known only later rows are read, unless it is another history."""
    log = make()
    log.append(a_step("one", 0, received(), received(1)))
    head = log.load("north", "one").rows[1].digest
    same = log.load_after("north", "one", 2, head)
    expect(same is not None and same.rows == (), "nothing is read again")
    log.append(a_step("one", 2, received(2), received(3)))
    later = log.load_after("north", "one", 2, head)
    expect(
        later is not None and later.rows == log.load("north", "one").rows[2:],
        "the rows after a version are those that were recorded since",
    )
    for incident, version in (("one", 3), ("one", 5), ("none", 2)):
        expect(
            log.load_after("north", incident, version, head) is None,
            "there is no answer where the event of that number has another digest",
        )
    expect(
        log.load_after("south", "one", 2, head) is None, "an incident is found in its agency alone"
    )


def a_stale_step_is_refused(make: Callable[[], EventLog]) -> None:
    """The second of two writers on one version gets `VersionConflict`, and nothing of its step is
    written.
    """
    log = make()
    log.append(a_step("one", 0, received()))
    refuses(VersionConflict, lambda: log.append(a_step("one", 0, received(5))), "a second opening")
    refuses(
        VersionConflict,
        lambda: log.append(a_step("one", 7, received(5))),
        "a version that is not there yet",
    )
    expect(len(log.load("north", "one").rows) == 1, "nothing of a refused step is written")


def an_unknown_incident_is_not_found(make: Callable[[], EventLog]) -> None:
    """An incident that was never written is not found, and has version 0."""
    log = make()
    refuses(NotFound, lambda: log.load("north", "none"), "an unknown incident")
    expect(log.version("north", "none") == 0, "an unknown incident has version 0")


def each_agency_has_its_own_histories(make: Callable[[], EventLog]) -> None:
    """The agency is part of an incident's key."""
    log = make()
    log.append(a_step("one", 0, received()))
    log.append(a_step("one", 0, received(3), agency="south"))
    expect(
        log.load("south", "one").rows[0].body == received(3).to_json(),
        "each agency has its own incident of that name",
    )
    expect(log.load("north", "one").rows[0].body == received().to_json(), "and keeps it")


def a_request_is_written_once(make: Callable[[], EventLog]) -> None:
    """A request finds its step, only in its own agency, and no other step is written under it."""
    log = make()
    log.append(a_step("one", 0, received(), received(1), request="cad-1"))
    log.append(a_step("one", 2, received(2), request="cad-2"))
    expect(
        log.recorded("north", "cad-1") == ("one", 2),
        "a request finds the incident and the last event of its step",
    )
    expect(
        log.recorded("south", "cad-1") is None and log.recorded("north", "cad-3") is None,
        "an unknown request finds nothing",
    )
    refuses(
        RequestTaken,
        lambda: log.append(a_step("two", 0, received(), request="cad-1")),
        "another step under the same request",
    )
    expect(log.version("north", "two") == 0, "nothing of it is written")
    log.append(a_step("one", 0, received(), agency="south", request="cad-1"))
    expect(
        log.load("north", "one").rows[1].request == "cad-1",
        "the last row of a step has its request",
    )


def a_batch_of_histories_is_all_or_nothing(make: Callable[[], EventLog]) -> None:
    """A failure inside a batch undoes the whole batch."""
    log = make()
    interrupted(log, lambda: log.append(a_step("one", 0, received(), request="cad-1")))
    expect(
        log.version("north", "one") == 0 and log.recorded("north", "cad-1") is None,
        "nothing of an interrupted batch is written",
    )
    with log.batch():
        log.append(a_step("one", 0, received()))
        log.append(a_step("two", 0, received()))
    expect(
        log.version("north", "one") == log.version("north", "two") == 1, "a whole batch is written"
    )


def _feed(log: EventLog, agency: str = "north", after: int = 0) -> list[tuple[int, str, int]]:
    """Return the place, the incident and the number of each event of a feed."""
    found = log.feed(agency, after=after)
    return [(one.position, one.incident, one.row.number) for one in found]


def every_event_has_one_position(make: Callable[[], EventLog]) -> None:
    """The positions of a feed are 1, 2, 3 and so on; an event keeps its own whatever is written
    later, and the events of an incident are in their order.
    """
    log = make()
    log.append(a_step("two", 0, received(), received(1)))
    log.append(a_step("one", 0, received()))
    first = _feed(log)
    expect([place for place, *_ in first] == [1, 2, 3], "positions are dense")
    log.append(a_step("two", 2, received(2)))
    log.append(a_step("one", 1, received(3)))
    found = _feed(log)
    expect(found[:3] == first, "a position never changes")
    expect([place for place, *_ in found] == [1, 2, 3, 4, 5], "positions stay dense")
    for incident, numbers in (("one", [1, 2]), ("two", [1, 2, 3])):
        order = [number for _, whose, number in found if whose == incident]
        expect(order == numbers, "the events of an incident are in their order, each once")
    for one in log.feed("north"):
        row = log.load("north", one.incident).rows[one.row.number - 1]
        expect(one.row == row, "the row of an entry is what was written")
        expect(one.program == PROGRAM.name, "the program is that of the incident")


def a_feed_is_read_from_any_position(make: Callable[[], EventLog]) -> None:
    """A reader goes on after a position, as many entries at a time as it asks for, and is told if
    the feed has not come that far.
    """
    log = make()
    expect(log.feed("north") == (), "a feed without events is empty")
    log.append(a_step("one", 0, *(received(minutes) for minutes in range(5))))
    whole = log.feed("north")
    expect(log.feed("north", after=2, limit=2) == whole[2:4], "a page begins after a position")
    expect(log.feed("north", after=4, limit=9) == whole[4:], "the last page is what is left")
    expect(log.feed("north", after=5) == (), "there is nothing after the end")
    refuses(PositionAhead, lambda: log.feed("north", after=6), "a position behind the end")
    log.append(a_step("one", 0, received(9), agency="south"))
    expect(_feed(log, "south") == [(1, "one", 1)], "each agency has its own feed")


def what_is_not_written_has_no_position(make: Callable[[], EventLog]) -> None:
    """Neither a refused step nor an interrupted batch leaves a gap or an entry."""
    log = make()
    log.append(a_step("one", 0, received()))
    refuses(VersionConflict, lambda: log.append(a_step("one", 0, received(5))), "a second opening")
    interrupted(log, lambda: log.append(a_step("two", 0, received())))
    expect(_feed(log) == [(1, "one", 1)], "only what was written has a position")
    log.append(a_step("two", 0, received()))
    expect(_feed(log, after=1) == [(2, "two", 1)], "the next event has the next position")


LOG_RULES: tuple[Callable[[Callable[[], EventLog]], None], ...] = (
    what_was_written_is_read,
    only_what_is_new_is_read_again,
    a_stale_step_is_refused,
    an_unknown_incident_is_not_found,
    each_agency_has_its_own_histories,
    a_request_is_written_once,
    a_batch_of_histories_is_all_or_nothing,
    every_event_has_one_position,
    a_feed_is_read_from_any_position,
    what_is_not_written_has_no_position,
)
"""Every rule of an event log; each takes a factory that makes an empty log."""
