"""One suite for every store and every notifier."""

import json
import logging
from contextlib import nullcontext
from pathlib import Path

import attrs
import pytest

from coresponder.delivery.log import LogNotifier
from coresponder.delivery.memory import MemoryNotifier
from coresponder.domain.objects import Prior
from coresponder.errors import PositionAhead
from coresponder.program import load_program
from coresponder.stores.base import Receipt, StoredIncident, VaultEntry, Words
from coresponder.stores.feed import FeedEntry
from coresponder.stores.memory import (
    MemoryIndex,
    MemoryLibrary,
    MemoryLog,
    MemoryOutbox,
    MemoryStore,
    MemoryVault,
)
from coresponder.stores.pages import ALL, Page
from coresponder.stores.sql import SqlStore
from coresponder.testing import (
    INDEX_RULES,
    LOG_RULES,
    NOTIFIER_RULES,
    OUTBOX_RULES,
    PROGRAM_RULES,
    STORE_RULES,
    VAULT_RULES,
)


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


class IgnoresVersions(MemoryLog):
    def append(self, step):
        self._histories.pop((step.agency, step.summary.incident), None)
        super().append(attrs.evolve(step, expected=0))


class LosesTheLastRow(MemoryLog):
    def load(self, agency, incident):
        found = super().load(agency, incident)
        return attrs.evolve(found, rows=found.rows[:-1])


class BelievesWhatIsKnown(MemoryLog):
    def load_after(self, agency, incident, version, head):
        found = self.load(agency, incident)
        return attrs.evolve(found, rows=found.rows[version:])


class MakesUpAnIncident(MemoryLog):
    def load(self, agency, incident):
        return StoredIncident(incident=incident, program=load_program("cit").name, rows=())


class SharesItsHistories(MemoryLog):
    def append(self, step):
        self._histories.pop(("all", step.summary.incident), None)
        super().append(attrs.evolve(step, agency="all"))

    def load(self, agency, incident):
        return super().load("all", incident)


class ForgetsRequests(MemoryLog):
    def append(self, step):
        super().append(attrs.evolve(step, request=""))


class NumbersAgain(MemoryLog):
    def feed(self, agency, *, after=0, limit=100):
        rows = sorted(
            ((row, found) for found in self._histories.values() for row in found.rows),
            key=lambda one: (one[1].incident, one[0].number),
        )
        return tuple(
            FeedEntry(position=n, incident=found.incident, program=found.program, row=row)
            for n, (row, found) in enumerate(rows, start=1)
        )[after : after + limit]


class FeedsNothingBehindTheEnd(MemoryLog):
    def feed(self, agency, *, after=0, limit=100):
        try:
            return super().feed(agency, after=after, limit=limit)
        except PositionAhead:
            return ()


class MixesUpIncidents(MemoryLog):
    def load(self, agency, incident):
        found = super().load(agency, incident)
        return attrs.evolve(
            found,
            rows=tuple(
                r._replace(body=r.body.replace("dispatcher-1", "dispatcher-2")) for r in found.rows
            ),
        )


def keeps_half_a_batch(part):
    class KeepsHalfABatch(part):
        batch = staticmethod(nullcontext)

    return KeepsHalfABatch


class MakesUpAProgram(MemoryLibrary):
    def load_program(self, name):
        return json.loads(self._definitions.get(name, "{}"))


class TakesAnyProgram(MemoryLibrary):
    def save_program(self, name, definition):
        self._definitions[name] = json.dumps(definition)


class SharesItsWords(MemoryVault):
    def recall(self, agency, id, *, audience):
        return super().recall(
            next((whose for whose, known in self._words if known == id), agency),
            id,
            audience=audience,
        )


class TellsEverybody(MemoryVault):
    def recall(self, agency, id, *, audience):
        return super().recall(
            agency,
            id,
            audience=self._words[agency, id].entry.audience
            if (agency, id) in self._words
            else audience,
        )


class RemembersForEver(MemoryVault):
    def forget(self, agency, subject):
        return sum(
            words.entry.subject == subject
            for (whose, _), words in self._words.items()
            if whose == agency
        )


class TakesAnyWords(MemoryVault):
    def remember(self, agency, *, subject, kind, audience, text):
        self._words[agency, "x"] = Words(
            entry=VaultEntry(id="x", subject=subject, kind=kind, audience=audience, text=text),
            salt="",
        )
        return Receipt(id="x", digest="")


