"""A plain SQLAlchemy host: its own row and coresponder's events in one transaction. A relay sends
the notices after the commit.
"""

import datetime as dt
import tempfile
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

import coresponder as co
from coresponder.delivery.memory import MemoryNotifier
from coresponder.delivery.relay import Relay


class Base(DeclarativeBase):
    pass


class Report(Base):
    """The host's own row."""

    __tablename__ = "report"
    number: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    status: Mapped[str] = mapped_column(sa.String(32))


def main() -> None:
    now = dt.datetime(2026, 3, 2, 21, 0, tzinfo=dt.UTC)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rms.db"
        store = co.SqlStore.sqlite(
            path
        )  # makes the tables; a host with its own migrations uses `coresponder schema`
        workflow = co.Workflow(co.load_program("cit"), store, clock=lambda: now)
        engine = sa.create_engine(f"sqlite:///{path}")
        Base.metadata.create_all(engine)

        with Session(engine) as session, session.begin():
            session.add(Report(number="2026-004711", status="open"))
            session.flush()
            ours = workflow.within(session)
            ours.receive(
                co.CallReceived(at=now, by="dispatcher-7", source="911", nature="psychosis"),
                incident="2026-004711",
            )
            ours.record("2026-004711", co.TeamUnavailable(at=now, by="dispatcher-7"))

        try:
            with Session(engine) as session, session.begin():
                session.add(Report(number="2026-004712", status="open"))
                session.flush()
                workflow.within(session).receive(
                    co.CallReceived(at=now, by="dispatcher-7", source="911", nature="psychosis"),
                    incident="2026-004712",
                )
                raise RuntimeError("the host's business fails")  # noqa: TRY301 - it stands for what a host does
        except RuntimeError as error:
            print(error)

        with Session(engine) as session:
            print("reports:", session.scalars(sa.select(Report.number)).all())
        print("incidents:", [summary.incident for summary in workflow.find()])

        told = MemoryNotifier()
        print("told:", Relay(store=store, notifier=told, clock=lambda: now).drain().sent)
        for notice in told.sent:
            print(notice)
        engine.dispose()
        store.close()


if __name__ == "__main__":
    main()
