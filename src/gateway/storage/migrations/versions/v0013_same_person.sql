-- What the gateway itself makes of an identity: the keyed HMAC of number and birth date, of the
-- identity where either is missing, or that of the identity it was made from. `person` is this, or
-- that of the oldest identity that is confirmed to be the same person.
ALTER TABLE identity ADD COLUMN own BLOB;
UPDATE identity SET own = person;
CREATE INDEX identity_own ON identity(own);

-- Two identities that an officer, or the person in their hearing, confirmed to be one person. Never
-- deleted, only ended. INVARIANT: whoever writes here works out `person` anew in the same
-- transaction, which raises the stamps of everyone whom it joins or parts.
CREATE TABLE same_person (
  id TEXT PRIMARY KEY,
  one INTEGER NOT NULL,            -- identity
  other INTEGER NOT NULL,
  their_word INTEGER NOT NULL,     -- 1: it was the person who said so
  since INTEGER NOT NULL,
  until INTEGER,                   -- NULL: it stands
  sealed BLOB NOT NULL             -- on what ground, who recorded it: by the key of `one`
);
CREATE INDEX same_person_one ON same_person(one);
CREATE INDEX same_person_other ON same_person(other);
