"""The rates of a made-up night, and their sources."""

import json
import re
from collections import Counter
from pathlib import Path

from click.testing import CliRunner

from coresponder.cli.commands import commands
from coresponder.simulation import rates
from coresponder.simulation.endings import ENDINGS, STUDY_EVENTS, compared
from coresponder.simulation.rates import MADE_UP, RATES


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
    """The study's shares are those that it prints; those of the night are what `run` counts for the
    same program and seed; each incident is in one of the four or is named as left out.
    """
    night = json.loads(run("cit", "--incidents", "60", "--format", "json").output)
    options = ("cit", "--incidents", "60", "--describe")
    found = json.loads(run(*options, "--format", "json").output)["endings"]
    published = [f"{100 * one['published']:.1f}" for one in found["shares"]]
    assert published == ["55.0", "26.9", "14.0", "4.1"]
    ways = [one["incidents"] for one in found["shares"]]
    counted = Counter(found["left_out"])
    for one in found["shares"]:
        drawn = {name: night["by_disposition"].get(name, 0) for name in one["counts"]}
        assert sum(drawn.values()) == one["incidents"]
        assert one["night"] == one["incidents"] / sum(ways)
        counted.update(drawn)
    assert +counted == Counter(night["by_disposition"])
    said = run(*options).output
    assert re.search(rf"26\.9 % +[0-9.]+ %  immediate detention \({ways[1]}\)", said)
    assert "are not fitted to the study" in " ".join(said.split())


def test_each_disposition_counts_as_one_ending_at_most():
    """So the shares of the four add up to all, as those of the study do."""
    counts = [one for ending in ENDINGS for one in ending.counts]
    assert len(counts) == len(set(counts))
    assert sum(ending.published for ending in ENDINGS) == STUDY_EVENTS


def test_a_night_without_such_an_ending_has_no_share():
    """Nothing out of nothing is not 0 %."""
    found = compared({"unable_to_locate": 3})
    assert found.share(0) is None
    assert found.left_out == {"unable_to_locate": 3}


def test_describe_refuses_what_it_would_not_use(tmp_path):
    """A store that is named is neither written nor silently left alone."""
    refused = run("--describe", "--store", str(tmp_path / "night.db"))
    assert refused.exit_code == 2
    assert "--describe speaks of a made-up night" in " ".join(refused.output.split())
