"""One conformance suite for each port. A rule is a function; run each on a factory of your adapter.

@pytest.mark.parametrize("rule", STORE_RULES, ids=lambda rule: rule.__name__)
def test_my_store(rule):
    rule(MyStore)
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import attrs

from coresponder.delivery.base import Notifier
from coresponder.domain import events as e
from coresponder.domain.types import UTC
from coresponder.domain.vocabulary import CallSource, FollowUpKind, Nature, Need, PersonRole, VoidReason
from coresponder.errors import AudienceDenied, CoresponderError, InvalidEvent, InvalidProgram, NotFound, RequestTaken, ResponderTaken, StaleVersion
from coresponder.policy.atoms import Atom
from coresponder.policy.policy import Policy
from coresponder.program import Notice, NoticeRule, Program, load_program
from coresponder.program.case import Case
from coresponder.stores.base import Append, Contact, Store, Summary, new_words
from coresponder.stores.codec import encode
from coresponder.workflow import Workflow

__all__ = ["NOTIFIER_RULES", "STORE_RULES", "NotifierRule", "StoreRule"]

StoreRule = Callable[[Callable[[], Store]], None]
NotifierRule = Callable[[Callable[[], Notifier], Callable[[Notifier], int]], None]

_NOON = dt.datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def _at(minutes: float) -> dt.datetime:
    return _NOON + dt.timedelta(minutes=minutes)


def _expect(holds: bool, rule: str) -> None:
    if not holds:
        raise AssertionError(rule)


def _refuses(error: type[CoresponderError], act: Callable[[], object], rule: str) -> None:
    try:
        act()
    except error:
        return
    raise AssertionError(f"{rule}: {error.__name__} was not raised")


def _workflow(store: Store, *, agency: str = "north") -> Workflow:
    return Workflow(load_program("cit"), store, agency=agency, clock=lambda: _at(60 * 24 * 400))


def _received(minutes: float = 0) -> e.CallReceived:
    return e.CallReceived(at=_at(minutes), by="dispatcher-1", source=CallSource.NINE_ONE_ONE, nature=Nature.PSYCHOSIS)


def _summary(incident: str, version: int) -> Summary:
    return Summary(incident=incident, program="cit@2", state="received", version=version, opened_at=_NOON)


def _append(incident: str, expected: int, *events: e.Event, agency: str = "north", notices: tuple[Notice, ...] = ()) -> Append:
    rows = tuple((kind, version, event.at, body) for event in events for kind, version, body in (encode(event),))
    return Append(agency=agency, expected=expected, rows=rows, recorded_at=_NOON, summary=_summary(incident, expected + len(rows)), notices=notices)


def what_was_written_is_read(make: Callable[[], Store]) -> None:
    """Rows come back as they were written, in order."""
    store = make()
    store.append(_append("one", 0, _received(), _received(1)))
    store.append(_append("one", 2, _received(2)))
    found = store.load("north", "one")
    _expect([row.number for row in found.rows] == [1, 2, 3], "numbers are dense and in order")
    _expect(found.rows[2].body == _received(2).to_json(), "the body is what was written")
    _expect(store.version("north", "one") == 3, "the version is the number of the last event")


def a_stale_step_is_refused_and_writes_nothing(make: Callable[[], Store]) -> None:
    """Two writers on one version: the second is told, and nothing of its step stays."""
    store = make()
    store.append(_append("one", 0, _received()))
    _refuses(StaleVersion, lambda: store.append(_append("one", 0, _received(5))), "a second opening")
    _refuses(StaleVersion, lambda: store.append(_append("one", 7, _received(5))), "a version that is not there yet")
    _expect(len(store.load("north", "one").rows) == 1, "nothing of a refused step is written")


def what_is_not_there_is_said(make: Callable[[], Store]) -> None:
    """An unknown incident, program or entry is `NotFound`."""
    store = make()
    _refuses(NotFound, lambda: store.load("north", "none"), "an unknown incident")
    _refuses(NotFound, lambda: store.load_program("none@1"), "an unknown program")
    _refuses(NotFound, lambda: store.recall("north", "none", audience="all"), "an unknown entry")
    _expect(store.version("north", "none") == 0, "an unknown incident has version 0")


def agencies_do_not_see_one_another(make: Callable[[], Store]) -> None:
    """The agency is part of every key."""
    store = make()
    store.append(_append("one", 0, _received()))
    store.append(_append("one", 0, _received(3), agency="south"))
    _expect(store.load("south", "one").rows[0].body == _received(3).to_json(), "each agency has its own incident of that name")
    receipt = store.remember("north", subject="person-1", kind="note", audience="all", text="words")
    _refuses(NotFound, lambda: store.recall("south", receipt.id, audience="all"), "another agency's words")
    _expect(len(store.find("north")) == 1, "find stays within the agency")


def a_step_and_its_notices_are_one(make: Callable[[], Store]) -> None:
    """Notices are in the outbox when the step is, and not when it was refused."""
    store = make()
    notice = Notice(incident="one", about="violation", to="supervisor", event="CallReceived", number=1, policy="p")
    store.append(_append("one", 0, _received(), notices=(notice,)))
    _refuses(StaleVersion, lambda: store.append(_append("one", 0, _received(), notices=(notice,))), "a stale step")
    waiting = store.outbox("north")
    _expect([out.notice for out in waiting] == [notice], "one step, one notice")
    store.delivered("north", waiting[0].id, at=_at(1))
    _expect(store.outbox("north") == (), "a delivered notice waits no more")


def a_batch_is_all_or_nothing(make: Callable[[], Store]) -> None:
    """What fails inside a batch takes the whole batch with it."""
    store = make()
    try:
        with store.batch():
            store.append(_append("one", 0, _received()))
            raise KeyboardInterrupt  # noqa: TRY301 - it stands for a person who stops the import
    except KeyboardInterrupt:
        pass
    _expect(store.version("north", "one") == 0, "nothing of a broken batch is written")
    with store.batch():
        store.append(_append("one", 0, _received()))
        store.append(_append("two", 0, _received()))
    _expect(len(store.find("north")) == 2, "a whole batch is written")


def a_program_keeps_its_version(make: Callable[[], Store]) -> None:
    """A program that changed under the same version is refused."""
    store = make()
    store.save_program("mine@1", {"program": {"id": "mine"}})
    store.save_program("mine@1", {"program": {"id": "mine"}})
    _refuses(InvalidProgram, lambda: store.save_program("mine@1", {"program": {"id": "other"}}), "a changed program")
    _expect(store.load_program("mine@1") == {"program": {"id": "mine"}}, "the definition comes back")
    _expect(store.programs() == ("mine@1",), "programs are listed")


def the_vault_gives_words_only_to_their_audience(make: Callable[[], Store]) -> None:
    """Clinical words are not for the police; words for all are for all."""
    store = make()
    clinical = store.remember("north", subject="person-1", kind="note", audience="clinical", text="what was said")
    common = store.remember("north", subject="person-1", kind="danger", audience="all", text="a dog")
    _expect(store.recall("north", clinical.id, audience="clinical").text == "what was said", "the audience reads")
    _refuses(AudienceDenied, lambda: store.recall("north", clinical.id, audience="police"), "another audience")
    _expect(store.recall("north", common.id, audience="police").text == "a dog", "words for all")
    _expect(clinical.digest != common.digest and len(clinical.digest) == 64, "the receipt has a digest")


def the_vault_forgets(make: Callable[[], Store]) -> None:
    """After forget the words about a subject are gone, those about others are not, and the chain still verifies."""
    store = make()
    store.append(_append("one", 0, _received()))
    gone = store.remember("north", subject="person-1", kind="note", audience="all", text="first")
    kept = store.remember("north", subject="person-2", kind="note", audience="all", text="second")
    _expect(store.forget("north", "person-1") == 1, "forget says how many there were")
    _refuses(NotFound, lambda: store.recall("north", gone.id, audience="all"), "forgotten words")
    _expect(store.recall("north", kept.id, audience="all").text == "second", "other subjects stay")
    _expect(store.forget("north", "person-1") == 0, "nothing is left to forget")
    _expect(store.verify("north") == (), "the chain does not depend on words")


def the_vault_takes_ids_and_words(make: Callable[[], Store]) -> None:
    """A name as the subject, and a character that some database does not keep, are refused; nothing of it stays."""
    store = make()
    for subject, text in (("Jane Doe", "words"), ("", "words"), ("person-1", "wo\x00rds"), ("person-1", "wo\ud800rds")):
        try:
            store.remember("north", subject=subject, kind="note", audience="all", text=text)
        except ValueError:
            continue
        raise AssertionError(f"it took {text!r} about {subject!r}")
    _expect(store.forget("north", "person-1") == 0, "nothing was kept")
    told = store.remember("north", subject="person-1", kind="note", audience="all", text="“Señora”, she said \U0001f6d1\n")
    _expect(store.recall("north", told.id, audience="all").text == "“Señora”, she said \U0001f6d1\n", "any other words come back as they were")


def prior_counts_other_incidents(make: Callable[[], Store]) -> None:
    """A third contact within 90 days is known when the person becomes involved, from the agency's own store."""
    workflow = _workflow(make())
    for day, name in ((0, "a"), (30, "b"), (60, "c")):
        workflow.receive(_received(60 * 24 * day), incident=name)
        step = workflow.record(name, e.PersonInvolved(at=_at(60 * 24 * day + 5), by="officer-1", person="person-1", role=PersonRole.PERSON_IN_CRISIS))
    prior = step.case.incident.people[0].prior
    _expect(prior is not None and prior.contacts_90_days == 2, "two earlier contacts within 90 days")
    _expect(prior is not None and prior.last_contact == _at(60 * 24 * 30 + 5), "the last contact is when the person was there")
    workflow.record("c", e.ConsentDeclined(at=_at(60 * 24 * 60 + 9), by="officer-1", person="person-1"))
    later = workflow.store.prior("north", "person-1", at=_at(60 * 24 * 65), excluding="d")
    _expect(later.declined_at == _at(60 * 24 * 60 + 9) and later.days_since_declined == 4, "a refusal is known")


