"""Two histories that differ only in what is hidden from a role look alike to it, through every door."""

import datetime as dt
import functools

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coresponder import (
    MemoryStore,
    Program,
    Viewer,
    Window,
    Workflow,
    load_program,
    shipped_programs,
)
from coresponder.domain import events as e
from coresponder.domain.events import EVENT_TYPES
from coresponder.domain.objects import Screening, Team, TeamMember
from coresponder.domain.vocabulary import Purpose
from coresponder.program import program_from_definition, viewing
from coresponder.program.viewing import Sight, roles_known
from coresponder.program.views import seen
from coresponder.proof import dependence, sights
from coresponder.stores.pages import Page
from coresponder.testing import answers, assert_alike, journeys, programs, records, twins, views
from coresponder.testing.windows import looks_like
from coresponder.workflow import seen_permissions, window
from tests.conftest import NOON, SMALL, at

CIT = load_program("cit")
BY = {"by": "officer-1"}
CALL = e.CallReceived(at=NOON, source="911", nature="psychosis", **BY)
TEAM = Team(
    tier="trained-officer-with-expert",
    model="telehealth",
    members=(TeamMember(responder="officer-1", role="patrol_officer"),),
)
SIGHTS = [(role, purpose) for role in roles_known() for purpose in Purpose]
LONG = [name for name in shipped_programs() if name not in SMALL]


def rows_of(program, role, purpose):
    return [row for row in program.views if role in row.roles and purpose in row.purposes]


@functools.cache
def drawn(cls):
    """Return some events of a type, always the same."""
    found = []

    @settings(max_examples=25, database=None, derandomize=True)
    @given(records(cls))
    def collect(event):
        found.append(event)

    collect()
    return found


def opened_fields(program):
    """Return each (role, purpose, event, field) of which more is shown than the rows say."""
    zone, found = program.calendar.time_zone, set()
    for role, purpose in SIGHTS:
        rows = rows_of(program, role, purpose)
        viewer = Viewer(id="person-1", roles=(role,))
        for name, cls in program.vocabulary.items():
            named = [row for row in rows if row.names(name)]
            looks = functools.partial(looks_like, rows=named, zone=zone)
            one, *others = drawn(cls)
            for field in attrs.fields(cls):
                for other in others:
                    two = attrs.evolve(one, **{field.name: getattr(other, field.name)})
                    if two == one or looks(two) != looks(one):
                        continue
                    shown = [
                        seen(program, program.replay("one", [event]), viewer, purpose, NOON).lines
                        for event in (one, two)
                    ]
                    if shown[0] != shown[1]:
                        found.add((role, purpose, name, field.name))
    return found


def few(program):
    """Return a program with few event types, to look at each of its fields quickly."""
    kept = {"PersonInvolved", "Screened", "WeaponSeen", "CallReceived"}
    few = attrs.evolve(program)
    object.__setattr__(
        few, "vocabulary", {name: cls for name, cls in program.vocabulary.items() if name in kept}
    )
    return few


def test_fields_of_four_events_are_shown_as_the_rows_say():
    """For every role, purpose and field of four events: another hidden value changes no line."""
    assert opened_fields(few(CIT)) == set()


def test_a_mutant_that_opens_one_field_is_caught(monkeypatch):
    """If one row showed one more field, the comparison names role, purpose, event and field."""
    made = viewing._reader

    def leaking(view, cls):
        reader = made(view, cls)
        if view.id != "police-people":
            return reader
        return attrs.evolve(
            reader, whole=(*reader.whole, ("veteran", viewing._whole(cls, "veteran")))
        )

    monkeypatch.setattr(viewing, "_reader", leaking)
    assert ("patrol_officer", Purpose.OPERATIONS, "PersonInvolved", "veteran") in opened_fields(
        few(attrs.evolve(CIT))
    )


