CREATE TABLE tenants (
    id BLOB PRIMARY KEY,
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('practice', 'camp', 'child_care_agency', 'school', 'other')),
    status TEXT NOT NULL CHECK (status IN ('active', 'suspended')),
    notification_address TEXT NOT NULL,
    contacts TEXT NOT NULL,
    points_changed_at INTEGER NOT NULL,
    hours TEXT NOT NULL,
    settings TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    version INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX tenants_slug ON tenants (slug);
-- Keyset pages, newest first or by name, with and without a filter.
CREATE INDEX tenants_newest ON tenants (created_at, id);
CREATE INDEX tenants_by_name ON tenants (name_key, id);
CREATE INDEX tenants_status_newest ON tenants (status, created_at, id);
CREATE INDEX tenants_kind_newest ON tenants (kind, created_at, id);
CREATE INDEX tenants_status_by_name ON tenants (status, name_key, id);
CREATE INDEX tenants_kind_by_name ON tenants (kind, name_key, id);

CREATE TABLE tenant_governance (
    tenant_id BLOB PRIMARY KEY REFERENCES tenants (id)
) STRICT;

CREATE TABLE tenant_terms (
    term TEXT NOT NULL,
    tenant_id BLOB NOT NULL REFERENCES tenants (id),
    PRIMARY KEY (term, tenant_id)
) STRICT;
CREATE INDEX tenant_terms_tenant ON tenant_terms (tenant_id);

CREATE TABLE owners (
    id BLOB PRIMARY KEY,
    tenant_id BLOB NOT NULL REFERENCES tenants (id),
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL,
    phone TEXT,
    changed_at INTEGER NOT NULL,
    confirmed_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    version INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX owners_email ON owners (tenant_id, email_key);

CREATE TABLE evidence (
    id BLOB PRIMARY KEY,
    tenant_id BLOB NOT NULL REFERENCES tenants (id),
    subject BLOB,
    kind TEXT NOT NULL,
    reference TEXT NOT NULL,
    note TEXT,
    recorded_by BLOB NOT NULL,
    recorded_at INTEGER NOT NULL
) STRICT;
CREATE INDEX evidence_tenant ON evidence (tenant_id, id);
