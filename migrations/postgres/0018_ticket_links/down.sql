DROP TABLE ticket_passes;
DROP TABLE ticket_tags;
DROP TABLE ticket_details;
