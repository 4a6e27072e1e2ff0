"""The snapshot: what it sees, how it is kept, and what a change of behavior is called."""

import copy
import datetime as dt
import json

import attrs
import pytest

from coresponder.errors import UnreadableFile
from coresponder.policy.policy import Enforcement
from coresponder.program import load_program, program_from_definition
from coresponder.testing import (
    load_snapshot,
    policy_suite,
    save_snapshot,
    snapshot_changes,
    snapshot_of,
)
from coresponder.testing.snapshot import say_changes

NAME = "st-louis-mobile-crisis-prevention"


@pytest.fixture(scope="module")
def program():
    return load_program(NAME)


@pytest.fixture(scope="module")
def path(program, tmp_path_factory):
    path = tmp_path_factory.mktemp("kept") / "snapshot.json"
    save_snapshot(path, snapshot_of(program))
    return path


def changed(program, id, **fields):
    return attrs.evolve(
        program, policies=[attrs.evolve(p, **fields) if p.id == id else p for p in program.policies]
    )


def test_a_snapshot_goes_through_its_file_and_is_small(program, path):
    """What was read says what was seen, also where a field is false that is true by default; a
    rule takes less than six kilobytes.
    """
    assert list(snapshot_changes(program, load_snapshot(path, program))) == []
    assert path.stat().st_size < 6_000 * len(program.policies)


def test_a_changed_rule_on_responders_is_seen(program, path):
    """What a rule forbids in a responder's stream is played like what one forbids in an incident;
    a rule that is new or gone is said.
    """
    id = "volunteer-vetted-before-shift"
    softer = changed(program, id, enforcement=Enforcement.WARN)
    said = list(say_changes(snapshot_changes(softer, load_snapshot(path, softer))))
    assert said[:2] == [f"{id}:", "  it was BLOCK and is WARN"]
    without = attrs.evolve(program, policies=[p for p in program.policies if p.on == "incident"])
    said = list(say_changes(snapshot_changes(without, load_snapshot(path, without))))
    assert "  the rule is gone; it was BLOCK" in said
    kept = attrs.evolve(load_snapshot(path, program), of_responders=None)
    said = list(say_changes(snapshot_changes(program, kept)))
    assert said[:2] == [f"{id}:", "  the rule is new (BLOCK); once accepted, it is compared too"]


def test_a_change_is_said_in_words_and_grouped_by_rule(program, path):
    """A bound that is shorter is named where it is seen: which rule, after what, what was and what
    is.
    """
    stricter = changed(program, "referral-answered", within="1 h")
    said = list(say_changes(snapshot_changes(stricter, load_snapshot(path, stricter))))
    assert said[0] == "referral-answered:"
    assert said[1] == (
        "  at the beginning, referral sent (referral referral-1, person person-1) (and 35 more like it): "
        "was: noted, brings owed for referral-1 by +3 d 1 min 14 s; is: noted, brings owed for referral-1 by +1 h 1 min 14 s"
    )
    assert said[-1].startswith("  and ")
    assert [line for line in said if not line.startswith(" ")] == ["referral-answered:"]


def test_the_suite_fails_with_what_changed(program, path):
    """And with how to accept it."""
    suite = policy_suite(changed(program, "child-asked-about", per=None), snapshot=path)()
    with pytest.raises(
        AssertionError, match=r"(?s)--snapshot snapshot.json --update.*child-asked-about:"
    ):
        suite.test_the_program_does_what_its_snapshot_says()


def test_a_rule_that_is_gone_or_new_is_named(program, path):
    """Both ways."""
    fewer = attrs.evolve(program, policies=program.policies[1:])
    assert [str(c.text) for c in snapshot_changes(fewer, load_snapshot(path, fewer))] == [
        "the rule is gone; it was BLOCK"
    ]
    more = attrs.evolve(
        program, policies=[*program.policies, attrs.evolve(program.policies[0], id="more")]
    )
    assert [c.about for c in snapshot_changes(more, load_snapshot(path, more))] == ["more"]


def test_an_event_that_a_program_lost_is_named(tmp_path):
    """A story with an event type that is gone says so instead of stopping."""
    with_own = load_program("examples/my-city.toml")
    save_snapshot(tmp_path / "s.json", snapshot_of(with_own))
    without = attrs.evolve(
        with_own, events=(), policies=[p for p in with_own.policies if p.id != "peer-visits"]
    )
    texts = [
        f"{c.about}: {c.text}"
        for c in snapshot_changes(without, load_snapshot(tmp_path / "s.json", without))
    ]
    assert any(text.startswith("own events: PeerVisited: was fact") for text in texts)


def test_a_file_that_is_none_is_a_clear_error(program, tmp_path):
    """It says how to write one."""
    with pytest.raises(UnreadableFile, match="there is no snapshot; write it with"):
        load_snapshot(tmp_path / "none.json", program)
    for text in ("{}]", "[]", json.dumps({"format": 99})):
        (tmp_path / "s.json").write_text(text)
        with pytest.raises(UnreadableFile, match="this is not a snapshot"):
            load_snapshot(tmp_path / "s.json", program)


CITY = {
    "program": {"id": "city", "version": "1"},
    "calendar": {"holidays": [dt.date(2026, 12, 25)]},
    "tier": [{"id": "officer", "model": "police_response", "seats": [{"role": "patrol_officer"}]}],
    "policy": [
        {
            "id": "school-told", "template": "response", "a": {"event": "PersonInvolved", "where": {"age_group": "child"}},
            "b": "SchoolNotified", "per": "person", "within": "2 business days", "enforcement": "WARN", "authority": "local choice",
        },
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda city: city["policy"][0]["a"]["where"].update({"incident.call.nature": {"ne": "overdose"}}),
            (
                "school-told: it looked at: age group; it looks at: age group and the incident's call nature is not overdose; "
                "no story that was tried tells them apart"
            ),
        ),
        (lambda city: city["calendar"]["holidays"].append(dt.date(2028, 7, 4)), "holidays: 2028-07-04: was nothing, is closed"),
        (lambda city: city["tier"][0].update(model="cit_response"), "models: officer: was police_response, is cit_response"),
        (lambda city: city["program"].update(plausible={"lead": "3 d"}), "what is doubtful: lead: was 7 d, is 3 d"),
        (lambda city: city["program"].update(own_numbers=["999-999-9999"]), "own numbers: 999-999-9999: was nothing, is taken"),
    ],
)  # fmt: skip
def test_what_no_story_shows_is_named_as_it_is_written(tmp_path, change, said):
    """A condition on what every story has alike, a holiday after the days that are tried, a model
    and a limit of time do not go unnoticed.
    """
    before, path = program_from_definition(CITY), tmp_path / "city.json"
    save_snapshot(path, snapshot_of(before))
    city = copy.deepcopy(CITY)
    change(city)
    after = program_from_definition(city)
    assert list(snapshot_changes(before, load_snapshot(path, before))) == []
    assert [
        f"{one.about}: {one.text}" for one in snapshot_changes(after, load_snapshot(path, after))
    ] == [said]
    older = json.loads(path.read_text())
    for table in (
        "models",
        "what is doubtful",
        "own numbers",
        "holidays",
        "what the rules look at",
    ):
        del older["tables"][table]
    path.write_text(json.dumps(older))
    assert (
        list(snapshot_changes(after, load_snapshot(path, after))) == []
    )  # a file that does not know of it is still read
