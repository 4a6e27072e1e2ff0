"""A roster out of a file, and what the command line says of it."""

import csv
import datetime as dt
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

import coresponder as co
from coresponder.cli.commands import commands
from coresponder.errors import NotFound, UnreadableFile
from coresponder.interop.cad import Rejected
from coresponder.interop.roster import COLUMNS, read_roster

CIT = co.load_program("cit")
ROSTERS = Path(co.__file__).parent / "programs"
MONDAY = dt.datetime(2026, 3, 2, 15, 0, tzinfo=dt.UTC)
GOOD = {
    "id": "officer-7",
    "role": "cit_officer",
    "joined": "2019-05-01",
    "languages": "en; es",
    "vetted": "2024-01-01",
    "vetting_expires": "2026-12-31",
    "training": "cit 40 h 2025-05-01; basic_de_escalation 8 h",
    "shifts": "mon-fri 07:00-15:00; sat,sun 22:00-06:00 by phone on call",
    "absent": "2026-03-03 to 2026-03-04 illness",
}


def written(folder, *rows, heads=tuple(COLUMNS)):
    path = folder / "roster.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, heads)
        writer.writeheader()
        writer.writerows(rows)
    return path


def read(folder, *rows):
    return list(read_roster(written(folder, *rows), CIT))


def test_a_row_is_a_responder_with_everything_in_it(tmp_path):
    """Days and hours are on the wall of the program's time zone."""
    (row,) = read(tmp_path, GOOD)
    responder = row.service.responder(MONDAY)
    assert responder.role is co.Role.CIT_OFFICER
    assert responder.languages == ("en", "es")
    assert responder.status is co.ResponderStatus.AVAILABLE
    assert responder.certified("cit", MONDAY, hours=40)
    assert responder.is_vetted(MONDAY)
    assert row.service.responder(MONDAY + dt.timedelta(days=1)).status == "off_duty"
    night = row.service.responder(dt.datetime(2026, 3, 8, 5, 0, tzinfo=dt.UTC))
    assert night.reachable == (co.Presence.PHONE,)
    assert row.service.findings == ()
    assert [type(event).__name__ for event in row.events if event.approximate] == [
        "TrainingCompleted"
    ]


BAD = [
    ({"role": ""}, "role is missing: give one of patrol_officer, cit_officer"),
    ({"vetted": "", "vetting_expires": "2027-01-01"}, "vetting_expires: the day is missing"),
    ({"training": "CIT 40 h"}, "there is no 'CIT'; did you mean 'cit'"),
    ({"role": "clinican"}, "did you mean 'clinician'"),
    ({"id": "Jane Doe"}, "id: a text of 8 characters is not an opaque id"),
    ({"joined": "5/1/2019"}, "write it like 2026-03-02"),
    ({"training": "citt 40 h"}, "there is no 'citt'; did you mean 'cit'"),
    ({"training": "cit forty"}, "is not understood; name, hours"),
    ({"shifts": "mon-fry 07:00-15:00"}, "is not days of the week"),
    ({"shifts": "mon 25:00-15:00"}, "an hour that does not exist"),
    ({"shifts": "mornings"}, "shifts: "),
    ({"absent": "2026-03-03 sick"}, "absent: 'sick' is not known"),
    ({"absent": "2026-03-03"}, "is not understood; first day, last day, reason: `2026-03-02 to"),
    ({"left": "9999-12-31"}, "left: there is no such end; leave it out where nothing ends"),
    ({"volunteer": "maybe"}, "neither yes nor no"),
    ({"languages": "en;" + "x" * 81}, "languages: a text of 81 characters is not a code"),
]


@pytest.mark.parametrize(("change", "reason"), BAD)
def test_a_row_that_cannot_be_used_is_rejected_whole(tmp_path, change, reason):
    """With its number and the reason; the rows beside it are read."""
    first, bad, last = read(tmp_path, GOOD | {"id": "a"}, GOOD | change, GOOD | {"id": "b"})
    assert isinstance(bad, Rejected)
    assert (bad.row, reason in bad.reason) == (2, True), bad.reason
    assert [first.service.id, last.service.id] == ["a", "b"]


def test_nobody_stands_in_a_roster_twice(tmp_path):
    """The first row counts, and the other says where it is."""
    _, again = read(tmp_path, GOOD, GOOD)
    assert again.reason == "id: officer-7 is already in row 1"


