"""The command `export use-of-force`: what the FBI's collection asks, of each incident with force."""

from __future__ import annotations

import json
from pathlib import Path

import click

from coresponder.cli.borders import OUTPUT, cases_of, write_text
from coresponder.cli.options import AGENCY, STORE, open_workflow, say

__all__ = ["export_use_of_force"]


@click.command("use-of-force")
@STORE
@AGENCY
@OUTPUT
def export_use_of_force(store: str, agency: str, output: Path | None) -> None:
    """Write what the FBI's National Use-of-Force Data Collection asks, of each incident of STORE
    with force (JSON). `reportable` says why the collection asks for it; it is empty if it does not.
    """
    import attrs

    from coresponder.interop.use_of_force import force_report

    with open_workflow(store, agency) as workflow:
        found = [one for case in cases_of(workflow) if (one := force_report(case)) is not None]
    found.sort(key=lambda one: (one.began, one.incident))
    asked = sum(bool(one.reportable) for one in found)
    if write_text(json.dumps([attrs.asdict(one) for one in found], indent=2) + "\n", output):
        of = f"of which the collection asks for {asked:,}"
        say(f"{output}: {len(found):,} incidents with force, {of}")
