"""The command line is a contract."""

import csv
import json
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner

from coresponder.cli.commands import commands
from coresponder.program import Program, load_program, shipped_programs
from coresponder.stores.sql import SqlStore
from coresponder.workflow import Workflow
from tests.conftest import SHARED, at, needs_shared
from tests.interop.test_cad import EXAMPLES, HEADER, row
from tests.program.test_advance import received

KEYS = {
    "program", "rows_read", "rows_used", "rows_rejected", "incidents", "events", "by_state",
    "by_disposition", "by_tier", "refusals", "out_of_place",
    "violations", "obligations", "notices",
}  # fmt: skip
MAPPING = """
[file]
time_zone = "America/New_York"
[columns]
incident = "id"
received = "call"
dispatched = "sent"
arrived = "there"
cleared = "left"
nature = "what"
disposition = "end"
[nature]
psych = "psychosis"
[disposition]
ok = "resolved_on_scene"
"""


def call(*words, code=0):
    found = CliRunner().invoke(commands, [str(word) for word in words])
    assert found.exit_code == code, (found.output, found.exception)
    assert "Traceback" not in found.output
    return found


@pytest.fixture(scope="module")
def night(tmp_path_factory):
    """A store with a played night."""
    path = tmp_path_factory.mktemp("night") / "night.db"
    call("run", "new-haven-cdcp", "--incidents", 30, "--seed", 3, "--store", path)
    return path


@pytest.mark.parametrize(
    "program", ["new-haven-cdcp", "st-louis-mobile-crisis-prevention", "hartford-vt", "cit"]
)
def test_run_plays_a_night(program):
    """The counts add up; the same seed plays the same night."""
    found = json.loads(
        call("run", program, "--incidents", 20, "--seed", 5, "--format", "json").stdout
    )
    assert set(found) >= KEYS
    assert found["program"] == load_program(program).name
    assert (
        found["incidents"]
        == 20
        == sum(found["by_state"].values())
        == sum(found["by_disposition"].values())
    )
    assert set(found["obligations"]) == {"open", "overdue", "approximate"}
    assert all(isinstance(n, int) for n in found["violations"].values())
    assert found == json.loads(
        call("run", program, "--incidents", 20, "--seed", 5, "--format", "json").stdout
    )


def test_run_plays_a_program_that_forbids_what_the_field_does(tmp_path):
    """Refused dispatches and forbidden edges are counted; the night goes on."""
    file = tmp_path / "strict.toml"
    file.write_text(
        '[program]\nid = "strict"\nversion = "1"\n'
        '[[tier]]\nid = "t"\nmodel = "police_response"\nseats = [{ role = "patrol_officer" }]\n'
        '[[policy]]\nid = "nobody-goes"\ntemplate = "absence"\na = "TeamDispatched"\nenforcement = "BLOCK"\nauthority = "x"\n'
        '[lifecycle]\nforbid = [{ event = "CallTriaged", source = "triaged", target = "triaged" }]\n'
    )
    found = json.loads(call("run", file, "--incidents", 30, "--format", "json").stdout)
    assert found["refusals"] > 10
    assert found["by_tier"] == {}


def test_run_ends_with_a_table_a_person_reads():
    """States, dispositions, tiers, times, obligations, refusals, violations, facts out of place,
    notices.
    """
    text = call("run", "--incidents", 40).stdout
    for word in (
        "by state",
        "by disposition",
        "by tier",
        "received to arrived",
        "still owed",
        "overdue",
        "refused",
        "Violations by policy",
        "out of place",
        "notices sent",
    ):
        assert word in text


def test_a_share_is_of_incidents_however_many_units_were_sent(tmp_path):
    """Two units of one tier are one incident of that tier, and no share is above 100 %."""
    export, mapping = tmp_path / "units.csv", tmp_path / "units.toml"
    header = "id,unit,call,sent,there,left,what,end\n"
    rows = [
        f"{id},{unit},2026-03-02T10:00:00,2026-03-02T10:05:00,,2026-03-02T11:00:00,psych,ok\n"
        for id, unit in ((1, "A1"), (1, "A2"), (2, "A1"))
    ]
    export.write_text(header + "".join(rows))
    mapping.write_text(
        MAPPING.replace("[file]", '[file]\none_row_is = "unit"').replace(
            "[columns]", '[columns]\nunit = "unit"'
        )
    )
    words = ("run", "cit", "--calls", export, "--mapping", mapping)
    found = json.loads(call(*words, "--format", "json").stdout)
    assert (found["incidents"], found["by_tier"]) == (2, {"as-recorded": 2})
    text = " ".join(call(*words).stdout.split())
    assert "3 rows read, 3 used; 2 incidents" in text
    assert "by tier as-recorded 2 100.0 %" in text


def test_run_says_how_many_a_length_of_time_is_of():
    """Each median and percentile has its n; of too few none is told, and what did not come is
    listed.
    """
    few, many = call("run", "--incidents", 8).stdout, call("run", "--incidents", 60).stdout
    assert re.search(r"90 % within \(n = \d, needs 29\) +too few", few)
    assert re.search(r"median \(n = \d\d\) +\d+ min", many)
    assert re.search(r"90 % within \(n = \d\d\) +\d+ min", many)
    assert "Not played" in few
    assert "did not come up in 8 calls" in few.replace("\n", " ")
    assert "no team was sent" in many
    numbers = json.loads(call("run", "--incidents", 8, "--format", "json").stdout)["minutes"][
        "received_to_arrived"
    ]
    assert numbers["n"] > 0
    assert numbers["90_percent_within"] is None


