-- Work that is too long for a request. `cursor` is where it goes on; whoever works on it holds the lease.
CREATE TABLE jobs (
    id BLOB PRIMARY KEY,
    tenant_id BLOB REFERENCES tenants (id),
    kind TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
    created_by BLOB REFERENCES accounts (id),
    session_id BLOB,
    params TEXT NOT NULL,
    cursor TEXT NOT NULL,
    total INTEGER,
    done INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    lease_until INTEGER,
    lease_holder BLOB,
    due_at INTEGER NOT NULL,
    cancel_requested_at INTEGER,
    failure TEXT,
    summary TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    started_at INTEGER,
    finished_at INTEGER,
    version INTEGER NOT NULL
) STRICT;
CREATE INDEX jobs_due ON jobs (due_at, id) WHERE finished_at IS NULL;
CREATE INDEX jobs_newest ON jobs (tenant_id, created_at, id);
CREATE INDEX jobs_maker ON jobs (created_by, created_at, id);
CREATE INDEX jobs_finished ON jobs (finished_at) WHERE finished_at IS NOT NULL;

-- What became of each row of a job; `faults` names columns and codes, never what stood there.
CREATE TABLE job_results (
    job_id BLOB NOT NULL REFERENCES jobs (id),
    row_number INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    subject_id BLOB,
    faults TEXT NOT NULL,
    PRIMARY KEY (job_id, row_number)
) STRICT;
CREATE INDEX job_results_outcome ON job_results (job_id, outcome, row_number);

-- Files in two steps: the record, then the content. The content is that of one sending, `attempt`.
CREATE TABLE uploads (
    id BLOB PRIMARY KEY,
    tenant_id BLOB NOT NULL REFERENCES tenants (id),
    created_by BLOB NOT NULL REFERENCES accounts (id),
    purpose TEXT NOT NULL,
    file_name TEXT NOT NULL,
    media_type TEXT,
    state TEXT NOT NULL CHECK (state IN ('pending', 'complete', 'in_use')),
    attempt BLOB,
    size INTEGER,
    sha256 TEXT,
    job_id BLOB REFERENCES jobs (id),
    created_at INTEGER NOT NULL,
    completed_at INTEGER,
    expires_at INTEGER NOT NULL,
    version INTEGER NOT NULL
) STRICT;
CREATE INDEX uploads_tenant ON uploads (tenant_id, expires_at);
CREATE INDEX uploads_expiry ON uploads (expires_at) WHERE job_id IS NULL;
CREATE INDEX uploads_job ON uploads (job_id) WHERE job_id IS NOT NULL;

CREATE TABLE upload_pieces (
    upload_id BLOB NOT NULL REFERENCES uploads (id),
    attempt BLOB NOT NULL,
    seq INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (upload_id, attempt, seq)
) STRICT;
