-- PostgreSQL alone: content is partitioned by identity, which keeps it under one key. The identity
-- leads the primary key, so that an engine which distributes tables takes it as it stands.
ALTER TABLE content RENAME TO content_whole;
CREATE TABLE content (
  identity INTEGER NOT NULL,
  rid INTEGER NOT NULL,
  version INTEGER NOT NULL,
  sealed BLOB NOT NULL,
  PRIMARY KEY (identity, rid, version)
) PARTITION BY HASH (identity);
