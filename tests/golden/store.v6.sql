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
INSERT INTO "coresponder_checkpoint" VALUES('default',1,'2026-03-02T13:00:00.000000+00:00','{"coresponder_incident": [["one", 4, "20748ca74450498f694e4bc1e8455017c87b495b8231c2d62dd5d4004219f460"], ["two", 1, "cff9c10543eb1f08302c2aeaaff3bf5cd66ab651bfa57fca46b3060235787e68"]], "coresponder_contact": [["person-one", "one"]], "coresponder_outbox": [["d7a8c63cab79c7e55109e4229beffafe", 1, "cfc5c4ccad7b794604c716d7820f604312a74609a10730bf41ced9fb1ea6f99a", null]], "coresponder_vault": [["513e77bb7504ddeb22d60910b123b199", "e31566efa2617ebdf458f0c71265eff13892603c2a4972509344497ab2afcc87"]], "coresponder_program": [["cit@5", "7733831bcab067a531c7751c0135321b1dd8d847c6a7f04e44d9363ff8de8c74"]]}','d2648dbc957059c02c7775b76b2cbc8620566bf9ca707625c942cab42f5700ed');
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
INSERT INTO "coresponder_event" VALUES('default','one',1,'CallReceived',1,'2026-03-02T12:00:00.000000+00:00','2026-03-02T13:00:00.000000+00:00','{"at":"2026-03-02T12:00:00Z","by":"dispatcher-1","approximate":false,"source":"911","nature":"psychosis","priority":null,"local":[]}','1ef3c18a07b05b1d5adf550607a7e3e0186000306a895b8b0b9b30ad7ed837a0','10c8a3b297e145d6b8b2006da6f5005b');
INSERT INTO "coresponder_event" VALUES('default','one',2,'PersonInvolved',1,'2026-03-02T12:01:00.000000+00:00','2026-03-02T13:00:00.000000+00:00','{"at":"2026-03-02T12:01:00Z","by":"officer-1","approximate":false,"person":"person-one","role":"person_in_crisis","age_group":"unknown","prior":{"contacts_90_days":0,"last_contact":null,"open_referrals":0,"open_follow_ups":0,"declined_at":null,"days_since_declined":null}}','6345e0bcf52f7289e3289ba6afc31979436a16977ea2ce094f0ed0df87656529','ef6e9de417ca445dbb89bdce1a3eb99c');
INSERT INTO "coresponder_event" VALUES('default','one',3,'TeamUnavailable',1,'2026-03-02T12:02:00.000000+00:00','2026-03-02T13:00:00.000000+00:00','{"at":"2026-03-02T12:02:00Z","by":"dispatcher-1","approximate":false,"missing":[]}','72aba811872421f0bddc12ef2773008cf6430298e951abedc7b0ace83525aeb7','e3711b4684714c79bc8e88a2b7a1b1a4');
INSERT INTO "coresponder_event" VALUES('default','one',4,'NoteAdded',1,'2026-03-02T12:04:00.000000+00:00','2026-03-02T13:00:00.000000+00:00','{"at":"2026-03-02T12:04:00Z","by":"clinician-1","approximate":false,"entry":"513e77bb7504ddeb22d60910b123b199","digest":"7d6a871fb1eaeb4d965edf65aee23ed971924e56dcc58813e3f5888eb83156f8","subject":null}','20748ca74450498f694e4bc1e8455017c87b495b8231c2d62dd5d4004219f460','79a53ffa9fc3441ca9b4978820dab033');
INSERT INTO "coresponder_event" VALUES('default','two',1,'CallReceived',1,'2026-03-02T12:00:00.000000+00:00','2026-03-02T13:00:00.000000+00:00','{"at":"2026-03-02T12:00:00Z","by":"dispatcher-1","approximate":false,"source":"911","nature":"psychosis","priority":null,"local":[]}','cff9c10543eb1f08302c2aeaaff3bf5cd66ab651bfa57fca46b3060235787e68','141a02ccf79b49f9b1e96a18cc56ee41');
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
	digest VARCHAR(64) DEFAULT '' NOT NULL, 
	sealed INTEGER DEFAULT '0' NOT NULL, 
	PRIMARY KEY (agency, incident)
)
 WITHOUT ROWID;
