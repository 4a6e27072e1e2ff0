"""Incidents of several rows that are judged together come to what each comes to by itself."""

import datetime as dt
import itertools
import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coresponder.audit import paths
from coresponder.interop.mapping import mapping_from
from coresponder.program import load_program
from tests.audit.test_blocks import AUTUMN_HOUR, BEGIN, DRAWN, NOWS, SHIPPED, SPRING_HOUR
from tests.audit.test_blocks import compare as in_blocks
from tests.interop.exports import TABLES

HEADER = ("id", "unit", "status", "time", "call", "sent", "roll", "there", "with", "left")
HEADER += ("what", "end", "version", "narcan", "hospital", "person")
STAGES = {
    "received": "call",
    "dispatched": "sent",
    "en_route": "roll",
    "arrived": "there",
    "engaged": "with",
    "cleared": "left",
}
CODES = {"received": "RCV", "dispatched": "DSP", "en_route": "ENR", "arrived": "ARV"}
CODES |= {"engaged": "CON", "cleared": "CLR"}
CLOCKS = [0, 15, 60 * 24 * 8, *SPRING_HOUR, *AUTUMN_HOUR]
GAPS = [0, 0, 0, 1, 1, 5, 15, 20, 60, 60 * 26]


FURTHER = [
    {"event": "MedicalAidGiven", "column": "narcan", "codes": {"Y": True, "N": False},
     "unit": True, "fields": {"aid": "naloxone"}},
    {"event": "ContactAttempted", "column": "end", "codes": {"nobody": True},
     "fields": {"outcome": "nobody_home"}},
    {"event": "ArrivedAtFacility", "at": "hospital", "fields": {"facility": "emergency_department"}},
]  # fmt: skip
"""Events of a row by a code of a column of its own, by one of the disposition, and by a time."""


def mapped(one_row_is, *, newest=False, order="reject", roles=(), further=False):
    tables = json.loads(json.dumps(TABLES))
    named = STAGES if one_row_is != "event" else {}
    tables["columns"] = {"incident": "id", "nature": "what", "disposition": "end", **named}
    tables["columns"]["unit"] = "unit"
    if one_row_is == "event":
        tables["columns"] |= {"status": "status", "time": "time"}
        tables["status"] = {code: stage for stage, code in CODES.items()}
        tables["status"] |= {"NOTE": "none", "CXL": "cancelled", "DUP": "leave out"}
    if newest:
        tables["columns"]["newest"] = "version"
    if roles:
        tables["team"] = {"roles": list(roles)}
    tables["role"] = {"C*": "clinician"}
    tables["disposition"]["test"] = "leave out"
    if further:
        tables["event"] = FURTHER
        tables["columns"]["person"] = "person"
    tables["file"] |= {"one_row_is": one_row_is, "out_of_order": order}
    return mapping_from(tables)


def at(minute):
    return f"{BEGIN + dt.timedelta(minutes=minute):%Y-%m-%dT%H:%M:%S}"


def units_of(draw, begin):
    """Draw the units of an incident with their times; a stage may be missing."""
    names = ["U1", "U2", "U3", "C7", "C8"]
    count = draw.choice([1, 1, 2, 2, 2, 3, 4])
    for name in (
        [draw.choice(names) for _ in range(count)] if draw.random() < 0.2 else names[:count]
    ):
        steps = itertools.accumulate([begin, *(draw.choice(GAPS) for _ in range(5))])
        times = dict(zip(STAGES, steps, strict=True))
        yield name, {k: m for k, m in times.items() if k == "received" or draw.random() < 0.85}


def rows_of(draw, id, one_row_is):
    """Draw the rows of an incident as dictionaries."""
    begin = draw.choice(CLOCKS)
    what, end = draw.choice(["psych", "attempted suicide"]), draw.choice(["ok", "cxl", "", ""])
    same = {"id": id, "what": what, "end": end, "version": "1", "narcan": draw.choice("N ")}
    rows = []
    for unit, times in units_of(draw, begin):
        if one_row_is == "event":
            rows += [
                same | {"unit": unit, "status": CODES[k], "time": at(m)}
                for k, m in times.items()
                if k != "received"
            ]
        else:
            rows.append(same | {"unit": unit} | {STAGES[k]: at(m) for k, m in times.items()})
    if one_row_is == "event":
        rows = sorted([same | {"status": "RCV", "time": at(begin)}, *rows], key=lambda r: r["time"])
    return rows


ODD = [
    {"id": ""},
    {"id": "7"},
    {"id": "26 001"},
    {"unit": ""},
    {"unit": "U 2"},
    {"unit": "unit-1"},
    {"unit": "unit-1.2"},
    {"unit": "u" * 90},
    {"call": "2026-03-08T02:30:00", "time": "2026-03-08T02:30:00"},
    {"call": "2026-03-08", "time": "2026-03-08"},
    {"call": "", "time": ""},
    {"there": "soon", "time": "soon"},
    {"sent": "2026-03-07T17:00:00", "time": "2026-03-07T17:00:00"},
    {"left": "2026-03-07T18:00:00"},
    {"what": "n/k"},
    {"what": "attempted suicide"},
    {"what": "unheard of"},
    {"end": "test"},
    {"end": "cxl"},
    {"end": "ok"},
    {"status": "NOTE"},
    {"status": "CXL"},
    {"status": "DUP"},
    {"status": "RCV"},
    {"status": "?"},
    {"narcan": "Y"},
    {"narcan": "?"},
    {"narcan": "n" * 90},
    {"hospital": "2026-03-07T19:00:00"},
    {"hospital": "soon"},
    {"person": "P-310"},
    {"person": "no id"},
    {"end": "nobody"},
    {"version": "2"},
    {"version": "x"},
]


