DROP TABLE internal_ticket_comments;
DROP TABLE internal_ticket_links;
DROP TABLE internal_tickets;
DROP TABLE desk_numbers;
