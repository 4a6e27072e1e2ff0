"""The pytest plugin: a program is tested without writing Python."""

import subprocess
import sys
from pathlib import Path

import pytest

from coresponder.program import load_program
from coresponder.testing import load_scenarios

EXAMPLES = Path(__file__).parent.parent.parent / "examples"


def run(*options, cwd):
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_program_runs_as_a_suite(tmp_path):
    """Every rule is a test, and the report says what was covered."""
    done = run("--coresponder-program", "cit", "--coresponder-examples", "2", "-v", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "test_permitted_agrees_with_advance" in done.stdout
    assert f"{load_program('cit').name}: journeys covered" in done.stdout
    assert "test_scenario_01_a_cit_officer_leads" in done.stdout
    stories = len(load_scenarios("cit", load_program("cit")))
    assert f"{8 + 7 + stories} passed" in done.stdout  # rules, those of responders, scenarios


def test_a_program_that_is_refuted_fails(tmp_path):
    """The failure says what `coresponder check` would."""
    text = (EXAMPLES / "my-city.toml").read_text()
    text += '\n[[policy]]\nid = "never-cancel"\ntemplate = "absence"\na = "IncidentCancelled"\nenforcement = "BLOCK"\nauthority = "x"\n'
    (tmp_path / "city.toml").write_text(text)
    done = run("--coresponder-program", "city.toml", "--coresponder-examples", "2", cwd=tmp_path)
    assert done.returncode == 1
    assert "my-city@1 is refuted" in done.stdout
    assert "IncidentCancelled: received -> cancelled is never taken" in done.stdout


@pytest.mark.parametrize("name", ["no-such-program", "broken.toml"])
def test_a_program_that_cannot_be_used_is_a_usage_error(name, tmp_path):
    """No traceback, and what is wrong."""
    (tmp_path / "broken.toml").write_text('[program]\nid = "x"\n')
    done = run("--coresponder-program", name, cwd=tmp_path)
    assert done.returncode != 0
    assert (
        "version: it is required" in done.stdout + done.stderr
        or "neither a shipped program nor a file" in done.stdout + done.stderr
    )
    assert "Traceback" not in done.stdout + done.stderr
