"""The benchmarks: a bound that cannot be missed is none, and twice our work is seen."""

import pytest
from benchmarks.__main__ import topics, verdict
from benchmarks.field import stories
from benchmarks.measure import Bench, Row, paired


def _row(ratio, *, timed=True):
    pairs = [(ratio, 1.0)] * 3
    return paired("step", pairs, most=1.5, peer_does="half of it", timed=timed)


def test_a_miss_exits_1():
    """One row above its bound fails the run; a row within it does not."""
    assert verdict([_row(1.0), _row(2.0)], twice=False) == 1
    assert verdict([_row(1.0)], twice=False) == 0


def test_twice_our_work_must_be_seen():
    """With twice the work a timed row that still meets its bound is at fault; one that counts
    something else is not.
    """
    assert verdict([_row(1.2)], twice=True) == 1
    assert verdict([_row(2.4), _row(1.2, timed=False)], twice=True) == 0


@pytest.mark.parametrize("bound", [0.0, -1.0, float("inf")])
def test_a_bound_that_cannot_be_missed_or_met_is_refused(bound):
    """At most nothing is never met, and at most infinity always."""
    with pytest.raises(ValueError, match="is none"):
        paired("step", [(1.0, 1.0)], most=bound, peer_does="half of it")


def test_a_row_says_its_spread_and_what_the_peer_leaves_out():
    """Who reads a ratio sees how far the rounds lie apart, and what the peer does of our work."""
    row = paired("step", [(n, 1.0) for n in (1.0, 2.0, 3.0, 4.0)], most=3.0, peer_does="half of it")
    assert row.ratio == 2.5
    assert row.spread[0] < row.ratio < row.spread[1]
    assert "1.25 to 3.75" in str(row)
    assert "peer: half of it" in str(row)


def test_the_work_is_done_as_often_as_asked():
    """With twice the work ours runs twice as often, the peer as before."""
    row = Bench(short=True, times=2).compare(
        "same", lambda: sum(range(3000)), lambda: sum(range(3000)), most=1.5, peer_does="the same"
    )
    assert row.ratio > 1.5


def test_policies_fire_in_the_stories():
    """A story in which no policy opens, meets or breaks anything measures no policy."""
    fired = frozenset().union(*(story.fired for story in stories()[:12]))
    assert len(fired) >= 5


def test_every_topic_is_found():
    """A file of the folder with rows is a topic; no list has to name it."""
    assert {"loads", "proofs", "startup", "steps", "stored"} <= topics().keys()


def test_a_row_is_made_of_a_fixed_bound_too():
    """Where no peer does such work, the bound stands in the peer's place."""
    row: Row = Bench().limit("memory", 6.0, 5.0, unit="bytes", why="small")
    assert (row.ratio, row.meets) == (1.2, False)
