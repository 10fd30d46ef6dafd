DROP TABLE ticket_objections;
DROP TABLE ticket_codes;
