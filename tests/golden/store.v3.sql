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
INSERT INTO "coresponder_checkpoint" VALUES('default',1,'2026-03-02T13:01:00.000000+00:00','{"coresponder_incident": [["one", 2, "5250df8a4c026fc01baff0484adfd5012c1da8862ebc3f21dacffaa08f23bbb5"], ["two", 2, "528be3f58245bb75afd8ed054621f09c8a042cc84705d1925f4cb5b36a4f1213"]], "coresponder_contact": [["person-one", "one"], ["person-two", "two"]], "coresponder_program": [["cit@2"]]}','4369c6a553da5e4a6a4add69a9d3979ea0834279588c6fa755b180cd8bc5bb60');
INSERT INTO "coresponder_checkpoint" VALUES('default',2,'2026-03-02T13:03:00.000000+00:00','{"coresponder_incident": [["one", 4, "430a05def581b78dc678195192643cf6d78a9da4b70f20d7412d11129e8921e0"], ["two", 3, "64cf7adc4477a287a0b95346822e6c26984040f56552f607bca12bfb5fbe1f30"]], "coresponder_outbox": [["d7a8c63cab79c7e55109e4229beffafe", 1]], "coresponder_vault": [["8121a58f1b52a14a50f5372d3eb28d90"], ["a77182cb6a28363e9d8ac699278b216e"]], "coresponder_program": [["cit@2"]]}','9d772d8f85e3d1abee7111a7a2d976435a276eb75b5df6ad721ec8c6250a3e4a');
INSERT INTO "coresponder_checkpoint" VALUES('default',3,'2026-11-26T02:06:19.776592+00:00','{"coresponder_incident": [["one", 5, "bfa1b1c2f7633d4ede903a75d4743874b03a135ad562a31f0be4996394f11c3a"]], "coresponder_program": [["cit@2"]]}','24d4fadeb12e8c298b169ecf5ceab38389e45fcd078f56c79ee9fc31bd465b0a');
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
INSERT INTO "coresponder_contact" VALUES('default','person-one','one','2026-03-02T12:00:00.000000+00:00',0,0,NULL,'bd8f08ebaeefa3d08b447b9c2bf28071498035025ee0ddd4ce1b8640fb0449c8',1);
INSERT INTO "coresponder_contact" VALUES('default','person-two','two','2026-03-02T12:00:00.000000+00:00',0,0,NULL,'422fd619809b513acee2fa97b67fcf6e1a3d539cccb09b8bca8eb3b2cc963172',1);
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
	PRIMARY KEY (agency, incident, number)
)
 WITHOUT ROWID;
