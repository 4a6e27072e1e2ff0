"""The rates of a made-up night, and their sources."""

import json
import math
import re
from collections import Counter
from pathlib import Path

import attrs
import pytest
from click.testing import CliRunner

from coresponder import load_program
from coresponder.cli.commands import commands
from coresponder.domain.events import EmergencyHoldPlaced
from coresponder.domain.vocabulary import Disposition, Nature
from coresponder.simulation import rates
from coresponder.simulation.endings import ENDINGS, STUDIED, STUDY_EVENTS, compared
from coresponder.simulation.field import START, Field
from coresponder.simulation.life import Life
from coresponder.simulation.rates import MADE_UP, RATES
from coresponder.simulation.scene import in_a_family
from coresponder.stores.memory import MemoryStore
from coresponder.stores.pages import every
from coresponder.workflow import Workflow


def test_every_rate_says_what_it_is_of_and_where_it_comes_from():
    """A share lies between nothing and all; none is without a source, if only a guess."""
    for one in RATES.values():
        assert 0 < one.value < 1
        assert one.what.startswith("of ")
        assert one.source
    assert {one.source for one in RATES.values()} > {MADE_UP}


def test_every_rate_is_used_and_no_other_number_is():
    """What a night throws dice for has a name here."""
    room = Path(rates.__file__).parent
    code = "".join(path.read_text("utf-8") for path in sorted(room.glob("*.py")))
    assert set(re.findall(r'rate\("([a-z0-9-]+)"\)', code)) == set(RATES)
    assert re.findall(r"(?:chance\(|probability=|random\(\) [<>] )0\.\d+", code) == []


def run(*options):
    return CliRunner().invoke(commands, ["run", *options], catch_exceptions=False)


def test_the_command_prints_each_rate():
    """As text and as JSON."""
    said = run("--describe").output
    assert "17 % of people are 65 or older" in said
    assert all(one.what in said for one in RATES.values())
    found = json.loads(run("--describe", "--format", "json").output)
    assert [one["name"] for one in found["rates"]] == list(RATES)


def test_the_endings_of_a_night_stand_beside_those_of_the_study():
    """The study's shares are those that it prints; those of the night are what happened to the same
    calls; each contact in a crisis is in one of the four or is named as left out.
    """
    options = ("cit", "--incidents", "60", "--describe")
    found = json.loads(run(*options, "--format", "json").output)["endings"]
    published = [f"{100 * one['published']:.1f}" for one in found["shares"]]
    assert published == ["55.0", "26.9", "14.0", "4.1"]
    ended = Counter(
        case.incident.disposition or "none" for case in crises(load_program("cit"), 60, seed=1)
    )
    ways = [one["incidents"] for one in found["shares"]]
    counted = Counter(found["left_out"])
    for one in found["shares"]:
        drawn = {name: ended[name] for name in one["counts"]}
        assert sum(drawn.values()) == one["incidents"]
        assert one["night"] == one["incidents"] / sum(ways)
        counted.update(drawn)
    assert +counted == ended
    said = run(*options).output
    assert re.search(rf"26\.9 % +[0-9.]+ %  immediate detention \({ways[1]}\)", said)
    assert "from the study's shares where an officer is on scene" in " ".join(said.split())


def test_children_are_there_as_often_as_the_study_says():
    """In domestic violence by the study, in a call about a child always, and asked twice the answer
    is the same; what else brings a child is another number.
    """
    field = Field(Workflow(load_program("cit"), MemoryStore(), clock=lambda: START), seed=4)
    lives = [Life(field, f"i{n}", nature=Nature.DOMESTIC_VIOLENCE) for n in range(2_000)]
    there = [in_a_family(life) for life in lives]
    assert there == [in_a_family(life) for life in lives]
    assert sum(there) / len(there) == pytest.approx(RATES["child-in-violence"].value, abs=0.04)
    assert in_a_family(Life(field, "i", nature=Nature.CHILD_EXPOSED_TO_VIOLENCE))
    assert not in_a_family(Life(field, "i", nature=Nature.PSYCHOSIS))


def crises(program, incidents, *, seed):
    """Play a night; yield each case of a nature that the study counts."""
    flow = Workflow(program, MemoryStore(), clock=lambda: START)
    Field(flow, seed=seed).play(incidents)
    for found in every(flow.find):
        case = flow.case(found.incident)
        if case.incident.call and case.incident.call.nature in STUDIED:
            yield case


@pytest.mark.parametrize(
    "name",
    ["cit", "hartford-vt", "foundation", "new-haven-cdcp", "st-louis-mobile-crisis-prevention"],
)
def test_a_crisis_ends_as_in_the_study_where_officers_may_arrest_and_hold(name):
    """Over several nights of nothing but crises, each of the four shares is within what chance
    leaves open (99.9 %), for each program whose crews have an officer.
    """
    program = attrs.evolve(load_program(name), natures=tuple(sorted(STUDIED)))
    played = [case.incident for seed in range(1, 5) for case in crises(program, 100, seed=seed)]
    found = compared((i.call.nature, i.disposition or "none") for i in played)
    n = sum(found.drawn)
    assert n > 150
    for i, ending in enumerate(ENDINGS):
        leeway = 3.29 * math.sqrt(ending.share * (1 - ending.share) / n)
        assert abs(found.share(i) - ending.share) < leeway, ending.what


def test_who_is_held_never_ends_as_having_declined():
    """A person on a hold was taken along, whatever they thought of services."""
    program = attrs.evolve(load_program("cit"), natures=tuple(sorted(STUDIED)))
    held = [
        case
        for seed in (1, 2)
        for case in crises(program, 80, seed=seed)
        if any(isinstance(event, EmergencyHoldPlaced) for event in case.history)
    ]
    assert len(held) > 15
    assert {case.incident.disposition for case in held} == {Disposition.EMERGENCY_HOLD}


def test_a_program_without_officers_says_so():
    """Who may neither arrest nor hold is not blamed for a share of nothing."""
    said = run("denver-star", "--incidents", "20", "--describe").output
    assert "No crew of denver-star@" in said
    assert "No crew" not in run("cit", "--incidents", "20", "--describe").output


def test_each_disposition_counts_as_one_ending_at_most():
    """So the shares of the four add up to all, as those of the study do."""
    counts = [one for ending in ENDINGS for one in ending.counts]
    assert len(counts) == len(set(counts))
    assert sum(ending.published for ending in ENDINGS) == STUDY_EVENTS


def test_a_night_without_such_an_ending_has_no_share():
    """Nothing out of nothing is not 0 %."""
    found = compared(
        [(Nature.OVERDOSE, "unable_to_locate")] * 3 + [(Nature.TRESPASS, "arrested")] * 2
    )
    assert found.share(0) is None
    assert found.left_out == {"unable_to_locate": 3}


def test_describe_refuses_what_it_would_not_use(tmp_path):
    """A store that is named is neither written nor silently left alone."""
    refused = run("--describe", "--store", str(tmp_path / "night.db"))
    assert refused.exit_code == 2
    assert "--describe speaks of a made-up night" in " ".join(refused.output.split())
