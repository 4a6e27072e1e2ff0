"""Emergency access on the command line, by two processes at once, and what `check` says of it."""

import datetime as dt
import json
import re

import pytest
from click.testing import CliRunner

import coresponder as co
from coresponder.cli.commands import commands
from coresponder.domain import events as e
from coresponder.domain.objects import Screening
from coresponder.program import program_from_definition
from coresponder.proof.windows import rows_without_review
from tests.conftest import at
from tests.processes import at_once
from tests.test_emergency_access import (
    DANGER,
    HOST,
    LONGER,
    NOT_OWN,
    OFFICER,
    PROGRAM,
    REVIEWED,
    STORY,
    begun,
    review,
)

OFFICERS = ["--as", "patrol_officer", "--purpose", "operations", "--viewer", "officer-1"]


def run(*words):
    return CliRunner().invoke(commands, [str(word) for word in words])


@pytest.fixture
def store(tmp_path):
    """A store with one incident under a shipped program, in which a person was screened high."""
    path, began = tmp_path / "night.db", dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)
    by = {"at": began, "by": "officer-2"}
    with co.SqlStore.open(path, must_exist=False) as opened:
        work = co.Workflow(co.load_program("cit"), opened)
        work.receive(e.CallReceived(source="911", nature="suicide_threat", **by), incident="7")
        work.record("7", e.Screened(person="sam", screening=Screening(level="high"), **by))
    return path


def test_one_command_opens_it_shows_it_and_says_who_reviews_it(store):
    """On standard error: what is open, until when, what is owed, and the command of the review."""
    assert "high" not in run("timeline", store, "7", *OFFICERS).stdout
    found = run("timeline", store, "7", *OFFICERS, "--break-glass", "imminent_danger")
    assert found.exit_code == 0, found.output
    assert "level high" in found.stdout
    assert "opens police-emergency: person involved, screened" in found.stderr
    assert "Somebody else reviews each emergency access within three business days" in found.stderr
    access = re.search(r"emergency access (\w+) for imminent danger", found.stderr)[1]
    assert f"coresponder review-access {store} 7 {access} --by ID" in found.stderr
    again = run("timeline", store, "7", *OFFICERS, "--break-glass", "imminent_danger")
    assert access in again.stderr
    own = run("review-access", store, "7", access, "--by", "officer-1", "--finding", "justified")
    assert (own.exit_code, "no-review-of-own-access" in own.stderr) == (2, True)
    done = run("review-access", store, "7", access, "--by", "s-2", "--finding", "not_justified")
    assert done.exit_code == 0, done.output
    assert "no longer owed" in done.stdout
    assert "high" not in run("timeline", store, "7", *OFFICERS).stdout
    assert access in run("disclosures", store, "--viewer", "officer-1", "--format", "json").stdout


def test_json_is_not_disturbed_and_a_review_that_is_done_is_said(store):
    """What is said of the access goes to standard error only."""
    more = ["--break-glass", "imminent_danger", "--format", "json"]
    found = run("timeline", store, "7", *OFFICERS, *more)
    assert json.loads(found.stdout)["lines"][-1]["fields"]["screening"]["level"] == "high"
    access = found.stderr.split()[2]
    run("review-access", store, "7", access, "--by", "s-2", "--finding", "justified")
    assert "it was reviewed" in run("timeline", store, "7", *OFFICERS, *more).stderr


def test_what_may_be_done_and_what_a_role_could_open_know_the_emergency(store):
    """`permitted` opens it as `timeline` does; `show` lists the row, and opens nothing."""
    more = ["--break-glass", "imminent_danger"]
    before, opened = (run("permitted", store, "7", *OFFICERS, *each) for each in ([], more))
    assert opened.exit_code == 0, opened.output
    assert "opens police-emergency" in opened.stderr
    assert before.stdout != opened.stdout
    assert "level high" in run("timeline", store, "7", *OFFICERS).stdout
    rows = json.loads(run("show", "cit", *OFFICERS, "--format", "json").stdout)
    assert [one["only"] for one in rows if one["id"] == "police-emergency"] == [
        "in an emergency (imminent danger), for 1 h"
    ]


@pytest.mark.parametrize("command", ["timeline", "permitted"])
@pytest.mark.parametrize(
    ("words", "why"),
    [
        ([*OFFICERS[:4], "--break-glass", "imminent_danger"], "--viewer is missing"),
        ([*OFFICERS, "--break-glass", "danger"], "known: imminent_danger, medical_emergency"),
        (["--break-glass", "imminent_danger"], "goes with --as, --purpose and --viewer"),
        ([*OFFICERS, "--break-glass", "medical_emergency"], "only for imminent_danger"),
    ],
)
def test_what_is_missing_or_not_granted_opens_nothing(store, words, why, command):
    """Nobody opens it without an id, a known reason and a row for it."""
    found = run(command, store, "7", *words)
    assert (found.exit_code, why in found.stderr) == (2, True), found.output
    assert "emergency access" not in run("timeline", store, "7").stdout


def test_a_password_in_the_name_of_the_store_is_not_printed(monkeypatch):
    """The command of the review leaves it out."""
    from coresponder.cli import emergency

    work = begun()
    said = []
    monkeypatch.setattr(emergency, "say", lambda line, err: said.append(line))
    window = work.as_(OFFICER, "operations")
    emergency.open_access(window, "one", "imminent_danger", "postgresql://u:hush@h/db", "city")
    assert "review-access" in said[-1]
    assert "--agency city" in said[-1]
    assert "hush" not in "".join(said)


