-- The sets of consents that rows of the log name by a digest: each once, written with the first row
-- that names it. `members` is a JSON array of Consent/id/_history/n, whose SHA-256 the digest is.
CREATE TABLE audit_set (digest TEXT PRIMARY KEY, members BLOB NOT NULL);

-- In which sets a consent is.
CREATE TABLE audit_set_member (
  entity TEXT NOT NULL,            -- Consent/id
  digest TEXT NOT NULL,
  PRIMARY KEY (entity, digest)
) WITHOUT ROWID;