INSERT INTO "coresponder_incident" VALUES('default','one','cit@5','received',4,'2026-03-02T12:00:00.000000+00:00',NULL,'2026-03-02T12:17:00.000000+00:00',2,'20748ca74450498f694e4bc1e8455017c87b495b8231c2d62dd5d4004219f460','psychosis','2026-03-02T12:17:00.000000+00:00','fa122ff38e6f84f89a773f3cd9061dc3de118f00451b3d6959ffecd4d768c9fc',1);
INSERT INTO "coresponder_incident" VALUES('default','two','cit@5','received',1,'2026-03-02T12:00:00.000000+00:00',NULL,'2026-03-02T12:30:00.000000+00:00',1,'cff9c10543eb1f08302c2aeaaff3bf5cd66ab651bfa57fca46b3060235787e68','psychosis','2026-03-02T12:30:00.000000+00:00','66527188cd60f72c9d279601e0b65d10d8bd17f0ea7476b366c50456fe2ac284',1);
CREATE TABLE coresponder_obligation (
	agency VARCHAR(128) NOT NULL, 
	incident VARCHAR(128) NOT NULL, 
	policy TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	due VARCHAR(32) NOT NULL, 
	since VARCHAR(32), 
	tell_at VARCHAR(32), 
	PRIMARY KEY (agency, incident, policy, "key")
)
 WITHOUT ROWID;