def test_run_reads_a_cad_file_and_rejects_with_reason(tmp_path):
    """Read = used + rejected; the rejects file has number and reason; a second run goes on where the
    first ended, and a row that says another thing than the store is rejected whole.
    """
    calls, mapping, rejects, store = (
        tmp_path / n for n in ("calls.csv", "map.toml", "rejects.csv", "s.db")
    )
    calls.write_text(
        HEADER + row() + row(id="8", what="??") + row(id="9", sent="2026-03-02T09:00:00") + "10,x\n"
    )
    mapping.write_text(MAPPING)
    words = (
        "run",
        "cit",
        "--calls",
        calls,
        "--mapping",
        mapping,
        "--rejects",
        rejects,
        "--store",
        store,
        "--format",
        "json",
    )
    found = json.loads(call(*words).stdout)
    assert (found["rows_read"], found["rows_used"], found["rows_rejected"], found["incidents"]) == (
        4,
        1,
        3,
        1,
    )
    lines = list(csv.reader(rejects.read_text().splitlines()))
    assert [line[0] for line in lines] == ["row", "2", "3", "4"]
    assert "times out of order" in lines[2][1]
    assert found["by_disposition"] == {"resolved_on_scene": 1}
    again = json.loads(call(*words).stdout)
    assert again == {**found, "rows_there": 1}
    calls.write_text(HEADER + row(left="2026-03-02T12:00:00"))
    other = json.loads(call(*words).stdout)
    assert (other["rows_used"], other["rows_rejected"]) == (0, 1)
    line = list(csv.reader(rejects.read_text().splitlines()))[1]
    assert line[1] == "already in the store: incident 7, with another history"
    assert line[2:] == row(left="2026-03-02T12:00:00").strip().split(",")
    calls.write_text(
        HEADER + row() + row(id="8", what="??") + row(id="9", sent="2026-03-02T09:00:00") + "10,x\n"
    )
    text = call("run", "cit", "--calls", calls, "--mapping", mapping).stdout
    assert "Rows rejected, by reason" in text
    assert "4 calls read, 1 used, 3 rejected" in text
    (line,) = [
        x for x in call("timeline", store, "7").stdout.splitlines() if "team dispatched" in x
    ]
    assert line.startswith("2026-03-02 09:05 -06:00")


def test_the_rejects_show_the_day_of_a_call_and_no_birth_date(tmp_path):
    """Both are written alike; the mapping says which columns have times. In a row with shifted
    cells nobody knows.
    """
    calls, mapping, rejects = (tmp_path / n for n in ("calls.csv", "map.toml", "rejects.csv"))
    head = HEADER.strip() + ",born\n"
    good = row(call="2026-03-02", what="??").strip() + ",1980-05-06"
    calls.write_text(f"{head}{good}\n{good},more\n")
    mapping.write_text(MAPPING)
    call("run", "cit", "--calls", calls, "--mapping", mapping, "--rejects", rejects)
    _, shown, shifted = csv.reader(rejects.read_text().splitlines())
    assert "2026-03-02" in shown
    assert "(a birth date)" in shown
    assert "1980-05-06" not in shown
    assert "2026-03-02" not in shifted


@needs_shared
def test_run_reads_the_mobile_crisis_export(tmp_path):
    """The issue's own file."""
    found = json.loads(
        call("run", "hartford-vt", "--calls", SHARED / "mobile-crisis-shape" / "calls.csv", "--mapping", EXAMPLES / "mobile-crisis.toml",
             "--rejects", tmp_path / "r.csv", "--format", "json").stdout
    )  # fmt: skip
    assert found["rows_read"] == 2000 == found["rows_used"] + found["rows_rejected"]
    assert found["rows_rejected"] == len((tmp_path / "r.csv").read_text().splitlines()) - 1
    assert found["row_faults"]["out of order: row rejected"] > 0


def test_show_explains_a_program():
    """For people, for programs, as a drawing."""
    text = call("show", "cit").stdout
    assert "Crisis Intervention Team" in text
    assert "cit-officer" in text
    found = json.loads(call("show", "cit", "--format", "json").stdout)
    assert {p["id"] for p in found["policies"]} >= {"consent-before-referral"}
    assert all(p["sentence"] and p["authority"] for p in found["policies"])
    assert found["lifecycle"]["ends"] == ["cancelled", "closed"]
    assert call("show", "cit", "--format", "mermaid").stdout.startswith("stateDiagram-v2")
    assert "hartford-vt" in call("programs").stdout