def test_what_is_odd_is_read_and_named(tmp_path):
    """An expiry before completion and overlapping shifts are no reason to lose somebody."""
    odd = {
        "training": "cit 40h 2025-05-01 to 2025-04-01",
        "shifts": "mon 07:00-15:00; mon 12:00-20:00",
    }
    (row,) = read(tmp_path, GOOD | odd)
    said = " ".join(finding.what for finding in row.service.findings)
    assert "cit expires 2025-04-01, before it was completed" in said
    assert "overlap on monday at 12:00" in said


def test_a_file_that_is_no_roster_is_named_as_what_it_is(tmp_path):
    """Missing, empty, other columns, other encoding."""
    with pytest.raises(NotFound):
        list(read_roster(tmp_path / "none.csv", CIT))
    path = tmp_path / "roster.csv"
    for content, said in [
        (b"", "the file is empty"),
        (b"id,rol,joined\n", "did you mean 'role'"),
        (b"id,role\n", "the column 'joined' is missing"),
        (b"id;role;joined\n", "its columns are separated by ';'; save it with commas"),
        (b"id\trole\tjoined\n", "its columns are separated by tabs; save it with commas"),
        (b"id,role,joined\n\xff,,\n", "not UTF-8"),
    ]:
        path.write_bytes(content)
        with pytest.raises(UnreadableFile, match=said):
            list(read_roster(path, CIT))


def test_a_row_with_too_many_cells_is_rejected(tmp_path):
    """A comma without quotes would move every cell."""
    path = tmp_path / "roster.csv"
    path.write_text("id,role,joined\na,peer,2020-01-01,en\n", "utf-8")
    (row,) = read_roster(path, CIT)
    assert "put a cell with a comma in it in quotes" in row.reason
    assert row.values == ("a", "peer", "2020-01-01", "en")


def test_a_row_with_too_few_cells_is_kept_as_it_stands(tmp_path):
    """What is not there is not made up for the file of rejects."""
    path = tmp_path / "roster.csv"
    path.write_text("id,role,joined\na,peer\n", "utf-8")
    (row,) = read_roster(path, CIT)
    assert ("joined is missing" in row.reason, row.values) == (True, ("a", "peer"))


def test_an_hour_before_ten_needs_no_zero(tmp_path):
    """A spreadsheet writes 7:00."""
    (row,) = read(tmp_path, GOOD | {"shifts": "mon 7:00-15:00"})
    (same,) = read(tmp_path, GOOD | {"shifts": "mon 07:00-15:00"})
    assert row.service == same.service


def run(*arguments):
    return CliRunner().invoke(commands, ["roster", *map(str, arguments)])


def test_import_says_what_was_read_and_keeps_what_was_not(tmp_path):
    """The rejected rows go to a file with their reason, the events of the others to another."""
    path = written(tmp_path, GOOD, GOOD | {"id": "b", "role": ""})
    rejects, events = tmp_path / "rejects.csv", tmp_path / "events.jsonl"
    found = run(
        "import", path, "--program", "cit", "--rejects", rejects, "--events", events, "--format", "json"
    )  # fmt: skip
    assert found.exit_code == 1
    told = json.loads(found.stdout)
    assert (told["rows_read"], told["rows_used"], told["events"]) == (2, 1, 6)
    assert "role is missing" in rejects.read_text("utf-8")
    lines = [json.loads(line) for line in events.read_text("utf-8").splitlines()]
    kinds = [co.RESPONDER_EVENTS[line.pop("event")] for line in lines]
    again = [kind.from_dict(line) for kind, line in zip(kinds, lines, strict=True)]
    assert tuple(again) == next(read_roster(path, CIT)).events
    assert "2 rows read, 1 used, 1 rejected" in run("import", path, "--program", "cit").stdout


def test_a_roster_that_is_imported_into_a_store_is_read_from_it(tmp_path):
    """The same answers as from the file; who is there already stays, and is named."""
    path, store = written(tmp_path, GOOD), tmp_path / "town.db"
    assert run("import", path, "--program", "cit", "--store", store).exit_code == 0
    assert "is in the store already" in run(
        "import", path, "--program", "cit", "--store", store
    ).stdout  # fmt: skip
    for command in ("show", "expiring", "who-can-go"):
        asked = ("--program", "cit", "--now", MONDAY.isoformat(), "--format", "json")
        assert run(command, store, *asked).stdout == run(command, path, *asked).stdout


