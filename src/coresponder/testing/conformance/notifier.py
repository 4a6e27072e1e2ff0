"""The rules of a notifier."""

from __future__ import annotations

from collections.abc import Callable

from coresponder.delivery.base import Notifier
from coresponder.domain import events as e
from coresponder.program import load_program
from coresponder.stores.memory import MemoryStore
from coresponder.testing.conformance.basis import a_notice, at, expect, received
from coresponder.workflow import Workflow

__all__ = ["NOTIFIER_RULES", "NotifierRule"]

NotifierRule = Callable[[Callable[[], Notifier], Callable[[Notifier], int]], None]


def a_notice_is_carried(make: Callable[[], Notifier], count: Callable[[Notifier], int]) -> None:
    """Each notice that is sent arrives."""
    notifier = make()
    notifier.send(a_notice("one", 1), key="north-1")
    notifier.send(a_notice("one", 2), key="north-2")
    expect(count(notifier) == 2, "two notices were carried")


def a_step_reaches_the_notifier(
    make: Callable[[], Notifier], count: Callable[[Notifier], int]
) -> None:
    """A notice that a step causes is carried after the step is written, and no longer waits."""
    notifier, store = make(), MemoryStore()
    workflow = Workflow(load_program("cit"), store, notifier, clock=lambda: at(60))
    workflow.receive(received(), incident="a")
    workflow.record("a", e.TeamUnavailable(at=at(1), by="dispatcher-1"))
    expect(count(notifier) == 1, "the supervisor is told")
    expect(store.outbox("default") == (), "nothing waits")


NOTIFIER_RULES: tuple[NotifierRule, ...] = (a_notice_is_carried, a_step_reaches_the_notifier)
"""Every rule of a notifier; each takes a factory, and a function that counts what was carried."""
