"""How long words are kept, as a program says it."""

import datetime as dt
from zoneinfo import ZoneInfo

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coresponder.errors import InvalidProgram
from coresponder.program import Program, load_program, program_from_definition
from coresponder.program.retention import Counted, Retention, parse_keep

ROW = {"kind": ["note"], "keep": "7 y", "after": "entry"}


def program(*rows):
    return program_from_definition(
        {"program": {"id": "mine", "version": "1"}, "retention": [*rows]}
    )


def rule(keep="7 y"):
    return Retention(kind=("note",), keep=keep, after=Counted.ENTRY)


@pytest.mark.parametrize(
    ("keep", "begin", "last"),
    [
        ("7 y", "2020-02-29", "2027-03-01"),
        ("4 years", "2020-02-29", "2024-02-29"),
        ("1 month", "2026-01-31", "2026-03-01"),
        ("1 month", "2026-12-31", "2027-01-31"),
        ("13 months", "2026-11-30", "2027-12-30"),
        ("30 d", "2024-02-01", "2024-03-02"),
        ("9999 y", "2026-01-01", "9999-12-31"),
    ],
)
def test_a_time_is_of_the_calendar(keep, begin, last):
    """Years and months are those of the calendar; a day that the month does not have becomes the
    first of the next, so nothing is kept too short.
    """
    assert parse_keep(keep).last_day(dt.date.fromisoformat(begin)).isoformat() == last


@given(day=st.dates(max_value=dt.date(2500, 1, 1)), months=st.integers(1, 1200))
def test_nothing_is_kept_too_short(day, months):
    """The last day is never before the same day so many months later, and at most one day after."""
    last = parse_keep(f"{months} months").last_day(day)
    years, month = divmod(day.month - 1 + months, 12)
    assert (last.year, last.month, last.day) >= (day.year + years, month + 1, min(day.day, 28))
    assert last.day in {day.day, 1}


def test_the_day_is_that_of_the_time_zone():
    """What was entered late in the evening is counted from the local day, also across a change of
    the clocks.
    """
    late = dt.datetime(2020, 11, 1, 4, 30, tzinfo=dt.UTC)
    assert rule().last_day(late, ZoneInfo("America/Chicago")) == dt.date(2027, 10, 31)
    assert rule().last_day(late, dt.UTC) == dt.date(2027, 11, 1)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({**ROW, "keep": "7 business days"}, "number 1, keep: '7 business days' is not a time"),
        ({**ROW, "keep": "0 y"}, "number 1, keep: '0 y'"),
        ({**ROW, "after": "incident_ended"}, "'incident_end'"),
        ({**ROW, "kept": "7 y"}, "there is no key 'kept'; did you mean 'keep'"),
        ({**ROW, "kind": ["two\nlines"]}, "no note can have this kind"),
        ({**ROW, "kind": "x" * 81}, "no note can have this kind"),
        ({**ROW, "kind": []}, "[[retention]] 'number 1', kind"),
        ({"kind": "note", "keep": "7 y"}, "after"),
    ],
)
def test_a_mistake_is_named(row, said):
    """An error names the rule, the key and the remedy."""
    with pytest.raises(InvalidProgram) as refused:
        program(row)
    assert said in str(refused.value)


def test_two_rules_for_one_kind_contradict():
    """A kind has one rule; a second one is refused, whatever it says, in TOML and in Python."""
    with pytest.raises(InvalidProgram, match="number 2, kind: an earlier rule is about 'note'"):
        program(ROW, {**ROW, "kind": ["report", "note"], "keep": "10 y"})
    with pytest.raises(InvalidProgram, match="an earlier rule is about 'note'"):
        Program(id="mine", retention=[rule("7 y"), rule("8 y")])


def test_a_rule_without_a_source_is_a_local_choice():
    """A rule that names no authority is marked as in other tables, and one kind needs no list."""
    (found,) = program({**ROW, "kind": "note"}).retention
    assert (found.kind, found.authority) == (("note",), "local choice")


@pytest.mark.parametrize("name", ["new-haven-cdcp", "denver-star"])
def test_shipped_rules_cite_a_regulation(name):
    """A shipped program has rules only where a regulation can be named."""
    assert [one.authority.partition(":")[0] for one in load_program(name).retention] == [
        {
            "new-haven-cdcp": "Conn. Agencies Regs. 17a-20-21",
            "denver-star": "4 CCR 737-1.16",
        }[name]
    ]
    assert load_program(name).for_responders.retention == ()


def test_a_rule_in_python_names_kinds_and_its_ground():
    """A rule about no kind is a mistake; the custody record gets the rule in words."""
    with pytest.raises(InvalidProgram, match="name the kinds of words"):
        Program(id="mine", retention=[attrs.evolve(rule(), kind=())])
    assert rule("7 y").ground.startswith("retention: 7 y after ")
