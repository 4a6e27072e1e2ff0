"""The service that a host embeds."""

import datetime as dt
import functools

import attrs
import pytest

from coresponder.delivery.memory import MemoryNotifier
from coresponder.domain import events as e
from coresponder.domain.objects import Credential, Responder, Screening, Team, TeamMember
from coresponder.domain.vocabulary import (
    AgeGroup,
    FollowUpKind,
    Nature,
    OverrideReason,
    PersonRole,
    Training,
)
from coresponder.errors import (
    CoresponderError,
    InvalidEvent,
    InvalidProgram,
    NotFound,
    Refused,
    ResponderTaken,
    VersionConflict,
)
from coresponder.program import Override, Program, load_program, program_from_definition
from coresponder.simulation.field import Field
from coresponder.stores.base import stamp
from coresponder.stores.memory import MemoryStore
from coresponder.stores.pages import every
from coresponder.stores.sql import SqlStore
from coresponder.workflow import Workflow, recording
from tests.conftest import NOON, at
from tests.program.test_advance import received

BY = {"by": "officer-1"}


@pytest.fixture
def workflow():
    """A CIT program in memory; the clock says one year later."""
    flow = Workflow(
        load_program("cit"), MemoryStore(), MemoryNotifier(), clock=lambda: at(60 * 24 * 365)
    )
    flow.receive(received(), incident="one")
    return flow


def test_receive_makes_an_id_and_refuses_one_twice(workflow):
    """An incident is opened once."""
    assert len(workflow.receive(received()).case.id) == 32
    with pytest.raises(VersionConflict, match="load the case again"):
        workflow.receive(received(), incident="one")
    with pytest.raises(NotFound, match="no incident 'none'"):
        workflow.record("none", e.SceneCleared(at=NOON, **BY))


def test_a_refused_decision_writes_nothing_and_says_what_would_satisfy_it(workflow):
    """Then it is taken with an override."""
    with pytest.raises(
        Refused, match="If it must be done now, record it with an override"
    ) as caught:
        workflow.record("one", e.IncidentClosed(at=at(1), **BY))
    assert caught.value.refusals[0].kind == "lifecycle"
    assert workflow.case("one").version == 1
    workflow.record(
        "one",
        e.IncidentClosed(at=at(1), **BY),
        override=Override(by="sergeant-1", reason=OverrideReason.COURT_ORDER),
    )
    assert workflow.case("one").version == 3


def test_a_decision_of_the_future_is_refused_and_a_fact_is_taken(workflow):
    """A clock or zone is wrong: what is decided is not yet decided, and nothing is written; what
    happened has happened, whatever a clock says.
    """
    before = workflow.case("one").version
    with pytest.raises(InvalidEvent, match="lies in the future"):
        workflow.record("one", e.IncidentCancelled(at=at(60 * 24 * 366), **BY))
    assert workflow.case("one").version == before
    assert (
        workflow.record("one", e.WeaponSeen(at=at(60 * 24 * 366), **BY)).case.version == before + 1
    )


def test_a_slow_host_asks_the_store_before_it_refuses():
    """Its own clock says that the decision lies in the future; the database, which all hosts share,
    says that it does not.
    """

    class Hosted(MemoryStore):
        def now(self):
            return at(60)

    flow = Workflow(load_program("cit"), Hosted())
    flow.receive(received(), incident="one")
    with pytest.raises(InvalidEvent, match="it is 2026-03-02T13:00:00"):
        flow.record("one", e.IncidentCancelled(at=at(60 * 24 * 36_500), **BY))


def test_a_stale_version_is_told_and_without_one_the_step_is_repeated(workflow):
    """A caller that saw version 1 does not overwrite version 2."""
    other = Workflow(workflow.program, workflow.store, clock=workflow.clock)
    other.record("one", e.CallTriaged(at=at(1), nature=Nature.PSYCHOSIS, **BY))
    with pytest.raises(VersionConflict) as caught:
        workflow.record("one", e.TeamUnavailable(at=at(2), **BY), expected=1)
    assert (caught.value.expected, caught.value.found) == (1, 2)
    other.record("one", e.WeaponSeen(at=at(3), **BY))
    step = workflow.record("one", e.TeamUnavailable(at=at(4), **BY))
    assert step.case.version == 4
    other.record("one", e.WeaponSeen(at=at(5), **BY))
    assert workflow.record("one", e.WeaponSeen(at=at(6), **BY), expected=5).case.version == 6


