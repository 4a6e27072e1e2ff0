"""The outbox on procrastinate, a job queue on PostgreSQL, for a host that has several machines or
already runs procrastinate.

A trigger on the outbox calls procrastinate's own SQL function that defers a job, so the job is made
in the transaction of the step and rolled back with it. Jobs of one incident and channel share a
lock, which keeps their order even while one waits to be tried again.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable
from typing import Any

import attrs

from coresponder.delivery.base import Notifier
from coresponder.delivery.relay import Relay, exponential
from coresponder.errors import MissingExtra
from coresponder.stores.sql import SqlStore

try:
    import procrastinate
    from procrastinate import retry
except ImportError:  # pragma: no cover - tried by hand in an environment without it
    raise MissingExtra("procrastinate", "running the outbox on procrastinate") from None

__all__ = ["ProcrastinateRelay", "procrastinate_sql"]

_QUEUE = "coresponder"
_TASK = "coresponder.carry"
_STALLED = 60
_POLL = 1.0


def procrastinate_sql() -> tuple[str, ...]:
    """Return the SQL statements that make a job of every notice. They need procrastinate's own
    tables: `procrastinate schema --apply`.
    """
    return (
        f"""CREATE OR REPLACE FUNCTION coresponder_defer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM procrastinate_defer_jobs_v1(ARRAY[ROW('{_QUEUE}', '{_TASK}', 0, NEW.agency || '/' || NEW.incident || '/' || NEW.channel, NULL,
        jsonb_build_object('agency', NEW.agency, 'id', NEW.id), NULL)::procrastinate_job_to_defer_v1]);
    RETURN NEW;
END $$""",
        "DROP TRIGGER IF EXISTS coresponder_defer_new ON coresponder_outbox",
        "CREATE TRIGGER coresponder_defer_new AFTER INSERT ON coresponder_outbox FOR EACH ROW EXECUTE FUNCTION coresponder_defer()",
        "DROP TRIGGER IF EXISTS coresponder_defer_again ON coresponder_outbox",
        """CREATE TRIGGER coresponder_defer_again AFTER UPDATE OF dead_at ON coresponder_outbox FOR EACH ROW
    WHEN (OLD.dead_at IS NOT NULL AND NEW.dead_at IS NULL AND NEW.delivered_at IS NULL) EXECUTE FUNCTION coresponder_defer()""",
    )


class _Again(Exception):
    """A notice failed and is to be tried again at this time."""

    def __init__(self, at: dt.datetime) -> None:
        self.at = at
        super().__init__(f"again at {at.isoformat()}")


class _When(retry.BaseRetryStrategy):
    """Tries again at the time that the task gave."""

    def get_retry_decision(
        self, *, exception: BaseException, job: Any
    ) -> retry.RetryDecision | None:
        return retry.RetryDecision(retry_at=exception.at) if isinstance(exception, _Again) else None


@attrs.frozen(kw_only=True)
class ProcrastinateRelay:
    """Carries notices with procrastinate's workers, with the same waits, limits and keys as a
    `Relay`.

    Args:
        dsn: the database of the store, which also has procrastinate's tables and
            `procrastinate_sql()`.
        store: the store, with its own connections.
        notifier: carries a notice, or raises.
        wait: returns how long to wait after attempt 1, 2, 3...
        most_attempts: the number of failed attempts after which a notice is given up.
        clock: returns the time from which the next attempt is counted.
        tick: usually `workflow.tick`; one of the workers calls it every minute.
    """

    dsn: str
    store: SqlStore
    notifier: Notifier
    wait: Callable[[int], dt.timedelta] = attrs.field(factory=exponential)
    most_attempts: int = 15
    clock: Callable[[], dt.datetime] | None = None
    tick: Callable[[], object] | None = None
    app: procrastinate.App = attrs.field(init=False)

    @app.default
    def _make_app(self) -> procrastinate.App:
        app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=self.dsn))
        app.task(name=_TASK, queue=_QUEUE, retry=_When())(self._carry)
        minute = app.task(
            name="coresponder.minute", queue=_QUEUE, queueing_lock="coresponder.minute"
        )(self._minute)
        app.periodic(cron="* * * * *")(minute)
        return app

    def install(self) -> None:
        """Make procrastinate's tables, if they are missing, and the triggers."""
        schema = procrastinate.App(connector=procrastinate.SyncPsycopgConnector(conninfo=self.dsn))
        with schema.open(), self.store.connections.writing() as cursor:
            if cursor.execute("SELECT to_regclass('procrastinate_jobs')").fetchone()[0] is None:
                schema.schema_manager.apply_schema()
            for statement in procrastinate_sql():
                cursor.execute(statement)

    async def _carry(self, *, agency: str, id: int) -> None:
        await asyncio.to_thread(self._carry_one, agency, id)

    def _carry_one(self, agency: str, id: int) -> None:
        """Try one notice as the relay does. Procrastinate keeps the order, and tries again at the
        time it is given.
        """
        relay = Relay(
            store=self.store,
            notifier=self.notifier,
            agency=agency,
            wait=self.wait,
            most_attempts=self.most_attempts,
            clock=self.clock,
        )
        again = relay.try_one(id)
        if again is not None:
            raise _Again(again)

    async def _minute(self, timestamp: int) -> None:
        await self._take_up()
        if self.tick is not None:
            await asyncio.to_thread(self.tick)

    async def _take_up(self) -> None:
        """Give the jobs of workers that died to others."""
        for job in await self.app.job_manager.get_stalled_jobs(
            queue=_QUEUE, seconds_since_heartbeat=_STALLED
        ):
            await self.app.job_manager.retry_job(job)

    async def run(self, *, wait: bool = True, concurrency: int = 4) -> None:
        """Work until stopped, or with `wait=False` one by one until nothing is left to do now. Jobs
        that a dead worker left come first.
        """
        async with self.app.open_async():
            await self._take_up()
            await self.app.run_worker_async(
                fetch_job_polling_interval=_POLL,
                queues=[_QUEUE],
                wait=wait,
                concurrency=concurrency if wait else 1,
                install_signal_handlers=wait,
                delete_jobs="successful",
            )
