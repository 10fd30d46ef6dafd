DROP TABLE ticket_terms;
