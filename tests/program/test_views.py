"""Views: what a role sees of an incident, and that nothing else leaves a trace."""

import datetime as dt

import pytest

from coresponder import MemoryStore, Viewer, Workflow
from coresponder.domain import events as e
from coresponder.domain.objects import Screening
from coresponder.domain.vocabulary import Purpose
from coresponder.errors import AudienceDenied, InvalidProgram, NotFound, ViewDenied
from coresponder.program import load_program, program_from_definition, shipped_programs
from coresponder.program.views import seen
from tests.conftest import NOON, at

CIT = load_program("cit")
BY = {"by": "officer-1"}
STORY = (
    e.CallReceived(at=NOON, source="911", nature="psychosis", **BY),
    e.ResponderArrived(at=at(9), responder="officer-1", role="cit_officer", **BY),
    e.PersonInvolved(
        at=at(10), person="p-1", role="person_in_crisis", age_band="12_to_17", veteran=False, **BY
    ),
    e.WeaponSeen(at=at(11), kind="knife", person="p-1", **BY),
    e.DeEscalationAttempted(at=at(12), techniques=["calm_tone"], **BY),
    e.Screened(at=at(20), person="p-1", screening=Screening(level="high"), by="clinician-1"),
    e.ReferralOffered(at=at(22), referral="r-1", person="p-1", need="substance_use", **BY),
    e.ReferralSent(at=at(23), referral="r-1", person="p-1", owner="clinician-1", due=at(900), **BY),
    e.ReferralAccepted(at=at(24), referral="r-1", by="service-1"),
)


def flow(story=STORY, program=CIT, store=None):
    made = Workflow(program, store or MemoryStore(), clock=lambda: at(60))
    made.replay("one", story)
    return made


def window(role, purpose="operations", id="u-1", **options):
    return flow(**options).as_(Viewer(id=id, roles=(role,)), purpose)


def told(lines):
    return [(line.event, line.fields) for line in lines]


def own_program(**view):
    row = {"id": "row", "role": "clinician", "purpose": "treatment", "authority": "local choice"}
    head = {"program": {"id": "own", "version": "1"}, "calendar": {"time_zone": "America/Denver"}}
    return program_from_definition({**head, "view": [row | view]})


@pytest.mark.parametrize("name", shipped_programs())
def test_every_shipped_program_has_views_with_their_authority(name):
    """No role of a shipped program sees something without a rule that says why."""
    program = load_program(name)
    assert len(program.views) > 15
    assert all(view.authority and view.events for view in program.views)


def test_a_patrol_officer_sees_the_danger_and_no_level():
    """What keeps people safe is whole; a screening is only told as done; a referral is not told."""
    shown = dict(told(window("patrol_officer").timeline("one")))
    assert shown["WeaponSeen"]["kind"] == "knife"
    assert shown["Screened"] == {"screening": "recorded", "person": "p-1"}
    assert shown["PersonInvolved"] == {
        "by": "officer-1",
        "person": "p-1",
        "role": "person_in_crisis",
        "age_group": "child",
    }
    assert not {name for name in shown if name.startswith("Referral")}


def test_a_clinician_sees_the_level_but_no_answer_of_a_substance_use_service_without_consent():
    """42 CFR Part 2: what the service says of the person waits for a consent."""
    shown = dict(told(window("clinician", "treatment").timeline("one")))
    assert shown["Screened"]["screening"]["level"] == "high"
    assert "ReferralSent" in shown
    assert "ReferralAccepted" not in shown


def test_a_purpose_that_no_view_has_shows_nothing():
    """The default is nothing, and nothing is answered like an incident that is not there."""
    looked = window("clinician", "research")
    with pytest.raises(NotFound) as hidden:
        looked.view("one")
    with pytest.raises(NotFound) as missing:
        looked.view("two")
    assert str(hidden.value).replace("one", "two") == str(missing.value)
    assert looked.find() == ()


def test_a_hidden_event_leaves_no_gap_in_the_numbers():
    """The lines that are seen are numbered among themselves."""
    lines = window("patrol_officer").timeline("one")
    assert [line.number for line in lines] == [1, 2, 3, 4, 5, 6]


def test_an_analyst_sees_days_and_age_groups_and_no_id():
    """A limited data set has the day, the age group, and nobody's id."""
    lines = window("analyst", "research").timeline("one")
    assert {line.at for line in lines} == {dt.date(2026, 3, 2)}
    involved = dict(told(lines))["PersonInvolved"]
    assert involved == {"age_band": "child", "role": "person_in_crisis", "age_group": "child"}
    said = str([line.to_dict() for line in lines])
    assert not [id for id in ("p-1", "officer-1", "clinician-1") if id in said]