def prior_counts_open_work(make: Callable[[], Store]) -> None:
    """Open referrals and follow-ups of a person are known to the next incident."""
    workflow = _workflow(make())
    workflow.receive(_received(), incident="a")
    workflow.record("a", e.PersonInvolved(at=_at(1), by="officer-1", person="person-1", role=PersonRole.PERSON_IN_CRISIS))
    workflow.record("a", e.ReferralOffered(at=_at(2), by="officer-1", referral="r-1", person="person-1", need=Need.HOUSING))
    workflow.record(
        "a", e.FollowUpScheduled(at=_at(3), by="officer-1", follow_up="f-1", kind=FollowUpKind.HOME_VISIT, due=_at(9), owner="o", person="person-1")
    )
    prior = workflow.store.prior("north", "person-1", at=_at(60), excluding="b")
    _expect((prior.open_referrals, prior.open_follow_ups) == (1, 1), "open work is counted")


def who_was_entered_in_error_is_no_contact(make: Callable[[], Store]) -> None:
    """A person whose involvement is voided is not counted in other incidents, nor found by this one."""
    workflow = _workflow(make())
    workflow.receive(_received(), incident="a")
    for minute, person in ((1, "person-1"), (2, "person-2")):
        workflow.record("a", e.PersonInvolved(at=_at(minute), by="officer-1", person=person, role=PersonRole.PERSON_IN_CRISIS))
    workflow.record("a", e.EnteredInError(at=_at(3), by="officer-1", event=2, reason=VoidReason.WRONG_PERSON))
    counts = [workflow.store.prior("north", person, at=_at(60), excluding="b").contacts_90_days for person in ("person-1", "person-2")]
    _expect(counts == [0, 1], "only who was there counts")
    _expect(workflow.find(person="person-1") == (), "nor is the incident found under that person")


