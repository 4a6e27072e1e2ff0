"""A local Spark comes to what a local audit comes to: `uv sync --group spark`, and
`pytest -m slow tests/audit/test_spark.py`.
"""

import datetime as dt
import itertools
import shutil
from collections import Counter

import attrs
import pytest

from coresponder.audit.audit import auditing
from coresponder.audit.sources import cases_of_store
from coresponder.errors import UnreadableFile
from coresponder.interop.event_log import logged
from coresponder.interop.event_table import write_events
from coresponder.program import load_program
from coresponder.simulation.field import START, Field
from coresponder.stores.memory import MemoryStore
from coresponder.workflow import Workflow

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("java"), reason="Spark needs Java"),
    pytest.mark.filterwarnings("ignore"),  # of Spark and of what it depends on
]
NOW = START + dt.timedelta(days=60)
PLAYED, TIMES = 500, 20
COLUMNS = (
    ("incident", "string"),
    ("record_number", "long"),
    ("type", "string"),
    ("record_version", "long"),
    ("body", "string"),
)
LOG = ", ".join(map(" ".join, COLUMNS))


@pytest.fixture(scope="module")
def session():
    """A Spark of two workers on this machine."""
    sql = pytest.importorskip("pyspark.sql")
    quiet = {"spark.ui.enabled": "false", "spark.sql.shuffle.partitions": "7"}
    builder = sql.SparkSession.builder.master("local[2]")
    for key, value in quiet.items():
        builder = builder.config(key, value)
    made = builder.getOrCreate()
    yield made
    made.stop()


def many(cases):
    """Yield the rows of 10,000 incidents: each of 500 played ones twenty times."""
    for number in range(TIMES):
        for case in cases:
            for row in logged(case):
                yield row._replace(incident=f"{row.incident}-{number}")


def odd(rows):
    """Yield incidents that cannot be judged: an event that is missing, one that comes twice, one of
    an unknown type, a cell that is empty, a body that cannot be read.
    """
    first, second = itertools.islice(rows, 2)
    yield second._replace(incident="missing")
    yield first._replace(incident="twice")
    yield first._replace(incident="twice")
    yield first._replace(incident="unknown", type="PeerVisited")
    yield first._replace(incident="empty", type=None)
    yield first._replace(incident="unreadable", body="{")


def test_spark_comes_to_what_a_local_audit_comes_to(session, tmp_path):
    """10,000 incidents in two files whose rows stand in no order: each verdict's count, each breach
    with its evidence, each incident that cannot be judged and why.
    """
    from coresponder.audit.spark import audit_on_spark

    program = load_program("cit")
    flow = Workflow(program, MemoryStore(), clock=lambda: START)
    Field(flow, seed=5).play(PLAYED)
    cases = [flow.case(one.incident) for one in flow.find(limit=PLAYED + 100)]
    rows = list(many(cases))
    half = len(rows) // 2
    write_events(rows[half:] + rows[:1], tmp_path / "a.parquet")
    write_events(rows[1:half], tmp_path / "b.parquet")
    frame = session.read.parquet(str(tmp_path)).select(*(name for name, _ in COLUMNS))
    frame = frame.unionByName(session.createDataFrame(list(odd(rows)), LOG))
    found = [
        row.asDict(recursive=True) for row in audit_on_spark(frame, program, now=NOW).collect()
    ]

    judged = [one for one in found if one["why"] is None]
    why = {one["incident"]: one["why"] for one in found if one["why"] is not None}
    assert len(judged) == len(cases) * TIMES >= 10_000
    assert sorted(why) == ["empty", "missing", "twice", "unknown", "unreadable"]
    assert "in the log twice" in why["twice"]
    assert "event 1 is not in the log" in why["missing"]
    with auditing(program, NOW) as audit:
        list(audit.take(cases_of_store(program, flow.store, flow.agency)))
        for name in ("concerned", "violated", "undetermined", "pending"):
            counts = Counter(policy for one in judged for policy in one[name])
            rules = audit.rules.values()
            assert counts == {
                rule.policy: getattr(rule, name) * TIMES for rule in rules if getattr(rule, name)
            }
        assert sum(one["events"] for one in judged) == audit.events * TIMES == len(rows)
        assert sum(one["out_of_place"] for one in judged) == audit.out_of_place * TIMES
        breaches = Counter(
            (one["incident"].rpartition("-")[0], each["policy"], tuple(each["events"]), each["key"])
            for one in judged
            for each in one["evidence"]
        )
        assert breaches == {
            key: count * TIMES
            for key, count in Counter(
                (one["incident"], one["policy"], tuple(one["events"]), one["key"])
                for one in audit.evidence
            ).items()
        }


def test_what_spark_cannot_do_is_said_before_it_begins(session):
    """A frame that is no log names the columns that are missing; a program that was changed in Python
    would be another one on the workers.
    """
    from coresponder.audit.spark import audit_on_spark

    program = load_program("cit")
    frame = session.createDataFrame([("i-1",)], "incident string")
    with pytest.raises(UnreadableFile, match="no column record_number, type, record_version, body"):
        audit_on_spark(frame, program)
    log = session.createDataFrame([], LOG)
    with pytest.raises(ValueError, match="changed in Python"):
        audit_on_spark(log, attrs.evolve(program, policies=program.policies[:1]))
    assert audit_on_spark(log, program).collect() == []
