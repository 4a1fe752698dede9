-- Which organisation received what under the person's consents: each pair once, written with the
-- row of the log that says so. Who has to be told of an end is found here, however long the log is.
CREATE TABLE received (
  entity TEXT NOT NULL,            -- Type/id
  organization TEXT NOT NULL,      -- organisation id
  PRIMARY KEY (entity, organization)
) WITHOUT ROWID;

-- Each version of a Consent that took something away, until it is certain that nobody's look was
-- still under way when it was written.
CREATE TABLE taken (
  id INTEGER PRIMARY KEY,
  consent TEXT NOT NULL,
  version INTEGER NOT NULL,        -- the one before it; 0: there was none
  identity INTEGER NOT NULL,       -- whom the Consent is about
  at INTEGER NOT NULL,
  settled INTEGER
);
CREATE INDEX taken_unsettled ON taken(at) WHERE settled IS NULL;

-- Who was told that what they received is no longer theirs to see, and what they answered. The Task
-- has the same id; a receiver that keeps no Patient of its own has none.
CREATE TABLE telling (
  id TEXT PRIMARY KEY,
  consent TEXT NOT NULL,
  identity INTEGER NOT NULL,       -- whom the Consent is about
  organization TEXT NOT NULL,      -- who received: organisation id
  at INTEGER NOT NULL,
  status TEXT NOT NULL,            -- of the Task; 'untold' where there is none
  due INTEGER,                     -- when an answer is; NULL: it is not asked again
  confirmed INTEGER,
  times INTEGER NOT NULL DEFAULT 0,
  asked INTEGER                    -- when it was asked again, the last time
);
CREATE INDEX telling_due ON telling(due) WHERE confirmed IS NULL;
CREATE INDEX telling_open ON telling(at) WHERE confirmed IS NULL;
CREATE INDEX telling_identity ON telling(identity);
