"""Words of the agency's own: each counts as a standard value, and a rule may name it."""

import datetime as dt

import pytest

import coresponder as co
from coresponder.domain.vocabulary import Facility, Nature, Need, Technique
from coresponder.program import program_from_definition
from coresponder.program.own_words import nearest_word
from coresponder.proof import check_program
from coresponder.testing import load_scenarios

AT = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)
DEFINITION = {
    "program": {"id": "own", "version": "1"},
    "vocabulary": {
        "nature": {"hoarding": "mental_health_crisis"},
        "need": {"legal aid": "other"},
        "technique": {"grounding": "calm_tone"},
        "facility": {"living room": "crisis_walk_in"},
        "disposition": {"left with peer": "remained_in_community"},
    },
    "policy": [
        {
            "id": "legal-aid-within-a-week",
            "template": "response",
            "a": {"event": "ReferralOffered", "where": {"need": "legal aid"}},
            "b": "FollowUpDone",
            "within": "7 d",
            "enforcement": "WARN",
            "authority": "local choice",
        },
        {
            "id": "no-force-in-hoarding",
            "template": "absence",
            "a": {"event": "ForceUsed", "where": {"incident.call.nature": "hoarding"}},
            "enforcement": "WARN",
            "authority": "local choice",
        },
        {
            "id": "grounding-first",
            "template": "absence",
            "a": {"event": "DeEscalationAttempted", "where": {"techniques": "grounding"}},
            "enforcement": "OBSERVE",
            "authority": "local choice",
        },
    ],
}


def made(**changes):
    return program_from_definition({**DEFINITION, **changes})


def event(program, name, minutes=0, **fields):
    return program.make_event(name, at=AT + dt.timedelta(minutes=minutes), by="d-1", **fields)


def test_an_own_word_counts_as_its_standard_value():
    """The standard value drives, the word is kept beside it; standard words stay as they are."""
    program = made()
    offered = event(program, "ReferralOffered", referral="r-1", person="p", need="legal aid")
    assert (offered.need, [code.code for code in offered.local]) == (Need.OTHER, ["legal aid"])
    tried = event(program, "DeEscalationAttempted", techniques=["grounding", "one_voice"])
    assert tried.techniques == (Technique.CALM_TONE, Technique.ONE_VOICE)
    gone = event(program, "PersonTransported", person="p", facility="living room")
    assert gone.facility is Facility.CRISIS_WALK_IN
    plain = event(program, "ReferralOffered", referral="r-2", person="p", need="housing")
    assert (plain.need, plain.local) == (Need.HOUSING, ())
    value, code = program.standard("facility", "living room")
    assert (value, code.code) == (Facility.CRISIS_WALK_IN, "living room")
    assert type(offered).from_json(offered.to_json()) == offered


def test_a_rule_on_an_own_word_means_only_that_word():
    """Another need that counts as the same standard value is not meant, nor another nature."""
    program = made()
    for nature, word, owed, broken in (
        ("hoarding", "legal aid", 1, {"no-force-in-hoarding"}),
        ("mental_health_crisis", "other", 0, set()),
    ):
        case = program.replay(
            "case-1",
            [
                event(program, "CallReceived", source="911", nature=nature),
                event(program, "ReferralOffered", 5, referral="r", person="p", need=word),
                event(program, "ForceUsed", 6, kind="hands_on"),
            ],
        )
        assert case.incident.call.nature is Nature.MENTAL_HEALTH_CRISIS
        assert len(program.obligations(case, AT)) == owed
        assert {one.policy for one in case.violations} == broken


def test_the_proof_knows_an_own_word():
    """Each rule on one is found to be possible to break, by a story in which the word is recorded."""
    proof = check_program(made())
    assert proof.undetermined == ()
    assert all(policy.triggered for policy in proof.policies)
    stories = {policy.id: str(policy.story) for policy in proof.policies}
    assert "hoarding" in stories["no-force-in-hoarding"]
    assert "legal aid" in stories["legal-aid-within-a-week"]


