-- A row of the log has a number as soon as it is written, by which it is found. Its position in the
-- tree it has when it is sealed: on SQLite at once, on PostgreSQL a moment later (NULL until then).
ALTER TABLE audit RENAME COLUMN position TO number;
ALTER TABLE audit ADD COLUMN position INTEGER;
UPDATE audit SET position = number;
CREATE UNIQUE INDEX audit_position ON audit(position);
CREATE INDEX audit_pending ON audit(number) WHERE position IS NULL;
ALTER TABLE audit_entity RENAME COLUMN position TO number;
ALTER TABLE audit_person RENAME COLUMN position TO number;
