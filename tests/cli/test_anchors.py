"""An insider who can write the database, and does it well enough that `verify` finds nothing, is
found by the anchors.
"""

import contextlib
import datetime as dt
import shutil
import sqlite3
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest
from click.testing import CliRunner, Result

from coresponder.cli.commands import commands
from coresponder.clock import utc_now
from coresponder.domain import events as e
from coresponder.errors import CorruptRecord
from coresponder.interop.transparency.anchored import anchor_of, departures
from coresponder.program import load_program
from coresponder.stores.rows import cover
from coresponder.stores.sql import SqlStore
from coresponder.stores.tables import INCIDENT, METADATA, PROGRAM
from coresponder.workflow import Workflow
from tests.conftest import at
from tests.interop.test_transparency import SCRIPT

AGENCIES = ("north", "south")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(commands, [*map(str, arguments)])


def write(
    store: SqlStore,
    agency: str = "north",
    *,
    incidents: range = range(6),
    role: Callable[[str], str] = lambda incident: "person_in_crisis",
) -> None:
    """Write some incidents as the library writes them, so that no digest is wrong."""
    flow = Workflow(load_program("cit"), store, agency=agency, clock=lambda: at(600))
    for number in incidents:
        incident, then = f"{agency}-{number}", at(number)
        call = e.CallReceived(at=then, by="dispatcher-7", source="911", nature="suicide_threat")
        flow.receive(call, incident=incident, request=f"call-{incident}")
        person = f"person-{number}"
        flow.record(
            incident,
            e.PersonInvolved(at=then, by="officer-1", person=person, role=role(incident)),
            request=f"person-{incident}",
        )
    store.checkpoint(agency, at=at(601))
    flow.feed()


@attrs.frozen
class Scene:
    """A store of two agencies, with two anchors of each: after three incidents, and after six."""

    folder: Path
    public: str

    @property
    def anchors(self) -> Path:
        return self.folder / "anchors.txt"

    def verify(self, store: str, agency: str = "north", *, anchored: bool = True) -> Result:
        against = ("--against", self.anchors, "--public-key", self.public) if anchored else ()
        return run("verify", self.folder / store, "--agency", agency, *against)

    def forged(self, name: str, **changed: Any) -> str:
        """Write a store of `north` anew, with something changed; `verify` finds nothing in it."""
        with SqlStore.sqlite(self.folder / name) as store:
            for incidents in (range(3), range(3, changed.pop("until", 6))):
                write(store, incidents=incidents, **changed)
            for agency in changed.get("others", ()):
                write(store, agency)
        alone = self.verify(name, anchored=False)
        assert alone.exit_code == 0, alone.output
        return name


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    folder = tmp_path_factory.mktemp("anchors")
    made = run("anchor-key", "records.example.org", "--to", folder / "key")
    assert made.exit_code == 0, made.output
    path = folder / "night.db"
    for incidents in (range(3), range(3, 6)):
        with SqlStore.sqlite(path) as store:
            for agency in AGENCIES:
                write(store, agency, incidents=incidents)
        shutil.copy(path, folder / f"after-{incidents.stop}.db")
        for agency in AGENCIES:
            _anchor(folder, path, agency, day=incidents.stop)
    return Scene(folder, made.output.strip())


def _anchor(folder: Path, store: Path, agency: str, day: int) -> None:
    now = (at(0) + dt.timedelta(days=day)).isoformat()
    where = ("--key", folder / "key", "--to", folder / "anchors.txt", "--now", now)
    done = run("anchor", store, "--agency", agency, *where)
    assert done.exit_code == 0, done.output


def test_a_store_that_nobody_touched_is_what_the_anchors_say(scene: Scene) -> None:
    """Each agency is compared with its own anchors, and nothing is found."""
    for agency in AGENCIES:
        done = scene.verify("night.db", agency)
        assert done.exit_code == 0, done.output
        assert "as it was written and as" in done.output


def test_a_chain_that_was_made_anew_is_named(scene: Scene) -> None:
    """Somebody changes the role of one person in the fifth incident and writes all digests anew."""
    name = scene.forged(
        "rewritten.db", role=lambda one: "victim" if one == "north-4" else "person_in_crisis"
    )
    done = scene.verify(name)
    assert done.exit_code == 1
    assert "events of north that were recorded between the anchor of 2026-03-05" in done.output
    assert "and the anchor of 2026-03-08" in done.output