def table(seed, one_row_is):
    """Return the rows of a file: some twenty incidents, most of a few shapes, with odd rows, rows
    twice, and rows far from the others of their incident.
    """
    draw = random.Random(seed)
    shapes = [random.Random(draw.random()).getstate() for _ in range(4)]
    rows = []
    for n in range(draw.choice([1, 5, 20])):
        if draw.random() < 0.7:
            again = random.Random()
            again.setstate(draw.choice(shapes))
            rows += rows_of(again, str(n), one_row_is)
        else:
            rows += rows_of(draw, str(n), one_row_is)
    for _ in range(draw.choice([0, 0, 1, 3])):
        rows[draw.randrange(len(rows))] |= draw.choice(ODD)
    for _ in range(draw.choice([0, 0, 2])):
        rows.insert(draw.randrange(len(rows)), dict(draw.choice(rows), version="2"))
    if draw.random() < 0.3:
        draw.shuffle(rows)
    cells = [[row.get(column, "") for column in HEADER] for row in rows]
    if draw.random() < 0.1:
        cells[draw.randrange(len(cells))].append("one too many")
    return cells


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return tmp_path_factory.mktemp("export") / "calls.csv"


def compare(file, program, cells, mapping, now=None):
    """Compare them in blocks of twenty rows; return how many were judged together."""
    split = dt.datetime(2026, 3, 8, tzinfo=dt.UTC)
    return in_blocks(file, program, cells, mapping, now, split, columns=HEADER, rows=20)


@given(
    program=DRAWN | SHIPPED,
    seed=st.integers(0, 2**32),
    one_row_is=st.sampled_from(["unit", "event", "incident"]),
    newest=st.booleans(),
    order=st.sampled_from(["keep", "reject"]),
    roles=st.sampled_from([(), ("patrol_officer", "clinician")]),
    further=st.booleans(),
    now=st.sampled_from([None, *NOWS]),
)
def test_joined_rows_come_to_the_same_together_and_alone(
    file, program, seed, one_row_is, newest, order, roles, further, now
):
    """Counts, verdicts, evidence and its order, measures of all and of two periods, rejects: a row
    for each unit, event or correction, with odd rows, units twice, rows out of order and far apart,
    further events of a row, and both changes of the clocks.
    """
    newest = newest or one_row_is == "incident"
    mapping = mapped(one_row_is, newest=newest, order=order, roles=roles, further=further)
    compare(file, program, table(seed, one_row_is), mapping, now)


@pytest.mark.parametrize("most", [3, paths._MOST_STATES])
@pytest.mark.parametrize("one_row_is", ["unit", "event"])
def test_incidents_that_differ_in_times_units_and_order_are_judged_together(
    file, one_row_is, most, monkeypatch
):
    """Whichever of two officers came first, and whether one left before the other came; also if the
    walk over their states starts over, so that memory stays flat.
    """
    monkeypatch.setattr(paths, "_MOST_STATES", most)
    cells, draw = [], random.Random(1)
    for n in range(30):
        rows = []
        for unit in draw.sample(["U1", "U2", "U3"], 2):
            steps = itertools.accumulate([0, *(draw.randrange(1, 90) for _ in range(5))])
            times = dict(zip(STAGES, steps, strict=True))
            rows += (
                [
                    {"unit": unit, "status": CODES[k], "time": at(m), "what": "psych", "id": str(n)}
                    for k, m in times.items()
                    if k != "received" or not rows
                ]
                if one_row_is == "event"
                else [
                    {"id": str(n), "unit": unit, "what": "psych"}
                    | {STAGES[k]: at(m) for k, m in times.items()}
                ]
            )
        rows.sort(key=lambda row: row.get("time", ""))
        cells += [[row.get(column, "") for column in HEADER] for row in rows]
    assert compare(file, load_program("cit"), cells, mapped(one_row_is)) == 30


def test_rows_in_which_no_further_event_happened_are_judged_together(file):
    """The others are judged by themselves."""
    rows = [{"id": str(n), "unit": "U1", "what": "psych", "narcan": "N"} for n in range(30)]
    rows = [row | {STAGES[k]: at(i * 9) for i, k in enumerate(STAGES)} for row in rows]
    rows[7]["narcan"], rows[8]["hospital"] = "Y", at(60)
    cells = [[row.get(column, "") for column in HEADER] for row in rows]
    assert compare(file, load_program("cit"), cells, mapped("unit", further=True)) == 28
