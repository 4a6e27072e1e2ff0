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
INSERT INTO "coresponder_checkpoint" VALUES('default',1,'2026-11-27T02:17:20.800782+00:00','{"coresponder_incident": [["one", 5, "43cb8ddabf7364fa915e0c7b9fa3c2c0dd0424cfac10296fd79ea061a93d6629"], ["two", 4, "e0a2f253b599f993692a4518076564d55750233d1192c1fc197dc3845061078d"]], "coresponder_contact": [["person-one", "one"], ["person-two", "two"]], "coresponder_engagement": [["officer-1"]], "coresponder_outbox": [["b41eed62b87abd3214801c8de45dfe93", 2, "16e54b181049c72875d4edf92dd762713617103e7837bd5add74d67db674b657", null], ["d7a8c63cab79c7e55109e4229beffafe", 1, "cfc5c4ccad7b794604c716d7820f604312a74609a10730bf41ced9fb1ea6f99a", null]], "coresponder_vault": [["e5ad10a89be30b1de68e9066270a7305", "470851d4d39f9d6d0c2ae6334009fc0aa440f3b9c92ce2c6077d8d3ac5921358"]], "coresponder_program": [["cit@4", "cf1cd412e6e685eef08bad21e568f5bde6517328b30611d351415ff32976c5d7"]]}','bc97956d8f1481369dac609060b976dc4db6426ad5223c42d6821a9b03b684bd');
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
INSERT INTO "coresponder_event" VALUES('default','one',1,'CallReceived',1,'2026-03-02T12:00:00.000000+00:00','2026-03-02T13:00:00.000000+00:00','{"at":"2026-03-02T12:00:00Z","by":"dispatcher-1","approximate":false,"source":"911","nature":"welfare_check","priority":null,"local":[]}','b92e842d66b22dc7137837bfa139aab4fea6620a6bff373fa9d84bd61e814425','b29df59856054e21acdbddfe8461f4b5');
INSERT INTO "coresponder_event" VALUES('default','one',2,'PersonInvolved',1,'2026-03-02T12:01:00.000000+00:00','2026-03-02T13:00:00.000000+00:00','{"at":"2026-03-02T12:01:00Z","by":"officer-1","approximate":false,"person":"person-one","role":"person_in_crisis","age_group":"unknown","prior":{"contacts_90_days":0,"last_contact":null,"open_referrals":0,"open_follow_ups":0,"declined_at":null,"days_since_declined":null}}','28194d65c7bd23cb6bca45f9253cbb0d9df3d2ca4e6342ebbe25709736e05ef4','83f0733960ab43a7b87d5fa7aa20d078');
INSERT INTO "coresponder_event" VALUES('default','one',3,'TeamUnavailable',1,'2026-03-02T12:02:00.000000+00:00','2026-03-02T13:00:00.000000+00:00','{"at":"2026-03-02T12:02:00Z","by":"dispatcher-1","approximate":false,"missing":[]}','1399da5ac772d229e3acea49e15e6c3ff35375522a32392ff6cf04adae40e8c3','2f760e63d362411ea9f6a44f6983d8af');
INSERT INTO "coresponder_event" VALUES('default','one',4,'NoteAdded',1,'2026-03-02T12:04:00.000000+00:00','2026-03-02T13:00:00.000000+00:00','{"at":"2026-03-02T12:04:00Z","by":"officer-1","approximate":false,"entry":"e5ad10a89be30b1de68e9066270a7305","digest":"3bd19a9bf02e2431e1d04607ae329c23eab7acd444352b2c6d2736506db26a4b","subject":null}','85d4fe2f6035d7605f429b7a305b331ee654c587bcabc85890ab7ca9c55c13c7','7cc9a9c0a1d843e0856a5414f201fb93');
INSERT INTO "coresponder_event" VALUES('default','one',5,'WeaponSeen',1,'2026-03-02T12:05:00.000000+00:00','2026-03-02T13:00:00.000000+00:00','{"at":"2026-03-02T12:05:00Z","by":"officer-1","approximate":false}','43cb8ddabf7364fa915e0c7b9fa3c2c0dd0424cfac10296fd79ea061a93d6629','59d89e26c138450396180320f9ef22e9');
INSERT INTO "coresponder_event" VALUES('default','two',1,'CallReceived',1,'2026-03-02T12:00:00.000000+00:00','2026-03-02T13:00:00.000000+00:00','{"at":"2026-03-02T12:00:00Z","by":"dispatcher-1","approximate":false,"source":"911","nature":"welfare_check","priority":null,"local":[]}','371858b3aa5d3121dfc87f45bc324571c6b479208d8528ca6a735ddf108d0c91','735c42459cd747ec9c88af0dd9b3a359');
INSERT INTO "coresponder_event" VALUES('default','two',2,'PersonInvolved',1,'2026-03-02T12:01:00.000000+00:00','2026-03-02T13:00:00.000000+00:00','{"at":"2026-03-02T12:01:00Z","by":"officer-1","approximate":false,"person":"person-two","role":"person_in_crisis","age_group":"unknown","prior":{"contacts_90_days":0,"last_contact":null,"open_referrals":0,"open_follow_ups":0,"declined_at":null,"days_since_declined":null}}','aeb71cc77ae10d6f93c57ff7fb209b2e0bdaf52eac0d20a7939519f2032854ad','2d2ea8e97823493289b6b4903bd6049e');
INSERT INTO "coresponder_event" VALUES('default','two',3,'TeamUnavailable',1,'2026-03-02T12:02:00.000000+00:00','2026-03-02T13:00:00.000000+00:00','{"at":"2026-03-02T12:02:00Z","by":"dispatcher-1","approximate":false,"missing":[]}','7ea5bc128d9c8eb88f470dd365bd26817a73987dbf2cee3a76d0c2d5a4dd4d27','0b88d071158c4dd8a6e03d069e0cf85b');
INSERT INTO "coresponder_event" VALUES('default','two',4,'ResponderArrived',1,'2026-03-02T12:03:00.000000+00:00','2026-03-02T13:00:00.000000+00:00','{"at":"2026-03-02T12:03:00Z","by":"officer-1","approximate":false,"responder":"officer-1","role":null}','e0a2f253b599f993692a4518076564d55750233d1192c1fc197dc3845061078d','c558b5cb27d74792899196665d0e81c1');
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
INSERT INTO "coresponder_incident" VALUES('default','one','cit@4','received',5,'2026-03-02T12:00:00.000000+00:00',NULL,'2026-03-02T12:17:00.000000+00:00',2,'43cb8ddabf7364fa915e0c7b9fa3c2c0dd0424cfac10296fd79ea061a93d6629','9ab663a820d0336155433fdefedef983d95328dbbae42c17d33553874c456132',1);
INSERT INTO "coresponder_incident" VALUES('default','two','cit@4','on_scene',4,'2026-03-02T12:00:00.000000+00:00',NULL,'2026-03-02T12:17:00.000000+00:00',1,'e0a2f253b599f993692a4518076564d55750233d1192c1fc197dc3845061078d','3a4a4e44850bfb9d613640d59008fd5a1d6632b7f9013cb196272dac2365c4ac',1);
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
INSERT INTO "coresponder_outbox" VALUES(1,'default','one','{"incident":"one","about":"TeamUnavailable","to":"supervisor","event":"TeamUnavailable","number":3,"policy":null,"channel":"","key":null,"due":null,"fields":{}}','2026-03-02T13:00:00.000000+00:00',NULL,'d7a8c63cab79c7e55109e4229beffafe','',0,'',NULL,NULL,'','cfc5c4ccad7b794604c716d7820f604312a74609a10730bf41ced9fb1ea6f99a',1);
INSERT INTO "coresponder_outbox" VALUES(2,'default','two','{"incident":"two","about":"TeamUnavailable","to":"supervisor","event":"TeamUnavailable","number":3,"policy":null,"channel":"","key":null,"due":null,"fields":{}}','2026-03-02T13:00:00.000000+00:00',NULL,'b41eed62b87abd3214801c8de45dfe93','',0,'',NULL,NULL,'','16e54b181049c72875d4edf92dd762713617103e7837bd5add74d67db674b657',1);
CREATE TABLE coresponder_program (
	name VARCHAR(160) NOT NULL, 
	definition TEXT NOT NULL, 
	digest VARCHAR(64) DEFAULT '' NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "coresponder_program" VALUES('cit@4','{"calendar": {"holidays": ["2026-01-01", "2026-05-25", "2026-07-03", "2026-09-07", "2026-11-26", "2026-12-25"], "time_zone": "America/Chicago"}, "notice": [{"on": "violation", "to": "supervisor"}, {"fields": ["what"], "on": "overdue", "to": "supervisor"}, {"on": "TeamUnavailable", "to": "supervisor"}], "policy": [{"a": {"event": "ResponderArrived", "where": {"incident.tier": "trained-officer-with-expert"}}, "authority": "local choice", "b": {"event": ["ExpertConsulted", "ClinicianEngaged"]}, "because": "Without a CIT officer, the expert is reached within 30 minutes of arrival.", "enforcement": "WARN", "id": "expert-reached", "template": "response", "within": "30 min"}, {"a": {"event": "DispositionRecorded", "where": {"incident.highest_screening": ["moderate", "high"], "incident.scene.clinician": {"exists": false}, "incident.scene.expert_consulted": false, "incident.tier": "trained-officer-with-expert"}}, "authority": "local choice", "because": "Without a CIT officer or the expert, a moderate or high screen gets no disposition.", "enforcement": "BLOCK", "id": "expert-reached-before-disposition", "template": "absence"}, {"a": "DeEscalationAttempted", "authority": "CIT; Seattle PD manual 16.110", "b": {"event": ["ForceUsed", "EmergencyHoldPlaced"]}, "because": "Unless there is imminent danger, de-escalation comes before force or an emergency hold.", "enforcement": "WARN", "id": "de-escalate-first", "template": "precedence", "unless": "ImminentDangerSeen"}, {"a": "ContactMade", "authority": "CIT International 2019", "b": "DeEscalationAttempted", "because": "The responder who makes contact records the techniques used.", "enforcement": "WARN", "id": "techniques-recorded", "template": "responded_existence"}, {"a": {"event": "Screened", "where": {"screening.level": ["moderate", "high"]}}, "authority": "SAMHSA crisis guidelines", "b": "SceneCleared", "because": "After a moderate or high screen a clinician is engaged before the scene is cleared.", "enforcement": "WARN", "id": "screen-needs-clinician", "template": "not_succession", "unless": {"event": ["ClinicianEngaged", "ExpertConsulted", "PersonTransported"]}}, {"a": {"event": "Screened", "where": {"screening.level": ["moderate", "high"]}}, "authority": "SAMHSA crisis guidelines: 24 to 72 hours", "b": "FollowUpDone", "because": "After a moderate or high screen there is a follow-up contact within 72 hours.", "enforcement": "WARN", "id": "screen-followed-up", "template": "response", "unless": "ConsentDeclined", "within": "72 h"}, {"a": {"event": "DispositionRecorded", "where": {"disposition": ["resolved_on_scene", "resolved_by_phone"], "incident.highest_screening": "high", "incident.scene.safety_plan": false}}, "authority": "derived from SAMHSA crisis guidelines", "because": "A high screen never ends as resolved without a safety plan.", "enforcement": "BLOCK", "id": "high-screen-safety-plan", "template": "absence"}, {"a": {"event": "DispositionRecorded", "where": {"disposition": ["resolved_on_scene", "resolved_by_phone"], "incident.highest_screening": "high", "incident.scene.clinician_agreed": false}}, "authority": "derived from SAMHSA crisis guidelines", "because": "A high screen never ends as resolved unless a clinician agrees.", "enforcement": "BLOCK", "id": "high-screen-clinician-agrees", "template": "absence"}, {"a": "EmergencyHoldPlaced", "authority": "CIT: a receiving facility accepts people at all hours", "b": "HandOverAccepted", "because": "After an emergency hold, a facility accepts the person before the incident ends.", "enforcement": "BLOCK", "id": "hold-handed-over", "per": "person", "template": "response"}, {"a": "WeaponSeen", "authority": "CIT; St. Louis: usual practice", "b": {"event": "ContactMade", "where": {"role": ["clinician", "community_health_worker", "peer", "advocate"]}}, "because": "If a weapon is seen, the scene is secured before a non-sworn responder makes contact.", "enforcement": "WARN", "id": "weapon-scene-secured-first", "template": "not_succession", "unless": "SceneSecured"}, {"a": {"event": "ConsentGiven", "where": {"scope": "services"}}, "authority": "HIPAA; 42 CFR Part 2", "b": "ReferralSent", "because": "No referral is sent before the person, or a minor''s guardian, consents.", "enforcement": "BLOCK", "id": "consent-before-referral", "per": "person", "template": "precedence"}, {"a": "ConsentWithdrawn", "authority": "42 CFR Part 2: revocation", "b": "ReferralSent", "because": "After consent is withdrawn, no referral is sent until it is given again.", "enforcement": "BLOCK", "id": "withdrawal-stops-referral", "per": "person", "template": "not_succession", "unless": "ConsentGiven"}, {"a": "ReferralSent", "authority": "SDOH Clinical Care: closed loop; 72 h local choice", "b": {"event": ["ReferralAccepted", "ReferralRejected"]}, "because": "A referral gets an answer within 72 hours.", "enforcement": "WARN", "id": "referral-answered", "per": "referral", "template": "response", "unless": {"event": ["ReferralDeclined", "ReferralCancelled"]}, "within": "72 h"}, {"a": "ReferralSent", "authority": "SDOH Clinical Care: closed loop", "b": {"event": ["ReferralCompleted", "ReferralFailed", "ReferralRejected"]}, "because": "A referral ends with a known outcome before the incident closes.", "enforcement": "BLOCK", "id": "referral-closed-loop", "per": "referral", "template": "response", "unless": {"event": ["ReferralDeclined", "ReferralCancelled"]}}, {"a": {"event": "IncidentClosed", "where": {"incident.loose_ends": {"gt": 0}}}, "authority": "local choice: care is followed until its outcome is known", "because": "No incident closes while an open referral or follow-up lacks an owner or a due date.", "enforcement": "BLOCK", "id": "no-loose-ends", "template": "absence"}, {"a": {"event": ["ForceUsed", "InjuryRecorded"]}, "authority": "local choice: usual practice", "b": "SupervisorNotified", "enforcement": "WARN", "id": "force-told-to-supervisor", "template": "response", "within": "1 h"}, {"a": {"event": ["ForceUsed", "InjuryRecorded"]}, "authority": "local choice: usual practice", "b": "ReviewHeld", "enforcement": "WARN", "id": "force-reviewed", "template": "response", "within": "10 business days"}, {"a": "TeamUnavailable", "authority": "local choice", "b": "TeamDispatched", "because": "If nobody can be sent, a team is found or a supervisor is told within 15 minutes.", "enforcement": "WARN", "id": "nobody-to-send", "template": "response", "unless": {"event": ["SupervisorNotified", "IncidentCancelled", "DispositionRecorded"]}, "within": "15 min"}, {"a": {"event": "CallReceived", "where": {"source": ["911", "988"]}}, "authority": "local choice", "b": "ResponderArrived", "enforcement": "OBSERVE", "id": "arrival-within-target", "template": "response", "unless": {"event": ["IncidentCancelled", "DispositionRecorded"]}, "within": "30 min"}, {"a": {"event": "PersonInvolved", "where": {"prior.contacts_90_days": {"ge": 2}}}, "authority": "CSG Justice Center: high utilizers; days local choice", "b": "CaseConferenceHeld", "because": "A third contact within 90 days leads to a case conference.", "enforcement": "WARN", "id": "third-contact-conference", "template": "response", "within": "14 d"}, {"a": {"event": ["ResponderJoined", "RoleChanged"], "where": {"role": "patrol_officer"}}, "authority": "CIT: basic know-how for those who are not CIT officers; the year is a local choice", "b": {"event": "TrainingCompleted", "where": {"training": ["basic_de_escalation", "cit"]}}, "because": "Every patrol officer has basic de-escalation within a year of joining.", "enforcement": "WARN", "id": "basics-within-a-year", "on": "responder", "template": "response", "unless": "ResponderLeft", "within": "365 d"}, {"a": {"event": ["TrainingCompleted", "TrainingRenewed"], "where": {"training": "cit"}}, "authority": "local choice", "b": {"event": ["TrainingCompleted", "TrainingRenewed", "TrainingRevoked"], "where": {"training": "cit"}}, "because": "CIT training is renewed within 24 months.", "enforcement": "WARN", "id": "cit-renewed", "on": "responder", "template": "alternate_response", "unless": "ResponderLeft", "within": "730 d"}, {"a": {"event": "ShiftStarted", "where": {"on_call": false}}, "authority": "local choice", "b": "ShiftEnded", "because": "Nobody is on shift for more than 12 hours.", "enforcement": "WARN", "id": "shift-of-twelve-hours", "on": "responder", "template": "response", "unless": "ResponderLeft", "within": "12 h"}, {"a": {"event": "CriticalIncidentAttended", "where": {"kind": ["death", "death_of_child", "death_of_colleague"]}}, "authority": "local choice", "b": "CheckInHeld", "because": "After a death on scene somebody checks in with each responder within three days.", "enforcement": "WARN", "id": "check-in-after-a-death", "on": "responder", "template": "response", "unless": "ResponderLeft", "within": "3 d"}], "program": {"authority": "Compton et al. 2010 (PMC2990634); CIT International best-practice guide 2019", "id": "cit", "natures": ["suicide_threat", "suicide_attempt", "psychosis", "mental_health_crisis", "welfare_check", "disturbance", "overdose", "homelessness"], "title": "Crisis Intervention Team", "version": "4"}, "tier": [{"authority": "CIT; co-response", "id": "cit-officer-with-clinician", "model": "primary_co_response", "seats": [{"hours": 40, "role": "cit_officer", "training": ["cit"]}, {"role": "clinician", "training": ["mental_health_license"]}], "title": "CIT officer with a clinician"}, {"authority": "CIT", "id": "cit-officer-clinician-by-phone", "model": "telehealth", "seats": [{"hours": 40, "role": "cit_officer", "training": ["cit"]}, {"presence": "phone", "role": "clinician", "training": ["mental_health_license"]}], "title": "CIT officer with a clinician by phone"}, {"authority": "Compton et al. 2010: dispatchers send a CIT officer", "id": "cit-officer", "model": "cit_response", "seats": [{"hours": 40, "role": "cit_officer", "training": ["cit"]}], "title": "CIT officer"}, {"authority": "local choice: every officer who goes knows basic de-escalation", "id": "trained-officer-with-expert", "model": "telehealth", "seats": [{"role": ["patrol_officer", "cit_officer", "supervisor"], "training": ["basic_de_escalation"]}], "title": "Officer with basic de-escalation, who reaches the mental-health expert"}], "training": [{"authority": "Compton et al. 2010: 40 hours; CIT International 2019; months local choice", "hours": 40, "id": "cit", "renewed_by": ["cit_refresher"], "skills": ["active_listening", "open_ended_questions", "mirroring", "body_language", "introduce_yourself", "one_voice", "calm_tone", "personal_space", "reflect_feeling", "summarise", "paraphrase", "minimal_encouragers", "i_statements", "effective_pauses", "safety_planning"], "title": "Crisis Intervention Team, basic course", "valid": "24 months"}, {"authority": "local choice", "hours": 8, "id": "cit_refresher", "title": "Crisis Intervention Team, refresher"}, {"authority": "local choice: every officer who goes knows basic de-escalation", "id": "basic_de_escalation", "skills": ["active_listening", "calm_tone", "personal_space", "body_language"], "title": "Basic de-escalation, for every patrol officer"}]}','cf1cd412e6e685eef08bad21e568f5bde6517328b30611d351415ff32976c5d7');
CREATE TABLE coresponder_schema (
	version INTEGER NOT NULL
);
INSERT INTO "coresponder_schema" VALUES(5);
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
INSERT INTO "coresponder_vault" VALUES('default','e5ad10a89be30b1de68e9066270a7305','one','note','all','words about a day','ff472f61a198f97ada1e72f2a386633d','470851d4d39f9d6d0c2ae6334009fc0aa440f3b9c92ce2c6077d8d3ac5921358',1);
CREATE INDEX coresponder_contact_incident ON coresponder_contact (incident, agency);
CREATE INDEX coresponder_contact_unsealed ON coresponder_contact (sealed, agency) WHERE sealed = 0;
CREATE INDEX coresponder_engagement_incident ON coresponder_engagement (incident, agency);
CREATE INDEX coresponder_engagement_unsealed ON coresponder_engagement (sealed, agency) WHERE sealed = 0;
CREATE UNIQUE INDEX coresponder_event_request ON coresponder_event (agency, request) WHERE request <> '';
CREATE INDEX coresponder_incident_due ON coresponder_incident (agency, next_due) WHERE next_due IS NOT NULL;
CREATE INDEX coresponder_incident_unsealed ON coresponder_incident (sealed, agency) WHERE sealed = 0;
CREATE INDEX coresponder_outbox_given_up ON coresponder_outbox (delivered_at, agency, id) WHERE delivered_at IS NULL AND dead_at IS NOT NULL;
CREATE UNIQUE INDEX coresponder_outbox_key ON coresponder_outbox (agency, "key");
CREATE INDEX coresponder_outbox_lane ON coresponder_outbox (incident, agency, channel, id);
CREATE UNIQUE INDEX coresponder_outbox_next ON coresponder_outbox (agency, incident, channel) WHERE turn_at > '';
CREATE INDEX coresponder_outbox_turn ON coresponder_outbox (agency, channel, turn_at, id) WHERE turn_at IS NOT NULL;
CREATE INDEX coresponder_outbox_unsealed ON coresponder_outbox (sealed, agency) WHERE sealed = 0;
CREATE INDEX coresponder_outbox_waiting ON coresponder_outbox (agency, id) WHERE delivered_at IS NULL AND dead_at IS NULL;
CREATE INDEX coresponder_vault_subject ON coresponder_vault (agency, subject);
CREATE INDEX coresponder_vault_unsealed ON coresponder_vault (sealed, agency) WHERE sealed = 0;
COMMIT;