def test_the_newest_incident_that_was_dropped_is_named(scene: Scene) -> None:
    """Somebody removes the newest incident with all that belongs to it."""
    done = scene.verify(scene.forged("shorter.db", until=5))
    assert done.exit_code == 1
    assert "knew 12 events of north, and 10 of them can be there at most" in done.output


def test_an_older_file_that_was_put_back_is_named(scene: Scene) -> None:
    """Yesterday's file is put back, and work goes on in it: the size alone tells nothing then."""
    assert scene.verify("after-3.db", anchored=False).exit_code == 0
    assert "an older copy of the store was put back" in scene.verify("after-3.db").output
    unread = scene.folder / "unread.db"
    with SqlStore.sqlite(unread) as store:
        flow = Workflow(load_program("cit"), store, agency="north", clock=lambda: at(600))
        call = e.CallReceived(at=at(0), by="dispatcher-7", source="911", nature="suicide_threat")
        for number in range(20):
            flow.receive(call, incident=f"north-{number}")
    assert "knew 6 events of north, and 0 of them" in scene.verify("unread.db").output
    again = scene.folder / "went-on.db"
    shutil.copy(scene.folder / "after-3.db", again)
    with SqlStore.sqlite(again) as store:
        write(store, incidents=range(10, 20))
    done = scene.verify("went-on.db")
    assert done.exit_code == 1
    assert "recorded between the anchor of 2026-03-05" in done.output


def test_two_agencies_that_were_exchanged_are_named(scene: Scene) -> None:
    """The log of one agency, written anew under the name of the other, is not the other's."""
    with SqlStore.sqlite(scene.folder / "exchanged.db") as store:
        for agency, other in zip(AGENCIES, reversed(AGENCIES), strict=True):
            flow = Workflow(load_program("cit"), store, agency=agency, clock=lambda: at(600))
            for number in range(14):
                call = e.CallReceived(
                    at=at(number), by="dispatcher-7", source="911", nature="suicide_threat"
                )
                flow.receive(call, incident=f"{other}-{number}")
            flow.feed()
    for agency in AGENCIES:
        assert scene.verify("exchanged.db", agency, anchored=False).exit_code == 0
        done = scene.verify("exchanged.db", agency)
        assert done.exit_code == 1
        assert f"events of {agency} " in done.output


def test_a_program_that_was_changed_with_all_checkpoints_is_named(scene: Scene) -> None:
    """The program of past incidents is another, and all that covers it was made anew."""
    path = scene.folder / "program.db"
    shutil.copy(scene.folder / "night.db", path)
    with contextlib.closing(sqlite3.connect(path)) as db, db:
        db.row_factory = sqlite3.Row
        row = dict(db.execute("SELECT * FROM coresponder_program").fetchone())
        row["definition"] = row["definition"].replace('"title": "', '"title": "Our ')
        row["digest"] = cover(PROGRAM, row)
        db.execute("UPDATE coresponder_program SET definition = :definition, digest = :digest", row)
        db.execute("DELETE FROM coresponder_checkpoint")
        for table in METADATA.sorted_tables:
            if "sealed" in table.c:
                db.execute(f"UPDATE {table.name} SET sealed = 0")
        for head in map(dict, db.execute("SELECT * FROM coresponder_incident").fetchall()):
            db.execute(
                "UPDATE coresponder_incident SET digest = :digest"
                " WHERE agency = :agency AND incident = :incident",
                head | {"digest": cover(INCIDENT, head)},
            )
    with SqlStore.sqlite(path) as store:
        for _ in range(2):
            store.checkpoint("north", at=at(601))
    assert scene.verify("program.db", anchored=False).exit_code == 0
    done = scene.verify("program.db")
    assert done.exit_code == 1
    assert "checkpoint 1 of north is not the one that was anchored" in done.output


