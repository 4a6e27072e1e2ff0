"""Every code block of the README and the docs runs, and what is generated has not drifted."""

import ast
import importlib
import os
import re
import shlex
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
DOCS = ROOT / "docs"
NOT_RUN = {"adr", "made", "reference"}
PAGES = [ROOT / "README.md", *sorted(p for p in DOCS.rglob("*.md") if not NOT_RUN & {*p.parts})]
NO_PROGRAMS = {
    "night.toml",
    "channels.toml",
    "force.scenarios.toml",
    "friday-night.toml",
    "journal.toml",
    "mapping.toml",
    "units.toml",
    "misspelled.toml",
    "trained-in-time.scenarios.toml",
}
FEW_EXAMPLES = """from hypothesis import settings

settings.register_profile("page", max_examples=3, derandomize=True)
settings.load_profile("page")
"""
SHOW_OUTPUT = {"from-nothing.md"}
BLOCK = re.compile(r"^```(\w+)(?: title=\"([^\"]+)\")?\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def generate():
    """The generator, as `python docs/generate.py` imports it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "docs"))
        yield importlib.import_module("generate")


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_code_block_runs(page, tmp_path, monkeypatch):
    """In the order of the page, in an empty folder: files are written, commands and Python run.

    The tutorial shows what its commands print.
    """
    monkeypatch.chdir(tmp_path)
    Path("conftest.py").write_text(FEW_EXAMPLES)
    scope, printed, shown = {}, "", []
    for language, title, code in BLOCK.findall(page.read_text("utf-8")):
        if title:
            Path(title).write_text(code, encoding="utf-8")
            if language == "toml" and title not in NO_PROGRAMS:
                load_program(title)
        elif language == "python":
            exec(compile(code, f"<{page.name}>", "exec"), scope)
        elif language == "sh":
            for line in code.splitlines():
                command, _, expected = line.partition("  # exit ")
                if command.startswith("coresponder "):
                    found = CliRunner().invoke(commands, shlex.split(command)[1:])
                    assert found.exit_code == int(expected or 0), (line, found.output)
                    printed += found.output
                elif command.startswith("pytest"):
                    command = command.replace("-examples 20", "-examples 2")
                    done = subprocess.run(
                        [sys.executable, "-m", *command.split()],
                        capture_output=True,
                        text=True,
                        check=False,
                    )
                    assert done.returncode == int(expected or 0), (line, done.stdout)
                else:
                    assert "uv run" in line
        else:
            assert language in {"text", "mermaid", "csv"}
            shown += [code] if language == "text" else []
    if page.name in SHOW_OUTPUT:
        assert not [
            text for text in shown if " ".join(text.split()) not in " ".join(printed.split())
        ]
    for flow in [value for value in scope.values() if isinstance(value, Workflow)]:
        flow.store.close()


def test_the_readme_shows_the_real_output():
    """Its first screen is what the first command prints."""
    shown = next(
        code
        for language, _, code in BLOCK.findall((ROOT / "README.md").read_text("utf-8"))
        if language == "text"
    )
    real = subprocess.run(
        [sys.executable, "-m", "coresponder", "run"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "COLUMNS": "80"},
    ).stdout
    assert [line.rstrip() for line in real.rstrip().splitlines()] == shown.rstrip().splitlines()


def test_the_home_page_shows_the_real_proof(tmp_path):
    """What the home page says was proved is what `check` prints, without how much it explored."""
    shown = reversed(BLOCK.findall((DOCS / "index.md").read_text("utf-8")))
    blocks = {language: code for language, _, code in shown}
    (tmp_path / "our-city.toml").write_text(blocks["toml"], encoding="utf-8")
    found = CliRunner().invoke(commands, ["check", str(tmp_path / "our-city.toml")])
    said = [line for line in found.output.splitlines() if "states explored" not in line]
    assert " ".join(said).split() == blocks["text"].split()


def test_what_is_generated_has_not_drifted(generate):
    """`python docs/generate.py` would write what is there, and nothing else is there."""
    folder = DOCS / "reference"
    there = {
        path.relative_to(folder).with_suffix("").as_posix(): path for path in folder.rglob("*.md")
    }
    assert there.keys() == generate.PAGES.keys()
    assert not [
        name for name, path in there.items() if path.read_text("utf-8") != generate.page(name)
    ]
    assert not [
        name
        for name in generate.BESIDE
        if (DOCS / f"{name}.md").read_text("utf-8") != generate.page(name)
    ]


def _imports(room):
    """Yield the rooms that a room imports from when it runs."""
    for file in sorted(SOURCE.glob(f"{room}.py")) or sorted((SOURCE / room).rglob("*.py")):
        nodes = [*ast.walk(ast.parse(file.read_text("utf-8")))]
        ifs = [node for node in nodes if isinstance(node, ast.If)]
        checking = [node for node in ifs if "TYPE_CHECKING" in ast.unparse(node.test)]
        never = {id(inner) for node in checking for inner in ast.walk(node)}
        for node in nodes:
            if isinstance(node, ast.ImportFrom) and id(node) not in never:
                package, _, module = (node.module or "").partition(".")
                if package == "coresponder" and module:
                    yield module.partition(".")[0]


def test_the_house_stands_as_it_is_drawn():
    """Every room is drawn once, and imports only from floors below its own."""
    page = (DOCS / "architecture.md").read_text("utf-8")
    drawing = re.search(r'<ol class="house">(.*?)</ol>', page, re.DOTALL)[1]
    floors = [re.findall(r"<code>(\w+)</code>", floor) for floor in drawing.split("</li>")]
    floor_of = {room: -number for number, floor in enumerate(floors) for room in floor}
    packages = [path.parent.name for path in SOURCE.glob("*/__init__.py")]
    rooms = [*packages, *(path.stem for path in SOURCE.glob("[!_]*.py"))]
    assert sorted(room for floor in floors for room in floor) == sorted(rooms)
    moves = [(room, below) for room in rooms for below in _imports(room) if below != room]
    assert not [move for move in moves if floor_of[move[1]] >= floor_of[move[0]]]


def test_every_page_is_in_the_navigation():
    """A reader finds each page from the menu."""
    menu = (ROOT / "mkdocs.yml").read_text("utf-8")
    pages = [path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")]
    listed = [page for page in pages if not page.startswith(("adr/", "made/"))]
    assert not [page for page in listed if f" {page}\n" not in menu]


@pytest.mark.parametrize("example", sorted((ROOT / "examples").glob("*.py")), ids=lambda p: p.name)
def test_every_example_runs(example):
    """As its reader would run it."""
    found = subprocess.run(
        [sys.executable, "-W", "error", str(example)], capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stderr
    assert found.stdout


def test_the_example_program_loads():
    """It is whole."""
    assert load_program(ROOT / "examples" / "my-city.toml").policies