class ForgetsTheNamedAlone(MemoryVault):
    def forget(self, agency, subject):
        gone = [
            key
            for key, words in self._words.items()
            if key[0] == agency and words.entry.subject == subject
        ]
        return len([self._words.pop(key) for key in gone])


class TellsEverybodyTheWordsOfSteps(MemoryVault):
    def append(self, step):
        words = tuple(
            attrs.evolve(one, entry=attrs.evolve(one.entry, audience="all")) for one in step.words
        )
        super().append(attrs.evolve(step, words=words))


class KnowsNoContacts(MemoryIndex):
    def prior(self, agency, person, *, at, excluding):
        return Prior()


class CountsNoOpenWork(MemoryIndex):
    def prior(self, agency, person, *, at, excluding):
        return attrs.evolve(
            super().prior(agency, person, at=at, excluding=excluding),
            open_referrals=0,
            open_follow_ups=0,
        )


class FindsInAnyOrder(MemoryIndex):
    def find(self, agency, *filters, **options):
        page = super().find(agency, *filters, **options)
        return Page(page[::-1], next=page.next)


class SharesItsIncidents(MemoryIndex):
    def find(self, agency, *filters, **options):
        south = super().find("south", *filters, **options)
        return Page(south + super().find("north", *filters, **options))


class CountsItsPages(MemoryIndex):
    def find(self, agency, filters=ALL, *, limit=100, after=None):
        page = super().find(agency, filters, limit=1_000_000)
        begin = int(after or 0)
        more = begin + limit < len(page)
        return Page(page[begin : begin + limit], next=str(begin + limit) if more else None)


class KeepsWhatWasMet(MemoryIndex):
    def append(self, step):
        super().append(attrs.evolve(step, met=()))


class TellsEveryTime(MemoryIndex):
    def told(self, agency, listed):
        """Keep nothing."""


class KeepsWhoWasNotThere(MemoryIndex):
    def append(self, step):
        super().append(attrs.evolve(step, gone=()))


class ForgetsWhoCame(MemoryStore):
    def append(self, step):
        """Keep a step without those who were sent, came or were shown something."""
        super().append(attrs.evolve(step, sent=()))


class ListsRespondersAsIncidents(MemoryStore):
    def find(self, agency, *filters, **options):
        page = super().find(agency, *filters, **options)
        return Page(page + super().find(f"{agency}.roster", *filters, **options))


class FreesNobody(MemoryIndex):
    def append(self, step):
        super().append(attrs.evolve(step, releases=()))


class GivesOutAll(MemoryOutbox):
    def claim(self, agency, *, now, until, **_):
        return tuple(
            self._change(agency, out, attempts=out.attempts + 1)
            for out in self._undelivered(agency)
        )


class ListsAllThatWaits(MemoryOutbox):
    def outbox(self, agency, *, limit=100, after=None, dead=False):
        return super().outbox(agency, limit=1_000_000, dead=dead)


class ForgetsWhatFailed(MemoryOutbox):
    def failed(self, agency, id, *, error, at, next_at):
        self.delivered(agency, id, at=at)


class GivesOutEveryChannel(MemoryOutbox):
    def claim(self, agency, *, now, until, channels=None, **options):
        return super().claim(agency, now=now, until=until, **options)


class CountsWhatWasGivenBack(MemoryOutbox):
    def give_back(self, agency, out, *, at):
        self.failed(agency, out.id, error="", at=at, next_at=at)


class TellsAgain(MemoryOutbox):
    def notify(self, agency, notices, *, at):
        return super().notify(
            agency,
            [attrs.evolve(n, number=len(self._notices) + i) for i, n in enumerate(notices)],
            at=at,
        )


class TellsNobody(MemoryOutbox):
    def notify(self, agency, notices, *, at):
        return 0


class LosesTheNoticesOfSteps(MemoryOutbox):
    def append(self, step):
        """Keep nothing."""


class WaitsForTheHostsClock(MemoryOutbox):
    def claim(self, agency, *, now, **options):
        return (
            super().claim(agency, now=now, **options)
            if all(out.created_at <= now for out in self.outbox(agency))
            else ()
        )


class TellsBeforeItWrites(MemoryStore):
    def append(self, step):
        self.notices.append(step)
        super().append(attrs.evolve(step, notices=()))