INSERT INTO "coresponder_event" VALUES('default','one',1,'CallReceived',1,'2026-03-02T12:00:00.000000+00:00','2026-03-02T13:00:00.000000+00:00','{"at":"2026-03-02T12:00:00Z","by":"dispatcher-1","approximate":false,"source":"911","nature":"psychosis","priority":null,"local":[]}','e031e5aecff36ded5facd5e6744689577ec7b8a7e8c1d87b747ba364aa43fe45');
INSERT INTO "coresponder_event" VALUES('default','one',2,'PersonInvolved',1,'2026-03-02T12:02:00.000000+00:00','2026-03-02T13:00:00.000000+00:00','{"at":"2026-03-02T12:02:00Z","by":"officer-1","approximate":false,"person":"person-one","role":"person_in_crisis","age_group":"unknown","prior":{"contacts_90_days":0,"last_contact":null,"open_referrals":0,"open_follow_ups":0,"declined_at":null,"days_since_declined":null}}','5250df8a4c026fc01baff0484adfd5012c1da8862ebc3f21dacffaa08f23bbb5');
INSERT INTO "coresponder_event" VALUES('default','one',3,'TeamUnavailable',1,'2026-03-02T12:03:00.000000+00:00','2026-03-02T13:00:00.000000+00:00','{"at":"2026-03-02T12:03:00Z","by":"dispatcher-1","approximate":false,"missing":[]}','633e995ce62eca000aab51c674f67a51001286908d0f24dbae36ec3b2c370c43');
INSERT INTO "coresponder_event" VALUES('default','one',4,'NoteAdded',1,'2026-03-02T12:04:00.000000+00:00','2026-03-02T13:00:00.000000+00:00','{"at":"2026-03-02T12:04:00Z","by":"clinician-1","approximate":false,"entry":"a77182cb6a28363e9d8ac699278b216e","digest":"4e1c0b28572b8b3f0a63eb30d1ebc6e13ac779fc4485d6bb20bd5eb722b297c9","subject":null}','430a05def581b78dc678195192643cf6d78a9da4b70f20d7412d11129e8921e0');
INSERT INTO "coresponder_event" VALUES('default','one',5,'ImminentDangerSeen',1,'2026-03-02T12:01:00.000000+00:00','2026-03-02T13:00:00.000000+00:00','{"at":"2026-03-02T12:01:00Z","by":"officer-1","approximate":false}','bfa1b1c2f7633d4ede903a75d4743874b03a135ad562a31f0be4996394f11c3a');
INSERT INTO "coresponder_event" VALUES('default','two',1,'CallReceived',1,'2026-03-02T12:00:00.000000+00:00','2026-03-02T13:00:00.000000+00:00','{"at":"2026-03-02T12:00:00Z","by":"dispatcher-1","approximate":false,"source":"911","nature":"psychosis","priority":null,"local":[]}','16a97e1f2fa3fac65ba71290700e1bcb9ce0187a4c0af9a2b570ed1c969543ac');
INSERT INTO "coresponder_event" VALUES('default','two',2,'PersonInvolved',1,'2026-03-02T12:02:00.000000+00:00','2026-03-02T13:00:00.000000+00:00','{"at":"2026-03-02T12:02:00Z","by":"officer-1","approximate":false,"person":"person-two","role":"person_in_crisis","age_group":"unknown","prior":{"contacts_90_days":0,"last_contact":null,"open_referrals":0,"open_follow_ups":0,"declined_at":null,"days_since_declined":null}}','528be3f58245bb75afd8ed054621f09c8a042cc84705d1925f4cb5b36a4f1213');
INSERT INTO "coresponder_event" VALUES('default','two',3,'NoteAdded',1,'2026-03-02T12:04:00.000000+00:00','2026-03-02T13:00:00.000000+00:00','{"at":"2026-03-02T12:04:00Z","by":"clinician-1","approximate":false,"entry":"8121a58f1b52a14a50f5372d3eb28d90","digest":"6278dc04e3f34de5bb7e79b378ce38eeb5848bf2a449c2795b7488a2b30ec836","subject":"person-two"}','64cf7adc4477a287a0b95346822e6c26984040f56552f607bca12bfb5fbe1f30');
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
	digest VARCHAR(64) DEFAULT '' NOT NULL, 
	sealed INTEGER DEFAULT '0' NOT NULL, 
	PRIMARY KEY (agency, incident)
)
 WITHOUT ROWID;
INSERT INTO "coresponder_incident" VALUES('default','one','cit@2','received',5,'2026-03-02T12:00:00.000000+00:00',NULL,'2026-03-02T12:18:00.000000+00:00',2,'bfa1b1c2f7633d4ede903a75d4743874b03a135ad562a31f0be4996394f11c3a','e98b244c66fad788e8b0cd7f060b04ac756bda781769d72b209afc086ee7bf6a',1);
INSERT INTO "coresponder_incident" VALUES('default','two','cit@2','received',3,'2026-03-02T12:00:00.000000+00:00',NULL,'2026-03-02T12:30:00.000000+00:00',1,'64cf7adc4477a287a0b95346822e6c26984040f56552f607bca12bfb5fbe1f30','a6285aea086fd2f5aed51df78ba6896080f19a1d37b70906f90f5bcb2dde1a37',1);
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
	digest VARCHAR(64) DEFAULT '' NOT NULL, 
	sealed INTEGER DEFAULT '0' NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "coresponder_outbox" VALUES(1,'default','one','{"incident":"one","about":"TeamUnavailable","to":"supervisor","event":"TeamUnavailable","number":3,"policy":null,"channel":"","key":null,"due":null,"fields":{}}','2026-03-02T13:00:00.000000+00:00',NULL,'d7a8c63cab79c7e55109e4229beffafe','',0,'2026-03-02T13:00:00.000000+00:00',NULL,NULL,'f09f64280a600e71472224efe82640444dd722a425c6d57ff386bceb8a9d53bb',1);
