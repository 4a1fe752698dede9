-- Goes up with every write of what concerns an identity, and whenever someone is joined to its
-- person or parted from them, in the same transaction: what was worked out for a person holds
-- while the stamps of all their identities stand still.
ALTER TABLE identity ADD COLUMN stamp INTEGER NOT NULL DEFAULT 0;
CREATE TRIGGER concern_added AFTER INSERT ON concern BEGIN
  UPDATE identity SET stamp = stamp + 1 WHERE id = NEW.identity;
END;
CREATE TRIGGER concern_removed AFTER DELETE ON concern BEGIN
  UPDATE identity SET stamp = stamp + 1 WHERE id = OLD.identity;
END;
CREATE TRIGGER resource_moved AFTER UPDATE ON resource BEGIN
  UPDATE identity SET stamp = stamp + 1
    WHERE id IN (SELECT identity FROM concern WHERE rid = NEW.rid);
END;
CREATE TRIGGER identity_added AFTER INSERT ON identity BEGIN
  UPDATE identity SET stamp = stamp + 1 WHERE person = NEW.person;
END;
CREATE TRIGGER identity_changed AFTER UPDATE ON identity
  WHEN OLD.person <> NEW.person OR OLD.organization <> NEW.organization OR OLD.key <> NEW.key BEGIN
  UPDATE identity SET stamp = stamp + 1 WHERE person IN (OLD.person, NEW.person);
END;
