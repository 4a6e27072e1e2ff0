BEGIN TRANSACTION;
CREATE TABLE coresponder_checkpoint (
	agency VARCHAR(128) NOT NULL, 
	number INTEGER NOT NULL, 
	made_at VARCHAR(32) NOT NULL, 
	body TEXT NOT NULL, 
	digest VARCHAR(64) DEFAULT '' NOT NULL, 
	PRIMARY KEY (agency, number)
)
 WITHOUT ROWID;
INSERT INTO "coresponder_checkpoint" VALUES('default',1,'2026-03-02T13:00:00.000000+00:00','{"coresponder_incident": [["one", 4, "2156865287d5a0b532ad632ac65075c8fe86171b010832a35571d9cafa9669be"], ["two", 3, "343af26d1a7d0796beed45cd147f0be185975d7689000e2afaa1f2cfa54ce633"]], "coresponder_contact": [["person-one", "one"], ["person-two", "two"]], "coresponder_outbox": [["d7a8c63cab79c7e55109e4229beffafe", 1, "87e786b3dcaceb0e0502672ccd895f3ae304cd95ce416eeaefbb30d666f3b1b7", null]], "coresponder_vault": [["1dc9fca4a9f09a239d4bc31e20d612b2", "be0170a33c2e735d85e9b53d57ae1b590bf141f48f48cd7b8658b14a5213b62c"]], "coresponder_program": [["cit@8", "f6d98271edf2386ea8564a710025d132b0e9d911139f4b3be5924b0fb5c5789a"]]}','88d59b00b08b757a7bd99c0432764a6a1798793277cba1c4501721db118843ee');
CREATE TABLE coresponder_contact (
	agency VARCHAR(128) NOT NULL, 
	person VARCHAR(128) NOT NULL, 
	incident VARCHAR(128) NOT NULL, 
	contact_at VARCHAR(32) NOT NULL, 
	open_referrals INTEGER NOT NULL, 
	open_follow_ups INTEGER NOT NULL, 
	declined_at VARCHAR(32), 
	digest VARCHAR(64) DEFAULT '' NOT NULL, 
	sealed INTEGER DEFAULT '0' NOT NULL, 
	PRIMARY KEY (agency, person, incident)
)
 WITHOUT ROWID;
INSERT INTO "coresponder_contact" VALUES('default','person-one','one','2026-03-02T12:01:00.000000+00:00',0,0,NULL,'e1dc14ba3225a043e612551a07ac146f4b277701fc22a60abbebb4b9b6b5e616',1);
INSERT INTO "coresponder_contact" VALUES('default','person-two','two','2026-03-02T12:01:00.000000+00:00',0,1,NULL,'3fe5a7b7582a9857a3534bef8561c2851fd45413b55147587b497e7df893cc94',1);
CREATE TABLE coresponder_custody (
	agency VARCHAR(128) NOT NULL, 
	number INTEGER NOT NULL, 
	at VARCHAR(32) NOT NULL, 
	act VARCHAR(16) NOT NULL, 
	subject VARCHAR(128) NOT NULL, 
	actor VARCHAR(128) NOT NULL, 
	ground VARCHAR(160) NOT NULL, 
	hold INTEGER NOT NULL, 
	entries INTEGER NOT NULL, 
	digest VARCHAR(64) DEFAULT '' NOT NULL, 
	sealed INTEGER DEFAULT '0' NOT NULL, 
	PRIMARY KEY (agency, number)
);
CREATE TABLE coresponder_engagement (
	agency VARCHAR(128) NOT NULL, 
	responder VARCHAR(128) NOT NULL, 
	incident VARCHAR(128) NOT NULL, 
	since VARCHAR(32) NOT NULL, 
	digest VARCHAR(64) DEFAULT '' NOT NULL, 
	sealed INTEGER DEFAULT '0' NOT NULL, 
	PRIMARY KEY (agency, responder)
)
 WITHOUT ROWID;
CREATE TABLE coresponder_event (
	agency VARCHAR(128) NOT NULL, 
	incident VARCHAR(128) NOT NULL, 
	number INTEGER NOT NULL, 
	kind VARCHAR(80) NOT NULL, 
	version INTEGER NOT NULL, 
	at VARCHAR(32) NOT NULL, 
	recorded_at VARCHAR(32) NOT NULL, 
	body TEXT NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	request VARCHAR(128) DEFAULT '' NOT NULL, 
	PRIMARY KEY (agency, incident, number)
)
 WITHOUT ROWID;
