"""One suite for every store and every notifier."""

import logging
from pathlib import Path

import pytest

from coresponder.notifiers.log import LogNotifier
from coresponder.notifiers.memory import MemoryNotifier
from coresponder.stores.memory import MemoryStore
from coresponder.stores.sql import SqlStore
from coresponder.testing import NOTIFIER_RULES, STORE_RULES


@pytest.mark.parametrize("rule", STORE_RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("kind", ["memory", "sqlite", "sqlite in memory"])
def test_every_store_keeps_every_rule(kind, rule, tmp_path: Path):
    """The suite is the same for all stores."""
    opened = []

    def make():
        store = MemoryStore() if kind == "memory" else SqlStore.sqlite(":memory:" if "in" in kind else tmp_path / f"{len(opened)}.db")
        opened.append(store)
        return store

    rule(make)
    for store in opened:
        store.close()


@pytest.mark.parametrize("rule", NOTIFIER_RULES, ids=lambda rule: rule.__name__)
def test_the_memory_notifier_keeps_every_rule(rule):
    """It keeps each notice once."""
    rule(MemoryNotifier, lambda notifier: len(notifier.sent))


@pytest.mark.parametrize("rule", NOTIFIER_RULES, ids=lambda rule: rule.__name__)
def test_the_log_notifier_keeps_every_rule(rule, caplog):
    """It writes one line for each notice."""
    with caplog.at_level(logging.INFO, logger="coresponder.notices"):
        rule(LogNotifier, lambda _: len(caplog.records))


class Forgetful(MemoryStore):
    """Broken on purpose: it takes steps without looking at the version."""

    def append(self, step):
        key = (step.agency, step.summary.incident)
        self._incidents.pop(key, None)
        super().append(type(step)(**{f: getattr(step, f) for f in ("agency", "rows", "recorded_at", "summary", "contacts", "notices")}, expected=0))


def test_a_broken_store_is_found():
    """The rules can fail: a store that ignores versions does not pass."""
    with pytest.raises(AssertionError):
        STORE_RULES[1](Forgetful)


def test_a_notice_that_fails_stays_in_the_outbox(caplog):
    """A notifier that raises loses nothing; the next delivery sends it."""
    from coresponder.domain.events import TeamUnavailable
    from coresponder.program import load_program
    from coresponder.testing.conformance import _NOON, _received
    from coresponder.workflow import Workflow

    class Down:
        def send(self, notice, *, key):
            raise ConnectionError("no line")

    store = MemoryStore()
    workflow = Workflow(load_program("cit"), store, Down(), clock=lambda: _NOON)
    workflow.receive(_received(), incident="a")
    workflow.record("a", TeamUnavailable(at=_NOON, by="dispatcher-1"))
    assert len(store.outbox("default")) == 1
    assert "stays in the outbox" in caplog.text
    workflow.notifier = MemoryNotifier()
    assert workflow.deliver() == 1
    assert store.outbox("default") == ()


def test_a_night_is_the_same_in_every_store(tmp_path):
    """Memory and SQLite hold the same cases, notices and projections of the same night."""
    from coresponder.program import load_program
    from coresponder.testing import Field
    from coresponder.workflow import Workflow

    nights = []
    for store in (MemoryStore(), SqlStore.sqlite(tmp_path / "night.db")):
        workflow = Workflow(load_program("hartford-vt"), store)
        Field(workflow, seed=7).play(40)
        again = Workflow(workflow.program, store, clock=workflow.clock)
        lines = {s.incident: [str(line) for line in again.timeline(s.incident) if line.event != "NoteAdded"] for s in again.find()}
        nights.append((again.find(), lines, again.due(), [out.notice for out in store.outbox("default", limit=10_000)], store.verify("default")))
        store.close()
    assert nights[0] == nights[1]