def find_uses_the_projection(make: Callable[[], Store]) -> None:
    """State, person and due time of the last step are found, the earliest due first."""
    workflow = _workflow(make())
    workflow.receive(_received(), incident="a")
    workflow.receive(_received(-60), incident="b")
    workflow.record("a", e.CallTriaged(at=_at(1), by="dispatcher-1", nature=Nature.PSYCHOSIS))
    workflow.record("a", e.PersonInvolved(at=_at(2), by="officer-1", person="person-1", role=PersonRole.VICTIM))
    _expect([s.incident for s in workflow.find()] == ["b", "a"], "the earliest due first")
    _expect([s.incident for s in workflow.find(state="triaged")] == ["a"], "by state")
    _expect([s.incident for s in workflow.find(person="person-1")] == ["a"], "by person")
    _expect([s.incident for s in workflow.find(due_before=_at(-20))] == ["b"], "by due time")
    _expect(len(workflow.find(owing=True)) == 2, "by what is owed")


def a_case_survives_the_store(make: Callable[[], Store]) -> None:
    """A case that is loaded again is the case that was."""
    store = make()
    workflow = _workflow(store)
    workflow.receive(_received(), incident="a")
    step = workflow.record("a", e.CallTriaged(at=_at(1), by="dispatcher-1", nature=Nature.PSYCHOSIS))
    again: Case = _workflow(store).case("a")
    _expect(again == step.case, "what is loaded equals what was")
    _expect(attrs.asdict(again.incident) == attrs.asdict(step.case.incident), "in every field")