def test_timeline_permitted_and_due(night):
    """As text and as JSON."""
    incident = "night-3-00001"
    assert "call received" in call("timeline", night, incident).stdout
    lines = json.loads(call("timeline", night, incident, "--format", "json").stdout)
    assert lines["lines"][0]["event"] == "CallReceived"
    assert "incident closed" in call("permitted", night, incident).stdout
    answers = json.loads(
        call(
            "permitted", night, incident, "--now", "2026-02-01T00:00:00+00:00", "--format", "json"
        ).stdout
    )
    assert {a["event"] for a in answers["permitted"]} >= {"IncidentReopened", "SceneCleared"}
    at = "2026-02-01T00:00:00Z"
    owed = json.loads(call("due", night, "--now", at, "--format", "json").stdout)["owed"]
    assert {o["overdue"] for o in owed} == {True, False}
    assert all(o["overdue"] == (o["due"] < at) for o in owed if o["due"])
    assert owed[0]["incident"] in call("due", night).stdout


def test_a_store_that_cannot_be_written_is_read_and_shows_a_role_nothing_unlogged(
    night, monkeypatch
):
    """A command that only reads opens the store for reading alone; a look that the disclosure log
    must have is refused where nothing can be written, and shows no line.
    """
    closed = call("find", night, "--state", "closed", "--format", "json").stdout
    incident, asked, read = json.loads(closed)["incidents"][0]["incident"], [], SqlStore.open

    def read_only(store, **how):
        asked.append(how["read_only"])
        return read(store, **how | {"read_only": True})

    monkeypatch.setattr(SqlStore, "open", read_only)
    assert "call received" in call("timeline", night, incident).stdout
    assert "incident closed" in call("permitted", night, incident).stdout
    assert asked == [True, True]
    for command in ("timeline", "permitted"):
        words = (command, night, incident, "--as", "clinician", "--purpose", "treatment")
        refused = call(*words, code=2)
        assert "read-only; nothing was written" in refused.stderr
        assert not refused.stdout


def test_due_says_when_nothing_is_owed(tmp_path):
    """An empty answer is an answer."""
    calls, mapping, store = (tmp_path / n for n in ("calls.csv", "map.toml", "s.db"))
    calls.write_text(HEADER)
    mapping.write_text(MAPPING)
    call("run", "cit", "--calls", calls, "--mapping", mapping, "--store", store)
    assert call("due", store).stdout == "Nothing is owed.\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("run", "cot"), "did you mean 'cit'"),
        (("run", "--calls", "x.csv"), "--calls and --mapping go together"),
        (("run", "--rejects", "x.csv"), "--rejects goes with --calls"),
        (("run", "--incidents", "0"), "0 is not in the range"),
        (("run", "--calls", "none.csv", "--mapping", "none.toml"), "no such mapping file"),
        (("show", "cot"), "did you mean 'cit'"),
        (("due", "none.db"), "there is no such store"),
        (("timeline", "none.db", "x"), "there is no such store"),
        (("nonsense",), "No such command"),
    ],
)
def test_bad_usage_is_2_and_says_what_to_do(words, said):
    """On stderr, without a traceback."""
    found = call(*words, code=2)
    assert said in found.stderr
    assert found.stdout == ""


def test_what_cannot_be_imported_names_the_file_and_the_next_step(night, tmp_path):
    """No object, no such incident, no store, a misspelled owner or kind, a negative age."""
    (tmp_path / "a.json").write_text("[]")
    file, missing = tmp_path / "a.json", tmp_path / "none.db"
    for words, said in (
        (("import", "eido", night, file), "a.json: EIDO: an EIDO is one object"),
        (("import", "fhir", night, file, "--by", "s1"), "a.json: a resource is one object"),
        (("import", "calendar", night, file, "--by", "s1"), "a.json: this is not a complete"),
        (("export", "eido", night, "7x"), "agency 'default' has no incident '7x'; `find` lists"),
        (("import", "eido", missing, file), "none.db PROGRAM` makes one without incidents"),
        (
            ("schema", "--of", "bogus"),
            "one of program, scenarios, mapping, roster, events, feed, and of each",
        ),
        (
            ("services", file, "--time-zone", "America/Chicago", "--age", "-3"),
            "'-3' is not an age in years",
        ),
    ):
        assert said in " ".join(call(*words, code=2).output.split())
    said = call("export", "calendar", night, "--owner", "clincian-1").output
    assert said.startswith("no follow-up belongs to clincian-1; ")
    assert call("keep", missing, "cit").output.startswith(f"{missing} is new and has program cit")
    assert "has no program" not in call("find", missing).output


def test_bad_input_is_2(night, tmp_path):
    """Each with its own words."""
    assert "no incident 'x'" in call("timeline", night, "x", code=2).stderr
    assert "has no time zone" in call("due", night, "--now", "2026-01-01", code=2).stderr
    assert (
        "already has the night of seed 3"
        in call("run", "--seed", 3, "--incidents", 5, "--store", night, code=2).stderr
    )
    calls, mapping = tmp_path / "calls.csv", tmp_path / "map.toml"
    calls.write_bytes(HEADER.replace("what", "wh\xe9t").encode("latin-1") + row().encode())
    mapping.write_text(MAPPING)
    assert (
        "set [file] encoding" in call("run", "--calls", calls, "--mapping", mapping, code=2).stderr
    )
    found = call(
        "run",
        "--calls",
        calls,
        "--mapping",
        mapping,
        "--rejects",
        tmp_path / "no" / "r.csv",
        code=2,
    )
    assert "--rejects: " in found.stderr and "there is no folder" in found.stderr
    bad = tmp_path / "bad.toml"
    bad.write_text("[program]\nid = 'x'\n")
    assert (
        "bad.toml: line 1, [program], version: it is required" in call("show", bad, code=2).stderr
    )
    empty = tmp_path / "python.db"
    store = SqlStore.sqlite(empty)
    Workflow(Program(id="p"), store, clock=lambda: at(9)).receive(received(), incident="one")
    store.close()
    assert "this store has no program" in call("due", empty, code=2).stderr


