"""A program as TOML: what it may say, and what the error says when it may not."""

import json

import pytest

from coresponder.domain.vocabulary import Nature
from coresponder.errors import InvalidProgram, NotFound
from coresponder.program import load_program, program_from_definition, shipped_programs
from tests.conftest import at
from tests.program.test_advance import received

HEAD = '[program]\nid = "mine"\nversion = "1"\n'
TIER = '[[tier]]\nid = "t"\nmodel = "telehealth"\nseats = [{ role = "clinician" }]\n'
RULE = '[[policy]]\nid = "rule"\ntemplate = "existence"\na = "WeaponSeen"\nauthority = "x"\n'


def load(tmp_path, text, encoding="utf-8"):
    file = tmp_path / "mine.toml"
    file.write_bytes(text.encode(encoding))
    return load_program(file)


def test_six_programs_are_shipped_and_each_policy_has_an_authority():
    """They differ where the real ones differ."""
    assert shipped_programs() == (
        "cit",
        "denver-star",
        "foundation",
        "hartford-vt",
        "new-haven-cdcp",
        "st-louis-mobile-crisis-prevention",
    )
    programs = [load_program(name) for name in shipped_programs()]
    assert all(policy.authority for program in programs for policy in program.policies)
    assert len({program.tiers for program in programs}) == 6
    assert len({program.natures for program in programs}) >= 3


def test_what_a_file_adds(tmp_path):
    """Own events with typed fields, own states and edges, local codes, a calendar, notices."""
    program = load(
        tmp_path,
        HEAD
        + '[calendar]\ntime_zone = "America/New_York"\nholidays = [2026-12-25]\n'
        + '[[event]]\nname = "DroneSent"\nkind = "decision"\n'
        + 'fields = { pilot = "id", make = "code", height = "integer", speed = "number", night = "boolean", back = "time" }\n'
        + '[[event]]\nname = "DroneBack"\nkind = "fact"\n'
        + '[lifecycle]\nstates = ["watched"]\nadd = [{ event = "DroneSent", source = ["triaged", "received"], target = "watched" },\n'
        + '{ event = "DroneBack", source = "watched", target = "triaged" }]\nforbid = [{ event = "IncidentCancelled", source = "received", target = "cancelled" }]\n'
        + '[[policy]]\nid = "low"\ntemplate = "absence"\na = { event = "DroneSent", where = { height = { gt = 100 } } }\nenforcement = "BLOCK"\nauthority = "x"\n'
        + '[[policy]]\nid = "back"\ntemplate = "response"\na = ["DroneSent"]\nb = "DroneBack"\nwithin = "end of next business day"\nauthority = "x"\n'
        + '[[notice]]\nto = "supervisor"\non = "DroneSent"\n'
        + '[vocabulary.nature]\n"10-96" = "psychosis"\n'
        + TIER,
    )
    sent = program.event_type("DroneSent")
    case = program.advance(program.open("one"), received()).case
    event = sent(
        at=at(1), by="x", pilot="pilot-1", make="a", height=50, speed=1.5, night=True, back=at(3)
    )
    assert type(event).from_json(event.to_json()) == event
    step = program.advance(case, event)
    assert step.case.state == "watched"
    assert [n.to for n in step.notices] == ["supervisor"]
    assert not program.advance(case, sent(at=at(1), by="x", height=200)).accepted
    assert program.own_words["nature"]["10-96"] == "psychosis"
    assert program.lifecycle.target("IncidentCancelled", "received") is None
    again = program_from_definition(program.definition)
    assert (again.tiers, again.policies, again.calendar, again.lifecycle.edges) == (
        program.tiers,
        program.policies,
        program.calendar,
        program.lifecycle.edges,
    )