def test_a_store_that_is_always_stale_gives_up():
    """It does not try for ever."""

    class Busy(MemoryStore):
        def append(self, step):
            if step.expected:
                raise VersionConflict(step.summary.incident, step.expected, step.expected + 1)
            super().append(step)

    flow = Workflow(load_program("cit"), Busy(), clock=lambda: at(100))
    flow.receive(received(), incident="one")
    with pytest.raises(VersionConflict):
        flow.record("one", e.WeaponSeen(at=at(1), **BY))


def test_a_step_of_a_batch_counts_for_the_next_one(tmp_path):
    """Also in an incident that was read before the batch; and a batch that is undone is forgotten."""
    with SqlStore.sqlite(tmp_path / "batch.db") as store:
        flow = Workflow(load_program("cit"), store, clock=lambda: at(100))
        flow.receive(received(), incident="one")
        with pytest.raises(KeyError), store.batch():
            flow.record("one", e.WeaponSeen(at=at(1), **BY))
            assert flow.record("one", e.SceneSecured(at=at(2), **BY)).case.version == 3
            raise KeyError
        assert flow.record("one", e.WeaponSeen(at=at(3), **BY)).case.version == 2


def test_after_a_batch_an_incident_is_not_read_again(monkeypatch):
    """What a batch wrote and kept is as good as what was read; one that is undone is read again."""
    store = MemoryStore()
    flow = Workflow(load_program("cit"), store, clock=lambda: at(100))
    flow.receive(received(), incident="one")
    with store.batch():
        flow.record("one", e.WeaponSeen(at=at(1), **BY))
    monkeypatch.setattr(MemoryStore, "load", lambda *_: pytest.fail("read from its beginning"))
    assert flow.record("one", e.SceneSecured(at=at(2), **BY)).case.version == 3
    monkeypatch.undo()
    with pytest.raises(KeyError), store.batch():
        flow.record("one", e.WeaponSeen(at=at(3), **BY))
        raise KeyError
    flow.record("one", e.SceneSecured(at=at(4), **BY))
    assert [type(one).__name__ for one in flow.case("one").history][2:] == [
        "SceneSecured", "SceneSecured",
    ]  # fmt: skip


def test_dispatch_chooses_records_and_explains(workflow):
    """A team, or that there was none."""
    staffing, step = workflow.dispatch("one", [], at=at(1), by="dispatcher-1")
    assert staffing.team is None
    assert isinstance(step.events[0], e.TeamUnavailable)
    assert [
        o.obligation.policy for o in workflow.due(at(2)) if o.obligation.policy == "nobody-to-send"
    ] == ["nobody-to-send"]
    officer = Responder(
        id="cit-1",
        role="cit_officer",
        status="available",
        credentials=(Credential(training=Training.CIT, hours=40),),
    )
    staffing, step = workflow.dispatch("one", [officer], at=at(3), by="dispatcher-1")
    assert staffing.team.tier == "cit-officer"
    assert step.case.state == "dispatched"
    assert [n.to for n in workflow.notifier.sent] == ["supervisor"]


def test_due_is_sorted_and_cut(workflow):
    """The most urgent first; `before` keeps what is due by then."""
    workflow.record("one", e.TeamUnavailable(at=at(1), **BY))
    workflow.receive(received(10), incident="two")
    owed = workflow.due(at(20))
    dues = [o.obligation.due for o in owed if o.obligation.due]
    assert dues == sorted(dues)
    assert {o.incident for o in owed} == {"one", "two"}
    assert {o.obligation.policy for o in workflow.due(at(20), before=at(17))} == {"nobody-to-send"}
    assert workflow.due()[0].obligation.overdue


def test_timeline_marks_what_is_odd(workflow):
    """Out of place, void, approximate, violating: each line says so."""
    workflow.record("one", e.SceneCleared(at=at(5), approximate=True, **BY))
    workflow.record("one", e.WeaponSeen(at=at(3), **BY))
    workflow.record("one", e.EnteredInError(at=at(9), event=3, reason="duplicate", **BY))
    workflow.record(
        "one", e.ReferralOffered(at=at(10), referral="r-1", person="p-1", need="housing", **BY)
    )
    workflow.record(
        "one",
        e.ReferralSent(at=at(11), referral="r-1", person="p-1", **BY),
        override=Override(by="s-1", reason="not_possible"),
    )
    lines = workflow.timeline("one")
    assert [line.number for line in lines] == [1, 3, 2, 4, 5, 6, 7]
    assert "[void]" in str(lines[1])
    assert "approximate time; out of place" in str(lines[2])
    assert "violates consent-before-referral" in str(lines[-1])
    assert lines[-1].kind == "decision"
    assert "(referral r-1" in str(lines[-1])
    assert type(lines[0]).from_json(lines[0].to_json()) == lines[0]


