"""Lanes: the notices that a relay has claimed, those of each channel one after another and beside
those of other channels.

Only sending happens in threads of its own. A notice that does not end in time is left behind, and
its channel fails as long as it goes on: nobody can end what a receiver drags out, but nobody waits
for it either.
"""

from __future__ import annotations

import datetime as dt
import queue
import threading
import time
from collections import deque
from collections.abc import Iterable

import attrs

from coresponder.delivery.base import Notifier
from coresponder.errors import DeliveryFailed
from coresponder.stores.base import Outgoing

__all__ = ["Lanes"]


@attrs.define(kw_only=True)
class Lanes:
    """Sends notices, one at a time for each channel.

    Args:
        notifier: sends a notice.
        most: how long one notice may take in all.
        busy: the last thread of each channel, which may go on for longer than these lanes.
    """

    notifier: Notifier
    most: dt.timedelta
    busy: dict[str, threading.Thread]
    _waiting: dict[str, deque[Outgoing]] = attrs.field(init=False, factory=dict)
    _under_way: dict[str, tuple[Outgoing, float]] = attrs.field(init=False, factory=dict)
    _answers: queue.SimpleQueue[tuple[Outgoing, BaseException | None]] = attrs.field(
        init=False, factory=queue.SimpleQueue
    )

    @property
    def channels(self) -> frozenset[str]:
        """The channels that have a notice under way or waiting."""
        return frozenset({*self._waiting, *self._under_way})

    def add(self, claimed: Iterable[Outgoing]) -> None:
        """Let notices wait for their turn."""
        for out in claimed:
            self._waiting.setdefault(out.notice.channel, deque()).append(out)

    def clear(self) -> list[Outgoing]:
        """Take back what was not begun."""
        left = [out for lane in self._waiting.values() for out in lane]
        self._waiting.clear()
        return left

    def start(self) -> None:
        """Begin with the next notice of each channel that has none under way."""
        for channel in [channel for channel in self._waiting if channel not in self._under_way]:
            out = self._waiting[channel].popleft()
            if not self._waiting[channel]:
                del self._waiting[channel]
            self._under_way[channel] = (out, time.monotonic() + self.most.total_seconds())
            self._begin(out)

    def _begin(self, out: Outgoing) -> None:
        """Send a notice in a thread of its own, if none is still busy with its channel."""
        channel = out.notice.channel
        if channel in self.busy and self.busy[channel].is_alive():
            self._answers.put(
                (out, DeliveryFailed("the channel is still busy with a notice that does not end"))
            )
            return
        thread = self.busy[channel] = threading.Thread(
            target=self._send, args=(out,), name=f"coresponder {channel}", daemon=True
        )
        thread.start()

    def _send(self, out: Outgoing) -> None:
        try:
            self.notifier.send(out.notice, key=out.key)
        except BaseException as error:  # noqa: BLE001 - whatever a host's notifier raises, the notice stays
            self._answers.put((out, error))
        else:
            self._answers.put((out, None))

    def ended(self, within: float | None = None) -> list[tuple[Outgoing, Exception | None]]:
        """Wait until a notice has ended, for at most `within` seconds; return those that have, each
        with what it failed with.
        """
        limits = [until - time.monotonic() for _, until in self._under_way.values()]
        try:
            answer = self._answers.get(
                timeout=max(0.0, min(limits if within is None else [*limits, within], default=0.0))
            )
        except queue.Empty:
            return self._late()
        out, error = answer
        if (
            self._under_way.get(out.notice.channel, (None, 0.0))[0] is not out
        ):  # it ended after all, and is told as late already
            return []
        del self._under_way[out.notice.channel]
        if error is not None and not isinstance(error, Exception):  # somebody stops the program
            raise error
        return [(out, error)]

    def _late(self) -> list[tuple[Outgoing, Exception | None]]:
        """Give up waiting for what takes too long, and for what is behind it."""
        now, late = time.monotonic(), list[Outgoing]()
        for channel in [channel for channel, (_, until) in self._under_way.items() if until <= now]:
            late += [self._under_way.pop(channel)[0], *self._waiting.pop(channel, ())]
        said = f"the channel took longer than {self.most.total_seconds():g} s for one notice"
        return [(out, DeliveryFailed(said)) for out in late]
