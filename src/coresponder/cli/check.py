"""A proof as text, JSON, JUnit and SARIF."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from rich.console import Console
from rich.markup import escape

from coresponder import __version__
from coresponder.program import Program
from coresponder.proof import Outcome, Proof, StoryLine
from coresponder.report.proof_words import (
    natures_of,
    say_conflict,
    say_crew,
    say_dead_end,
    say_extent,
    say_notices,
    say_policy_proof,
    say_unreviewed,
    say_verdict,
    say_window,
)

__all__ = ["EXIT_CODES", "print_proof", "proof_as_json", "proof_as_junit", "proof_as_sarif"]

EXIT_CODES = {Outcome.PROVED: 0, Outcome.REFUTED: 1, Outcome.UNDETERMINED: 3}
_COLORS = {
    Outcome.PROVED: "bold green",
    Outcome.REFUTED: "bold red",
    Outcome.UNDETERMINED: "bold yellow",
}


def print_proof(console: Console, program: Program, proof: Proof) -> None:
    """Print the results for a program manager, the findings first."""
    verdict, says = say_verdict(proof)
    console.print(
        f"{proof.program}  [{_COLORS[proof.verdict]}]{verdict}[/]{escape(says)}",
        highlight=False,
        soft_wrap=True,
    )
    console.print(f"{say_extent(proof)}\n", highlight=False)
    _print_list(console, "To fix", proof.findings)
    _print_list(console, "Warning", say_unreviewed(proof))
    _print_list(
        console,
        "Not settled (if a limit was reached, raise --limit or split the rule)",
        proof.undetermined,
    )
    _print_list(console, "A bug in coresponder, not in the program; please report it", proof.faults)
    _print_dead_ends(console, proof)
    _print_policies(console, program, proof)
    _print_staffing(console, proof)
    _print_windows(console, proof)


def _print_dead_ends(console: Console, proof: Proof) -> None:
    for conflict in proof.conflicts:
        _print_story(console, f"Conflict: {say_conflict(conflict)}", conflict.story)
    for dead_end in proof.doomed:
        _print_story(console, say_dead_end(dead_end), dead_end.story)


def _print_policies(console: Console, program: Program, proof: Proof) -> None:
    console.print("[bold]Policies[/]")
    for policy in proof.policies:
        said = escape(say_policy_proof(program, policy))
        console.print(
            f"  {policy.enforcement.value:7} [bold]{policy.id}[/]: {said}",
            highlight=False,
            soft_wrap=True,
        )
        _print_lines(console, policy.story)
    watched = [p.id for p in proof.policies if p.enforceable is False]
    _print_list(
        console,
        "\nCan only be watched, not enforced (a fact or the passing of time breaks them)",
        watched,
    )


def _print_list(console: Console, title: str, lines: Iterable[str]) -> None:
    found = list(lines)
    if found:
        console.print(f"[bold]{title}[/]")
        for line in found:
            console.print(f"  - {escape(line)}", highlight=False, soft_wrap=True)
        console.print()


def _print_story(console: Console, title: str, story: Iterable[StoryLine]) -> None:
    console.print(f"[bold]{escape(title)}[/]")
    _print_lines(console, story)
    console.print()


def _print_lines(console: Console, story: Iterable[StoryLine]) -> None:
    for line in story:
        console.print(f"      {escape(str(line))}", highlight=False, soft_wrap=True)


def _print_staffing(console: Console, proof: Proof) -> None:
    staffing = proof.staffing
    everywhere = natures_of(staffing)
    if staffing.needed or staffing.uncovered:
        console.print("[bold]Staffing: who must be available[/]")
    for crew in staffing.needed:
        console.print(
            f"  {crew.tier}: {escape(say_crew(crew, everywhere))}", highlight=False, soft_wrap=True
        )
    _print_list(
        console,
        "The largest crews on duty that cannot answer some qualifying call",
        (say_crew(crew, everywhere) for crew in staffing.without_team),
    )
    _print_list(console, "Tiers that are never chosen", map(str, staffing.never_chosen))
    _print_list(console, "Qualifying natures that no tier answers", staffing.uncovered)
    if staffing.scope:
        console.print(f"  Tried: {escape(staffing.scope)}", highlight=False, soft_wrap=True)


def _print_windows(console: Console, proof: Proof) -> None:
    if proof.windows:
        console.print(
            "\n[bold]What a window tells each role; no answer depends on what the rows hide[/]",
            soft_wrap=True,
        )
    for who, told in map(say_window, proof.windows):
        console.print(f"  {who}: {escape(told)}", highlight=False, soft_wrap=True)
    for said, untold in say_notices(proof.notices):
        console.print(
            f"\n[bold]Said by a notice without its name, because no row shows it to its receiver[/]: {escape(said)}",
            highlight=False,
            soft_wrap=True,
        )
        for one in untold:
            line = f"  - {one.rule}: {', '.join(one.hidden)}"
            console.print(escape(line), highlight=False, soft_wrap=True)


def proof_as_json(proof: Proof) -> dict[str, Any]:
    """Return the proof as JSON values, with the documented keys."""
    return proof.to_dict() | {
        "findings": list(proof.findings),
        "scope": proof.scope.to_dict() | {"text": str(proof.scope)},
    }


def proof_as_junit(proof: Proof) -> str:
    """Return one JUnit test case for each policy, and one for findings about several policies."""
    cases: list[tuple[str, tuple[str, ...], bool]] = [
        (
            f"policy {p.id}",
            tuple(f for f in proof.findings if repr(p.id) in f),
            p.verdict is Outcome.UNDETERMINED,
        )
        for p in proof.policies
    ]
    said = {finding for _, found, _ in cases for finding in found}
    rest = tuple(finding for finding in proof.findings if finding not in said)
    cases.append(("lifecycle and finish", rest, bool(proof.undetermined or proof.faults)))
    suite = ET.Element(
        "testsuite",
        name=proof.program,
        tests=str(len(cases)),
        failures=str(sum(bool(found) for _, found, _ in cases)),
    )
    for name, found, unsettled in cases:
        case = ET.SubElement(suite, "testcase", classname=f"coresponder.{proof.program}", name=name)
        for finding in found:
            ET.SubElement(case, "failure", message=finding).text = _story_of(proof, name)
        if unsettled and not found:
            ET.SubElement(
                case, "error", message="undetermined: it could be neither shown nor ruled out"
            )
    ET.indent(suite)
    return ET.tostring(suite, encoding="unicode", xml_declaration=True)


def _story_of(proof: Proof, name: str) -> str:
    """Return the story behind a test case: the policy's own, or that of the first group of policies
    that includes it.
    """
    stories = [p.story for p in proof.policies if name == f"policy {p.id}"]
    groups = [(c.policies, c.story) for c in proof.conflicts] + [
        (d.policies, d.story) for d in proof.doomed
    ]
    stories += [
        story
        for policies, story in groups
        if name.removeprefix("policy ") in policies or not name.startswith("policy ")
    ]
    return "\n".join(map(str, next(filter(None, stories), ())))


def proof_as_sarif(proof: Proof, path: Path | None) -> str:
    """Return SARIF 2.1.0. Findings are errors, emergency access without a review is a warning, and
    rules that can only be watched are notes, each at its line of the TOML file.
    """
    results = [_result(finding, "error", _line(path, finding), path) for finding in proof.findings]
    results += [_result(text, "warning", _line(path, text), path) for text in say_unreviewed(proof)]
    results += [
        _result(f"undetermined: {text}", "error", 1, path)
        for text in (*proof.undetermined, *proof.faults)
    ]
    results += [
        _result(
            f"policy {p.id!r} can be broken by a {p.broken_by}: " + " | ".join(map(str, p.story)),
            "note",
            _line(path, repr(p.id)),
            path,
        )
        for p in proof.policies
        if p.story
    ]
    driver = {"name": "coresponder", "version": __version__, "rules": [{"id": "coresponder-check"}]}
    log = {
        "version": "2.1.0",
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "runs": [{"tool": {"driver": driver}, "results": results}],
    }
    return json.dumps(log, indent=2)


def _result(text: str, level: str, line: int, path: Path | None) -> dict[str, Any]:
    where = {
        "artifactLocation": {"uri": path.as_posix() if path else "program.toml"},
        "region": {"startLine": line},
    }
    return {
        "ruleId": "coresponder-check",
        "level": level,
        "message": {"text": text},
        "locations": [{"physicalLocation": where}],
    }


def _line(path: Path | None, text: str) -> int:
    """Return the line of the file that defines the id which a text quotes."""
    if path is None or not path.is_file():
        return 1
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        key, _, value = line.partition("=")
        if (
            key.strip() == "id"
            and value.strip().strip("\"'")
            and repr(value.strip().strip("\"'")) in text
        ):
            return number
    return 1
