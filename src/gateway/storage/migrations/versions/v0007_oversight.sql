-- Emergency access: one practitioner, one person, some hours. `person` is whom the organisation's
-- Patient meant when it began: a Patient that is corrected to someone else ends it.
CREATE TABLE emergency (
  id TEXT PRIMARY KEY,
  organization TEXT NOT NULL,      -- organisation id
  practitioner TEXT NOT NULL,      -- system|value
  practitioner_name TEXT,
  identity INTEGER NOT NULL,       -- the organisation's own Patient
  person BLOB NOT NULL,
  reason TEXT NOT NULL,
  began INTEGER NOT NULL,
  until INTEGER NOT NULL,
  ended INTEGER,                   -- when an officer ended it before its time
  ended_by TEXT
);
CREATE INDEX emergency_practitioner ON emergency(practitioner, began);

-- What an officer has to look at also says whose doing it is, and who dealt with it, how.
ALTER TABLE queue ADD COLUMN organization TEXT;
ALTER TABLE queue ADD COLUMN practitioner TEXT;
ALTER TABLE queue ADD COLUMN done_by TEXT;
ALTER TABLE queue ADD COLUMN note TEXT;
CREATE INDEX queue_about ON queue(kind, about);

-- What a person is to be told by the channel they called safe: kept until something sends it.
CREATE TABLE to_tell (id INTEGER PRIMARY KEY, identity INTEGER NOT NULL, kind TEXT NOT NULL,
  about TEXT NOT NULL, at INTEGER NOT NULL, told INTEGER);

-- Officers by the name they sign in with: as which practitioner they may work elsewhere, for which
-- organisation, and whether they are a Caldicott Guardian.
CREATE TABLE officer (
  name TEXT PRIMARY KEY,
  practitioner TEXT UNIQUE,        -- system|value
  organization TEXT,               -- organisation id
  guardian INTEGER NOT NULL DEFAULT 0,
  ended INTEGER
);

-- A disclosure without consent: a named list for a named recipient, once. Nothing is ever deleted.
CREATE TABLE disclosure (
  id TEXT PRIMARY KEY,
  recipient TEXT NOT NULL,         -- organisation id
  basis TEXT NOT NULL,             -- code of CodeSystem/disclosure-basis
  reason TEXT NOT NULL,
  untold TEXT,                     -- why telling the person would cause harm; NULL: they are told
  proposed_by TEXT NOT NULL,
  proposed INTEGER NOT NULL,
  agreed_by TEXT,
  agreed INTEGER,
  until INTEGER,                   -- the recipient may fetch it before then
  withdrawn_by TEXT,
  withdrawn INTEGER,
  fetched INTEGER
);
CREATE TABLE disclosure_item (
  disclosure TEXT NOT NULL,
  rid INTEGER NOT NULL,
  version INTEGER NOT NULL,        -- as it was when it was listed: what changed since stays here
  PRIMARY KEY (disclosure, rid)
);