def the_chain_verifies(make: Callable[[], Store]) -> None:
    """What was written by the store verifies."""
    store = make()
    store.append(_append("one", 0, _received(), _received(1)))
    store.append(_append("two", 0, _received()))
    _expect(store.verify("north") == (), "an untouched store has no faults")


def _engaging(incident: str, expected: int, *, agency: str = "north", **moves: Any) -> Append:
    return attrs.evolve(_append(incident, expected, _received(expected), agency=agency), **moves)


def a_responder_is_with_one_incident_at_a_time(make: Callable[[], Store]) -> None:
    """Whoever is engaged cannot be sent elsewhere until released, or taken over because that is what happened; the loser writes nothing."""
    store = make()
    store.append(_engaging("one", 0, engages=("clinician-1", "officer-1")))
    try:
        store.append(_engaging("two", 0, engages=("officer-2", "clinician-1")))
    except ResponderTaken as taken:
        _expect((taken.responder, taken.incident, taken.since) == ("clinician-1", "one", _NOON), "who is taken, where, and since when is said")
    else:
        raise AssertionError("a responder who is engaged was engaged again")
    _expect(store.version("north", "two") == 0, "nothing of the refused step is written")
    _expect([(e.responder, e.incident) for e in store.engaged("north")] == [("clinician-1", "one"), ("officer-1", "one")], "who is engaged is listed")
    store.append(_engaging("one", 0, agency="south", engages=("clinician-1",)))
    store.append(_engaging("one", 1, engages=("clinician-1",)))
    store.append(_engaging("one", 2, releases=("clinician-1", "officer-9")))
    store.append(_engaging("two", 0, engages=("clinician-1",)))
    store.append(_engaging("three", 0, engages=("clinician-1",), forced=True))
    store.append(_engaging("two", 1, releases=("clinician-1",)))
    _expect([(e.responder, e.incident) for e in store.engaged("north")] == [("clinician-1", "three"), ("officer-1", "one")], "a fact takes over")


def _told(incident: str, number: int, channel: str = "") -> Notice:
    return Notice(incident=incident, about="violation", to="supervisor", event="CallReceived", number=number, channel=channel)


