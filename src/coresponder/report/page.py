"""The page of an audit: one file that needs no network, for a screen, a phone, paper and a screen
reader.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

import attrs

from coresponder import __version__
from coresponder.audit.audit import Audit, Rule
from coresponder.audit.judgment import Evidence
from coresponder.audit.measures import MEASURES
from coresponder.audit.reckoned import Question
from coresponder.audit.small_cells import LEAST, hidden_cells, unless_few
from coresponder.audit.told import Compared, MeasureReport, Number, compared, told, told_contacts
from coresponder.domain.types import say_time
from coresponder.policy.words import say_policy
from coresponder.report.figures import pictures
from coresponder.report.parts import Picture, Table
from coresponder.report.rendering import render
from coresponder.report.words import said_of, say_count, say_number, say_share

__all__ = ["audit_page"]

_OUTCOMES = ("broken", "undetermined", "open", "held")


@attrs.frozen
class _Answer:
    """A question, and what the record says about it."""

    asked: str
    facts: tuple[tuple[str, str], ...]


@attrs.frozen(kw_only=True)
class _Rule:
    id: str
    says: str
    authority: str
    evidence: Table | None


@attrs.frozen(kw_only=True)
class _Page:
    title: str
    about: tuple[str, ...]
    answers: tuple[_Answer, ...]
    pictures: tuple[Picture, ...]
    policies: Table
    rules: tuple[_Rule, ...]
    split: str
    compared: Table | None
    method: tuple[str, ...]
    measures: Table
    lost: Table | None
    made: str


def audit_page(audit: Audit, *, inside: bool = False, least: int = LEAST) -> str:
    """Return the page of an audit as HTML.

    Args:
        audit: what was found.
        inside: the page stays in the agency, so small numbers and evidence are shown.
        least: the smallest number that is shown to others.

    Raises:
        MissingExtra: the extra `report` is not installed.
    """
    made = _page(audit, inside=inside, least=1 if inside else least)
    return render("page.html.j2", made)


def _page(audit: Audit, *, inside: bool, least: int) -> _Page:
    program, zone = audit.program, audit.program.calendar.time_zone
    found = {
        one.id: one for one in (*told(audit.measures, least), *told_contacts(audit.contacts, least))
    }
    compares = compared(*audit.periods, least) if audit.split else ()
    split = (
        f"Incidents that opened from {say_time(audit.split, zone)} on, and those before."
        if audit.split
        else ""
    )
    return _Page(
        title=f"{program.title or program.id}: what the record says",
        about=tuple(_about(audit, zone, least)),
        answers=tuple(_answers(audit, found, least)),
        pictures=tuple(pictures(found)),
        policies=_policies(audit, least),
        rules=tuple(_rule(audit, rule, zone, inside=inside) for rule in audit.rules.values()),
        split=split,
        compared=_comparison(compares) if compares else None,
        method=tuple(_method(audit, inside=inside, least=least)),
        measures=_measures(found),
        lost=_lost(audit, least),
        made=f"Made by coresponder {__version__} under {program.name}.",
    )


def _about(audit: Audit, zone: dt.tzinfo, least: int) -> Iterator[str]:
    yield f"{_count(audit.incidents, least)} incidents under {audit.program.name}."
    if audit.first and audit.last:
        yield f"Opened from {say_time(audit.first, zone)} to {say_time(audit.last, zone)}."
    when = f"at {say_time(audit.now, zone)}" if audit.now else "as of each incident's last event"
    yield f"Judged {when}."


def _count(number: int, least: int) -> str:
    return say_count(unless_few(number, least), least)


def _answers(audit: Audit, found: dict[str, MeasureReport], least: int) -> Iterator[_Answer]:
    """Yield the four questions with their answers, the policies with the first."""
    asked: dict[Question, list[tuple[str, str]]] = {question: [] for question in Question}
    clean = _clean(audit, least)
    asked[Question.PERFORMANCE].append(("Incidents that broke no policy for certain", clean))
    questions = {measure.id: measure.question for measure in MEASURES}
    for one in found.values():
        said = "" if one.wide else said_of(one, least)
        if said:
            asked[questions.get(one.id, Question.CONNECTION)].append((one.title, said))
    for question, facts in asked.items():
        yield _Answer(question.asked, tuple(facts))


def _clean(audit: Audit, least: int) -> str:
    parts = {("", "clean"): audit.clean, ("", "other"): audit.incidents - audit.clean}
    if hidden_cells(parts, least):
        return "suppressed: a number is too small"
    share = audit.clean / audit.incidents if audit.incidents else None
    return f"{audit.clean:,} of {audit.incidents:,}" + (
        f" ({share:.0%})" if share is not None else ""
    )


# --- policies -------------------------------------------------------------------------------------


def _policies(audit: Audit, least: int) -> Table:
    rows = [(rule.policy, *_outcomes(rule, least)) for rule in audit.rules.values()]
    return Table("Incidents by policy", ("policy", *_OUTCOMES), tuple(rows), numbers=True)


def _outcomes(rule: Rule, least: int) -> Iterator[str]:
    """Yield the numbers of a policy. No two of them reveal one that is too small."""
    counts = (rule.violated, rule.undetermined, rule.pending, rule.held)
    cells = {("", name): count for name, count in zip(_OUTCOMES, counts, strict=True)}
    hidden = hidden_cells(cells, least)
    return (say_count(None if cell in hidden else count, least) for cell, count in cells.items())


def _rule(audit: Audit, rule: Rule, zone: dt.tzinfo, *, inside: bool) -> _Rule:
    policy = audit.program.book[rule.policy].policy
    evidence = None
    if inside and rule.breaches:
        first = audit.first_evidence(rule.policy)
        caption = f"{len(first):,} of {rule.breaches:,} breaches"
        rows = tuple(_evidence(one, zone) for one in first)
        heads = ("incident", "broken", "since", "events", "about")
        evidence = Table(caption, heads, rows)
    return _Rule(
        id=rule.policy, says=say_policy(policy), authority=policy.authority, evidence=evidence
    )


def _evidence(one: Evidence, zone: dt.tzinfo) -> tuple[str, ...]:
    since = say_time(one.since, zone) if one.since else ""
    events = ", ".join(map(str, one.events))
    return one.incident, say_time(one.at, zone), since, events, one.key or ""


# --- periods, method, missing data ----------------------------------------------------------------


def _comparison(found: Sequence[Compared]) -> Table:
    rows = tuple((one.title, _of(one.old), _of(one.new), _by(one), one.says) for one in found)
    return Table(
        "Shares of two periods", ("measure", "before", "since", "difference", "says"), rows
    )


def _of(number: Number) -> str:
    if number.hidden:
        return "suppressed"
    return f"{number.count:,} ({say_share(number)})"


def _by(one: Compared) -> str:
    if one.by is None or one.low is None or one.high is None:
        return ""
    return f"{one.by * 100:+.1f} ({one.low * 100:+.1f} to {one.high * 100:+.1f})"


def _method(audit: Audit, *, inside: bool, least: int) -> Iterator[str]:
    yield (
        "Every policy of the program is judged over every incident, as the live program judges it."
        " A verdict that depends on a time that is only approximate is undetermined, and not counted"
        " as broken."
    )
    yield (
        "A percentile is told where there are enough times: 5 for a median, 29 for what 90% are"
        " within. The interval of a share is Wilson's, that of a difference Newcombe's (95%)."
    )
    if inside:
        yield "This page stays in the agency: it has small numbers, and ids of incidents."
    elif least > 1:
        yield (
            f"No number from 1 to {least - 1} is shown, and no other number from which one could be"
            " worked out: it is “suppressed”."
        )
    if audit.approximate:
        number = _count(audit.approximate, least)
        yield f"{number} incidents have a time that is only approximate."


def _measures(found: dict[str, MeasureReport]) -> Table:
    rows = [
        (
            one.title,
            one.says,
            one.denominator,
            one.missing,
            say_number(found[one.id].missing),
            one.source,
        )
        for one in MEASURES
    ]
    heads = ("measure", "what it says", "out of", "missing data", "missing", "source")
    return Table("How each measure is counted", heads, tuple(rows))


def _lost(audit: Audit, least: int) -> Table | None:
    """Return what could not be used or judged."""
    lost = [(reason, count) for reason, count in audit.reasons.most_common()]
    if audit.unreadable.count:
        lost.append(("incidents that the program cannot judge", audit.unreadable.count))
    lost += [
        (what, count)
        for what, count in (
            ("events out of place", audit.out_of_place),
            ("events whose time cannot be right", audit.doubtful),
            *((f"rows: {fault}", count) for fault, count in audit.faults.most_common()),
        )
        if count
    ]
    rows = tuple((what, _count(count, least)) for what, count in lost)
    return (
        Table("What was missing or unusual in the record", ("what", "how many"), rows, numbers=True)
        if rows
        else None
    )