def test_a_log_that_departs_is_not_anchored_again(scene: Scene) -> None:
    """A new anchor over a forged log would hide it: nothing is signed, and the file stays."""
    before = scene.anchors.read_bytes()
    where = ("--key", scene.folder / "key", "--to", scene.anchors, "--agency", "north")
    done = run("anchor", scene.folder / "after-3.db", *where)
    assert done.exit_code == 1
    assert "no anchor was made" in done.output
    assert scene.anchors.read_bytes() == before


def test_an_event_and_the_whole_are_proved_without_the_store(scene: Scene) -> None:
    """The script that uses no code of the library accepts both proofs, and neither after a change."""
    known = ("--against", scene.anchors, "--public-key", scene.public, "--agency", "north")
    one = run("export", "inclusion", scene.folder / "night.db", "north-4", 2, *known)
    assert one.exit_code == 0, one.output
    said = SCRIPT.check(one.output, scene.public)
    assert said.startswith("PersonInvolved, recorded at ")
    assert said.endswith("of 12 of records.example.org/north")
    both = run("export", "consistency", scene.folder / "night.db", *known)
    assert "the 12 events of records.example.org/north begin with the 6" in SCRIPT.check(
        both.output, scene.public
    )
    forged = run("export", "consistency", scene.folder / "went-on.db", *known)
    with pytest.raises(SCRIPT.Wrong):
        SCRIPT.check(forged.output, scene.public)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("north-9", 1), "has no incident"),
        (("north-4", 3), "incident north-4 has 2 events, and no event 3"),
    ],
)
def test_what_cannot_be_proved_is_said(scene: Scene, arguments: tuple[str, int], said: str) -> None:
    """An incident or event that is not there is one error."""
    known = ("--against", scene.anchors, "--public-key", scene.public, "--agency", "north")
    done = run("export", "inclusion", scene.folder / "night.db", *arguments, *known)
    assert done.exit_code != 0
    assert said in done.output


def test_odd_calls_are_one_error(scene: Scene, tmp_path: Path) -> None:
    """A wrong key, a file that is none, an agency without an anchor, half of the options: each says
    what to do.
    """
    other = run("anchor-key", "records.example.org", "--to", tmp_path / "key").output.strip()
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "empty").write_bytes(b"")
    night, north = scene.folder / "night.db", ("--agency", "north")
    wanted = [
        (("verify", night, *north, "--against", scene.anchors), "give both"),
        (("verify", night, *north, "--against", scene.anchors, "--public-key", other), "give the key that signed"),
        (("verify", night, *north, "--against", scene.anchors, "--public-key", "x"), "no public key"),
        (("verify", night, *north, "--against", tmp_path / "binary", "--public-key", other), "UTF-8"),
        (("verify", night, *north, "--against", tmp_path / "empty", "--public-key", other), "it is empty"),
        (("anchor-key", "x", "--to", tmp_path / "key"), "is there already"),
        (("anchor-key", "two words", "--to", tmp_path / "new"), "no space"),
        (("anchor", night, *north, "--key", scene.anchors, "--to", tmp_path / "a"), "no key that signs"),
    ]  # fmt: skip
    for arguments, said in wanted:
        done = run(*arguments)
        assert done.exit_code != 0, arguments
        assert said in " ".join(done.output.split()), (arguments, done.output)
        assert "Traceback" not in done.output


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlStore]:
    if request.param == "sqlite":
        opened = SqlStore.sqlite(tmp_path / "night.db")
    else:
        opened = SqlStore.postgresql(request.getfixturevalue("postgres").database())
    with opened:
        yield opened


def test_a_family_of_steps_is_anchored_on_every_database(store: SqlStore) -> None:
    """Anchors of a log that grows, on SQLite and PostgreSQL: each continues those before, and a log
    of another agency does not fit.
    """
    made = [anchor_of(store, "north", at=utc_now(), since=())]
    assert made[0].size == 0
    for start in range(0, 9, 3):
        write(store, incidents=range(start, start + 3))
        made.append(anchor_of(store, "north", at=utc_now(), since=made))
    assert [anchor.size for anchor in made] == [0, 6, 12, 18]
    assert list(departures(store, "north", made)) == []
    write(store, "south", incidents=range(12))
    theirs = [attrs.evolve(anchor, agency="south") for anchor in made]
    with pytest.raises(CorruptRecord, match="no anchor was made"):
        anchor_of(store, "south", at=utc_now(), since=theirs)
