-- Work that is too long for a request. `cursor` is where it goes on; whoever works on it holds the lease.
CREATE TABLE jobs (
    id uuid PRIMARY KEY,
    tenant_id uuid REFERENCES tenants (id),
    kind text NOT NULL,
    state text NOT NULL CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
    created_by uuid REFERENCES accounts (id),
    session_id uuid,
    params jsonb NOT NULL,
    cursor jsonb NOT NULL,
    total bigint,
    done bigint NOT NULL,
    failed bigint NOT NULL,
    attempts integer NOT NULL,
    lease_until timestamptz,
    lease_holder uuid,
    due_at timestamptz NOT NULL,
    cancel_requested_at timestamptz,
    failure text,
    summary jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    started_at timestamptz,
    finished_at timestamptz,
    version bigint NOT NULL
);
CREATE INDEX jobs_due ON jobs (due_at, id) WHERE finished_at IS NULL;
CREATE INDEX jobs_newest ON jobs (tenant_id, created_at, id);
CREATE INDEX jobs_maker ON jobs (created_by, created_at, id);
CREATE INDEX jobs_finished ON jobs (finished_at) WHERE finished_at IS NOT NULL;

-- What became of each row of a job; `faults` names columns and codes, never what stood there.
CREATE TABLE job_results (
    job_id uuid NOT NULL REFERENCES jobs (id),
    row_number bigint NOT NULL,
    outcome text NOT NULL,
    subject_id uuid,
    faults jsonb NOT NULL,
    PRIMARY KEY (job_id, row_number)
);
CREATE INDEX job_results_outcome ON job_results (job_id, outcome, row_number);

-- Files in two steps: the record, then the content. The content is that of one sending, `attempt`.
CREATE TABLE uploads (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    created_by uuid NOT NULL REFERENCES accounts (id),
    purpose text NOT NULL,
    file_name text NOT NULL,
    media_type text,
    state text NOT NULL CHECK (state IN ('pending', 'complete', 'in_use')),
    attempt uuid,
    size bigint,
    sha256 text,
    job_id uuid REFERENCES jobs (id),
    created_at timestamptz NOT NULL,
    completed_at timestamptz,
    expires_at timestamptz NOT NULL,
    version bigint NOT NULL
);
CREATE INDEX uploads_tenant ON uploads (tenant_id, expires_at);
CREATE INDEX uploads_expiry ON uploads (expires_at) WHERE job_id IS NULL;
CREATE INDEX uploads_job ON uploads (job_id) WHERE job_id IS NOT NULL;

CREATE TABLE upload_pieces (
    upload_id uuid NOT NULL REFERENCES uploads (id),
    attempt uuid NOT NULL,
    seq integer NOT NULL,
    bytes bytea NOT NULL,
    PRIMARY KEY (upload_id, attempt, seq)
);
