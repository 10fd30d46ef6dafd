-- When the desk has to do something next with a ticket: by the first of its targets that is not over. Empty while
-- others are waited for, and once it is closed.
ALTER TABLE tickets ADD COLUMN next_due_at INTEGER;
CREATE INDEX tickets_due ON tickets (next_due_at, id) WHERE next_due_at IS NOT NULL;
CREATE INDEX tickets_tier_due ON tickets (tier, next_due_at, id) WHERE next_due_at IS NOT NULL;

-- What time has done to tickets so far. `.._left` is the working time, in microseconds, that a target has left while
-- it stands still; `paused` that of all pauses that are over. `.._missed_at` is when it was written down that a
-- target is missed, `reminded_at` when the requester was, in the present wait. At `wakes_at` time does something next.
CREATE TABLE ticket_targets (
    ticket_id BLOB PRIMARY KEY REFERENCES tickets (id),
    first_answer_left INTEGER,
    resolution_left INTEGER,
    paused INTEGER NOT NULL,
    first_answer_missed_at INTEGER,
    resolution_missed_at INTEGER,
    reminded_at INTEGER,
    wakes_at INTEGER
) STRICT;
CREATE INDEX ticket_targets_wakes ON ticket_targets (wakes_at, ticket_id) WHERE wakes_at IS NOT NULL;

-- Tickets of before have no targets; those that wait for their requesters are looked after from now on.
INSERT INTO ticket_targets (ticket_id, paused, wakes_at)
SELECT id, 0, waiting_since FROM tickets WHERE state = 'waiting_on_requester';
