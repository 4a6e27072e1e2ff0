"""A mapping and rows that are fine, to be changed in one thing by a test."""

import json
import os

from coresponder.interop.cad import Rejected, RowCase, read_calls
from coresponder.interop.mapping import mapping_from

TABLES = {
    "file": {"time_zone": "America/New_York"},
    "columns": {
        "incident": "id",
        "received": "call",
        "dispatched": "sent",
        "arrived": "there",
        "cleared": "left",
        "nature": "what",
        "disposition": "end",
        "keep": ["beat"],
    },
    "nature": {"psych": "psychosis", "*suic*": "suicide_threat", "n/k": "none"},
    "disposition": {"ok": "resolved_on_scene", "cxl": "cancelled"},
}
HEADER = "id,call,sent,there,left,what,end,beat\n"
SAVED = 1_798_761_600  # 2027-01-01: nothing in a file is later
CALL = {
    "id": "7",
    "call": "2026-03-02T10:00:00",
    "sent": "2026-03-02T10:05:00",
    "there": "2026-03-02T10:15:00",
    "left": "2026-03-02T11:00:00",
    "what": "psych",
    "end": "ok",
    "beat": "B 4",
}


def row(**changed):
    return ",".join({**CALL, **changed}.values()) + "\n"


def mapped(own_words=None, **changes):
    """Return the mapping, changed by `table__key=value`; None takes a key out. A name without a
    key is a whole table. `own_words` are those of a program.
    """
    tables = json.loads(json.dumps(TABLES))
    for path, value in changes.items():
        table, _, key = path.partition("__")
        if not key:
            tables[table] = value
            continue
        tables.setdefault(table, {})[key] = value
        if value is None:
            del tables[table][key]
    return mapping_from(tables, own_words=own_words)


def read(tmp_path, content, **changes):
    """Return what is read out of a file with this text, or these bytes."""
    file = tmp_path / "calls.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    os.utime(file, (SAVED, SAVED))
    return list(read_calls(file, mapped(**changes)))


def only_case(found):
    (case,) = found
    assert isinstance(case, RowCase), case
    return case


def only_reject(found):
    (rejected,) = found
    assert isinstance(rejected, Rejected), rejected
    return rejected
