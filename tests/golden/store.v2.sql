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
INSERT INTO "coresponder_checkpoint" VALUES('default',1,'2026-03-02T13:01:00.000000+00:00','[["one", 2, "6b0fcd6e86e98b816536e42d451ee2fcade1e808dc7e7015e5e38c91e06daac0"], ["two", 2, "b603d9d17c0d8b8463e6fb2645219960cbc93d6101afd3ca3edaf310cc4b25f0"]]','e8e1657bf7c1433fe182e5cb91684f8a5f8b2ce4611cb05f6bd643d7c952e246');
INSERT INTO "coresponder_checkpoint" VALUES('default',2,'2026-03-02T13:03:00.000000+00:00','[["one", 5, "756266703777a144c2a9d66fd079da7c3d4ed1a62907d24723cdcf2c6a607152"], ["two", 3, "8b7cde529fb8baba9cb1b07af6414c23567daae875f5f23bc8704cafddf0c0d7"]]','d825158d50cdfd3b69e232c154b010f2920693f273dd2bbbde8f34b3387eeca1');
CREATE TABLE coresponder_contact (
	agency VARCHAR(128) NOT NULL, 
	person VARCHAR(128) NOT NULL, 
	incident VARCHAR(128) NOT NULL, 
	contact_at VARCHAR(32) NOT NULL, 
	open_referrals INTEGER NOT NULL, 
	open_follow_ups INTEGER NOT NULL, 
	declined_at VARCHAR(32), 
	digest VARCHAR(64) DEFAULT '' NOT NULL, 
	PRIMARY KEY (agency, person, incident)
)
 WITHOUT ROWID;
INSERT INTO "coresponder_contact" VALUES('default','person-one','one','2026-03-02T12:00:00.000000+00:00',0,0,NULL,'bd8f08ebaeefa3d08b447b9c2bf28071498035025ee0ddd4ce1b8640fb0449c8');
INSERT INTO "coresponder_contact" VALUES('default','person-two','two','2026-03-02T12:00:00.000000+00:00',0,0,NULL,'422fd619809b513acee2fa97b67fcf6e1a3d539cccb09b8bca8eb3b2cc963172');
CREATE TABLE coresponder_engagement (
	agency VARCHAR(128) NOT NULL, 
	responder VARCHAR(128) NOT NULL, 
	incident VARCHAR(128) NOT NULL, 
	since VARCHAR(32) NOT NULL, 
	digest VARCHAR(64) DEFAULT '' NOT NULL, 
	PRIMARY KEY (agency, responder)
)
 WITHOUT ROWID;