def sent(minute, **by):
    member = TeamMember(responder="u1", role="patrol_officer")
    team = Team(tier="by-hand", model="cit_response", members=(member,))
    return e.TeamDispatched(at=at(minute), **by, team=team)


def test_a_responder_who_is_taken_over_leaves_the_override_in_the_record(any_store):
    """Who sent a responder who was busy elsewhere, and why, is recorded with the decision, beside the
    rules that were overridden too; repeating the request records nothing. An override that nothing
    needed leaves none.
    """
    flow = Workflow(load_program("cit"), any_store, clock=lambda: at(60))
    for incident in ("one", "two"):
        flow.receive(received(), incident=incident)
    why = Override(by="s-1", reason="supervisor_order")
    first = flow.record("one", sent(3, **BY), override=why)
    assert [type(one) for one in first.events] == [e.TeamDispatched]
    with pytest.raises(ResponderTaken):
        flow.record("two", sent(5, **BY))
    for _ in range(2):
        step = flow.record("two", sent(5, **BY), override=why, request="r-1")
        overridden, team = step.events
        assert (overridden.by, overridden.reason, team) == ("s-1", why.reason, sent(5, **BY))
        assert (overridden.decision, overridden.policies[-1]) == ("TeamDispatched", "busy")
    assert flow.case("two").version == 3
    assert [one.incident for one in any_store.engaged("default", ["u1"])] == ["two"]
    assert any_store.verify("default") == ()
    with pytest.raises(InvalidEvent, match="another step"):
        flow.record("two", sent(5, **BY), request="r-1")


def test_an_override_names_who_was_taken_between_reading_and_writing(monkeypatch):
    """Another dispatcher sends the responder after the override looked: it is tried again, and the
    record says what was overridden.
    """
    flow = Workflow(load_program("cit"), MemoryStore(), clock=lambda: at(60))
    for incident in ("one", "two"):
        flow.receive(received(), incident=incident)
    real, waiting = recording.moves_of, [lambda: flow.record("one", sent(3, **BY))]

    def moves_of(*arguments, **options):
        found = real(*arguments, **options)
        while waiting:
            waiting.pop()()
        return found

    monkeypatch.setattr(recording, "moves_of", moves_of)
    why = Override(by="s-1", reason="supervisor_order")
    step = flow.record("two", sent(5, **BY), override=why, expected=1)
    assert [type(one) for one in step.events] == [e.PolicyOverridden, e.TeamDispatched]


@pytest.mark.parametrize(
    ("incident", "options", "error"),
    [
        ("one", {"subject": "Jane Doe"}, ValueError),
        ("one", {"by": "Dr. Who"}, ValueError),
        ("nowhere", {}, NotFound),
        ("no id", {}, NotFound),
        ("one", {"text": "a\x00b"}, InvalidEvent),
    ],
)
def test_a_note_that_cannot_be_recorded_leaves_no_words(incident, options, error):
    """Nothing goes into the vault that no event of the log stands for."""
    store = MemoryStore()
    workflow = Workflow(load_program("cit"), store, clock=lambda: at(60))
    workflow.receive(received(), incident="one")
    with pytest.raises(error):
        workflow.note(
            incident,
            **{"text": "words", "at": at(1), "by": "clinician-1", "audience": "all", **options},
        )
    assert store.vault._words == {}
    assert workflow.case("one").version == 1


def test_a_time_without_a_zone_is_refused_wherever_it_is_given(workflow):
    """It could mean any hour of the day: nothing is guessed."""
    naive = at(1).replace(tzinfo=None)
    workflow.receive(received(), incident="zone")
    for ask in (
        workflow.tick,
        workflow.due,
        lambda t: workflow.due(before=t),
        lambda t: workflow.permitted("zone", t),
    ):
        with pytest.raises(ValueError, match="has no time zone; say which"):
            ask(naive)
    with pytest.raises(ValueError, match="has no time zone"):
        workflow.dispatch("zone", [], at=naive, by="dispatcher-1")
    with pytest.raises(ValueError, match="has no time zone"):
        stamp(naive)