@pytest.mark.parametrize("name", co.shipped_programs())
def test_a_review_of_an_access_that_is_not_there_is_refused(name):
    """It would meet nothing, so a slip in the id is refused; the same id elsewhere does not count."""
    work = co.Workflow(co.load_program(name), co.MemoryStore(), clock=lambda: at(10))
    for incident in ("one", "two"):
        work.replay(incident, STORY)
    access = work.as_(OFFICER, "operations").open_emergency_access("one", "imminent_danger").access
    for incident, named in (("one", access[:-1]), ("two", access)):
        with pytest.raises(co.Refused, match="review-of-an-access"):
            work.record(incident, review(named))
    (owed,) = [one for one in work.due() if one.obligation.key == access]
    work.record("one", review(access))
    assert owed.incident == "one"
    assert access not in {one.obligation.key for one in work.due()}


def test_the_command_refuses_it_under_any_program(tmp_path):
    """Also where no rule does; it names the accesses that there are."""
    path = tmp_path / "own.db"
    with co.SqlStore.open(path, must_exist=False) as opened:
        work = begun(opened)
        window = work.as_(OFFICER, "operations")
        access = window.open_emergency_access("one", "imminent_danger").access
        work.replay("two", STORY)
    how = ["--by", "s-2", "--finding", "justified"]
    slip = run("review-access", path, "one", access[:-1], *how)
    assert (slip.exit_code, access in slip.stderr.replace("\n", "")) == (2, True), slip.output
    other = run("review-access", path, "two", access, *how)
    assert (other.exit_code, "nobody has opened one there" in other.stderr) == (2, True)


# --- two processes ----------------------------------------------------------------------------------

TIMES = 8


def open_at_once(store, together):
    """Open an access to each incident at the moment at which another process does."""
    with co.SqlStore.open(store) as opened:
        window = begun_on(opened).as_(OFFICER, "operations")
        for number in range(TIMES):
            together.wait(60)
            window.open_emergency_access(f"i-{number}", "imminent_danger")


def begun_on(store):
    return co.Workflow(PROGRAM, store, clock=lambda: at(10))


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_two_processes_that_open_it_at_once_open_one(kind, tmp_path, request):
    """One event, one review owed, in each incident."""
    name = (
        tmp_path / "two.db" if kind == "sqlite" else request.getfixturevalue("postgres").database()
    )
    with co.SqlStore.open(name, must_exist=False) as store:
        for number in range(TIMES):
            begun_on(store).replay(f"i-{number}", STORY)
    at_once(open_at_once, (str(name),), (str(name),))
    with co.SqlStore.open(name) as store:
        work = begun_on(store)
        assert len(work.due()) == TIMES
        for number in range(TIMES):
            names = [type(one).__name__ for one in work.case(f"i-{number}").history]
            assert names.count("EmergencyAccessOpened") == 1
        assert work.verify() == ()


# --- check ------------------------------------------------------------------------------------------


def program(*rules, views=(DANGER, LONGER)):
    return program_from_definition({**HOST, "policy": list(rules), "view": list(views)})


ONLY_DANGER = {"event": "EmergencyAccessOpened", "where": {"reason": "imminent_danger"}}


@pytest.mark.parametrize(
    ("rules", "found"),
    [
        ((REVIEWED, NOT_OWN), ()),
        ((NOT_OWN,), ("danger", "longer")),
        ((), ("danger", "longer")),
        (({**REVIEWED, "a": ONLY_DANGER},), ("longer",)),
        (({**REVIEWED, "b": "ReviewHeld", "per": None},), ("danger", "longer")),
        (({**REVIEWED, "per": None},), ()),
    ],
)
def test_a_row_that_owes_nobody_a_review_is_named(rules, found):
    """Also if the rule asks only for some reasons, or for another kind of review."""
    kept = [{key: value for key, value in rule.items() if value is not None} for rule in rules]
    assert rows_without_review(program(*kept)) == found


@pytest.mark.parametrize("name", co.shipped_programs())
def test_shipped_programs_owe_a_review_of_each_emergency_access(name):
    """Each row of theirs, in each role, for each reason."""
    loaded = co.load_program(name)
    assert any(view.emergency_access for view in loaded.views)
    assert rows_without_review(loaded) == ()


def test_check_warns_and_passes(tmp_path):
    """A warning in the text, in JSON, in SARIF and on the page; the program is still proved."""
    file = tmp_path / "own.toml"
    file.write_text(
        '[program]\nid = "own"\nversion = "1"\n[views]\nbase = "united-states"\n', encoding="utf-8"
    )
    said = run("check", file)
    assert said.exit_code == 0, said.output
    assert "'police-emergency' opens in an emergency" in said.stdout
    found = json.loads(run("check", file, "--format", "json").stdout)
    assert found["unreviewed"] == ["police-emergency", "medic-substance-use-emergency"]
    sarif = json.loads(run("check", file, "--format", "sarif").stdout)
    levels = [one["level"] for one in sarif["runs"][0]["results"]]
    assert levels == ["warning", "warning"]
    assert "opens in an emergency" in run("check", file, "--format", "html").stdout
