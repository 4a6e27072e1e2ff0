"""The feed as an AsyncAPI document: it keeps the specification, and what the feed gives keeps it."""

import functools
import json
from pathlib import Path

import jsonschema_rs
import pytest
from click.testing import CliRunner

from coresponder.cli.commands import commands
from coresponder.interop.asyncapi import feed_document
from coresponder.interop.json_schema import TYPES
from coresponder.program import load_program
from coresponder.stores.sql import SqlStore
from coresponder.workflow import Workflow

SPECIFICATION = json.loads(Path(__file__).with_name("asyncapi.v3.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def document():
    return feed_document(TYPES)


@pytest.fixture(scope="module")
def marks(document):
    """Return what does not fit, for an event in its envelope. A validator is made once for a type."""

    @functools.cache
    def validator(name):
        schema = {
            "$ref": f"#/components/messages/{name}/payload",
            "components": document["components"],
        }
        return jsonschema_rs.validator_for(schema)

    def of(event):
        name = event["type"].removeprefix("coresponder.event.")
        return [str(error) for error in validator(name).iter_errors(event)]

    return of


def test_the_document_keeps_the_specification(document):
    """It is valid by the published schema of AsyncAPI 3.0.0; a document with a mistake is not."""
    by = jsonschema_rs.validator_for(SPECIFICATION)
    assert [str(error) for error in by.iter_errors(document)] == []
    assert not by.is_valid({**document, "operations": {"publishEvent": {"action": "publish"}}})


def test_every_reference_leads_somewhere(document):
    """Each `$ref` is in the document."""

    def references(value):
        if isinstance(value, dict):
            yield from ([value["$ref"]] if isinstance(value.get("$ref"), str) else [])
            for one in value.values():
                yield from references(one)
        elif isinstance(value, list):
            for one in value:
                yield from references(one)

    found = set(references(document))
    assert len(found) > len(TYPES)
    for reference in found:
        there = document
        for key in reference.removeprefix("#/").split("/"):
            there = there[key]


def test_what_the_feed_gives_keeps_the_document(marks, tmp_path):
    """Each event of a made-up night fits its message, and a changed one does not."""
    path, kinds = str(tmp_path / "night.db"), set()
    made = ["run", "cit", "--incidents", "60", "--seed", "3", "--store", path]
    assert CliRunner().invoke(commands, made).exit_code == 0
    with SqlStore.open(path) as store:
        work = Workflow(load_program("cit"), store)
        for event in (*work.feed(limit=100_000), *work.roster.desk.feed(limit=100_000)):
            said = json.loads(event.to_json())
            assert marks(said) == []
            kinds.add(event.type)
    assert len(kinds) > 30
    assert marks({**said, "sequence": "7"}) != []
    assert marks({**said, "data": {**said["data"], "by": "Jane Doe"}}) != []


def test_a_program_s_own_events_are_in_its_document():
    """`coresponder schema --of feed --program` has a message for each."""
    printed = CliRunner().invoke(commands, ["schema", "--of", "feed", "--program", "cit"])
    messages = json.loads(printed.stdout)["components"]["messages"]
    assert {cls.__name__ for cls in load_program("cit").events} <= set(messages)
    assert set(TYPES) <= set(messages)