def look_alike(data, name):
    """Draw a journey under a shipped program, and a twin of it for a role and purpose of its rows."""
    program = load_program(name)
    case = data.draw(journeys(program, longest=8)).case
    role, purpose = data.draw(st.sampled_from(SIGHTS).filter(lambda one: rows_of(program, *one)))
    ids = [person.id for person in case.incident.people] or ["u-1"]
    viewer = Viewer(id=data.draw(st.sampled_from(ids)), roles=(role,))
    one = program.replay(case.id, case.recorded())
    other = data.draw(twins(program, one, viewer.roles, purpose))
    hours = data.draw(st.integers(0, 100))
    assert_alike(program, one, other, viewer, purpose, one.last_at + dt.timedelta(hours=hours))


@pytest.mark.parametrize("name", LONG[:1])
@settings(max_examples=25)
@given(data=st.data())
def test_twins_look_alike_through_every_door(name, data):
    """After any journey a window answers the same for a twin history that differs in hidden events
    and hidden fields: view, timeline, states, permitted, due, find, recall.
    """
    look_alike(data, name)


@pytest.mark.slow
@pytest.mark.parametrize("name", shipped_programs())
@settings(max_examples=1000)
@given(data=st.data())
def test_twins_look_alike_under_every_shipped_program(name, data):
    """The same for every role and purpose of every shipped program."""
    look_alike(data, name)


THEMES = (
    ("ReferralOffered", "ReferralSent", "ReferralAccepted", "ReferralDeclined", "ConsentGiven"),
    ("FollowUpScheduled", "FollowUpDone", "FollowUpMissed", "FollowUpCancelled"),
    ("PersonInvolved", "Screened", "SafetyPlanMade", "PersonIdentified", "NoContactMarked"),
    ("IncidentTransferAccepted", "TransferOutcomeHeard", "ForceUsed", "SupervisorNotified"),
    ("SceneCleared", "IncidentClosed", "IncidentCancelled", "ResponderArrived", "ReferralOffered"),
    tuple(name for name in EVENT_TYPES if name != "EnteredInError"),
)


def drawn_look_alike(data):
    """Draw rules, rows that hide a few things, a history and a twin of it."""
    theme = data.draw(st.sampled_from(THEMES))
    program = data.draw(programs(most=3, types=theme))
    program = attrs.evolve(program, views=data.draw(views(program)))
    events = st.sampled_from(theme).flatmap(lambda name: records(EVENT_TYPES[name]))
    story = [CALL, *data.draw(st.lists(events, min_size=1, max_size=7))]
    one = program.replay("one", story)
    officer = Viewer(id="person-1", roles=("patrol_officer",))
    other = data.draw(twins(program, one, officer.roles, Purpose.OPERATIONS))
    beside = [
        program.replay("two", [attrs.evolve(story[0], at=at(data.draw(st.integers(-40, 40))))])
    ]
    now = max(one.last_at, other.last_at) + dt.timedelta(hours=data.draw(st.integers(0, 100)))
    assert_alike(program, one, other, officer, Purpose.OPERATIONS, now, beside=beside)


@settings(max_examples=40)
@given(data=st.data())
def test_twins_look_alike_under_any_rules_and_rows(data):
    """Whatever the rules and whatever few things are hidden: a window tells none of them."""
    drawn_look_alike(data)


@pytest.mark.slow
@settings(max_examples=20_000)
@given(data=st.data())
def test_twins_look_alike_under_many_rules_and_rows(data):
    """The same, many times."""
    drawn_look_alike(data)


def levels(program):
    """Return two histories that differ only in the level of a screening."""
    story = (
        e.CallReceived(at=NOON, source="911", nature="psychosis", **BY),
        e.TeamDispatched(at=at(1), team=TEAM, **BY),
        e.ResponderArrived(at=at(2), responder="officer-1", role="patrol_officer", **BY),
        e.PersonInvolved(at=at(3), person="p-1", role="person_in_crisis", **BY),
    )
    return [
        program.replay(
            "one",
            (*story, e.Screened(at=at(9), person="p-1", screening=Screening(level=level), **BY)),
        )
        for level in ("none", "high")
    ]


def test_a_level_is_told_neither_by_duties_nor_by_what_is_permitted():
    """A high screen makes duties and refusals, none of which an officer is told."""
    officer = Viewer(id="o-1", roles=("patrol_officer",))
    assert_alike(CIT, *levels(CIT), officer, Purpose.OPERATIONS, at(60))


