"""Model police and mental-health co-response: one declared program drives, proves, tests and
audits.

Everything is imported when it is first used, so that `import coresponder` costs a host next to
nothing. Type checkers and editors read the imports below, which never run; the table says the same.
"""

# ruff: noqa: F403 - each room lists its names
from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from coresponder.asyncio import (
        AsyncStore as AsyncStore,
        AsyncWindow as AsyncWindow,
        AsyncWorkflow as AsyncWorkflow,
    )
    from coresponder.audit.spark import audit_on_spark as audit_on_spark
    from coresponder.domain.events import *
    from coresponder.domain.objects import (
        Attending as Attending,
        Call as Call,
        CarePlan as CarePlan,
        Consent as Consent,
        Credential as Credential,
        FollowUp as FollowUp,
        Incident as Incident,
        Link as Link,
        LocalCode as LocalCode,
        Person as Person,
        Prior as Prior,
        Referral as Referral,
        Responder as Responder,
        Scene as Scene,
        Screening as Screening,
        Standing as Standing,
        Team as Team,
        TeamMember as TeamMember,
        Transport as Transport,
    )
    from coresponder.domain.consents import (
        consents_in_force as consents_in_force,
        lapse_of as lapse_of,
    )
    from coresponder.domain.disclosed import RecordDisclosed as RecordDisclosed
    from coresponder.domain.personal import looks_personal as looks_personal
    from coresponder.domain.types import Code as Code, Id as Id, Instant as Instant
    from coresponder.domain.vocabulary import *
    from coresponder.delivery.procrastinate import (
        ProcrastinateRelay as ProcrastinateRelay,
        procrastinate_sql as procrastinate_sql,
    )
    from coresponder.errors import (
        AudienceDenied as AudienceDenied,
        ConsentNeeded as ConsentNeeded,
        CoresponderError as CoresponderError,
        CorruptRecord as CorruptRecord,
        DeliveryFailed as DeliveryFailed,
        InvalidCursor as InvalidCursor,
        InvalidEvent as InvalidEvent,
        InvalidMapping as InvalidMapping,
        InvalidProgram as InvalidProgram,
        InvalidScenario as InvalidScenario,
        InvalidSignature as InvalidSignature,
        KeyDestroyed as KeyDestroyed,
        KeysUnavailable as KeysUnavailable,
        LegalHold as LegalHold,
        MissingExtra as MissingExtra,
        NotFound as NotFound,
        OutcomeUnknown as OutcomeUnknown,
        PositionAhead as PositionAhead,
        PositionChanged as PositionChanged,
        Refused as Refused,
        RequestTaken as RequestTaken,
        ResponderTaken as ResponderTaken,
        VersionConflict as VersionConflict,
        ViewDenied as ViewDenied,
        StoreError as StoreError,
        StoreUnavailable as StoreUnavailable,
        UnreadableFile as UnreadableFile,
    )
    from coresponder.interop.cad import (
        Rejected as Rejected,
        RowCase as RowCase,
        read_calls as read_calls,
    )
    from coresponder.interop.eido import (
        EidoIncident as EidoIncident,
        EidoNews as EidoNews,
        eido_from as eido_from,
        eido_of as eido_of,
        news_of as news_of,
        read_eido as read_eido,
    )
    from coresponder.interop.fhir import (
        FhirNews as FhirNews,
        audit_event_of as audit_event_of,
        bundle_of as bundle_of,
        incident_of_task as incident_of_task,
        news_of_task as news_of_task,
        provenance_of as provenance_of,
    )
    from coresponder.interop.transparency import (
        Anchor as Anchor,
        Signer as Signer,
        SigningKey as SigningKey,
        VerifyingKey as VerifyingKey,
        anchor_of as anchor_of,
        departures as departures,
        prove_event as prove_event,
        read_anchors as read_anchors,
    )
    from coresponder.interop.use_of_force import (
        ForceReport as ForceReport,
        ForceSubject as ForceSubject,
        force_report as force_report,
    )
    from coresponder.interop.mapping import load_mapping as load_mapping
    from coresponder.lifecycle import (
        FOLLOW_UP as FOLLOW_UP,
        INCIDENT as INCIDENT,
        REFERRAL as REFERRAL,
        RESPONDER as RESPONDER,
        Edge as Edge,
        Lifecycle as Lifecycle,
        trigger_name as trigger_name,
    )
    from coresponder.delivery.base import Notifier as Notifier
    from coresponder.delivery.cloudevents import CloudEvent as CloudEvent
    from coresponder.delivery.channels import Channels as Channels
    from coresponder.delivery.channels_file import (
        channels_from as channels_from,
        load_channels as load_channels,
    )
    from coresponder.delivery.log import LogNotifier as LogNotifier
    from coresponder.delivery.mail import Mail as Mail
    from coresponder.delivery.memory import MemoryNotifier as MemoryNotifier
    from coresponder.delivery.services import Services as Services
    from coresponder.delivery.signature import (
        new_secret as new_secret,
        verify_webhook as verify_webhook,
    )
    from coresponder.delivery.webhook import Webhook as Webhook
    from coresponder.policy.atoms import Atom as Atom
    from coresponder.policy.bounds import Calendar as Calendar
    from coresponder.policy.policy import Enforcement as Enforcement, Policy as Policy
    from coresponder.policy.refusal import (
        Obligation as Obligation,
        Refusal as Refusal,
        Violation as Violation,
    )
    from coresponder.policy.templates import Verdict as Verdict
    from coresponder.policy.words import say_policy as say_policy
    from coresponder.program import (
        Case as Case,
        Elsewhere as Elsewhere,
        Entry as Entry,
        Notice as Notice,
        NoticeRule as NoticeRule,
        Override as Override,
        Permission as Permission,
        Program as Program,
        Step as Step,
        load_program as load_program,
        permitted as permitted,
        program_from_definition as program_from_definition,
        shipped_programs as shipped_programs,
    )
    from coresponder.program.told import Told as Told
    from coresponder.program.viewing import View as View, Viewer as Viewer
    from coresponder.program.views import Seen as Seen, SeenLine as SeenLine, seen as seen
    from coresponder.proof import (
        LifecycleProof as LifecycleProof,
        Outcome as Outcome,
        PolicyProof as PolicyProof,
        Proof as Proof,
        StaffingProof as StaffingProof,
        StoryLine as StoryLine,
        check_program as check_program,
    )
    from coresponder.delivery.relay import (
        Delivery as Delivery,
        Relay as Relay,
        exponential as exponential,
    )
    from coresponder.roster.course import Course as Course
    from coresponder.roster.events import *
    from coresponder.roster.fold import fold_responder as fold_responder
    from coresponder.roster.service import Finding as Finding, Service as Service
    from coresponder.roster.staffing import Seat as Seat, Staffing as Staffing, Tier as Tier
    from coresponder.stores.base import (
        Append as Append,
        Engagement as Engagement,
        Outgoing as Outgoing,
        Receipt as Receipt,
        StoredIncident as StoredIncident,
        Summary as Summary,
        VaultEntry as VaultEntry,
    )
    from coresponder.stores.composed import ComposedStore as ComposedStore
    from coresponder.stores.feed import FeedEntry as FeedEntry
    from coresponder.stores.custody import Custody as Custody, Kept as Kept
    from coresponder.stores.keys import KeyService as KeyService, LocalKeys as LocalKeys
    from coresponder.stores.memory import MemoryStore as MemoryStore
    from coresponder.stores.pages import Filters as Filters, Page as Page, every as every
    from coresponder.stores.ports import (
        EventLog as EventLog,
        Index as Index,
        Outbox as Outbox,
        ProgramLibrary as ProgramLibrary,
        Store as Store,
        Vault as Vault,
    )
    from coresponder.stores.snapshots import Snapshots as Snapshots
    from coresponder.stores.sql import SqlStore as SqlStore
    from coresponder.workflow import (
        Line as Line,
        Owed as Owed,
        Roster as Roster,
        Whereabouts as Whereabouts,
        WhoCanGo as WhoCanGo,
        Window as Window,
        Workflow as Workflow,
    )
    from coresponder.workflow.feed import FeedPage as FeedPage
    from coresponder.program.retention import Counted as Counted, Retention as Retention
    from coresponder.workflow.retention import Erased as Erased, Retained as Retained
    from coresponder.workflow.disclosures import (
        Disclosure as Disclosure,
        Disclosures as Disclosures,
        LoggedNotifier as LoggedNotifier,
        Receiver as Receiver,
    )
    from coresponder.workflow.giving import (
        Export as Export,
        give_calendar as give_calendar,
        give_eido as give_eido,
        give_events as give_events,
        give_fhir as give_fhir,
        give_ocel as give_ocel,
    )
    from coresponder.workflow.linking import (
        merge_incidents as merge_incidents,
        split_incident as split_incident,
    )
    from coresponder.workflow.seen_notices import (
        SeenNotifier as SeenNotifier,
        programs_in as programs_in,
    )
    from coresponder.workflow.telling import Wanted as Wanted
    from coresponder.workflow.taking import (
        Taken as Taken,
        take as take,
        take_eido as take_eido,
        take_message as take_message,
        take_fhir as take_fhir,
        take_task as take_task,
        untie_eido as untie_eido,
    )