def test_a_store_is_asked_for_the_roster_of_an_agency(tmp_path):
    """Another agency's is not shown; where an agency has none, that is said instead of nothing."""
    path, store = written(tmp_path, GOOD), tmp_path / "town.db"
    asked = ("--program", "cit", "--agency", "us")
    assert run("import", path, *asked, "--store", store).exit_code == 0
    for command in ("show", "expiring", "who-can-go"):
        now = ("--now", MONDAY.isoformat(), "--format", "json")
        assert run(command, store, *asked, *now).stdout == run(command, path, *asked, *now).stdout
        none = run(command, store, "--program", "cit")
        assert (none.exit_code, "no roster of agency 'default'" in none.output) == (2, True)
    both = [
        CliRunner()
        .invoke(
            commands, ["coverage", "cit", "--roster", str(file), "--from", "2026-03-02", *asked[2:]]
        )
        .stdout
        for file in (store, path)
    ]
    assert both[0] == both[1] != ""


def test_a_volunteer_is_vetted_after_joining_and_breaks_no_rule(tmp_path):
    """The row does not say since when the shifts are; who was never vetted stands out."""
    program = "st-louis-mobile-crisis-prevention"
    volunteer = {"role": "community_health_worker", "volunteer": "yes", "joined": "2024-01-01"}
    shift = {"shifts": "daily 08:00-16:00"}
    path, store = (
        written(
            tmp_path,
            volunteer | shift | {"id": "chw-1", "vetted": "2024-02-01"},
            volunteer | shift | {"id": "chw-2"},
        ),
        tmp_path / "v.db",
    )
    assert run("import", path, "--program", program, "--store", store).exit_code == 0
    asked = ["audit", program, "--responders", "--store", str(store)]
    told = CliRunner().invoke(commands, [*asked, "--now", MONDAY.isoformat()]).stdout
    assert "volunteer-vetted-before-shift, broken 1 times in 1 responders" in told
    assert "chw-2: broken" in told
    first, _ = read_roster(path, co.load_program(program))
    noon = dt.time(18, tzinfo=dt.UTC)
    days = [dt.date(2024, 1, 31), dt.date(2024, 2, 1)]
    there = [first.service.responder(dt.datetime.combine(day, noon)).status for day in days]
    assert there == ["off_duty", "available"]


def test_a_new_roster_without_an_incident_has_no_strangers(tmp_path):
    """Nobody is named yet; that is no misspelled agency."""
    path, store = written(tmp_path, GOOD), tmp_path / "new.db"
    run("import", path, "--program", "cit", "--store", store)
    found = run("strangers", store)
    assert (found.exit_code, "Everybody who is named" in found.stdout) == (0, True)
    wrong = run("strangers", store, "--agency", "defalt")
    assert (wrong.exit_code, "did you mean 'default'" in wrong.output) == (2, True)


def test_what_is_odd_is_told_by_its_row(tmp_path):
    """Who corrects the spreadsheet looks for the row, not for an event."""
    path = written(tmp_path, GOOD, GOOD | {"id": "b", "shifts": "mon 07:00-15:00; mon 12:00-20:00"})
    assert (
        "check row 2: b: two weekly shifts overlap"
        in run("import", path, "--program", "cit").stdout
    )
    found = run("import", path, "--program", "cit", "--format", "json")
    assert [one["row"] for one in json.loads(found.stdout)["findings"]] == [2]


def test_the_responders_of_a_store_are_audited(tmp_path):
    """The rules over responders, with the same verdicts as `due`; a file has no history to judge."""
    path, store = (
        written(tmp_path, GOOD | {"role": "patrol_officer", "training": ""}),
        tmp_path / "a.db",
    )
    run("import", path, "--program", "cit", "--store", store)
    asked = ["audit", "cit", "--responders", "--now", "2026-11-01T00:00:00Z"]
    found = CliRunner().invoke(commands, [*asked, "--store", str(store)])
    assert found.exit_code == 1
    assert "1 responders" in found.stdout
    assert "basics-within-a-year, broken 1 times in 1 responders" in found.stdout
    wrong = CliRunner().invoke(commands, [*asked, "--calls", "x.csv", "--mapping", "m.toml"])
    assert (wrong.exit_code, "give --store" in wrong.output) == (2, True)