def every_rule(program, sight):
    return frozenset(policy.id for policy in program.book.policies)


@pytest.mark.parametrize("place", [sights, seen_permissions])
def test_a_mutant_that_tells_every_rule_is_caught(monkeypatch, place):
    """If `due` or `permitted` told a rule that reads a hidden level, the two histories would differ."""
    monkeypatch.setattr(place, "told_rules", every_rule)
    officer = Viewer(id="o-1", roles=("patrol_officer",))
    with pytest.raises(AssertionError, match="can tell two histories apart"):
        assert_alike(CIT, *levels(CIT), officer, Purpose.OPERATIONS, at(60))


# --- one mutant a door ------------------------------------------------------------------------------


def seen_program(*rules, hidden):
    """Return a program whose patrol officers see everything but some events, or fields of them."""
    vocabulary = Program(id="all").vocabulary
    head = {"role": "patrol_officer", "purpose": "operations", "authority": "local choice"}
    views = [
        {
            "id": "rest",
            "event": [name for name in vocabulary if name not in hidden],
            "whole": "*",
            "audience": "police",
            **head,
        }
    ]
    views += [
        {
            "id": f"part-{name}",
            "event": name,
            "whole": [one.name for one in attrs.fields(vocabulary[name]) if one.name not in fields],
            "coarse": [one for one in fields if one == "at"],
            **head,
        }
        for name, fields in hidden.items()
        if fields
    ]
    rules = [
        {"id": f"rule-{n}", "authority": "local choice", **rule} for n, rule in enumerate(rules)
    ]
    return program_from_definition(
        {"program": {"id": "seen", "version": "1"}, "view": views, "policy": rules}
    )


VISIT = {"follow_up": "f-1", "kind": "home_visit", "due": at(900), **BY}
OFFER = {"referral": "r-1", "person": "p-1", "need": "housing", **BY}
MOVED = {"department": "county", **BY}
VISITED = {
    "template": "response", "a": "FollowUpScheduled", "b": "FollowUpDone", "per": "follow_up", "within": "3 d",
}  # fmt: skip
TOLD = {"template": "response", "a": "ForceUsed", "b": "SupervisorNotified", "within": "3 d"}
HELPED = TOLD | {"a": {"event": "ForceUsed", "where": {"incident.open_referrals": {"ge": 1}}}}
FORCE = e.ForceUsed(at=at(4), kind="hands_on", **BY)
OPENED = (e.CallReceived(at=at(-n), source="911", nature="other", **BY) for n in (20, 40))
ORDER = seen_program(hidden={"CallReceived": ["at", "nature"], "CallTriaged": ["nature"]})


def unfiltered(self, *, nature=None, period=None, **paging):
    """List by what is hidden, as a window without a check would."""
    found = self.workflow.find(nature=nature, period=period)
    return Page([self.view(one.incident) for one in found])


def by_hidden_owner(self, *, owner=None, overdue=False, **paging):
    """List what somebody owns, as a window without a check would, and say not whom it belongs to."""
    found = self.workflow.due(at(60), owner=owner)
    hidden = (attrs.evolve(one.obligation, owner=None) for one in found)
    return Page(
        [attrs.evolve(one, obligation=owed) for one, owed in zip(found, hidden, strict=True)]
    )


