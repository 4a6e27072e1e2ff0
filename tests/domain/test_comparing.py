"""Records are compared and shown as attrs would do it, without methods for each class."""

import attrs
import pytest

from coresponder.domain import events as e
from coresponder.record import Record
from tests.conftest import at


def plain(**options):
    """Return the same class with the methods of attrs, and with ours."""
    fields = {
        "__annotations__": {"name": str, "seen": int, "note": str, "code": str},
        "seen": attrs.field(default=0, eq=False),
        "note": attrs.field(default="", hash=False, repr=False),
        "code": attrs.field(default="", **options),
    }
    return tuple(
        attrs.frozen(kw_only=True)(type("Shift", bases, {**fields, "__module__": __name__}))
        for bases in ((), (Record,))
    )


@pytest.mark.parametrize(
    "options",
    [{}, {"eq": str.lower}, {"repr": lambda value: f"<{value}>"}],
    ids=["plain", "eq", "repr"],
)
def test_a_record_is_equal_and_shown_as_attrs_has_it(options):
    """Fields that do not count, a key to compare by, and a way of showing are kept."""
    told = []
    for cls in plain(**options):
        one = cls(name="a", seen=1, note="x", code="B")
        others = (
            cls(name="a", seen=2, note="x", code="B"),
            cls(name="a", seen=1, note="y", code="B"),
            cls(name="a", seen=1, note="x", code="b"),
            cls(name="b", seen=1, note="x", code="B"),
            "a",
        )
        told.append((repr(one), [(one == other, hash(one) == hash(other)) for other in others]))
    assert told[0] == told[1]


def test_events_of_two_types_are_never_equal():
    """Whatever they say."""
    given = {"at": at(1), "by": "officer-1"}
    assert e.SceneSecured(**given) == e.SceneSecured(**given)
    assert hash(e.SceneSecured(**given)) == hash(e.SceneSecured(**given))
    assert e.SceneSecured(**given) != e.ImminentDangerSeen(**given)
    assert repr(e.SceneSecured(**given)).startswith("SceneSecured(at=datetime.datetime(2026,")


def test_a_record_without_fields_is_equal_to_its_like():
    """There is nothing to compare."""

    @attrs.frozen
    class Nothing(Record):
        pass

    assert Nothing() == Nothing()
    assert hash(Nothing()) == hash(Nothing())
    assert repr(Nothing()) == "Nothing()"


def test_what_the_body_of_a_class_defines_stays():
    """Also that it has no hash."""

    @attrs.frozen
    class Odd(Record):  # noqa: PLW1641 - the case that is tested
        name: str

        def __eq__(self, other):
            return True

        def __repr__(self):
            return "odd"

    assert Odd("a") == Odd("b")
    assert repr(Odd("a")) == "odd"
    with pytest.raises(TypeError, match="unhashable"):
        hash(Odd("a"))

    @attrs.frozen
    class Hashed(Record):
        name: str

        def __hash__(self):
            return 7

    assert hash(Hashed("a")) == 7
    assert Hashed("a") == Hashed("a")
