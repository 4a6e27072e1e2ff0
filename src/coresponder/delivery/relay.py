"""The relay carries waiting notices from the outbox to a notifier, at least once, and in order for
each incident and channel.

A notice is claimed before it is sent, so several relays can run side by side. If a relay dies while
it sends, its claim ends and another relay takes the notice. A notice that fails is tried again,
after a longer wait each time; one that fails too often is given up, and waits for a person.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable

import attrs

from coresponder.delivery.base import Notifier
from coresponder.delivery.lanes import Lanes, NotBegun
from coresponder.errors import DeliveryFailed, MissingExtra
from coresponder.outputs import hosts_only, printable
from coresponder.stores.base import Outgoing
from coresponder.stores.ports import Store

__all__ = ["Delivery", "Relay", "exponential"]

_LOG = logging.getLogger("coresponder")


def exponential(
    first: dt.timedelta = dt.timedelta(seconds=2), most: dt.timedelta = dt.timedelta(hours=1)
) -> Callable[[int], dt.timedelta]:
    """Return a wait that doubles with each attempt, with full jitter, so that a receiver that comes
    back is not overrun.

    Args:
        first: the longest wait after the first attempt.
        most: the longest wait after any attempt.

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
    """The result of one or more rounds."""

    sent: int = 0
    failed: int = 0
    given_up: int = 0

    @property
    def tried(self) -> int:
        """The number of notices that were tried."""
        return self.sent + self.failed + self.given_up

    def __add__(self, other: Delivery) -> Delivery:
        """Return the result of two rounds together."""
        return Delivery(
            sent=self.sent + other.sent,
            failed=self.failed + other.failed,
            given_up=self.given_up + other.given_up,
        )