def test_python_m_and_the_missing_extra():
    """The same command; and without click it says what to install."""
    found = subprocess.run(
        [sys.executable, "-m", "coresponder", "--version"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "coresponder" in found.stdout
    code = "import sys; sys.modules['click'] = None; from coresponder.cli import main; main()"
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert found.returncode == 2
    assert "pip install 'coresponder[cli]'" in found.stderr


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is read there")
def test_a_million_rows_would_stream(tmp_path):
    """Memory does not grow with the rows, the checkpoint at the end included: twenty times the rows,
    nearly the same peak.
    """
    mapping = tmp_path / "map.toml"
    mapping.write_text(MAPPING)
    peaks = []
    for count in (1_000, 20_000):
        calls = tmp_path / f"{count}.csv"
        with calls.open("w") as file:
            file.write(HEADER)
            file.writelines(row(id=str(i)) for i in range(count))
        code = (
            "from pathlib import Path; from coresponder.cli.run import run_calls; from coresponder.program import load_program;"
            "from coresponder.interop.mapping import load_mapping; from coresponder.stores.sql import SqlStore;"
            f"store = SqlStore.sqlite({str(tmp_path / f'{count}.db')!r});"
            f"run_calls(load_program('cit'), store, calls=Path({str(calls)!r}), "
            f"mapping=load_mapping({str(mapping)!r}), rejects=None, progress=lambda n: None);"
            "store.close();"
            "print(next(l.split()[1] for l in Path('/proc/self/status').read_text().splitlines() if l.startswith('VmHWM')))"
        )
        peaks.append(
            int(
                subprocess.run(
                    [sys.executable, "-c", code], capture_output=True, text=True, check=True
                ).stdout
            )
        )
    assert peaks[1] < peaks[0] * 1.15


def test_public_names_are_all_there():
    """Every name in `__all__` can be imported, and a wrong one gets the nearest."""
    import coresponder

    for name in coresponder.__all__:
        assert getattr(coresponder, name) is not None
    assert coresponder.SceneCleared.__name__ == "SceneCleared"
    assert "SceneCleared" in dir(coresponder)
    with pytest.raises(AttributeError, match="did you mean 'Workflow'"):
        coresponder.Worklow
    assert Path(coresponder.__file__).name == "__init__.py"


CONFLICT = """
[program]
id = "planted"
version = "1"
[[policy]]
id = "asks"
template = "response"
a = "Screened"
b = "FollowUpScheduled"
enforcement = "BLOCK"
authority = "x"
[[policy]]
id = "forbids"
template = "not_succession"
a = "ConsentDeclined"
b = "FollowUpScheduled"
enforcement = "BLOCK"
authority = "x"
"""


@pytest.fixture
def planted(tmp_path):
    """A program with a conflict."""
    path = tmp_path / "planted.toml"
    path.write_text(CONFLICT)
    return path


def test_check_proves_a_shipped_program():
    """Exit 0, and the contract's keys."""
    found = json.loads(
        call("check", "st-louis-mobile-crisis-prevention", "--format", "json").stdout
    )
    assert set(found) >= {
        "program",
        "verdict",
        "policies",
        "conflicts",
        "doomed",
        "lifecycle",
        "staffing",
        "states_explored",
        "windows",
        "notices",
    }
    assert found["verdict"] == "proved"
    assert set(found["policies"][0]) >= {"id", "verdict", "triggered", "story", "enforceable"}
    text = call("check", "st-louis-mobile-crisis-prevention").stdout
    assert "PROVED" in text
    assert "Can only be watched, not enforced" in text
    assert "Staffing: who must be available" in text


def test_check_refutes_a_conflict_in_every_format(planted):
    """Exit 1; a person reads the story, a machine the place in the file."""
    text = call("check", planted, code=1).stdout
    assert "'asks' and 'forbids' conflict" in text
    assert "screened" in text
    assert json.loads(call("check", planted, "--format", "json", code=1).stdout)["conflicts"][0][
        "policies"
    ] == ["asks", "forbids"]
    suite = ET.fromstring(call("check", planted, "--format", "junit", code=1).stdout.encode())
    assert suite.get("failures") == "3"
    assert "consent declined" in suite.find("testcase/failure").text
    sarif = json.loads(call("check", planted, "--format", "sarif", code=1).stdout)
    where = sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert (where["artifactLocation"]["uri"], where["region"]["startLine"]) == (
        planted.as_posix(),
        6,
    )


def test_check_says_when_it_is_not_settled(planted):
    """Exit 3 where a limit was reached; exit 2 for a program that does not load."""
    assert "this is not a pass" in call("check", "cit", "--limit", 50, code=3).stdout
    assert "undetermined" in call("check", "cit", "--limit", 50, "--format", "junit", code=3).stdout
    assert json.loads(call("check", "cit", "--limit", 50, "--format", "sarif", code=3).stdout)[
        "runs"
    ][0]["results"]
    planted.write_text(CONFLICT.replace("not_succession", "not_succesion"))
    assert "did you mean 'not_succession'?" in call("check", planted, code=2).stderr


def test_diff_says_what_a_change_allows(planted, tmp_path, night):
    """Exit 0 if the same is allowed, 1 if not; with a store, which recorded incidents would get
    another verdict.
    """
    mended = tmp_path / "mended.toml"
    mended.write_text(
        CONFLICT.replace(
            'b = "FollowUpScheduled"\nenforcement',
            'b = "FollowUpScheduled"\nunless = "HelpRequested"\nenforcement',
            2,
        )
    )
    assert "allow the same" in call("diff", planted, planted).stdout
    text = call("diff", planted, mended, code=1).stdout
    assert "unless none -> HelpRequested" in text
    assert "the last step is allowed now" in text
    assert json.loads(call("diff", planted, mended, "--format", "json", code=1).stdout)[
        "changes_what_is_allowed"
    ]
    text = call("diff", "new-haven-cdcp", planted, "--store", night, code=1).stdout
    assert "Recorded incidents that would get another verdict" in text
    assert (
        json.loads(
            call(
                "diff", "new-haven-cdcp", "new-haven-cdcp", "--store", night, "--format", "json"
            ).stdout
        )["incidents"]
        == []
    )


@pytest.mark.parametrize(
    ("old", "new", "code", "says"),
    [
        ('per = "person"\n', "", 1, "the last step is allowed now"),
        (
            '[[notice]]\nto = "supervisor"\non = "violation"\n',
            "",
            1,
            "no more: tell the supervisor when a policy is violated",
        ),
        (
            'to = "supervisor"',
            'to = "clinician"',
            1,
            "new: tell the clinician when a policy is violated",
        ),
        ('kind = "fact"', 'kind = "decision"', 1, "VanCalled: fact -> decision"),
        (
            '"10-96" = "psychosis"',
            '"10-96" = "overdose"',
            1,
            "nature '10-96': psychosis -> overdose",
        ),
        ("hours = 40", "hours = 8", 1, "-> the same tier with other seats"),
        ("2026-07-04", "2026-07-05", 1, "holidays: no more 2026-07-04; new 2026-07-05"),
        (
            'weekend = ["saturday", "sunday"]',
            'weekend = ["sunday"]',
            1,
            "weekend: no more saturday",
        ),
        (
            'title = "City"',
            'title = "Town"',
            0,
            "The two programs allow the same and do the same.",
        ),
        (
            'where = { scope = "services" }',
            'where = { scope = ["services"] }',
            0,
            "(the same in other words)",
        ),
        (
            'scope = "services" }',
            'scope = "services", "incident.children" = { ge = 0 } }',
            3,
            "is not settled",
        ),
    ],
)
def test_diff_overlooks_no_part_of_a_program(tmp_path, old, new, code, says):
    """Exit 0 only if the two do the same; what no story can show is compared as it is written, and
    what is not settled is no sameness.
    """
    one, two = tmp_path / "one.toml", tmp_path / "two.toml"
    one.write_text(PARTS)
    assert PARTS.count(old) == 1
    two.write_text(PARTS.replace(old, new))
    assert says in " ".join(call("diff", one, two, code=code).stdout.split())
    found = json.loads(call("diff", one, two, "--format", "json", code=code).stdout)
    assert found["conclusion"] == {0: "the same", 1: "not the same", 3: "not settled"}[code]
    assert {change["bearing"] for change in found["changes"]} <= {
        "words only",
        "searched",
        "does something else",
    }


PARTS = """
[program]
id = "city"
version = "1"
title = "City"

[calendar]
weekend = ["saturday", "sunday"]
holidays = ["2026-07-04"]

[[tier]]
id = "cit"
model = "cit_response"
seats = [{ role = "cit_officer", training = ["cit"], hours = 40 }]

[[event]]
name = "VanCalled"
kind = "fact"

[[policy]]
id = "consent"
template = "precedence"
a = { event = "ConsentGiven", where = { scope = "services" } }
b = "ReferralSent"
per = "person"
enforcement = "BLOCK"
authority = "law"

[[policy]]
id = "seen"
template = "response"
a = "ForceUsed"
b = "ReviewHeld"
within = "2 business days"
authority = "manual"

[[notice]]
to = "supervisor"
on = "violation"

[vocabulary.nature]
"10-96" = "psychosis"
"""


def test_new_starts_a_program_that_passes_as_it_is(tmp_path):
    """A program manager without Python: new, check, and the tests pass; nothing is overwritten."""
    folder = tmp_path / "city"
    call("new", "my-city", "--folder", folder)
    assert sorted(path.name for path in folder.iterdir()) == [
        "my-city-mapping.toml", "my-city.scenarios.toml", "my-city.snapshot.json", "my-city.toml",
        "schemas", "test_my_city.py",
    ]  # fmt: skip
    for kind in ("program", "scenarios", "mapping"):
        name = "" if kind == "program" else {"scenarios": ".scenarios", "mapping": "-mapping"}[kind]
        first, _ = (folder / f"my-city{name}.toml").read_text("utf-8").split("\n", 1)
        assert (folder / first.removeprefix("#:schema ")).is_file()
    assert (folder / "my-city.snapshot.json").stat().st_size < 70_000
    options = (
        "--scenarios",
        folder / "my-city.scenarios.toml",
        "--snapshot",
        folder / "my-city.snapshot.json",
        "--format",
        "json",
    )
    found = json.loads(call("check", folder / "my-city.toml", *options).stdout)
    assert found["scenarios"] == {"count": 13, "differences": [], "rules_without_scenario": []}
    assert found["snapshot"] == {"changes": [], "accepted": False, "written": None}
    csv_file = tmp_path / "export.csv"
    csv_file.write_text(
        "Incident Number,Received,Dispatched,Arrived,Cleared,Call Type,Disposition\n"
        "7,2026-03-02T21:00:00,2026-03-02T21:04:00,2026-03-02T21:20:00,2026-03-02T22:00:00,EDP-VIOLENT,Transport ED\n"
    )
    options = (
        "--calls",
        csv_file,
        "--mapping",
        folder / "my-city-mapping.toml",
        "--format",
        "json",
    )
    assert json.loads(call("run", folder / "my-city.toml", *options).stdout)["rows_used"] == 1
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert (
        "already exists; nothing was written"
        in call("new", "my-city", "--folder", folder, code=2).stderr
    )
    assert "cannot be a program's id" in call("new", "My City", code=2).stderr


def test_check_says_what_scenarios_and_a_snapshot_find(tmp_path):
    """Exit 1 for what came otherwise, as text, JSON, JUnit and SARIF; one command says the changes
    and accepts them.
    """
    folder = tmp_path / "city"
    call("new", "my-city", "--folder", folder)
    toml, snapshot = folder / "my-city.toml", folder / "my-city.snapshot.json"
    options = ("--scenarios", folder / "my-city.scenarios.toml", "--snapshot", snapshot)
    assert "13 scenarios: all pass" in call("check", toml, *options).stdout
    toml.write_text(toml.read_text().replace('within = "72 h"', 'within = "71 h"'))
    text = call("check", toml, *options, code=1).stdout
    assert "my-city.scenarios.toml:" in text
    assert "expected that it makes owed followed-up by +3 d 30 min (Mon 2026-03-09 22:30)" in text
    assert "The program differs from its snapshot" in text
    assert "accept them with --update" in text
    found = json.loads(call("check", toml, *options, "--format", "json", code=1).stdout)
    assert found["verdict"] == "proved"
    assert found["scenarios"]["differences"][0]["line"] > 90
    assert {change["about"] for change in found["snapshot"]["changes"]} == {"followed-up"}
    junit = ET.fromstring(call("check", toml, *options, "--format", "junit", code=1).stdout)
    failed = [
        case.get("name") for case in junit.findall("testcase") if case.find("failure") is not None
    ]
    assert "snapshot" in failed
    assert "scenario A moderate screen has the same duties, a low screen has none" in failed
    assert f"13 scenarios: {len(failed) - 1} fail" in text
    assert junit.get("failures") == str(len(failed))
    sarif = json.loads(call("check", toml, *options, "--format", "sarif", code=1).stdout)["runs"][
        0
    ]["results"]
    assert any(
        "my-city.scenarios.toml"
        in row["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        for row in sarif
    )
    text = call("check", toml, "--snapshot", snapshot, "--update").stdout
    assert text.index("followed-up:") < text.index("Accepted; written to")
    assert (
        "The program does what its snapshot says."
        in call("check", toml, "--snapshot", snapshot).stdout
    )
    assert (
        "Snapshot written to" in call("check", toml, "--snapshot", folder / "another.json").stdout
    )
    assert "--update goes with --snapshot" in call("check", toml, "--update", code=2).stderr
    assert (
        "there is no folder"
        in call("check", toml, "--snapshot", tmp_path / "none" / "s.json", code=2).stderr
    )
    assert (
        "there is no such file"
        in call("check", toml, "--scenarios", tmp_path / "none.toml", code=2).stderr
    )


@pytest.mark.parametrize("name", ["cit", "hartford-vt"])
def test_check_plays_the_scenarios_of_a_shipped_program_by_its_name(name):
    """Nobody has to know where they are."""
    played = r"\n\d\d scenarios: all pass\n"
    assert re.search(played, call("check", name, "--scenarios", name).stdout)


def test_verify_names_what_was_changed(night, tmp_path):
    """Exit 0 for a store as it was written; a changed body, a lost row and swapped rows are each
    named, exit 1.
    """
    assert "every row is as it was written" in call("verify", night).stdout
    for change, said in (
        (
            "update coresponder_event set body = replace(body, 'dispatcher-1', 'dispatcher-2') where number = 1",
            "event 1 was changed",
        ),
        ("delete from coresponder_event where number = 2", "event 2 is missing"),
        (
            "update coresponder_event set number = 1000 - number where number in (1, 2)",
            "event 1 is missing",
        ),
    ):
        copy = tmp_path / "copy.db"
        copy.write_bytes(night.read_bytes())
        with closing(sqlite3.connect(copy)) as raw:
            raw.execute(change)
            raw.commit()
        assert said in call("verify", copy, code=1).stdout
        assert json.loads(call("verify", copy, "--format", "json", code=1).stdout)["faults"]
        copy.unlink()


def test_show_prints_the_file_of_a_program(tmp_path):
    """`show --format toml` is the file as it is written, comments too; what it prints loads again."""
    written = call("show", "cit", "--format", "toml").stdout
    copy = tmp_path / "copy.toml"
    copy.write_text(written, "utf-8")
    assert "[[policy]]" in written
    assert call("show", str(copy), "--format", "toml").stdout == written


OWES = (
    '[program]\nid = "mine"\nversion = "1"\n[calendar]\ntime_zone = "America/New_York"\n'
    '[[policy]]\nid = "somebody-arrives-while-it-matters"\ntemplate = "response"\na = "CallReceived"\nb = "ResponderArrived"\n'
    'unless = { event = "DispositionRecorded", where = { disposition = ["resolved_by_phone"] } }\nwithin = "%s"\nauthority = "local choice"\n'
    '[[notice]]\nto = "supervisor"\non = "overdue"\nfields = ["due"]\n'
)


def _owing(tmp_path, within="20 min"):
    program, store = tmp_path / "mine.toml", tmp_path / "owing.db"
    program.write_text(OWES % within)
    with SqlStore.sqlite(store) as opened:
        Workflow(load_program(program), opened, clock=lambda: at(60)).receive(
            received(), incident="one"
        )
    return program, store


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ("2026-03-02T12:00:00Z", "in 20 min"),
        ("2026-03-02T12:20:00Z", "in 0 min"),
        ("2026-03-02T12:45:00Z", "25 min overdue"),
        ("2026-03-02T14:30:00Z", "2 h overdue"),
        ("2026-03-03T13:00:00Z", "1 day overdue"),
        ("2026-03-05T12:30:00Z", "3 days overdue"),
    ],
)
def test_due_is_a_table_that_says_how_long(tmp_path, now, said):
    """Incident, deadline in the program's time zone with its offset, how long, and what is owed."""
    _, store = _owing(tmp_path)
    text = " ".join(call("due", store, "--now", now).stdout.split())
    assert text.startswith("incident due what is owed one 2026-03-02 ")
    assert said in text
    assert "07:20 -05:00" in text


def test_what_is_due_at_the_end_has_no_clock(tmp_path):
    """Nothing is overdue that has no deadline."""
    program, store = tmp_path / "mine.toml", tmp_path / "end.db"
    program.write_text(OWES.replace('within = "%s"\n', ""))
    with SqlStore.sqlite(store) as opened:
        Workflow(load_program(program), opened, clock=lambda: at(60)).receive(
            received(), incident="one"
        )
    text = call("due", store).stdout
    assert "before the" in text
    assert "overdue" not in text


def test_times_are_those_of_the_program(tmp_path):
    """Timeline and outbox show the clock on the wall, with the offset, to the minute."""
    _, store = _owing(tmp_path)
    assert "2026-03-02 07:00 -05:00" in call("timeline", store, "one").stdout
    call("tick", store, "--now", "2026-03-02T12:45:00Z")
    said = " ".join(call("outbox", store).stdout.split())
    assert "due 2026-03-02 07:20 -05:00, due 2026-03-02 07:20 -05:00" in said


@pytest.mark.parametrize("width", [80, 120])
def test_text_wraps_at_words(tmp_path, night, width, monkeypatch):
    """No line is longer than the terminal, and no word is broken or cut."""
    monkeypatch.setenv("COLUMNS", str(width))
    _, store = _owing(tmp_path)
    call("tick", store, "--now", "2026-03-02T12:45:00Z")
    texts = [call("due", store).stdout, call("outbox", store).stdout]
    assert all("somebody-arrives-while-it-matters" in text for text in texts)
    texts += [
        call(*words).stdout
        for words in (
            ("due", night),
            ("timeline", night, "night-3-00001"),
            ("permitted", night, "night-3-00001"),
        )
    ]
    assert [
        line for text in texts for line in text.splitlines() if len(line.rstrip()) > width
    ] == []
    assert not any("…" in text for text in texts)


def _words(text):
    return set(text.translate(dict.fromkeys(map(ord, "│┃┏┳┓┡╇┩━└┴┘─"), " ")).split())


@pytest.mark.parametrize("width", [80, 120])
def test_no_word_of_a_table_is_cut(night, width, monkeypatch):
    """What `show` and `due` print has the words that they print where nothing has to wrap, and no
    line is longer than the terminal.
    """
    for command in (*(("show", name) for name in shipped_programs()), ("due", night)):
        monkeypatch.setenv("COLUMNS", "2000")
        whole = _words(call(*command).stdout)
        monkeypatch.setenv("COLUMNS", str(width))
        text = call(*command).stdout
        assert [line for line in text.splitlines() if len(line.rstrip()) > width] == []
        assert _words(text) - whole == set()


def test_a_row_that_does_not_fit_stands_below_itself(tmp_path, monkeypatch):
    """Where not even the words fit side by side, each row is a paragraph, and its words are whole."""
    program, store = _owing(tmp_path)
    monkeypatch.setenv("COLUMNS", "46")
    for text in (call("show", program).stdout, call("due", store).stdout):
        assert "somebody-arrives-while-it-matters" in text
        assert [line for line in text.splitlines() if len(line.rstrip()) > 46] == []
    assert (
        "Policies\nsomebody-arrives-while-it-matters\n    After “call received”"
        in call("show", program).stdout
    )


def test_show_as_json_has_every_field_of_a_rule(tmp_path):
    """What the file says of a rule can be read back, and the sentence stands beside it."""
    program, _ = _owing(tmp_path)
    (rule,) = json.loads(call("show", program, "--format", "json").stdout)["policies"]
    assert rule.pop("sentence").startswith("After “call received”")
    assert rule.pop("written").startswith("After “call received”")
    assert rule == {
        "id": "somebody-arrives-while-it-matters", "on": "incident", "template": "response", "a": {"event": ["CallReceived"], "where": {}},
        "b": {"event": ["ResponderArrived"], "where": {}}, "unless": {"event": ["DispositionRecorded"], "where": {"disposition": ["resolved_by_phone"]}},
        "within": "20 min", "after": None, "per": None, "count": 1, "enforcement": "WARN", "authority": "local choice", "because": None,
        "transfers": False,
    }  # fmt: skip


_READ_BACK = """
[program]
id = "read-back"
version = "1"
natures = ["psychosis", "overdose", "welfare_check", "disturbance", "other"]

[calendar]
time_zone = "America/Denver"
weekend = ["sunday"]
holidays = [2026-12-25]

[[event]]
name = "SchoolTold"
kind = "decision"
fields = { person = "id" }

[[tier]]
id = "crisis-pair"
model = "primary_co_response"
natures = ["psychosis"]
seats = [{ role = "cit_officer" }, { role = "clinician" }]

[[tier]]
id = "officer"
model = "police_response"
seats = [{ role = "patrol_officer" }]

[[policy]]
id = "child-seen"
template = "response"
a = { event = "PersonInvolved", where = { age_group = "child" } }
b = "SafetyPlanMade"
per = "person"
enforcement = "BLOCK"
because = "A child gets a plan, unless it is declined."
authority = "local choice"
"""


def test_show_reads_back_what_decides_and_not_only_what_was_promised(tmp_path, monkeypatch):
    """Natures, calendar, own events and decisions that leave the state stand there; a rule's own
    sentence never replaces what it does.
    """
    monkeypatch.setenv("COLUMNS", "220")
    program = tmp_path / "read-back.toml"
    program.write_text(_READ_BACK)
    text = call("show", program).stdout
    assert "Calls that qualify: psychosis, overdose, welfare check, disturbance, other" in text
    assert "Time zone: America/Denver; offices are closed on Sunday, Fri 2026-12-25" in text
    assert "Own decision: school told (person)" in text
    assert "CIT officer + clinician (for psychosis)" in text
    assert "A child gets a plan, unless it is declined." in text
    assert (
        "= After “person involved” (age group is child), “safety plan made” follows for the same person."
        in text
    )
    stays = next(
        line for line in text.splitlines() if "(stays)" in line and "team dispatched" in line
    )
    assert "school notified" in stays
    (rule,) = json.loads(call("show", program, "--format", "json").stdout)["policies"]
    assert rule["sentence"] == rule["because"] != rule["written"]


def test_check_says_what_blocking_does_and_for_which_calls_a_crew_is(tmp_path):
    """A duty is kept by not letting the incident end, so blocking is never said to make no
    difference; each crew names its calls.
    """
    program = tmp_path / "read-back.toml"
    program.write_text(_READ_BACK)
    text = call("check", program).stdout
    assert (
        "child-seen: cannot be broken; blocking keeps the incident open until it is done. A child"
        in text
    )
    assert "with or without" not in text
    assert "crisis-pair: CIT officer; clinician (for psychosis)" in text
    assert "officer: patrol officer (for " in text
    assert " and 1 more)" in text
    assert "nobody at all (for " in text


_WITH_EXAMPLE = {
    "--for", "--as", "--purpose", "--agency-id", "--by", "--viewer", "--viewer-agency", "--acts-for", "--at",
}  # fmt: skip


def _each(command, name=""):
    """Yield each command that is no group, with its name."""
    for word, inner in getattr(command, "commands", {}).items():
        yield from _each(inner, f"{name} {word}".strip())
    if not hasattr(command, "commands"):
        yield name, command


def test_what_an_option_expects_is_said_with_an_example():
    """Every option and command says what it is; whom and for what is said with an example, and an
    option that may be repeated says so. Two words of an option are joined by a hyphen.
    """
    for name, command in _each(commands):
        assert command.help, name
        for option in command.params:
            if option.param_type_name != "option":
                continue
            long = option.opts[-1]
            assert option.help and "_" not in long, (name, long)
            if long in _WITH_EXAMPLE and not (long == "--viewer" and name == "disclosures"):
                assert ", like " in option.help or "for example" in option.help, (name, long)
            if option.multiple and not option.hidden:
                assert "May be repeated" in option.help, (name, long)
