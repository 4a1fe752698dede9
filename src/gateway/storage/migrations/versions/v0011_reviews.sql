-- Care plans and the days on which they are to be looked at again, so far as they say: the start of
-- the day, the day that was raised last, and the Task that tells of it. What was written before this
-- table was there is looked at once.
CREATE TABLE review (
  plan TEXT PRIMARY KEY,           -- id of the CarePlan
  due INTEGER NOT NULL,
  raised INTEGER,
  task TEXT                        -- id of the Task
);
CREATE INDEX review_due ON review(due);
INSERT INTO review(plan, due)
  SELECT id, 0 FROM resource WHERE type = 'CarePlan' AND deleted = 0;