@pytest.mark.parametrize("agency", ["", "a\x00b", "x" * 81, "\ud800", "two\nlines"])
def test_an_agency_is_one_short_line(agency):
    """It is part of every key, in every database."""
    with pytest.raises(
        ValueError, match="agency: .* is not a code: one line of 1 to 80 characters"
    ):
        Workflow(load_program("cit"), MemoryStore(), agency=agency)


def test_notes_go_to_the_vault_and_the_log_keeps_a_digest(workflow):
    """The text is not in the log."""
    step = workflow.note(
        "one", "what was said", at=at(1), by="clinician-1", subject="person-1", audience="clinical"
    )
    (note,) = step.events
    assert "said" not in note.to_json()
    assert workflow.store.recall("default", note.entry, audience="clinical").text == "what was said"
    workflow.note("one", "about the incident", at=at(2), by="clinician-1", audience="all")
    assert workflow.store.forget("default", "one") == 1


def test_prior_is_recorded_in_the_event(workflow):
    """What the agency's own store knew; a given one is kept."""
    person = e.PersonInvolved(
        at=at(1),
        person="person-1",
        role=PersonRole.PERSON_IN_CRISIS,
        age_group=AgeGroup.ADULT,
        **BY,
    )
    assert workflow.record("one", person).events[0].prior.contacts_90_days == 0
    for i in range(2):
        workflow.receive(received(10 + i), incident=f"more-{i}")
        step = workflow.record(f"more-{i}", attrs.evolve(person, at=at(12 + i)))
    assert step.events[0].prior.contacts_90_days == 2
    assert [o.policy for o in step.opened if o.policy == "third-contact-conference"] == [
        "third-contact-conference"
    ]


def test_a_case_stays_with_the_version_it_began_under():
    """A changed program has a new version; the old case is judged by the old rules, out of the
    store.
    """

    def version(number, template):
        policy = {"id": "rule", "template": template, "a": "WeaponSeen", "authority": "x"}
        return program_from_definition(
            {"program": {"id": "mine", "version": number}, "policy": [policy]}
        )

    store = MemoryStore()
    Workflow(version("1", "absence"), store, clock=lambda: at(99)).receive(
        received(), incident="old"
    )
    newer = Workflow(version("2", "existence"), store, clock=lambda: at(99))
    newer.receive(received(), incident="new")
    assert [v.policy for v in newer.record("old", e.WeaponSeen(at=at(1), **BY)).violations] == [
        "rule"
    ]
    assert newer.record("new", e.WeaponSeen(at=at(1), **BY)).violations == ()
    assert newer.case("old").program == "mine@1"
    with pytest.raises(InvalidProgram, match="give the changed program a new version"):
        Workflow(version("2", "absence"), store)


def test_a_program_built_in_python_must_be_brought_again():
    """Its definition is not in the store, and the error says which program is missing."""
    store = MemoryStore()
    Workflow(Program(id="mine"), store, clock=lambda: at(9)).receive(received(), incident="one")
    with pytest.raises(NotFound, match="mine@1"):
        Workflow(Program(id="other"), store).case("one")
    assert (
        Workflow(Program(id="other"), store, earlier=[Program(id="mine")]).case("one").state
        == "received"
    )


def test_replay_takes_a_whole_history(workflow):
    """Nothing is refused, and it is there afterwards."""
    case = workflow.replay("past", [received(), e.IncidentClosed(at=at(1), **BY)])
    assert case.findings.out_of_place == (2,)
    assert workflow.case("past").findings == case.findings
    assert workflow.find(state="received")


def test_the_cache_is_bounded():
    """Ten thousand incidents do not stay in memory."""
    flow = Workflow(Program(id="p"), MemoryStore(), clock=lambda: at(9))
    for i in range(600):
        flow.receive(received(), incident=f"i-{i}")
    assert len(flow._cases) <= 512
    assert flow.case("i-0").version == 1


def test_deliver_without_a_notifier_waits():
    """Notices stay in the outbox."""
    flow = Workflow(load_program("cit"), MemoryStore(), clock=lambda: at(9))
    flow.receive(received(), incident="one")
    flow.record("one", e.TeamUnavailable(at=at(1), **BY))
    assert flow.deliver() == 0
    assert len(flow.store.outbox("default")) == 1