def test_a_day_is_that_of_the_program():
    """An event at 02:00 UTC happened the day before in Denver, also on the day the clocks change."""
    program = own_program(event="SceneSecured", coarse="at")
    late = dt.datetime(2026, 3, 8, 5, 30, tzinfo=dt.UTC)
    looked = window(
        "clinician", "treatment", program=program, story=[e.SceneSecured(at=late, **BY)]
    )
    assert looked.timeline("one")[0].at == dt.date(2026, 3, 7)


def test_order_within_a_day_tells_nothing_of_the_minute():
    """Lines of which only the day is seen stand in the order in which they were recorded."""
    program = own_program(event=["SceneSecured", "SupervisorNotified"], coarse="at")
    one, two = e.SceneSecured(at=at(1), **BY), e.SupervisorNotified(at=at(2), **BY)
    moved = e.SupervisorNotified(at=at(0.5), **BY)
    for story in ([one, two], [one, moved]):
        lines = window("clinician", "treatment", program=program, story=story).timeline("one")
        assert [line.event for line in lines] == ["SceneSecured", "SupervisorNotified"]


def test_a_person_sees_only_what_is_about_them():
    """A person's own record has nobody else in it, also where somebody was identified later."""
    story = (
        *STORY,
        e.PersonInvolved(at=at(30), person="unknown", role="witness", **BY),
        e.PersonInvolved(at=at(31), person="p-2", role="family", **BY),
        e.PersonIdentified(at=at(40), person="unknown", identified_as="p-3", **BY),
    )
    lines = window("person", "treatment", id="p-3", story=story).timeline("one")
    assert told(lines) == [
        ("PersonInvolved", {"person": "unknown", "role": "witness", "age_group": "unknown"})
    ]


def test_a_void_line_stays_seen_as_void():
    """A correction that is hidden still marks the line that it is about."""
    program = own_program(event="SceneSecured", whole="at")
    story = [
        e.SceneSecured(at=at(1), **BY),
        e.EnteredInError(at=at(2), event=1, reason="did_not_happen", **BY),
    ]
    (line,) = window("clinician", "treatment", program=program, story=story).timeline("one")
    assert line.voided
    assert str(line).endswith("[void]")


def test_a_correction_that_is_seen_names_the_line_by_its_number_in_the_view():
    """The record's number would tell how many hidden events came before."""
    program = own_program(event=["SceneSecured", "EnteredInError"], whole="*")
    story = [
        e.CallReceived(at=NOON, source="911", nature="other", **BY),
        e.SceneSecured(at=at(1), **BY),
        e.EnteredInError(at=at(2), event=2, reason="did_not_happen", **BY),
    ]
    lines = window("clinician", "treatment", program=program, story=story).timeline("one")
    assert lines[1].fields["event"] == lines[0].number == 1


def test_roles_add_up():
    """Somebody with two roles sees what either sees."""
    viewer = Viewer(id="u-1", roles=("analyst", "supervisor"))
    lines = flow().as_(viewer, "oversight").timeline("one")
    by_event = {line.event: line for line in lines}
    assert by_event["WeaponSeen"].at == at(11)
    assert by_event["PersonInvolved"].at == dt.date(2026, 3, 2)


def test_consent_opens_and_its_withdrawal_closes():
    """A row with a consent shows from when it is given until it is withdrawn, as of the instant."""
    program = own_program(event="Screened", whole=["at", "screening.level"], with_consent="sharing")
    given = e.ConsentGiven(at=at(30), person="p-1", scope="sharing", **BY)
    back = e.ConsentWithdrawn(at=at(40), person="p-1", scope="sharing", **BY)
    viewer = Viewer(id="u-1", roles=("clinician",))
    for story, expected in (
        (STORY, []),
        ((*STORY, given), [{"screening.level": "high"}]),
        ((*STORY, given, back), []),
    ):
        case = program.replay("one", story)
        found = seen(program, case, viewer, Purpose.TREATMENT, at(60))
        assert [line.fields for line in found.lines] == expected


def test_what_is_owed_is_told_only_under_a_rule_whose_every_condition_is_seen():
    """That a follow-up is owed after a high screen tells the level: the officer is not told."""
    for role, purpose, expected in (
        ("patrol_officer", "operations", set()),
        ("clinician", "treatment", {"screen-followed-up", "lethal-means-counseled"}),
    ):
        owed = {one.obligation.policy for one in window(role, purpose).due()}
        assert owed & {"screen-followed-up", "lethal-means-counseled"} == expected


