"""What the loader takes, the schema takes; what a person mistypes, an editor marks."""

import copy
import datetime as dt
import json
import random
import tomllib
from importlib.resources import files
from pathlib import Path

import jsonschema_rs
import pytest
from click.testing import CliRunner
from pydantic import ValidationError

from coresponder.cli.commands import commands
from coresponder.cli.schema import json_schema
from coresponder.errors import InvalidProgram, NotFound
from coresponder.interop.file_keys import described_file
from coresponder.interop.json_schema import TYPES, schema_of
from coresponder.interop.mapping import Mapped
from coresponder.program import load_program, program_from_definition, shipped_programs
from coresponder.program.own import own_event
from coresponder.program.tables import ProgramFile
from coresponder.testing.scenario_tables import File
from tests.proof.random_programs import draw

PROGRAMS = files("coresponder.programs")
GOLDEN = Path(__file__).parent.parent / "golden"


UTC = dt.UTC
VALUES = [
    "x", "", "40", "true", "2026-03-02", "20260302", "2026-02-30", "2026-03-02T12:00:00Z",
    40, -1, 0, 1, 40.0, 40.5, True, False,
    dt.date(2026, 3, 2), dt.datetime(2026, 3, 2, 12), dt.datetime(2026, 3, 2, 12, tzinfo=UTC), dt.time(12),
    [], ["x"], [1], {}, {"a": "x"}, {"a": 1}, [{}], [[]],
]  # fmt: skip
"""A value of each type of TOML, and those that another type could be taken for."""


def read(text):
    """Return TOML as an editor hands it to a schema: days and times are text."""
    return handed(tomllib.loads(text))


def handed(tables):
    return json.loads(json.dumps(tables, default=lambda one: one.isoformat()))


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


def mutants(document, seed):
    """Yield a document with one key missing, or with another value, for each value once at every
    kind of place; `seed` draws one in ten.
    """
    seen, chance = set(), random.Random(seed)
    for way in ways(document):
        if not way or (kind := tuple("*" if isinstance(one, int) else one for one in way)) in seen:
            continue
        seen.add(kind)
        for value in (None, *VALUES):
            if seed is not None and chance.random() > 0.1:
                continue
            changed = copy.deepcopy(document)
            inside = changed
            for one in way[:-1]:
                inside = inside[one]
            if value is None:
                del inside[way[-1]]
            else:
                inside[way[-1]] = value
            yield way, value, changed


def ways(value, way=()):
    yield way
    for key, one in (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    ):  # fmt: skip
        yield from ways(one, (*way, key))


DOCUMENTS = {
    "program": (ProgramFile, ["program"]),
    "mapping": (Mapped, ["mapping", "mapping-in-parts", "mapping-in-columns"]),
    "scenarios": (File, []),
}


@pytest.mark.parametrize("kind", DOCUMENTS)
@pytest.mark.parametrize("seed", [1, pytest.param(None, marks=pytest.mark.slow)])
def test_the_schema_and_the_reader_give_one_verdict(kind, seed):
    """Whatever type of TOML stands at a place: what the schema takes, the reader takes, and what
    the reader takes, the schema takes. Two exceptions: an editor hands a day or a time to the schema
    as text, so a schema cannot tell it from text; and a word that the program gives meaning to is
    judged by the loader.
    """
    model, described = DOCUMENTS[kind]
    texts = map(described_file, described) if described else [SCENARIOS]
    validator = jsonschema_rs.validator_for(json_schema(kind), validate_formats=True)
    count = 0
    for text in texts:
        for way, value, changed in mutants(tomllib.loads(text), seed):
            try:
                model.model_validate(changed)
                taken = True
            except ValidationError:
                taken = False
            marked = not validator.is_valid(handed(changed))
            count += 1
            if not taken:
                no_day = kind == "scenarios" and value == "2026-02-30"  # a pattern cannot tell
                assert marked or no_day or isinstance(value, dt.date | dt.time), (way, value)
            elif marked and kind == "program":
                with pytest.raises(InvalidProgram):
                    program_from_definition(changed, source="x")
            elif marked:
                assert kind == "scenarios" and way[-2:] == ("steps", 0), (way, value)
    assert count > 30


SCENARIOS = """
begins = 2026-03-02T09:00:00
by = "dispatcher-1"
[responders.clinician-1]
role = "clinician"
training = { crisis = 40 }
expires = 2027-01-01
reachable = "in_person"
volunteer = true
languages = ["es"]
vetted = false
[people.child-1]
age_group = "child"
[[scenario]]
title = "one"
about = "about"
begins = 2026-03-02T12:00:00Z
call = "psychosis"
available = ["clinician-1"]
steps = [
    { at = "+5 min", dispatch = true, override = { by = "s-1", reason = "imminent_danger" } },
    { at = 2026-03-02T13:00:00, by = "x", note = "n", out_of_place = false, state = "closed" },
    { refused_by = ["a"], breaks = "b", owes = ["c"], may = "WeaponSeen" },
]
"""


def test_a_number_in_quotes_and_a_word_for_yes_are_refused(tmp_path):
    """The reader and the schema say so, and no `hours = "40"` becomes 40 hours."""
    text = described_file("program")
    for line, wrong, said in (
        ("hours = 40", 'hours = "40"', "it must be a whole number, without quotes"),
        ("look_ahead = true", 'look_ahead = "yes"', "it must be true or false, without quotes"),
        ("holidays = [2026-07-03", "holidays = [20260703", "is not a day"),
    ):
        assert line in text
        file = tmp_path / "wrong.toml"
        file.write_text(text.replace(line, wrong, 1))
        found = CliRunner().invoke(commands, ["show", str(file)])
        assert (found.exit_code, said in found.output) == (2, True), found.output
        assert problems(schema_of("program"), read(file.read_text()))


def test_the_first_line_of_a_new_file_names_a_schema_that_takes_it(tmp_path):
    """As an editor reads it: the path is from the file's folder."""
    made = CliRunner().invoke(commands, ["new", "my-city", "--folder", str(tmp_path)])
    assert made.exit_code == 0
    files = [*tmp_path.glob("*.toml")]
    assert len(files) == 3
    for file in files:
        text = file.read_text()
        schema = json.loads((tmp_path / text.splitlines()[0].removeprefix("#:schema ")).read_text())
        assert problems(schema, read(text)) == []
        assert problems(schema, read("mistyped = 1\n" + text))


def test_a_kind_that_has_no_schema_is_told_with_all_that_have():
    """Each kind that the command prints, and where to find the event types."""
    call = CliRunner().invoke
    said = call(commands, ["schema", "--of", "Nope"]).stderr
    for kind in ("program", "scenarios", "mapping", "roster", "events", "feed", "CallReceived"):
        assert kind in said
        assert call(commands, ["schema", "--of", kind]).exit_code == 0
    assert "did you mean 'scenarios'?" in call(commands, ["schema", "--of", "scenario"]).stderr
