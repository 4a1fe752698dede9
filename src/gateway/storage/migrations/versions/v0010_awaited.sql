-- Referrals that wait for an answer: their Tasks, and until when. What was sent before this table
-- was there is looked at once two weeks have passed since it last moved.
CREATE TABLE awaited (
  task TEXT PRIMARY KEY,           -- id of the Task
  due INTEGER NOT NULL
);
CREATE INDEX awaited_due ON awaited(due);
INSERT INTO awaited(task, due)
  SELECT DISTINCT r.id, r.updated + 1209600000000 FROM resource r
  JOIN delivery d ON d.rid = r.rid
  WHERE r.type = 'Task' AND r.deleted = 0;