INSERT INTO "coresponder_event" VALUES('default','one',1,'CallReceived',1,'2026-03-02T12:00:00.000000+00:00','2026-03-02T13:00:00.000000+00:00','{"at":"2026-03-02T12:00:00Z","by":"dispatcher-1","approximate":false,"source":"911","nature":"psychosis","priority":null,"local":[]}','a4eed788d2e1175d60556052d6d73fa6f90f4f4ec0690b235d8c713dceb68491','b1cccb8994edac847186fcfec724fd5f');
INSERT INTO "coresponder_event" VALUES('default','one',2,'PersonInvolved',2,'2026-03-02T12:01:00.000000+00:00','2026-03-02T13:00:00.000000+00:00','{"at":"2026-03-02T12:01:00Z","by":"officer-1","approximate":false,"person":"person-one","role":"person_in_crisis","age_group":"unknown","age_band":null,"veteran":null,"prior":{"contacts_90_days":0,"last_contact":null,"open_referrals":0,"open_follow_ups":0,"declined_at":null,"days_since_declined":null,"care":null}}','614561205e13a31d6410c1577901a8c7e6a2b2a536b8fa33dd0bf76255434fd8','cd969056624a3f5147f2512ecb159da9');
INSERT INTO "coresponder_event" VALUES('default','one',3,'TeamUnavailable',1,'2026-03-02T12:02:00.000000+00:00','2026-03-02T13:00:00.000000+00:00','{"at":"2026-03-02T12:02:00Z","by":"dispatcher-1","approximate":false,"missing":[]}','556c0b53b1f2fd32f56de53d277795271960d696af5a1c768ecd953fc7af92cb','20dadb7d1968b488b56876c0fa29237a');
INSERT INTO "coresponder_event" VALUES('default','one',4,'NoteAdded',1,'2026-03-02T12:04:00.000000+00:00','2026-03-02T13:00:00.000000+00:00','{"at":"2026-03-02T12:04:00Z","by":"clinician-1","approximate":false,"entry":"1dc9fca4a9f09a239d4bc31e20d612b2","digest":"05ce89b441012baebeb09c41727a26ad4f21a938cc9b52d50c6fca091bcbbab1","subject":null}','2156865287d5a0b532ad632ac65075c8fe86171b010832a35571d9cafa9669be','63674d272af73c2f376fbea91ba382ac');
INSERT INTO "coresponder_event" VALUES('default','two',1,'CallReceived',1,'2026-03-02T12:00:00.000000+00:00','2026-03-02T13:00:00.000000+00:00','{"at":"2026-03-02T12:00:00Z","by":"dispatcher-1","approximate":false,"source":"911","nature":"psychosis","priority":null,"local":[]}','7cbb86a1284db9590df11167b4170c04522885ac9f4bed220a7d1205d1a44af2','c566f95a5cc01e17a81c2fd95187808f');
INSERT INTO "coresponder_event" VALUES('default','two',2,'PersonInvolved',2,'2026-03-02T12:01:00.000000+00:00','2026-03-02T13:00:00.000000+00:00','{"at":"2026-03-02T12:01:00Z","by":"officer-1","approximate":false,"person":"person-two","role":"person_in_crisis","age_group":"unknown","age_band":null,"veteran":null,"prior":{"contacts_90_days":0,"last_contact":null,"open_referrals":0,"open_follow_ups":0,"declined_at":null,"days_since_declined":null,"care":null}}','ad362558d87761109197101bb5a9d5d05b95cf34f2d838e212efce7302409550','837c753096500f53b7e3c377b84c28b1');
INSERT INTO "coresponder_event" VALUES('default','two',3,'FollowUpScheduled',1,'2026-03-02T12:03:00.000000+00:00','2026-03-02T13:00:00.000000+00:00','{"at":"2026-03-02T12:03:00Z","by":"officer-1","approximate":false,"follow_up":"f-1","kind":"phone_call","due":"2026-03-02T13:30:00Z","owner":"peer-1","person":"person-two"}','343af26d1a7d0796beed45cd147f0be185975d7689000e2afaa1f2cfa54ce633','7a3b62b4d240305a8a20e51d563c76ae');
CREATE TABLE coresponder_feed (
	agency VARCHAR(128) NOT NULL, 
	position BIGINT NOT NULL, 
	incident VARCHAR(128) NOT NULL, 
	number INTEGER NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	PRIMARY KEY (agency, position)
)
 WITHOUT ROWID;
CREATE TABLE coresponder_incident (
	agency VARCHAR(128) NOT NULL, 
	incident VARCHAR(128) NOT NULL, 
	program VARCHAR(160) NOT NULL, 
	state VARCHAR(80) NOT NULL, 
	version INTEGER NOT NULL, 
	opened_at VARCHAR(32) NOT NULL, 
	disposition VARCHAR(80), 
	next_due VARCHAR(32), 
	obligations INTEGER NOT NULL, 
	head VARCHAR(64) NOT NULL, 
	nature VARCHAR(80) DEFAULT '' NOT NULL, 
	first_due VARCHAR(32), 
	merged_into VARCHAR(128), 
	numbered INTEGER DEFAULT '0' NOT NULL, 
	digest VARCHAR(64) DEFAULT '' NOT NULL, 
	sealed INTEGER DEFAULT '0' NOT NULL, 
	PRIMARY KEY (agency, incident)
)
 WITHOUT ROWID;
INSERT INTO "coresponder_incident" VALUES('default','one','cit@8','received',4,'2026-03-02T12:00:00.000000+00:00',NULL,'2026-03-02T12:17:00.000000+00:00',2,'2156865287d5a0b532ad632ac65075c8fe86171b010832a35571d9cafa9669be','psychosis','2026-03-02T12:17:00.000000+00:00',NULL,0,'a7fa7b445add724b0c08e9bfb8a1724070918af14953f697378fde163f960a45',1);
INSERT INTO "coresponder_incident" VALUES('default','two','cit@8','follow_up',3,'2026-03-02T12:00:00.000000+00:00',NULL,'2026-03-02T12:30:00.000000+00:00',1,'343af26d1a7d0796beed45cd147f0be185975d7689000e2afaa1f2cfa54ce633','psychosis','2026-03-02T12:30:00.000000+00:00',NULL,0,'e96a727749a521d3cf40baa7759d908fe369db8b7772834203868191fba669b6',1);
CREATE TABLE coresponder_key (
	agency VARCHAR(128) NOT NULL, 
	id VARCHAR(128) NOT NULL, 
	subject VARCHAR(128) NOT NULL, 
	wrapped TEXT NOT NULL, 
	state VARCHAR(8) NOT NULL, 
	digest VARCHAR(64) DEFAULT '' NOT NULL, 
	sealed INTEGER DEFAULT '0' NOT NULL, 
	PRIMARY KEY (agency, id)
);
CREATE TABLE coresponder_obligation (
	agency VARCHAR(128) NOT NULL, 
	incident VARCHAR(128) NOT NULL, 
	policy TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	due VARCHAR(32) NOT NULL, 
	since VARCHAR(32), 
	tell_at VARCHAR(32), 
	owner VARCHAR(128), 
	PRIMARY KEY (agency, incident, policy, "key")
)
 WITHOUT ROWID;
