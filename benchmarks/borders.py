"""An incident written and read as EIDO and FHIR, beside JSON and pydantic on the same document."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from pydantic import TypeAdapter

from benchmarks.field import stories
from benchmarks.measure import Bench, Row
from coresponder.interop.eido import eido_from, eido_of
from coresponder.interop.fhir import bundle_of, news_of_task
from coresponder.program import Case, load_program

_ANY: TypeAdapter[Any] = TypeAdapter(dict[str, Any])
_AGENCY = "police.example.org"


def rows(bench: Bench) -> Iterator[Row]:
    """Yield writing and reading of a common incident, each from or to text."""
    case = _common()
    eido, bundle = eido_of(case, agency=_AGENCY), bundle_of(case, agency=_AGENCY)
    tasks = [
        one["resource"] for one in bundle["entry"] if one["resource"]["resourceType"] == "Task"
    ]
    if not tasks:
        raise SystemExit("borders: the incident has no referral, so nothing of FHIR is measured")
    task = tasks[0]
    texts = [json.dumps(one) for one in (eido, task)]
    for name, ours, document, most in (
        ("eido_written", lambda: json.dumps(eido_of(case, agency=_AGENCY)), eido, 7.0),
        ("fhir_written", lambda: json.dumps(bundle_of(case, agency=_AGENCY)), bundle, 5.0),
    ):
        yield bench.compare(
            name,
            ours,
            lambda document=document: json.dumps(_ANY.dump_python(document, mode="json")),  # type: ignore[misc]
            most=most,
            peer_does="json and pydantic write the finished document",
        )
    for name, ours, text, most in (
        ("eido_read", lambda: eido_from(json.loads(texts[0]), agency=_AGENCY), texts[0], 16.0),
        ("fhir_read", lambda: news_of_task(json.loads(texts[1]), case, agency=_AGENCY, by="s"), texts[1], 9.5),
    ):  # fmt: skip
        yield bench.compare(
            name,
            ours,
            lambda text=text: _ANY.validate_python(json.loads(text)),  # type: ignore[misc]
            most=most,
            peer_does="json and pydantic read the document as a dictionary; they know no event",
        )


def _common() -> Case:
    """Return the incident of the night with a referral whose length is in the middle."""
    program = load_program("new-haven-cdcp")
    cases = [program.replay(one.incident, one.events) for one in stories()]
    referred = sorted((one for one in cases if one.incident.referrals), key=lambda one: len(one.history))  # fmt: skip
    if not referred:
        raise SystemExit("borders: no incident of the night has a referral")
    return referred[len(referred) // 2]
