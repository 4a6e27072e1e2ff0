"""The benchmarks: a row that cannot be missed is no benchmark, and each says how much of our work
its peer does.
"""

import pytest
from benchmarks.__main__ import _row, run_cad


def test_a_budget_can_be_missed_and_the_peer_is_described():
    """The time of 2,000 rows has an upper budget, and its row says what the peer leaves out."""
    found = run_cad()
    assert found["budget"] > 0
    assert "decides and checks nothing" in found["peer_does"]
    assert not _row(
        "run_2000_rows", 1.0, 1.0, found["budget"] + 1, found["budget"], at_least=False
    )["meets"]


def test_a_budget_of_nothing_is_refused():
    """At least 0 is always met."""
    with pytest.raises(ValueError, match="cannot be missed"):
        _row("step", 1.0, 1.0, 1.0, 0.0, at_least=True)