INSERT INTO "coresponder_obligation" VALUES('default','one','arrival-within-target','','2026-03-02T12:30:00.000000+00:00','2026-03-02T12:00:00.000000+00:00',NULL,NULL);
INSERT INTO "coresponder_obligation" VALUES('default','one','nobody-to-send','','2026-03-02T12:17:00.000000+00:00','2026-03-02T12:02:00.000000+00:00','2026-03-02T12:17:00.000001+00:00',NULL);
INSERT INTO "coresponder_obligation" VALUES('default','two','arrival-within-target','','2026-03-02T12:30:00.000000+00:00','2026-03-02T12:00:00.000000+00:00',NULL,NULL);
CREATE TABLE coresponder_outbox (
	id INTEGER NOT NULL, 
	agency VARCHAR(128) NOT NULL, 
	incident VARCHAR(128) NOT NULL, 
	body TEXT NOT NULL, 
	created_at VARCHAR(32) NOT NULL, 
	delivered_at VARCHAR(32), 
	"key" VARCHAR(64) DEFAULT '' NOT NULL, 
	channel VARCHAR(80) DEFAULT '' NOT NULL, 
	attempts INTEGER DEFAULT '0' NOT NULL, 
	next_at VARCHAR(32) DEFAULT '' NOT NULL, 
	dead_at VARCHAR(32), 
	error TEXT, 
	turn_at VARCHAR(32) DEFAULT '', 
	digest VARCHAR(64) DEFAULT '' NOT NULL, 
	sealed INTEGER DEFAULT '0' NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "coresponder_outbox" VALUES(1,'default','one','{"incident":"one","about":"TeamUnavailable","to":"supervisor","event":"TeamUnavailable","number":3,"policy":null,"channel":"","key":null,"due":null,"fields":{},"approximate":false}','2026-03-02T13:00:00.000000+00:00',NULL,'d7a8c63cab79c7e55109e4229beffafe','',0,'',NULL,NULL,'','87e786b3dcaceb0e0502672ccd895f3ae304cd95ce416eeaefbb30d666f3b1b7',1);
CREATE TABLE coresponder_program (
	name VARCHAR(160) NOT NULL, 
	definition TEXT NOT NULL, 
	digest VARCHAR(64) DEFAULT '' NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "coresponder_program" VALUES('cit@8','{"calendar": {"holidays": ["2026-01-01", "2026-05-25", "2026-07-03", "2026-09-07", "2026-11-26", "2026-12-25"], "time_zone": "America/Chicago"}, "notice": [{"on": "violation", "to": "supervisor"}, {"fields": ["what"], "on": "overdue", "to": "supervisor"}, {"on": "TeamUnavailable", "to": "supervisor"}], "policy": [{"a": {"event": "ResponderArrived", "where": {"incident.tier": "trained-officer-with-expert"}}, "authority": "local choice", "b": {"event": ["ExpertConsulted", "ClinicianEngaged"]}, "because": "Without a CIT officer, the expert is reached within 30 minutes of arrival.", "enforcement": "WARN", "id": "expert-reached", "template": "response", "within": "30 min"}, {"a": {"event": "DispositionRecorded", "where": {"incident.highest_screening": ["moderate", "high"], "incident.scene.clinician": {"exists": false}, "incident.scene.expert_consulted": false, "incident.tier": "trained-officer-with-expert"}}, "authority": "local choice", "because": "Without a CIT officer or the expert, a moderate or high screen gets no disposition.", "enforcement": "BLOCK", "id": "expert-reached-before-disposition", "template": "absence"}, {"a": "DeEscalationAttempted", "authority": "CIT; Seattle PD manual 16.110", "b": "EmergencyHoldPlaced", "because": "Unless there is imminent danger, de-escalation comes before an emergency hold.", "enforcement": "WARN", "id": "de-escalate-first", "template": "precedence", "unless": "ImminentDangerSeen"}, {"a": "DeEscalationAttempted", "authority": "CIT; Seattle PD manual 8.100 and 16.110: where it is safe and feasible", "b": {"event": "ForceUsed", "where": {"no_attempt": {"exists": false}}}, "because": "De-escalation comes before force, or the record says why it was not tried.", "enforcement": "WARN", "id": "force-says-why", "template": "precedence", "unless": "ImminentDangerSeen"}, {"a": {"event": "ForceUsed", "where": {"kind": ["less_lethal", "firearm_discharged"], "no_attempt": {"exists": false}, "warned": false}}, "authority": "Tennessee v. Garner, 471 U.S. 1 (1985): a warning where feasible; less-lethal: local choice", "because": "A warning comes before a weapon is used on a person, or the record says why it could not.", "enforcement": "WARN", "id": "warned-before-force", "template": "absence"}, {"a": {"event": "ForceUsed", "where": {"camera": ["off", "not_worn"]}}, "authority": "PERF and COPS Office, Implementing a Body-Worn Camera Program (2014)", "because": "The body-worn camera of a responder who uses force is on.", "enforcement": "WARN", "id": "camera-on", "template": "absence"}, {"a": {"event": "InjuryRecorded", "where": {"injured": "person"}}, "authority": "IACP and others, National Consensus Policy on Use of Force (2020); half an hour local choice", "b": "MedicallyEvaluated", "because": "A medic sees a person who was hurt within half an hour, unless the person refuses.", "enforcement": "WARN", "id": "injured-person-seen", "per": "person", "template": "response", "transfers": true, "unless": "MedicalCareDeclined", "within": "30 min"}, {"a": "ComplaintReceived", "authority": "COPS Office, Standards and Guidelines for Internal Affairs; the 90 days are a local choice", "b": "ComplaintAnswered", "because": "A person who complains is told what was found within 90 days.", "enforcement": "WARN", "id": "complaint-answered", "per": "person", "template": "response", "within": "90 d"}, {"a": "ContactMade", "authority": "CIT International 2019", "b": "DeEscalationAttempted", "because": "The responder who makes contact records the techniques used.", "enforcement": "WARN", "id": "techniques-recorded", "template": "responded_existence"}, {"a": {"event": "CommunicationNeedFound", "where": {"need": ["spoken_language", "sign_language"]}}, "authority": "Title VI of the Civil Rights Act; ADA, 28 CFR 35.160", "b": {"event": ["Screened", "ConsentGiven"]}, "because": "A person who needs an interpreter is screened and consents through one.", "enforcement": "WARN", "id": "interpreter-first", "per": "person", "template": "not_succession", "unless": "InterpreterEngaged"}, {"a": "ImminentDangerSeen", "authority": "ADA, 28 CFR 35.160(c)(3): a minor child only in an emergency, where no interpreter is there", "b": {"event": "InterpreterEngaged", "where": {"interpreter": "child"}}, "because": "A child interprets only in imminent danger.", "enforcement": "WARN", "id": "no-child-interprets", "template": "precedence"}, {"a": {"event": "PersonInvolved", "where": {"role": "person_in_crisis", "veteran": true}}, "authority": "local choice; Veterans Crisis Line: 988, then 1", "b": {"event": "ReferralOffered", "where": {"need": "veteran_services"}}, "because": "A veteran in crisis is offered services for veterans.", "enforcement": "OBSERVE", "id": "veteran-offered-services", "per": "person", "template": "response", "transfers": true, "unless": "ConsentDeclined"}, {"a": {"event": "Screened", "where": {"screening.level": ["moderate", "high"]}}, "authority": "SAMHSA crisis guidelines", "b": "SceneCleared", "because": "After a moderate or high screen a clinician is engaged before the scene is cleared.", "enforcement": "WARN", "id": "screen-needs-clinician", "template": "not_succession", "unless": {"event": ["ClinicianEngaged", "ExpertConsulted", "PersonTransported"]}}, {"a": {"event": "Screened", "where": {"screening.level": ["moderate", "high"]}}, "authority": "SAMHSA crisis guidelines: 24 to 72 hours", "b": "FollowUpDone", "because": "After a moderate or high screen there is a follow-up contact within 72 hours.", "enforcement": "WARN", "id": "screen-followed-up", "template": "response", "transfers": true, "unless": "ConsentDeclined", "within": "72 h"}, {"a": {"event": "DispositionRecorded", "where": {"disposition": ["resolved_on_scene", "resolved_by_phone"], "incident.highest_screening": "high", "incident.scene.safety_plan": false}}, "authority": "derived from SAMHSA crisis guidelines", "because": "A high screen never ends as resolved without a safety plan.", "enforcement": "BLOCK", "id": "high-screen-safety-plan", "template": "absence"}, {"a": {"event": "DispositionRecorded", "where": {"disposition": ["resolved_on_scene", "resolved_by_phone"], "incident.highest_screening": "high", "incident.scene.clinician_agreed": false}}, "authority": "derived from SAMHSA crisis guidelines", "because": "A high screen never ends as resolved unless a clinician agrees.", "enforcement": "BLOCK", "id": "high-screen-clinician-agrees", "template": "absence"}, {"a": {"event": "DispositionRecorded", "where": {"disposition": "no_mental_health_need", "incident.highest_screening": ["moderate", "high"]}}, "authority": "derived from SAMHSA crisis guidelines", "because": "After a moderate or high screen, no contact ends as \u201cno mental-health need\u201d.", "enforcement": "BLOCK", "id": "screen-shows-a-need", "template": "absence"}, {"a": "ConnectionLost", "authority": "local choice", "b": {"event": ["ConnectionRestored", "ClinicianEngaged", "ExpertConsulted"]}, "because": "A clinician who is cut off is back within ten minutes, or another one takes part.", "enforcement": "WARN", "id": "cut-off-clinician-back", "template": "response", "unless": {"event": ["SceneCleared", "HandOverAccepted"]}, "within": "10 min"}, {"a": "ConnectionLost", "authority": "derived from SAMHSA crisis guidelines", "b": {"event": "DispositionRecorded", "where": {"disposition": ["resolved_on_scene", "remained_in_community"], "incident.highest_screening": ["moderate", "high"]}}, "because": "While the clinician is cut off, nobody decides that a person at risk stays.", "enforcement": "BLOCK", "id": "no-decision-while-cut-off", "template": "not_succession", "unless": {"event": ["ConnectionRestored", "ClinicianEngaged", "ExpertConsulted"]}}, {"a": "EmergencyHoldPlaced", "authority": "CIT: a receiving facility accepts people at all hours", "b": "HandOverAccepted", "because": "After an emergency hold, a facility accepts the person before the incident ends.", "enforcement": "BLOCK", "id": "hold-handed-over", "per": "person", "template": "response", "transfers": true}, {"a": "ArrivedAtFacility", "authority": "CIT International 2019: officers return to duty quickly; the hour is a local choice", "b": "HandOverAccepted", "because": "A facility accepts a person within an hour of their arrival.", "enforcement": "WARN", "id": "facility-accepts-within-the-hour", "per": "person", "template": "response", "transfers": true, "within": "1 h"}, {"a": "EmergencyHoldPlaced", "authority": "local choice: in California (5150) the officer is responsible until then", "b": "ResponderBackInService", "because": "After an emergency hold, the responder stays until the facility accepts the person.", "enforcement": "WARN", "id": "stay-until-accepted", "per": "person", "template": "not_succession", "unless": "HandOverAccepted"}, {"a": {"event": "PersonTransported", "where": {"restrained": true, "voluntary": true}}, "authority": "local choice", "because": "A person who goes of their own will is not restrained.", "enforcement": "WARN", "id": "no-restraints-on-volunteers", "template": "absence"}, {"a": {"event": "MedicalAidGiven", "where": {"aid": "naloxone"}}, "authority": "NIDA: naloxone is active for 30 to 90 minutes; the half hour is a local choice", "b": "MedicallyEvaluated", "because": "After naloxone a person is medically evaluated within 30 minutes, or refuses it.", "enforcement": "WARN", "id": "evaluated-after-naloxone", "per": "person", "template": "response", "transfers": true, "unless": "MedicalCareDeclined", "within": "30 min"}, {"a": {"event": ["ChargeableOffenseFound", "WarrantFound"]}, "authority": "LEAD: diversion is in lieu of an arrest; otherwise it is deflection", "b": {"event": "AlternativeOffered", "where": {"alternative": ["diversion", "citation"]}}, "because": "A diversion or citation is offered only to a person who could be arrested.", "enforcement": "WARN", "id": "diversion-needs-grounds", "per": "person", "template": "precedence"}, {"a": "WeaponSeen", "authority": "CIT; St. Louis: usual practice", "b": {"event": "ContactMade", "where": {"role": ["clinician", "community_health_worker", "peer", "advocate"]}}, "because": "If a weapon is seen, the scene is secured before a non-sworn responder makes contact.", "enforcement": "WARN", "id": "weapon-scene-secured-first", "template": "not_succession", "unless": "SceneSecured"}, {"a": {"event": "ResponderArrived", "where": {"role": "tactical_officer"}}, "authority": "Los Angeles County Sheriff 5-06/110.50: a negotiator responds too; the hour local choice", "b": {"event": "ResponderArrived", "where": {"role": ["negotiator", "clinician"]}}, "because": "With a tactical team there is a negotiator, or a clinician who advises, within the hour.", "enforcement": "WARN", "id": "negotiator-with-tactical-team", "template": "responded_existence", "unless": "ExpertConsulted", "within": "1 h"}, {"a": "SubjectBarricaded", "authority": "NIRMA, non-criminal barricades: isolate, contain; the minutes are a local choice", "b": {"event": "PerimeterSet", "where": {"perimeter": "inner"}}, "because": "A barricaded person is contained by an inner perimeter within 15 minutes.", "enforcement": "WARN", "id": "barricade-contained", "template": "response", "unless": {"event": ["SceneSecured", "SceneCleared"]}, "within": "15 min"}, {"a": "SubjectBarricaded", "authority": "FEMA IS-200; the minutes are a local choice", "b": "CommandTaken", "because": "For a barricaded person an incident commander is named within 15 minutes.", "enforcement": "WARN", "id": "barricade-commanded", "template": "responded_existence", "within": "15 min"}, {"a": "SubjectBarricaded", "authority": "usual practice: a mental-health professional advises the negotiators", "b": {"event": "ContactMade", "where": {"role": ["clinician", "community_health_worker", "peer", "advocate"]}}, "because": "Nobody who is not sworn makes contact with a barricaded person before the scene is secured.", "enforcement": "WARN", "id": "barricade-needs-cover", "template": "not_succession", "unless": "SceneSecured"}, {"a": {"event": "CommandTransferred", "where": {"briefed": false}}, "authority": "FEMA IS-200, transfer of command", "because": "Command is handed on with a briefing.", "enforcement": "WARN", "id": "commander-briefed", "template": "absence"}, {"a": {"event": "WeaponSeen", "where": {"incident.call.nature": ["suicide_threat", "suicide_attempt", "self_harm"], "kind": "firearm"}}, "authority": "Harvard, Means Matter; local choice: before the incident ends", "b": "WeaponSecured", "because": "On a call about suicide, each firearm that is seen is out of reach before the incident ends.", "enforcement": "BLOCK", "id": "firearm-in-a-safe-place", "per": "person", "template": "response", "transfers": true}, {"a": {"event": "Screened", "where": {"screening.level": ["moderate", "high"]}}, "authority": "SAMHSA: safety planning; Counseling on Access to Lethal Means; the day is a local choice", "b": "LethalMeansCounseled", "because": "After a moderate or high screen somebody talks with the person about lethal means in a day.", "enforcement": "WARN", "id": "lethal-means-counseled", "per": "person", "template": "response", "transfers": true, "unless": "PersonTransported", "within": "24 h"}, {"a": {"event": "ProtectiveOrderRequested", "where": {"order": "extreme_risk"}}, "authority": "Colorado Revised Statutes 13-14.5-103: a hearing on that day or the next court day", "b": {"event": ["ProtectiveOrderIssued", "ProtectiveOrderDenied"]}, "because": "A court decides on an extreme-risk order by the end of the next business day.", "enforcement": "OBSERVE", "id": "order-decided", "per": "person", "template": "response", "within": "end of next business day"}, {"a": {"event": "PersonInvolved", "where": {"age_group": "adult", "incident.call.nature": "domestic_violence", "role": "victim"}}, "authority": "Lethality Assessment Program: at the scene; the two hours are a local choice", "b": "DangerAssessed", "because": "An adult victim of domestic violence is asked how much danger they are in.", "enforcement": "WARN", "id": "danger-assessed", "per": "person", "template": "response", "within": "2 h"}, {"a": {"event": "PersonInvolved", "where": {"incident.call.nature": "domestic_violence", "role": "suspect"}}, "authority": "34 U.S.C. 12291(b)(2): confidentiality of victims; derived: before the incident ends", "b": "NoContactMarked", "because": "An incident of domestic violence does not end before suspect and victim are kept apart.", "enforcement": "BLOCK", "id": "suspect-kept-apart", "per": "person", "template": "responded_existence"}, {"a": {"event": ["ProtectiveOrderFound", "ProtectiveOrderIssued"], "where": {"order": "domestic_violence"}}, "authority": "34 U.S.C. 12291(b)(2): confidentiality of victims; the two hours are a local choice", "b": "NoContactMarked", "because": "A person whom an order keeps away is marked within two hours, so that nobody tells them anything.", "enforcement": "WARN", "id": "order-keeps-apart", "per": "person", "template": "response", "within": "2 h"}, {"a": {"event": "DangerAssessed", "where": {"level": "high"}}, "authority": "Lethality Assessment Program: the hotline is called at once; half an hour local choice", "b": "AdvocateReached", "because": "A victim in high danger talks with an advocate within half an hour, unless they decline.", "enforcement": "WARN", "id": "advocate-for-high-danger", "per": "person", "template": "response", "unless": "ConsentDeclined", "within": "30 min"}, {"a": "AbuseSuspected", "authority": "local choice: state laws ask for a report at once, or within 24 to 48 hours", "b": {"event": "MandatedReportMade", "where": {"written": false}}, "because": "Suspected abuse or neglect is reported within 24 hours.", "enforcement": "WARN", "id": "abuse-reported", "per": "person", "template": "response", "within": "24 h"}, {"a": "AbuseSuspected", "authority": "state laws on mandated reports; derived: blocks the decision that follows", "b": "MandatedReportMade", "because": "No incident closes while suspected abuse or neglect is not reported.", "enforcement": "BLOCK", "id": "abuse-reported-before-closing", "per": "person", "template": "responded_existence"}, {"a": {"event": "ConsentGiven", "where": {"scope": "services"}}, "authority": "HIPAA; 42 CFR Part 2", "b": "ReferralSent", "because": "No referral is sent before the person, or a minor''s guardian, consents.", "enforcement": "BLOCK", "id": "consent-before-referral", "per": "person", "template": "precedence"}, {"a": {"event": "ConsentWithdrawn", "where": {"consent": {"exists": false}}}, "authority": "42 CFR Part 2: revocation", "b": "ReferralSent", "because": "After consent is withdrawn, no referral is sent until it is given again.", "enforcement": "BLOCK", "id": "withdrawal-stops-referral", "per": "person", "template": "not_succession", "unless": "ConsentGiven"}, {"a": {"event": "ReferralSent", "where": {"consent_lapse": {"exists": true}}}, "authority": "45 CFR 164.508(b)(2): defective authorizations; 42 CFR 2.31: expired, deficient or false consent", "because": "No referral is sent on a consent that is withdrawn, has run out, or is for another receiver or purpose.", "enforcement": "BLOCK", "id": "referral-within-consent", "template": "absence"}, {"a": "ReferralSent", "authority": "SDOH Clinical Care: closed loop; 72 h local choice", "b": {"event": ["ReferralAccepted", "ReferralRejected"]}, "because": "A referral gets an answer within 72 hours.", "enforcement": "WARN", "id": "referral-answered", "per": "referral", "template": "response", "unless": {"event": ["ReferralDeclined", "ReferralCancelled"]}, "within": "72 h"}, {"a": "ReferralSent", "authority": "SDOH Clinical Care: closed loop", "b": {"event": ["ReferralCompleted", "ReferralFailed", "ReferralRejected"]}, "because": "A referral ends with a known outcome before the incident closes.", "enforcement": "BLOCK", "id": "referral-closed-loop", "per": "referral", "template": "response", "unless": {"event": ["ReferralDeclined", "ReferralCancelled"]}}, {"a": {"event": "IncidentClosed", "where": {"incident.loose_ends": {"gt": 0}}}, "authority": "local choice: care is followed until its outcome is known", "because": "No incident closes while an open referral or follow-up lacks an owner or a due date.", "enforcement": "BLOCK", "id": "no-loose-ends", "template": "absence"}, {"a": {"event": ["ForceUsed", "InjuryRecorded"]}, "authority": "local choice: usual practice", "b": "SupervisorNotified", "enforcement": "WARN", "id": "force-told-to-supervisor", "template": "response", "within": "1 h"}, {"a": {"event": ["ForceUsed", "InjuryRecorded"]}, "authority": "local choice: usual practice", "b": {"event": "ReviewHeld", "where": {"finding": {"exists": true}}}, "because": "Force or an injury is reviewed within ten business days, and the review has a finding.", "enforcement": "WARN", "id": "force-reviewed", "template": "response", "within": "10 business days"}, {"a": "IncidentMerged", "authority": "APCO 1.111.2, 22: duplicate call; local choice", "b": "TeamDispatched", "because": "No team is sent on a duplicate: it is sent on the incident that goes on.", "enforcement": "BLOCK", "id": "no-team-for-a-duplicate", "template": "not_succession"}, {"a": "IncidentTransferAccepted", "authority": "IACP, mutual aid model policy: agreed responsibility; derived", "b": {"event": "HandedOver", "where": {"to": "other_agency"}}, "because": "No scene is left to another agency before it has taken the incident on.", "enforcement": "WARN", "id": "taken-on-before-handed-over", "template": "precedence"}, {"a": "IncidentTransferOffered", "authority": "local choice", "b": {"event": ["IncidentTransferAccepted", "IncidentTransferDeclined"]}, "because": "An agency that is asked to take an incident on answers within half an hour.", "enforcement": "WARN", "id": "agency-answers", "template": "response", "within": "30 min"}, {"a": "IncidentTransferAccepted", "authority": "SDOH Clinical Care: closed loop; the week is a local choice", "b": "TransferOutcomeHeard", "because": "The agency that took an incident on says within a week what came of it.", "enforcement": "WARN", "id": "outcome-heard", "template": "response", "within": "7 d"}, {"a": {"event": "CallTransferOffered", "where": {"incident.scene.weapon": true, "to": ["988", "veterans_crisis_line", "local_crisis_line", "211"]}}, "authority": "Los Angeles, 911 to 988 diversion: police are sent where there is a weapon or a threat", "because": "A call with a weapon is not handed to a crisis line.", "enforcement": "BLOCK", "id": "no-transfer-with-a-weapon", "template": "absence"}, {"a": {"event": "CallTransferOffered", "where": {"incident.scene.imminent_danger": true, "to": ["988", "veterans_crisis_line", "local_crisis_line", "211"]}}, "authority": "Los Angeles, 911 to 988 diversion; 988 Lifeline: imminent risk goes to 911", "because": "A call from somebody in imminent danger is not handed to a crisis line.", "enforcement": "BLOCK", "id": "no-transfer-in-danger", "template": "absence"}, {"a": "CallTransferAccepted", "authority": "SAMHSA crisis guidelines: warm hand-off; derived", "b": {"event": "DispositionRecorded", "where": {"disposition": "handed_to_crisis_line"}}, "because": "No call ends as handed to a crisis line before somebody there has taken it.", "enforcement": "BLOCK", "id": "accepted-before-handed-over", "template": "precedence"}, {"a": {"event": "CallTransferOffered", "where": {"warm": false}}, "authority": "SAMHSA crisis guidelines: warm hand-off", "because": "A call taker who hands over a call stays on the line until somebody has taken it.", "enforcement": "WARN", "id": "nobody-put-through-alone", "template": "absence"}, {"a": "CallTransferOffered", "authority": "local choice", "b": {"event": ["CallTransferAccepted", "CallTransferDeclined"]}, "because": "A line that is asked answers within five minutes, or a team is sent.", "enforcement": "WARN", "id": "transfer-answered", "template": "response", "unless": {"event": ["CallerLost", "TeamDispatched"]}, "within": "5 min"}, {"a": "CallerLost", "authority": "911 practice: an abandoned call is called back; the minutes are a local choice", "b": {"event": ["CallerReached", "TeamDispatched", "ContactMade"]}, "because": "A caller who is lost is called back, or a team is sent, within ten minutes.", "enforcement": "WARN", "id": "lost-caller-looked-for", "template": "response", "unless": "IncidentCancelled", "within": "10 min"}, {"a": "TeamUnavailable", "authority": "local choice", "b": "TeamDispatched", "because": "If nobody can be sent, a team is found or a supervisor is told within 15 minutes.", "enforcement": "WARN", "id": "nobody-to-send", "template": "response", "unless": {"event": ["SupervisorNotified", "IncidentCancelled", "DispositionRecorded"]}, "within": "15 min"}, {"a": {"event": "CallReceived", "where": {"source": ["911", "988"]}}, "authority": "local choice", "b": "ResponderArrived", "enforcement": "OBSERVE", "id": "arrival-within-target", "template": "response", "unless": {"event": ["IncidentCancelled", "DispositionRecorded", "IncidentMerged"]}, "within": "30 min"}, {"a": {"event": ["PersonInvolved", "PersonIdentified"], "where": {"prior.contacts_90_days": {"ge": 2}}}, "authority": "CSG Justice Center: high utilizers; days local choice", "b": "CaseConferenceHeld", "because": "A third contact within 90 days leads to a case conference.", "enforcement": "WARN", "id": "third-contact-conference", "template": "response", "within": "14 d"}, {"a": {"event": ["ResponderJoined", "RoleChanged"], "where": {"role": "patrol_officer"}}, "authority": "CIT: basic know-how for those who are not CIT officers; the year is a local choice", "b": {"event": "TrainingCompleted", "where": {"training": ["basic_de_escalation", "cit"]}}, "because": "Every patrol officer has basic de-escalation within a year of joining.", "enforcement": "WARN", "id": "basics-within-a-year", "on": "responder", "template": "response", "unless": "ResponderLeft", "within": "365 d"}, {"a": {"event": ["TrainingCompleted", "TrainingRenewed"], "where": {"training": "cit"}}, "authority": "local choice", "b": {"event": ["TrainingCompleted", "TrainingRenewed", "TrainingRevoked"], "where": {"training": "cit"}}, "because": "CIT training is renewed within 24 months.", "enforcement": "WARN", "id": "cit-renewed", "on": "responder", "template": "alternate_response", "unless": "ResponderLeft", "within": "730 d"}, {"a": {"event": "ShiftStarted", "where": {"on_call": false}}, "authority": "local choice", "b": "ShiftEnded", "because": "Nobody is on shift for more than 12 hours.", "enforcement": "WARN", "id": "shift-of-twelve-hours", "on": "responder", "template": "response", "unless": "ResponderLeft", "within": "12 h"}, {"a": "CriticalIncidentAttended", "authority": "IACP, Officer-Involved Shooting Guidelines 6.4: within a week; the day is a local choice", "b": "SupportOffered", "because": "After a critical incident each responder who was there is offered support within a day.", "enforcement": "WARN", "id": "support-offered", "on": "responder", "template": "response", "unless": "ResponderLeft", "within": "24 h"}, {"a": {"event": "CriticalIncidentAttended", "where": {"kind": ["death", "death_of_child", "death_of_colleague"]}}, "authority": "local choice", "b": "CheckInHeld", "because": "After a death on scene somebody checks in with each responder within three days.", "enforcement": "WARN", "id": "check-in-after-a-death", "on": "responder", "template": "response", "unless": "ResponderLeft", "within": "3 d"}], "program": {"authority": "Compton et al. 2010 (PMC2990634); CIT International best-practice guide 2019", "id": "cit", "natures": ["suicide_threat", "suicide_attempt", "psychosis", "mental_health_crisis", "welfare_check", "disturbance", "overdose", "homelessness", "self_harm", "intoxication", "substance_use", "dementia", "developmental_disability", "postpartum_crisis"], "title": "Crisis Intervention Team", "version": "8"}, "tier": [{"authority": "CIT; co-response", "id": "cit-officer-with-clinician", "model": "primary_co_response", "seats": [{"hours": 40, "role": "cit_officer", "training": ["cit"]}, {"role": "clinician", "training": ["mental_health_license"]}], "title": "CIT officer with a clinician"}, {"authority": "CIT", "id": "cit-officer-clinician-by-phone", "model": "telehealth", "seats": [{"hours": 40, "role": "cit_officer", "training": ["cit"]}, {"presence": "phone", "role": "clinician", "training": ["mental_health_license"]}], "title": "CIT officer with a clinician by phone"}, {"authority": "Compton et al. 2010: dispatchers send a CIT officer", "id": "cit-officer", "model": "cit_response", "seats": [{"hours": 40, "role": "cit_officer", "training": ["cit"]}], "title": "CIT officer"}, {"authority": "local choice: every officer who goes knows basic de-escalation", "id": "trained-officer-with-expert", "model": "telehealth", "seats": [{"role": ["patrol_officer", "cit_officer", "supervisor"], "training": ["basic_de_escalation"]}], "title": "Officer with basic de-escalation, who reaches the mental-health expert"}], "training": [{"authority": "Compton et al. 2010: 40 hours; CIT International 2019; months local choice", "hours": 40, "id": "cit", "renewed_by": ["cit_refresher"], "skills": ["active_listening", "open_ended_questions", "mirroring", "body_language", "introduce_yourself", "one_voice", "calm_tone", "personal_space", "reflect_feeling", "summarise", "paraphrase", "minimal_encouragers", "i_statements", "effective_pauses", "safety_planning"], "title": "Crisis Intervention Team, basic course", "valid": "24 months"}, {"authority": "local choice", "hours": 8, "id": "cit_refresher", "title": "Crisis Intervention Team, refresher"}, {"authority": "local choice: every officer who goes knows basic de-escalation", "id": "basic_de_escalation", "skills": ["active_listening", "calm_tone", "personal_space", "body_language"], "title": "Basic de-escalation, for every patrol officer"}], "views": {"base": "united-states"}}','f6d98271edf2386ea8564a710025d132b0e9d911139f4b3be5924b0fb5c5789a');
CREATE TABLE coresponder_schema (
	version INTEGER NOT NULL
);
INSERT INTO "coresponder_schema" VALUES(9);
CREATE TABLE coresponder_team (
	agency VARCHAR(128) NOT NULL, 
	incident VARCHAR(128) NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	name TEXT NOT NULL, 
	opened_at VARCHAR(32) NOT NULL, 
	first_due VARCHAR(32), 
	PRIMARY KEY (agency, incident, kind, name)
)
 WITHOUT ROWID;
CREATE TABLE coresponder_vault (
	agency VARCHAR(128) NOT NULL, 
	id VARCHAR(128) NOT NULL, 
	subject VARCHAR(128) NOT NULL, 
	kind VARCHAR(80) NOT NULL, 
	audience VARCHAR(80) NOT NULL, 
	text TEXT NOT NULL, 
	salt VARCHAR(32) DEFAULT '' NOT NULL, 
	digest VARCHAR(64) DEFAULT '' NOT NULL, 
	sealed INTEGER DEFAULT '0' NOT NULL, 
	"key" VARCHAR(32) DEFAULT '' NOT NULL, 
	incident VARCHAR(128) DEFAULT '' NOT NULL, 
	entered_at VARCHAR(32) DEFAULT '' NOT NULL, 
	PRIMARY KEY (agency, id)
);
INSERT INTO "coresponder_vault" VALUES('default','1dc9fca4a9f09a239d4bc31e20d612b2','one','note','all','words about a day','aa1aa44bb84fad86c9912ec16d1d1a09','be0170a33c2e735d85e9b53d57ae1b590bf141f48f48cd7b8658b14a5213b62c',1,'','one','2026-03-02T13:00:00.000000+00:00');
CREATE INDEX coresponder_contact_incident ON coresponder_contact (incident, agency);
CREATE INDEX coresponder_contact_unsealed ON coresponder_contact (sealed, agency) WHERE sealed = 0;
CREATE INDEX coresponder_custody_subject ON coresponder_custody (agency, subject);
CREATE INDEX coresponder_custody_unsealed ON coresponder_custody (sealed, agency) WHERE sealed = 0;
CREATE INDEX coresponder_engagement_incident ON coresponder_engagement (incident, agency);
CREATE INDEX coresponder_engagement_unsealed ON coresponder_engagement (sealed, agency) WHERE sealed = 0;
CREATE UNIQUE INDEX coresponder_event_request ON coresponder_event (agency, request) WHERE request <> '';
CREATE UNIQUE INDEX coresponder_feed_event ON coresponder_feed (agency, incident, number);
CREATE INDEX coresponder_incident_month_owes ON coresponder_incident (agency, substr(opened_at, 1, 7), first_due, incident, opened_at) WHERE first_due IS NOT NULL;
CREATE INDEX coresponder_incident_nature_opened ON coresponder_incident (agency, nature, opened_at, incident);
CREATE INDEX coresponder_incident_nature_owes ON coresponder_incident (agency, nature, first_due, incident) WHERE first_due IS NOT NULL;
CREATE INDEX coresponder_incident_opened ON coresponder_incident (agency, opened_at, incident);
CREATE INDEX coresponder_incident_owes ON coresponder_incident (agency, first_due, incident) WHERE first_due IS NOT NULL;
CREATE INDEX coresponder_incident_state_opened ON coresponder_incident (agency, state, opened_at, incident);
CREATE INDEX coresponder_incident_state_owes ON coresponder_incident (agency, state, first_due, incident) WHERE first_due IS NOT NULL;
CREATE INDEX coresponder_incident_unnumbered ON coresponder_incident (numbered, agency, incident) WHERE numbered = 0;
CREATE INDEX coresponder_incident_unsealed ON coresponder_incident (sealed, agency) WHERE sealed = 0;
CREATE INDEX coresponder_key_going ON coresponder_key (agency, id) WHERE state = 'going';
CREATE UNIQUE INDEX coresponder_key_live ON coresponder_key (agency, subject) WHERE state = 'live';
CREATE INDEX coresponder_key_unsealed ON coresponder_key (sealed, agency) WHERE sealed = 0;
CREATE INDEX coresponder_obligation_due ON coresponder_obligation (agency, due, incident, policy, "key");
CREATE INDEX coresponder_obligation_owner ON coresponder_obligation (agency, owner, due, incident, policy, "key") WHERE owner IS NOT NULL;
CREATE INDEX coresponder_obligation_tell ON coresponder_obligation (agency, tell_at, incident) WHERE tell_at IS NOT NULL;
CREATE INDEX coresponder_outbox_given_up ON coresponder_outbox (delivered_at, agency, id) WHERE delivered_at IS NULL AND dead_at IS NOT NULL;
CREATE UNIQUE INDEX coresponder_outbox_key ON coresponder_outbox (agency, "key");
CREATE INDEX coresponder_outbox_lane ON coresponder_outbox (incident, agency, channel, id);
CREATE UNIQUE INDEX coresponder_outbox_next ON coresponder_outbox (agency, incident, channel) WHERE turn_at > '';
CREATE INDEX coresponder_outbox_turn ON coresponder_outbox (agency, channel, turn_at, id) WHERE turn_at IS NOT NULL;
CREATE INDEX coresponder_outbox_unsealed ON coresponder_outbox (sealed, agency) WHERE sealed = 0;
CREATE INDEX coresponder_outbox_waiting ON coresponder_outbox (agency, id) WHERE delivered_at IS NULL AND dead_at IS NULL;
CREATE INDEX coresponder_team_kind_opened ON coresponder_team (agency, kind, name, opened_at, incident);
CREATE INDEX coresponder_team_kind_owes ON coresponder_team (agency, kind, name, first_due, incident) WHERE first_due IS NOT NULL;
CREATE INDEX coresponder_vault_incident ON coresponder_vault (agency, incident, id);
CREATE INDEX coresponder_vault_key ON coresponder_vault (agency, "key");
CREATE INDEX coresponder_vault_subject ON coresponder_vault (agency, subject);
CREATE INDEX coresponder_vault_unsealed ON coresponder_vault (sealed, agency) WHERE sealed = 0;
COMMIT;
