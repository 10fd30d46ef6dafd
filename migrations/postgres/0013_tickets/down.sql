DROP TABLE ticket_links;
DROP TABLE ticket_actions;
DROP TABLE ticket_watchers;
DROP TABLE ticket_entries;
DROP TABLE ticket_originals;
DROP TABLE tickets;