class SendsAnybody(MemoryStore):
    def append(self, step):
        super().append(attrs.evolve(step, forced=True))


class SeesFaultsEverywhere(MemoryStore):
    def verify(self, agency, *, programs=None):
        return ("a fault",)


class BelievesItsRows(MemoryStore):
    def verify(self, agency, *, programs=None):
        return ()


class NeverSeals(MemoryStore):
    def checkpoint(self, agency, *, at):
        return None


class ForgetsWhatIsHeld(MemoryVault):
    def forget(self, agency, subject, **why):
        self._words.clear()
        return 1


class HoldsOnePersonAlone(MemoryVault):
    def _keeps(self, hold, key):
        return hold.subject == self._words[key].entry.subject


class DiscardsEverything(MemoryVault):
    def discard(self, agency, ids, **why):
        return super().discard(agency, [id for _, id in self._words], **why)


class ListsEachPageFromTheStart(MemoryVault):
    def kept(self, agency, *, limit=100, after=("", "")):
        return super().kept(agency, limit=limit)


class TakesAnyHold(MemoryVault):
    def hold(self, agency, subject, *, by, ground, at=None):
        """Ask nothing."""


BROKEN = {
    "what_was_written_is_read": LosesTheLastRow,
    "only_what_is_new_is_read_again": BelievesWhatIsKnown,
    "a_stale_step_is_refused": IgnoresVersions,
    "every_event_has_one_position": NumbersAgain,
    "a_feed_is_read_from_any_position": FeedsNothingBehindTheEnd,
    "what_is_not_written_has_no_position": keeps_half_a_batch(MemoryLog),
    "an_unknown_incident_is_not_found": MakesUpAnIncident,
    "each_agency_has_its_own_histories": SharesItsHistories,
    "a_request_is_written_once": ForgetsRequests,
    "a_batch_of_histories_is_all_or_nothing": keeps_half_a_batch(MemoryLog),
    "prior_counts_other_incidents": KnowsNoContacts,
    "prior_counts_open_work": CountsNoOpenWork,
    "a_person_entered_in_error_is_no_contact": KeepsWhoWasNotThere,
    "find_goes_by_the_last_step": FindsInAnyOrder,
    "lists_are_read_page_by_page": CountsItsPages,
    "what_is_owed_is_listed": KeepsWhatWasMet,
    "what_was_told_waits_for_its_next_time": TellsEveryTime,
    "each_agency_finds_its_own_incidents": SharesItsIncidents,
    "busy_responders_are_listed": FreesNobody,
    "who_is_free_again_is_known_with_the_time": FreesNobody,
    "a_batch_of_incidents_is_all_or_nothing": keeps_half_a_batch(MemoryIndex),
    "a_step_brings_its_notices": LosesTheNoticesOfSteps,
    "an_outbox_is_read_page_by_page": ListsAllThatWaits,
    "notices_are_claimed_in_order": GivesOutAll,
    "only_the_channels_that_are_asked_for_are_claimed": GivesOutEveryChannel,
    "a_claim_that_is_given_back_is_no_attempt": CountsWhatWasGivenBack,
    "a_notice_that_fails_is_kept": ForgetsWhatFailed,
    "the_same_notice_is_added_once": TellsAgain,
    "time_passing_is_told_once": TellsNobody,
    "no_clock_of_a_host_holds_a_notice_back": WaitsForTheHostsClock,
    "a_batch_of_notices_is_all_or_nothing": keeps_half_a_batch(MemoryOutbox),
    "the_vault_gives_words_only_to_their_audience": TellsEverybody,
    "the_vault_forgets": RemembersForEver,
    "the_vault_takes_ids_and_words": TakesAnyWords,
    "words_about_nobody_are_forgotten_with_anybody": ForgetsTheNamedAlone,
    "a_step_brings_its_words": TellsEverybodyTheWordsOfSteps,
    "each_agency_has_its_own_words": SharesItsWords,
    "a_batch_of_words_is_all_or_nothing": keeps_half_a_batch(MemoryVault),
    "a_legal_hold_keeps_words": ForgetsWhatIsHeld,
    "a_hold_covers_what_a_family_shares": HoldsOnePersonAlone,
    "single_entries_are_discarded": DiscardsEverything,
    "entries_are_listed_without_their_words": ListsEachPageFromTheStart,
    "the_record_has_no_names": TakesAnyHold,
    "a_program_keeps_its_version": TakesAnyProgram,
    "an_unknown_program_is_not_found": MakesUpAProgram,
    "a_refused_step_writes_nothing": TellsBeforeItWrites,
    "a_batch_is_all_or_nothing": keeps_half_a_batch(MemoryStore),
    "a_request_is_recorded_once": lambda: MemoryStore(log=ForgetsRequests()),
    "words_are_written_with_their_event": lambda: MemoryStore(vault=TellsEverybody()),
    "a_case_survives_the_store": lambda: MemoryStore(log=MixesUpIncidents()),
    "the_chain_verifies": SeesFaultsEverywhere,
    "a_responder_is_with_one_incident_at_a_time": SendsAnybody,
    "a_checkpoint_covers_what_moved": NeverSeals,
    "what_is_beside_the_log_follows_from_it": BelievesItsRows,
    "a_roster_lies_beside_the_incidents": ListsRespondersAsIncidents,
    "a_disclosure_lies_beside_its_incident": ForgetsWhoCame,
}
"""For each rule a part, or a store, that is broken in just that."""

