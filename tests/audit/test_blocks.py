"""Rows of an export that are judged together come to what each comes to by itself."""

import datetime as dt
import itertools
import json
import os
import sys

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coresponder.audit import sources
from coresponder.audit.audit import auditing
from coresponder.audit.blocks import Blocks
from coresponder.audit.sources import Together, cases_of_calls
from coresponder.audit.verdict_rows import rows_of
from coresponder.cli.audit_text import written_as_json
from coresponder.interop import alike
from coresponder.interop.mapping import mapping_from
from coresponder.interop.row_columns import can_be_columns
from coresponder.policy.atoms import Atom
from coresponder.policy.bounds import Calendar
from coresponder.policy.policy import Policy
from coresponder.program import Program, load_program
from coresponder.testing.strategies import programs
from tests.interop.exports import SAVED, TABLES

TYPES = (
    "CallReceived",
    "CallTriaged",
    "TeamDispatched",
    "ResponderEnRoute",
    "ResponderArrived",
    "ContactMade",
    "DispositionRecorded",
    "SceneCleared",
    "IncidentCancelled",
)
COLUMNS = ("id", "call", "sent", "there", "left", "what", "end", "beat", "unit")
BEGIN = dt.datetime(2026, 3, 7, 18)  # the clocks are put forward in the night after
AUTUMN = (dt.datetime(2026, 10, 31, 18) - BEGIN) // dt.timedelta(minutes=1)
"""From `BEGIN` to the evening before the clocks are put back, in minutes."""
SPRING_HOUR = [60 * 8 - 5, 60 * 9]
"""Shortly before and after the hour that the clocks skip."""
AUTUMN_HOUR = [AUTUMN + one for one in (60 * 7 - 10, 60 * 7, 60 * 7.5, 60 * 8 - 4, 60 * 8)]
"""Before, in and after the hour that comes twice."""
NOWS = [
    dt.datetime(2026, 3, 8, 1, tzinfo=dt.UTC),  # in the midst of them
    dt.datetime(2026, 3, 8, 9, tzinfo=dt.UTC),
    dt.datetime(2026, 5, 1, tzinfo=dt.UTC),
    dt.datetime(2026, 11, 1, 5, 30, tzinfo=dt.UTC),  # 01:30, for the first time
    dt.datetime(2026, 12, 1, tzinfo=dt.UTC),
]
"""When incidents are judged: also before some of their events, and while others go on."""
NEW_YORK = Calendar.of("America/New_York")
CALENDARS = st.sampled_from([NEW_YORK, Calendar.of("Asia/Kathmandu"), Calendar()])
DRAWN = st.builds(
    lambda program, calendar: attrs.evolve(program, calendar=calendar),
    programs(most=6, types=TYPES),
    CALENDARS,
)
SHIPPED = st.sampled_from(["new-haven-cdcp", "cit", "denver-star"]).map(load_program)
GAPS = st.sampled_from([1, 1, 1.5, 5, 15, 60, 60 * 24, 60 * 24 * 4, 0, -3])


def row(begin, gaps, odd):
    """Return a row, in order; `odd` cells take the place of some."""
    minutes = itertools.accumulate((begin, *gaps))
    times = [f"{BEGIN + dt.timedelta(minutes=one):%Y-%m-%dT%H:%M:%S}" for one in minutes]
    cells = dict(zip(COLUMNS, ["", *times, "psych", "ok", "B 4", "U1"], strict=True))
    return [*{**cells, **odd}.values()]


ODD = {
    "id": ["", "7", "7", "26 001", "_12"],
    "call": ["NULL", "2026-03-08", "2026-03-08T02:30:00", "1979-01-01T10:00:00"],
    "sent": ["", "", "NULL", " "],
    "there": ["", "", "", "2026-03-08", "soon"],
    "left": ["", "", "2026-03-07T18:00:00"],
    "what": ["attempted suicide", "n/k", "", "NULL", "unheard of"],
    "end": ["cxl", "cxl", "test", "", "", "?"],
    "beat": ["", "x" * 90, "-"],
    "unit": ["U 2", "C7", "C7", "", "u" * 90],
    "more": ["one too many"],
}
ODDS = st.lists(st.sampled_from([(k, v) for k, all_of in ODD.items() for v in all_of]), max_size=2)
ROWS = st.lists(
    st.builds(
        row,
        st.sampled_from([0, 1, 15, 90, 60 * 24 * 8, *SPRING_HOUR, *AUTUMN_HOUR]),
        st.lists(GAPS, min_size=3, max_size=3),
        st.just({}) | st.just({}) | ODDS.map(dict),
    ),
    min_size=1,
    max_size=25,
).map(lambda table: [[cells[0] or str(n), *cells[1:]] for n, cells in enumerate(table)])


