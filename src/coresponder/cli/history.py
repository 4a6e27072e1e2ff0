"""The options that name recorded history: an export, a store or a log of events."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from coresponder.cli.options import a_store

__all__ = ["of_history"]

_FILE = click.Path(path_type=Path)
_OPTIONS = (
    click.option("--calls", type=_FILE, help="Read the incidents from this CAD export."),
    click.option("--mapping", type=_FILE, help="The mapping of its columns and codes (TOML)."),
    click.option(
        "--store",
        callback=lambda context, parameter, value: a_store(value),
        help="Read the incidents from this SQLite file or PostgreSQL database.",
    ),
    click.option(
        "--events",
        type=_FILE,
        help="Read the incidents from a log of events: Parquet or OCEL 2.0 (JSON), as `export` writes"
        " them.",
    ),
    click.option(
        "--agency",
        default="default",
        show_default=True,
        help="The agency whose incidents are read.",
    ),
    click.option(
        "--now",
        help="Judge the incidents of a store or log as of this time (ISO 8601 with zone); by default now. An"
        " export ends with the contact, so its incidents are judged as of their last event.",
    ),
)


def of_history(command: Any) -> Any:
    """Add the options that name the source of recorded incidents."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command
