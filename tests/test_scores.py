"""The score of a survey is on its scale, at every door through which an answer comes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coresponder import InvalidEvent, MemoryStore, Override, Program, Workflow, load_program
from coresponder.domain import events as e
from coresponder.domain.scores import SCORES, score_fault
from coresponder.domain.vocabulary import SurveyScale
from coresponder.policy.atoms import Atom
from coresponder.policy.policy import Enforcement, Policy
from coresponder.proof.check import check_program
from coresponder.proof.scales import on_scale
from coresponder.stores.codec import Stored, decode, encode
from coresponder.testing.strategies import NOON as AT
from coresponder.testing.strategies import records

CIT = load_program("cit")
CALL = e.CallReceived(at=AT, by="dispatcher-1", source="911", nature="psychosis")


def answered(score, scale=SurveyScale.CSQ_8):
    """Return an answered survey."""
    return e.SurveyAnswered(at=AT, by="peer-1", person="p-1", scale=scale, score=score)


def workflow():
    """Run CIT in memory."""
    return Workflow(CIT, MemoryStore(), clock=lambda: AT)


@pytest.mark.parametrize(("scale", "ends"), SCORES.items())
def test_both_ends_of_a_scale_are_on_it_and_the_next_numbers_are_not(scale, ends):
    """CSQ-8 is 8 to 32, CSQ-4 is 4 to 16, CSQ-3 is 3 to 12."""
    low, high = ends
    items = int(scale.value[-1])
    assert (low, high) == (items, 4 * items)
    assert score_fault(answered(low, scale)) is score_fault(answered(high, scale)) is None
    assert f"goes from {low} to {high}" in score_fault(answered(low - 1, scale))
    assert f"score {high + 1}" in score_fault(answered(high + 1, scale))


def test_a_scale_of_ones_own_has_any_score():
    """Only the agency knows what its questionnaire adds up to."""
    assert score_fault(answered(0, SurveyScale.LOCAL)) is None
    assert score_fault(answered(400, SurveyScale.LOCAL)) is None


def test_a_workflow_records_no_score_off_its_scale_not_even_by_override():
    """A wrong number is a mistake and no decision, so nobody overrides it; nothing is written."""
    flow = workflow()
    flow.receive(CALL, incident="7")
    late = Override(by="sergeant-1", reason="imminent_danger")
    for override in (None, late):
        with pytest.raises(InvalidEvent, match=r"score 33 .* csq_8 goes from 8 to 32.*nothing was"):
            flow.record("7", answered(33), override=override)
    assert flow.case("7").version == 1
    flow.record("7", answered(32))
    assert flow.case("7").version == 2


def test_a_request_that_was_recorded_before_the_check_still_has_its_answer():
    """A host that repeats a request gets the step that was written, whatever is checked today."""
    flow, wrong = workflow(), answered(40, SurveyScale.LOCAL)
    flow.receive(CALL, incident="7")
    flow.record("7", wrong, request="rms-1")
    scores = {**SCORES, SurveyScale.LOCAL: (0, 10)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("coresponder.domain.scores.SCORES", scores)
        assert flow.record("7", wrong, request="rms-1").case.version == 2
        with pytest.raises(InvalidEvent, match="score 40"):
            flow.record("7", wrong, request="rms-2")


def test_a_stored_score_off_its_scale_is_read_as_it_is():
    """What an earlier version wrote is the record; the event and the pure program take it."""
    kind, version, body = encode(answered(3))
    row = Stored(2, kind, version, "", "", body, "")
    assert decode(row, CIT.vocabulary) == answered(3)
    case = CIT.replay("7", [CALL, answered(3)])
    assert case.version == 2


def test_a_history_from_elsewhere_is_refused_unless_its_wrong_score_is_void():
    """An import says what is wrong; a mistake that was marked as one stays in the record."""
    with pytest.raises(InvalidEvent, match="score 3 of SurveyAnswered"):
        workflow().replay("7", [CALL, answered(3)])
    void = e.EnteredInError(at=AT, by="peer-1", event=2, reason="did_not_happen")
    assert workflow().replay("7", [CALL, answered(3), void]).version == 3


@given(records(e.SurveyAnswered))
def test_a_drawn_answer_is_on_its_scale(event):
    """A strategy draws nothing that a workflow refuses."""
    assert score_fault(event) is None


@given(
    st.sampled_from(SurveyScale),
    st.integers(0, 40),
    st.sets(st.integers(0, 40), max_size=3),
    st.sets(st.sampled_from(SurveyScale), max_size=2),
)
def test_what_a_proof_tries_can_be_recorded_and_is_answered_alike(scale, score, named, scales):
    """It leaves out an answer only if no score of any scale gives the conditions the same answers."""
    tests = {
        "score": [lambda seen, n=n: seen < n for n in named] + [lambda seen: seen in named],
        "scale": [lambda seen, s=s: seen == s for s in scales],
    }

    def answers(one):
        return [test(getattr(one, field)) for field in tests for test in tests[field]]

    def possible():
        for other in SurveyScale:
            low, high = SCORES.get(other, (score, score))
            yield from (answered(number, other) for number in range(low, high + 1))

    event = answered(score, scale)
    found = on_scale(event, lambda field: tests[field])
    alike = [one for one in possible() if answers(one) == answers(event)]
    assert (found is None) == (not alike)
    if found is not None:
        assert score_fault(found) is None
        assert answers(found) == answers(event)


def test_a_rule_on_a_low_score_is_proved_with_scores_of_the_scale():
    """The story of a proof is played by the workflow, so its score is one that can be recorded."""
    rule = Policy(
        id="unhappy-called-back",
        template="response",
        a=Atom(events="SurveyAnswered", where={"score": {"lt": 40}}),
        b=Atom(events="FollowUpScheduled"),
        within="7 d",
        enforcement=Enforcement.WARN,
    )
    (found,) = check_program(Program(id="asks", policies=(rule,))).policies
    assert found.triggered
    assert [line.details["score"] for line in found.story if line.event == "SurveyAnswered"] == [8]
