"""Convert stored rows to objects and objects to rows. Every row except an event has a digest of
itself (ADR 0019).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import operator
from collections.abc import Mapping
from typing import Any

import attrs
import sqlalchemy as sa
from pydantic_core import to_json

from coresponder.program.case import Notice
from coresponder.stores.base import (
    NEVER,
    UNCOVERED,
    Append,
    Contact,
    OwedRow,
    Summary,
    Words,
    due_text,
    first_due_of,
    instant,
    key_of,
    stamp,
    stamp_again,
)
from coresponder.stores.codec import Stored
from coresponder.stores.tables import CONTACT, INCIDENT, METADATA, OUTBOX, VAULT

__all__ = [
    "CONTACT_FIELDS", "SUMMARY_FIELDS", "contact_of_row", "contact_rows", "cover", "deadline",
    "incident_row", "list_rows", "outbox_row", "owed_of_row", "rows_of", "summary_of_row",
    "vault_row", "written",
]  # fmt: skip

CONTACT_FIELDS = tuple(
    c.name for c in CONTACT.c if c.name not in {"agency", "incident", "digest", "sealed"}
)
SUMMARY_FIELDS = tuple(field.name for field in attrs.fields(Summary) if field.name != "unreadable")


def _reader(table: sa.Table) -> tuple[str, Any]:
    """Return a table's name as plain text, and a reader of the columns that its digest covers.

    The digest does not cover the number that the database gives, nor a notice's turn. Only an
    incident's digest covers whether a checkpoint lists the row, because a checkpoint lists an
    incident in its present state.
    """
    beside = {"digest", *(UNCOVERED if table is INCIDENT else ("sealed", "turn_at"))}
    beside |= {"key", "incident", "entered_at"} if table is VAULT else set()
    return str.__str__(table.name), operator.itemgetter(
        *(c.name for c in table.c if c.name not in beside and c is not OUTBOX.c.id)
    )


_READERS = {table: _reader(table) for table in METADATA.sorted_tables if "digest" in table.c}


def cover(table: sa.Table, values: Mapping[str, Any]) -> str:
    """Return the digest of a row."""
    name, read = _READERS[table]
    also = _also_covered(values) if table is VAULT else []
    return hashlib.sha256(to_json([name, *read(values), *also])).hexdigest()


def _also_covered(values: Mapping[str, Any]) -> list[str]:
    """Return what a digest covers of the columns that the eighth version added: the key where there
    is one, and the date of words that no note dates.
    """
    dated = "" if values.get("incident") else values.get("entered_at", "")
    return [text for text in (values.get("key"), dated) if text]


def written(table: sa.Table, values: dict[str, Any]) -> dict[str, Any]:
    """Return a row with its digest."""
    values["digest"] = cover(table, values)
    return values


def summary_of_row(row: Mapping[str, Any]) -> Summary:
    """Return an incident's row as a summary. A row that cannot be read does not stop a list: the
    summary says what is wrong with it.
    """
    values = {name: row[name] for name in SUMMARY_FIELDS}
    try:
        return Summary(
            **{
                **values,
                "opened_at": dt.datetime.fromisoformat(values["opened_at"]),
                "next_due": instant(values["next_due"]),
                "nature": values["nature"] or None,
                "first_due": deadline(values["first_due"]),
            }
        )
    except (ValueError, TypeError):
        said = f"incident {values['incident']}: a time in its head row cannot be read; restore it from a backup"
        none = {"opened_at": None, "next_due": None, "first_due": None}
        return Summary(**{**values, **none, "unreadable": said})


def deadline(text: str | None) -> dt.datetime | None:
    """Return the instant of a stored deadline; None if there is none."""
    return None if text == NEVER else instant(text)


def owed_of_row(row: Mapping[str, Any]) -> OwedRow:
    """Return a row of the list of obligations; raise `ValueError` if it cannot be read."""
    return OwedRow(
        policy=row["policy"],
        key=row["key"] or None,
        due=deadline(row["due"]),
        since=instant(row["since"]),
        tell_at=instant(row["tell_at"]),
        owner=row["owner"],
    )


def contact_of_row(row: Mapping[str, Any]) -> Contact:
    """Return a person's part in an incident."""
    return Contact(
        **{
            **row,
            "contact_at": dt.datetime.fromisoformat(row["contact_at"]),
            "declined_at": instant(row["declined_at"]),
        }
    )


