"""Consents: several at once, each to its own receiver, for its own purpose and until its own end."""

import datetime as dt

import pytest

import coresponder as co
from coresponder.domain import events as e
from coresponder.domain.consents import consents_in_force, lapse_of

AT = dt.datetime(2026, 3, 2, 12, 0, tzinfo=dt.UTC)
PROGRAM = co.load_program("foundation")


def minutes(number):
    return AT + dt.timedelta(minutes=number)


def given(number, *, person="child", **fields):
    return e.ConsentGiven(at=minutes(number), by="c-1", person=person, **fields)


def withdrawn(number, *, person="child", **fields):
    return e.ConsentWithdrawn(at=minutes(number), by="c-1", person=person, **fields)


def after(*events):
    call = e.CallReceived(at=AT, by="d-1", source="988", nature="psychosis")
    return PROGRAM.replay("one", [call, *events]).incident


def in_force(incident, *, person="child", scope="services", at=60, **asked):
    asked = {"receiver": "clinic-1", "receiver_kind": "service", "purpose": "treatment", **asked}
    scope = co.ConsentScope(scope)
    if asked["purpose"]:
        asked["purpose"] = co.Purpose(asked["purpose"])
    if asked["receiver_kind"]:
        asked["receiver_kind"] = co.ReceiverKind(asked["receiver_kind"])
    return [
        one.id
        for one in consents_in_force(incident, person=person, scope=scope, at=minutes(at), **asked)
    ]


def test_the_consents_of_a_family_stand_side_by_side():
    """A mother's consent is hers, a child's is given by a guardian, and each is withdrawn alone."""
    family = (
        given(1, person="mother", consent="hers"),
        given(2, consent="the-childs", given_by="guardian", ground="parent"),
        given(3, consent="to-school", receiver="school-1", given_by="guardian"),
    )
    incident = after(*family)
    assert in_force(incident, person="mother") == ["hers"]
    assert in_force(incident) == ["the-childs"]
    assert in_force(incident, receiver="school-1") == ["the-childs", "to-school"]
    left = after(*family, withdrawn(4, consent="the-childs"))
    assert in_force(left) == []
    assert in_force(left, receiver="school-1") == ["to-school"]
    assert in_force(left, person="mother") == ["hers"]
    assert in_force(after(*family, withdrawn(4)), receiver="school-1") == []


def test_a_consent_counts_up_to_and_with_its_last_instant():
    """Time alone ends it: no event is recorded when it runs out."""
    incident = after(given(1, consent="a", until=minutes(60)))
    assert in_force(incident, at=60) == ["a"]
    assert in_force(incident, at=60 + 1 / 60) == []


def test_clocks_going_back_change_nothing():
    """The end is an instant, whatever a clock on the wall shows."""
    ends = dt.datetime.fromisoformat("2026-11-01T01:30:00-04:00")
    incident = after(given(1, consent="a", until=ends))
    asked = {"person": "child", "scope": co.ConsentScope.SERVICES}
    second = dt.datetime.fromisoformat("2026-11-01T01:30:00-05:00")
    assert consents_in_force(incident, at=ends, **asked)
    assert not consents_in_force(incident, at=second, **asked)


@pytest.mark.parametrize(
    ("terms", "asked", "lapse"),
    [
        ({}, {}, None),
        ({"receiver": "clinic-1"}, {}, None),
        ({"receiver": "clinic-2"}, {}, "other_receiver"),
        ({"receiver": "clinic-1"}, {"receiver": None, "receiver_kind": None}, "other_receiver"),
        ({"receiver_kind": "service"}, {}, None),
        ({"receiver_kind": "school"}, {}, "other_receiver"),
        ({"purpose": "treatment"}, {}, None),
        ({"purpose": "research"}, {}, "other_purpose"),
        ({"purpose": "treatment"}, {"purpose": None}, "other_purpose"),
        ({"until": minutes(59)}, {}, "run_out"),
        ({"scope": "sharing"}, {"scope": "services"}, None),
        ({"scope": "substance_use_records"}, {}, "incomplete"),
        ({"scope": "substance_use_records", "receiver": "clinic-1"}, {}, "incomplete"),
        ({"scope": "substance_use_records", "purpose": "treatment"}, {}, "incomplete"),
        (
            {
                "scope": "substance_use_records",
                "receiver": "clinic-1",
                "purpose": "treatment",
            },
            {},
            None,
        ),
        ({"scope": "advocate_records"}, {}, "incomplete"),
        ({"scope": "advocate_records", "until": minutes(60)}, {}, None),
    ],
)
def test_a_consent_covers_what_it_says_and_what_the_law_asks_it_to_say(terms, asked, lapse):
    """42 CFR 2.31(a)(4) and (5); 34 USC 12291(b)(2)(B)."""
    scope = asked.pop("scope", terms.get("scope", "services"))
    incident = after(given(1, consent="a", **terms))
    asked = {"receiver": "clinic-1", "receiver_kind": "service", "purpose": "treatment", **asked}
    enums = {"receiver_kind": co.ReceiverKind, "purpose": co.Purpose}
    asked = {
        key: enums[key](value) if key in enums and value else value for key, value in asked.items()
    }
    asked |= {"person": "child", "scope": co.ConsentScope(scope), "at": minutes(60)}
    assert lapse_of(incident, **asked) == lapse
    covered = lapse is None and scope == terms.get("scope", "services")
    assert bool(consents_in_force(incident, **asked)) is covered


