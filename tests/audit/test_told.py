"""What is told of measures, to the agency and to others."""

import datetime as dt
import itertools

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coresponder.audit.contacts import counting_contacts
from coresponder.audit.intervals import difference, newcombe, wilson
from coresponder.audit.measures import Measures
from coresponder.audit.reckoned import Kind
from coresponder.audit.small_cells import LEAST, hidden_cells, hidden_share, hidden_stages
from coresponder.audit.told import compared, told, told_contacts
from coresponder.domain import events as e
from coresponder.domain.vocabulary import Disposition
from tests.audit.test_measures import ANY, CALL, came, ended, offered, person, referral, sent
from tests.conftest import NOON, at

COUNTS = st.lists(st.integers(0, 40), min_size=2, max_size=6)


def solutions(total, hidden, most):
    """Return every way in which hidden numbers can make up a total."""
    ways = itertools.product(range(1, most + 1), repeat=hidden - 1)
    return [(*way, total - sum(way)) for way in ways if total - sum(way) >= 1]


@given(counts=COUNTS)
def test_no_small_number_can_be_worked_out_from_a_total(counts):
    """Each small number is hidden, and beside the total there is more than one that it can be."""
    table = {("", str(place)): count for place, count in enumerate(counts)}
    hidden = hidden_cells(table)
    assert all(cell in hidden for cell, count in table.items() if 0 < count < LEAST)
    if hidden and sum(counts) >= LEAST:
        rest = sum(table[cell] for cell in hidden)
        assert rest >= LEAST
        ways = solutions(rest, len(hidden), rest) if len(hidden) < 4 else [1, 2]
        assert len(ways) > 1


@given(st.lists(st.lists(st.integers(0, 40), min_size=3, max_size=3), min_size=2, max_size=4))
def test_no_row_and_no_column_of_a_table_gives_a_small_number_back(rows):
    """A line with a hidden number has two of them, unless all others are zero."""
    table = {(str(i), str(j)): n for i, row in enumerate(rows) for j, n in enumerate(row)}
    hidden = hidden_cells(table)
    for place in (0, 1):
        for name in {cell[place] for cell in table}:
            line = [cell for cell in table if cell[place] == name]
            gone = [cell for cell in line if cell in hidden]
            shown = [cell for cell in line if table[cell] and cell not in hidden]
            assert len(gone) != 1 or not shown


def determined(table, hidden):
    """Return the hidden small numbers that follow from all totals that are shown, by linear
    algebra: adding the number as an equation makes the system no larger.
    """
    order, equations = sorted(hidden), []
    for place in (0, 1):
        for name in {cell[place] for cell in table}:
            line = [cell for cell in table if cell[place] == name]
            if len(line) > 1 and not 0 < sum(table[cell] for cell in line) < LEAST:
                equations.append([cell[place] == name for cell in order])
    if not equations:
        return []
    rank = np.linalg.matrix_rank(np.array(equations, float))
    return [
        cell
        for i, cell in enumerate(order)
        if 0 < table[cell] < LEAST
        and np.linalg.matrix_rank(np.array([*equations, np.eye(len(order))[i]], float)) == rank
    ]


@settings(max_examples=400)
@given(
    st.lists(
        st.lists(st.sampled_from((0, 0, 1, 3, 8, 12, 20, 40, 90)), min_size=4, max_size=4),
        min_size=2,
        max_size=6,
    )
)
def test_all_totals_together_give_no_small_number_back(rows):
    """Sums of rows less sums of columns may leave a single hidden number over."""
    table = {(str(i), str(j)): n for i, row in enumerate(rows) for j, n in enumerate(row)}
    assert determined(table, hidden_cells(table)) == []


def test_hours_and_weekdays_are_hidden_as_one_table():
    """Twelve calls in an hour that is hidden beside one of five: none of its cells is shown."""
    found = Measures(ANY)
    for day, hour, times in ((0, 3, 5), (0, 9, 40), (1, 4, 12), (2, 10, 40)):
        opened = NOON + dt.timedelta(days=day, hours=hour - NOON.hour)
        call = attrs.evolve(CALL, at=opened)
        found.add(ANY.replay("i-1", [call]), opened, times)
    by = {one.id: {n.label: n.count for n in one.numbers} for one in told(found, LEAST)}
    shown = {label for label, count in by["by_week_hour"].items() if count}
    assert {label.rpartition(" / ")[2] for label in shown} <= {
        hour for hour, count in by["by_hour"].items() if count
    }


def test_a_share_hides_the_few_who_count_and_the_few_who_do_not():
    """Both could be known by it; none and all are told."""
    assert [hidden_share(n, 40) for n in (0, 1, 10, 11, 29, 30, 40)] == [
        False,
        True,
        True,
        False,
        False,
        True,
        False,
    ]