@attrs.frozen(kw_only=True)
class Relay:
    """Carries the notices that wait in a store's outbox.

    Args:
        store: a store with its own connections, not in a host's transaction.
        notifier: carries a notice, or raises; a `DeliveryFailed` can say when to try again or to
            give up.
        agency: the agency whose notices are carried.
        wait: returns how long to wait after attempt 1, 2, 3...
        most_attempts: the number of failed attempts after which a notice is given up; `coresponder
            outbox STORE` lists it and sends it again.
        lease: how long a claim holds. A notice that is not begun long enough before its end is
            given back.
        batch: the most notices that are claimed at once.
        most: the longest time that one notice may take in all. A slow channel holds up no other.
        channels: the channels to carry, for one of several relays that share an outbox. The empty
            name stands for notices without a channel. By default all.
        clock: returns the time, for a test. By default the database's clock, so that relays on
            several hosts agree when a claim ends.
    """

    store: Store
    notifier: Notifier
    agency: str = "default"
    wait: Callable[[int], dt.timedelta] = attrs.field(factory=exponential)
    most_attempts: int = 15
    lease: dt.timedelta = dt.timedelta(minutes=5)
    batch: int = 200
    most: dt.timedelta = dt.timedelta(seconds=30)
    channels: Collection[str] | None = None
    clock: Callable[[], dt.datetime] | None = None
    _busy: dict[str, threading.Thread] = attrs.field(init=False, factory=dict, eq=False, repr=False)

    def run_once(self, stop: threading.Event | None = None) -> Delivery:
        """Claim waiting notices and try each once. Notices that are not begun when `stop` is set
        are given back.
        """
        total = Delivery()
        with self._lanes(stop) as lanes:
            self._claim(lanes)
            while lanes.channels:
                total += self._carry(lanes)
        return total

    def _lanes(self, stop: threading.Event | None) -> Lanes:
        return Lanes(notifier=self.notifier, most=self.most, busy=self._busy, stop=stop)

    def _claim(self, lanes: Lanes) -> None:
        """Claim waiting notices of idle channels. A channel with many notices leaves room for the
        others.
        """
        full = True
        while full:
            now = self._now()
            claimed = self.store.claim(
                self.agency,
                now=now,
                until=now + self.lease,
                limit=self.batch,
                channels=self.channels,
                but=lanes.channels,
            )
            self._add(lanes, claimed)
            full = len(claimed) == self.batch

    def _add(self, lanes: Lanes, claimed: Iterable[Outgoing]) -> None:
        """Queue claimed notices; each may be begun only while its claim outlasts the longest
        sending.
        """
        lanes.add(claimed, begin_within=max(self.lease - self.most, self.lease / 2).total_seconds())

    def _carry(self, lanes: Lanes, *, within: float | None = None) -> Delivery:
        """Start idle channels, wait at most `within` seconds until a notice has ended, and record
        the results.
        """
        lanes.start()
        ended = lanes.ended(within)
        sent = [out.id for out, error in ended if error is None]
        if sent:
            self.store.delivered(self.agency, *sent, at=self._now())
        counts = Counter(self._failed(out, error)[0] for out, error in ended if error is not None)
        return Delivery(sent=len(sent), failed=counts["failed"], given_up=counts["given_up"])

    def try_one(self, id: int) -> dt.datetime | None:
        """Try one notice now if it still waits, for a job queue that keeps order and time itself.
        Return when to try again; None if that is not needed.
        """
        now = self._now()
        found = self.store.claim(self.agency, now=now, until=now + self.lease, only=id)
        again: dt.datetime | None = None
        with self._lanes(None) as lanes:
            self._add(lanes, found)
            lanes.start()
            while lanes.channels:
                for out, error in lanes.ended():
                    if error is None:
                        self.store.delivered(self.agency, out.id, at=self._now())
                    else:
                        _, again = self._failed(out, error)
        return again

    def drain(self, limit: int | None = None, *, stop: threading.Event | None = None) -> Delivery:
        """Carry notices until none is left to try now, `limit` notices were tried, or `stop` is
        set.
        """
        total, busy = Delivery(), frozenset[str]()
        with self._lanes(stop) as lanes:
            while True:
                more = (limit is None or total.tried < limit) and not (
                    stop is not None and stop.is_set()
                )
                if more and (not busy or lanes.channels < busy):
                    self._claim(lanes)
                if not lanes.channels:
                    return total
                busy = lanes.channels
                total += self._carry(lanes)

    def run(
        self, stop: threading.Event, *, idle: dt.timedelta = dt.timedelta(seconds=1)
    ) -> Delivery:
        """Carry notices until `stop` is set, looking for new ones after `idle`; return the result
        of all rounds.

        A channel that has sent its notices gets more at once, whatever the others still do. When
        `stop` is set, notices that are being sent are waited for, and claimed ones that are not
        begun are given back.
        """
        total, look = Delivery(), time.monotonic()
        with self._lanes(stop) as lanes:
            while lanes.channels or not stop.is_set():
                busy = lanes.channels
                try:
                    if look <= time.monotonic() and not stop.is_set():
                        look = time.monotonic() + idle.total_seconds()
                        self._claim(lanes)
                        busy = lanes.channels
                    if busy:
                        total += self._carry(lanes, within=max(0.0, look - time.monotonic()))
                except OSError:
                    _LOG.exception("the outbox cannot be reached now; trying again")
                if lanes.channels < busy:
                    look = time.monotonic()
                elif not lanes.channels:
                    stop.wait(max(0.0, look - time.monotonic()))
        return total

    def _now(self) -> dt.datetime:
        return (self.clock or self.store.now)()

    def _failed(self, out: Outgoing, error: Exception) -> tuple[str, dt.datetime | None]:
        now = self._now()
        if isinstance(error, NotBegun):
            self.store.give_back(self.agency, out, at=now)
            return "not_begun", None
        said = printable(hosts_only(f"{type(error).__name__}: {error}"))[:500]
        final = out.attempts >= self.most_attempts or (
            isinstance(error, DeliveryFailed) and error.final
        )
        least = (
            error.after
            if isinstance(error, DeliveryFailed) and error.after is not None
            else dt.timedelta(0)
        )
        next_at = None if final else now + max(self.wait(out.attempts), least)
        self.store.failed(self.agency, out.id, error=said, at=now, next_at=next_at)
        if final:
            _LOG.error(
                "notice %s is given up after %d attempts (%s); re-send it with `coresponder"
                " outbox`",
                out.key,
                out.attempts,
                said,
            )
            return "given_up", None
        _LOG.warning("notice %s was not delivered (%s); it stays in the outbox", out.key, said)
        return "failed", next_at