def notices_are_claimed_in_order(make: Callable[[], Store]) -> None:
    """Of each incident and channel only the first that waits is given out, to one relay at a time, and again when the claim has ended."""
    store = make()
    store.append(_append("one", 0, _received(), notices=(_told("one", 1), _told("one", 2), _told("one", 3, "mail"))))
    store.append(_append("two", 0, _received(), notices=(_told("two", 1),)))
    first = store.claim("north", now=_at(0), until=_at(5))
    seen = [(out.notice.incident, out.notice.number, out.attempts) for out in first]
    _expect(seen == [("one", 1, 1), ("one", 3, 1), ("two", 1, 1)], "the first of each incident and channel is given out")
    _expect(store.claim("north", now=_at(1), until=_at(6)) == (), "what is claimed is for nobody else")
    _expect(store.claim("south", now=_at(1), until=_at(6)) == (), "another agency's notices are not given out")
    for out in first:
        store.delivered("north", out.id, at=_at(2))
    second = store.claim("north", now=_at(2), until=_at(7))
    _expect([(out.notice.incident, out.notice.number) for out in second] == [("one", 2)], "then the next")
    again = store.claim("north", now=_at(8), until=_at(9))
    _expect([(out.key, out.attempts) for out in again] == [(second[0].key, 2)], "a claim that ended is given out again, under the same key")
    _expect(len(store.claim("north", now=_at(60), until=_at(61), limit=1)) == 1, "limit is kept")


def a_claim_that_is_given_back_is_no_attempt(make: Callable[[], Store]) -> None:
    """Whoever claimed a notice and did not try it lets others have it at once; a claim of somebody else stays."""
    store = make()
    store.append(_append("one", 0, _received(), notices=(_told("one", 1),)))
    out = store.claim("north", now=_at(0), until=_at(5))[0]
    store.give_back("south", out, at=_at(1))
    _expect(store.claim("north", now=_at(1), until=_at(5)) == (), "another agency gives back nothing")
    store.give_back("north", out, at=_at(1))
    again = store.claim("north", now=_at(1), until=_at(2))
    _expect([(one.key, one.attempts) for one in again] == [(out.key, 1)], "given back it can be claimed at once, and the claim is no attempt")
    later = store.claim("north", now=_at(3), until=_at(8))[0]
    store.give_back("north", again[0], at=_at(4))
    _expect(store.claim("north", now=_at(4), until=_at(9)) == (), "what somebody else has claimed since is theirs")
    store.delivered("north", later.id, at=_at(5))
    store.give_back("north", later, at=_at(6))
    _expect(store.claim("north", now=_at(7), until=_at(9)) == (), "and what was delivered stays so")


def a_notice_that_fails_is_kept(make: Callable[[], Store]) -> None:
    """It waits until its time, holds back those behind it, and when it is given up it lets them pass and waits for a person."""
    store = make()
    store.append(_append("one", 0, _received(), notices=(_told("one", 1), _told("one", 2))))
    out = store.claim("north", now=_at(0), until=_at(1))[0]
    store.failed("north", out.id, error="no answer", at=_at(1), next_at=_at(10))
    _expect(store.claim("north", now=_at(9), until=_at(10)) == (), "it is not tried before its time, nor is what is behind it")
    out = store.claim("north", now=_at(10), until=_at(11))[0]
    _expect((out.notice.number, out.attempts, out.error) == (1, 2, "no answer"), "it is tried again, and says what it failed with")
    store.failed("north", out.id, error="gone", at=_at(11), next_at=None)
    dead = store.outbox("north", dead=True)
    _expect([(one.notice.number, one.dead_at, one.error) for one in dead] == [(1, _at(11), "gone")], "given up, it can be seen")
    _expect([one.notice.number for one in store.outbox("north")] == [2], "and waits no more")
    _expect([one.notice.number for one in store.claim("north", now=_at(11), until=_at(12))] == [2], "those behind it pass")
    _refuses(NotFound, lambda: store.resend("north", 12345, at=_at(12)), "a notice that was not given up")
    _refuses(NotFound, lambda: store.resend("south", out.id, at=_at(12)), "another agency's notice")
    store.resend("north", out.id, at=_at(12))
    again = store.claim("north", now=_at(12), until=_at(13))[0]
    _expect((again.notice.number, again.attempts, again.key) == (1, 1, out.key), "sent again it begins anew, under the same key")
    store.delivered("north", again.id, at=_at(13))
    _expect(store.outbox("north", dead=True) == (), "and then it is done")