def test_a_funnel_hides_where_few_drop_out():
    """44 of 50 were sent: the six would be known."""
    assert hidden_stages([50, 44, 30, 30, 4]) == (False, True, False, False, True)


@pytest.mark.parametrize(
    ("count", "of", "low", "high"), [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)]
)  # fmt: skip
def test_the_interval_of_a_share_is_wilsons(count, of, low, high):
    """The four examples of Newcombe 1998a, table I."""
    assert wilson(count, of) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(
    ("new", "old", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((5, 56), (0, 29), -0.0381, 0.1926),
    ],
)
def test_the_interval_of_a_difference_is_newcombes(new, old, low, high):
    """Examples a, b and d of Newcombe 1998b, table II, method 10."""
    assert newcombe(new, old) == pytest.approx((low, high), abs=5e-5)


def test_what_is_said_of_a_difference_follows_from_its_interval():
    """With fewer than 30 in one of the two nothing is said."""
    assert difference((56, 70), (48, 80)).says == "higher"
    assert difference((48, 80), (56, 70)).says == "lower"
    assert difference((50, 100), (52, 100)).says == "no difference can be told"
    assert difference((3, 29), (9, 90)).says.startswith("too few")


def measures(*stories):
    found = Measures(ANY)
    for story, times in stories:
        found.add(ANY.replay("i-1", story), at(99), times)
    return found


MANY = (
    ([CALL, sent(7), came(20), ended(30, Disposition.REFERRED)], 40),
    ([CALL, sent(9), came(40), ended(30, Disposition.ARRESTED)], 5),
    ([CALL, sent(9), came(40), ended(30, Disposition.CITED)], 20),
    ([CALL, sent(9, tier="second")], 30),
    ([CALL], 35),
)


def by_id(found, id):
    return next(one for one in found if one.id == id)


def test_others_are_told_no_small_number():
    """Five arrests are hidden, and with them the next number: the total would give them back."""
    inside, outside = told(measures(*MANY)), told(measures(*MANY), LEAST)
    one = by_id(inside, "dispositions")
    assert {n.label: n.count for n in one.numbers} == {"referred": 40, "cited": 20, "arrested": 5}
    one = by_id(outside, "dispositions")
    assert {n.label: n.count for n in one.numbers} == {
        "referred": 40,
        "cited": None,
        "arrested": None,
    }
    assert by_id(outside, "arrests").numbers[0].hidden
    assert by_id(inside, "arrests").numbers[0].share == pytest.approx(5 / 65)
    assert (one.of, one.missing) == (65, 30)


def test_a_percentile_is_told_where_there_are_enough_times():
    """A median of five or more, and what 90 % are within of 29 or more."""
    wait = by_id(told(measures(*MANY), LEAST), "time_to_dispatch")
    assert (wait.of, wait.median, wait.within_90) == (95, 9, 9)
    wait = by_id(told(measures((MANY[0][0], 12))), "time_to_dispatch")
    assert (wait.of, wait.median, wait.within_90) == (12, 7, None)
    wait = by_id(told(measures((MANY[0][0], 10)), LEAST), "time_to_dispatch")
    assert (wait.of, wait.median) == (None, None)


def test_two_periods_are_compared_share_by_share():
    """With an interval where there are enough."""
    new = measures((MANY[0][0], 80), ([CALL], 20))
    old = measures((MANY[0][0], 50), ([CALL], 50))
    found = by_id(compared(old, new), "answered")
    assert (found.says, round(found.by, 2)) == ("higher", 0.3)
    assert found.low < 0.3 < found.high
    hidden = by_id(compared(measures(*MANY), new, LEAST), "arrests")
    assert (hidden.by, hidden.says) == (None, "suppressed: a number is too small")
    assert hidden.old.hidden and hidden.new.hidden, "the whole record less one gives the other"
    few = by_id(compared(measures((MANY[0][0], 12)), new), "answered")
    assert few.says.startswith("too few")


def test_a_funnel_is_told_in_its_order():
    """Also the stages that nobody came to."""
    story = [CALL, came(4), offered(5), referral(6, e.ReferralSent, person="p-1")]
    one = by_id(told(measures((story, 3))), "referrals")
    assert one.kind is Kind.FUNNEL
    assert [(n.label, n.count) for n in one.numbers] == [
        ("offered", 3),
        ("sent", 3),
        ("accepted", 0),
        ("connected", 0),
        ("completed", 0),
    ]


def test_who_comes_again_is_told_too():
    """Few people are hidden from others."""
    with counting_contacts() as contacts:
        for name in "abc":
            contacts.add(ANY, ANY.replay(name, [CALL, person(1, f"p-{name}")]))
        again, most = told_contacts(contacts)
        assert [n.count for n in again.numbers] == [0, 0, 0]
        assert most.numbers[0].count == 1
        assert told_contacts(contacts, LEAST)[1].numbers[0].hidden
