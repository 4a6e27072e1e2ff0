"""Two histories that differ only in what is hidden from a role look alike to it, through every door."""

import datetime as dt
import functools

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coresponder import Viewer, load_program, shipped_programs
from coresponder.domain import events as e
from coresponder.domain.objects import Screening, Team, TeamMember
from coresponder.domain.vocabulary import Purpose
from coresponder.program import viewing
from coresponder.program.viewing import Sight, roles_known
from coresponder.program.views import seen
from coresponder.testing import answers, assert_alike, journeys, twins
from coresponder.testing.strategies import records
from coresponder.testing.windows import looks_like
from coresponder.workflow import seen_permissions
from tests.conftest import NOON, SMALL, at

CIT = load_program("cit")
BY = {"by": "officer-1"}
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


@pytest.mark.parametrize("name", LONG[:1])
@settings(max_examples=25)
@given(data=st.data())
def test_twins_look_alike_through_every_door(name, data):
    """After any journey: timeline, possible states, what is permitted and what is owed are the same
    for a twin history that differs in hidden events and hidden fields.
    """
    program = load_program(name)
    case = data.draw(journeys(program, longest=8)).case
    role, purpose = data.draw(st.sampled_from(SIGHTS).filter(lambda one: rows_of(program, *one)))
    ids = [person.id for person in case.incident.people] or ["u-1"]
    viewer = Viewer(id=data.draw(st.sampled_from(ids)), roles=(role,))
    one = program.replay(case.id, case.recorded())
    other = data.draw(twins(program, one, viewer.roles, purpose))
    hours = data.draw(st.integers(0, 100))
    assert_alike(program, one, other, viewer, purpose, one.last_at + dt.timedelta(hours=hours))


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


@pytest.mark.parametrize("leak", ["due", "permitted"])
def test_a_mutant_that_tells_every_rule_is_caught(monkeypatch, leak):
    """If a rule that reads a hidden level were told, the two histories would differ."""

    def every_rule(program, sight):
        return frozenset(policy.id for policy in program.book.policies)

    place = "coresponder.testing.windows" if leak == "due" else seen_permissions.__name__
    monkeypatch.setattr(f"{place}.told_rules", every_rule)
    officer = Viewer(id="o-1", roles=("patrol_officer",))
    with pytest.raises(AssertionError, match="can tell two histories apart"):
        assert_alike(CIT, *levels(CIT), officer, Purpose.OPERATIONS, at(60))


def test_a_clinician_is_told_the_difference():
    """The comparison is not blind: who sees the level sees that the histories differ."""
    clinician = Viewer(id="c-1", roles=("clinician",))
    one, two = (answers(CIT, case, clinician, Purpose.TREATMENT, at(60)) for case in levels(CIT))
    assert one != two
    assert isinstance(CIT.sight(("clinician",), Purpose.TREATMENT), Sight)
