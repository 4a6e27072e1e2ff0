"""A sequence that grows without copying is a tuple in all that can be asked of it."""

import copy
import pickle
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coresponder.domain.appended import Appended


@given(
    items=st.lists(st.integers(), max_size=6),
    more=st.lists(st.integers(), max_size=4),
    cut=st.slices(8),
)
def test_it_is_a_tuple_whatever_grows_from_it(items, more, cut):
    """Two successors of one sequence do not see one another's items."""
    base, plain = Appended(items), tuple(items)
    grown = base
    for item in more:
        grown = grown.plus(item)
    other = base.plus("other")
    assert tuple(other) == (*plain, "other")
    assert grown == (*plain, *more)
    assert grown == Appended([*plain, *more])
    assert base == plain
    assert base[cut] == plain[cut]
    assert grown[cut] == (*plain, *more)[cut]
    assert [base[i] for i in range(-len(base), len(base))] == [*plain, *plain]
    assert (len(base), hash(base), repr(base)) == (len(plain), hash(plain), repr(plain))
    assert base != list(items)
    assert pickle.loads(pickle.dumps(grown)) == grown == copy.deepcopy(grown)


KINDS = (frozenset({"int"}), frozenset({"str"}), frozenset({"int", "NoneType"}))


@given(
    st.lists(
        st.tuples(st.integers(0, 9), st.sampled_from([1, "a", None]), st.sampled_from(KINDS)),
        max_size=12,
    )
)
def test_items_of_a_type_are_found_wherever_it_grew_from(growth):
    """What one sequence found serves those that share its list, and no other."""
    grown = [Appended([1, "a"])]
    for base, item, types in growth:
        grown.append(grown[base % len(grown)].plus(item))
        for one in grown:
            wanted = [n for n, item in enumerate(one) if type(item).__name__ in types]
            assert [*one.places(types)] == wanted


def test_what_is_beyond_its_end_is_not_there():
    """It does not see what a successor appended."""
    base = Appended([1])
    base.plus(2)
    for index in (1, -2):
        with pytest.raises(IndexError, match="there are 1"):
            base[index]


def test_the_same_item_appended_twice_is_shared():
    """Whoever takes the same step twice copies nothing."""
    item, base = object(), Appended(range(1000))
    assert base.plus(item) == base.plus(item)


def test_threads_append_to_one_sequence():
    """Each gets its own successor."""
    base, barrier, found = Appended(range(10)), threading.Barrier(8), {}

    def grow(number):
        barrier.wait()
        found[number] = base.plus(number).plus(-number)

    threads = [threading.Thread(target=grow, args=(number,)) for number in range(100, 108)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {number: (*range(10), number, -number) for number in range(100, 108)}
