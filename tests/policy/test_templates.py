"""Every table is proved against brute force."""

from __future__ import annotations

import datetime as dt
from functools import cache

import pytest

from coresponder.policy.automata import BY_EVENT, Timed, Untimed
from coresponder.policy.bounds import Bound
from coresponder.policy.templates import TEMPLATES, Letter, Template, Verdict
from coresponder.testing.definitions import FORMULAS, Word, timed_words, verdict

ZERO = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def _at(second: int) -> dt.datetime:
    return ZERO + dt.timedelta(seconds=second)


def _letters(template: Template) -> range:
    first = int(template.one_letter) if template.atoms == 1 else 1
    return range(
        0, 8 if template.unless is Letter.C else 4 if template.atoms == 2 else first + 1, first
    )


@cache
def _extensions(letters: range, times: range, since: int, longest: int) -> list[Word]:
    return [word for n in range(1, longest + 1) for word in timed_words(n, letters, times, since)]


def _counts(template: Template) -> tuple[int, ...]:
    return (1, 2) if template.counted else (1,)


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_without_bound_agrees_with_brute_force_on_all_short_words(name: str) -> None:
    """Verdicts after every word of up to four letters are those of trying all extensions of up to
    three; one less of each with a release.
    """
    for count in _counts(TEMPLATES[name]):
        template = TEMPLATES[name].times(count)
        letters, automaton = _letters(template), Untimed(template)
        longest = 4 if len(letters) < 8 else 3
        extensions = _extensions(letters, range(1), 0, longest - 1)
        shortest = 1 if name in {"existence", "absence", "choice"} else 0
        for length in range(shortest, longest + 1):
            for word in timed_words(length, letters, range(1)):
                cell, broken = automaton.start(ZERO), False
                for _, letter in word:
                    cell, how = automaton.step(cell, letter, ZERO)
                    broken |= bool(how)
                ours = Verdict.VIOLATED if broken else automaton.verdict(cell, ZERO)
                assert ours is verdict(
                    FORMULAS[name], word, lambda x, y: True, count, extensions
                ), (name, count, word)


BOUNDED = [
    (name, kind, count)
    for name, t in TEMPLATES.items()
    for kind in ("within", "after")
    if getattr(t, kind)
    for count in _counts(t)
]


@pytest.mark.parametrize(("name", "kind", "count"), BOUNDED)
@pytest.mark.parametrize("bound", [1, 2])
def test_a_bounded_template_agrees_with_its_definition_on_all_short_timed_words(
    name: str, kind: str, count: int, bound: int
) -> None:
    """Verdicts at the last event and at every later second are those of trying all extensions from
    then on.
    """
    template = TEMPLATES[name].times(count)
    letters = _letters(template)
    automaton = Timed(
        template, Bound(f"{bound} s", lambda t: t + dt.timedelta(seconds=bound)), kind == "within"
    )
    near = (lambda x, y: y - x <= bound) if kind == "within" else (lambda x, y: y - x >= bound)
    longest = 3 if len(letters) < 8 else 2
    horizon = 4
    for length in range(1, longest + 1):
        for word in timed_words(length, letters, range(horizon)):
            if word[0][0] != 0:
                continue
            cell, broken = automaton.start(ZERO), False
            for time, letter in word:
                cell, how = automaton.step(cell, letter, _at(time))
                broken |= bool(how)
            for now in range(word[-1][0], horizon + 2):
                ours = Verdict.VIOLATED if broken else automaton.verdict(cell, _at(now))
                later = _extensions(letters, range(now, now + bound + 2), now, 2)
                assert ours is verdict(FORMULAS[name], word, near, count, later), (
                    name,
                    kind,
                    bound,
                    word,
                    now,
                )


def test_a_breach_by_an_event_is_told_from_a_deadline_that_passed() -> None:
    """What an event breaks can be refused; what time broke cannot, and must not stop the repair."""
    automaton = Timed(
        TEMPLATES["response"], Bound("1 s", lambda t: t + dt.timedelta(seconds=1)), True
    )
    cell, _ = automaton.step(automaton.start(ZERO), 1, _at(0))
    cell, how = automaton.step(cell, 2, _at(5))
    assert how and not how & BY_EVENT
    assert automaton.verdict(cell, _at(5)) is Verdict.HOLDING
