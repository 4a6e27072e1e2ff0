"""Event logs go out as OCEL 2.0 and as Parquet, and come in again as what they were."""

import io
import json
import random

import polars as pl
import pytest
from click.testing import CliRunner

from coresponder.cli.commands import commands
from coresponder.cli.options import open_workflow
from coresponder.domain import events as e
from coresponder.errors import NotFound, UnreadableFile
from coresponder.interop.event_log import History, Logged, NotUsed, histories_of, logged
from coresponder.interop.event_table import read_events, write_events
from coresponder.interop.ocel import read_ocel, write_ocel
from coresponder.program import load_program, shipped_programs
from coresponder.simulation.field import START, Field
from coresponder.stores.memory import MemoryStore
from coresponder.stores.pages import every
from coresponder.stores.sql import SqlStore
from coresponder.workflow import Workflow

FORMATS = {"ocel": "log.json", "events": "log.parquet"}


def night(program, store, incidents=60, seed=3):
    """Play a made-up night."""
    workflow = Workflow(program, store, clock=lambda: START)
    Field(workflow, seed=seed).play(incidents, lambda *_: None)
    return workflow


def cases_of(workflow):
    """Return every case of an agency."""
    return [workflow.case(one.incident) for one in every(workflow.find)]


def written(rows, format, path, vocabulary):
    """Write a log in a format; return how many events it has."""
    if format == "events":
        return write_events(rows, path)
    with path.open("w", encoding="utf-8") as file:
        return write_ocel(rows, file, vocabulary=vocabulary)


def read(format, path, vocabulary):
    """Read a log in a format."""
    return list((read_events if format == "events" else read_ocel)(path, vocabulary))


def run(*arguments):
    """Run a command; return its exit code and what it said."""
    done = CliRunner().invoke(commands, list(map(str, arguments)))
    assert done.exit_code in {0, 1, 2, 3}, done.exception
    return done.exit_code, done.output


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A store on disk, with a night and a roster."""
    file = tmp_path_factory.mktemp("agency") / "agency.db"
    with SqlStore.sqlite(file) as opened:
        night(load_program("cit"), opened)
    return file


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("name", shipped_programs())
def test_what_went_out_comes_in_as_it_was(name, format, tmp_path):
    """Also what came late, is approximate, was overridden or entered in error: in the order in which
    it was recorded.
    """
    program = load_program(name)
    cases = cases_of(night(program, MemoryStore()))
    rows = [row for case in cases for row in logged(case)]
    assert len({row.type for row in rows}) > 40
    path = tmp_path / FORMATS[format]
    assert written(rows, format, path, program.vocabulary) == len(rows)
    found = read(format, path, program.vocabulary)
    assert {one.incident: one.events for one in found} == {
        case.incident.id: tuple(case.recorded()) for case in cases
    }
    replayed = {one.incident: program.replay(one.incident, one.events) for one in found}
    assert replayed == {
        case.incident.id: program.replay(case.incident.id, case.recorded()) for case in cases
    }


@pytest.mark.parametrize(("format", "file"), FORMATS.items())
def test_a_log_is_judged_as_the_store_is(format, file, store, tmp_path):
    """The same verdicts, measures and evidence, in whichever way the events come."""
    log, copy, now = tmp_path / file, tmp_path / "copy.db", ["--now", "2027-01-01T00:00:00Z"]
    code, said = run("export", format, store, "-o", log)
    assert (code, said.split()[-1]) == (0, f"{len(list(rows_of(store))):,}")
    judged = run("audit", "cit", "--store", store, *now, "--format", "json")
    assert judged == run("audit", "cit", "--events", log, *now, "--format", "json")
    incidents = len({row.incident for row in rows_of(store)})
    said = f"incidents recorded: {incidents}, not used: 0\n"
    assert run("import", format, copy, log, "--program", "cit") == (0, said)
    assert judged == run("audit", "cit", "--store", copy, *now, "--format", "json")
    assert run("verify", copy)[0] == 0
    code, said = run("import", format, copy, log, "--format", "json")
    assert code == 1
    assert {one["why"] for one in json.loads(said)["not_used"]} == {"it is in the store already"}
    assert len(json.loads(said)["not_used"]) == incidents >= 60


def rows_of(store):
    """Yield the rows of a store's log."""
    with open_workflow(str(store), "default") as workflow:
        for case in cases_of(workflow):
            yield from logged(case)


