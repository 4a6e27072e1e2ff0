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
from contextlib import contextmanager, suppress

import attrs

from coresponder.domain.types import UTC

__all__ = ["cut_socket", "utc_now", "within"]


def utc_now() -> dt.datetime:
    """Return the time, with its zone."""
    return dt.datetime.now(UTC)


@attrs.define(eq=False)
class _Wait:
    cut: Callable[[], None]
    over: bool = False


@attrs.define
class _Watch:
    """The waits that are under way, the earliest limit first. The thread starts when it is first
    needed, also after a fork.
    """

    _waits: list[tuple[float, int, _Wait]] = attrs.field(init=False, factory=list)
    _numbers: Iterator[int] = attrs.field(init=False, factory=itertools.count)
    _changed: threading.Condition = attrs.field(init=False, factory=threading.Condition)
    _thread: threading.Thread | None = attrs.field(init=False, default=None)

    def begin(self) -> None:
        """Forget the waits of the parent process after a fork."""
        self._waits, self._changed, self._thread = [], threading.Condition(), None

    def add(self, limit: float, wait: _Wait) -> None:
        with self._changed:
            heapq.heappush(self._waits, (limit, next(self._numbers), wait))
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(
                    target=self._run, name="coresponder deadlines", daemon=True
                )
                self._thread.start()
            elif self._waits[0][2] is wait:
                self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                while self._waits and self._waits[0][2].over:
                    heapq.heappop(self._waits)
                left = self._waits[0][0] - time.monotonic() if self._waits else None
                if left is None or left > 0:
                    self._changed.wait(left)
                    continue
                wait = heapq.heappop(self._waits)[2]
            if not wait.over:
                wait.cut()


_WATCH = _Watch()
if hasattr(os, "register_at_fork"):  # a child has neither the thread nor the waits of its parent
    os.register_at_fork(after_in_child=_WATCH.begin)


@contextmanager
def within(seconds: float, cut: Callable[[], None]) -> Iterator[None]:
    """Call `cut` from another thread if the block has not ended after so many seconds."""
    wait = _Wait(cut)
    _WATCH.add(time.monotonic() + seconds, wait)
    try:
        yield
    finally:
        wait.over = True


def cut_socket(number: int) -> None:
    """End a connection by its file descriptor, so that a thread that waits on it gets an error."""
    with suppress(OSError), socket.socket(fileno=os.dup(number)) as end:
        end.shutdown(socket.SHUT_RDWR)