DOORS = {
    "a list by owner": (
        seen_program(VISITED, hidden={"FollowUpScheduled": ["owner"]}),
        [[CALL, e.FollowUpScheduled(at=at(1), owner=owner, **VISIT)] for owner in ("o-1", "c-2")],
        (Window, "due", by_hidden_owner),
    ),
    "the owner of what is owed": (
        seen_program(VISITED, hidden={"FollowUpScheduled": ["owner"]}),
        [[CALL, e.FollowUpScheduled(at=at(1), owner=owner, **VISIT)] for owner in ("c-1", "c-2")],
        (sights, "_tells_owner", lambda *_: True),
    ),
    "what another agency owes": (
        seen_program(TOLD | {"transfers": True}, hidden={"TransferOutcomeHeard": []}),
        [
            [CALL, FORCE, e.IncidentTransferAccepted(at=at(5), **MOVED), *heard]
            for heard in ([], [e.TransferOutcomeHeard(at=at(6), **MOVED)])
        ],
        (window, "told_owed", lambda program, sight, incident, owed: owed),
    ),
    "the state of the incident": (
        seen_program(hidden={"IncidentCancelled": []}),
        [[CALL], [CALL, e.IncidentCancelled(at=at(1), **BY)]],
        (Window, "states", lambda self, incident: (self.workflow.case(incident).state,)),
    ),
    "whether a referral stands": (
        seen_program(HELPED, hidden={"IncidentCancelled": []}),
        [
            [CALL, *gone, e.ReferralOffered(at=at(3), **OFFER), FORCE]
            for gone in ([], [e.IncidentCancelled(at=at(1), **BY)])
        ],
        (dependence, "depends_on_state", lambda *_: False),
    ),
    "the order of a list": (
        ORDER,
        [[one] for one in OPENED],
        (window, "in_seen_order", lambda found, program, sight: found),
    ),
    "a list by nature": (
        ORDER,
        [[attrs.evolve(CALL, nature=nature)] for nature in ("psychosis", "other")],
        (Window, "find", unfiltered),
    ),
    "a list by period": (
        ORDER,
        [[attrs.evolve(CALL, at=at(60) - dt.timedelta(days=7, minutes=n))] for n in (1, -1)],
        (Window, "find", unfiltered),
    ),
    "whether words were noted": (
        seen_program(hidden={"NoteAdded": []}),
        [[CALL], [CALL, e.NoteAdded(at=at(1), entry="n-1", digest="d-1", **BY)]],
        (Window, "recall", lambda self, incident, entry: self.workflow.case(incident).version),
    ),
}
BESIDE = (attrs.evolve(CALL, at=at(-30)),)


@pytest.mark.parametrize("door", DOORS)
def test_each_door_is_shut_and_a_mutant_of_it_is_caught(monkeypatch, door):
    """Two histories that differ in one hidden thing look alike; if this door opened, they would not."""
    program, stories, mutant = DOORS[door]
    compare(program, stories)
    monkeypatch.setattr(*mutant)
    with pytest.raises(AssertionError, match="can tell two histories apart"):
        compare(attrs.evolve(program), stories)  # a new program remembers nothing of what is told


def compare(program, stories):
    officer = Viewer(id="o-1", roles=("patrol_officer",))
    one, other = (program.replay("one", story) for story in stories)
    beside = [program.replay("two", BESIDE)]
    assert_alike(program, one, other, officer, Purpose.OPERATIONS, at(60), beside=beside)


def test_a_list_by_owner_has_what_is_told_to_be_theirs():
    """Page by page, and nothing of another owner; where the owner is hidden, nothing at all."""
    visits = [attrs.evolve(e.FollowUpScheduled(at=at(1), owner=owner, **VISIT), follow_up=f"f-{n}") for n, owner in enumerate(("c-1", "c-2", "c-1"))]  # fmt: skip
    officer = Viewer(id="o-1", roles=("patrol_officer",))
    for hidden, found in (({}, ["f-0", "f-2"]), ({"FollowUpScheduled": ["owner"]}, [])):
        workflow = Workflow(
            seen_program(VISITED, hidden=hidden), MemoryStore(), clock=lambda: at(60)
        )
        workflow.replay("one", [CALL, *visits])
        window, page = workflow.as_(officer, "operations"), None
        told = []
        while page is None or page.next:
            page = window.due(owner="c-1", limit=1, after=page and page.next)
            told += [one.obligation.key for one in page]
        assert sorted(told) == found


def test_a_clinician_is_told_the_difference():
    """The comparison is not blind: who sees the level sees that the histories differ."""
    clinician = Viewer(id="c-1", roles=("clinician",))
    one, two = (answers(CIT, case, clinician, Purpose.TREATMENT, at(60)) for case in levels(CIT))
    assert one != two
    assert isinstance(CIT.sight(("clinician",), Purpose.TREATMENT), Sight)