def incident_row(step: Append, previous: str, head: str) -> dict[str, Any]:
    """Return an incident's row after a step, and the version and head that the step expects."""
    summary = step.summary
    values = {
        "agency": step.agency,
        "incident": summary.incident,
        "program": summary.program,
        "state": summary.state,
        "version": summary.version,
        "disposition": summary.disposition,
        "next_due": summary.next_due and stamp_again(summary.next_due),
        "obligations": summary.obligations,
        "head": head,
        "nature": summary.nature or "",
        "merged_into": summary.merged_into,
        "sealed": 0,
        "numbered": 0,
        "expected": step.expected,
        "previous": previous,
        **_dates(summary),
    }
    return written(INCIDENT, values)


def _dates(summary: Summary) -> dict[str, str | None]:
    """Return the times by which lists are ordered."""
    return {
        "opened_at": stamp_again(summary.opened_at) if summary.opened_at else None,
        "first_due": first_due_of(summary),
    }


def list_rows(step: Append) -> dict[str, list[dict[str, Any]]]:
    """Return a step's changes to the lists of obligations and of those who were sent."""
    key = {"agency": step.agency, "incident": step.summary.incident}
    dates = _dates(step.summary)
    return {
        "owed": [key | _owed_row(one) for one in step.owed],
        "met": [key | {"policy": policy, "key": about or ""} for policy, about in step.met],
        "sent": [key | one._asdict() | dates for one in step.sent],
        "unsent": [key | one._asdict() for one in step.unsent],
        "dated": [key | dates] if step.dated else [],
    }


def _owed_row(one: OwedRow) -> dict[str, Any]:
    return {
        "policy": one.policy,
        "key": one.key or "",
        "due": due_text(one),
        "since": one.since and stamp(one.since),
        "tell_at": one.tell_at and stamp(one.tell_at),
        "owner": one.owner,
    }


def rows_of(step: Append, sealed: tuple[Stored, ...]) -> dict[str, list[dict[str, Any]]]:
    """Return the new rows of a step beside the incident's own, by table."""
    key = {"agency": step.agency, "incident": step.summary.incident}
    return {
        "event": [key | row._asdict() for row in sealed],
        "contact": contact_rows(key, step),
        "notice": [outbox_row(step.agency, notice, step.recorded_at) for notice in step.notices],
        "words": [
            vault_row(step.agency, words, incident=key["incident"], at=stamp(step.recorded_at))
            for words in step.words
        ],
    }


def contact_rows(key: Mapping[str, Any], step: Append) -> list[dict[str, Any]]:
    """Return the rows of people who are part of the incident, and of those who were not after
    all.
    """
    if not step.contacts and not step.gone:
        return []
    rows = [
        {**key, **{name: getattr(one, name) for name in CONTACT_FIELDS}} for one in step.contacts
    ]
    for row in rows:
        row |= {
            "contact_at": stamp_again(row["contact_at"]),
            "declined_at": row["declined_at"] and stamp(row["declined_at"]),
        }
    none = {"contact_at": "", "open_referrals": 0, "open_follow_ups": 0, "declined_at": None}
    rows += [{**key, "person": person, **none} for person in step.gone]
    return [written(CONTACT, row) for row in rows]


def outbox_row(agency: str, notice: Notice, at: dt.datetime) -> dict[str, Any]:
    """Return the row of a new notice. It may be tried at once, whatever the clock of the writing
    host says.
    """
    now = stamp(at)
    values = {
        "agency": agency, "incident": notice.incident, "body": notice.to_json(), "created_at": now, "delivered_at": None, "key": key_of(agency, notice),
        "channel": notice.channel, "attempts": 0, "next_at": "", "dead_at": None, "error": None,
    }  # fmt: skip
    return written(OUTBOX, values)


def vault_row(agency: str, words: Words, *, incident: str, at: str) -> dict[str, Any]:
    """Return the row of new words; `incident` is empty for words that no note names."""
    row = {"agency": agency, **attrs.asdict(words.entry), "salt": words.salt, "key": words.key}
    return written(VAULT, row | {"incident": incident, "entered_at": at})
