"""Two versions of a program that declare an own event with different fields."""

import attrs
import pytest

from coresponder.domain.events import Decision, Fact
from coresponder.domain.types import Id
from coresponder.program import Program
from coresponder.program.aligned import aligned
from coresponder.program.own import own_event

PLAIN = own_event("PeerVisited", "fact", (("person", "id"),))
LONGER = own_event("PeerVisited", "fact", (("person", "id"), ("minutes", "integer")))
DECIDED = own_event("PeerVisited", "decision", (("person", "id"), ("minutes", "integer")))
CODED = own_event("PeerVisited", "fact", (("person", "code"),))


@attrs.frozen(kw_only=True)
class PeerVisited(Fact):
    """An event type of Python."""

    person: Id
    minutes: int


def program(event):
    return Program(id="peers", events=[event])


def test_the_same_event_stays_as_it_is():
    """Nothing is joined, and nothing is said."""
    both, said = aligned(program(PLAIN), program(PLAIN))
    assert both is not None
    assert [one.events for one in both] == [(PLAIN,), (PLAIN,)]
    assert said == ()


@pytest.mark.parametrize(
    ("after", "kind", "word"), [(LONGER, Fact, "fact"), (DECIDED, Decision, "decision")]
)
def test_an_event_with_more_fields_has_those_of_both(after, kind, word):
    """A decision if either is one."""
    both, said = aligned(program(PLAIN), program(after))
    assert both is not None
    ((one,), (other,)) = (each.events for each in both)
    assert one is other
    assert issubclass(one, kind)
    assert {"person", "minutes"} <= set(attrs.fields_dict(one))
    assert said == (f"stories take PeerVisited with the fields of both, as a {word}",)


@pytest.mark.parametrize("after", [CODED, PeerVisited])
def test_fields_that_cannot_be_joined_are_named(after):
    """One field of two types, or a class of Python that declares nothing."""
    both, said = aligned(program(PLAIN), program(after))
    assert both is None
    assert said == (
        "no stories were compared: the two declare PeerVisited with fields that cannot be merged",
    )