def test_a_family_is_several_objects_of_one_incident(tmp_path):
    """An event is related to its incident, its person, its responder; ids that are unique only
    within an incident are told apart.
    """
    program = load_program("new-haven-cdcp")
    cases = cases_of(night(program, MemoryStore()))
    text = io.StringIO()
    write_ocel((row for case in cases for row in logged(case)), text, vocabulary=program.vocabulary)
    log = json.loads(text.getvalue())
    objects = {one["id"]: one["type"] for one in log["objects"]}
    assert len(objects) == len(log["objects"])
    assert {*objects.values()} == {one["name"] for one in log["objectTypes"]}
    types = {one["name"] for one in log["eventTypes"]}
    for event in log["events"]:
        related = [one["objectId"] for one in event["relationships"]]
        assert event["type"] in types
        assert objects.keys() >= {*related}
        assert [one for one in related if objects[one] == "incident"] == [related[0]]
    referrals = {key for key, type in objects.items() if type == "referral"}
    offered = sum(row.type == "ReferralOffered" for case in cases for row in logged(case))
    assert len(referrals) == offered > 20
    team = next(one for one in log["events"] if one["type"] == "TeamDispatched")
    assert {one["qualifier"] for one in team["relationships"]} == {"incident", "member"}


def row(number, event, incident="one"):
    """Return an event as a row."""
    kind = type(event)
    return Logged(incident, number, kind.__name__, kind.version, event.to_json())


CALL = e.CallReceived(at=START, by="dispatcher-1", source="911", nature="psychosis")
CLEARED = e.SceneCleared(at=START, by="unit-1")


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([row(1, CALL), row(3, CLEARED)], "event 2 is not in the log; export the incident whole"),
        ([row(2, CLEARED)], "event 1 is not in the log; export the incident whole"),
        ([row(1, CALL), row(1, CALL)], "event 1 is in the log twice; keep one of the two"),
        ([row(1, CALL)._replace(type="CallRecieved")], "did you mean 'CallReceived'"),
        ([row(1, CALL)._replace(version=99)], "upgrade coresponder to read it"),
        ([row(1, CALL)._replace(body="{")], "it is not JSON); correct it in the log"),
        ([row(1, CALL)._replace(body='{"at": 7}')], "correct it in the log"),
    ],
)
def test_an_incident_is_used_whole_or_not_at_all(rows, why):
    """With the reason, and the others are used."""
    vocabulary = load_program("cit").vocabulary
    bad, good = histories_of([("one", rows), ("two", [row(1, CALL, "two")])], vocabulary)
    assert isinstance(bad, NotUsed)
    assert bad.incident == "one"
    assert why in bad.why
    assert good == History("two", (CALL,))


def test_what_is_no_id_is_named_by_its_place():
    """It may be a person's name, so it is not shown."""
    (bad,) = histories_of([("A Person of Oak Street", [row(1, CALL)])], {})
    assert bad.incident == "incident-1-of-the-log"
    assert "Oak" not in bad.why


OURS = {"id": "incident:7", "type": "incident"}


def occurred(**changes):
    """Return an event as another system writes it: without numbers of ours."""
    values = {"by": "cad", "source": "911", "nature": "psychosis"}
    return {
        "id": "e1",
        "type": "CallReceived",
        "time": "2026-03-06T21:00:00-06:00",
        "attributes": [{"name": key, "value": value} for key, value in values.items()],
        "relationships": [{"objectId": "incident:7", "qualifier": "case"}],
    } | changes


def log_file(tmp_path, **log):
    """Write a log as it is given."""
    path = tmp_path / "log.json"
    path.write_text(json.dumps(log), "utf-8")
    return path


def test_another_systems_log_is_read_in_the_order_of_its_times(tmp_path):
    """Its events carry our names, and nothing else of ours; a fraction that is whole is a number."""
    later = occurred(
        id="e0", type="SceneCleared", time="2026-03-07T03:00:01Z", attributes=[{"name": "by", "value": "cad"}]
    )  # fmt: skip
    path = log_file(tmp_path, objects=[OURS], events=[later, occurred()])
    (found,) = read_ocel(path, load_program("cit").vocabulary)
    assert found.incident == "7"
    assert [type(one).__name__ for one in found.events] == ["CallReceived", "SceneCleared"]


@pytest.mark.parametrize(
    ("log", "said"),
    [
        ({"objects": [OURS]}, "events: Field required"),
        ({"objects": [OURS], "events": [7]}, r"events\.0"),
        ({"objects": [OURS], "events": [occurred(time=7)]}, r"events\.0\.time"),
        ({"objects": "x", "events": []}, "objects"),
    ],
)
def test_a_file_that_is_no_log_is_refused_with_the_place(log, said, tmp_path):
    """One error, which names the file and where."""
    with pytest.raises(UnreadableFile, match=rf"log\.json: .*{said}"):
        list(read_ocel(log_file(tmp_path, **log), {}))
    with pytest.raises(NotFound):
        list(read_ocel(tmp_path / "nothing.json", {}))


