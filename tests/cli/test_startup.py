"""Nobody waits for what a command does not use: what each imports."""

import subprocess
import sys

import pytest

from coresponder.program import load_program
from coresponder.stores.sql import SqlStore
from coresponder.workflow import Workflow

_LISTED = """
import sys
sys.argv[1:] = {!r}
from coresponder.cli import main
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
print("IMPORTED", *sorted({{name.partition(".")[0] for name in sys.modules}}))
print("OURS", *sorted(name for name in sys.modules if name.startswith("coresponder.")))
"""
_READS_A_PROGRAM = {"click", "rich", "attrs", "pydantic", "transitions"}
_HEAVY = _READS_A_PROGRAM | {
    "apprise", "asyncio", "httpx", "hypothesis", "numpy", "polars", "procrastinate", "psycopg",
    "pytest", "requests", "sqlalchemy", "sqlite3", "tenacity", "unittest",
}  # fmt: skip

SMALL = """
[program]
id = "small"
version = "1"
title = "Small"

[[tier]]
id = "officer"
model = "primary_co_response"
seats = [{ role = "patrol_officer" }]
"""


def _imported(code, folder):
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=folder
    )
    lines = dict(line.split(" ", 1) for line in found.stdout.splitlines()[-2:])
    return set(lines["IMPORTED"].split()), set(lines["OURS"].split())


@pytest.mark.parametrize(
    ("arguments", "needed"),
    [
        (["--help"], {"click"}),
        (["relay", "--help"], {"click"}),
        (["--version"], {"click"}),
        (["programs"], _READS_A_PROGRAM - {"rich"}),
        (["show", "cit"], _READS_A_PROGRAM),
        (["check", "small.toml"], _READS_A_PROGRAM),
    ],
)
def test_a_command_imports_what_it_uses(arguments, needed, tmp_path):
    """`--help` needs click alone; what reads a program needs pydantic, attrs and transitions;
    what proves one needs no store.
    """
    (tmp_path / "small.toml").write_text(SMALL)
    packages, _ = _imported(_LISTED.format(arguments), tmp_path)
    assert packages & _HEAVY <= needed


def test_help_imports_no_room_but_the_command_line(tmp_path):
    """The help is text and options: no program, no event and no store is made for it."""
    _, ours = _imported(_LISTED.format(["--help"]), tmp_path)
    assert {name.split(".")[1] for name in ours} <= {"cli", "errors", "hints", "outputs"}


def test_a_workflow_in_memory_needs_no_sqlalchemy(tmp_path):
    """A host that keeps nothing in SQL imports no SQL."""
    code = """
import sys, coresponder as co
co.Workflow(co.load_program("cit"), co.MemoryStore())
print("IMPORTED", *sorted({name.partition(".")[0] for name in sys.modules}))
print("OURS", *sorted(name for name in sys.modules if name.startswith("coresponder.")))
"""
    packages, _ = _imported(code, tmp_path)
    assert packages & _HEAVY <= {"attrs", "pydantic", "transitions"}


_COMMANDS = (
    ["--help"],
    ["export", "--help"],
    ["import", "--help"],
    ["services", "--help"],
    ["export", "eido", "--help"],
    ["import", "fhir", "--help"],
    ["programs"],
    ["due", "night.db"],
)


@pytest.mark.parametrize("arguments", _COMMANDS, ids=" ".join)
def test_no_room_of_interop_is_imported_until_it_is_used(arguments, tmp_path):
    """Neither by the help of what uses it, nor by a command that reads a store; nor is the library of
    a format.
    """
    if "night.db" in arguments:
        Workflow(load_program("cit"), SqlStore.sqlite(tmp_path / "night.db")).store.close()
    packages, ours = _imported(_LISTED.format(arguments), tmp_path)
    assert {name for name in ours if name.startswith("coresponder.interop")} == set()
    assert packages & {"icalendar", "dateutil", "polars", "fastexcel", "cryptography"} == set()


def test_a_border_that_is_not_crossed_is_not_imported(tmp_path):
    """A workflow that records and reads imports no format of another system, and one that writes
    FHIR no other of them.
    """
    code = """
import sys, datetime as dt, coresponder as co
now = dt.datetime(2026, 3, 2, 21, tzinfo=dt.UTC)
flow = co.Workflow(co.load_program("cit"), co.MemoryStore(), clock=lambda: now)
flow.receive(co.CallReceived(at=now, by="d-1", source="911", nature="psychosis"), incident="7")
{more}
print("IMPORTED", *sorted({{name.partition(".")[0] for name in sys.modules}}))
print("OURS", *sorted(name for name in sys.modules if name.startswith("coresponder.")))
"""
    _, ours = _imported(code.format(more="flow.case('7'), flow.due(now)"), tmp_path)
    assert not {name for name in ours if name.startswith("coresponder.interop")}
    packages, ours = _imported(
        code.format(more="co.bundle_of(flow.case('7'), agency='a')"), tmp_path
    )
    crossed = {name.split(".")[2] for name in ours if name.startswith("coresponder.interop.")}
    assert crossed == {"fhir"}
    assert packages & _HEAVY <= {"attrs", "pydantic", "transitions"}