def test_a_local_code_is_mapped_and_comes_back_out():
    """The standard value drives, the local code is kept beside it."""
    definition = {
        "program": {"id": "mine", "version": "1"},
        "vocabulary": {"nature": {"10-96": "psychosis"}},
    }
    program = program_from_definition(definition)
    nature, local = program.standard("nature", "10-96")
    assert nature is Nature.PSYCHOSIS
    assert (local.field, local.code) == ("nature", "10-96")
    with pytest.raises(InvalidProgram, match="did you mean '10-96'"):
        program.standard("nature", "10-95")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[program\nid = 1", "this is not TOML"),
        ("", r"\[program\], program: it is required"),
        ('[program]\nid = "mine"\n', r"\[program\], version: it is required"),
        ('[program]\nid = "my city"\nversion = "1"\n', "use letters, digits"),
        ('[program]\nid = "mine"\nversion = 1\n', "must be text in quotes"),
        (HEAD + 'titel = "x"\n', "there is no key 'titel'; did you mean 'title'"),
        (HEAD + "[calender]\n", "there is no key 'calender'; did you mean 'calendar'"),
        (HEAD + '[calendar]\ntime_zone = "Mars"\n', "write it like 'America/New_York'"),
        (HEAD + RULE.replace("template", "tmplate"), r"\[\[policy\]\] 'rule'.*(template: it is required|there is no key 'tmplate'; did you mean 'template')"),
        (HEAD + RULE.replace('"WeaponSeen"', '{ events = "WeaponSeen" }'), "there is no key 'a.events'; did you mean 'event'"),
        (HEAD + RULE.replace("existence", "existance"), "did you mean 'existence'"),
        (HEAD + RULE.replace("WeaponSeen", "WeponSeen"), r"mine.toml: line 7, \[\[policy\]\] 'rule', a: there is no event 'WeponSeen'; did you mean 'WeaponSeen'"),
        (HEAD + RULE + 'enforcement = "STOP"\n', "enforcement = 'STOP': known: BLOCK, OBSERVE, WARN"),
        (HEAD + RULE + RULE, "2 policies have this id"),
        (HEAD + RULE.replace('authority = "x"\n', ""), "authority: it is required"),
        (HEAD + TIER.replace('"clinician"', '"clinican"'), "did you mean 'clinician'"),
        (HEAD + TIER.replace("seats = [{ role", "seats = [{ rule"), "there is no key 'seats.0.rule'; did you mean 'role'"),
        (HEAD + TIER.replace('[{ role = "clinician" }]', "[]"), "seats"),
        (HEAD + TIER + TIER, "two tiers have this id"),
        (HEAD + '[[notice]]\nto = "supervisor"\non = "violaton"\n', "did you mean 'violation'"),
        (HEAD + '[[notice]]\nto = "supervisor"\non = "violation"\npolicies = ["x"]\n', "there is no policy 'x'"),
        (HEAD + '[[event]]\nname = "WeaponSeen"\nkind = "fact"\n', "already an event of the library"),
        (HEAD + '[[event]]\nname = "DroneSent"\nkind = "deed"\n', "known: decision, fact"),
        (HEAD + '[lifecycle]\nadd = [{ event = "SceneCleard", source = "new", target = "new" }]\n', "did you mean 'SceneCleared'"),
        (HEAD + '[lifecycle]\nstates = ["lost"]\n', "cannot be reached"),
        (HEAD + '[lifecycle]\nadd = [{ evnt = "SceneCleared", source = "new", target = "new" }]\n', "did you mean 'event'"),
        (HEAD + '[vocabulary.natur]\n"a" = "b"\n', "did you mean 'nature'"),
        (HEAD + '[vocabulary.nature]\n"10-96" = "psycosis"\n', "did you mean 'psychosis'"),
        (HEAD + '[[policy]]\nid = "rule"\ntemplate = "not_succession"\na = "WeaponSeen"\nb = "SceneCleared"\nauthority = "x"\nenforcement = "BLOCK"\n', "BLOCK cannot stop a fact"),
        (HEAD + 'x = 5\n[[policy]]\ntemplate = "existence"\n', "number 1"),
        (HEAD + "policy = 5\n", "policy"),
    ],
)  # fmt: skip
def test_a_bad_file_says_file_table_key_and_cure(tmp_path, text, said):
    """Read aloud, it says what to do."""
    with pytest.raises(InvalidProgram, match=said) as caught:
        load(tmp_path, text)
    assert "mine.toml: " in str(caught.value)


def test_a_file_that_is_not_there_or_not_text(tmp_path):
    """A misspelt shipped name gets the nearest."""
    with pytest.raises(NotFound, match="did you mean 'hartford-vt'"):
        load_program("hartford-v")
    for nothing in (None, [], "cit", 7):
        with pytest.raises(InvalidProgram, match="a program is a table of keys"):
            program_from_definition(nothing)
    with pytest.raises(InvalidProgram, match="not UTF-8"):
        load(tmp_path, HEAD + "# caf\xe9\n", "latin-1")


def test_a_definition_of_an_earlier_schema_reads_on():
    """What a rule rests on is its `authority`; a kept definition that calls it `source` is read as
    the same program, and a file that calls it so is told today's name.
    """
    today = load_program("cit")
    earlier = json.loads(json.dumps(today.definition).replace('"authority":', '"source":'))
    assert earlier != today.definition
    assert program_from_definition(earlier) == today