def the_same_notice_is_put_in_once(make: Callable[[], Store]) -> None:
    """Who looks at the clock twice does not tell twice, not even after it was delivered."""
    store = make()
    store.append(_append("one", 0, _received()))
    late = Notice(incident="one", about="overdue", to="supervisor", event="overdue", number=0, policy="p", due=_at(5))
    _expect(store.notify("north", (late, late), at=_at(6)) == 1, "one notice is one notice")
    _expect(store.notify("north", (attrs.evolve(late, fields={"incident.state": "triaged"}),), at=_at(7)) == 0, "its fields do not make it another")
    store.delivered("north", store.outbox("north")[0].id, at=_at(8))
    _expect(store.notify("north", (late,), at=_at(9)) == 0, "nor its having been delivered")
    _expect(store.notify("north", (attrs.evolve(late, due=_at(50)),), at=_at(60)) == 1, "another deadline is another notice")


def time_passing_is_told_once(make: Callable[[], Store]) -> None:
    """A tick finds what is due soon and what is overdue, each once, however often it runs, and changes no incident."""
    store = make()
    arrive = Policy(
        id="arrive", template="response", a=Atom(events="CallReceived"), b=Atom(events="ResponderArrived"), within="20 min", source="test"
    )
    rules = (
        NoticeRule(to="supervisor", on="overdue", fields=("what", "incident.call.nature")),
        NoticeRule(to="clinician", on="due_soon", before=dt.timedelta(minutes=2)),
    )
    workflow = Workflow(Program(id="told", policies=(arrive,), notices=rules), store, agency="north", clock=lambda: _at(60 * 24 * 400))
    workflow.receive(_received(), incident="a")
    due = min(o.obligation.due for o in workflow.due(_at(0)) if o.obligation.due)
    _expect(workflow.tick(due - dt.timedelta(minutes=3)) == 0, "before its time nothing is said")
    soon = workflow.tick(due - dt.timedelta(minutes=1))
    _expect(soon >= 1 and workflow.tick(due) == 0, "due soon is said once")
    _expect({out.notice.to for out in store.outbox("north")} == {"clinician"}, "to whom the program says")
    late = workflow.tick(due + dt.timedelta(seconds=1))
    _expect(late >= 1 and workflow.tick(due + dt.timedelta(seconds=2)) == 0, "overdue is said once")
    told = store.outbox("north")[-1].notice
    _expect((told.about, told.due, told.fields["incident.call.nature"]) == ("overdue", due, "psychosis"), "with what the receiver needs")
    _expect(store.version("north", "a") == 1, "time alone changes no incident")


def a_checkpoint_covers_what_moved(make: Callable[[], Store]) -> None:
    """It changes when an incident has moved, and only then."""
    store = make()
    _expect(store.checkpoint("north", at=_at(0)) is None, "nothing is there to cover")
    store.append(_append("one", 0, _received()))
    first = store.checkpoint("north", at=_at(1))
    _expect(first is not None and store.checkpoint("north", at=_at(2)) == first, "nothing moved")
    store.append(_append("one", 1, _received(1)))
    _expect(store.checkpoint("north", at=_at(3)) != first, "an incident moved")
    _expect(store.verify("north") == (), "and all verifies")


