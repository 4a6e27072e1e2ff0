"""The published samples of each border: every file is read, or refused with the reason. The tables of
the guides say the same counts.
"""

import json
from collections import Counter

import pytest

from coresponder.errors import UnreadableFile
from coresponder.interop.eido import eido_from
from coresponder.interop.fhir import news_of_task, resources_of
from coresponder.interop.services import load_directory
from tests.conftest import SHARED, needs_shared
from tests.interop.test_fhir import AGENCY, CIT, story

pytestmark = needs_shared


def outcome(document, case):
    """Return what becomes of a resource of somebody else's."""
    try:
        said = resources_of(document, agency=AGENCY)
    except UnreadableFile as error:
        return str(error)
    named = said.left_out
    for one in said.found:
        news = one.news(case, agency=AGENCY, by="s")
        assert one.incident is None and news.events == ()
        named += news.not_recorded
    return ", ".join(named)


SAID = {
    "Task": {"Task.identifier: it has none of the system"},
    "Consent": {"Consent.patient.identifier: it has none of the system", "has no time zone"},
    "Appointment": {"meta.lastUpdated does not say when it changed", "has no time zone"},
}


def test_of_the_fhir_samples_what_is_not_ours_is_named_or_refused():
    """24 Tasks are of no referral here; 15 Consents and 3 Appointments of nobody here, or without a
    time; 28 ServiceRequests and the rest are not read.
    """
    case, seen, tasks = CIT.replay("7", story()), Counter(), 0
    for file in sorted((SHARED / "fhir").glob("*/*.json")):
        document = json.loads(file.read_text("utf-8"))
        kind = document["resourceType"]
        said = outcome(document, case)
        assert any(words in said for words in SAID.get(kind, {"is not read"}))
        seen[kind, file.parent.name] += 1
        tasks += kind == "Task"
    assert tasks == 24
    of = lambda folder, *kinds: [seen[kind, folder] for kind in kinds]
    assert of("r4-examples", "Task", "ServiceRequest", "Consent") == [12, 20, 12]
    assert of("r4-examples", "Appointment", "Bundle") == [3, 3]
    assert of("sdohcc-json-examples", "Task", "ServiceRequest", "Consent") == [12, 8, 3]
    assert (len({kind for kind, _ in seen}), sum(seen.values())) == (29, 148)


def test_the_official_eido_is_read_and_what_is_not_understood_is_named():
    """A transferred call: the call and its caller; callback, locations and additional data are named."""
    (file,) = (SHARED / "eido/official-samples").glob("*.json")
    found = eido_from(json.loads(file.read_text("utf-8")), agency=AGENCY)
    assert [type(event).__name__ for event in found.events] == ["CallReceived", "PersonInvolved"]
    assert {"callbackComponent", "locationComponent", "additionalDataComponent"} <= set(found.left_out)  # fmt: skip


HSDS = SHARED / "hsds" / "specification-3.0" / "examples"


def test_each_hsds_example_is_a_service_or_named():
    """Three have a service; ten have something else in place of one, and are named;
    a table alone is refused, as is the descriptor, which is a link to another folder.
    """
    became = Counter()
    for file in sorted(HSDS.rglob("*")):
        if file.is_dir():
            continue
        try:
            found = load_directory(file)
        except UnreadableFile:
            became["refused", file.suffix] += 1
        else:
            assert len(found.services) + len(found.unreadable) == 1
            became["read" if found.services else "named", file.suffix] += 1
    assert became == {
        ("read", ".json"): 3,
        ("named", ".json"): 10,
        ("refused", ".json"): 1,
        ("refused", ".csv"): 21,
    }


def test_a_sample_with_one_letter_less_is_refused_with_its_place():
    """So the tests above can fail: a Task without its status is none."""
    file = SHARED / "fhir" / "r4-examples" / "Task-example1.json"
    broken = json.loads(file.read_text("utf-8"))
    del broken["status"]
    with pytest.raises(UnreadableFile, match="status: "):
        news_of_task(broken, CIT.replay("7", story()), agency=AGENCY, by="s")
