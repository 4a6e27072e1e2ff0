"""The part of an audit on Spark that needs Spark: each worker audits the incidents that it is handed."""

from __future__ import annotations

import datetime as dt
import functools
import itertools
import json
from collections.abc import Iterable, Iterator

import attrs

from coresponder.audit.audit import auditing
from coresponder.audit.judgment import Judgment
from coresponder.audit.sources import Unreadable, cases_of_log
from coresponder.audit.verdict_rows import VerdictRow, row_of, row_of_unreadable
from coresponder.errors import MissingExtra, UnreadableFile
from coresponder.interop.event_log import Logged, histories_of
from coresponder.program import Program, program_from_definition

try:
    import pyarrow as pa
    from pyspark.sql import DataFrame
    from pyspark.sql.pandas.types import from_arrow_schema
except ImportError:
    raise MissingExtra("spark", "an audit on Spark") from None

__all__ = ["audited"]

_LOG = ("incident", "record_number", "type", "record_version", "body")
_ROWS = 1_000
_NAMES = pa.list_(pa.string())
_INSTANT = pa.timestamp("us", "UTC")
_BREACH = pa.struct(
    [
        ("policy", pa.string()),
        ("at", _INSTANT),
        ("how", pa.string()),
        ("events", pa.list_(pa.int32())),
        ("key", pa.string()),
        ("since", _INSTANT),
    ]
)
_SCHEMA = pa.schema(
    [
        ("incident", pa.string()),
        ("why", pa.string()),
        ("events", pa.int32()),
        ("out_of_place", pa.int32()),
        ("doubtful", pa.int32()),
        ("concerned", _NAMES),
        ("violated", _NAMES),
        ("undetermined", _NAMES),
        ("pending", _NAMES),
        ("evidence", pa.list_(_BREACH)),
    ]
)


def audited(events: DataFrame, program: Program, now: dt.datetime | None) -> DataFrame:
    """Return the verdicts of a program on a log of events; see `audit_on_spark`."""
    missing = [name for name in _LOG if name not in events.columns]
    if missing:
        raise UnreadableFile(
            f"the data frame has no column {', '.join(missing)}; a log of events has"
            f" {', '.join(_LOG)}"
        )
    log = events.select(*_LOG).repartition("incident").sortWithinPartitions("incident")
    return log.mapInArrow(_Worker(_sent(program), now), from_arrow_schema(_SCHEMA))


def _sent(program: Program) -> str:
    """Return the definition from which each worker makes the program."""
    definition = dict(program.definition)
    if not definition or program_from_definition(definition) != program:
        raise ValueError(
            f"program {program.name} was put together or changed in Python and cannot be sent to"
            " other machines; write it as TOML and load it with load_program"
        )
    return json.dumps(definition)


@functools.cache
def _loaded(definition: str) -> Program:
    return program_from_definition(json.loads(definition))


@attrs.frozen
class _Worker:
    """Judges the incidents of one partition, on whatever machine Spark chose."""

    definition: str
    now: dt.datetime | None

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Yield the results of a partition, some thousand at a time."""
        results = _results(_loaded(self.definition), self.now, _logged(batches))
        while rows := list(itertools.islice(results, _ROWS)):
            yield pa.RecordBatch.from_pylist(rows, schema=_SCHEMA)


def _logged(batches: Iterable[pa.RecordBatch]) -> Iterator[Logged]:
    for batch in batches:
        yield from map(Logged._make, zip(*(one.to_pylist() for one in batch.columns), strict=True))


def _results(
    program: Program, now: dt.datetime | None, rows: Iterable[Logged]
) -> Iterator[VerdictRow]:
    """Audit incidents, as an audit of a file does. The rows of an incident come one after the other."""
    incidents = itertools.groupby(rows, key=lambda row: row.incident)
    with auditing(program, now) as audit:
        for found in cases_of_log(program, histories_of(incidents, program.vocabulary)):
            if isinstance(found, Unreadable):
                yield row_of_unreadable(found)
                continue
            for judgment in audit.take([found]):
                if isinstance(judgment, Judgment):
                    yield row_of(judgment)