def a_request_is_recorded_once(make: Callable[[], Store]) -> None:
    """The same request again, from another process too, returns the step that is there; another step under it is refused, in any incident."""
    store = make()
    ours, theirs = _workflow(store), _workflow(store)
    made = ours.receive(_received(), request="cad-1")
    again = theirs.receive(_received(), request="cad-1")
    _expect(again.case == made.case and len(store.find("north")) == 1, "one call under one request is one incident, also when its id is made")
    incident, seen = made.case.id, e.SupervisorNotified(at=_at(1), by="sergeant-1")
    first = ours.record(incident, seen, request="cad-2")
    ours.record(incident, e.SupervisorNotified(at=_at(2), by="sergeant-2"))
    later = theirs.record(incident, seen, request="cad-2", expected=1)
    _expect(later.events == first.events and later.case == first.case, "what is returned is the step that is there, whatever came after it")
    _expect(store.version("north", incident) == 3, "nothing was written again")
    _expect(store.recorded("north", "cad-2") == (incident, 2) and store.recorded("south", "cad-2") is None, "it is found, by its agency alone")
    other = e.SupervisorNotified(at=_at(5), by="sergeant-9")
    _refuses(InvalidEvent, lambda: theirs.record(incident, other, request="cad-2"), "another step under the same request")
    _refuses(RequestTaken, lambda: store.append(attrs.evolve(_append("two", 0, _received()), request="cad-2")), "in another incident")
    _expect(store.version("north", "two") == 0, "nothing of it is written")


def words_are_written_with_their_event(make: Callable[[], Store]) -> None:
    """A note is there as a whole or not at all, once under its request, and is for the audience that it names."""
    store = make()
    workflow = _workflow(store)
    workflow.receive(_received(), incident="one")
    note: Callable[[str], Any] = lambda text: workflow.note(  # noqa: E731
        "one", text, at=_at(1), by="clinician-1", audience="clinical", subject="person-1", request="note-1"
    )
    first: Any = note("what was said").events[0]
    _expect(note("what was said").events == (first,), "the same note again is the note that is there")
    _refuses(InvalidEvent, lambda: note("something else"), "other words under the same request")
    _expect(store.recall("north", first.entry, audience="clinical").text == "what was said", "its words are there")
    _refuses(AudienceDenied, lambda: store.recall("north", first.entry, audience="police"), "another audience")
    words = new_words(subject="person-1", kind="note", audience="all", text="of a step that is refused")
    _refuses(StaleVersion, lambda: store.append(attrs.evolve(_append("one", 7, _received()), words=(words,))), "a stale step")
    _refuses(NotFound, lambda: store.recall("north", words.entry.id, audience="all"), "words of a step that was refused")
    _expect(store.forget("north", "person-1") == 1, "nothing else is kept")


def words_about_nobody_are_forgotten_with_anybody(make: Callable[[], Store]) -> None:
    """Words of an incident that name no subject may be about anybody who is part of it."""
    store = make()
    workflow = _workflow(store)
    for name in ("one", "two"):
        workflow.receive(_received(), incident=name)
        workflow.record(name, e.PersonInvolved(at=_at(1), by="officer-1", person=f"person-{name}", role=PersonRole.VICTIM))
        workflow.note(name, f"words of {name}", at=_at(2), by="officer-1", audience="all")
    kept: Any = workflow.note("one", "words about another", at=_at(3), by="officer-1", audience="all", subject="person-3").events[0]
    workflow.record("one", e.EnteredInError(at=_at(4), by="officer-1", event=2, reason=VoidReason.WRONG_PERSON))
    _expect(store.forget("north", "person-one") == 1, "also of somebody who was entered in error")
    _expect(store.recall("north", kept.entry, audience="all").text == "words about another", "words about another stay")
    _expect(store.forget("north", "two") == 1, "words about an incident are forgotten with it")


def no_host_s_clock_holds_a_notice_back(make: Callable[[], Store]) -> None:
    """What a host writes whose clock is hours fast is carried at once; a fact is taken whatever a clock says."""
    store = make()
    workflow = Workflow(load_program("cit"), store, agency="north", clock=lambda: _at(120))
    workflow.receive(_received(), incident="one")
    workflow.record("one", e.TeamUnavailable(at=_at(1), by="dispatcher-1"))
    _expect(len(store.claim("north", now=_at(2), until=_at(3))) == 1, "its notice is given out by a clock that is right")
    slow = Workflow(workflow.program, store, agency="north", clock=lambda: _at(-30))
    slow.record("one", e.SceneSecured(at=_at(5), by="officer-1"))
    _expect(store.version("north", "one") == 3, "a fact that seems to lie in the future is taken")
    _expect(abs(store.now() - dt.datetime.now(UTC)) < dt.timedelta(minutes=1), "the store tells the time")