@pytest.mark.parametrize(
    "event",
    [
        occurred(relationships=[]),
        occurred(relationships=[{"objectId": "person:7"}]),
        occurred(time="yesterday"),
        occurred(type="Nonsense"),
        occurred(attributes=[{"name": "record_number", "value": 1.5}]),
        occurred(attributes=[{"name": "record_number", "value": "²"}]),
        occurred(attributes=[{"name": "record_number", "value": float("inf")}]),
        occurred(type="TeamDispatched", attributes=[{"name": "team", "value": "{"}]),
        occurred(type="TeamDispatched", attributes=[{"name": "team", "value": "[" * 5000}]),
    ],
)
def test_an_event_that_cannot_be_used_is_listed(event, tmp_path):
    """Its incident is not used, and the next one is."""
    second = occurred(id="e2", relationships=[{"objectId": "incident:8"}])
    objects = [OURS, {"id": "incident:8", "type": "incident"}]
    path = log_file(tmp_path, objects=objects, events=[event, second])
    found = list(read_ocel(path, load_program("cit").vocabulary))
    assert [type(one) for one in found] == [NotUsed, History]


def test_damaged_logs_give_an_answer_or_one_error(tmp_path):
    """Bytes changed at random, in both formats."""
    program, source = load_program("cit"), random.Random(1)
    rows = [row for case in cases_of(night(program, MemoryStore(), 8)) for row in logged(case)]
    for format, file in FORMATS.items():
        path = tmp_path / file
        written(rows, format, path, program.vocabulary)
        whole = path.read_bytes()
        for _ in range(150):
            damaged = bytearray(whole)
            for _ in range(source.randint(1, 6)):
                damaged[source.randrange(len(damaged))] = source.randrange(256)
            path.write_bytes(damaged)
            try:
                found = read(format, path, program.vocabulary)
            except UnreadableFile:
                continue
            assert all(isinstance(one, History | NotUsed) for one in found)


def test_a_table_of_another_shape_is_refused(tmp_path):
    """A column that is missing, rows that do not stand together, cells that hold something else."""
    path, program = tmp_path / "log.parquet", load_program("cit")
    write_events([row(1, CALL), row(1, CALL, "two")], path)
    table = pl.read_parquet(path)
    table.drop("body").write_parquet(path)
    with pytest.raises(UnreadableFile, match="no column body; a log of events has incident"):
        list(read_events(path, program.vocabulary))
    pl.concat([table, table]).write_parquet(path)
    with pytest.raises(UnreadableFile, match="do not stand together; sort the file by incident"):
        list(read_events(path, program.vocabulary))
    table.with_columns(record_number=pl.lit("x")).write_parquet(path)
    with pytest.raises(UnreadableFile, match="it cannot be read"):
        list(read_events(path, program.vocabulary))
    table.with_columns(body=pl.lit(None, pl.String())).write_parquet(path)
    assert [type(one) for one in read_events(path, program.vocabulary)] == [NotUsed, NotUsed]
    for column, kind in (("type", pl.String()), ("record_number", pl.Int64())):
        table.with_columns(pl.lit(None, kind).alias(column)).write_parquet(path)
        assert [type(one) for one in read_events(path, program.vocabulary)] == [NotUsed, NotUsed]
    table.with_columns(incident=pl.lit(None, pl.String())).write_parquet(path)
    assert [type(one) for one in read_events(path, program.vocabulary)] == [NotUsed]
    assert write_events([], path) == 0
    assert list(read_events(path, program.vocabulary)) == []
    with pytest.raises(NotFound):
        list(read_events(tmp_path / "nothing.parquet", {}))


def test_a_store_is_opened_under_the_program_of_its_newest_incident(tmp_path):
    """Not under that of its responders, which comes first by name, nor under an older version."""
    file = tmp_path / "agency.db"
    with SqlStore.sqlite(file) as opened:
        for name in ("foundation", "cit"):
            workflow = Workflow(load_program(name), opened)
            workflow.receive(CALL, incident=name)
            opened.save_program(
                workflow.program.for_responders.name, workflow.program.for_responders.definition
            )
    with open_workflow(str(file), "default") as workflow:
        assert workflow.program.subject == "incident"
        assert workflow.program.name in {load_program(name).name for name in ("foundation", "cit")}


def test_process_mining_opens_the_log_and_gives_it_back(tmp_path):
    """pm4py reads it, sees the incidents and the people, and what it writes is read again; it leaves
    out fractions of a second.
    """
    pm4py = pytest.importorskip("pm4py")
    program = load_program("new-haven-cdcp")
    cases = cases_of(night(program, MemoryStore()))
    rows = [row for case in cases for row in logged(case)]
    path = tmp_path / "log.json"
    written(rows, "ocel", path, program.vocabulary)
    log = pm4py.read_ocel2_json(str(path))
    assert len(log.events) == len(rows)
    flat = pm4py.ocel_flattening(log, "incident")
    assert flat["case:concept:name"].nunique() == len(cases)
    pm4py.write_ocel2_json(log, str(path))
    back = {one.incident: one.events for one in read_ocel(path, program.vocabulary)}
    assert back.keys() == {case.incident.id for case in cases}
    for case in cases:
        ours = [whole_seconds(one) for one in case.recorded()]
        assert list(back[case.incident.id]) == ours


def whole_seconds(event):
    """Return an event as pm4py gives it back."""
    fields = event.to_dict() | {"at": event.at.replace(microsecond=0).isoformat()}
    return type(event).from_dict(fields)
