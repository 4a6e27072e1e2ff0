"""The snapshot: what it sees, how it is kept, and what a change of behavior is called."""

import json

import attrs
import pytest

from coresponder.errors import UnreadableFile
from coresponder.program import load_program
from coresponder.testing import load_snapshot, policy_suite, save_snapshot, snapshot_changes, snapshot_of
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
    return attrs.evolve(program, policies=[attrs.evolve(p, **fields) if p.id == id else p for p in program.policies])


def test_a_snapshot_goes_through_its_file_and_is_small(program, path):
    """What was read says what was seen; a program of 15 rules takes less than a tenth of a megabyte, and a new one less than a tenth of 310 KB."""
    assert list(snapshot_changes(program, load_snapshot(path, program))) == []
    assert path.stat().st_size < 100_000


def test_a_change_is_said_in_words_and_grouped_by_rule(program, path):
    """A bound that is shorter is named where it is seen: which rule, after what, what was and what is."""
    stricter = changed(program, "referral-answered", within="1 h")
    said = list(say_changes(snapshot_changes(stricter, load_snapshot(path, stricter))))
    assert said[0] == "referral-answered:"
    assert said[1] == (
        "  at the beginning, referral sent (referral referral-1, person person-1) (and 10 more like it): "
        "was: noted, brings owed for referral-1 by +3 d 2 min; is: noted, brings owed for referral-1 by +1 h 2 min"
    )
    assert said[-1].startswith("  and ")
    assert [line for line in said if not line.startswith(" ")] == ["referral-answered:"]


def test_the_suite_fails_with_what_changed(program, path):
    """And with how to accept it."""
    suite = policy_suite(changed(program, "child-asked-about", per=None), snapshot=path)()
    with pytest.raises(AssertionError, match=r"(?s)--snapshot snapshot.json --update.*child-asked-about:"):
        suite.test_the_program_does_what_its_snapshot_says()


def test_a_rule_that_is_gone_or_new_is_named(program, path):
    """Both ways."""
    fewer = attrs.evolve(program, policies=program.policies[1:])
    assert [str(c.text) for c in snapshot_changes(fewer, load_snapshot(path, fewer))] == ["the rule is gone; it was BLOCK"]
    more = attrs.evolve(program, policies=[*program.policies, attrs.evolve(program.policies[0], id="more")])
    assert [c.about for c in snapshot_changes(more, load_snapshot(path, more))] == ["more"]


def test_an_event_that_a_program_lost_is_named(tmp_path):
    """A story with an event type that is gone says so instead of stopping."""
    with_own = load_program("examples/my-city.toml")
    save_snapshot(tmp_path / "s.json", snapshot_of(with_own))
    without = attrs.evolve(with_own, events=(), policies=[p for p in with_own.policies if p.id != "peer-visits"])
    texts = [f"{c.about}: {c.text}" for c in snapshot_changes(without, load_snapshot(tmp_path / "s.json", without))]
    assert any(text.startswith("own events: PeerVisited: was fact") for text in texts)


def test_a_file_that_is_none_is_a_clear_error(program, tmp_path):
    """It says how to write one."""
    with pytest.raises(UnreadableFile, match="there is no snapshot; write it with"):
        load_snapshot(tmp_path / "none.json", program)
    for text in ("{}]", "[]", json.dumps({"format": 99})):
        (tmp_path / "s.json").write_text(text)
        with pytest.raises(UnreadableFile, match="this is not a snapshot"):
            load_snapshot(tmp_path / "s.json", program)