def test_who_is_in_an_incident_and_not_on_the_roster_is_named(tmp_path):
    """A misspelled id with the nearest one, and who had left by then; nothing of the facts is lost."""
    path, store = (
        written(tmp_path, GOOD, GOOD | {"id": "officer-8", "left": "2026-01-31"}),
        tmp_path / "s.db",
    )
    none = run("strangers", store)
    run("import", path, "--program", "cit", "--store", store)
    with co.SqlStore.open(str(store)) as opened:
        flow = co.Workflow(CIT, opened, clock=lambda: MONDAY)
        call = co.CallReceived(at=MONDAY, by="d-1", source="911", nature="psychosis")
        flow.receive(call, incident="one")
        for id in ("officer-7", "officer-77", "officer-8", "officer-77"):
            flow.record("one", co.ResponderArrived(at=MONDAY, by="d-1", responder=id))
        relieved = co.ResponderRelieved(
            at=MONDAY, by="d-1", responder="officer-7", relieved_by="officer-9"
        )
        flow.record("one", relieved)
        strangers = flow.roster.strangers("one")
    assert [(one.responder, one.event, one.what) for one in strangers] == [
        ("officer-77", 3, "is not on the roster; did you mean 'officer-7'?"),
        ("officer-8", 4, "had left the agency"),
        ("officer-9", 6, "is not on the roster; did you mean 'officer-8'?"),
    ]
    found = run("strangers", store)
    assert found.exit_code == 1
    assert "incident one, event 3: officer-77 is not on the roster" in found.stdout
    told = json.loads(run("strangers", store, "--format", "json").stdout)
    assert [one["responder"] for one in told] == ["officer-77", "officer-8", "officer-9"]
    assert none.exit_code != 0


def test_show_says_who_is_on_a_shift(tmp_path):
    """At the time that is given, with the trainings that count then."""
    found = run("show", written(tmp_path, GOOD), "--program", "cit", "--now", MONDAY.isoformat())
    assert "1 responders, 1 on a shift" in found.stdout
    assert "officer-7" in found.stdout
    assert "in person" in found.stdout


def test_expiring_names_the_last_day(tmp_path):
    """What has expired comes first; nothing is also an answer."""
    row = GOOD | {"training": "cit 40 h 2020-01-01 to 2026-04-01; team_two to 2026-01-31"}
    path = written(tmp_path, row)
    found = run(
        "expiring", path, "--program", "cit", "--now", MONDAY.isoformat(), "--format", "json"
    )
    assert found.exit_code == 1
    assert [(one["what"], one["expired"]) for one in json.loads(found.stdout)] == [
        ("team_two", True),
        ("cit", False),
    ]
    told = run("expiring", path, "--program", "cit", "--now", MONDAY.isoformat()).stdout
    assert "2026-04-01" in told
    none = run(
        "expiring",
        written(tmp_path, GOOD | {"training": "", "vetting_expires": ""}),
        "--program",
        "cit",
    )
    assert (none.exit_code, none.stdout) == (0, "Nothing expires within 90 days.\n")


def test_who_can_go_names_the_team_and_what_keeps_the_others(tmp_path):
    """And exits 1 when nobody can."""
    path = written(tmp_path, GOOD, GOOD | {"id": "short", "training": "cit 24 h 2025-05-01"})
    found = run("who-can-go", path, "--program", "cit", "--now", MONDAY.isoformat())
    assert "officer-7: CIT officer, in person" in found.stdout
    assert "has no CIT that counts of 40 hours" in found.stdout
    night = run(
        "who-can-go", path, "--program", "cit", "--now", "2026-03-02T03:00:00Z", "--format", "json"
    )
    assert night.exit_code == 1
    assert "is off duty" in night.stdout


@pytest.mark.parametrize("name", co.shipped_programs())
def test_the_made_up_roster_of_each_shipped_program_is_read(name):
    """Every row, and somebody leaves, somebody is away, something expires."""
    program = co.load_program(name)
    rows = list(read_roster(ROSTERS / f"{name}.roster.csv", program))
    assert not [row for row in rows if isinstance(row, Rejected)]
    assert any(row.service.absences for row in rows)
    assert any(row.service.posts[-1].ends for row in rows)
