"""The relay: carries waiting notices from the outbox to a notifier, at least once, in order for each incident and channel.

A notice is claimed before it is sent, so several relays can run side by side; one that dies while it sends loses nothing, because its
claim ends. What fails is tried again, later each time; what fails too often is given up, and waits for a person.
"""

from __future__ import annotations

import datetime as dt
import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator

import attrs

from coresponder.delivery.base import Notifier
from coresponder.errors import DeliveryFailed, MissingExtra
from coresponder.outputs import hosts_only, printable
from coresponder.stores.base import Outgoing
from coresponder.stores.ports import Store

__all__ = ["Delivery", "Relay", "exponential"]

_LOG = logging.getLogger("coresponder")


def exponential(first: dt.timedelta = dt.timedelta(seconds=2), most: dt.timedelta = dt.timedelta(hours=1)) -> Callable[[int], dt.timedelta]:
    """Return a wait that doubles with each attempt, with full jitter, so that receivers who come back are not overrun.

    Args:
        first: the longest wait after the first attempt.
        most: the longest wait of all.

    Raises:
        MissingExtra: tenacity is not installed.
    """
    try:
        from tenacity import RetryCallState, Retrying, wait_random_exponential
    except ImportError:
        raise MissingExtra("relay", "waiting between attempts") from None
    draw = wait_random_exponential(multiplier=first.total_seconds(), max=most.total_seconds())

    def wait(attempt: int) -> dt.timedelta:
        state = RetryCallState(Retrying(), None, (), {})
        state.attempt_number = attempt
        return dt.timedelta(seconds=draw(state))

    return wait


@attrs.frozen(kw_only=True)
class Delivery:
    """What one round came to."""

    sent: int = 0
    failed: int = 0
    given_up: int = 0

    @property
    def tried(self) -> int:
        """How many notices were tried."""
        return self.sent + self.failed + self.given_up

    def __add__(self, other: Delivery) -> Delivery:
        """Return what two rounds came to."""
        return Delivery(sent=self.sent + other.sent, failed=self.failed + other.failed, given_up=self.given_up + other.given_up)


