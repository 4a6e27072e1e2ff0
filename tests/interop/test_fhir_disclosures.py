"""An entry of the disclosure log as AuditEvent and Provenance: a FHIR library reads both, and they
say what the entry says.
"""

import json

import pytest
from fhir.resources.R4B.auditevent import AuditEvent
from fhir.resources.R4B.provenance import Provenance
from hypothesis import given
from hypothesis import strategies as st

from coresponder import MemoryStore, Receiver, Workflow, audit_event_of, load_program, provenance_of
from coresponder.domain import events as e
from coresponder.domain.disclosed import RecordDisclosed
from coresponder.domain.vocabulary import DisclosureBasis, DisclosureWay, Purpose
from tests.conftest import NOON, at

US = "police.example.org"
IDS = st.text("abcxyz0189", min_size=1, max_size=8)
ENTRIES = st.builds(
    RecordDisclosed,
    at=st.just(NOON),
    by=IDS,
    viewer=IDS,
    way=st.sampled_from(DisclosureWay),
    roles=st.lists(IDS, max_size=2).map(tuple),
    agency=st.none() | IDS,
    people=st.lists(IDS, max_size=3).map(tuple),
    what=st.lists(IDS, max_size=3).map(tuple),
    purpose=st.none() | st.sampled_from(Purpose),
    basis=st.sampled_from(DisclosureBasis),
    consents=st.lists(IDS, max_size=2).map(tuple),
    authority=st.none() | IDS,
    access=st.none() | IDS,
)


def read(shown, number=0):
    """Write both, and have the library read them."""
    terms = {"incident": "7", "number": number, "agency": US}
    audit = json.loads(json.dumps(audit_event_of(shown, **terms)))
    provenance = json.loads(json.dumps(provenance_of(shown, **terms)))
    AuditEvent.model_validate(audit)
    Provenance.model_validate(provenance)
    return audit, provenance


def ids_of(parts, field, kind):
    system = f"urn:coresponder:{US}:{kind}"
    found = [part[field]["identifier"] for part in parts if field in part]
    return tuple(one["value"] for one in found if one["system"] == system)


@given(ENTRIES)
def test_nothing_of_an_entry_is_lost(shown):
    """Who, whose, what, when, for what and by which right are all in the AuditEvent."""
    audit, provenance = read(shown)
    entities = audit["entity"]
    assert ids_of(entities, "what", "person") == shown.people
    assert ids_of(entities, "what", "entry") == shown.what
    assert ids_of(entities, "what", "consent-id") == shown.consents
    assert ids_of(provenance.get("entity", []), "what", "consent-id") == shown.consents
    right = {one["type"]: one["valueString"] for one in entities[0]["detail"]}
    told = {"basis": shown.basis, "authority": shown.authority, "access": shown.access}
    assert right == {name: said for name, said in told.items() if said}
    agents = audit["agent"]
    assert set(ids_of(agents, "who", "responder")) == {shown.viewer, shown.by}
    assert ids_of(agents, "who", "receiver") == ((shown.agency,) if shown.agency else ())
    assert [one["text"] for one in agents[0].get("role", [])] == list(shown.roles)
    assert sum(one["requestor"] for one in agents) == 1
    for said in (audit.get("purposeOfEvent"), provenance.get("reason")):
        assert (said[0]["text"] if said else None) == shown.purpose


def test_each_entry_has_its_own_ids_and_the_same_ones_again():
    """Written twice, it is the same resource; the next entry is another."""
    shown = RecordDisclosed(at=NOON, by="a", viewer="b", way="view", basis="duty")  # fmt: skip
    once, again, other = read(shown), read(shown), read(shown, number=1)
    assert once == again
    assert len({one["id"] for one in (*once, *other)}) == 4
    with pytest.raises(ValueError, match="opaque id"):
        audit_event_of(shown, incident="7", number=0, agency="a b")


def test_an_export_by_consent_is_written_from_the_log():
    """What a workflow logged when it sent a record to a service."""
    flow = Workflow(load_program("cit"), MemoryStore(), clock=lambda: at(60))
    by = {"by": "clinician-1"}
    flow.receive(e.CallReceived(at=NOON, **by, source="911", nature="psychosis"), incident="7")
    flow.record("7", e.PersonInvolved(at=at(1), **by, person="p1", role="person_in_crisis"))
    flow.record("7", e.ConsentGiven(at=at(2), **by, person="p1", scope="sharing", consent="c1"))
    to = Receiver(viewer="nurse-2", agency="shelter-2", purpose="treatment", basis="consent")
    flow.disclosures.record("7", to, "export", what=["referral-1"], people=["p1"], by="clinician-1")
    (entry,) = flow.disclosures.of_person("p1")
    audit, provenance = read(entry.shown, entry.number)
    assert audit["type"]["code"] == "110106"
    assert audit["purposeOfEvent"][0]["coding"][0]["code"] == "TREAT"
    assert ids_of(audit["entity"], "what", "consent-id") == ("c1",)
    assert provenance["target"][0]["identifier"]["value"] == "7"
    assert provenance["agent"][1]["onBehalfOf"]["identifier"]["value"] == "shelter-2"
