"""The rows of one incident become one history, as the mapping says what a row is."""

import pytest

from coresponder.domain import events as e
from coresponder.errors import InvalidMapping
from coresponder.interop.cad import Rejected, RowCase
from coresponder.interop.joined import gathering
from coresponder.interop.sheet import Line
from coresponder.program import load_program
from tests.interop.exports import HEADER, mapped, only_case, read, row

UNIT = {"file__one_row_is": "unit", "columns__unit": "beat", "columns__keep": []}
LOG = {
    "file__one_row_is": "event",
    "columns__received": None,
    "columns__dispatched": None,
    "columns__arrived": None,
    "columns__cleared": None,
    "columns__keep": [],
    "columns__time": "call",
    "columns__unit": "sent",
    "columns__status": "there",
    "status__RCV": "received",
    "status__DSP*": "dispatched",
    "status__ARV": "arrived",
    "status__CLR": "cleared",
    "status__note": "none",
    "status__CXL": "cancelled",
}


def names(case):
    return [type(event).__name__ for event in case.events]


def logged(*lines):
    """Return a file in which a row is an event: incident, hour, unit, status."""
    return HEADER + "".join(
        row(id=id, call=f"2026-03-02T{at}:00", sent=unit, there=status, left="", end=end)
        for id, at, unit, status, end in lines
    )


def test_one_row_per_unit(tmp_path):
    """Each unit is sent, arrives and leaves; the scene is cleared when the last has left. The rows
    need not stand together.
    """
    content = HEADER + (
        row(beat="A 1")
        + row(id="8")
        + row(beat="CR-2", sent="2026-03-02T10:10:00", left="2026-03-02T11:30:00")
    )
    both, other = read(tmp_path, content, **UNIT, **{"role__CR*": "clinician"})
    assert names(both) == [
        "CallReceived",
        "TeamDispatched",
        "TeamDispatched",
        "ResponderArrived",
        "ResponderArrived",
        "ResponderCleared",
        "DispositionRecorded",
        "SceneCleared",
    ]
    assert (both.rows, other.rows) == ((1, 3), (2,))
    assert both.events[5].at < both.events[-1].at
    teams = [one.team.members[0] for one in both.events if isinstance(one, e.TeamDispatched)]
    assert [member.role for member in teams] == ["patrol_officer", "clinician"]
    assert "A 1" in {code.code for code in both.events[0].local}
    case = load_program("cit").replay(both.incident, both.events)
    assert case.state == "cleared"
    assert case.findings.out_of_place == ()


def test_the_leaving_of_a_unit_that_is_missing_makes_the_end_approximate(tmp_path):
    """Who was there may be there still."""
    content = HEADER + row(beat="A1") + row(beat="A2", left="")
    case = only_case(read(tmp_path, content, **UNIT))
    assert isinstance(case.events[-1], e.SceneCleared)
    assert case.events[-1].approximate


def test_rows_that_say_different_things_are_named(tmp_path):
    """The first nature counts, and the last disposition."""
    content = HEADER + row(beat="A1") + row(beat="A2", what="suicide", end="cxl")
    case = only_case(read(tmp_path, content, **UNIT))
    assert case.events[0].nature == "psychosis"
    assert set(case.faults) == {
        "nature: the rows of the incident differ",
        "disposition: the rows of the incident differ",
    }


def test_an_incident_is_used_whole_or_not_at_all(tmp_path):
    """Half of its rows would be judged as all of them; each row is among the rejects, whole."""
    content = HEADER + row(beat="A1") + row(id="8") + row(beat="A2", sent="soon")
    other, first, second = read(tmp_path, content, **UNIT)[0:3]
    found = {one.row: one for one in (other, first, second)}
    assert isinstance(found[2], RowCase)
    assert found[1].reason == "another row of the incident cannot be used: row 3"
    assert "unreadable time: sent = 'soon'" in found[3].reason
    assert len(found[1].values) == len(found[3].values) == 8


