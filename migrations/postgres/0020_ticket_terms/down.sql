DROP TABLE ticket_export_parts;
DROP TABLE ticket_terms;