INSERT INTO "coresponder_engagement" VALUES('default','officer-1','one','2026-03-02T13:00:00.000000+00:00','40dcdd68ce9c79d32f5be05e50b57bafcd046e370659b61f7a2aba2de7310aed');
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
INSERT INTO "coresponder_event" VALUES('default','one',1,'CallReceived',1,'2026-03-02T12:00:00.000000+00:00','2026-03-02T13:00:00.000000+00:00','{"at":"2026-03-02T12:00:00Z","by":"dispatcher-1","approximate":false,"source":"911","nature":"psychosis","priority":null,"local":[]}','f6017e5d9e90cf3e1f6875be0afbbcc3d611024f249f0ee8a086cce269494d2a');
INSERT INTO "coresponder_event" VALUES('default','one',2,'PersonInvolved',1,'2026-03-02T12:01:00.000000+00:00','2026-03-02T13:00:00.000000+00:00','{"at":"2026-03-02T12:01:00Z","by":"officer-1","approximate":false,"person":"person-one","role":"person_in_crisis","age_group":"unknown","prior":{"contacts_90_days":0,"last_contact":null,"open_referrals":0,"open_follow_ups":0,"declined_at":null,"days_since_declined":null}}','6b0fcd6e86e98b816536e42d451ee2fcade1e808dc7e7015e5e38c91e06daac0');
INSERT INTO "coresponder_event" VALUES('default','one',3,'TeamUnavailable',1,'2026-03-02T12:02:00.000000+00:00','2026-03-02T13:00:00.000000+00:00','{"at":"2026-03-02T12:02:00Z","by":"dispatcher-1","approximate":false,"missing":[]}','1b0e2f7141fef7c152c2ff75b8b102d432172c4a5786d7233c3b3f740869017a');
INSERT INTO "coresponder_event" VALUES('default','one',4,'ResponderArrived',1,'2026-03-02T12:03:00.000000+00:00','2026-03-02T13:00:00.000000+00:00','{"at":"2026-03-02T12:03:00Z","by":"officer-1","approximate":false,"responder":"officer-1","role":null}','ca85f7e7059c01c0696ee466b5b961cd3e9e32b30ebf9cb2e583bd18b8c5e332');
INSERT INTO "coresponder_event" VALUES('default','one',5,'NoteAdded',1,'2026-03-02T12:04:00.000000+00:00','2026-03-02T13:00:00.000000+00:00','{"at":"2026-03-02T12:04:00Z","by":"clinician-1","approximate":false,"entry":"002af7f98ad9b6b819f48a5a233392c3","digest":"dd26413642d8188c3aa1db9143a66d1dfdf5f8fd4b1b6e9f9c47e33fb4731e79","subject":"person-one"}','756266703777a144c2a9d66fd079da7c3d4ed1a62907d24723cdcf2c6a607152');
INSERT INTO "coresponder_event" VALUES('default','two',1,'CallReceived',1,'2026-03-02T12:00:00.000000+00:00','2026-03-02T13:00:00.000000+00:00','{"at":"2026-03-02T12:00:00Z","by":"dispatcher-1","approximate":false,"source":"911","nature":"psychosis","priority":null,"local":[]}','640c52443ffd1dcae134c347dd9081ac3f643b2984797547fecdd556bf01b6a1');
INSERT INTO "coresponder_event" VALUES('default','two',2,'PersonInvolved',1,'2026-03-02T12:01:00.000000+00:00','2026-03-02T13:00:00.000000+00:00','{"at":"2026-03-02T12:01:00Z","by":"officer-1","approximate":false,"person":"person-two","role":"person_in_crisis","age_group":"unknown","prior":{"contacts_90_days":0,"last_contact":null,"open_referrals":0,"open_follow_ups":0,"declined_at":null,"days_since_declined":null}}','b603d9d17c0d8b8463e6fb2645219960cbc93d6101afd3ca3edaf310cc4b25f0');
INSERT INTO "coresponder_event" VALUES('default','two',3,'TeamUnavailable',1,'2026-03-02T12:02:00.000000+00:00','2026-03-02T13:00:00.000000+00:00','{"at":"2026-03-02T12:02:00Z","by":"dispatcher-1","approximate":false,"missing":[]}','8b7cde529fb8baba9cb1b07af6414c23567daae875f5f23bc8704cafddf0c0d7');
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
	sealed INTEGER DEFAULT '0' NOT NULL, 
	digest VARCHAR(64) DEFAULT '' NOT NULL, 
	PRIMARY KEY (agency, incident)
)
 WITHOUT ROWID;
