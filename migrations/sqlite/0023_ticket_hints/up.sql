-- Of every detail who told it and when, and what its author is told of the masking; what was told before says none of
-- it.
ALTER TABLE ticket_details ADD COLUMN tellings TEXT NOT NULL DEFAULT '{}';

-- What the author of a file's name is told of its masking.
ALTER TABLE attachments ADD COLUMN name_hints TEXT NOT NULL DEFAULT '[]';

-- The detail that an objection is about; none if it is about an entry or the subject.
ALTER TABLE ticket_objections ADD COLUMN detail TEXT;