@attrs.frozen(kw_only=True)
class Relay:
    """Carries what waits in a store's outbox.

    Args:
        store: with its own connections, not in a host's transaction.
        notifier: raises when it could not carry a notice; `DeliveryFailed` may say more.
        agency: whose notices.
        wait: how long after attempt 1, 2, 3...
        most_attempts: a notice that failed so often is given up; `coresponder outbox STORE` lists and re-sends it.
        lease: how long a claim holds; longer than `batch` notices may take, or they are sent again by another relay.
        batch: how many notices are claimed at once.
        most: how long one notice may take in all. A channel that is slow does not hold up the others of a round for longer.
        clock: what time it is, for a test; by default the time of the database, so that relays on several hosts agree when a claim ends.
    """

    store: Store
    notifier: Notifier
    agency: str = "default"
    wait: Callable[[int], dt.timedelta] = attrs.field(factory=exponential)
    most_attempts: int = 15
    lease: dt.timedelta = dt.timedelta(minutes=5)
    batch: int = 10
    most: dt.timedelta = dt.timedelta(seconds=30)
    clock: Callable[[], dt.datetime] | None = None
    _busy: dict[str, threading.Thread] = attrs.field(init=False, factory=dict, eq=False, repr=False)

    def run_once(self, stop: threading.Event | None = None) -> Delivery:
        """Claim what waits and try each notice once; what was not begun when `stop` is set is given back."""
        now = self._now()
        counts = {"sent": 0, "failed": 0, "given_up": 0}
        claimed = self.store.claim(self.agency, now=now, until=now + self.lease, limit=self.batch)
        for out, error in self._sent(claimed, stop):
            counts[self._told(out, error)[0]] += 1
        return Delivery(**counts)

    def _sent(self, claimed: tuple[Outgoing, ...], stop: threading.Event | None = None) -> Iterator[tuple[Outgoing, Exception | None]]:
        """Send notices, those of each channel one after another and beside those of others; yield each with what it failed with.

        Only sending happens in threads of its own. One that does not end within `most` is left behind, and its channel is passed over
        as long as it goes on: nobody can end what a receiver drags out, but nobody waits for it either.
        """
        lanes: dict[str, deque[Outgoing]] = {}
        for out in claimed:
            lanes.setdefault(out.notice.channel, deque()).append(out)
        answers: queue.SimpleQueue[tuple[Outgoing, BaseException | None]] = queue.SimpleQueue()
        under_way = {channel: self._start(lane.popleft(), answers) for channel, lane in lanes.items()}
        while under_way:
            self._give_back(lanes, stop)
            for channel in [c for c, (_, until) in under_way.items() if until <= time.monotonic()]:
                out, _ = under_way.pop(channel)
                for late in (out, *lanes.pop(channel)):
                    yield late, DeliveryFailed(f"the channel took longer than {self.most.total_seconds():g} s for one notice")
            try:
                out, error = answers.get(timeout=max(0.0, min((until for _, until in under_way.values()), default=0.0) - time.monotonic()))
            except queue.Empty:
                continue
            channel = out.notice.channel
            if under_way.get(channel, (None, 0.0))[0] is not out:  # it ended after all, and is told as late already
                continue
            del under_way[channel]
            if error is not None and not isinstance(error, Exception):  # somebody stops the program
                raise error
            yield out, error
            self._give_back(lanes, stop)
            if lanes[channel]:
                under_way[channel] = self._start(lanes[channel].popleft(), answers)

    def _give_back(self, lanes: dict[str, deque[Outgoing]], stop: threading.Event | None) -> None:
        """When `stop` is set, let others have at once what was claimed and not begun; that is not counted as an attempt."""
        for lane in lanes.values():
            while lane and stop is not None and stop.is_set():
                out = lane.popleft()
                self.store.give_back(self.agency, out, at=self._now())

    def _start(self, out: Outgoing, answers: queue.SimpleQueue[tuple[Outgoing, BaseException | None]]) -> tuple[Outgoing, float]:
        """Send one notice in a thread of its own, if none is still busy with its channel; return it, and until when it is waited for."""
        channel, until = out.notice.channel, time.monotonic() + self.most.total_seconds()
        busy = self._busy.get(channel)
        if busy is not None and busy.is_alive():
            answers.put((out, DeliveryFailed("the channel is still busy with a notice that does not end")))
            return out, until
        thread = self._busy[channel] = threading.Thread(target=self._send, args=(out, answers), name=f"coresponder {channel}", daemon=True)
        thread.start()
        return out, until

    def _send(self, out: Outgoing, answers: queue.SimpleQueue[tuple[Outgoing, BaseException | None]]) -> None:
        try:
            self.notifier.send(out.notice, key=out.key)
        except BaseException as error:  # noqa: BLE001 - whatever a host's notifier raises, the notice stays
            answers.put((out, error))
        else:
            answers.put((out, None))

    def try_one(self, id: int) -> dt.datetime | None:
        """Try one notice now if it still waits, for an engine that keeps order and time by itself; return when to try again, or None."""
        now = self._now()
        found = self.store.claim(self.agency, now=now, until=now + self.lease, only=id)
        return self._told(*next(self._sent(found)))[1] if found else None

    def drain(self, limit: int | None = None, *, stop: threading.Event | None = None) -> Delivery:
        """Go on until nothing waits that may be tried now, `limit` notices were tried, or `stop` is set."""
        total = Delivery()
        while (limit is None or total.tried < limit) and not (stop is not None and stop.is_set()):
            one = self.run_once(stop)
            if not one.tried:
                break
            total += one
        return total

    def run(self, stop: threading.Event, *, idle: dt.timedelta = dt.timedelta(seconds=1)) -> Delivery:
        """Carry notices until `stop` is set, looking again after `idle` when nothing waits; return what all came to.

        What is being sent when `stop` is set is waited for; what was claimed and not begun is given back.
        """
        total = Delivery()
        while not stop.is_set():
            one = Delivery()
            try:
                one = self.run_once(stop)
            except OSError:
                _LOG.exception("the outbox cannot be read now; trying again")
            total += one
            if not one.tried:
                stop.wait(idle.total_seconds())
        return total

    def _now(self) -> dt.datetime:
        return (self.clock or self.store.now)()

    def _told(self, out: Outgoing, error: Exception | None) -> tuple[str, dt.datetime | None]:
        if error is not None:
            return self._failed(out, error)
        self.store.delivered(self.agency, out.id, at=self._now())
        return "sent", None

    def _failed(self, out: Outgoing, error: Exception) -> tuple[str, dt.datetime | None]:
        now, said = self._now(), printable(hosts_only(f"{type(error).__name__}: {error}"))[:500]
        final = out.attempts >= self.most_attempts or (isinstance(error, DeliveryFailed) and error.final)
        least = error.after if isinstance(error, DeliveryFailed) and error.after is not None else dt.timedelta(0)
        next_at = None if final else now + max(self.wait(out.attempts), least)
        self.store.failed(self.agency, out.id, error=said, at=now, next_at=next_at)
        if final:
            _LOG.error("notice %s is given up after %d attempts (%s); re-send it with `coresponder outbox`", out.key, out.attempts, said)
            return "given_up", None
        _LOG.warning("notice %s was not delivered (%s); it stays in the outbox", out.key, said)
        return "failed", next_at