INSERT INTO "coresponder_incident" VALUES('default','one','cit@1','on_scene',5,'2026-03-02T12:00:00.000000+00:00',NULL,'2026-03-02T12:17:00.000000+00:00',1,'756266703777a144c2a9d66fd079da7c3d4ed1a62907d24723cdcf2c6a607152',1,'16052c6b21c4b7b994ef6d0752c0a97d6cd6b7e735de76c6d36c2b201cfc5028');
INSERT INTO "coresponder_incident" VALUES('default','two','cit@1','received',3,'2026-03-02T12:00:00.000000+00:00',NULL,'2026-03-02T12:17:00.000000+00:00',2,'8b7cde529fb8baba9cb1b07af6414c23567daae875f5f23bc8704cafddf0c0d7',1,'f8b06e77105af6f485476b25dce718b92a482394d1dc7f6a731332ddc1e33ad4');
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
	PRIMARY KEY (id)
);
INSERT INTO "coresponder_outbox" VALUES(1,'default','one','{"incident":"one","about":"TeamUnavailable","to":"supervisor","event":"TeamUnavailable","number":3,"policy":null,"channel":"","key":null,"due":null,"fields":{}}','2026-03-02T13:00:00.000000+00:00','2026-03-02T13:02:00.000000+00:00','d7a8c63cab79c7e55109e4229beffafe','',0,'2026-03-02T13:00:00.000000+00:00',NULL,NULL,'feacfbf71c9211a9a463a7afe0fd64ef812cf73e4fb23d9f0936458ce7821049');
INSERT INTO "coresponder_outbox" VALUES(2,'default','two','{"incident":"two","about":"TeamUnavailable","to":"supervisor","event":"TeamUnavailable","number":3,"policy":null,"channel":"","key":null,"due":null,"fields":{}}','2026-03-02T13:00:00.000000+00:00',NULL,'b41eed62b87abd3214801c8de45dfe93','',0,'2026-03-02T13:00:00.000000+00:00',NULL,NULL,'686ef996052d32d5eb01a9d5faeb23594681516fb92961d9fc3a34c502da03ee');
CREATE TABLE coresponder_program (
	name VARCHAR(160) NOT NULL, 
	definition TEXT NOT NULL, 
	digest VARCHAR(64) DEFAULT '' NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "coresponder_program" VALUES('cit@1','{"calendar": {"holidays": ["2026-01-01", "2026-05-25", "2026-07-03", "2026-09-07", "2026-11-26", "2026-12-25"], "time_zone": "America/Chicago"}, "notice": [{"on": "violation", "to": "supervisor"}, {"on": "TeamUnavailable", "to": "supervisor"}], "policy": [{"a": {"event": "ResponderArrived", "where": {"incident.tier": "trained-officer-with-expert"}}, "b": {"event": ["ExpertConsulted", "ClinicianEngaged"]}, "because": "If no CIT officer was free, the mental-health expert is reached within 30 minutes of arrival.", "enforcement": "WARN", "id": "expert-reached", "source": "seed; minutes local choice", "template": "response", "within": "30 min"}, {"a": {"event": "DispositionRecorded", "where": {"incident.highest_screening": ["moderate", "high"], "incident.scene.clinician": {"exists": false}, "incident.scene.expert_consulted": false, "incident.tier": "trained-officer-with-expert"}}, "because": "Without a CIT officer and without the expert, a moderate or high screen gets no disposition.", "enforcement": "BLOCK", "id": "expert-reached-before-disposition", "source": "seed: reach the mental-health expert, without further harm", "template": "absence"}, {"a": "DeEscalationAttempted", "b": {"event": ["ForceUsed", "EmergencyHoldPlaced"]}, "because": "De-escalation is attempted before force or an emergency hold, unless there is imminent danger.", "enforcement": "WARN", "id": "de-escalate-first", "source": "CIT; Seattle PD manual 16.110", "template": "precedence", "unless": "ImminentDangerSeen"}, {"a": "ContactMade", "b": "DeEscalationAttempted", "because": "Who makes contact records the techniques that were used.", "enforcement": "WARN", "id": "techniques-recorded", "source": "CIT International 2019", "template": "responded_existence"}, {"a": {"event": "Screened", "where": {"screening.level": ["moderate", "high"]}}, "b": "SceneCleared", "because": "After a moderate or high screen a clinician is engaged before the scene is cleared.", "enforcement": "WARN", "id": "screen-needs-clinician", "source": "SAMHSA crisis guidelines", "template": "not_succession", "unless": {"event": ["ClinicianEngaged", "ExpertConsulted", "PersonTransported"]}}, {"a": {"event": "Screened", "where": {"screening.level": ["moderate", "high"]}}, "b": "FollowUpDone", "because": "After a moderate or high screen there is a follow-up contact within 72 hours.", "enforcement": "WARN", "id": "screen-followed-up", "source": "SAMHSA crisis guidelines: 24 to 72 hours", "template": "response", "unless": "ConsentDeclined", "within": "72 h"}, {"a": {"event": "DispositionRecorded", "where": {"disposition": ["resolved_on_scene", "resolved_by_phone"], "incident.highest_screening": "high", "incident.scene.safety_plan": false}}, "because": "A high screen never ends as resolved without a safety plan.", "enforcement": "BLOCK", "id": "high-screen-safety-plan", "source": "derived from SAMHSA crisis guidelines", "template": "absence"}, {"a": {"event": "DispositionRecorded", "where": {"disposition": ["resolved_on_scene", "resolved_by_phone"], "incident.highest_screening": "high", "incident.scene.clinician_agreed": false}}, "because": "A high screen never ends as resolved unless a clinician agreed.", "enforcement": "BLOCK", "id": "high-screen-clinician-agrees", "source": "derived from SAMHSA crisis guidelines", "template": "absence"}, {"a": "EmergencyHoldPlaced", "b": "HandOverAccepted", "because": "After an emergency hold the receiving facility accepts the person before the incident ends.", "enforcement": "BLOCK", "id": "hold-handed-over", "per": "person", "source": "CIT: a receiving facility accepts people at all hours", "template": "response"}, {"a": "WeaponSeen", "b": {"event": "ContactMade", "where": {"role": ["clinician", "community_health_worker", "peer", "advocate"]}}, "because": "Where a weapon was seen, the scene is secured before anybody who is not sworn makes contact.", "enforcement": "WARN", "id": "weapon-scene-secured-first", "source": "CIT; St. Louis: usual practice", "template": "not_succession", "unless": "SceneSecured"}, {"a": {"event": "ConsentGiven", "where": {"scope": "services"}}, "b": "ReferralSent", "because": "Nothing is sent to a service before the person, or the guardian of a minor, consented.", "enforcement": "BLOCK", "id": "consent-before-referral", "per": "person", "source": "HIPAA; 42 CFR Part 2", "template": "precedence"}, {"a": "ConsentWithdrawn", "b": "ReferralSent", "because": "After consent is withdrawn nothing more is sent, until it is given again.", "enforcement": "BLOCK", "id": "withdrawal-stops-referral", "per": "person", "source": "42 CFR Part 2: revocation", "template": "not_succession", "unless": "ConsentGiven"}, {"a": "ReferralSent", "b": {"event": ["ReferralAccepted", "ReferralRejected"]}, "because": "A referral gets an answer within 72 hours.", "enforcement": "WARN", "id": "referral-answered", "per": "referral", "source": "SDOH Clinical Care: closed loop; 72 h local choice", "template": "response", "unless": {"event": ["ReferralDeclined", "ReferralCancelled"]}, "within": "72 h"}, {"a": "ReferralSent", "b": {"event": ["ReferralCompleted", "ReferralFailed", "ReferralRejected"]}, "because": "A referral ends with a known outcome before the incident closes.", "enforcement": "BLOCK", "id": "referral-closed-loop", "per": "referral", "source": "SDOH Clinical Care: closed loop", "template": "response", "unless": {"event": ["ReferralDeclined", "ReferralCancelled"]}}, {"a": {"event": "IncidentClosed", "where": {"incident.loose_ends": {"gt": 0}}}, "because": "An incident does not close while a referral or follow-up is open without owner and due date.", "enforcement": "BLOCK", "id": "no-loose-ends", "source": "derived from the seed article: care is followed", "template": "absence"}, {"a": {"event": ["ForceUsed", "InjuryRecorded"]}, "b": "SupervisorNotified", "enforcement": "WARN", "id": "force-told-to-supervisor", "source": "local choice: usual practice", "template": "response", "within": "1 h"}, {"a": {"event": ["ForceUsed", "InjuryRecorded"]}, "b": "ReviewHeld", "enforcement": "WARN", "id": "force-reviewed", "source": "local choice: usual practice", "template": "response", "within": "10 business days"}, {"a": "TeamUnavailable", "b": "TeamDispatched", "because": "When nobody who is available qualifies, a team is found or a supervisor is told within 15 minutes.", "enforcement": "WARN", "id": "nobody-to-send", "source": "local choice", "template": "response", "unless": {"event": ["SupervisorNotified", "IncidentCancelled", "DispositionRecorded"]}, "within": "15 min"}, {"a": {"event": "CallReceived", "where": {"source": ["911", "988"]}}, "b": "ResponderArrived", "enforcement": "OBSERVE", "id": "arrival-within-target", "source": "local choice", "template": "response", "unless": {"event": ["IncidentCancelled", "DispositionRecorded"]}, "within": "30 min"}, {"a": {"event": "PersonInvolved", "where": {"prior.contacts_90_days": {"ge": 2}}}, "b": "CaseConferenceHeld", "because": "A third contact within 90 days leads to a case conference.", "enforcement": "WARN", "id": "third-contact-conference", "source": "CSG Justice Center: high utilisers; days local choice", "template": "response", "within": "14 d"}], "program": {"id": "cit", "natures": ["suicide_threat", "suicide_attempt", "psychosis", "mental_health_crisis", "welfare_check", "disturbance", "overdose", "homelessness"], "source": "Compton et al. 2010 (PMC2990634); CIT International best-practice guide 2019", "title": "Crisis Intervention Team", "version": "1"}, "tier": [{"id": "cit-officer-with-clinician", "model": "primary_co_response", "seats": [{"hours": 40, "role": "cit_officer", "training": ["cit"]}, {"role": "clinician", "training": ["mental_health_licence"]}], "source": "CIT; co-response", "title": "CIT officer with a clinician"}, {"id": "cit-officer-clinician-by-phone", "model": "telehealth", "seats": [{"hours": 40, "role": "cit_officer", "training": ["cit"]}, {"presence": "phone", "role": "clinician", "training": ["mental_health_licence"]}], "source": "CIT", "title": "CIT officer, a clinician by phone"}, {"id": "cit-officer", "model": "cit_response", "seats": [{"hours": 40, "role": "cit_officer", "training": ["cit"]}], "source": "Compton et al. 2010: dispatchers send a CIT officer", "title": "CIT officer"}, {"id": "trained-officer-with-expert", "model": "telehealth", "seats": [{"role": ["patrol_officer", "cit_officer", "supervisor"], "training": ["basic_de_escalation"]}], "source": "seed: those who go have the basic know-how, or reach the mental-health expert", "title": "Any officer with basic de-escalation, who reaches the mental-health expert"}]}','6a75645f09e43bf3c8a6732890c8e2bdb2dd689d80b70a8b5b9c96dc3a4887c4');
CREATE TABLE coresponder_schema (
	version INTEGER NOT NULL
);
INSERT INTO "coresponder_schema" VALUES(2);
CREATE TABLE coresponder_vault (
	agency VARCHAR(128) NOT NULL, 
	id VARCHAR(128) NOT NULL, 
	subject VARCHAR(128) NOT NULL, 
	kind VARCHAR(80) NOT NULL, 
	audience VARCHAR(80) NOT NULL, 
	text TEXT NOT NULL, 
	salt VARCHAR(32) DEFAULT '' NOT NULL, 
	digest VARCHAR(64) DEFAULT '' NOT NULL, 
	PRIMARY KEY (agency, id)
);
INSERT INTO "coresponder_vault" VALUES('default','002af7f98ad9b6b819f48a5a233392c3','person-one','note','all','words about a day','de98e93ad94dee5d914e5399aae20f3d','15f841f23f0781891efbfdd648cec8cd5d7c38d562e4f36d8fb7ff93e511e28c');
CREATE INDEX coresponder_incident_due ON coresponder_incident (agency, next_due) WHERE next_due IS NOT NULL;
CREATE UNIQUE INDEX coresponder_outbox_key ON coresponder_outbox (agency, "key");
CREATE INDEX coresponder_outbox_waiting ON coresponder_outbox (agency, incident, channel, id) WHERE delivered_at IS NULL AND dead_at IS NULL;
CREATE INDEX coresponder_vault_subject ON coresponder_vault (agency, subject);
COMMIT;
