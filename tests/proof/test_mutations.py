"""Caught means caught: a change of a program that changes what it does is seen by its scenarios,
its snapshot or its proof.
"""

import functools
import importlib.resources
import re
import tomllib
from pathlib import Path

import pytest

from coresponder.errors import InvalidScenario
from coresponder.program import load_program, program_from_definition, shipped_programs
from coresponder.proof import Outcome, check_program
from coresponder.testing import (
    load_scenarios,
    load_snapshot,
    play_scenario,
    save_snapshot,
    scenarios_beside,
    snapshot_changes,
    snapshot_of,
)
from tests.conftest import SMALL
from tests.proof.mutants import KINDS, loads, mutants

DOCS = Path(__file__).parent.parent.parent / "docs" / "how-to" / "write-a-program.md"
OWN = "my-city"
EQUIVALENT = {
    r"(force-told-to-supervisor|entry-told-to-supervisor|nobody-to-send) (a|b) \+ SupervisorNotified": "it releases from the duty already, and ends what it would begin",
    r"unless_added: (force|entry)-told-to-supervisor SupervisorNotified": "it meets the duty already",
    r"lost-caller-looked-for (a|unless) \+ ContactMade": "it meets the duty already, and ends what it would begin",
    r"nobody-home-tried-again unless \+ (SupervisorNotified|ContactMade)": "it meets the duty already",
    r"third-attempt-decided (b \+ ContactMade|unless \+ SupervisorNotified)": "it meets the duty already",
    r"visit-within-hours unless \+ ContactMade": "it meets the duty already",
    r"unless_added: victim-offered-services ConsentDeclined": "it meets the duty already",
    r"care-followed-30-days unless \+ ContactMade": "the same event begins the duty anew",
    r"where_dropped: abuse-reported-in-writing a written": "a report in writing begins the duty and meets it at once",
    r"(next-day-visit|clinician-visits-next-day|order-decided) within 1 business day$": "the end of the next business day is the same moment",
}
"""What a survivor is called, and why nobody could observe it."""


def own_definition():
    """Return the program that the docs write: it has an own event, local codes and a bound of
    business days.
    """
    return tomllib.loads(
        re.search(r'```toml title="my-city.toml"\n(.*?)```', DOCS.read_text("utf-8"), re.DOTALL)[1]
    )


def definition_of(name):
    text = (
        importlib.resources.files("coresponder.programs")
        .joinpath(f"{name}.toml")
        .read_text("utf-8")
        if name != OWN
        else None
    )
    return own_definition() if text is None else tomllib.loads(text)


@functools.cache
def kept(name):
    return snapshot_of(program_from_definition(definition_of(name)))


def same_but_for_rules(one, other):
    """Return whether two programs differ in nothing but rules, so that only the rules that differ
    need to be looked at.
    """
    return (
        all(
            getattr(one, part) == getattr(other, part)
            for part in ("notices", "calendar", "lifecycle", "own_words")
        )
        and not other.events
    )


def by_scenarios(name, mutant):
    path = scenarios_beside(name) if name != OWN else None
    if path is None:
        return False
    try:
        return any(play_scenario(mutant, scenario) for scenario in load_scenarios(path, mutant))
    except InvalidScenario:
        return True


def by_snapshot(name, program, mutant, path):
    rules = (
        {p.id for p in program.policies if p not in mutant.policies}
        if same_but_for_rules(program, mutant)
        else None
    )
    before = load_snapshot(path, mutant) if program.events else kept(name)
    return next(iter(snapshot_changes(mutant, before, rules=rules)), None) is not None


@functools.cache
def representatives():
    """Return program -> a mutant that loads of each kind; a kind is given to two of the programs
    that have one, in turn.
    """
    chosen = {name: [] for name in (*shipped_programs(), OWN)}
    for turn, (kind, make) in enumerate(KINDS.items()):
        found = [(name, one) for name in chosen if (one := middle(make(definition_of(name))))]
        for at in {n % len(found) for n in (turn, turn + 2)} if found else ():
            name, (what, definition) = found[at]
            chosen[name].append((kind, what, definition))
    return chosen


def middle(made):
    """Return the first mutant from the middle on that loads."""
    every = list(made)
    half = len(every) // 2
    return next((one for one in (*every[half:], *every[:half]) if loads(one[1])), None)


def survivors(name, folder, chosen):
    """Return how many mutants were caught, and the names of those that were not."""
    program, path, caught, survived = (
        program_from_definition(definition_of(name)),
        folder / "snapshot.json",
        0,
        [],
    )
    save_snapshot(path, kept(name))
    for kind, what, definition in chosen:
        mutant = loads(definition)
        if mutant is None:
            continue  # a mutant that does not load is caught at once, and not counted
        if (
            by_snapshot(name, program, mutant, path)
            or by_scenarios(name, mutant)
            or check_program(mutant).verdict is not Outcome.PROVED
        ):
            caught += 1
        else:
            survived.append(f"{kind}: {what}")
    return caught, survived


def unexplained(name, survived):
    return [
        what
        for what in survived
        if not any(re.search(reason, what) for reason in EQUIVALENT)
        and not is_notice_of_nothing(name, what)
    ]


def is_notice_of_nothing(name, what):
    """Return whether a mutant sends a notice of what is owed under a rule that is never owed
    anything.
    """
    found = re.search(r"notice_policies_changed: \d+ \+ (\S+)$", what)
    book = program_from_definition(definition_of(name)).book
    return found is not None and not next(p for p in book.policies if p.id == found[1]).can_owe


@pytest.mark.slow
@pytest.mark.parametrize("name", [*shipped_programs(), OWN])
def test_mutants_are_caught(name, tmp_path):
    """Of every kind of mutant, every one that anybody could observe is caught; the others are few,
    and it is said why.
    """
    caught, survived = survivors(name, tmp_path, mutants(definition_of(name)))
    assert unexplained(name, survived) == []
    assert len(survived) <= 0.02 * (caught + len(survived)), survived


@pytest.mark.parametrize("name", [*(one for one in shipped_programs() if one not in SMALL), OWN])
def test_some_mutants_are_caught(name, tmp_path):
    """The same with one mutant of every kind, of two of the programs that have such mutants."""
    chosen = representatives()[name]
    assert len(chosen) > 4
    caught, survived = survivors(name, tmp_path, chosen)
    assert caught + len(survived) == len(chosen)
    assert unexplained(name, survived) == []


def test_every_kind_of_mutant_is_made():
    """A kind that makes no mutant of any of the programs would prove nothing."""
    made = {kind for chosen in representatives().values() for kind, _, _ in chosen}
    assert made == set(KINDS) - {"count_changed"}


@pytest.mark.parametrize("name", shipped_programs())
def test_the_scenarios_of_a_shipped_program_come_true(name):
    """They speak of every rule, and everything comes as they say."""
    program = load_program(name)
    scenarios = load_scenarios(scenarios_beside(name), program)
    assert [
        str(difference) for scenario in scenarios for difference in play_scenario(program, scenario)
    ] == []
