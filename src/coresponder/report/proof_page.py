"""The page of a proof: what a program can and cannot do, for those who decide whether it goes live."""

from __future__ import annotations

from collections.abc import Iterator

from coresponder import __version__
from coresponder.program import Program
from coresponder.proof import PolicyProof, Proof
from coresponder.report.diagrams import lifecycle_picture, story_picture
from coresponder.report.parts import Document, Picture, Section, Table
from coresponder.report.proof_words import (
    natures_of,
    say_conflict,
    say_crew,
    say_dead_end,
    say_extent,
    say_hidden,
    say_notices,
    say_policy_proof,
    say_unreviewed,
    say_verdict,
    say_window,
)
from coresponder.report.rendering import render

__all__ = ["proof_page"]

_HOW = (
    "BLOCK: a decision that would break the rule is refused. WARN: it is accepted and marked, and"
    " somebody is told if a notice says so. OBSERVE: it is only counted."
    "\n"
    "A decision, such as sending a referral, can be refused. A fact, such as an arrival, has happened"
    " and is always recorded, and time passes; so a rule that a fact or time can break only warns or"
    " counts. Below such a rule is the shortest series of events that breaks it."
).splitlines()


def proof_page(program: Program, proof: Proof) -> str:
    """Return the page of a proof as HTML.

    Args:
        program: the program that was proved.
        proof: what was found.

    Raises:
        MissingExtra: the extra `report` is not installed.
    """
    verdict, says = say_verdict(proof)
    page = Document(
        title=f"{program.title or program.id}: {verdict}",
        about=(
            f"{verdict}{says}.",
            f"{program.name}: {say_extent(proof)}.",
            *([f"Authority: {program.authority}."] if program.authority else []),
        ),
        sections=tuple(_sections(program, proof)),
        made=f"Made by coresponder {__version__} from {program.name}.",
    )
    return render("document.html.j2", page)


def _sections(program: Program, proof: Proof) -> Iterator[Section]:
    if proof.findings:
        yield Section(title="To fix", points=proof.findings, pictures=tuple(_dead_ends(proof)))
    if proof.undetermined:
        yield Section(
            title="Not settled",
            lines=("If a limit was reached, raise --limit or split the rule.",),
            points=proof.undetermined,
        )
    if proof.faults:
        lines = ("A bug in coresponder, not in the program; please report it.",)
        yield Section(title="Faults", lines=lines, points=proof.faults)
    never = proof.lifecycle.never_taken
    drawn = lifecycle_picture("lifecycle", program.lifecycle, never)
    yield Section(title="Lifecycle", pictures=(drawn,), points=tuple(_idle(proof)))
    yield _staffing(program, proof)
    yield _policies(program, proof)
    if proof.windows:
        yield _windows(proof)


def _dead_ends(proof: Proof) -> Iterator[Picture]:
    for number, conflict in enumerate(proof.conflicts):
        yield story_picture(f"conflict-{number}", say_conflict(conflict), conflict.story)
    for number, dead_end in enumerate(proof.doomed):
        yield story_picture(f"dead-end-{number}", say_dead_end(dead_end), dead_end.story)


def _policies(program: Program, proof: Proof) -> Section:
    authorities = {policy.id: policy.authority for policy in program.policies}
    parts = tuple(
        _policy(program, one, number, authorities.get(one.id, ""))
        for number, one in enumerate(proof.policies)
    )
    return Section(title="Policies", lines=tuple(_HOW), parts=parts)


def _policy(program: Program, one: PolicyProof, number: int, authority: str) -> Section:
    said = say_policy_proof(program, one)
    lines = (said[0].upper() + said[1:], f"{one.enforcement.value}. Authority: {authority}.")
    drawn = (
        (story_picture(f"policy-{number}", "The shortest story that breaks it", one.story),)
        if one.story
        else ()
    )
    return Section(title=one.id, lines=lines, pictures=drawn)


def _idle(proof: Proof) -> Iterator[str]:
    found = proof.lifecycle
    for title, items in (
        ("States that no story reaches", found.unreachable),
        ("States from which some rule leaves no finish", found.cannot_finish),
        ("Moves that no story takes", found.never_taken),
    ):
        if items:
            yield f"{title}: {', '.join(items)}"


def _tried(program: Program, scope: str) -> Iterator[str]:
    if scope:
        yield f"Tried: {scope}."
    if not program.tiers:
        yield "The program has no tiers, so it names nobody to send."


def _staffing(program: Program, proof: Proof) -> Section:
    staffing, everywhere = proof.staffing, natures_of(proof.staffing)
    rows = tuple((crew.tier or "", say_crew(crew, everywhere)) for crew in staffing.needed)
    authorities = tuple((tier.id, tier.authority) for tier in program.tiers)
    gaps = tuple(
        f"Nobody can go with only: {say_crew(one, everywhere)}" for one in staffing.without_team
    )
    return Section(
        title="Who must be available",
        lines=tuple(_tried(program, staffing.scope)),
        tables=tuple(
            table
            for table in (
                Table("Who must be available for a tier", ("tier", "who"), rows),
                Table("What the tiers rest on", ("tier", "authority"), authorities),
            )
            if table.rows
        ),
        points=(
            *gaps,
            *map(str, staffing.never_chosen),
            *(f"No tier answers: {one}" for one in staffing.uncovered),
        ),
    )


def _windows(proof: Proof) -> Section:
    told = tuple(
        (one.rule, ", ".join(map(say_hidden, one.hidden)), said)
        for said, untold in say_notices(proof.notices)
        for one in untold
    )
    notices = Table(
        "Rules that a notice names only to those who may see what they read",
        ("rule", "what it reads", "notice"),
        told,
    )
    rows = tuple(map(say_window, proof.windows))
    return Section(
        title="What each role is told",
        lines=("No answer of a window depends on what the rows of a role hide.",),
        tables=(
            Table("What each role sees", ("role, and for what", "what it sees"), rows),
            *((notices,) if told else ()),
        ),
        points=say_unreviewed(proof),
    )
