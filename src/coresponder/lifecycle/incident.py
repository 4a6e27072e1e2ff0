"""The lifecycle of an incident."""

from __future__ import annotations

from coresponder.domain.vocabulary import IncidentState as S
from coresponder.lifecycle.machine import Lifecycle, edges_of

__all__ = ["INCIDENT"]

_BEFORE, _THERE, _AFTER = (
    "received triaged dispatched en_route",
    "on_scene engaged",
    "cleared follow_up",
)
_ACTIVE = f"{_BEFORE} {_THERE} -> ."
_OPEN = f"{_BEFORE} {_THERE} {_AFTER} -> ."
_SCENE = f"{_THERE} -> ."
_SINCE = f"{_THERE} {_AFTER} -> ."
_CARE = f"{_BEFORE} {_THERE} follow_up -> ., cleared -> follow_up"
_AFTERCARE = f"received triaged {_AFTER} -> follow_up, dispatched en_route {_THERE} -> ."

INCIDENT = Lifecycle(
    name="incident",
    initial=S.NEW.value,
    states=tuple(s.value for s in S),
    final=frozenset({S.CLOSED.value, S.CANCELLED.value}),
    reopens=frozenset({"IncidentReopened"}),
    edges=edges_of(f"""
        CallReceived: new -> received, {_ACTIVE}
        CallTriaged: received triaged -> triaged, dispatched en_route on_scene engaged -> .
        TeamDispatched: received triaged dispatched -> dispatched, en_route on_scene engaged -> .
        CallTransferOffered: {_ACTIVE}
        CallTransferAccepted: {_ACTIVE}
        CallTransferDeclined: {_ACTIVE}
        CallerLost: {_ACTIVE}
        CallerReached: {_ACTIVE}
        TeamUnavailable: {_ACTIVE}
        ResponderEnRoute: received triaged dispatched en_route -> en_route, on_scene engaged -> .
        ResponderArrived: received triaged dispatched en_route -> on_scene, on_scene engaged -> .
        ResponderCleared: dispatched en_route on_scene engaged -> .
        ResponderRelieved: {_OPEN}
        SecondaryResponseRequested: {_SCENE}
        PersonIdentified: {_OPEN}
        LocationRecorded: {_OPEN}
        CommunicationNeedFound: {_OPEN}
        InterpreterEngaged: {_OPEN}
        GuardianReached: {_OPEN}
        GuardianNotReached: {_OPEN}
        WeaponSeen: {_ACTIVE}
        WeaponSecured: {_SINCE}
        LethalMeansCounseled: {_OPEN}
        SceneSecured: {_SCENE}
        ImminentDangerSeen: {_OPEN}
        ContactMade: on_scene engaged -> engaged
        ContactAttempted: {_SINCE}
        SubjectBarricaded: {_OPEN}
        PerimeterSet: {_OPEN}
        CommandTaken: {_OPEN}
        CommandTransferred: {_OPEN}
        EntryMade: {_SINCE}
        ConnectionFailed: {_OPEN}
        ConnectionLost: {_OPEN}
        ConnectionRestored: {_OPEN}
        MutualAidRequested: {_OPEN}
        OtherAgencyArrived: {_OPEN}
        OtherAgencyCleared: {_OPEN}
        IncidentTransferOffered: {_OPEN}
        IncidentTransferAccepted: {_OPEN}
        IncidentTransferDeclined: {_OPEN}
        IncidentMerged: {_OPEN}
        NoContactMarked: {_OPEN}
        NoContactLifted: {_OPEN}
        DeEscalationAttempted: on_scene engaged -> engaged, received triaged dispatched en_route -> .
        ClinicianEngaged: {_OPEN}
        ExpertConsulted: {_OPEN}
        ForceUsed: {_SCENE}
        EmergencyHoldPlaced: {_SCENE}
        MedicalAidGiven: {_ACTIVE}
        MedicallyEvaluated: {_SINCE}
        MedicalCareDeclined: {_SINCE}
        ChargeableOffenseFound: {_SCENE}
        WarrantFound: {_ACTIVE}
        VictimRightsTold: {_OPEN}
        DangerAssessed: {_OPEN}
        AdvocateRequested: {_OPEN}
        AdvocateReached: {_OPEN}
        AdvocateDeclined: {_OPEN}
        DeathNotificationMade: {_OPEN}
        AbuseSuspected: {_OPEN}
        MandatedReportMade: {_OPEN}
        MandatedReportAccepted: {_OPEN}
        MandatedReportScreenedOut: {_OPEN}
        ProtectiveOrderFound: {_OPEN}
        ProtectiveOrderRequested: {_OPEN}
        ProtectiveOrderIssued: {_OPEN}
        ProtectiveOrderDenied: {_OPEN}
        AlternativeOffered: {_SINCE}
        AlternativeTaken: {_SINCE}
        AlternativeDeclined: {_SINCE}
        PersonTransported: {_SINCE}
        ArrivedAtFacility: {_SINCE}
        HandOverAccepted: {_SINCE}
        ResponderBackInService: {_SINCE}
        HandedOver: {_SCENE}
        SceneCleared: dispatched en_route on_scene engaged -> cleared
        DispositionRecorded: received triaged -> cleared, dispatched en_route on_scene engaged cleared follow_up -> .
        ReferralOffered: {_CARE}
        ReferralSent: {_CARE}
        FollowUpScheduled: {_AFTERCARE}
        FollowUpDone: {_AFTERCARE}
        FollowUpMissed: dispatched en_route on_scene engaged follow_up -> ., cleared -> follow_up
        CaseConferenceHeld: {_CARE}
        SchoolNotified: {_CARE}
        IncidentClosed: cleared follow_up -> closed
        IncidentCancelled: received triaged dispatched en_route -> cancelled
        IncidentReopened: closed -> follow_up
        """),
)
"""From the call to the end of follow-up. Phone calls, canceled calls and officer-initiated contacts
have their edges too.
"""
