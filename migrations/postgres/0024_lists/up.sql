-- By their last change, and by priority, each newest first: an organisation's, somebody's own, the desk's queues, and
-- all.
CREATE INDEX tickets_updated ON tickets (updated_at, id);
CREATE INDEX tickets_tenant_updated ON tickets (tenant_id, updated_at, id);
CREATE INDEX tickets_requester_updated ON tickets (requester_id, updated_at, id);
CREATE INDEX tickets_assignee_updated ON tickets (assignee_id, updated_at, id);
CREATE INDEX tickets_tier_updated ON tickets (tier, updated_at, id);
CREATE INDEX tickets_priority ON tickets (priority, created_at, id);
CREATE INDEX tickets_tenant_priority ON tickets (tenant_id, priority, created_at, id);
CREATE INDEX tickets_tier_priority ON tickets (tier, priority, created_at, id);

-- What waits for the second tier: objections that nobody has decided, and files on tickets that are open.
CREATE INDEX ticket_objections_open ON ticket_objections (ticket_id) WHERE state = 'open';
CREATE INDEX tickets_open ON tickets (created_at, id) WHERE closed_at IS NULL;

-- Whoever made a draft reads it, whether they write the organisation's articles or not.
CREATE INDEX article_versions_made ON article_versions (account_id, article_id) WHERE version = 1;