def test_the_default_clock_is_the_real_one():
    """A decision of the year 2100 is from the future."""
    flow = Workflow(Program(id="p"), MemoryStore())
    flow.receive(received(), incident="one")
    with pytest.raises(CoresponderError):
        flow.record("one", e.IncidentCancelled(at=dt.datetime(2100, 1, 1, tzinfo=dt.UTC), **BY))


@functools.cache
def night(name, seed):
    """A made-up night of 400 calls, and its cases."""
    flow = Workflow(load_program(name), MemoryStore())
    Field(flow, seed=seed).play(400)
    return flow, [flow.case(s.incident) for s in every(flow.find)]


def test_nights_show_every_event():
    """The generator plays everything that the library knows; what is rare, in one of three nights
    of two programs.
    """
    nights = [night("new-haven-cdcp", 1), night("cit", 1), night("cit", 21)]
    seen = {type(event).__name__ for _, cases in nights for case in cases for event in case.history}
    assert seen == set(e.EVENT_TYPES)


@pytest.mark.parametrize(("name", "seed"), [("new-haven-cdcp", 1), ("cit", 1)])
def test_a_night_shows_every_state(name, seed):
    """The same for the same seed, and the live case is the replayed one."""
    flow, cases = night(name, seed)
    states = set()
    for case in cases:
        states.add(case.state)
        assert flow.program.replay(case.id, case.recorded()) == case
        for i in range(1, len(case.history)):
            states.add(flow.program.replay(case.id, case.recorded()[:i]).state)
    assert states >= {s for s in flow.program.lifecycle.states if s != "new"}
    again = Workflow(load_program(name), MemoryStore())
    Field(again, seed=seed).play(400)
    assert again.find() == flow.find()
    assert FollowUpKind.CARE_CHECK in {
        event.kind for case in cases for event in case.history if isinstance(event, e.FollowUpDone)
    }


def test_who_arrives_has_the_role_that_they_were_sent_in(workflow):
    """The workflow adds it, also where the request is repeated; a role that is said stays."""
    members = [TeamMember(responder=id, role="cit_officer") for id in ("cit-1", "cit-2")]
    team = Team(tier="by-hand", model="cit_response", members=members)
    workflow.record("one", e.TeamDispatched(at=at(2), by="d-1", team=team))
    arrived = e.ResponderArrived(at=at(5), by="cit-1", responder="cit-1")
    first = workflow.record("one", arrived, request="tablet-1")
    again = workflow.record("one", arrived, request="tablet-1")
    assert first.case.incident.on_scene == again.case.incident.on_scene == ("cit_officer",)
    said = e.ResponderArrived(at=at(6), by="cit-2", responder="cit-2", role="supervisor")
    stranger = e.ResponderArrived(at=at(7), by="x", responder="x")
    workflow.record("one", said)
    there = workflow.record("one", stranger).case.incident.attending
    assert [one.role for one in there] == ["cit_officer", "supervisor", None]


def test_a_follow_up_is_with_the_person_of_its_plan():
    """A host that says only which contact was made meets what is owed to that person, and no one
    else; asked again, it is the same step. Without a plan nobody is made up.
    """
    cit = load_program("cit")
    workflow = Workflow(cit, MemoryStore(), clock=lambda: at(60 * 24))
    workflow.receive(received(), incident="one")
    workflow.record("one", e.ResponderArrived(at=at(1), by="o-1", responder="o-1"))
    for number, person in enumerate(("p-1", "p-2"), 2):
        level = e.Screened(
            at=at(number), by="o-1", person=person, screening=Screening(level="high")
        )
        workflow.record("one", level)
        plan = {"follow_up": f"f-{person}", "person": person, "kind": "phone_call", "due": at(600)}
        workflow.record("one", e.FollowUpScheduled(at=at(number), by="o-1", **plan))
    done = e.FollowUpDone(at=at(500), by="c-1", follow_up="f-p-2", kind="phone_call")
    step = workflow.record("one", done, request="r-1")
    assert step.events == (attrs.evolve(done, person="p-2"),)
    assert workflow.record("one", done, request="r-1").events == step.events
    owed = cit.obligations(step.case, at(502))
    assert {one.key for one in owed if one.policy == "screen-followed-up"} == {"p-1"}
    lone = workflow.record("one", attrs.evolve(done, at=at(501), follow_up="f-9"))
    assert lone.events[-1].person is None
