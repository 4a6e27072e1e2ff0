"""Every code block of the README and the docs runs, and what is generated has not drifted."""

import ast
import importlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from coresponder.cli.commands import commands
from coresponder.program import load_program
from coresponder.workflow import Workflow

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "coresponder"
PAGES = [ROOT / "README.md", *sorted(p for p in (ROOT / "docs").rglob("*.md") if not {"adr", "made", "reference"} & set(p.parts))]
BLOCK = re.compile(r"^```(\w+)(?: title=\"([^\"]+)\")?\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def generate():
    """The generator, as `python docs/generate.py` imports it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "docs"))
        yield importlib.import_module("generate")


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_code_block_runs(page, tmp_path, monkeypatch):
    """In the order of the page, in an empty folder: files are written, commands and Python run."""
    monkeypatch.chdir(tmp_path)
    scope = {}
    for language, title, code in BLOCK.findall(page.read_text("utf-8")):
        if title:
            Path(title).write_text(code, encoding="utf-8")
            if language == "toml" and title not in {
                "mapping.toml",
                "friday-night.toml",
                "channels.toml",
                "journal.toml",
                "force.scenarios.toml",
                "misspelled.toml",
            }:
                load_program(title)
        elif language == "python":
            exec(compile(code, str(page), "exec"), scope)
        elif language == "sh":
            for line in code.splitlines():
                command, _, expected = line.partition("  # exit ")
                if command.startswith("coresponder "):
                    found = CliRunner().invoke(commands, command.split()[1:])
                    assert found.exit_code == int(expected or 0), (line, found.output)
                elif command.startswith("pytest"):
                    done = subprocess.run([sys.executable, "-m", *command.split()], capture_output=True, text=True, check=False)
                    assert done.returncode == int(expected or 0), (line, done.stdout)
                else:
                    assert "uv run" in line
        else:
            assert language in {"text", "mermaid", "csv"}
    for flow in [value for value in scope.values() if isinstance(value, Workflow)]:
        flow.store.close()


def test_the_readme_shows_the_real_output():
    """Its first screen is what the first command prints."""
    shown = next(code for language, _, code in BLOCK.findall((ROOT / "README.md").read_text("utf-8")) if language == "text")
    real = subprocess.run(
        [sys.executable, "-m", "coresponder", "run"], capture_output=True, text=True, check=True, env={**os.environ, "COLUMNS": "80"}
    ).stdout
    assert [line.rstrip() for line in real.rstrip().splitlines()] == shown.rstrip().splitlines()


def test_the_home_page_shows_the_real_proof(tmp_path):
    """What the home page says was proved is what `check` prints of the program beside it."""
    blocks = {language: code for language, _, code in reversed(BLOCK.findall((ROOT / "docs" / "index.md").read_text("utf-8")))}
    (tmp_path / "our-city.toml").write_text(blocks["toml"], encoding="utf-8")
    found = CliRunner().invoke(commands, ["check", str(tmp_path / "our-city.toml")])
    assert found.output.split() == blocks["text"].split()


def test_what_is_generated_has_not_drifted(generate):
    """`python docs/generate.py` would write what is there, and nothing is there that it would not write."""
    there = {path.relative_to(ROOT / "docs" / "reference").with_suffix("").as_posix() for path in (ROOT / "docs" / "reference").rglob("*.md")}
    assert there == set(generate.PAGES)
    drifted = [name for name in there if (ROOT / "docs" / "reference" / f"{name}.md").read_text("utf-8") != generate.page(name)]
    assert not drifted


def _imports(room):
    """Return the rooms that a room imports from when it runs."""
    found = set()
    for file in sorted(SOURCE.glob(f"{room}.py")) or sorted((SOURCE / room).rglob("*.py")):
        tree = ast.parse(file.read_text("utf-8"))
        checking = [node for node in ast.walk(tree) if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)]
        never = {id(inner) for node in checking for inner in ast.walk(node)}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and id(node) not in never and node.module and node.module.startswith("coresponder."):
                found.add(node.module.split(".")[1])
    return found - {room}


def test_the_house_stands_as_it_is_drawn():
    """Every room is drawn once, and imports only from floors below its own."""
    drawing = re.search(r'<ol class="house">(.*?)</ol>', (ROOT / "docs" / "architecture.md").read_text("utf-8"), re.DOTALL)[1]
    floors = [re.findall(r"<code>(\w+)</code>", floor) for floor in drawing.split("</li>")]
    floor_of = {room: -number for number, floor in enumerate(floors) for room in floor}
    rooms = {path.stem for path in SOURCE.iterdir() if not path.stem.startswith("_") and (path.suffix == ".py" or (path / "__init__.py").is_file())}
    assert sorted(room for floor in floors for room in floor) == sorted(rooms)
    assert not [(room, below) for room in rooms for below in _imports(room) if floor_of[below] >= floor_of[room]]


def test_every_page_is_in_the_navigation():
    """A reader finds each page from the menu."""
    menu = (ROOT / "mkdocs.yml").read_text("utf-8")
    pages = (path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md"))
    assert not [page for page in pages if f" {page}\n" not in menu and not page.startswith(("adr/", "made/"))]


@pytest.mark.parametrize("example", sorted((ROOT / "examples").glob("*.py")), ids=lambda p: p.name)
def test_every_example_runs(example):
    """As its reader would run it."""
    found = subprocess.run([sys.executable, "-W", "error", str(example)], capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    assert found.stdout


def test_the_example_program_loads():
    """It is whole."""
    assert load_program(ROOT / "examples" / "my-city.toml").policies