CREATE TABLE coresponder_program (
	name VARCHAR(160) NOT NULL, 
	definition TEXT NOT NULL, 
	digest VARCHAR(64) DEFAULT '' NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "coresponder_program" VALUES('cit@2','{"calendar": {"holidays": ["2026-01-01", "2026-05-25", "2026-07-03", "2026-09-07", "2026-11-26", "2026-12-25"], "time_zone": "America/Chicago"}, "notice": [{"on": "violation", "to": "supervisor"}, {"fields": ["what"], "on": "overdue", "to": "supervisor"}, {"on": "TeamUnavailable", "to": "supervisor"}], "policy": [{"a": {"event": "ResponderArrived", "where": {"incident.tier": "trained-officer-with-expert"}}, "b": {"event": ["ExpertConsulted", "ClinicianEngaged"]}, "because": "If no CIT officer was free, the mental-health expert is reached within 30 minutes of arrival.", "enforcement": "WARN", "id": "expert-reached", "source": "seed; minutes local choice", "template": "response", "within": "30 min"}, {"a": {"event": "DispositionRecorded", "where": {"incident.highest_screening": ["moderate", "high"], "incident.scene.clinician": {"exists": false}, "incident.scene.expert_consulted": false, "incident.tier": "trained-officer-with-expert"}}, "because": "Without a CIT officer and without the expert, a moderate or high screen gets no disposition.", "enforcement": "BLOCK", "id": "expert-reached-before-disposition", "source": "seed: reach the mental-health expert, without further harm", "template": "absence"}, {"a": "DeEscalationAttempted", "b": {"event": ["ForceUsed", "EmergencyHoldPlaced"]}, "because": "De-escalation is attempted before force or an emergency hold, unless there is imminent danger.", "enforcement": "WARN", "id": "de-escalate-first", "source": "CIT; Seattle PD manual 16.110", "template": "precedence", "unless": "ImminentDangerSeen"}, {"a": "ContactMade", "b": "DeEscalationAttempted", "because": "Who makes contact records the techniques that were used.", "enforcement": "WARN", "id": "techniques-recorded", "source": "CIT International 2019", "template": "responded_existence"}, {"a": {"event": "Screened", "where": {"screening.level": ["moderate", "high"]}}, "b": "SceneCleared", "because": "After a moderate or high screen a clinician is engaged before the scene is cleared.", "enforcement": "WARN", "id": "screen-needs-clinician", "source": "SAMHSA crisis guidelines", "template": "not_succession", "unless": {"event": ["ClinicianEngaged", "ExpertConsulted", "PersonTransported"]}}, {"a": {"event": "Screened", "where": {"screening.level": ["moderate", "high"]}}, "b": "FollowUpDone", "because": "After a moderate or high screen there is a follow-up contact within 72 hours.", "enforcement": "WARN", "id": "screen-followed-up", "source": "SAMHSA crisis guidelines: 24 to 72 hours", "template": "response", "unless": "ConsentDeclined", "within": "72 h"}, {"a": {"event": "DispositionRecorded", "where": {"disposition": ["resolved_on_scene", "resolved_by_phone"], "incident.highest_screening": "high", "incident.scene.safety_plan": false}}, "because": "A high screen never ends as resolved without a safety plan.", "enforcement": "BLOCK", "id": "high-screen-safety-plan", "source": "derived from SAMHSA crisis guidelines", "template": "absence"}, {"a": {"event": "DispositionRecorded", "where": {"disposition": ["resolved_on_scene", "resolved_by_phone"], "incident.highest_screening": "high", "incident.scene.clinician_agreed": false}}, "because": "A high screen never ends as resolved unless a clinician agreed.", "enforcement": "BLOCK", "id": "high-screen-clinician-agrees", "source": "derived from SAMHSA crisis guidelines", "template": "absence"}, {"a": "EmergencyHoldPlaced", "b": "HandOverAccepted", "because": "After an emergency hold the receiving facility accepts the person before the incident ends.", "enforcement": "BLOCK", "id": "hold-handed-over", "per": "person", "source": "CIT: a receiving facility accepts people at all hours", "template": "response"}, {"a": "WeaponSeen", "b": {"event": "ContactMade", "where": {"role": ["clinician", "community_health_worker", "peer", "advocate"]}}, "because": "Where a weapon was seen, the scene is secured before anybody who is not sworn makes contact.", "enforcement": "WARN", "id": "weapon-scene-secured-first", "source": "CIT; St. Louis: usual practice", "template": "not_succession", "unless": "SceneSecured"}, {"a": {"event": "ConsentGiven", "where": {"scope": "services"}}, "b": "ReferralSent", "because": "Nothing is sent to a service before the person, or the guardian of a minor, consented.", "enforcement": "BLOCK", "id": "consent-before-referral", "per": "person", "source": "HIPAA; 42 CFR Part 2", "template": "precedence"}, {"a": "ConsentWithdrawn", "b": "ReferralSent", "because": "After consent is withdrawn nothing more is sent, until it is given again.", "enforcement": "BLOCK", "id": "withdrawal-stops-referral", "per": "person", "source": "42 CFR Part 2: revocation", "template": "not_succession", "unless": "ConsentGiven"}, {"a": "ReferralSent", "b": {"event": ["ReferralAccepted", "ReferralRejected"]}, "because": "A referral gets an answer within 72 hours.", "enforcement": "WARN", "id": "referral-answered", "per": "referral", "source": "SDOH Clinical Care: closed loop; 72 h local choice", "template": "response", "unless": {"event": ["ReferralDeclined", "ReferralCancelled"]}, "within": "72 h"}, {"a": "ReferralSent", "b": {"event": ["ReferralCompleted", "ReferralFailed", "ReferralRejected"]}, "because": "A referral ends with a known outcome before the incident closes.", "enforcement": "BLOCK", "id": "referral-closed-loop", "per": "referral", "source": "SDOH Clinical Care: closed loop", "template": "response", "unless": {"event": ["ReferralDeclined", "ReferralCancelled"]}}, {"a": {"event": "IncidentClosed", "where": {"incident.loose_ends": {"gt": 0}}}, "because": "An incident does not close while a referral or follow-up is open without owner and due date.", "enforcement": "BLOCK", "id": "no-loose-ends", "source": "derived from the seed article: care is followed", "template": "absence"}, {"a": {"event": ["ForceUsed", "InjuryRecorded"]}, "b": "SupervisorNotified", "enforcement": "WARN", "id": "force-told-to-supervisor", "source": "local choice: usual practice", "template": "response", "within": "1 h"}, {"a": {"event": ["ForceUsed", "InjuryRecorded"]}, "b": "ReviewHeld", "enforcement": "WARN", "id": "force-reviewed", "source": "local choice: usual practice", "template": "response", "within": "10 business days"}, {"a": "TeamUnavailable", "b": "TeamDispatched", "because": "When nobody who is available qualifies, a team is found or a supervisor is told within 15 minutes.", "enforcement": "WARN", "id": "nobody-to-send", "source": "local choice", "template": "response", "unless": {"event": ["SupervisorNotified", "IncidentCancelled", "DispositionRecorded"]}, "within": "15 min"}, {"a": {"event": "CallReceived", "where": {"source": ["911", "988"]}}, "b": "ResponderArrived", "enforcement": "OBSERVE", "id": "arrival-within-target", "source": "local choice", "template": "response", "unless": {"event": ["IncidentCancelled", "DispositionRecorded"]}, "within": "30 min"}, {"a": {"event": "PersonInvolved", "where": {"prior.contacts_90_days": {"ge": 2}}}, "b": "CaseConferenceHeld", "because": "A third contact within 90 days leads to a case conference.", "enforcement": "WARN", "id": "third-contact-conference", "source": "CSG Justice Center: high utilisers; days local choice", "template": "response", "within": "14 d"}], "program": {"id": "cit", "natures": ["suicide_threat", "suicide_attempt", "psychosis", "mental_health_crisis", "welfare_check", "disturbance", "overdose", "homelessness"], "source": "Compton et al. 2010 (PMC2990634); CIT International best-practice guide 2019", "title": "Crisis Intervention Team", "version": "2"}, "tier": [{"id": "cit-officer-with-clinician", "model": "primary_co_response", "seats": [{"hours": 40, "role": "cit_officer", "training": ["cit"]}, {"role": "clinician", "training": ["mental_health_licence"]}], "source": "CIT; co-response", "title": "CIT officer with a clinician"}, {"id": "cit-officer-clinician-by-phone", "model": "telehealth", "seats": [{"hours": 40, "role": "cit_officer", "training": ["cit"]}, {"presence": "phone", "role": "clinician", "training": ["mental_health_licence"]}], "source": "CIT", "title": "CIT officer, a clinician by phone"}, {"id": "cit-officer", "model": "cit_response", "seats": [{"hours": 40, "role": "cit_officer", "training": ["cit"]}], "source": "Compton et al. 2010: dispatchers send a CIT officer", "title": "CIT officer"}, {"id": "trained-officer-with-expert", "model": "telehealth", "seats": [{"role": ["patrol_officer", "cit_officer", "supervisor"], "training": ["basic_de_escalation"]}], "source": "seed: those who go have the basic know-how, or reach the mental-health expert", "title": "Any officer with basic de-escalation, who reaches the mental-health expert"}]}','cb524a57e9b3f5f4f4b87b13b48efcdd6e1d2785b55827d6fc81dff022b08ee0');
CREATE TABLE coresponder_schema (
	version INTEGER NOT NULL
);
INSERT INTO "coresponder_schema" VALUES(3);
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
	PRIMARY KEY (agency, id)
);
INSERT INTO "coresponder_vault" VALUES('default','a77182cb6a28363e9d8ac699278b216e','one','note','all','words about a day','b490ea83f67af212615c953bfb37c80d','2a18fba5e507343054061ba21df384b03c9f118681fc6c88b062147b493c3b02',1);
INSERT INTO "coresponder_vault" VALUES('default','8121a58f1b52a14a50f5372d3eb28d90','person-two','note','clinical','words about a night','ae7ba345bd2d7d192b05bb8661bc76c3','13bfd1a85be44c8ceb70631a18531a1115b38f2e65fa1b7282e52e460161bbbb',1);
CREATE INDEX coresponder_contact_unsealed ON coresponder_contact (sealed, agency) WHERE sealed = 0;
CREATE INDEX coresponder_engagement_unsealed ON coresponder_engagement (sealed, agency) WHERE sealed = 0;
CREATE INDEX coresponder_incident_due ON coresponder_incident (agency, next_due) WHERE next_due IS NOT NULL;
CREATE INDEX coresponder_incident_unsealed ON coresponder_incident (sealed, agency) WHERE sealed = 0;
CREATE UNIQUE INDEX coresponder_outbox_key ON coresponder_outbox (agency, "key");
CREATE INDEX coresponder_outbox_unsealed ON coresponder_outbox (sealed, agency) WHERE sealed = 0;
CREATE INDEX coresponder_outbox_waiting ON coresponder_outbox (agency, incident, channel, id) WHERE delivered_at IS NULL AND dead_at IS NULL;
CREATE INDEX coresponder_vault_subject ON coresponder_vault (agency, subject);
CREATE INDEX coresponder_vault_unsealed ON coresponder_vault (sealed, agency) WHERE sealed = 0;
COMMIT;