def what_is_beside_the_log_follows_from_it(make: Callable[[], Store]) -> None:
    """`verify` folds each incident again: a state, an obligation, a contact or a notice that the log does not give is named."""
    store = make()
    workflow = _workflow(store)
    workflow.receive(_received(), incident="one")
    workflow.record("one", e.TeamUnavailable(at=_at(1), by="dispatcher-1"))
    workflow.note("one", "words", at=_at(1), by="dispatcher-1", audience="clinical")
    workflow.replay("two", [_received(), e.TeamUnavailable(at=_at(1), by="dispatcher-1")])
    _expect(workflow.verify() == (), "what a workflow writes follows")
    lying = _append("three", 0, _received())
    for lie, said in (
        (attrs.evolve(lying, summary=attrs.evolve(lying.summary, state="closed")), "state is 'closed', not 'received'"),
        (attrs.evolve(lying, contacts=(Contact(person="person-1", contact_at=_NOON),)), "contact of person-1"),
        (attrs.evolve(lying, notices=(_told("three", 1),), request="lie"), "gave rise to none like it"),
        (attrs.evolve(lying, engages=("officer-1",)), "officer-1 is engaged"),
    ):
        store = make()
        told = _workflow(store)
        store.append(attrs.evolve(lie, request="lie"))
        faults = "; ".join(told.verify())
        _expect(said in faults, f"it says {said!r}, not {faults!r}")


STORE_RULES: tuple[StoreRule, ...] = (
    what_is_beside_the_log_follows_from_it,
    a_request_is_recorded_once, words_are_written_with_their_event, words_about_nobody_are_forgotten_with_anybody, no_host_s_clock_holds_a_notice_back,
    who_was_entered_in_error_is_no_contact,
    what_was_written_is_read, a_stale_step_is_refused_and_writes_nothing, what_is_not_there_is_said, agencies_do_not_see_one_another,
    a_step_and_its_notices_are_one, a_batch_is_all_or_nothing, a_program_keeps_its_version, the_vault_gives_words_only_to_their_audience,
    the_vault_forgets, the_vault_takes_ids_and_words, prior_counts_other_incidents, prior_counts_open_work, find_uses_the_projection, a_case_survives_the_store,
    the_chain_verifies, a_responder_is_with_one_incident_at_a_time, notices_are_claimed_in_order, a_notice_that_fails_is_kept,
    a_claim_that_is_given_back_is_no_attempt, the_same_notice_is_put_in_once, time_passing_is_told_once, a_checkpoint_covers_what_moved,
)  # fmt: skip
"""Every rule of a store; each takes a factory that makes an empty one."""


def _notice(number: int) -> Notice:
    return Notice(incident="one", about="violation", to="supervisor", event="CallReceived", number=number)


def a_notice_is_carried(make: Callable[[], Notifier], count: Callable[[Notifier], int]) -> None:
    """Each notice arrives."""
    notifier = make()
    notifier.send(_notice(1), key="north-1")
    notifier.send(_notice(2), key="north-2")
    _expect(count(notifier) == 2, "two notices were carried")


def a_step_reaches_the_notifier(make: Callable[[], Notifier], count: Callable[[Notifier], int]) -> None:
    """What a step gives rise to is carried after it was written, and waits no more."""
    from coresponder.stores.memory import MemoryStore

    notifier, store = make(), MemoryStore()
    workflow = Workflow(load_program("cit"), store, notifier, clock=lambda: _at(60))
    workflow.receive(_received(), incident="a")
    workflow.record("a", e.TeamUnavailable(at=_at(1), by="dispatcher-1"))
    _expect(count(notifier) == 1, "the supervisor is told")
    _expect(store.outbox("default") == (), "nothing waits")


NOTIFIER_RULES: tuple[NotifierRule, ...] = (a_notice_is_carried, a_step_reaches_the_notifier)
"""Every rule of a notifier; each takes a factory, and a function that counts what was carried."""