@pytest.mark.parametrize(
    ("vocabulary", "said"),
    [
        ({"need": {"legal aid": "othr"}}, "[vocabulary.need] 'legal aid': there is no need 'othr'; did you mean 'other'"),
        ({"need": {"housing": "other"}}, "it is a standard need already; leave it out"),
        ({"needs": {"x": "other"}}, "'needs' is not a vocabulary; did you mean 'need'"),
        ({"training": {"x": "cit"}}, "courses of your own are [[training]]"),
        ({"role": {"x": "clinician"}}, "the roles are those of the library"),
        ({"need": {"two\nlines": "other"}}, "it is not a code"),
    ],
)  # fmt: skip
def test_a_word_that_cannot_be_is_refused(vocabulary, said):
    """With what to write in its place."""
    with pytest.raises(co.InvalidProgram) as caught:
        made(vocabulary=vocabulary, policy=[])
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("atom", "said"),
    [
        ({"event": "ReferralOffered", "where": {"need": "legal ade"}}, "need is never 'legal ade'"),
        ({"event": "ReferralOffered", "where": {"need": ["legal aid", "food"]}}, "an own word must stand alone: write need = one word"),
        ({"event": "ReferralOffered", "where": {"need": {"ne": "legal aid"}}}, "an own word must stand alone"),
        ({"event": "IncidentClosed", "where": {"incident.disposition": "left with peer"}}, "the incident keeps only the standard disposition"),
        ({"event": "IncidentClosed", "where": {"incident.scene.techniques": "grounding"}}, "the incident keeps only the standard technique"),
    ],
)  # fmt: skip
def test_a_condition_that_cannot_be_is_refused(atom, said):
    """An own word in a list, in another operator, or of a field that keeps none."""
    rule = {"id": "r", "template": "absence", "a": atom, "authority": "local choice"}
    with pytest.raises(co.InvalidProgram) as caught:
        made(policy=[rule])
    assert said in str(caught.value)


def test_two_own_words_do_not_stand_in_one_atom():
    """Both would be read of one list."""
    words = {"nature": {"hoarding": "other"}, "source": {"chat": "988"}}
    atom = {"event": "CallReceived", "where": {"nature": "hoarding", "source": "chat"}}
    rule = {"id": "r", "template": "absence", "a": atom, "authority": "local choice"}
    with pytest.raises(co.InvalidProgram, match="only one own word can stand"):
        made(vocabulary=words, policy=[rule])


def test_an_unknown_word_is_refused_with_the_nearest():
    """An own word that is not there, and one of a vocabulary that has none."""
    with pytest.raises(co.InvalidProgram, match="did you mean 'legal aid'"):
        made().standard("need", "legal aide")
    with pytest.raises(co.InvalidEvent, match="did you mean 'ReferralOffered'"):
        made().make_event("ReferralOfferd")


def test_a_program_that_was_kept_before_reads_on():
    """What was `local_codes` is `vocabulary` now."""
    kept = {key: value for key, value in DEFINITION.items() if key != "vocabulary"}
    old = {**kept, "policy": [], "local_codes": {"nature": {"10-96": "psychosis"}}}
    assert program_from_definition(old).own_words == {"nature": {"10-96": "psychosis"}}


def test_a_scenario_is_written_in_own_words(tmp_path):
    """As the call, and in a step."""
    file = tmp_path / "own.scenarios.toml"
    file.write_text(
        "begins = 2026-03-02T12:00:00\n[[scenario]]\ntitle = 'own words'\ncall = 'hoarding'\nsteps = [\n"
        "{ at = '+5 min', ReferralOffered = { referral = 'r', person = 'p', need = 'legal aid' } },\n]\n"
    )
    (story,) = load_scenarios(file, made())
    call, offered = (step.event for step in story.steps)
    assert (call.nature, call.local[0].code) == (Nature.MENTAL_HEALTH_CRISIS, "hoarding")
    assert offered.local[0].code == "legal aid"


def test_incidents_are_listed_by_the_standard_word():
    """An own word is answered with the word that it counts as, and an unknown one with the nearest,
    instead of an empty list.
    """
    flow = co.Workflow(made(), co.MemoryStore())
    call = flow.program.make_event(
        "CallReceived", at="2026-03-02T12:00:00Z", by="d", source="911", nature="hoarding"
    )
    flow.receive(call, incident="one")
    for listed in (flow.find, flow.due):
        listed(nature="mental_health_crisis")
        with pytest.raises(co.NotFound, match="'hoarding' counts as 'mental_health_crisis'"):
            listed(nature="hoarding")
        with pytest.raises(co.NotFound, match="did you mean 'psychosis'"):
            listed(nature="psycosis")
    assert [one.incident for one in flow.find(nature="mental_health_crisis")] == ["one"]


def test_a_hint_knows_the_agencys_words():
    """A misspelled word of the agency is told with it; a field without own words gives no hint."""
    words = {"nature": {"10-96": "psychosis"}}
    assert "'10-96'" in (nearest_word(words, "nature", "10-69") or "")
    assert nearest_word(words, "disposition", "arest") is None
