"""kill -9 at random points of run, relay and tick."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def kill(name, turns, folder, seed=1):
    command = [
        sys.executable,
        "-m",
        "tests.stores.killed",
        str(name),
        str(turns),
        str(seed),
        str(folder),
    ]
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, cwd=ROOT, timeout=60 + turns
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    print(found)
    assert found["faults"] == [], (found, done.stderr[-2000:])
    assert found["steps"] > turns // 3  # how many are taken before a kill hangs on the machine
    assert found["told"] >= found["notices"] > 0
    assert min(found["read"]) > turns // 3


@pytest.mark.parametrize(
    ("kind", "turns"),
    [
        ("sqlite", 70),
        ("postgresql", 30),
        *(pytest.param(k, 500, marks=pytest.mark.slow) for k in ("sqlite", "postgresql")),
    ],
)
def test_no_step_is_lost_or_doubled_and_every_notice_is_told(kind, turns, request, tmp_path):
    """Every accepted step is there once, every notice was told at least once, what is overdue was
    told, the chains hold.
    """
    kill(
        tmp_path / "killed.db"
        if kind == "sqlite"
        else request.getfixturevalue("postgres").database(),
        turns,
        tmp_path,
    )
