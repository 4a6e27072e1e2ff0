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
INSERT INTO "coresponder_checkpoint" VALUES('default',1,'2026-03-02T13:01:00.000000+00:00','{"coresponder_incident": [["one", 2, "d89ad8898b19b6dbcac3fe82a61d1852e9b089796ad9966826bf6926bbad5043"], ["two", 2, "712a0d1ee86b6248a3c12b4cc1daf30b8145afe884b87a785b5878ebe766ca19"]], "coresponder_contact": [["person-one", "one"], ["person-two", "two"]], "coresponder_program": [["cit@3", "f92b1790a539020e856157b13f2dc94439ace5be1ca87c2d6c5c1e5a57d89f3e"]]}','d91d432c2a27df8dfffd25be29328d181767eb5bff9e8a9e5759c1b018243c42');
INSERT INTO "coresponder_checkpoint" VALUES('default',2,'2026-03-02T13:03:00.000000+00:00','{"coresponder_incident": [["one", 5, "92faa18c49ad8d4b0e296b5c8b43d66f61f9c6c630342f91c9a3494c4230b24d"], ["two", 4, "2950c2fe828b130ef831406a31da0419f750b41e3e2c1deea583e97e6e54dee6"]], "coresponder_engagement": [["officer-1"]], "coresponder_outbox": [["b41eed62b87abd3214801c8de45dfe93", 2, "16e54b181049c72875d4edf92dd762713617103e7837bd5add74d67db674b657", null], ["d7a8c63cab79c7e55109e4229beffafe", 1, "cfc5c4ccad7b794604c716d7820f604312a74609a10730bf41ced9fb1ea6f99a", null]], "coresponder_vault": [["eb8bcb2e89f64f245346fb75bca34fb9", "acfef8b2960abb9cf6631b12e7946885638585c0f8c81300df55a10fb606864e"]], "coresponder_program": [["cit@3", "f92b1790a539020e856157b13f2dc94439ace5be1ca87c2d6c5c1e5a57d89f3e"]]}','d6babfdd12c6f5faf81c0ab42f98920d2ca2ce87bd2767338620840c754a3c48');
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
INSERT INTO "coresponder_contact" VALUES('default','person-two','two','2026-03-02T12:01:00.000000+00:00',0,0,NULL,'eabfa513e2dd22bebc7f5eb239adecee74ebf4101ad2c117cc7f9392919b74ab',1);
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
INSERT INTO "coresponder_engagement" VALUES('default','officer-1','two','2026-03-02T13:00:00.000000+00:00','b922b875cf39ef0e61560e7c3ef95aa0f6b7c22d73d3a1904101c92df377c951',1);
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
INSERT INTO "coresponder_event" VALUES('default','one',1,'CallReceived',1,'2026-03-02T12:00:00.000000+00:00','2026-03-02T13:00:00.000000+00:00','{"at":"2026-03-02T12:00:00Z","by":"dispatcher-1","approximate":false,"source":"911","nature":"psychosis","priority":null,"local":[]}','26431aa0519aa676e2ce696fa0e7e0ab59f971c47670b7dc760d2d08c8e7d816','d3b7c2ce911a42fd8aad464163fe17ea');
INSERT INTO "coresponder_event" VALUES('default','one',2,'PersonInvolved',1,'2026-03-02T12:01:00.000000+00:00','2026-03-02T13:00:00.000000+00:00','{"at":"2026-03-02T12:01:00Z","by":"officer-1","approximate":false,"person":"person-one","role":"person_in_crisis","age_group":"unknown","prior":{"contacts_90_days":0,"last_contact":null,"open_referrals":0,"open_follow_ups":0,"declined_at":null,"days_since_declined":null}}','d89ad8898b19b6dbcac3fe82a61d1852e9b089796ad9966826bf6926bbad5043','26cc3ce5f3814e13ac2835a38a06c002');
INSERT INTO "coresponder_event" VALUES('default','one',3,'TeamUnavailable',1,'2026-03-02T12:02:00.000000+00:00','2026-03-02T13:00:00.000000+00:00','{"at":"2026-03-02T12:02:00Z","by":"dispatcher-1","approximate":false,"missing":[]}','520f4e3c86426b765a410a925b7aeff58b44dd917ff7cd0ab5635a78e1567c98','830117eb160f4e038329d6a3b7996c8f');
INSERT INTO "coresponder_event" VALUES('default','one',4,'NoteAdded',1,'2026-03-02T12:04:00.000000+00:00','2026-03-02T13:00:00.000000+00:00','{"at":"2026-03-02T12:04:00Z","by":"clinician-1","approximate":false,"entry":"eb8bcb2e89f64f245346fb75bca34fb9","digest":"8586520be34078204112ec8a056eb63ab5124a93d45ad01ba5ea4ae218904d74","subject":"person-one"}','3d71441b2a08ce78bde1e7417129e34e410b869dc4219e883de0146df46d0915','28e4d7295f22481fb0fd870d24af530c');
INSERT INTO "coresponder_event" VALUES('default','one',5,'WeaponSeen',1,'2026-03-02T12:05:00.000000+00:00','2026-03-02T13:00:00.000000+00:00','{"at":"2026-03-02T12:05:00Z","by":"officer-1","approximate":false}','92faa18c49ad8d4b0e296b5c8b43d66f61f9c6c630342f91c9a3494c4230b24d','8196591709df45e5a38793600f5c9c29');
INSERT INTO "coresponder_event" VALUES('default','two',1,'CallReceived',1,'2026-03-02T12:00:00.000000+00:00','2026-03-02T13:00:00.000000+00:00','{"at":"2026-03-02T12:00:00Z","by":"dispatcher-1","approximate":false,"source":"911","nature":"psychosis","priority":null,"local":[]}','1f63aca5d723134e403993f13b048774cdca632ce1a76e403df19e82470c09cc','a08932258f194a088d4a149d4fd24a18');
INSERT INTO "coresponder_event" VALUES('default','two',2,'PersonInvolved',1,'2026-03-02T12:01:00.000000+00:00','2026-03-02T13:00:00.000000+00:00','{"at":"2026-03-02T12:01:00Z","by":"officer-1","approximate":false,"person":"person-two","role":"person_in_crisis","age_group":"unknown","prior":{"contacts_90_days":0,"last_contact":null,"open_referrals":0,"open_follow_ups":0,"declined_at":null,"days_since_declined":null}}','712a0d1ee86b6248a3c12b4cc1daf30b8145afe884b87a785b5878ebe766ca19','1194c910f6a84c3fb5045f43f5fd6179');
INSERT INTO "coresponder_event" VALUES('default','two',3,'TeamUnavailable',1,'2026-03-02T12:02:00.000000+00:00','2026-03-02T13:00:00.000000+00:00','{"at":"2026-03-02T12:02:00Z","by":"dispatcher-1","approximate":false,"missing":[]}','8ebac2a4a5832641a2049a2b63bb3af7ee038e2e17d004c293020014e38f61dc','273365c1cdae431bb393d41667572ce7');
INSERT INTO "coresponder_event" VALUES('default','two',4,'ResponderArrived',1,'2026-03-02T12:03:00.000000+00:00','2026-03-02T13:00:00.000000+00:00','{"at":"2026-03-02T12:03:00Z","by":"officer-1","approximate":false,"responder":"officer-1","role":null}','2950c2fe828b130ef831406a31da0419f750b41e3e2c1deea583e97e6e54dee6','f4a57da0d4424bd289a4b3c6d696e527');
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
INSERT INTO "coresponder_incident" VALUES('default','one','cit@3','received',5,'2026-03-02T12:00:00.000000+00:00',NULL,'2026-03-02T12:17:00.000000+00:00',2,'92faa18c49ad8d4b0e296b5c8b43d66f61f9c6c630342f91c9a3494c4230b24d','bbbed2e94f2261fbb98a8680a184f1a5e997088b5543c81109e25a059a9fd1bc',1);
INSERT INTO "coresponder_incident" VALUES('default','two','cit@3','on_scene',4,'2026-03-02T12:00:00.000000+00:00',NULL,'2026-03-02T12:17:00.000000+00:00',1,'2950c2fe828b130ef831406a31da0419f750b41e3e2c1deea583e97e6e54dee6','c0fe5fbc196a989821eb3ae49b49f84bf464d1bb4fc783cdc0b073d324b4267f',1);
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
INSERT INTO "coresponder_outbox" VALUES(1,'default','one','{"incident":"one","about":"TeamUnavailable","to":"supervisor","event":"TeamUnavailable","number":3,"policy":null,"channel":"","key":null,"due":null,"fields":{}}','2026-03-02T13:00:00.000000+00:00',NULL,'d7a8c63cab79c7e55109e4229beffafe','',0,'',NULL,NULL,'cfc5c4ccad7b794604c716d7820f604312a74609a10730bf41ced9fb1ea6f99a',1);
INSERT INTO "coresponder_outbox" VALUES(2,'default','two','{"incident":"two","about":"TeamUnavailable","to":"supervisor","event":"TeamUnavailable","number":3,"policy":null,"channel":"","key":null,"due":null,"fields":{}}','2026-03-02T13:00:00.000000+00:00',NULL,'b41eed62b87abd3214801c8de45dfe93','',0,'',NULL,NULL,'16e54b181049c72875d4edf92dd762713617103e7837bd5add74d67db674b657',1);
CREATE TABLE coresponder_program (
	name VARCHAR(160) NOT NULL, 
	definition TEXT NOT NULL, 
	digest VARCHAR(64) DEFAULT '' NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "coresponder_program" VALUES('cit@3','{"calendar": {"holidays": ["2026-01-01", "2026-05-25", "2026-07-03", "2026-09-07", "2026-11-26", "2026-12-25"], "time_zone": "America/Chicago"}, "notice": [{"on": "violation", "to": "supervisor"}, {"fields": ["what"], "on": "overdue", "to": "supervisor"}, {"on": "TeamUnavailable", "to": "supervisor"}], "policy": [{"a": {"event": "ResponderArrived", "where": {"incident.tier": "trained-officer-with-expert"}}, "b": {"event": ["ExpertConsulted", "ClinicianEngaged"]}, "because": "If no CIT officer was free, the mental-health expert is reached within 30 minutes of arrival.", "enforcement": "WARN", "id": "expert-reached", "source": "seed; minutes local choice", "template": "response", "within": "30 min"}, {"a": {"event": "DispositionRecorded", "where": {"incident.highest_screening": ["moderate", "high"], "incident.scene.clinician": {"exists": false}, "incident.scene.expert_consulted": false, "incident.tier": "trained-officer-with-expert"}}, "because": "Without a CIT officer and without the expert, a moderate or high screen gets no disposition.", "enforcement": "BLOCK", "id": "expert-reached-before-disposition", "source": "seed: reach the mental-health expert, without further harm", "template": "absence"}, {"a": "DeEscalationAttempted", "b": {"event": ["ForceUsed", "EmergencyHoldPlaced"]}, "because": "De-escalation is attempted before force or an emergency hold, unless there is imminent danger.", "enforcement": "WARN", "id": "de-escalate-first", "source": "CIT; Seattle PD manual 16.110", "template": "precedence", "unless": "ImminentDangerSeen"}, {"a": "ContactMade", "b": "DeEscalationAttempted", "because": "Who makes contact records the techniques that were used.", "enforcement": "WARN", "id": "techniques-recorded", "source": "CIT International 2019", "template": "responded_existence"}, {"a": {"event": "Screened", "where": {"screening.level": ["moderate", "high"]}}, "b": "SceneCleared", "because": "After a moderate or high screen a clinician is engaged before the scene is cleared.", "enforcement": "WARN", "id": "screen-needs-clinician", "source": "SAMHSA crisis guidelines", "template": "not_succession", "unless": {"event": ["ClinicianEngaged", "ExpertConsulted", "PersonTransported"]}}, {"a": {"event": "Screened", "where": {"screening.level": ["moderate", "high"]}}, "b": "FollowUpDone", "because": "After a moderate or high screen there is a follow-up contact within 72 hours.", "enforcement": "WARN", "id": "screen-followed-up", "source": "SAMHSA crisis guidelines: 24 to 72 hours", "template": "response", "unless": "ConsentDeclined", "within": "72 h"}, {"a": {"event": "DispositionRecorded", "where": {"disposition": ["resolved_on_scene", "resolved_by_phone"], "incident.highest_screening": "high", "incident.scene.safety_plan": false}}, "because": "A high screen never ends as resolved without a safety plan.", "enforcement": "BLOCK", "id": "high-screen-safety-plan", "source": "derived from SAMHSA crisis guidelines", "template": "absence"}, {"a": {"event": "DispositionRecorded", "where": {"disposition": ["resolved_on_scene", "resolved_by_phone"], "incident.highest_screening": "high", "incident.scene.clinician_agreed": false}}, "because": "A high screen never ends as resolved unless a clinician agreed.", "enforcement": "BLOCK", "id": "high-screen-clinician-agrees", "source": "derived from SAMHSA crisis guidelines", "template": "absence"}, {"a": "EmergencyHoldPlaced", "b": "HandOverAccepted", "because": "After an emergency hold the receiving facility accepts the person before the incident ends.", "enforcement": "BLOCK", "id": "hold-handed-over", "per": "person", "source": "CIT: a receiving facility accepts people at all hours", "template": "response"}, {"a": "WeaponSeen", "b": {"event": "ContactMade", "where": {"role": ["clinician", "community_health_worker", "peer", "advocate"]}}, "because": "Where a weapon was seen, the scene is secured before anybody who is not sworn makes contact.", "enforcement": "WARN", "id": "weapon-scene-secured-first", "source": "CIT; St. Louis: usual practice", "template": "not_succession", "unless": "SceneSecured"}, {"a": {"event": "ConsentGiven", "where": {"scope": "services"}}, "b": "ReferralSent", "because": "Nothing is sent to a service before the person, or the guardian of a minor, consented.", "enforcement": "BLOCK", "id": "consent-before-referral", "per": "person", "source": "HIPAA; 42 CFR Part 2", "template": "precedence"}, {"a": "ConsentWithdrawn", "b": "ReferralSent", "because": "After consent is withdrawn nothing more is sent, until it is given again.", "enforcement": "BLOCK", "id": "withdrawal-stops-referral", "per": "person", "source": "42 CFR Part 2: revocation", "template": "not_succession", "unless": "ConsentGiven"}, {"a": "ReferralSent", "b": {"event": ["ReferralAccepted", "ReferralRejected"]}, "because": "A referral gets an answer within 72 hours.", "enforcement": "WARN", "id": "referral-answered", "per": "referral", "source": "SDOH Clinical Care: closed loop; 72 h local choice", "template": "response", "unless": {"event": ["ReferralDeclined", "ReferralCancelled"]}, "within": "72 h"}, {"a": "ReferralSent", "b": {"event": ["ReferralCompleted", "ReferralFailed", "ReferralRejected"]}, "because": "A referral ends with a known outcome before the incident closes.", "enforcement": "BLOCK", "id": "referral-closed-loop", "per": "referral", "source": "SDOH Clinical Care: closed loop", "template": "response", "unless": {"event": ["ReferralDeclined", "ReferralCancelled"]}}, {"a": {"event": "IncidentClosed", "where": {"incident.loose_ends": {"gt": 0}}}, "because": "An incident does not close while a referral or follow-up is open without owner and due date.", "enforcement": "BLOCK", "id": "no-loose-ends", "source": "local choice: care is followed until its outcome is known", "template": "absence"}, {"a": {"event": ["ForceUsed", "InjuryRecorded"]}, "b": "SupervisorNotified", "enforcement": "WARN", "id": "force-told-to-supervisor", "source": "local choice: usual practice", "template": "response", "within": "1 h"}, {"a": {"event": ["ForceUsed", "InjuryRecorded"]}, "b": "ReviewHeld", "enforcement": "WARN", "id": "force-reviewed", "source": "local choice: usual practice", "template": "response", "within": "10 business days"}, {"a": "TeamUnavailable", "b": "TeamDispatched", "because": "When nobody who is available qualifies, a team is found or a supervisor is told within 15 minutes.", "enforcement": "WARN", "id": "nobody-to-send", "source": "local choice", "template": "response", "unless": {"event": ["SupervisorNotified", "IncidentCancelled", "DispositionRecorded"]}, "within": "15 min"}, {"a": {"event": "CallReceived", "where": {"source": ["911", "988"]}}, "b": "ResponderArrived", "enforcement": "OBSERVE", "id": "arrival-within-target", "source": "local choice", "template": "response", "unless": {"event": ["IncidentCancelled", "DispositionRecorded"]}, "within": "30 min"}, {"a": {"event": "PersonInvolved", "where": {"prior.contacts_90_days": {"ge": 2}}}, "b": "CaseConferenceHeld", "because": "A third contact within 90 days leads to a case conference.", "enforcement": "WARN", "id": "third-contact-conference", "source": "CSG Justice Center: high utilizers; days local choice", "template": "response", "within": "14 d"}], "program": {"id": "cit", "natures": ["suicide_threat", "suicide_attempt", "psychosis", "mental_health_crisis", "welfare_check", "disturbance", "overdose", "homelessness"], "source": "Compton et al. 2010 (PMC2990634); CIT International best-practice guide 2019", "title": "Crisis Intervention Team", "version": "3"}, "tier": [{"id": "cit-officer-with-clinician", "model": "primary_co_response", "seats": [{"hours": 40, "role": "cit_officer", "training": ["cit"]}, {"role": "clinician", "training": ["mental_health_license"]}], "source": "CIT; co-response", "title": "CIT officer with a clinician"}, {"id": "cit-officer-clinician-by-phone", "model": "telehealth", "seats": [{"hours": 40, "role": "cit_officer", "training": ["cit"]}, {"presence": "phone", "role": "clinician", "training": ["mental_health_license"]}], "source": "CIT", "title": "CIT officer, a clinician by phone"}, {"id": "cit-officer", "model": "cit_response", "seats": [{"hours": 40, "role": "cit_officer", "training": ["cit"]}], "source": "Compton et al. 2010: dispatchers send a CIT officer", "title": "CIT officer"}, {"id": "trained-officer-with-expert", "model": "telehealth", "seats": [{"role": ["patrol_officer", "cit_officer", "supervisor"], "training": ["basic_de_escalation"]}], "source": "seed: those who go have the basic know-how, or reach the mental-health expert", "title": "Any officer with basic de-escalation, who reaches the mental-health expert"}]}','f92b1790a539020e856157b13f2dc94439ace5be1ca87c2d6c5c1e5a57d89f3e');
CREATE TABLE coresponder_schema (
	version INTEGER NOT NULL
);
INSERT INTO "coresponder_schema" VALUES(4);
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
INSERT INTO "coresponder_vault" VALUES('default','eb8bcb2e89f64f245346fb75bca34fb9','person-one','note','all','words about a day','751c929bf3c6c0a4b633899cb6e3cc81','acfef8b2960abb9cf6631b12e7946885638585c0f8c81300df55a10fb606864e',1);
CREATE INDEX coresponder_contact_unsealed ON coresponder_contact (sealed, agency) WHERE sealed = 0;
CREATE INDEX coresponder_engagement_unsealed ON coresponder_engagement (sealed, agency) WHERE sealed = 0;
CREATE UNIQUE INDEX coresponder_event_request ON coresponder_event (agency, request) WHERE request <> '';
CREATE INDEX coresponder_incident_due ON coresponder_incident (agency, next_due) WHERE next_due IS NOT NULL;
CREATE INDEX coresponder_incident_unsealed ON coresponder_incident (sealed, agency) WHERE sealed = 0;
CREATE UNIQUE INDEX coresponder_outbox_key ON coresponder_outbox (agency, "key");
CREATE INDEX coresponder_outbox_unsealed ON coresponder_outbox (sealed, agency) WHERE sealed = 0;
CREATE INDEX coresponder_outbox_waiting ON coresponder_outbox (agency, incident, channel, id) WHERE delivered_at IS NULL AND dead_at IS NULL;
CREATE INDEX coresponder_vault_subject ON coresponder_vault (agency, subject);
CREATE INDEX coresponder_vault_unsealed ON coresponder_vault (sealed, agency) WHERE sealed = 0;
COMMIT;
