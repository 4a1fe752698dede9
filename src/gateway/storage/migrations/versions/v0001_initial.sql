-- INVARIANT: content of a person is only ever stored under that identity's data key;
-- identifiers are only ever stored as keyed HMACs. Times are microseconds since 1970, UTC.

-- Which keys this database was made with: a keyed mark, from which nothing can be told.
CREATE TABLE installation (mark TEXT NOT NULL);

CREATE TABLE organization (
  id TEXT PRIMARY KEY,
  ods TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  agreement_from INTEGER,          -- a current sharing agreement; NULL: none, so no recipient
  agreement_to INTEGER
);

CREATE TABLE client (
  id TEXT PRIMARY KEY,
  organization TEXT NOT NULL REFERENCES organization(id),
  name TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('service', 'portal', 'officer')),
  jwks TEXT,                       -- JSON Web Key Set, or
  jwks_url TEXT,                   -- where to fetch it
  scopes TEXT NOT NULL,            -- space separated
  purposes TEXT NOT NULL,          -- space separated v3 ActReason codes
  asserts_users INTEGER NOT NULL DEFAULT 0,
  basis TEXT,
  disabled INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE used_assertion (client TEXT NOT NULL, jti TEXT NOT NULL, expires INTEGER NOT NULL,
  PRIMARY KEY (client, jti));
CREATE TABLE revoked_token (token TEXT PRIMARY KEY, expires INTEGER NOT NULL);

-- One organisation's Patient. `person` is the keyed HMAC of NHS number and birth date, or of the
-- identity itself where either is missing: equal persons are joined.
CREATE TABLE identity (
  id INTEGER PRIMARY KEY,
  patient TEXT NOT NULL UNIQUE,    -- id of the Patient resource
  organization TEXT NOT NULL,
  person BLOB NOT NULL,
  number BLOB,                     -- keyed HMAC of the NHS number
  key BLOB NOT NULL                -- data key, wrapped by the key-encryption key
);
CREATE INDEX identity_person ON identity(person, organization);
CREATE INDEX identity_number ON identity(number);

-- The current version of each resource, with what consents and searches ask about.
CREATE TABLE resource (
  rid INTEGER PRIMARY KEY,
  type TEXT NOT NULL,
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  author TEXT NOT NULL,            -- organisation id
  author_role TEXT NOT NULL,       -- service, portal: in which role it was written
  identity INTEGER,                -- whose key holds the content; NULL: concerns no person
  several INTEGER NOT NULL,        -- 1: concerns more than one person
  topics INTEGER NOT NULL,
  level INTEGER NOT NULL,
  pending INTEGER NOT NULL,
  ceiling INTEGER NOT NULL,
  dated_from INTEGER,
  dated_to INTEGER,
  updated INTEGER NOT NULL,
  deleted INTEGER NOT NULL DEFAULT 0,
  content BLOB NOT NULL,
  UNIQUE (type, id)
);

-- Earlier versions, as they were.
CREATE TABLE former (
  rid INTEGER NOT NULL,
  version INTEGER NOT NULL,
  topics INTEGER NOT NULL,
  level INTEGER NOT NULL,
  pending INTEGER NOT NULL,
  ceiling INTEGER NOT NULL,
  updated INTEGER NOT NULL,
  content BLOB NOT NULL,
  PRIMARY KEY (rid, version)
);

-- Which identities a resource concerns. `element` is the search name of the reference
-- (patient, subject, for) or '' for any other place.
CREATE TABLE concern (
  identity INTEGER NOT NULL,
  type TEXT NOT NULL,
  element TEXT NOT NULL,
  updated INTEGER NOT NULL,
  several INTEGER NOT NULL,        -- 1: the resource concerns more than one person
  rid INTEGER NOT NULL
);
CREATE INDEX concern_identity ON concern(identity, type, element, updated, rid);
CREATE INDEX concern_several ON concern(identity, rid) WHERE several = 1;
CREATE INDEX concern_rid ON concern(rid);

-- What consents may ask beyond columns: kind is class, code, text, source, reference; and needs,
-- with an empty value, where the resource cannot be without what it refers to.
CREATE TABLE fact (
  rid INTEGER NOT NULL,
  kind TEXT NOT NULL,
  value TEXT NOT NULL              -- classes and references plain, all else a keyed HMAC
);
CREATE INDEX fact_rid ON fact(rid, kind, value);
CREATE INDEX fact_value ON fact(kind, value, rid);

-- A referral's Task and ServiceRequest reach their owner by delivery.
CREATE TABLE delivery (organization TEXT NOT NULL, rid INTEGER NOT NULL,
  PRIMARY KEY (organization, rid));
CREATE INDEX delivery_rid ON delivery(rid);

-- Search indexes. Tokens are keyed HMACs, references plain.
CREATE TABLE token_index (
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  type TEXT NOT NULL,
  author TEXT NOT NULL,
  rid INTEGER NOT NULL
);
CREATE INDEX token_value ON token_index(name, value, type, author);
CREATE INDEX token_rid ON token_index(rid, name, value);
CREATE TABLE date_index (rid INTEGER NOT NULL, name TEXT NOT NULL, low INTEGER NOT NULL,
  high INTEGER NOT NULL);
CREATE INDEX date_rid ON date_index(rid, name, low, high);

-- What the gateway wrote for a referral on the person's word, and which Task ends it.
CREATE TABLE attested (consent TEXT NOT NULL, task TEXT NOT NULL, ended INTEGER,
  PRIMARY KEY (consent, task));

-- What an officer has to look at: kind, the resource it is about, when.
CREATE TABLE queue (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, about TEXT NOT NULL,
  at INTEGER NOT NULL, done INTEGER);

-- The log. `entry` is canonical JSON without clinical content; `leaf` its RFC 6962 leaf hash.
CREATE TABLE audit (
  position INTEGER PRIMARY KEY,    -- 0, 1, 2 ...
  id TEXT NOT NULL UNIQUE,         -- id of the AuditEvent
  at INTEGER NOT NULL,
  organization TEXT NOT NULL,
  entry BLOB NOT NULL,
  leaf BLOB NOT NULL
);
CREATE INDEX audit_at ON audit(at);
CREATE TABLE audit_entity (entity TEXT NOT NULL, position INTEGER NOT NULL,
  PRIMARY KEY (entity, position)) WITHOUT ROWID;
CREATE TABLE audit_person (person BLOB NOT NULL, position INTEGER NOT NULL,
  PRIMARY KEY (person, position)) WITHOUT ROWID;
CREATE TABLE checkpoint (
  size INTEGER PRIMARY KEY,
  note TEXT NOT NULL,              -- C2SP signed note
  frontier BLOB NOT NULL           -- the full subtrees' hashes, largest first
);