def test_one_row_per_change_of_status(tmp_path):
    """The table `[status]` says which event a row is."""
    content = logged(
        ("7", "10:00", "", "RCV", ""),
        ("7", "10:05", "A1", "DSP-2", ""),
        ("8", "10:07", "", "RCV", ""),
        ("7", "10:06", "", "note", ""),
        ("8", "10:09", "", "CXL", ""),
        ("7", "10:20", "A1", "ARV", ""),
        ("7", "11:00", "A1", "CLR", "ok"),
    )
    one, other = read(tmp_path, content, **LOG)
    assert names(one) == [
        "CallReceived",
        "TeamDispatched",
        "ResponderArrived",
        "DispositionRecorded",
        "SceneCleared",
    ]
    assert one.rows == (1, 2, 4, 6, 7)
    assert names(other) == ["CallReceived", "IncidentCancelled"]
    assert load_program("cit").replay("8", other.events).state == "cancelled"


def test_a_status_that_is_not_in_the_table_is_said(tmp_path):
    """An event that is not understood is not passed over; `none` passes it over."""
    content = logged(("7", "10:00", "", "RCV", ""), ("7", "10:05", "", "XYZ", ""))
    first, second = read(tmp_path, content, **LOG)
    assert "unknown status code: there = 'XYZ'" in second.reason
    assert first.reason == "another row of the incident cannot be used: row 2"


@pytest.mark.parametrize("newest", ["2", "2026-03-05T09:00:00"])
def test_a_corrected_row_takes_the_place_of_the_older(tmp_path, newest):
    """By a version or by a time, wherever it stands; what is wrong with the older does not matter."""
    older = {"2": "1", "2026-03-05T09:00:00": "2026-03-04T09:00:00"}[newest]
    content = HEADER + row(beat=newest, what="suicide") + row(sent="soon", beat=older)
    found = read(tmp_path, content, columns__newest="beat", columns__keep=[])
    (case,) = (one for one in found if isinstance(one, RowCase))
    (replaced,) = (one for one in found if isinstance(one, Rejected))
    assert (case.rows, case.events[0].nature) == ((1,), "suicide_threat")
    assert replaced.reason.startswith("replaced by a newer row")


def test_a_row_whose_version_cannot_be_read_is_rejected_with_its_incident(tmp_path):
    """Which row is newest cannot be known then."""
    content = HEADER + row(beat="1") + row(beat="final")
    found = read(tmp_path, content, columns__newest="beat", columns__keep=[])
    assert all(isinstance(one, Rejected) for one in found)
    assert any("unreadable version: beat = 'final'" in one.reason for one in found)


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"file__one_row_is": "unit"}, "columns.unit"),
        ({"file__one_row_is": "event"}, "columns.status"),
        ({"columns__received": None}, "columns.received"),
    ],
)
def test_a_mapping_says_what_its_rows_need(changes, key):
    """Before any row is read."""
    with pytest.raises(InvalidMapping, match=key):
        mapped(**changes)


def test_what_is_left_out_does_not_take_its_incident_along(tmp_path):
    """A duplicate of one row is not the incident."""
    content = HEADER + row(beat="A1") + row(beat="A2", end="dup")
    out, case = sorted(
        read(tmp_path, content, **UNIT, disposition__dup="leave out"), key=lambda one: -one.row
    )
    assert case.rows == (1,)
    assert out.reason.startswith("left out: end = 'dup'")


def _steps(rows):
    """Return how many steps of its machine SQLite takes to join so many rows, two an incident."""
    steps = []
    with gathering() as gathered:
        gathered._db.set_progress_handler(lambda: steps.append(1) and None, 100)
        gathered.keep((str(n % (rows // 2)), Line(n, ["x"])) for n in range(1, rows + 1))
        assert sum(len(lines) for lines in gathered.incidents()) == rows
    return len(steps)


def test_twice_the_rows_are_twice_the_work():
    """Also where the rows of an incident stand far apart: years of rows are joined in minutes."""
    assert _steps(4000) < 2.5 * _steps(2000)
