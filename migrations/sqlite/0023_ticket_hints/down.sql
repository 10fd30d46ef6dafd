ALTER TABLE ticket_objections DROP COLUMN detail;
ALTER TABLE attachments DROP COLUMN name_hints;
ALTER TABLE ticket_details DROP COLUMN tellings;
