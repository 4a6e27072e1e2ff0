"""An audit beyond one machine: Spark hands each worker some incidents, and the worker audits them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from coresponder.program import Program

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["audit_on_spark"]


def audit_on_spark(
    events: DataFrame, program: Program, *, now: dt.datetime | None = None
) -> DataFrame:
    """Return the verdicts of a program on a log of events, one row for each incident.

    A row has the incident, how many `events` it has and how many are `out_of_place` and `doubtful`;
    the policies that count one of its events (`concerned`), and those that are `violated`,
    `undetermined` and `pending` (all others are held); and each breach as `evidence`. If the incident
    cannot be judged, `why` says why, and the rest is empty.

    Args:
        events: a log of events, as `coresponder export events` writes it: Parquet that Spark read.
        program: loaded from a file, from a definition, or shipped, so that each worker can load it.
        now: the instant at which each incident is judged; None for its last event.

    Raises:
        UnreadableFile: a column of the log is missing.
        ValueError: the program was put together or changed in Python, so that no definition of it
            can be sent to the workers.
        MissingExtra: the extra `spark` is not installed.
    """
    from coresponder.audit.spark_workers import audited

    return audited(events, program, now)
