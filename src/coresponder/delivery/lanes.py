"""Lanes: a relay sends the notices of one channel one after another, and those of different
channels at the same time.

Only sending happens in threads, one for each channel. A notice that takes too long is left behind
in its thread, and its channel fails until that thread ends: a thread cannot be stopped from
outside, but nothing waits for it.
"""

from __future__ import annotations

import datetime as dt
import queue
import threading
import time
from collections import Counter, deque
from collections.abc import Iterable
from typing import Self

import attrs

from coresponder.delivery.base import Notifier
from coresponder.errors import DeliveryFailed
from coresponder.stores.base import Outgoing

__all__ = ["Lanes", "NotBegun"]

_MOST_AT_ONCE = 1000
_Answer = tuple[Outgoing, BaseException | None]


class NotBegun(Exception):
    """A notice was not tried because its claim was about to end or the relay is being stopped."""


@attrs.define(kw_only=True)
class Lanes:
    """Sends notices, one at a time for each channel. After a `with` block no notice is begun.

    Args:
        notifier: sends a notice.
        most: the longest time that one notice may take in all.
        busy: channel -> the thread that was left behind; it may outlive these lanes.
        stop: once it is set, no notice is begun.
    """

    notifier: Notifier
    most: dt.timedelta
    busy: dict[str, threading.Thread]
    stop: threading.Event | None = None
    _open: Counter[str] = attrs.field(init=False, factory=Counter)
    _left: dict[int, Outgoing] = attrs.field(init=False, factory=dict)
    _waiting: dict[str, deque[tuple[Outgoing, float]]] = attrs.field(init=False, factory=dict)
    _under_way: dict[str, tuple[Outgoing, float]] = attrs.field(init=False, factory=dict)
    _threads: dict[str, threading.Thread] = attrs.field(init=False, factory=dict)
    _lock: threading.Lock = attrs.field(init=False, factory=threading.Lock)
    _answers: queue.SimpleQueue[_Answer] = attrs.field(init=False, factory=queue.SimpleQueue)

    def __enter__(self) -> Self:
        """Return the lanes."""
        return self

    def __exit__(self, *_: object) -> None:
        """Begin no more notices."""
        self.clear()

    @property
    def channels(self) -> frozenset[str]:
        """The channels that have a notice waiting, under way, or ended and not reported yet."""
        return frozenset(channel for channel, count in self._open.items() if count)

    def add(self, claimed: Iterable[Outgoing], *, begin_within: float) -> None:
        """Queue notices. A notice that is not begun within so many seconds is not tried."""
        until = time.monotonic() + begin_within
        with self._lock:
            for out in claimed:
                self._open[out.notice.channel] += 1
                self._waiting.setdefault(out.notice.channel, deque()).append((out, until))

    def clear(self) -> list[Outgoing]:
        """Remove the notices that were not begun."""
        with self._lock:
            left = [out for lane in self._waiting.values() for out, _ in lane]
            self._waiting.clear()
        self._open.subtract(out.notice.channel for out in left)
        return left

    def start(self) -> None:
        """Start a thread for each channel that has waiting notices and no thread."""
        with self._lock:
            for channel in [channel for channel in self._waiting if channel not in self._threads]:
                if channel in self.busy and self.busy[channel].is_alive():
                    said = "the channel is still busy with a notice that does not end"
                    for out, _ in self._waiting.pop(channel):
                        self._answers.put((out, DeliveryFailed(said)))
                    continue
                thread = self._threads[channel] = threading.Thread(
                    target=self._work, args=(channel,), name=f"coresponder {channel}", daemon=True
                )
                thread.start()

    def _work(self, channel: str) -> None:
        """Send a channel's notices until none waits or the thread is left behind."""
        error: BaseException | None = None
        while (error is None or isinstance(error, Exception)) and (taken := self._next(channel)):
            out, until = taken
            over = time.monotonic() > until or (self.stop is not None and self.stop.is_set())
            error = NotBegun() if over else self._sent(out)
            self._answers.put((out, error))

    def _next(self, channel: str) -> tuple[Outgoing, float] | None:
        """Take the next notice of a channel to send it."""
        with self._lock:
            if self._threads.get(channel) is not threading.current_thread():
                return None
            self._under_way.pop(channel, None)
            if not (waiting := self._waiting.get(channel)):
                del self._threads[channel]
                return None
            taken = waiting.popleft()
            if not waiting:
                del self._waiting[channel]
            self._under_way[channel] = (taken[0], time.monotonic() + self.most.total_seconds())
            return taken

    def _sent(self, out: Outgoing) -> BaseException | None:
        try:
            self.notifier.send(out.notice, key=out.key)
        except BaseException as error:  # noqa: BLE001 - whatever a host's notifier raises, the notice stays in the outbox
            return error
        return None

    def ended(self, within: float | None = None) -> list[tuple[Outgoing, Exception | None]]:
        """Wait until a notice has ended, for at most `within` seconds; return all that have ended,
        each with its error if it failed.
        """
        with self._lock:
            limits = [until - time.monotonic() for _, until in self._under_way.values()]
        limits += [self.most.total_seconds() if within is None else within]
        try:
            answers = [self._answers.get(timeout=max(0.0, min(limits)))]
        except queue.Empty:
            return self._late()
        while not self._answers.empty() and len(answers) < _MOST_AT_ONCE:
            answers.append(self._answers.get())
        return [
            (out, _no_stop(error))
            for out, error in answers
            if self._left.pop(id(out), None) is None and self._told(out)
        ]

    def _told(self, out: Outgoing) -> bool:
        self._open[out.notice.channel] -= 1
        return True

    def _late(self) -> list[tuple[Outgoing, Exception | None]]:
        """Leave behind the notices that take too long, and fail those queued behind them."""
        now, late = time.monotonic(), list[Outgoing]()
        with self._lock:
            slow = [channel for channel, (_, until) in self._under_way.items() if until <= now]
            for channel in slow:
                out, _ = self._under_way.pop(channel)
                self._left[id(out)] = out
                self.busy[channel] = self._threads.pop(channel)
                late += [out, *(out for out, _ in self._waiting.pop(channel, ()))]
        self._open.subtract(out.notice.channel for out in late)
        said = f"the channel took longer than {self.most.total_seconds():g} s for one notice"
        return [(out, DeliveryFailed(said)) for out in late]


def _no_stop(error: BaseException | None) -> Exception | None:
    """Return the error of a notice; raise it if it is to stop the program."""
    if error is None or isinstance(error, Exception):
        return error
    raise error
