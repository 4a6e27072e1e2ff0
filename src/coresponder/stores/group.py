"""Group commit: steps that wait at the same time share one transaction. There is no timer: the
first step is written at once, and the steps that arrive meanwhile form the next group.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable
from typing import Any

import attrs
from sqlalchemy.util import await_only, greenlet_spawn

from coresponder.errors import OutcomeUnknown, StoreError
from coresponder.stores.base import Append

__all__ = ["GroupCommit", "TaskGroupCommit"]

_INTERRUPTED = "the thread that wrote for several was interrupted"


@attrs.define
class _Writer:
    """The functions that write steps.

    Args:
        alone: writes one step; raises the error with which it is refused.
        together: writes steps in one transaction; returns for each the error with which it was
            refused, or None.
    """

    alone: Callable[[Append], None]
    together: Callable[[list[Append]], list[Exception | None]]

    def _write(self, steps: list[Append]) -> list[Exception | None]:
        """Write steps; return for each the error with which it was refused, or None. A step that
        the database rejects must not undo the others.
        """
        if len(steps) > 1:
            try:
                return self.together(steps)
            except OutcomeUnknown as unknown:
                return [unknown] * len(steps)
            except StoreError:
                pass
        return [self._refusal(step) for step in steps]

    def _refusal(self, step: Append) -> StoreError | None:
        try:
            self.alone(step)
        except StoreError as refused:
            return refused
        return None


def _taken() -> threading.Lock:
    lock = threading.Lock()
    lock.acquire()
    return lock


@attrs.define(eq=False)
class _Waiting:
    step: Append
    turn: threading.Lock = attrs.field(factory=_taken)
    done: bool = False
    error: Exception | None = None


@attrs.define
class GroupCommit(_Writer):
    """Writes steps for many threads. One thread leads: it writes all waiting steps while the other
    threads wait for its commit.
    """

    _waiting: list[_Waiting] = attrs.field(init=False, factory=list)
    _busy: bool = attrs.field(init=False, default=False)
    _lock: threading.Lock = attrs.field(init=False, factory=threading.Lock)

    def __call__(self, step: Append) -> None:
        """Write a step, alone or with others; raise the error with which it was refused."""
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
        """Wait until the step is written, or until it is this thread's turn to lead. A thread that
        is interrupted leaves the line; if it was to lead, the next thread does.
        """
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
        """Write a group that begins with the caller's own step, then hand the lead to a thread that
        arrived meanwhile.
        """
        for one in group[1:]:
            one.error = OutcomeUnknown("the store", _INTERRUPTED)
        try:
            for one, error in zip(group, self._write([one.step for one in group]), strict=True):
                one.error = error
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


@attrs.define
class TaskGroupCommit(_Writer):
    """Writes steps for many tasks of one event loop, each in a greenlet over an asyncio driver.

    A separate task writes, so a canceled task does not affect others. If it is canceled before its
    turn, its step is not written.
    """

    _waiting: list[tuple[Append, asyncio.Future[Exception | None]]] = attrs.field(
        init=False, factory=list
    )
    _task: asyncio.Task[None] | None = attrs.field(init=False, default=None)

    def __call__(self, step: Append) -> None:
        """Write a step, alone or with others; raise the error with which it was refused."""
        loop = asyncio.get_running_loop()
        told: asyncio.Future[Exception | None] = loop.create_future()
        self._waiting.append((step, told))
        if self._task is None or self._task.done():
            self._task = loop.create_task(greenlet_spawn(self._write_all))
        refused = await_only(told)
        if refused is not None:
            raise refused

    def _write_all(self) -> None:
        """Write until no step waits."""
        group: list[Any] = []
        try:
            while self._waiting:
                group, self._waiting = (
                    [(step, told) for step, told in self._waiting if not told.done()],
                    [],
                )
                _tell(zip(group, self._write([step for step, _ in group]), strict=True))
        except BaseException:
            left, self._waiting = [*group, *self._waiting], []
            _tell((one, OutcomeUnknown("the store", _INTERRUPTED)) for one in left)
            raise


def _tell(
    answers: Iterable[tuple[tuple[Append, asyncio.Future[Exception | None]], Exception | None]],
) -> None:
    """Give each task the result of its step, unless it already has one or is gone."""
    for (_, told), answer in answers:
        if not told.done():
            told.set_result(answer)