def test_who_declines_takes_back_what_they_gave():
    """After a no, an earlier yes to the same scope covers nothing; another scope is untouched."""
    incident = after(
        given(1),
        given(1, scope="sharing"),
        e.ConsentDeclined(at=minutes(2), by="c-1", person="child"),
    )
    assert not in_force(incident)
    assert in_force(incident, scope="sharing") == [None]
    assert incident.person("child").declined_at == minutes(2)
    assert [(one.scope, one.status) for one in incident.person("child").consents] == [
        ("services", "withdrawn"),
        ("sharing", "given"),
        ("services", "declined"),
    ]


def test_a_consent_is_renewed_under_its_id_and_given_again_after_it_was_withdrawn():
    """The new terms count, and one entry stands for it."""
    renewed = after(
        given(1, consent="a", until=minutes(10)), given(20, consent="a", until=minutes(90))
    )
    assert in_force(renewed) == ["a"]
    assert len(renewed.person("child").consents) == 1
    again = after(given(1), withdrawn(2), given(3))
    assert in_force(again) == [None]
    assert len(again.person("child").consents) == 1


def test_a_withdrawal_of_what_was_never_given_here_is_kept():
    """Nothing is dropped: the consent may have been given to somebody else."""
    incident = after(withdrawn(1, consent="elsewhere"))
    assert [(one.id, one.status) for one in incident.person("child").consents] == [
        ("elsewhere", "withdrawn")
    ]


def workflow():
    return co.Workflow(PROGRAM, co.MemoryStore(), clock=lambda: minutes(120))


def sent(number, referral="r-1"):
    return e.ReferralSent(at=minutes(number), by="c-1", person="child", referral=referral)


def offered(number, referral="r-1", service="clinic-1"):
    return e.ReferralOffered(
        at=minutes(number),
        by="c-1",
        person="child",
        referral=referral,
        need="other",
        service=service,
    )


def begun(*events):
    here = workflow()
    here.receive(e.CallReceived(at=AT, by="d-1", source="988", nature="psychosis"), incident="one")
    for event in events:
        here.record("one", event)
    return here


def test_a_referral_is_refused_once_its_consent_has_run_out():
    """The refusal says so; an override records the lapse with the referral."""
    here = begun(offered(1), given(2, consent="a", receiver="clinic-1", until=minutes(30)))
    with pytest.raises(co.Refused, match="has run out"):
        here.record("one", sent(31))
    step = here.record("one", sent(31), override=co.Override(by="s-1", reason="court_order"))
    assert step.events[-1].consent_lapse == "run_out"


def test_a_referral_that_is_written_down_late_is_judged_by_the_consent_of_its_time():
    """It was sent before the consent was withdrawn, and is recorded afterwards."""
    here = begun(offered(1), given(2, consent="a"), withdrawn(50, consent="a"))
    assert here.record("one", sent(40)).events[-1].consent_lapse is None
    here = begun(offered(1), given(2, consent="a"), withdrawn(30, consent="a"), offered(60, "r-2"))
    with pytest.raises(co.Refused, match="withdrawn"):
        here.record("one", sent(40))


def test_a_host_that_repeats_its_request_gets_the_same_step():
    """What the workflow looked up does not make it another step."""
    here = begun(offered(1), given(2, until=minutes(30)))
    override = co.Override(by="s-1", reason="court_order")
    first = here.record("one", sent(31), override=override, request="r")
    assert here.record("one", sent(31), override=override, request="r").events == first.events


def test_a_care_plan_is_not_passed_on_after_its_consent_has_run_out():
    """Who meets the person again is told the plan only while the consent counts."""
    here = begun(
        e.PersonInvolved(at=minutes(1), by="c-1", person="child", role="person_in_crisis"),
        given(2, scope="care_plan", until=minutes(60)),
        e.CarePlanShared(
            at=minutes(3), by="c-1", person="child", plan=co.CarePlan(flags=["one_voice"])
        ),
    )
    for incident, at, told in (("two", 60, True), ("three", 61, False)):
        call = e.CallReceived(at=minutes(at), by="d-1", source="988", nature="psychosis")
        here.receive(call, incident=incident)
        met = e.PersonInvolved(at=minutes(at), by="c-1", person="child", role="person_in_crisis")
        assert (here.record(incident, met).events[-1].prior.care is not None) is told
