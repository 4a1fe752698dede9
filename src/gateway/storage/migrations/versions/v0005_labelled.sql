-- The sets of labelling rules that this database has met. A set keeps its number for ever.
CREATE TABLE label_rules (
  number INTEGER PRIMARY KEY,      -- 1, 2, 3 ...
  digest TEXT NOT NULL UNIQUE,     -- of all that the set says
  version TEXT NOT NULL
);

-- Which set of rules the labels of each version come from: its number, and its negative where those
-- rules could not judge. What was labelled by no set that is known here (0) is not yet labelled.
-- `said` is what each rule said: "version#rule=topics.level", the topics in hexadecimal.
ALTER TABLE resource ADD COLUMN labelled INTEGER NOT NULL DEFAULT 0;
ALTER TABLE resource ADD COLUMN said TEXT NOT NULL DEFAULT '';
ALTER TABLE former ADD COLUMN labelled INTEGER NOT NULL DEFAULT 0;
ALTER TABLE former ADD COLUMN said TEXT NOT NULL DEFAULT '';