INSERT INTO "coresponder_obligation" VALUES('default','one','arrival-within-target','','2026-03-02T12:30:00.000000+00:00','2026-03-02T12:00:00.000000+00:00',NULL);
INSERT INTO "coresponder_obligation" VALUES('default','one','nobody-to-send','','2026-03-02T12:17:00.000000+00:00','2026-03-02T12:02:00.000000+00:00','2026-03-02T12:17:00.000001+00:00');
INSERT INTO "coresponder_obligation" VALUES('default','two','arrival-within-target','','2026-03-02T12:30:00.000000+00:00','2026-03-02T12:00:00.000000+00:00',NULL);
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
CREATE TABLE coresponder_program (
	name VARCHAR(160) NOT NULL, 
	definition TEXT NOT NULL, 
	digest VARCHAR(64) DEFAULT '' NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "coresponder_program" VALUES('cit@5','{"calendar": {"holidays": ["2026-01-01", "2026-05-25", "2026-07-03", "2026-09-07", "2026-11-26", "2026-12-25"], "time_zone": "America/Chicago"}, "notice": [{"on": "violation", "to": "supervisor"}, {"fields": ["what"], "on": "overdue", "to": "supervisor"}, {"on": "TeamUnavailable", "to": "supervisor"}], "policy": [{"a": {"event": "ResponderArrived", "where": {"incident.tier": "trained-officer-with-expert"}}, "authority": "local choice", "b": {"event": ["ExpertConsulted", "ClinicianEngaged"]}, "because": "Without a CIT officer, the expert is reached within 30 minutes of arrival.", "enforcement": "WARN", "id": "expert-reached", "template": "response", "within": "30 min"}, {"a": {"event": "DispositionRecorded", "where": {"incident.highest_screening": ["moderate", "high"], "incident.scene.clinician": {"exists": false}, "incident.scene.expert_consulted": false, "incident.tier": "trained-officer-with-expert"}}, "authority": "local choice", "because": "Without a CIT officer or the expert, a moderate or high screen gets no disposition.", "enforcement": "BLOCK", "id": "expert-reached-before-disposition", "template": "absence"}, {"a": "DeEscalationAttempted", "authority": "CIT; Seattle PD manual 16.110", "b": {"event": ["ForceUsed", "EmergencyHoldPlaced"]}, "because": "Unless there is imminent danger, de-escalation comes before force or an emergency hold.", "enforcement": "WARN", "id": "de-escalate-first", "template": "precedence", "unless": "ImminentDangerSeen"}, {"a": "ContactMade", "authority": "CIT International 2019", "b": "DeEscalationAttempted", "because": "The responder who makes contact records the techniques used.", "enforcement": "WARN", "id": "techniques-recorded", "template": "responded_existence"}, {"a": {"event": "Screened", "where": {"screening.level": ["moderate", "high"]}}, "authority": "SAMHSA crisis guidelines", "b": "SceneCleared", "because": "After a moderate or high screen a clinician is engaged before the scene is cleared.", "enforcement": "WARN", "id": "screen-needs-clinician", "template": "not_succession", "unless": {"event": ["ClinicianEngaged", "ExpertConsulted", "PersonTransported"]}}, {"a": {"event": "Screened", "where": {"screening.level": ["moderate", "high"]}}, "authority": "SAMHSA crisis guidelines: 24 to 72 hours", "b": "FollowUpDone", "because": "After a moderate or high screen there is a follow-up contact within 72 hours.", "enforcement": "WARN", "id": "screen-followed-up", "template": "response", "unless": "ConsentDeclined", "within": "72 h"}, {"a": {"event": "DispositionRecorded", "where": {"disposition": ["resolved_on_scene", "resolved_by_phone"], "incident.highest_screening": "high", "incident.scene.safety_plan": false}}, "authority": "derived from SAMHSA crisis guidelines", "because": "A high screen never ends as resolved without a safety plan.", "enforcement": "BLOCK", "id": "high-screen-safety-plan", "template": "absence"}, {"a": {"event": "DispositionRecorded", "where": {"disposition": ["resolved_on_scene", "resolved_by_phone"], "incident.highest_screening": "high", "incident.scene.clinician_agreed": false}}, "authority": "derived from SAMHSA crisis guidelines", "because": "A high screen never ends as resolved unless a clinician agrees.", "enforcement": "BLOCK", "id": "high-screen-clinician-agrees", "template": "absence"}, {"a": {"event": "DispositionRecorded", "where": {"disposition": "no_mental_health_need", "incident.highest_screening": ["moderate", "high"]}}, "authority": "derived from SAMHSA crisis guidelines", "because": "After a moderate or high screen, no contact ends as \u201cno mental-health need\u201d.", "enforcement": "BLOCK", "id": "screen-shows-a-need", "template": "absence"}, {"a": "EmergencyHoldPlaced", "authority": "CIT: a receiving facility accepts people at all hours", "b": "HandOverAccepted", "because": "After an emergency hold, a facility accepts the person before the incident ends.", "enforcement": "BLOCK", "id": "hold-handed-over", "per": "person", "template": "response"}, {"a": "ArrivedAtFacility", "authority": "CIT International 2019: officers return to duty quickly; the hour is a local choice", "b": "HandOverAccepted", "because": "A facility accepts a person within an hour of their arrival.", "enforcement": "WARN", "id": "facility-accepts-within-the-hour", "per": "person", "template": "response", "within": "1 h"}, {"a": "EmergencyHoldPlaced", "authority": "local choice: in California (5150) the officer is responsible until then", "b": "ResponderBackInService", "because": "After an emergency hold, the responder stays until the facility accepts the person.", "enforcement": "WARN", "id": "stay-until-accepted", "per": "person", "template": "not_succession", "unless": "HandOverAccepted"}, {"a": {"event": "PersonTransported", "where": {"restrained": true, "voluntary": true}}, "authority": "local choice", "because": "A person who goes of their own will is not restrained.", "enforcement": "WARN", "id": "no-restraints-on-volunteers", "template": "absence"}, {"a": {"event": "MedicalAidGiven", "where": {"aid": "naloxone"}}, "authority": "NIDA: naloxone is active for 30 to 90 minutes; the half hour is a local choice", "b": "MedicallyEvaluated", "because": "After naloxone a person is medically evaluated within 30 minutes, or refuses it.", "enforcement": "WARN", "id": "evaluated-after-naloxone", "per": "person", "template": "response", "unless": "MedicalCareDeclined", "within": "30 min"}, {"a": {"event": ["ChargeableOffenseFound", "WarrantFound"]}, "authority": "LEAD: diversion is in lieu of an arrest; otherwise it is deflection", "b": {"event": "AlternativeOffered", "where": {"alternative": ["diversion", "citation"]}}, "because": "A diversion or citation is offered only to a person who could be arrested.", "enforcement": "WARN", "id": "diversion-needs-grounds", "per": "person", "template": "precedence"}, {"a": "WeaponSeen", "authority": "CIT; St. Louis: usual practice", "b": {"event": "ContactMade", "where": {"role": ["clinician", "community_health_worker", "peer", "advocate"]}}, "because": "If a weapon is seen, the scene is secured before a non-sworn responder makes contact.", "enforcement": "WARN", "id": "weapon-scene-secured-first", "template": "not_succession", "unless": "SceneSecured"}, {"a": {"event": "ConsentGiven", "where": {"scope": "services"}}, "authority": "HIPAA; 42 CFR Part 2", "b": "ReferralSent", "because": "No referral is sent before the person, or a minor''s guardian, consents.", "enforcement": "BLOCK", "id": "consent-before-referral", "per": "person", "template": "precedence"}, {"a": "ConsentWithdrawn", "authority": "42 CFR Part 2: revocation", "b": "ReferralSent", "because": "After consent is withdrawn, no referral is sent until it is given again.", "enforcement": "BLOCK", "id": "withdrawal-stops-referral", "per": "person", "template": "not_succession", "unless": "ConsentGiven"}, {"a": "ReferralSent", "authority": "SDOH Clinical Care: closed loop; 72 h local choice", "b": {"event": ["ReferralAccepted", "ReferralRejected"]}, "because": "A referral gets an answer within 72 hours.", "enforcement": "WARN", "id": "referral-answered", "per": "referral", "template": "response", "unless": {"event": ["ReferralDeclined", "ReferralCancelled"]}, "within": "72 h"}, {"a": "ReferralSent", "authority": "SDOH Clinical Care: closed loop", "b": {"event": ["ReferralCompleted", "ReferralFailed", "ReferralRejected"]}, "because": "A referral ends with a known outcome before the incident closes.", "enforcement": "BLOCK", "id": "referral-closed-loop", "per": "referral", "template": "response", "unless": {"event": ["ReferralDeclined", "ReferralCancelled"]}}, {"a": {"event": "IncidentClosed", "where": {"incident.loose_ends": {"gt": 0}}}, "authority": "local choice: care is followed until its outcome is known", "because": "No incident closes while an open referral or follow-up lacks an owner or a due date.", "enforcement": "BLOCK", "id": "no-loose-ends", "template": "absence"}, {"a": {"event": ["ForceUsed", "InjuryRecorded"]}, "authority": "local choice: usual practice", "b": "SupervisorNotified", "enforcement": "WARN", "id": "force-told-to-supervisor", "template": "response", "within": "1 h"}, {"a": {"event": ["ForceUsed", "InjuryRecorded"]}, "authority": "local choice: usual practice", "b": "ReviewHeld", "enforcement": "WARN", "id": "force-reviewed", "template": "response", "within": "10 business days"}, {"a": "TeamUnavailable", "authority": "local choice", "b": "TeamDispatched", "because": "If nobody can be sent, a team is found or a supervisor is told within 15 minutes.", "enforcement": "WARN", "id": "nobody-to-send", "template": "response", "unless": {"event": ["SupervisorNotified", "IncidentCancelled", "DispositionRecorded"]}, "within": "15 min"}, {"a": {"event": "CallReceived", "where": {"source": ["911", "988"]}}, "authority": "local choice", "b": "ResponderArrived", "enforcement": "OBSERVE", "id": "arrival-within-target", "template": "response", "unless": {"event": ["IncidentCancelled", "DispositionRecorded"]}, "within": "30 min"}, {"a": {"event": "PersonInvolved", "where": {"prior.contacts_90_days": {"ge": 2}}}, "authority": "CSG Justice Center: high utilizers; days local choice", "b": "CaseConferenceHeld", "because": "A third contact within 90 days leads to a case conference.", "enforcement": "WARN", "id": "third-contact-conference", "template": "response", "within": "14 d"}, {"a": {"event": ["ResponderJoined", "RoleChanged"], "where": {"role": "patrol_officer"}}, "authority": "CIT: basic know-how for those who are not CIT officers; the year is a local choice", "b": {"event": "TrainingCompleted", "where": {"training": ["basic_de_escalation", "cit"]}}, "because": "Every patrol officer has basic de-escalation within a year of joining.", "enforcement": "WARN", "id": "basics-within-a-year", "on": "responder", "template": "response", "unless": "ResponderLeft", "within": "365 d"}, {"a": {"event": ["TrainingCompleted", "TrainingRenewed"], "where": {"training": "cit"}}, "authority": "local choice", "b": {"event": ["TrainingCompleted", "TrainingRenewed", "TrainingRevoked"], "where": {"training": "cit"}}, "because": "CIT training is renewed within 24 months.", "enforcement": "WARN", "id": "cit-renewed", "on": "responder", "template": "alternate_response", "unless": "ResponderLeft", "within": "730 d"}, {"a": {"event": "ShiftStarted", "where": {"on_call": false}}, "authority": "local choice", "b": "ShiftEnded", "because": "Nobody is on shift for more than 12 hours.", "enforcement": "WARN", "id": "shift-of-twelve-hours", "on": "responder", "template": "response", "unless": "ResponderLeft", "within": "12 h"}, {"a": {"event": "CriticalIncidentAttended", "where": {"kind": ["death", "death_of_child", "death_of_colleague"]}}, "authority": "local choice", "b": "CheckInHeld", "because": "After a death on scene somebody checks in with each responder within three days.", "enforcement": "WARN", "id": "check-in-after-a-death", "on": "responder", "template": "response", "unless": "ResponderLeft", "within": "3 d"}], "program": {"authority": "Compton et al. 2010 (PMC2990634); CIT International best-practice guide 2019", "id": "cit", "natures": ["suicide_threat", "suicide_attempt", "psychosis", "mental_health_crisis", "welfare_check", "disturbance", "overdose", "homelessness", "self_harm", "intoxication", "substance_use", "dementia", "developmental_disability", "postpartum_crisis"], "title": "Crisis Intervention Team", "version": "5"}, "tier": [{"authority": "CIT; co-response", "id": "cit-officer-with-clinician", "model": "primary_co_response", "seats": [{"hours": 40, "role": "cit_officer", "training": ["cit"]}, {"role": "clinician", "training": ["mental_health_license"]}], "title": "CIT officer with a clinician"}, {"authority": "CIT", "id": "cit-officer-clinician-by-phone", "model": "telehealth", "seats": [{"hours": 40, "role": "cit_officer", "training": ["cit"]}, {"presence": "phone", "role": "clinician", "training": ["mental_health_license"]}], "title": "CIT officer with a clinician by phone"}, {"authority": "Compton et al. 2010: dispatchers send a CIT officer", "id": "cit-officer", "model": "cit_response", "seats": [{"hours": 40, "role": "cit_officer", "training": ["cit"]}], "title": "CIT officer"}, {"authority": "local choice: every officer who goes knows basic de-escalation", "id": "trained-officer-with-expert", "model": "telehealth", "seats": [{"role": ["patrol_officer", "cit_officer", "supervisor"], "training": ["basic_de_escalation"]}], "title": "Officer with basic de-escalation, who reaches the mental-health expert"}], "training": [{"authority": "Compton et al. 2010: 40 hours; CIT International 2019; months local choice", "hours": 40, "id": "cit", "renewed_by": ["cit_refresher"], "skills": ["active_listening", "open_ended_questions", "mirroring", "body_language", "introduce_yourself", "one_voice", "calm_tone", "personal_space", "reflect_feeling", "summarise", "paraphrase", "minimal_encouragers", "i_statements", "effective_pauses", "safety_planning"], "title": "Crisis Intervention Team, basic course", "valid": "24 months"}, {"authority": "local choice", "hours": 8, "id": "cit_refresher", "title": "Crisis Intervention Team, refresher"}, {"authority": "local choice: every officer who goes knows basic de-escalation", "id": "basic_de_escalation", "skills": ["active_listening", "calm_tone", "personal_space", "body_language"], "title": "Basic de-escalation, for every patrol officer"}]}','7733831bcab067a531c7751c0135321b1dd8d847c6a7f04e44d9363ff8de8c74');
CREATE TABLE coresponder_schema (
	version INTEGER NOT NULL
);
INSERT INTO "coresponder_schema" VALUES(6);
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
	PRIMARY KEY (agency, id)
);
INSERT INTO "coresponder_vault" VALUES('default','513e77bb7504ddeb22d60910b123b199','one','note','all','words about a day','682a685ce97fa8f8e30e0c4ad8443ae0','e31566efa2617ebdf458f0c71265eff13892603c2a4972509344497ab2afcc87',1);
CREATE INDEX coresponder_contact_incident ON coresponder_contact (incident, agency);
CREATE INDEX coresponder_contact_unsealed ON coresponder_contact (sealed, agency) WHERE sealed = 0;
CREATE INDEX coresponder_engagement_incident ON coresponder_engagement (incident, agency);
CREATE INDEX coresponder_engagement_unsealed ON coresponder_engagement (sealed, agency) WHERE sealed = 0;
CREATE UNIQUE INDEX coresponder_event_request ON coresponder_event (agency, request) WHERE request <> '';
CREATE INDEX coresponder_incident_nature_opened ON coresponder_incident (agency, nature, opened_at, incident);
CREATE INDEX coresponder_incident_nature_owes ON coresponder_incident (agency, nature, first_due, incident) WHERE first_due IS NOT NULL;
CREATE INDEX coresponder_incident_opened ON coresponder_incident (agency, opened_at, incident);
CREATE INDEX coresponder_incident_owes ON coresponder_incident (agency, first_due, incident) WHERE first_due IS NOT NULL;
CREATE INDEX coresponder_incident_state_opened ON coresponder_incident (agency, state, opened_at, incident);
CREATE INDEX coresponder_incident_state_owes ON coresponder_incident (agency, state, first_due, incident) WHERE first_due IS NOT NULL;
CREATE INDEX coresponder_incident_unsealed ON coresponder_incident (sealed, agency) WHERE sealed = 0;
CREATE INDEX coresponder_obligation_due ON coresponder_obligation (agency, due, incident, policy, "key");
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
CREATE INDEX coresponder_vault_subject ON coresponder_vault (agency, subject);
CREATE INDEX coresponder_vault_unsealed ON coresponder_vault (sealed, agency) WHERE sealed = 0;
COMMIT;
