"""Group commit: steps that wait at the same time share one transaction. No timer: whoever comes first writes, and who comes meanwhile is next."""

from __future__ import annotations

import threading
from collections.abc import Callable

import attrs

from coresponder.errors import StoreError, StoreUnavailable
from coresponder.stores.base import Append

__all__ = ["GroupCommit"]


def _taken() -> threading.Lock:
    lock = threading.Lock()
    lock.acquire()
    return lock


@attrs.define(eq=False)
class _Waiting:
    step: Append
    turn: threading.Lock = attrs.field(factory=_taken)
    done: bool = False
    error: BaseException | None = None


@attrs.define
class GroupCommit:
    """Called with a step by many threads. One of them leads: it writes all that wait, while the others wait for its commit.

    Args:
        alone: writes one step; raises what it is refused with.
        together: writes steps in one transaction, and returns for each why it was refused, or None.
    """

    alone: Callable[[Append], None]
    together: Callable[[list[Append]], list[Exception | None]]
    _waiting: list[_Waiting] = attrs.field(init=False, factory=list)
    _busy: bool = attrs.field(init=False, default=False)
    _lock: threading.Lock = attrs.field(init=False, factory=threading.Lock)

    def __call__(self, step: Append) -> None:
        """Write a step, alone or with others; raise what it was refused with."""
        with self._lock:
            leads, self._busy = not self._busy, True
            if not leads:
                mine = _Waiting(step)
                self._waiting.append(mine)
        if leads:
            try:
                self.alone(step)
            finally:
                self._hand_over([])
            return
        self._wait(mine)
        if not mine.done:
            with self._lock:
                group, self._waiting = [mine, *self._waiting], []
            self._lead(group)
        if mine.error is not None:
            raise mine.error

    def _wait(self, mine: _Waiting) -> None:
        """Wait until the step is written, or until it is this thread's turn to lead. Who is interrupted leaves, and leaves nobody waiting."""
        try:
            mine.turn.acquire()
        except BaseException:
            with self._lock:
                left = mine in self._waiting
                if left:
                    self._waiting.remove(mine)
            if not left:
                mine.turn.acquire()
                if not mine.done:
                    self._hand_over([])
            raise

    def _lead(self, group: list[_Waiting]) -> None:
        """Write a group whose first is the caller's own, and then hand the lead to one who came meanwhile."""
        try:
            self._write(group)
        finally:
            self._hand_over(group[1:])

    def _hand_over(self, done: list[_Waiting]) -> None:
        with self._lock:
            following = self._waiting.pop(0) if self._waiting else None
            self._busy = following is not None
        for one in done:
            one.done = True
            one.turn.release()
        if following is not None:
            following.turn.release()

    def _write(self, group: list[_Waiting]) -> None:
        try:
            outcomes = self.together([one.step for one in group])
        except StoreError as fault:
            if len(group) == 1:
                group[0].error = fault
                return
            for one in group:  # one that the database does not take must not take the others with it
                self._write([one])
        except BaseException:
            for one in group[1:]:
                one.error = StoreUnavailable("the thread that wrote for several was interrupted; look whether the step is there before you repeat it")
            raise
        else:
            for one, error in zip(group, outcomes, strict=True):
                one.error = error
