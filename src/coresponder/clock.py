"""The one module that reads the clock, and the limits of a wait. The core reads no clock; a host
that wants another clock passes another function.
"""

from __future__ import annotations

import datetime as dt
import heapq
import itertools
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import attrs

from coresponder.domain.types import UTC

__all__ = ["Limit", "cut_socket", "utc_now"]


def utc_now() -> dt.datetime:
    """Return the time, with its zone."""
    return dt.datetime.now(UTC)


@attrs.define(eq=False)
class Limit:
    """A limit of the waits on one thing, which come one at a time: `cut` is called from another
    thread if the block has not ended after so many seconds. It can be entered again and again.

    A block that ends in time costs no lock: the watch looks again when its first limit is over.
    """

    seconds: float
    cut: Callable[[], object]
    ends: float | None = attrs.field(init=False, default=None)
    watched: bool = attrs.field(init=False, default=False)

    def __enter__(self) -> None:
        """Begin a wait."""
        self.ends = time.monotonic() + self.seconds
        if not self.watched:  # read after `ends` is set; the watch does it the other way round
            _WATCH.add(self, self.ends)

    def __exit__(self, *_: object) -> None:
        """End it."""
        self.ends = None


@attrs.define
class _Watch:
    """The limits that are watched, the earliest end first. The thread starts when it is first
    needed, also after a fork.
    """

    _limits: list[tuple[float, int, Limit]] = attrs.field(init=False, factory=list)
    _numbers: Iterator[int] = attrs.field(init=False, factory=itertools.count)
    _changed: threading.Condition = attrs.field(init=False, factory=threading.Condition)
    _thread: threading.Thread | None = attrs.field(init=False, default=None)

    def begin(self) -> None:
        """Forget the limits of the parent process after a fork."""
        for *_, limit in self._limits:
            limit.watched = False
        self._limits, self._changed, self._thread = [], threading.Condition(), None

    def add(self, limit: Limit, ends: float) -> None:
        with self._changed:
            if not limit.watched:
                self._put(limit, ends)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(
                    target=self._run, name="coresponder deadlines", daemon=True
                )
                self._thread.start()
            elif self._limits[0][2] is limit:
                self._changed.notify()

    def _put(self, limit: Limit, ends: float) -> None:
        limit.watched = True
        heapq.heappush(self._limits, (ends, next(self._numbers), limit))

    def _run(self) -> None:
        while True:
            with self._changed:
                left = self._limits[0][0] - time.monotonic() if self._limits else None
                if left is None or left > 0:
                    self._changed.wait(left)
                    continue
                limit = heapq.heappop(self._limits)[2]
                limit.watched = False
                ends = limit.ends
                if ends is not None and ends > time.monotonic():  # another wait by now
                    self._put(limit, ends)
                    continue
            if ends is not None:
                with suppress(Exception):  # a cut that fails must not end the watch of the others
                    limit.cut()


_WATCH = _Watch()
if hasattr(os, "register_at_fork"):  # a child has neither the thread nor the limits of its parent
    os.register_at_fork(after_in_child=_WATCH.begin)


def cut_socket(number: int) -> None:
    """End a connection by its file descriptor, so that a thread that waits on it gets an error."""
    with suppress(OSError), socket.socket(fileno=os.dup(number)) as end:
        end.shutdown(socket.SHUT_RDWR)
