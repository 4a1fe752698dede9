-- Which version of what is kept from people's own reading a clinician has cleared for one of them.
-- Never deleted. `person` is whom the Patient meant when it was cleared: one that is corrected to
-- someone else is shown nothing by it.
CREATE TABLE clearing (
  id TEXT PRIMARY KEY,
  rid INTEGER NOT NULL,
  version INTEGER NOT NULL,
  identity INTEGER NOT NULL,       -- the author's own Patient of the person
  person BLOB NOT NULL,
  since INTEGER NOT NULL,
  stands INTEGER NOT NULL DEFAULT 1, -- 0: taken back, or something has moved since
  sealed BLOB NOT NULL,            -- who cleared it, and why
  taken_back BLOB                  -- who took it back, and why
);
CREATE INDEX clearing_rid ON clearing(rid, person);

-- What the person is answered moves with it: the stamps of all whom the resource concerns go up.
CREATE TRIGGER clearing_added AFTER INSERT ON clearing BEGIN
  UPDATE identity SET stamp = stamp + 1
    WHERE id IN (SELECT identity FROM concern WHERE rid = NEW.rid);
END;
CREATE TRIGGER clearing_moved AFTER UPDATE ON clearing BEGIN
  UPDATE identity SET stamp = stamp + 1
    WHERE id IN (SELECT identity FROM concern WHERE rid = NEW.rid);
END;
-- It holds for what was looked at, and for nothing that has become of it.
CREATE TRIGGER resource_unlike_cleared AFTER UPDATE ON resource
  WHEN OLD.version <> NEW.version OR OLD.deleted <> NEW.deleted OR OLD.several <> NEW.several
    OR OLD.topics <> NEW.topics OR OLD.level <> NEW.level OR OLD.pending <> NEW.pending
    OR OLD.ceiling <> NEW.ceiling BEGIN
  UPDATE clearing SET stands = 0 WHERE rid = NEW.rid AND stands = 1;
END;
