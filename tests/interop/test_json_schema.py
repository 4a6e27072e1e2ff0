"""What the loader takes, the schema takes; what a person mistypes, an editor marks."""

import datetime as dt
import json
import tomllib
from importlib.resources import files
from pathlib import Path

import jsonschema_rs
import pytest
from click.testing import CliRunner

from coresponder.cli.commands import commands
from coresponder.cli.schema import json_schema
from coresponder.errors import NotFound
from coresponder.interop.file_keys import described_file
from coresponder.interop.json_schema import TYPES, schema_of
from coresponder.program import load_program, shipped_programs
from coresponder.program.own import own_event
from tests.proof.random_programs import draw

PROGRAMS = files("coresponder.programs")
GOLDEN = Path(__file__).parent.parent / "golden"


def read(text):
    """Return TOML as an editor hands it to a schema: days and times are text."""
    return json.loads(json.dumps(tomllib.loads(text), default=dt.date.isoformat))


def problems(schema, value):
    return [str(error) for error in jsonschema_rs.validator_for(schema).iter_errors(value)]


@pytest.mark.parametrize("kind", ["program", "scenarios", "mapping", "roster", "events"])
def test_every_schema_is_one(kind):
    """Of the dialect that it names."""
    schema = json_schema(kind)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema_rs.meta.validate(schema)


@pytest.mark.parametrize("name", shipped_programs())
def test_shipped_programs_and_their_scenarios_have_no_marks(name):
    """In an editor."""
    program = read(PROGRAMS.joinpath(f"{name}.toml").read_text("utf-8"))
    scenarios = read(PROGRAMS.joinpath(f"{name}.scenarios.toml").read_text("utf-8"))
    assert problems(schema_of("program"), program) == []
    assert problems(json_schema("scenarios", name), scenarios) == []


def test_files_with_every_key_have_no_marks():
    """Every key of the reference is known, with every way to write it."""
    assert problems(schema_of("program"), read(described_file("program"))) == []
    for name in ("mapping", "mapping-in-parts", "mapping-in-columns"):
        assert problems(schema_of("mapping"), read(described_file(name))) == []


def test_whatever_the_loader_takes_has_no_marks():
    """Programs drawn at random, with own events and conditions of every kind."""
    validator = jsonschema_rs.validator_for(schema_of("program"))
    for seed in range(100):
        text, _ = draw(seed)
        assert [str(e) for e in validator.iter_errors(read(text))] == [], text


@pytest.mark.parametrize(
    ("line", "mistyped"),
    [
        ('template = "response"', 'template = "respond"'),
        ('enforcement = "WARN"', 'enforcement = "BLOK"'),
        ('authority = "local choice"', 'source = "local choice"'),
        ('model = "primary_co_response"', 'model = "co_response"'),
        ('b = "CheckInHeld"', 'b = "check in held"'),
        ("hours = 40", "hours = -40"),
        ("holidays = [2026-07-03, 2026-12-25]", 'holidays = ["3 July"]'),
        ('where = { kind = "death" }', "where = { kind = { eqals = 1 } }"),
    ],
)
def test_a_mistyped_line_is_marked(line, mistyped):
    """Where the loader would refuse it."""
    text = described_file("program")
    assert text.count(line) >= 1
    schema = schema_of("program")
    changed = read(text.replace(line, mistyped, 1))
    validator = jsonschema_rs.validator_for(schema, validate_formats=True)
    assert list(validator.iter_errors(changed))


@pytest.mark.parametrize(
    "path",
    [
        path
        for path in sorted(GOLDEN.glob("*.json"))
        if path.suffixes[0] == f".v{TYPES[path.name.split('.')[0]].version}"
    ],
    ids=lambda path: path.name,
)
def test_every_event_as_it_is_written_today_fits_its_schema(path):
    """One line for each value of each field; a misspelled field does not fit."""
    validator = jsonschema_rs.validator_for(schema_of(path.name.split(".")[0]))
    for line in path.read_text("utf-8").splitlines():
        assert [str(e) for e in validator.iter_errors(json.loads(line))] == []
        assert list(validator.iter_errors({**json.loads(line), "persn": "x"}))


def test_an_id_that_could_be_a_name_does_not_fit():
    """As `from_dict` refuses it."""
    schema = schema_of("WeaponSeen")
    event = {"at": "2026-03-02T12:00:00Z", "by": "officer-1"}
    assert problems(schema, event) == []
    assert problems(schema, {**event, "by": "two words"}) != []


def test_all_events_are_one_schema_with_a_definition_each():
    """Also those of a program's own."""
    own = own_event("PeerVisited", "fact", (("person", "id"),))
    schema = schema_of("events", events=[own])
    assert {*TYPES, "PeerVisited"} <= set(schema["$defs"])
    assert schema["$defs"]["PeerVisited"]["properties"]["person"]["anyOf"][0]["pattern"]
    assert problems(schema, {"at": "2026-03-02T12:00:00Z", "by": "x", "person": "p-1"}) == []


def test_a_roster_row_says_what_stands_in_each_column():
    """In the words of the reference, without its links."""
    row = schema_of("roster")["items"]
    assert row["required"] == ["id", "role", "joined"]
    assert "](" not in json.dumps(row)
    assert problems(schema_of("roster"), [{"id": "o-1", "rol": "x"}]) != []


def test_what_there_is_no_schema_of_is_named_with_the_nearest():
    """A kind, or an event type."""
    with pytest.raises(NotFound, match="did you mean 'Screened'"):
        schema_of("Screend")
    with pytest.raises(NotFound, match="did you mean 'program'"):
        schema_of("progam")


def test_the_command_prints_a_schema_or_the_tables():
    """Not both."""
    call = CliRunner().invoke
    printed = call(commands, ["schema", "--of", "program"])
    assert json.loads(printed.stdout) == schema_of("program")
    assert call(commands, ["schema", "sqlite", "--of", "program"]).exit_code == 2
    assert call(commands, ["schema"]).exit_code == 2
    assert call(commands, ["schema", "sqlite", "--program", "cit"]).exit_code == 2
    own = json.loads(call(commands, ["schema", "--of", "events", "--program", "cit"]).stdout)
    assert {cls.__name__ for cls in load_program("cit").events} <= set(own["$defs"])
