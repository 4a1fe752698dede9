-- The sealed bytes stand apart from what is searched, one row for each version, under the identity
-- whose key seals them (0: concerns no person): small rows are read fast, and a person's content
-- can be kept, moved or erased by identity.
CREATE TABLE content (
  identity INTEGER NOT NULL,
  rid INTEGER NOT NULL,
  version INTEGER NOT NULL,
  sealed BLOB NOT NULL,
  PRIMARY KEY (identity, rid, version)
);
INSERT INTO content (identity, rid, version, sealed)
  SELECT coalesce(identity, 0), rid, version, content FROM resource;
INSERT INTO content (identity, rid, version, sealed)
  SELECT coalesce(r.identity, 0), f.rid, f.version, f.content
  FROM former f JOIN resource r ON r.rid = f.rid;
ALTER TABLE resource DROP COLUMN content;

-- Earlier versions: whose key seals each, its labels, and whether it was a deletion.
ALTER TABLE former ADD COLUMN identity INTEGER;
UPDATE former SET identity = (SELECT r.identity FROM resource r WHERE r.rid = former.rid);
ALTER TABLE former ADD COLUMN deleted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE former DROP COLUMN content;

-- Goes up with every write that concerns no person, in the same transaction: what was worked out
-- from the directory holds while it stands still.
CREATE TABLE stamp (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
INSERT INTO stamp (name, value) VALUES ('directory', 0);
CREATE TRIGGER resource_added AFTER INSERT ON resource WHEN NEW.identity IS NULL BEGIN
  UPDATE stamp SET value = value + 1 WHERE name = 'directory';
END;
CREATE TRIGGER resource_changed AFTER UPDATE ON resource WHEN NEW.identity IS NULL BEGIN
  UPDATE stamp SET value = value + 1 WHERE name = 'directory';
END;
CREATE TRIGGER organization_added AFTER INSERT ON organization BEGIN
  UPDATE stamp SET value = value + 1 WHERE name = 'directory';
END;
CREATE TRIGGER organization_changed AFTER UPDATE ON organization BEGIN
  UPDATE stamp SET value = value + 1 WHERE name = 'directory';
END;

-- What has ended is taken away, the oldest first.
CREATE INDEX used_assertion_expires ON used_assertion(expires);
CREATE INDEX revoked_token_expires ON revoked_token(expires);
