"""Shared by all tests."""

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.postgres"]

settings.register_profile(
    "ci",
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=True,
)
settings.load_profile("ci")

SMALL = ("denver-star", "foundation")
"""Shipped programs whose rules others have too: what is long is tried with the others."""
NOON = dt.datetime(2026, 3, 2, 12, 0, tzinfo=dt.UTC)
SHARED = Path(__file__).parent.parent.parent / "shared" / "data"


def at(minutes: float) -> dt.datetime:
    """Return a time that many minutes after noon on Monday, 2 March 2026."""
    return NOON + dt.timedelta(minutes=minutes)


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def any_store(request, tmp_path):
    """A store of each kind, one after another."""
    from coresponder import MemoryStore, SqlStore

    if request.param == "memory":
        yield MemoryStore()
        return
    where = tmp_path / "any.db"
    if request.param == "postgresql":
        where = request.getfixturevalue("postgres").database()
    with SqlStore.open(where, must_exist=False) as store:
        yield store


needs_shared = pytest.mark.skipif(
    not SHARED.is_dir(), reason="the shared data is not beside the project"
)