def test_what_is_permitted_says_that_a_hidden_rule_may_refuse():
    """An officer may try, and is told neither the level nor that there is one."""
    answers = {one.event: one for one in window("patrol_officer").permitted("one")}
    answer = answers["DispositionRecorded"]
    assert answer.permitted
    assert "a rule that this view does not show" in answer.depends
    assert "screening" not in str(answer)
    assert "ReferralSent" not in answers


def test_words_are_recalled_through_the_same_door():
    """An entry is given out only if a line that is seen has it and the view opens its audience."""
    made = flow()
    entry = (
        made.note(
            "one", "What was said.", at=at(25), by="clinician-1", audience="clinical", subject="p-1"
        )
        .events[0]
        .entry
    )
    clinician = made.as_(Viewer(id="c-1", roles=("clinician",)), "treatment")
    officer = made.as_(Viewer(id="o-1", roles=("patrol_officer",)), "operations")
    assert clinician.recall("one", entry) == "What was said."
    with pytest.raises(AudienceDenied):
        officer.recall("one", entry)
    with pytest.raises(NotFound):
        made.as_(Viewer(id="x", roles=("school",)), "operations").recall("one", entry)


def test_a_list_has_what_is_seen_and_pages_without_telling_more():
    """`find` lists incidents with something to see; its cursor has no time in it."""
    made = flow()
    made.replay("two", [e.ConsentGiven(at=at(5), person="p-2", **BY)])
    made.replay("three", STORY)
    looked = made.as_(Viewer(id="o-1", roles=("patrol_officer",)), "operations")
    first = looked.find(limit=1)
    second = looked.find(limit=1, after=first.next)
    assert {first[0].incident, second[0].incident} == {"one", "three"}
    assert second.next is None
    assert first[0].nature == "psychosis"
    analyst = made.as_(Viewer(id="a-1", roles=("analyst",)), "research")
    with pytest.raises(ViewDenied):
        analyst.find(period=(NOON, at(10)))


def test_what_is_owed_is_paged_by_what_is_seen():
    """A page ends only if another obligation follows that is seen."""
    made = flow()
    for name in ("two", "three"):
        made.replay(name, STORY)
    looked = made.as_(Viewer(id="c-1", roles=("clinician",)), "treatment")
    whole, found, after = looked.due(), [], None
    while True:
        page = looked.due(limit=1, after=after)
        found += page
        after = page.next
        if after is None:
            break
    assert tuple(found) == tuple(whole)
    assert len(whole) == 6


def test_a_program_changes_one_row_of_the_shipped_set():
    """A row of the same id takes the place of that of the set; `without` leaves one out."""
    definition = {
        **CIT.definition,
        "views": {"base": "united-states", "without": ["research"]},
        "view": [
            {
                "id": "police-screening",
                "role": "patrol_officer",
                "purpose": "operations",
                "event": "Screened",
                "whole": ["at", "screening.level"],
                "authority": "memorandum of understanding",
            }
        ],
    }
    program = program_from_definition(definition)
    assert len(program.views) == len(CIT.views) - 1
    shown = dict(told(window("patrol_officer", program=program).timeline("one")))
    assert shown["Screened"] == {"screening.level": "high"}


