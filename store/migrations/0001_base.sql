-- Times are microseconds since 1970 in UTC; flags are 0 or 1; ids are UUIDv7 as text; money is in minor units.

CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

-- Workflow, priority matrix, service levels: a JSON document each.
CREATE TABLE setting (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    version BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE person (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    email TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    department TEXT NOT NULL,
    location TEXT NOT NULL,
    zone TEXT NOT NULL,
    password_hash TEXT,
    active BIGINT NOT NULL,
    external_source TEXT,
    external_key TEXT,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX person_by_external ON person (external_source, external_key) WHERE external_key IS NOT NULL;
CREATE INDEX person_by_name ON person (name, id);

CREATE TABLE person_role (
    person_id TEXT NOT NULL REFERENCES person (id),
    role TEXT NOT NULL,
    PRIMARY KEY (person_id, role)
);

CREATE TABLE team (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL
);

CREATE TABLE team_member (
    team_id TEXT NOT NULL REFERENCES team (id),
    person_id TEXT NOT NULL REFERENCES person (id),
    PRIMARY KEY (team_id, person_id)
);
CREATE INDEX team_member_by_person ON team_member (person_id);

-- Signing in.

CREATE TABLE session (
    id TEXT PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES person (id),
    token_hash BYTEA NOT NULL UNIQUE,
    user_agent TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE INDEX session_by_person ON session (person_id) WHERE ended_at IS NULL;

CREATE TABLE sign_in_link (
    token_hash BYTEA PRIMARY KEY,
    person_id TEXT REFERENCES person (id),
    purpose TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);

CREATE TABLE sign_in_throttle (
    key TEXT PRIMARY KEY,
    failures BIGINT NOT NULL,
    since BIGINT NOT NULL,
    blocked_until BIGINT NOT NULL
);

CREATE TABLE service_account (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    active BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE api_token (
    id TEXT PRIMARY KEY,
    person_id TEXT REFERENCES person (id),
    service_account_id TEXT REFERENCES service_account (id),
    label TEXT NOT NULL,
    token_hash BYTEA NOT NULL UNIQUE,
    scopes TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    last_used_at BIGINT,
    revoked_at BIGINT
);
CREATE INDEX api_token_by_person ON api_token (person_id);

-- Licences. A row of `licence` is also the lock that one decision at a time holds.

CREATE TABLE licence (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    product TEXT NOT NULL,
    module TEXT,
    metric TEXT NOT NULL,
    quantity BIGINT NOT NULL,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT,
    rules TEXT NOT NULL,
    rank BIGINT NOT NULL,
    next_fence BIGINT NOT NULL,
    next_place BIGINT NOT NULL,
    clock BIGINT NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE seat (
    id TEXT PRIMARY KEY,
    licence_id TEXT NOT NULL REFERENCES licence (id),
    number BIGINT NOT NULL,
    UNIQUE (licence_id, number)
);

CREATE TABLE assignment (
    id TEXT PRIMARY KEY,
    licence_id TEXT NOT NULL REFERENCES licence (id),
    seat_id TEXT NOT NULL REFERENCES seat (id),
    seat_number BIGINT NOT NULL,
    person_id TEXT NOT NULL REFERENCES person (id),
    justification TEXT NOT NULL,
    origin TEXT NOT NULL,
    approver TEXT,
    assigned_at BIGINT NOT NULL,
    next_review_at BIGINT,
    ended_at BIGINT,
    ended_because TEXT
);
CREATE UNIQUE INDEX assignment_of_seat ON assignment (seat_id) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX assignment_of_person ON assignment (person_id, licence_id) WHERE ended_at IS NULL;
CREATE INDEX assignment_by_person ON assignment (person_id, assigned_at);
CREATE INDEX assignment_by_licence ON assignment (licence_id, assigned_at);

CREATE TABLE entitlement (
    person_id TEXT NOT NULL REFERENCES person (id),
    licence_id TEXT NOT NULL REFERENCES licence (id),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (person_id, licence_id)
);
CREATE INDEX entitlement_by_licence ON entitlement (licence_id, person_id);

CREATE TABLE lease (
    id TEXT PRIMARY KEY,
    licence_id TEXT NOT NULL REFERENCES licence (id),
    person_id TEXT NOT NULL REFERENCES person (id),
    token BIGINT NOT NULL,
    fence BIGINT NOT NULL,
    acquired_at BIGINT NOT NULL,
    acquired_by TEXT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    last_active_at BIGINT NOT NULL,
    ended_at BIGINT,
    ended_how TEXT,
    ended_by TEXT,
    UNIQUE (licence_id, fence)
);
-- The database itself refuses a token granted twice, and a person who holds two.
CREATE UNIQUE INDEX lease_of_token ON lease (licence_id, token) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX lease_of_person ON lease (person_id, licence_id) WHERE ended_at IS NULL;
CREATE INDEX lease_ended ON lease (licence_id, ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX lease_by_person ON lease (person_id, acquired_at);

-- Only those who wait now; who waited when is in licence_event.
CREATE TABLE queue_entry (
    id TEXT PRIMARY KEY,
    licence_id TEXT NOT NULL REFERENCES licence (id),
    person_id TEXT NOT NULL REFERENCES person (id),
    place BIGINT NOT NULL,
    joined_at BIGINT NOT NULL,
    wanted_for TEXT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    offer TEXT,
    UNIQUE (licence_id, place),
    UNIQUE (licence_id, person_id)
);

CREATE TABLE denial (
    id TEXT PRIMARY KEY,
    licence_id TEXT,
    person_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    reason TEXT NOT NULL,
    cause TEXT NOT NULL
);
CREATE INDEX denial_by_licence ON denial (licence_id, at);
CREATE INDEX denial_by_person ON denial (person_id, at);

-- What happened to tokens, in order: every count of concurrency is computed from these rows.
CREATE TABLE licence_event (
    seq BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    licence_id TEXT NOT NULL,
    person_id TEXT,
    at BIGINT NOT NULL,
    event TEXT NOT NULL
);
CREATE INDEX licence_event_by_licence ON licence_event (licence_id, at, seq);
CREATE INDEX licence_event_by_person ON licence_event (person_id, at, seq);

-- Tickets.

CREATE TABLE ticket_counter (
    kind TEXT PRIMARY KEY,
    last BIGINT NOT NULL
);

CREATE TABLE ticket (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    number BIGINT NOT NULL,
    subject TEXT NOT NULL,
    description TEXT,
    requester_id TEXT NOT NULL,
    opened_by_id TEXT,
    channel TEXT NOT NULL,
    team_id TEXT,
    assignee_id TEXT,
    state TEXT NOT NULL,
    phase TEXT NOT NULL,
    impact TEXT NOT NULL,
    urgency TEXT NOT NULL,
    priority BIGINT NOT NULL,
    category TEXT,
    resolution_code TEXT,
    external_source TEXT,
    external_number TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    first_response_at BIGINT,
    waiting_since BIGINT,
    resolved_at BIGINT,
    closed_at BIGINT,
    due_at BIGINT,
    reopen_count BIGINT NOT NULL,
    reassignment_count BIGINT NOT NULL,
    version BIGINT NOT NULL,
    merged TEXT,
    -- Derived from the above, for the indexes: work is left to do; the order in a queue.
    open BIGINT NOT NULL,
    rank BIGINT NOT NULL
);
CREATE UNIQUE INDEX ticket_by_number ON ticket (kind, number);
CREATE UNIQUE INDEX ticket_by_external ON ticket (external_source, external_number) WHERE external_number IS NOT NULL;
CREATE INDEX ticket_by_external_number ON ticket (external_number) WHERE external_number IS NOT NULL;
CREATE INDEX ticket_queue ON ticket (rank, id) WHERE open = 1;
CREATE INDEX ticket_queue_unassigned ON ticket (rank, id) WHERE open = 1 AND assignee_id IS NULL;
CREATE INDEX ticket_queue_team ON ticket (team_id, rank, id) WHERE open = 1 AND team_id IS NOT NULL;
CREATE INDEX ticket_queue_assignee ON ticket (assignee_id, rank, id) WHERE open = 1 AND assignee_id IS NOT NULL;
CREATE INDEX ticket_by_requester ON ticket (requester_id, id);

-- Since when a ticket has been in which state: what the service-level clocks are read from.
CREATE TABLE ticket_period (
    ticket_id TEXT NOT NULL,
    seq BIGINT NOT NULL,
    from_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (ticket_id, seq)
);

CREATE TABLE timeline_entry (
    id TEXT PRIMARY KEY,
    ticket_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    person_id TEXT,
    byline TEXT NOT NULL,
    body TEXT NOT NULL,
    public BIGINT NOT NULL
);
CREATE INDEX timeline_by_ticket ON timeline_entry (ticket_id, at, id);

CREATE TABLE ticket_watcher (
    ticket_id TEXT NOT NULL,
    person_id TEXT NOT NULL,
    PRIMARY KEY (ticket_id, person_id)
);
CREATE INDEX ticket_watcher_by_person ON ticket_watcher (person_id, ticket_id);

CREATE TABLE ticket_link (
    from_id TEXT NOT NULL,
    to_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (from_id, to_id, kind)
);
CREATE INDEX ticket_link_to ON ticket_link (to_id);

CREATE TABLE attachment (
    id TEXT PRIMARY KEY,
    ticket_id TEXT NOT NULL,
    name TEXT NOT NULL,
    content_type TEXT NOT NULL,
    size BIGINT NOT NULL,
    sha256 BYTEA NOT NULL,
    person_id TEXT,
    at BIGINT NOT NULL,
    public BIGINT NOT NULL
);
CREATE INDEX attachment_by_ticket ON attachment (ticket_id, id);
CREATE INDEX attachment_by_content ON attachment (sha256);

-- Counts that pages show, kept by the writer.
CREATE TABLE queue_count (
    queue TEXT PRIMARY KEY,
    count BIGINT NOT NULL
);

-- Full-text search: a document for each description, reply and note.
CREATE TABLE search_document (
    id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    ticket_id TEXT NOT NULL
);
-- only: sqlite
-- The rowid is the document's id below zero. Its text is words with a space between them: what a word is was decided
-- before. Every beginning of two or three characters has its own list of documents.
CREATE VIRTUAL TABLE search_text USING fts5(
    text, content = '', contentless_delete = 1, tokenize = 'ascii', detail = 'full', prefix = '2 3'
);
-- Each commit leaves a segment; merging sixteen at once instead of four rewrites a text half as often. Where several
-- words must occur, a page is read for nearly every candidate: small ones are read sooner.
INSERT INTO search_text (search_text, rank) VALUES ('automerge', 16), ('crisismerge', 64), ('pgsz', 1000);
-- The words of four letters and more, for the beginnings that have no list.
CREATE TABLE search_word (word TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
-- end
-- only: postgres
ALTER TABLE search_document ADD COLUMN text TSVECTOR NOT NULL DEFAULT ''::tsvector;
CREATE INDEX search_document_text ON search_document USING GIN (text) WITH (fastupdate = on);
-- end

-- What is to be said after the commit.
CREATE TABLE outbox (
    seq BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    topics TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE idempotency (
    principal TEXT NOT NULL,
    key TEXT NOT NULL,
    request_hash BYTEA NOT NULL,
    outcome TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (principal, key)
);
CREATE INDEX idempotency_by_age ON idempotency (created_at);

-- The audit log. `entry` is the leaf; `body` and `salt` can be erased and the log still verifies.
CREATE TABLE audit_record (
    id TEXT PRIMARY KEY,
    seq BIGINT,
    recorded_at BIGINT NOT NULL,
    action TEXT NOT NULL,
    actor TEXT NOT NULL,
    target TEXT NOT NULL,
    outcome TEXT NOT NULL,
    entry TEXT NOT NULL,
    leaf BYTEA NOT NULL,
    salt BYTEA,
    body TEXT
);
CREATE UNIQUE INDEX audit_by_seq ON audit_record (seq) WHERE seq IS NOT NULL;
CREATE INDEX audit_pending ON audit_record (id) WHERE seq IS NULL;
CREATE INDEX audit_by_actor ON audit_record (actor, id);
CREATE INDEX audit_by_target ON audit_record (target, id);

-- The right edge of the Merkle tree: one row.
CREATE TABLE audit_tree (
    id BIGINT PRIMARY KEY,
    size BIGINT NOT NULL,
    frontier BYTEA NOT NULL
);

-- Roots of complete subtrees of 256^level leaves.
CREATE TABLE audit_subtree (
    level BIGINT NOT NULL,
    position BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    PRIMARY KEY (level, position)
);

CREATE TABLE audit_checkpoint (
    size BIGINT PRIMARY KEY,
    note TEXT NOT NULL,
    signed_at BIGINT NOT NULL
);
