DROP INDEX tickets_tier_priority;
DROP INDEX tickets_tenant_priority;
DROP INDEX tickets_priority;
DROP INDEX tickets_tier_updated;
DROP INDEX tickets_assignee_updated;
DROP INDEX tickets_requester_updated;
DROP INDEX tickets_tenant_updated;
DROP INDEX tickets_updated;
