"""One suite for every store and every notifier."""

import json
import logging
from contextlib import contextmanager
from pathlib import Path

import attrs
import pytest

from coresponder.delivery.log import LogNotifier
from coresponder.delivery.memory import MemoryNotifier
from coresponder.domain.objects import Prior
from coresponder.errors import StaleVersion
from coresponder.stores.base import Receipt, VaultEntry, Words
from coresponder.stores.memory import MemoryStore
from coresponder.stores.sql import SqlStore
from coresponder.testing import NOTIFIER_RULES, STORE_RULES


@pytest.mark.parametrize("rule", STORE_RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("kind", ["memory", "sqlite", "sqlite in memory", "postgresql"])
def test_every_store_keeps_every_rule(kind, rule, tmp_path: Path, request):
    """The suite is the same for all stores."""
    opened = []
    makers = {
        "memory": MemoryStore,
        "sqlite": lambda: SqlStore.sqlite(tmp_path / f"{len(opened)}.db"),
        "sqlite in memory": lambda: SqlStore.sqlite(":memory:"),
        "postgresql": lambda: SqlStore.postgresql(request.getfixturevalue("postgres").database()),
    }

    def make():
        store = makers[kind]()
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


class IgnoresVersions(MemoryStore):
    def append(self, step):
        self._incidents.pop((step.agency, step.summary.incident), None)
        super().append(attrs.evolve(step, expected=0))


class LosesTheLastRow(MemoryStore):
    def load(self, agency, incident):
        found = super().load(agency, incident)
        return attrs.evolve(found, rows=found.rows[:-1])


class MakesUpWhatIsNotThere(MemoryStore):
    def load_program(self, name):
        return self._programs.get(name, {})


class SharesAgencies(MemoryStore):
    def recall(self, agency, id, *, audience):
        return super().recall(next((whose for whose, known in self._vault if known == id), agency), id, audience=audience)


class TellsBeforeItWrites(MemoryStore):
    def append(self, step):
        if step.expected:
            self.notify(step.agency, step.notices, at=step.recorded_at)
            raise StaleVersion(step.summary.incident, step.expected, 0)
        super().append(attrs.evolve(step, notices=()))


class KeepsHalfABatch(MemoryStore):
    @contextmanager
    def batch(self):
        yield


class TakesAnyProgram(MemoryStore):
    def save_program(self, name, definition):
        self._programs[name] = json.dumps(definition)


class TellsEverybody(MemoryStore):
    def recall(self, agency, id, *, audience):
        return super().recall(agency, id, audience=self._vault[agency, id].entry.audience if (agency, id) in self._vault else audience)


class RemembersForEver(MemoryStore):
    def forget(self, agency, subject):
        return sum(words.entry.subject == subject for (whose, _), words in self._vault.items() if whose == agency)


class TakesAnyWords(MemoryStore):
    def remember(self, agency, *, subject, kind, audience, text):
        self._vault[agency, "x"] = Words(entry=VaultEntry(id="x", subject=subject, kind=kind, audience=audience, text=text), salt="")
        return Receipt(id="x", digest="")


class KnowsNoContacts(MemoryStore):
    def prior(self, agency, person, *, at, excluding):
        return Prior()


class CountsNoOpenWork(MemoryStore):
    def prior(self, agency, person, *, at, excluding):
        return attrs.evolve(super().prior(agency, person, at=at, excluding=excluding), open_referrals=0, open_follow_ups=0)


class FindsInAnyOrder(MemoryStore):
    def find(self, agency, **options):
        return super().find(agency, **options)[::-1]


class MixesUpIncidents(MemoryStore):
    def load(self, agency, incident):
        found = super().load(agency, incident)
        return attrs.evolve(found, rows=tuple(r._replace(body=r.body.replace("dispatcher-1", "dispatcher-2")) for r in found.rows))


class SeesFaultsEverywhere(MemoryStore):
    def verify(self, agency, *, programs=None):
        return ("a fault",)


class SendsAnybody(MemoryStore):
    def append(self, step):
        super().append(attrs.evolve(step, forced=True))


class GivesOutAll(MemoryStore):
    def claim(self, agency, *, now, until, limit=10):
        return tuple(self._change(agency, out, attempts=out.attempts + 1) for out in self._undelivered(agency))


class ForgetsWhatFailed(MemoryStore):
    def failed(self, agency, id, *, error, at, next_at):
        self.delivered(agency, id, at=at)


class CountsWhatWasGivenBack(MemoryStore):
    def give_back(self, agency, out, *, at):
        self.failed(agency, out.id, error="", at=at, next_at=at)


class TellsAgain(MemoryStore):
    def notify(self, agency, notices, *, at):
        return super().notify(agency, [attrs.evolve(n, number=len(self._outbox) + i) for i, n in enumerate(notices)], at=at)


class NeverSeals(MemoryStore):
    def checkpoint(self, agency, *, at):
        return None


class KeepsWhoWasNotThere(MemoryStore):
    def append(self, step):
        super().append(attrs.evolve(step, gone=()))


class RecordsAgain(MemoryStore):
    def append(self, step):
        super().append(attrs.evolve(step, request=""))


class WritesWordsFirst(MemoryStore):
    def append(self, step):
        self._vault |= {(step.agency, words.entry.id): words for words in step.words}
        super().append(step)


class ForgetsTheNamedAlone(MemoryStore):
    def forget(self, agency, subject):
        gone = [key for key, words in self._vault.items() if key[0] == agency and words.entry.subject == subject]
        return len([self._vault.pop(key) for key in gone])


class WaitsForTheHostsClock(MemoryStore):
    def claim(self, agency, *, now, until, limit=10, only=None):
        return super().claim(agency, now=now, until=until, limit=limit) if all(out.created_at <= now for out in self.outbox(agency)) else ()


class BelievesItsRows(MemoryStore):
    def verify(self, agency, *, programs=None):
        return ()


BROKEN = {
    "what_is_beside_the_log_follows_from_it": BelievesItsRows,
    "a_request_is_recorded_once": RecordsAgain,
    "words_are_written_with_their_event": WritesWordsFirst,
    "words_about_nobody_are_forgotten_with_anybody": ForgetsTheNamedAlone,
    "no_host_s_clock_holds_a_notice_back": WaitsForTheHostsClock,
    "who_was_entered_in_error_is_no_contact": KeepsWhoWasNotThere,
    "a_responder_is_with_one_incident_at_a_time": SendsAnybody,
    "notices_are_claimed_in_order": GivesOutAll,
    "a_notice_that_fails_is_kept": ForgetsWhatFailed,
    "a_claim_that_is_given_back_is_no_attempt": CountsWhatWasGivenBack,
    "the_same_notice_is_put_in_once": TellsAgain,
    "time_passing_is_told_once": TellsAgain,
    "a_checkpoint_covers_what_moved": NeverSeals,
    "what_was_written_is_read": LosesTheLastRow,
    "a_stale_step_is_refused_and_writes_nothing": IgnoresVersions,
    "what_is_not_there_is_said": MakesUpWhatIsNotThere,
    "agencies_do_not_see_one_another": SharesAgencies,
    "a_step_and_its_notices_are_one": TellsBeforeItWrites,
    "a_batch_is_all_or_nothing": KeepsHalfABatch,
    "a_program_keeps_its_version": TakesAnyProgram,
    "the_vault_gives_words_only_to_their_audience": TellsEverybody,
    "the_vault_forgets": RemembersForEver,
    "the_vault_takes_ids_and_words": TakesAnyWords,
    "prior_counts_other_incidents": KnowsNoContacts,
    "prior_counts_open_work": CountsNoOpenWork,
    "find_uses_the_projection": FindsInAnyOrder,
    "a_case_survives_the_store": MixesUpIncidents,
    "the_chain_verifies": SeesFaultsEverywhere,
}
"""For each rule a store that is broken in just that."""


@pytest.mark.parametrize("rule", STORE_RULES, ids=lambda rule: rule.__name__)
def test_each_rule_of_the_store_suite_can_fail(rule):
    """A store that breaks a rule does not pass it."""
    rule(MemoryStore)
    with pytest.raises(AssertionError):
        rule(BROKEN[rule.__name__])


class Swallows(MemoryNotifier):
    def send(self, notice, *, key):
        """Carry nothing."""


@pytest.mark.parametrize("rule", NOTIFIER_RULES, ids=lambda rule: rule.__name__)
def test_each_rule_of_the_notifier_suite_can_fail(rule):
    """A notifier that carries nothing does not pass."""
    with pytest.raises(AssertionError):
        rule(Swallows, lambda notifier: len(notifier.sent))


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


def test_a_late_recorded_earlier_call_moves_the_opening_in_every_store(tmp_path):
    """What is listed as the opening is the first call, also when that was recorded later; a fact from before it is none."""
    from coresponder.domain.events import WeaponSeen
    from coresponder.program import load_program
    from coresponder.testing.conformance import _at, _received
    from coresponder.workflow import Workflow

    for store in (MemoryStore(), SqlStore.sqlite(tmp_path / "late.db")):
        workflow = Workflow(load_program("cit"), store, clock=lambda: _at(60))
        workflow.receive(_received(), incident="a")
        workflow.record("a", WeaponSeen(at=_at(-9), by="officer-1"))
        assert store.find("default")[0].opened_at == _at(0)
        workflow.record("a", _received(-5))
        assert store.find("default")[0].opened_at == _at(-5)
        store.close()


def test_a_night_is_the_same_in_every_store(tmp_path):
    """Memory and SQLite hold the same cases, notices and projections of the same night."""
    from coresponder.program import load_program
    from coresponder.simulation.field import Field
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
