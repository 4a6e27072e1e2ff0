"""A person at a terminal sees that a command works; a file and a pipe get only its result."""

import io
import json
from contextlib import closing
from importlib import resources

import pytest
from click.testing import CliRunner

from coresponder.cli.commands import commands
from coresponder.stores.keys import LocalKeys
from coresponder.stores.sql import SqlStore

ROSTER = resources.files("coresponder.programs") / "cit.roster.csv"
JSON = ("--format", "json")
SLOW = [
    (["verify", "s.db", *JSON], "compares every row"),
    (["rebuild", "s.db"], "reads the log"),
    (["checkpoint", "s.db"], "reads the log"),
    (["migrate", "s.db"], "brings the tables up to date"),
    (["scrub", "s.db"], "erases"),
    (["forget", "s.db", "p-1"], "erases"),
    (["encrypt", "e.db", "--keys", "keys"], "entries"),
    (["rotate-keys", "e.db", "--keys", "keys"], "keys"),
    (["coverage", "cit", "--roster", str(ROSTER), "--weeks", "1", *JSON], "works out the coverage"),
    (["anchor", "s.db", "--to", "anchors", "--key", "key"], "reads the log"),
    (["audit", "foundation", "--store", "s.db", "--now", "2026-03-02T12:00Z", *JSON], "incidents"),
    (["check", "foundation", *JSON], "policies"),
    (["diff", "foundation", "foundation", *JSON], "compares the programs"),
    (["import", "ocel", "s.db", "log.json", *JSON], "incidents"),
    (["run", "foundation", "--incidents", "2", *JSON], "calls"),
]


class Terminal(io.StringIO):
    """A terminal that remembers what it showed."""

    def isatty(self):
        """Return what a terminal returns."""
        return True


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A store with a few incidents, a key for anchors, and an event log."""
    folder = tmp_path_factory.mktemp("slow")
    store, key, log = (str(folder / name) for name in ("s.db", "key", "log.json"))
    for words in (
        ["run", "foundation", "--incidents", "3", "--store", store],
        ["anchor-key", "records.example.org", "--to", key],
        ["export", "ocel", store, "-o", log],
        ["run", "foundation", "--incidents", "1", "--store", str(folder / "e.db")],
        ["encrypt", str(folder / "e.db"), "--keys", str(folder / "keys")],
    ):
        made = CliRunner().invoke(commands, words)
        assert made.exit_code == 0, made.output
    return folder


@pytest.mark.parametrize(("words", "said"), SLOW, ids=[words[0] for words, _ in SLOW])
def test_a_slow_command_shows_that_it_works_on_a_terminal_only(
    words, said, folder, monkeypatch, capsys
):
    """What is printed is the same with and without one, and JSON stays JSON."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("TERM", "xterm")
    with pytest.raises(SystemExit):
        commands.main(words)
    out, err = capsys.readouterr()
    assert said not in err
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    with pytest.raises(SystemExit):
        commands.main(words)
    assert said in terminal.getvalue()
    again = capsys.readouterr().out
    assert again == out
    if "json" in words:
        assert json.loads(again)


def test_encrypting_and_rotating_say_how_much_is_done(tmp_path):
    """After each transaction, so that the count never names what may still be undone."""
    keys = LocalKeys.make(tmp_path / "keys")
    with closing(SqlStore.sqlite(tmp_path / "s.db")) as plain:
        for number in range(101):
            about = {"subject": f"p-{number % 2}", "kind": "note", "audience": "clinician"}
            plain.remember("default", **about, text="words")
    entries, wrapped = list[int](), list[int]()
    with closing(SqlStore.sqlite(tmp_path / "s.db", keys=keys)) as store:
        assert store.encrypt("default", progress=entries.append) == 101
        assert store.rotate_keys("default", progress=wrapped.append) == 2
    assert (entries, wrapped) == ([100, 101], [1, 2])