_HOMES = {
    "coresponder.audit.spark": ("audit_on_spark",),
    "coresponder.asyncio": ("AsyncStore", "AsyncWindow", "AsyncWorkflow"),
    "coresponder.domain.objects": (
        "Attending", "Call", "CarePlan", "Consent", "Credential", "FollowUp", "Incident", "Link", "LocalCode", "Person", "Prior",
        "Referral", "Responder", "Scene", "Screening", "Standing", "Team",
        "TeamMember", "Transport",
    ),
    "coresponder.domain.consents": ("consents_in_force", "lapse_of"),
    "coresponder.domain.personal": ("looks_personal",),
    "coresponder.domain.disclosed": ("RecordDisclosed",),
    "coresponder.domain.types": ("Code", "Id", "Instant"),
    "coresponder.delivery.procrastinate": ("ProcrastinateRelay", "procrastinate_sql"),
    "coresponder.errors": (
        "AudienceDenied", "ConsentNeeded", "CoresponderError", "CorruptRecord", "DeliveryFailed", "InvalidCursor", "InvalidEvent",
        "InvalidMapping", "InvalidProgram", "InvalidScenario", "InvalidSignature", "KeyDestroyed",
        "KeysUnavailable", "LegalHold", "MissingExtra",
        "NotFound", "OutcomeUnknown", "PositionAhead", "PositionChanged", "Refused", "RequestTaken", "ResponderTaken",
        "VersionConflict", "ViewDenied",
        "StoreError", "StoreUnavailable", "UnreadableFile",
    ),
    "coresponder.interop.cad": ("Rejected", "RowCase", "read_calls"),
    "coresponder.interop.transparency": (
        "Anchor", "Signer", "SigningKey", "VerifyingKey", "anchor_of", "departures", "prove_event",
        "read_anchors",
    ),
    "coresponder.interop.use_of_force": ("ForceReport", "ForceSubject", "force_report"),
    "coresponder.interop.fhir": (
        "FhirNews", "audit_event_of", "bundle_of", "incident_of_task", "news_of_task",
        "provenance_of",
    ),
    "coresponder.interop.eido": ("EidoIncident", "EidoNews", "eido_from", "eido_of", "news_of", "read_eido"),
    "coresponder.interop.mapping": ("load_mapping",),
    "coresponder.lifecycle": (
        "Edge", "FOLLOW_UP", "INCIDENT", "Lifecycle", "REFERRAL", "RESPONDER", "trigger_name",
    ),
    "coresponder.delivery.base": ("Notifier",),
    "coresponder.delivery.channels": ("Channels",),
    "coresponder.delivery.cloudevents": ("CloudEvent",),
    "coresponder.delivery.channels_file": ("channels_from", "load_channels"),
    "coresponder.delivery.log": ("LogNotifier",),
    "coresponder.delivery.mail": ("Mail",),
    "coresponder.delivery.memory": ("MemoryNotifier",),
    "coresponder.delivery.services": ("Services",),
    "coresponder.delivery.signature": ("new_secret", "verify_webhook"),
    "coresponder.delivery.webhook": ("Webhook",),
    "coresponder.policy.atoms": ("Atom",),
    "coresponder.policy.bounds": ("Calendar",),
    "coresponder.policy.policy": ("Enforcement", "Policy"),
    "coresponder.policy.refusal": ("Obligation", "Refusal", "Violation"),
    "coresponder.policy.templates": ("Verdict",),
    "coresponder.policy.words": ("say_policy",),
    "coresponder.program": (
        "Case", "Elsewhere", "Entry", "Notice", "NoticeRule", "Override", "Permission", "Program", "Step",
        "load_program", "permitted", "program_from_definition", "shipped_programs",
    ),
    "coresponder.program.told": ("Told",),
    "coresponder.program.viewing": ("View", "Viewer"),
    "coresponder.program.views": ("Seen", "SeenLine", "seen"),
    "coresponder.proof": (
        "LifecycleProof", "Outcome", "PolicyProof", "Proof", "StaffingProof", "StoryLine",
        "check_program",
    ),
    "coresponder.delivery.relay": ("Delivery", "Relay", "exponential"),
    "coresponder.roster.course": ("Course",),
    "coresponder.roster.fold": ("fold_responder",),
    "coresponder.roster.service": ("Finding", "Service"),
    "coresponder.roster.staffing": ("Seat", "Staffing", "Tier"),
    "coresponder.stores.base": (
        "Append", "Engagement", "Outgoing", "Receipt", "StoredIncident", "Summary",
        "VaultEntry",
    ),
    "coresponder.stores.composed": ("ComposedStore",),
    "coresponder.stores.feed": ("FeedEntry",),
    "coresponder.stores.custody": ("Custody", "Kept"),
    "coresponder.stores.keys": ("KeyService", "LocalKeys"),
    "coresponder.stores.memory": ("MemoryStore",),
    "coresponder.stores.pages": ("Filters", "Page", "every"),
    "coresponder.stores.ports": ("EventLog", "Index", "Outbox", "ProgramLibrary", "Store", "Vault"),
    "coresponder.stores.snapshots": ("Snapshots",),
    "coresponder.stores.sql": ("SqlStore",),
    "coresponder.workflow": ("Line", "Owed", "Roster", "Whereabouts", "WhoCanGo", "Window", "Workflow"),
    "coresponder.workflow.feed": ("FeedPage",),
    "coresponder.program.retention": ("Counted", "Retention"),
    "coresponder.workflow.retention": ("Erased", "Retained"),
    "coresponder.workflow.disclosures": (
        "Disclosure", "Disclosures", "LoggedNotifier", "Receiver",
    ),
    "coresponder.workflow.giving": (
        "Export",
        "give_calendar",
        "give_eido",
        "give_events",
        "give_fhir",
        "give_ocel",
    ),
    "coresponder.workflow.seen_notices": ("SeenNotifier", "programs_in"),
    "coresponder.workflow.telling": ("Wanted",),
    "coresponder.workflow.linking": ("merge_incidents", "split_incident"),
    "coresponder.workflow.taking": ("Taken", "take", "take_eido", "take_fhir", "take_message", "take_task", "untie_eido"),
}  # fmt: skip
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}
_WHOLE = ("coresponder.domain.vocabulary", "coresponder.domain.events", "coresponder.roster.events")
"""Homes of which every name is public. They are imported for a name that is in no other."""


def _every_name() -> list[str]:
    """Return every public name, sorted."""
    whole = (name for home in _WHOLE for name in importlib.import_module(home).__all__)
    return sorted({*_HOME_OF, *whole})


if not TYPE_CHECKING:  # a module with `__getattr__` has every name that somebody misspells

    def __dir__() -> list[str]:
        """Return every public name; editors of a running interpreter ask for it."""
        return _every_name()

    def __getattr__(name: str) -> object:
        """Import a public name from its home when it is first asked for."""
        if name == "__all__":
            return _every_name()
        if home := _HOME_OF.get(name):
            return getattr(importlib.import_module(home), name)
        if not name.startswith("_"):
            for home in _WHOLE:
                module = importlib.import_module(home)
                if name in module.__all__:
                    return getattr(module, name)
        from coresponder.errors import nearest

        raise AttributeError(
            f"module 'coresponder' has no attribute {name!r}; {nearest(name, _every_name())}"
        )
