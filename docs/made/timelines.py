"""Small pictures of what satisfies a template and what violates it, judged by its definition."""

from __future__ import annotations

import itertools

from coresponder.policy.templates import TEMPLATES, Letter, Verdict
from coresponder.testing.definitions import FORMULAS, Near, Word, verdict

__all__ = ["STORIES", "timelines"]

STORIES: dict[str, tuple[tuple[str, str], ...]] = {
    "existence": (("..a", ""), ("...", ""), ("..c", ""), (".-a", "within"), (".---a", "within")),
    "absence": (("...", ""), (".a.", ""), (".---a", "within"), (".-a", "within")),
    "at_most": ((".a.", ""), ("a.a", "")),
    "exactly": ((".a.", ""), ("...", ""), ("a.a", "")),
    "init": (("a..", ""), (".a.", "")),
    "end": (("..a", ""), (".a.", "")),
    "choice": (("..b", ""), ("...", ""), (".-b", "within"), (".---b", "within")),
    "exclusive_choice": (("a.a", ""), ("...", ""), ("a.b", "")),
    "responded_existence": (
        ("b.a", ""),
        ("a.b", ""),
        ("a..", ""),
        ("a.c", ""),
        ("a-b", "within"),
        ("a---b", "within"),
    ),
    "co_existence": (("...", ""), ("b.a", ""), ("a..", "")),
    "not_co_existence": (("a.a", ""), ("a.b", "")),
    "response": (
        ("a.b", ""),
        ("aab", ""),
        ("b.a", ""),
        ("a.c", ""),
        ("a-b", "within"),
        ("a---b", "within"),
        ("a---b", "after"),
        ("ab--", "after"),
    ),
    "precedence": (
        ("abb", ""),
        (".b.", ""),
        ("c.b", ""),
        ("a-b", "within"),
        ("a---b", "within"),
        ("a---b", "after"),
        ("ab--", "after"),
    ),
    "succession": (("a.b", ""), ("ab.a", ""), (".b.", "")),
    "alternate_response": (
        ("abab", ""),
        ("ab.a", ""),
        ("a.ab", ""),
        ("a-b", "within"),
        ("a---b", "within"),
    ),
    "alternate_precedence": (("abab", ""), ("a.bb", ""), ("a-b", "within"), ("a---b", "within")),
    "chain_response": (
        (".ab", ""),
        ("..a", ""),
        ("a.b", ""),
        ("a-b", "within"),
        ("a---b", "within"),
    ),
    "chain_precedence": ((".ab", ""), ("a.b", ""), ("a-b", "within"), ("a---b", "within")),
    "not_succession": (
        ("b.a", ""),
        ("a.b", ""),
        ("acb", ""),
        ("a---b", "within"),
        ("a-b", "within"),
        ("ab--", "after"),
        ("a---b", "after"),
    ),
    "not_chain_succession": (("a.b", ""), (".ab", ""), ("a---b", "within"), ("a-b", "within")),
    "always": (("aaa", ""), ("aa.", "")),
}
"""Template -> (story, bound): a, b, c (release) or . (another) happens; - lets time pass."""

_STEP, _EDGE, _BOUND = 34, 18, 2


def _near(bound: str) -> Near:
    if bound == "within":
        return lambda x, y: y - x <= _BOUND
    return (lambda x, y: y - x >= _BOUND) if bound == "after" else lambda x, y: True


def _word(template: str, story: str) -> Word:
    letters = {
        "a": TEMPLATES[template].one_letter if TEMPLATES[template].atoms == 1 else Letter.A,
        "b": Letter.B,
        "c": Letter.C,
    }
    return tuple(
        (time, letters.get(char, Letter.NONE)) for time, char in enumerate(story) if char != "-"
    )


def _more(since: int, alphabet: list[Letter]) -> list[Word]:
    """Return what may still come: words of up to three events, soon or much later."""
    times = ((since + 1, since + 2, since + 3), (since + 9, since + 10, since + 11))
    return [
        tuple(zip(at, spelled, strict=False))
        for at in times
        for n in (1, 2, 3)
        for spelled in itertools.product(alphabet, repeat=n)
    ]


def judged(template: str, story: str, bound: str) -> tuple[Verdict, int | None]:
    """Return the verdict after the story, and the time of the event that violates it."""
    word = _word(template, story)
    alphabet = [Letter.NONE, Letter.A, Letter.B, *([Letter.C] if "c" in story else [])]
    for length in range(1, len(word) + 1):
        last = word[length - 1][0]
        found = verdict(FORMULAS[template], word[:length], _near(bound), 1, _more(last, alphabet))
        if found is Verdict.VIOLATED:
            return found, last
    return found, None


def _picture(story: str, bound: str, breach: int | None, outcome: str) -> str:
    width = _EDGE * 2 + _STEP * (len(story) - 1)
    happens = ", ".join("something else" if c == "." else c for c in story if c != "-")
    marks = [f'<line class="time" x1="2" y1="20" x2="{width - 2}" y2="20"/>']
    if bound:
        turn = _EDGE + _STEP * _BOUND
        left, right = (_EDGE, turn) if bound == "within" else (turn, width - 2)
        size = f'x="{left}" y="4" width="{right - left}" height="32"'
        marks.append(f'<rect class="bound" {size} rx="3"/>')
    marks += [_mark(char, _EDGE + _STEP * time) for time, char in enumerate(story) if char != "-"]
    if breach is not None:
        marks.append(f'<circle class="breach" cx="{_EDGE + _STEP * breach}" cy="20" r="15"/>')
    size = f'viewBox="0 0 {width} 40" width="{width}" height="40"'
    return f'<svg {size} role="img" aria-label="{happens}: {outcome}">{"".join(marks)}</svg>'


def _mark(char: str, x: int) -> str:
    if char == ".":
        return f'<circle class="other" cx="{x}" cy="20" r="4"/>'
    return f'<circle class="{char}" cx="{x}" cy="20" r="11"/><text x="{x}" y="24.5">{char}</text>'


def timelines(template: str) -> str:
    """Draw a template's stories.

    Raises:
        KeyError: a template has no stories yet.
        ValueError: none of its stories breaks it or leaves it owed, or none keeps it.
    """
    if template not in STORIES:
        raise KeyError(f"{template} has no stories to draw; write some in docs/made/timelines.py")
    figures, found = "", set()
    for story, bound in STORIES[template]:
        outcome, breach = judged(template, story, bound)
        found.add(outcome >= Verdict.HOLDING)
        how = f" ({bound} 2)" if bound else ""
        picture = _picture(story, bound, breach, str(outcome))
        caption = f"<figcaption>{outcome}{how}</figcaption>"
        figures += f'<figure class="story {outcome}">{picture}{caption}</figure>\n'
    if found != {True, False}:
        raise ValueError(f"the stories of {template} should keep it and fail it")
    return f'<div class="stories">\n{figures}</div>\n'
