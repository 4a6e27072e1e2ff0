"""The results of scenarios and a snapshot for `coresponder check`, in each format."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import attrs
from rich.console import Console
from rich.markup import escape

from coresponder.cli.written import whole_file
from coresponder.program import Program
from coresponder.testing.playing import Played, play_scenarios
from coresponder.testing.scenario import Scenario
from coresponder.testing.scenarios import load_scenarios
from coresponder.testing.snapshot import BehaviorChange, say_changes, snapshot_changes, snapshot_of
from coresponder.testing.snapshot_file import load_snapshot, save_snapshot

__all__ = ["Tested", "print_tested", "try_program"]


@attrs.frozen(kw_only=True)
class Tested:
    """The results of scenarios and a snapshot.

    Attributes:
        scenarios: the scenarios that were played.
        changes: how the program differs from its snapshot; None if no snapshot was asked for.
        written: the snapshot file, if it was written.
        accepted: whether the changes were accepted.
    """

    file: Path | None = None
    scenarios: tuple[Scenario, ...] = ()
    played: Played | None = None
    changes: tuple[BehaviorChange, ...] | None = None
    written: Path | None = None
    accepted: bool = False

    @property
    def failed(self) -> bool:
        """Return whether something differs and was not accepted."""
        return bool(self.played and self.played.differences) or (
            bool(self.changes) and not self.accepted
        )

    def as_json(self) -> dict[str, Any]:
        """Return the keys to add to those of the proof."""
        found: dict[str, Any] = {}
        if self.played is not None:
            differences = [
                {
                    "scenario": d.scenario.title,
                    "line": d.step.line,
                    "expected": d.expected,
                    "came": d.came,
                }
                for d in self.played.differences
            ]
            found["scenarios"] = {
                "count": self.played.count,
                "differences": differences,
                "rules_without_scenario": list(self.played.unseen),
            }
        if self.changes is not None:
            changes = [{"about": change.about, "text": change.text} for change in self.changes]
            found["snapshot"] = {
                "changes": changes,
                "accepted": self.accepted,
                "written": self.written and str(self.written),
            }
        return found

    def into_junit(self, text: str) -> str:
        """Add a test case for each scenario, and one for the snapshot."""
        suite = ET.fromstring(text)  # noqa: S314 - coresponder wrote this XML a moment ago
        for scenario in self.scenarios:
            said = (
                [str(d) for d in self.played.differences if d.scenario == scenario]
                if self.played
                else []
            )
            _case(suite, f"scenario {scenario.title}", said)
        if self.changes is not None:
            _case(
                suite,
                "snapshot",
                [] if self.accepted or not self.changes else ["\n".join(say_changes(self.changes))],
            )
        cases = suite.findall("testcase")
        suite.set("tests", str(len(cases)))
        suite.set("failures", str(sum(case.find("failure") is not None for case in cases)))
        ET.indent(suite)
        return ET.tostring(suite, encoding="unicode", xml_declaration=True)

    def into_sarif(self, text: str) -> str:
        """Add a result for each difference, at its line of the file, and for each change."""
        log = json.loads(text)
        results = log["runs"][0]["results"]
        for difference in self.played.differences if self.played else ():
            results.append(_result(str(difference), self.file, difference.step.line))
        for change in () if self.accepted else self.changes or ():
            results.append(_result(f"{change.about}: {change.text}", self.written, 1))
        return json.dumps(log, indent=2)


def _case(suite: ET.Element, name: str, said: list[str]) -> None:
    case = ET.SubElement(suite, "testcase", classname=suite.get("name", ""), name=name)
    for text in said:
        ET.SubElement(case, "failure", message=text)


def _result(text: str, file: Path | None, line: int) -> dict[str, Any]:
    where = {
        "artifactLocation": {"uri": file.as_posix() if file else "snapshot.json"},
        "region": {"startLine": line},
    }
    return {
        "ruleId": "coresponder-check",
        "level": "error",
        "message": {"text": text},
        "locations": [{"physicalLocation": where}],
    }


def try_program(
    program: Program, *, scenarios: Path | None, snapshot: Path | None, update: bool
) -> Tested:
    """Play the scenarios and compare the program with the snapshot, where they are given. Write the
    snapshot if it is new or accepted.
    """
    told = load_scenarios(scenarios, program) if scenarios is not None else ()
    tested = Tested(
        file=scenarios,
        scenarios=told,
        played=play_scenarios(program, told) if scenarios is not None else None,
    )
    if snapshot is None:
        return tested
    there = snapshot.exists()
    changes = tuple(snapshot_changes(program, load_snapshot(snapshot, program))) if there else ()
    if there and not update:
        return attrs.evolve(tested, changes=changes)
    with whole_file(snapshot) as file:
        save_snapshot(file, snapshot_of(program))
    return attrs.evolve(tested, changes=changes, written=snapshot, accepted=there)


def print_tested(console: Console, tested: Tested) -> None:
    """Print what differs, and the rules that no scenario mentions."""
    played = tested.played
    if played is not None:
        differ = {difference.scenario.line for difference in played.differences}
        failed = f"{len(differ)} fail" if differ else "all pass"
        came = f"{played.count} scenario{'' if played.count == 1 else 's'}: {failed}"
        console.print(f"\n[bold]{came}[/]", highlight=False)
        for difference in played.differences:
            console.print(f"  - {escape(str(difference))}", highlight=False, soft_wrap=True)
        if played.unseen:
            console.print(
                f"  Rules that no scenario mentions: {', '.join(played.unseen)}",
                highlight=False,
                soft_wrap=True,
            )
    if tested.changes is not None:
        _print_changes(console, tested)


def _print_changes(console: Console, tested: Tested) -> None:
    changed = (
        "The program differs from its snapshot"
        if tested.changes
        else ""
        if tested.written
        else "The program does what its snapshot says."
    )
    if changed:
        console.print(f"\n[bold]{changed}[/]", highlight=False)
    for line in say_changes(tested.changes or ()):
        console.print(f"  {escape(line)}", highlight=False, soft_wrap=True)
    if tested.written is not None:
        what = "Accepted; written" if tested.accepted else "Snapshot written"
        console.print(f"\n{what} to {tested.written}", highlight=False, soft_wrap=True)
    elif tested.changes:
        console.print("  If you want these changes, accept them with --update.", highlight=False)
