"""The rates of a made-up night, and their sources."""

import json
import re
from pathlib import Path

from click.testing import CliRunner

from coresponder.cli.commands import commands
from coresponder.simulation import rates
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


def test_the_command_prints_each_rate():
    """As text and as JSON; no night is played."""
    said = CliRunner().invoke(commands, ["run", "--describe"], catch_exceptions=False).output
    assert "17 % of people are 65 or older" in said
    assert all(one.what in said for one in RATES.values())
    found = json.loads(
        CliRunner().invoke(commands, ["run", "--describe", "--format", "json"]).output
    )
    assert [one["name"] for one in found] == list(RATES)
