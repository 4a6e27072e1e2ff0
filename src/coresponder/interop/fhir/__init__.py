"""HL7 FHIR R4: what follows an incident, as a health system knows it."""

from coresponder.interop.fhir.bundles import resources_of
from coresponder.interop.fhir.disclosing import audit_event_of, provenance_of
from coresponder.interop.fhir.reading import incident_of_task, news_of_task
from coresponder.interop.fhir.shape import FhirNews
from coresponder.interop.fhir.transitions import may_move, may_set
from coresponder.interop.fhir.writing import bundle_of

__all__ = [
    "FhirNews", "audit_event_of", "bundle_of", "incident_of_task", "may_move", "may_set", "news_of_task",
    "provenance_of", "resources_of",
]  # fmt: skip
