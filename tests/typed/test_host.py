"""A host that installs the wheel has its types, in the two type checkers that hosts use."""

import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from functools import partial
from pathlib import Path

import pytest

pytest.importorskip(
    "mypy", reason="mypy is in the group lint: uv run --group lint pytest tests/typed"
)
pytest.importorskip(
    "pyright", reason="pyright is in the group lint: uv run --group lint pytest tests/typed"
)

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
FILES = ("host.py", "misspelled.py")


def _run(*command, cwd, env=None):
    return subprocess.run(
        list(map(str, command)),
        cwd=cwd,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    """Return a folder with the two files, and an environment that has the wheel and not the source."""
    folder = tmp_path_factory.mktemp("host")
    every = importlib.metadata.metadata("coresponder").get_all("Provides-Extra")
    # Spark has no wheel: half a gigabyte would be built for types that no file here reads.
    extras = ",".join(sorted({*every} - {"spark"}))
    for command in (
        ("build", "--wheel", "--out-dir", folder / "dist", ROOT),
        ("venv", "--python", sys.executable, folder / "venv"),
    ):
        made = _run(sys.executable, "-m", "uv", "--quiet", *command, cwd=folder)
        assert made.returncode == 0, made.stderr
    (wheel,) = (folder / "dist").glob("*.whl")
    wanted = (
        "pip",
        "install",
        "--python",
        _python(folder),
        "--constraint",
        ROOT / "constraints.txt",
        f"{wheel}[{extras}]",
    )
    made = _run(sys.executable, "-m", "uv", "--quiet", *wanted, cwd=folder)
    assert made.returncode == 0, made.stderr
    for name in FILES:
        shutil.copy(HERE / name, folder)
    return folder


def _python(folder):
    return folder / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python"


@pytest.fixture(scope="module")
def mypy(host):
    """Return {file: {line: codes of errors}}, as mypy --strict sees them."""
    strict = ("--strict", "--config-file=", "--output=json", "--no-error-summary")
    found = _run(
        sys.executable,
        "-m",
        "mypy",
        *strict,
        "--python-executable",
        _python(host),
        *FILES,
        cwd=host,
    )
    assert found.returncode in {0, 1}, found.stdout + found.stderr
    said = [json.loads(line) for line in found.stdout.splitlines()]
    return _by_file(
        (Path(one["file"]).name, one["line"], one["code"])
        for one in said
        if one["severity"] == "error"
    )


@pytest.fixture(scope="module")
def pyright(host):
    """Return the same, as pyright sees it."""
    said = _pyright(host, *FILES)["generalDiagnostics"]
    errors = (one for one in said if one["severity"] == "error")
    return _by_file(
        (Path(one["file"]).name, one["range"]["start"]["line"] + 1, one["rule"]) for one in errors
    )


def _pyright(folder, *arguments):
    """Return what pyright says; skip where its node cannot be had."""
    path = os.pathsep.join([str(_python(folder).parent), os.environ["PATH"]])
    run = partial(
        _run,
        sys.executable,
        "-m",
        "pyright",
        cwd=folder,
        env={"VIRTUAL_ENV": str(folder / "venv"), "PATH": path},
    )
    found = run("--outputjson", *arguments)
    if found.returncode not in {0, 1} and run("--version").returncode:
        pytest.skip("pyright's node cannot be had here: pip install 'pyright[nodejs]'")
    assert found.returncode in {0, 1}, found.stdout + found.stderr
    return json.loads(found.stdout)


def _by_file(errors):
    found = {name: defaultdict(set) for name in FILES}
    for name, line, code in errors:
        found[name][line].add(code)
    return found


def _expected(which):
    """Return {line: codes} that stand in misspelled.py: mypy's before the comma, pyright's after
    it.
    """
    found = {}
    for number, line in enumerate((HERE / "misspelled.py").read_text("utf-8").splitlines(), 1):
        if said := re.search(r"# error: (.+)", line):
            codes = [part.split() for part in said[1].split(", ")]
            found |= {number: set(codes[which])} if which < len(codes) else {}
    return found


def test_what_a_host_writes_is_taken_by_mypy(mypy):
    """mypy --strict has nothing to say, and sees the types that the host says."""
    assert mypy["host.py"] == {}


def test_what_a_host_writes_is_taken_by_pyright(pyright):
    """pyright has nothing to say, and sees the same types."""
    assert pyright["host.py"] == {}


def test_what_is_misspelled_is_found_by_mypy(mypy):
    """Each line has the errors that stand behind it, and no other line has one."""
    assert mypy["misspelled.py"] == _expected(0)


def test_what_is_misspelled_is_found_by_pyright(pyright):
    """Each line has the error that stands behind it, and no other line has one."""
    assert pyright["misspelled.py"] == _expected(1)


def test_every_public_name_has_a_type(host):
    """Of all that the wheel offers, pyright knows the type, without guessing."""
    found = _pyright(host, "--verifytypes", "coresponder", "--ignoreexternal")["typeCompleteness"]
    unknown = [
        one["name"]
        for one in found["symbols"]
        if one["isExported"] and not (one["isTypeKnown"] and not one["isTypeAmbiguous"])
    ]
    assert found["packageRootDirectory"].startswith(str(host)) and unknown == []
    assert found["completenessScore"] == 1
