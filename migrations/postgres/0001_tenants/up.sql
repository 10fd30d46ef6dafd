CREATE TABLE tenants (
    id uuid PRIMARY KEY,
    slug text NOT NULL,
    name text NOT NULL,
    name_key text COLLATE "C" NOT NULL,
    kind text NOT NULL CHECK (kind IN ('practice', 'camp', 'child_care_agency', 'school', 'other')),
    status text NOT NULL CHECK (status IN ('active', 'suspended')),
    notification_address text NOT NULL,
    contacts jsonb NOT NULL,
    points_changed_at timestamptz NOT NULL,
    hours jsonb NOT NULL,
    settings jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version bigint NOT NULL
);
CREATE UNIQUE INDEX tenants_slug ON tenants (slug);
-- Keyset pages, newest first or by name, with and without a filter.
CREATE INDEX tenants_newest ON tenants (created_at, id);
CREATE INDEX tenants_by_name ON tenants (name_key, id);
CREATE INDEX tenants_status_newest ON tenants (status, created_at, id);
CREATE INDEX tenants_kind_newest ON tenants (kind, created_at, id);
CREATE INDEX tenants_status_by_name ON tenants (status, name_key, id);
CREATE INDEX tenants_kind_by_name ON tenants (kind, name_key, id);

CREATE TABLE tenant_governance (
    tenant_id uuid PRIMARY KEY REFERENCES tenants (id)
);

CREATE TABLE tenant_terms (
    term text COLLATE "C" NOT NULL,
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    PRIMARY KEY (term, tenant_id)
);
CREATE INDEX tenant_terms_tenant ON tenant_terms (tenant_id);

CREATE TABLE owners (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    name text NOT NULL,
    email text NOT NULL,
    email_key text NOT NULL,
    phone text,
    changed_at timestamptz NOT NULL,
    confirmed_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    version bigint NOT NULL
);
CREATE UNIQUE INDEX owners_email ON owners (tenant_id, email_key);

CREATE TABLE evidence (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    subject uuid,
    kind text NOT NULL,
    reference text NOT NULL,
    note text,
    recorded_by uuid NOT NULL,
    recorded_at timestamptz NOT NULL
);
CREATE INDEX evidence_tenant ON evidence (tenant_id, id);
