-- What a service recorded on a person's spoken word, from when it first counted. Its permits count
-- until then, or until the person has said that it is right. Written only together with a version
-- of the Consent.
CREATE TABLE spoken (
  consent TEXT PRIMARY KEY,
  until INTEGER NOT NULL,
  confirmed INTEGER
);
INSERT INTO spoken(consent, until)
  SELECT r.id, coalesce((SELECT min(f.updated) FROM former f WHERE f.rid = r.rid), r.updated)
    + 2592000000000
  FROM resource r WHERE r.type = 'Consent' AND r.author_role = 'service';

-- Who may decide with or for a person, on which ground. Never deleted, only ended. `person` is whom
-- the Patient meant when it was recorded: one that is corrected to someone else ends it.
CREATE TABLE delegate (
  id TEXT PRIMARY KEY,
  identity INTEGER NOT NULL,       -- any Patient of the person
  person BLOB NOT NULL,
  subject TEXT NOT NULL,           -- keyed HMAC of the delegate's identifier
  basis TEXT NOT NULL,
  since INTEGER NOT NULL,
  until INTEGER,                   -- NULL: until it is ended
  sealed BLOB NOT NULL             -- identifier, name, evidence, who recorded it
);
CREATE INDEX delegate_person ON delegate(person);

-- What was judged about a person and one decision: Gillick competence, lack of capacity.
CREATE TABLE judgement (
  id TEXT PRIMARY KEY,
  identity INTEGER NOT NULL,
  person BLOB NOT NULL,
  kind TEXT NOT NULL,
  about TEXT NOT NULL,             -- Organization/<id>: what it may see; everything
  since INTEGER NOT NULL,
  until INTEGER,
  sealed BLOB NOT NULL             -- who judged, on what ground
);
CREATE INDEX judgement_person ON judgement(person);

-- Which delegate gave a Consent, and when an officer set it aside.
CREATE TABLE delegated (
  consent TEXT PRIMARY KEY,
  subject TEXT NOT NULL,
  set_aside INTEGER
);
