"""Age, service, language and guardians of the people of an incident."""

import operator

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coresponder.domain import events as e
from coresponder.domain.fold import fold_for
from coresponder.domain.objects import Incident
from coresponder.domain.vocabulary import AgeBand, AgeGroup, CommunicationNeed, Interpreter
from coresponder.program import load_program
from coresponder.testing import events
from tests.conftest import NOON, at

CIT = load_program("cit")
BY = {"by": "officer-1"}
CALL = e.CallReceived(at=NOON, source="911", nature="welfare_check", **BY)


def person(minute=1, **more):
    return e.PersonInvolved(at=at(minute), person="p", role="person_in_crisis", **more, **BY)


def need(minute, person="p", kind="spoken_language", language="es"):
    return e.CommunicationNeedFound(
        at=at(minute), person=person, need=kind, language=language, **BY
    )


def interpreted(minute, person="p", interpreter="qualified"):
    return e.InterpreterEngaged(at=at(minute), person=person, interpreter=interpreter, **BY)


def referred(minute, person="child"):
    return e.ReferralOffered(
        at=at(minute), referral="r-1", person=person, need="mental_health", **BY
    )


def consented(minute, person="p"):
    return e.ConsentGiven(at=at(minute), person=person, **BY)


def broken(program, *story):
    """Return (policy, person) of each breach of a story."""
    case = program.replay("one", (CALL, *story))
    return [(one.policy, one.key) for one in case.violations]


@pytest.mark.parametrize("band", AgeBand)
@pytest.mark.parametrize("group", AgeGroup)
def test_the_band_says_whether_somebody_is_a_child(band, group):
    """An event cannot say both that somebody is 12 to 17 and that they are an adult."""
    event = person(age_group=group, age_band=band)
    assert event.age_group is band.group
    assert e.PersonInvolved.from_json(event.to_json()) == event


def test_what_is_said_of_a_person_later_replaces_only_what_it_says():
    """A second note without an age keeps it; one with another age group ends the band."""
    story = [person(age_band="12_to_17", veteran=False), person(2)]
    (known,) = CIT.replay("one", (CALL, *story)).incident.people
    assert (known.age_band, known.age_group, known.veteran) == (
        AgeBand.FROM_12_TO_17,
        AgeGroup.CHILD,
        False,
    )
    (known,) = CIT.replay("one", (CALL, *story, person(3, age_group="adult"))).incident.people
    assert (known.age_band, known.age_group, known.is_child) == (None, AgeGroup.ADULT, False)


def test_what_somebody_needs_to_talk_is_known_of_them():
    """Each need once, the language that was named last, and who interpreted last."""
    story = [
        need(1),
        need(2, language=None),
        need(3, kind="plain_language", language=None),
        interpreted(4, interpreter="family"),
        interpreted(5),
        e.GuardianReached(at=at(6), person="p", presence="video", **BY),
    ]
    (known,) = CIT.replay("one", (CALL, *story)).incident.people
    assert known.communication == (
        CommunicationNeed.SPOKEN_LANGUAGE,
        CommunicationNeed.PLAIN_LANGUAGE,
    )
    assert (known.language, known.interpreter) == ("es", Interpreter.QUALIFIED)
    assert known.guardian == "video"


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        ([need(1), consented(2)], ["p"]),
        ([need(1), interpreted(2), consented(3)], []),
        ([need(1), interpreted(2, "q"), consented(3)], ["p"]),
        ([need(1), need(1, "q"), interpreted(2), consented(3), consented(3, "q")], ["q"]),
        ([need(1, kind="hearing"), consented(2)], []),
        ([consented(1), need(2)], []),
    ],
)
def test_who_needs_an_interpreter_consents_through_one(story, expected):
    """Of each person on their own; what came before the need was known is no breach."""
    assert broken(CIT, *story) == [("interpreter-first", one) for one in expected]


@pytest.mark.parametrize("one", Interpreter)
def test_only_a_child_is_no_interpreter_unless_there_is_imminent_danger(one):
    """Family, a bystander or a bilingual responder may interpret."""
    expected = [("no-child-interprets", None)] if one is Interpreter.CHILD else []
    assert broken(CIT, interpreted(5, interpreter=one)) == expected
    danger = e.ImminentDangerSeen(at=at(4), **BY)
    assert broken(CIT, danger, interpreted(5, interpreter=one)) == []


def test_where_an_incident_is_can_be_a_condition():
    """The last place counts, so that a call that moves is where it is."""
    story = [e.LocationRecorded(at=at(1), location=one, **BY) for one in ("school", "home")]
    incident = CIT.replay("one", (CALL, *story)).incident
    assert incident.scene.location == "home"


def people_of(*story):
    return [one.id for one in CIT.replay("one", (CALL, *story)).incident.people]


def test_whoever_an_event_names_is_part_of_the_incident():
    """A crew refers the child and never notes that the child was there. A referral that was entered
    in error brings nobody in.
    """
    assert people_of(person(), referred(2), referred(4)) == ["p", "child"]
    void = e.EnteredInError(at=at(5), event=3, reason="wrong_person", **BY)
    assert people_of(person(), referred(2), void) == ["p"]


def test_whoever_was_named_and_is_identified_later_is_one():
    """The child of the referral gets an id of the agency; there are still two people."""
    known = e.PersonIdentified(at=at(3), person="unknown-1", identified_as="p-7", **BY)
    assert people_of(person(), referred(2, "unknown-1"), known) == ["p", "p-7"]


def test_what_is_found_of_somebody_who_was_only_named_is_kept():
    """The consent comes after the referral; the child stays one person."""
    case = CIT.replay("one", (CALL, referred(1), person(2), consented(3, "child")))
    child, _ = case.incident.people
    assert (child.id, [consent.scope for consent in child.consents]) == ("child", ["services"])


NAMING = [one for one in CIT.vocabulary.values() if "person" in attrs.fields_dict(one)]


@pytest.mark.parametrize("kind", NAMING, ids=operator.attrgetter("__name__"))
@settings(max_examples=3)
@given(data=st.data())
def test_every_type_that_names_a_person_makes_them_known(kind, data):
    """No type is left out, whatever else it changes, and nobody is known twice."""
    event = data.draw(events([kind]))
    fold, before = fold_for(kind), Incident(id="one", state="on_scene")
    once = fold(before, event, "on_scene")
    people = [one.id for one in fold(once, event, "on_scene").people]
    assert event.person is None or event.person in people
    assert len(people) == len(set(people))