@pytest.mark.parametrize(
    ("tables", "said"),
    [
        ({"view": [{"event": "Screend"}]}, "there is no event 'Screend'; did you mean 'Screened'"),
        (
            {"view": [{"event": "Screened", "whole": "screening.levle"}]},
            "none of its events has a field 'screening.levle'",
        ),
        ({"view": [{"role": "dispacher"}]}, "did you mean 'dispatcher'"),
        ({"view": [{"purpose": "treatmant"}]}, "did you mean 'treatment'"),
        ({"view": [{"hole": "at"}]}, "there is no key 'hole'; did you mean 'whole'"),
        ({"views": {"base": "united-state"}}, "did you mean 'united-states'"),
        (
            {"views": {"base": "united-states", "without": ["reserch"]}},
            "has no view 'reserch'; did you mean 'research'",
        ),
        (
            {"view": [{"event": "Screened", "whole": "at", "coarse": "at"}]},
            "coarse: at is seen whole already",
        ),
        ({"view": [{"event": "SceneSecured", "own": True}]}, "own: it goes only with events"),
        ({"view": [{"event": "Screened", "needs": ["food"]}]}, "needs: it goes only with events"),
        ({"view": [{}, {}]}, "two rows have this id"),
    ],
)
def test_a_mistake_in_a_view_is_named_with_its_remedy(tables, said):
    """The loader says which row and key, and the nearest word."""
    row = {"id": "row", "role": "clinician", "purpose": "treatment", "authority": "local choice"}
    rows = [row | one for one in tables.get("view", ())]
    definition = {"program": {"id": "own", "version": "1"}, **tables, "view": rows}
    with pytest.raises(InvalidProgram) as raised:
        program_from_definition(definition)
    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("agency", "terms", "opened"),
    [
        ("center-1", {"receiver": "center-1"}, True),
        ("center-2", {"receiver": "center-1"}, False),
        ("center-1", {}, False),
        ("center-1", {"receiver": "center-1", "until": at(59)}, False),
        ("center-1", {"receiver": "center-1", "purpose": "research"}, False),
        ("center-1", {"receiver_kind": "partner_agency"}, True),
    ],
)
def test_a_partner_agency_sees_a_record_only_by_a_consent_that_names_it(agency, terms, opened):
    """42 CFR 2.31: to whom, for what, until when; 2.32: the notice is told along with it."""
    terms = {"purpose": "treatment"} | terms
    given = e.ConsentGiven(at=at(30), person="p-1", scope="substance_use_records", **terms, **BY)
    viewer = Viewer(id="u-1", roles=("partner_agency",), agency=agency)
    looked = flow(story=(*STORY, given)).as_(viewer, "treatment")
    if not opened:
        with pytest.raises(NotFound):
            looked.view("one")
        return
    found = looked.view("one")
    assert [line.event for line in found.lines] == [
        "ReferralOffered",
        "ReferralSent",
        "ReferralAccepted",
    ]
    assert found.says == (
        "42 CFR part 2 prohibits unauthorized use or disclosure of these records.",
    )


def test_what_is_seen_says_when_and_what_the_call_was_and_how_it_ended():
    """The time, nature and disposition of an incident are those of the lines that are seen."""
    ended = e.DispositionRecorded(at=at(40), disposition="resolved_on_scene", by="clinician-1")
    calls = flow((*STORY, ended)).as_(Viewer(id="u-1", roles=("clinician",)), "operations")
    one = calls.view("one")
    assert (one.opened, one.nature, one.disposition) == (NOON, "psychosis", "resolved_on_scene")
    nothing = seen(
        CIT, flow().case("one"), Viewer(id="u-1", roles=("peer",)), Purpose.RESEARCH, at(60)
    )
    assert (nothing.opened, nothing.nature, nothing.disposition) == (None, None, None)
    assert nothing.to_dict() == {"incident": "one", "program": CIT.name, "lines": [], "says": []}


def test_a_row_says_its_condition_in_words():
    """The page of views tells under which condition a row shows an event."""
    (row,) = own_program(
        event="ReferralOffered", whole="*", needs=["housing", "mental_health"],
        own=True, with_consent="sharing",
    ).views  # fmt: skip
    assert (
        row.condition_text
        == "for housing or mental health, about the viewer, with consent to sharing"
    )
    (plain,) = own_program(event="ReferralOffered", whole="*").views
    assert plain.condition_text == ""


def test_an_age_that_is_seen_with_less_is_a_group():
    """Of an age of 12 to 17 a coarse row tells `child`."""
    program = own_program(event="PersonInvolved", whole=["at"], coarse=["age_band"])
    (line,) = window("clinician", "treatment", program=program).timeline("one")
    assert line.fields == {"age_band": "child"}


def test_a_time_that_is_seen_with_less_is_a_day():
    """Of a deadline a coarse row tells the day, in the program's time zone."""
    program = own_program(event="ReferralSent", whole=["at"], coarse=["due"])
    (line,) = window("clinician", "treatment", program=program).timeline("one")
    assert line.fields == {"due": "2026-03-02"}


def test_many_roles_do_not_fill_the_memory():
    """What roles see is worked out again when more sets of roles were asked about than are kept."""
    program = load_program("foundation")
    first = program.sight(("clinician", "r-0"), Purpose.TREATMENT)
    for number in range(1, 300):
        program.sight(("clinician", f"r-{number}"), Purpose.TREATMENT)
    again = program.sight(("clinician", "r-0"), Purpose.TREATMENT)
    assert again is not first
    assert (again.views, [*again.readers]) == (first.views, [*first.readers])