def mapped(**file):
    tables = json.loads(json.dumps(TABLES))
    tables["columns"]["unit"] = "unit"
    tables["role"] = {"C*": "clinician"}
    tables["disposition"]["test"] = "leave out"
    tables["file"].update(file)
    return mapping_from(tables)


def told(program, path, mapping, *, now, split):
    """Return everything that an audit tells."""
    together, rows = 0, []
    with auditing(program, now, split=split) as audit:
        for one in audit.take(cases_of_calls(program, path, mapping, now=now)):
            together += len(one.judged) if isinstance(one, Together) else 0
            rows += rows_of(one)
        periods = [
            [(one.of, one.missing, one.counts, one.minutes.counts) for one in measures.all]
            for measures in (audit.measures, *audit.periods)
        ]
        rows.sort(key=str)
        return together, periods, rows, json.loads("".join(written_as_json(audit)))


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return tmp_path_factory.mktemp("export") / "calls.csv"


def compare(file, program, table, mapping, now, split, *, columns=COLUMNS, rows=7):
    """Compare the audit of a file in blocks of some rows with the audit of each incident by itself;
    return how many were judged together.
    """
    file.write_text("\n".join(",".join(row) for row in [columns, *table]))
    os.utime(file, (SAVED, SAVED))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(alike, "_OFTEN", 1)
        patch.setattr(alike, "_ROWS", rows)
        count, *found = told(program, file, mapping, now=now, split=split)
        patch.setattr(sources, "_together", lambda *_: None)
        none, *alone = told(program, file, mapping, now=now, split=split)
    assert none == 0
    assert found == alone
    return count


@given(
    program=DRAWN | SHIPPED,
    table=ROWS,
    order=st.sampled_from(["keep", "reject"]),
    now=st.sampled_from([None, *NOWS]),
)
def test_rows_come_to_the_same_together_and_alone(file, program, table, order, now):
    """Counts, verdicts, evidence and its order, measures of all and of two periods, rejects: with
    odd numbers, codes, times and shapes, incidents that come twice, and both changes of the clocks.
    """
    split = dt.datetime(2026, 3, 8, tzinfo=dt.UTC)
    compare(file, program, table, mapped(out_of_order=order), now, split)


def test_ordinary_rows_are_judged_together(file):
    """All of them, with breaches: some arrive after the deadline, some at it."""
    table = [
        [
            str(n),
            "2026-03-02T10:00:00",
            "2026-03-02T10:05:00",
            there,
            "",
            "psych",
            "ok",
            "B 4",
            "U1",
        ]
        for n, there in zip(
            range(40), itertools.cycle(["2026-03-02T10:15:00", "2026-03-02T12:15:01"])
        )
    ]
    count = compare(file, load_program("cit"), table, mapped(), None, None)
    assert count == 40


def test_two_columns_of_a_time_and_days_without_their_own_words(file):
    """A time in two columns is read in blocks too; a word for nothing with digits is not risked."""
    tables = json.loads(json.dumps(TABLES))
    tables["columns"]["received"] = {"date": "call", "time": "sent"}
    del tables["columns"]["dispatched"]
    table = [
        [str(n), "2026-03-02", "10:00:00", "2026-03-02T10:20:00", "", "psych", "ok", "", ""]
        for n in range(9)
    ]
    program = load_program("cit")
    assert compare(file, program, table, mapping_from(tables), None, None) == 9
    tables["file"]["missing"] = ["2026-03-02 10:00:00"]
    assert not can_be_columns(mapping_from(tables))


def test_what_a_program_asks_of_ids_keeps_rows_apart(file):
    """A kind of rows has many units, so a condition on the unit is of each row's own."""
    came = Atom(events="ResponderArrived", where={"responder": "U1"})
    program = Program(id="p", policies=(Policy(id="never-u1", template="absence", a=came),))
    (way,) = Blocks(program).plan.ways
    assert (way.columns, "responder" in way.why) == (False, True)
    there = "2026-03-02T10:20:00"
    table = [
        [str(n), "2026-03-02T10:00:00", "", there, "", "psych", "ok", "", unit]
        for n, unit in enumerate(["U1", "U2", "U3", "U1"])
    ]
    assert compare(file, program, table, mapped(), None, None) == 0


def test_without_the_extra_rows_are_judged_one_by_one(file, monkeypatch):
    """Nothing else changes."""
    program, mapping = load_program("cit"), mapped()
    assert compare(file, program, [row(0, (1, 1, 1), {"id": "1"})], mapping, None, None) == 1
    monkeypatch.setitem(sys.modules, "coresponder.audit.blocks", None)
    together, *_ = told(program, file, mapping, now=None, split=None)
    assert together == 0