PARTS = {
    MemoryLog: LOG_RULES,
    MemoryIndex: INDEX_RULES,
    MemoryOutbox: OUTBOX_RULES,
    MemoryVault: VAULT_RULES,
    MemoryLibrary: PROGRAM_RULES,
}


@pytest.mark.parametrize(
    ("part", "rule"),
    [(part, rule) for part, rules in PARTS.items() for rule in rules],
    ids=lambda one: one.__name__,
)
def test_each_part_keeps_the_rules_of_its_port(part, rule):
    """A part that is tried by itself needs nothing else."""
    rule(part)


@pytest.mark.parametrize("rule", STORE_RULES, ids=lambda rule: rule.__name__)
def test_each_rule_of_the_store_suite_can_fail(rule):
    """A part or a store that breaks a rule does not pass it."""
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
    from coresponder.testing.conformance.basis import NOON, received
    from coresponder.workflow import Workflow

    class Down:
        def send(self, notice, *, key):
            raise ConnectionError("no line")

    store = MemoryStore()
    workflow = Workflow(load_program("cit"), store, Down(), clock=lambda: NOON)
    workflow.receive(received(), incident="a")
    workflow.record("a", TeamUnavailable(at=NOON, by="dispatcher-1"))
    assert len(store.outbox("default")) == 1
    assert "stays in the outbox" in caplog.text
    workflow.notifier = MemoryNotifier()
    assert workflow.deliver() == 1
    assert store.outbox("default") == ()


def test_a_late_recorded_earlier_call_moves_the_opening_in_every_store(tmp_path):
    """What is listed as the opening is the first call, also when that was recorded later; a fact
    from before it is none.
    """
    from coresponder.domain.events import WeaponSeen
    from coresponder.testing.conformance.basis import at, received
    from coresponder.workflow import Workflow

    for store in (MemoryStore(), SqlStore.sqlite(tmp_path / "late.db")):
        workflow = Workflow(load_program("cit"), store, clock=lambda: at(60))
        workflow.receive(received(), incident="a")
        workflow.record("a", WeaponSeen(at=at(-9), by="officer-1"))
        assert store.find("default")[0].opened_at == at(0)
        workflow.record("a", received(-5))
        assert store.find("default")[0].opened_at == at(-5)
        store.close()


def test_a_night_is_the_same_in_every_store(tmp_path):
    """Memory and SQLite hold the same cases, notices and projections of the same night."""
    from coresponder.simulation.field import Field
    from coresponder.workflow import Workflow

    nights = []
    random_ids = {"NoteAdded", "EmergencyAccessOpened", "EmergencyAccessReviewed"}
    for store in (MemoryStore(), SqlStore.sqlite(tmp_path / "night.db")):
        workflow = Workflow(load_program("hartford-vt"), store)
        Field(workflow, seed=7).play(40)
        again = Workflow(workflow.program, store, clock=workflow.clock)
        lines = {
            s.incident: [
                str(line) for line in again.timeline(s.incident) if line.event not in random_ids
            ]
            for s in again.find()
        }
        nights.append(
            (
                again.find(),
                lines,
                again.due(),
                [out.notice for out in store.outbox("default", limit=10_000)],
                store.verify("default"),
            )
        )
        store.close()
    assert nights[0] == nights[1]
