"""A command that writes a file writes it whole, or says in one sentence which file it could not
write, why, and what to do.
"""

import os
import resource
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from coresponder.cli.commands import commands
from coresponder.cli.written import NEW_FILE, PRINTED_OR_FILE, whole_file
from coresponder.errors import StoreUnavailable

NOBODY = 65534


def _run(*arguments):
    return CliRunner().invoke(commands, [str(a) for a in arguments])


def _commands(group, *path):
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from _commands(command, *path, name)
        else:
            yield (*path, name), command


WRITERS = [
    (path, max(option.opts, key=len))
    for path, command in _commands(commands)
    for option in command.params
    if option.type in {NEW_FILE, PRINTED_OR_FILE}
]


def test_every_file_that_is_written_is_looked_at_first():
    """All options that name a file to write are of one type."""
    said = {
        (path, option.opts[-1])
        for path, command in _commands(commands)
        for option in command.params
        if isinstance(option, click.Option)
        and (option.help or "").startswith(("Write", "Draw", "The new file", "The file of anchors"))
        and "--against" not in option.opts
    }
    assert said <= {(path, name) for path, name in WRITERS}
    assert (("export", "fhir"), "--output") in WRITERS
    assert len(WRITERS) >= 16


@pytest.mark.parametrize(("path", "option"), WRITERS, ids=lambda one: " ".join([*one]))
def test_a_file_that_cannot_be_written_is_told_before_the_work_begins(tmp_path, path, option):
    """A folder that is not there, and a folder in place of a file; nothing is made."""
    lost = _run(*path, option, tmp_path / "none" / "x")
    assert lost.exit_code == 2
    assert lost.stderr.endswith(
        f"Error: {option}: {tmp_path}/none/x: there is no folder {tmp_path}/none; make it, or"
        " choose another\n"
    )
    folder = _run(*path, option, tmp_path)
    assert folder.exit_code == 2
    assert f"Error: {option}: {tmp_path}: this is a folder; name a file in it" in folder.stderr
    assert [*tmp_path.iterdir()] == []


@pytest.fixture(scope="module")
def night(tmp_path_factory):
    """A store with a played night."""
    path = tmp_path_factory.mktemp("night") / "night.db"
    assert _run("run", "cit", "--incidents", 5, "--store", path).exit_code == 0
    return path


@pytest.mark.parametrize("format", ["ocel", "events", "calendar", "use-of-force"])
def test_a_full_disk_is_told_and_leaves_a_device_in_place(night, format):
    """`/dev/full` takes nothing, and stays a device."""
    full = _run("export", format, night, "-o", "/dev/full")
    assert (full.exit_code, full.stderr) == (
        2,
        "error: not written: /dev/full: the disk is full; make room, or choose another folder\n",
    )
    assert not Path("/dev/full").is_file()


def test_minus_is_what_is_printed(night, tmp_path, monkeypatch):
    """`-o -` prints the same as without -o, and makes no file; what cannot be printed says so."""
    monkeypatch.chdir(tmp_path)
    for format in ("calendar", "use-of-force"):
        printed = _run("export", format, night)
        assert _run("export", format, night, "-o", "-").stdout == printed.stdout
        assert printed.stdout
        there = _run("export", format, night, "-o", "there")
        assert there.exit_code == 0
        assert (tmp_path / "there").read_text().splitlines() == printed.stdout.splitlines()
    assert "name a file" in _run("export", "events", night, "-o", "-").stderr
    assert [one.name for one in tmp_path.iterdir()] == ["there"]


CUT_OFF = """
import pathlib, sys
from coresponder.cli.written import whole_file
path = pathlib.Path(sys.argv[1])
with whole_file(path) as file:
    file.write_text("new" * 10_000)
"""
ANCHOR = """
import pathlib, sys
from coresponder.cli.anchors import _add
_add(pathlib.Path(sys.argv[1]), "new" * 10_000)
"""


@pytest.mark.parametrize("script", [CUT_OFF, ANCHOR], ids=["whole", "at the end"])
def test_a_disk_that_fills_up_half_way_leaves_the_earlier_file(tmp_path, script):
    """The file is as it was, and nothing lies beside it."""
    path = tmp_path / "report.html"
    path.write_text("earlier")
    found = subprocess.run(
        [sys.executable, "-c", script, path],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},  # it would cut modules off, too
        preexec_fn=partial(resource.setrlimit, resource.RLIMIT_FSIZE, (5_000, 5_000)),
    )
    assert f"not written: {path}: the disk is full; make room" in found.stderr
    assert path.read_text() == "earlier"
    assert [*tmp_path.iterdir()] == [path]


AS_NOBODY = f"""
import os, sys
from coresponder.cli.commands import commands
report = commands.get_command(None, "report")
if not os.geteuid():
    os.setuid({NOBODY})  # who may not read the modules that are imported after this
report(["cit", "-o", sys.argv[1]])
"""


@pytest.fixture
def public():
    """A folder that everybody may enter."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def test_where_one_may_not_write_is_told(public):
    """A folder of somebody else, and a file that is protected."""
    closed, path = public / "closed", public / "mine.html"
    closed.mkdir(mode=0o555)
    path.write_text("earlier")
    path.chmod(0o444)
    for place in (closed / "x.html", path):
        found = subprocess.run(
            [sys.executable, "-c", AS_NOBODY, place], capture_output=True, text=True, check=False
        )
        assert f"{place}: you may not read or write it; choose another" in found.stderr
    assert path.read_text() == "earlier"


def test_the_mode_of_a_file_and_a_link_to_it_stay(tmp_path):
    """What is written again stays as private as it was, where it was."""
    real, link = tmp_path / "real", tmp_path / "link"
    real.write_text("earlier")
    real.chmod(0o600)
    link.symlink_to(real)
    with whole_file(link) as file:
        file.write_text("new")
    assert (link.is_symlink(), real.read_text(), real.stat().st_mode & 0o777) == (
        True,
        "new",
        0o600,
    )


def test_an_error_of_a_store_is_not_taken_for_one_of_the_file(tmp_path):
    """It says its own words, and nothing is written."""
    with pytest.raises(StoreUnavailable, match="^locked$"), whole_file(tmp_path / "x"):
        raise StoreUnavailable("locked")
    assert [*tmp_path.iterdir()] == []


def test_the_terminal_that_cannot_be_written_is_told():
    """No bare number of the system."""
    with Path("/dev/full").open("w") as full:
        found = subprocess.run(
            [sys.executable, "-m", "coresponder", "programs"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (
        found.stderr == "error: the output: the disk is full; make room, or choose another folder\n"
    )
