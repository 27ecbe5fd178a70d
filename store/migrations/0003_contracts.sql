-- Contracts. Days are civil days, `2026-12-31`; each contract says in which zone. Prices are in minor units of the
-- contract's currency.

CREATE TABLE contract (
    id TEXT PRIMARY KEY,
    number TEXT NOT NULL UNIQUE,
    vendor TEXT NOT NULL,
    name TEXT NOT NULL,
    currency TEXT NOT NULL,
    zone TEXT NOT NULL,
    starts_on TEXT NOT NULL,
    ends_on TEXT,
    notice TEXT,
    renews_for TEXT,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE order_line (
    id TEXT PRIMARY KEY,
    contract_id TEXT NOT NULL REFERENCES contract (id),
    number BIGINT NOT NULL,
    purchase_order TEXT NOT NULL,
    description TEXT NOT NULL,
    licence_id TEXT NOT NULL REFERENCES licence (id),
    packs BIGINT NOT NULL,
    pack_size BIGINT NOT NULL,
    term TEXT NOT NULL,
    unit_price BIGINT NOT NULL,
    starts_on TEXT NOT NULL,
    ends_on TEXT,
    created_at BIGINT NOT NULL,
    UNIQUE (contract_id, number)
);
CREATE INDEX order_line_by_licence ON order_line (licence_id);

CREATE TABLE contract_document (
    id TEXT PRIMARY KEY,
    contract_id TEXT NOT NULL REFERENCES contract (id),
    name TEXT NOT NULL,
    content_type TEXT NOT NULL,
    size BIGINT NOT NULL,
    sha256 BYTEA NOT NULL,
    person_id TEXT,
    at BIGINT NOT NULL
);
CREATE INDEX contract_document_by_contract ON contract_document (contract_id, id);

-- Use above what was bought. Rows are never changed: a wrong one is taken back by another.
CREATE TABLE true_up (
    id TEXT PRIMARY KEY,
    licence_id TEXT NOT NULL REFERENCES licence (id),
    line_id TEXT NOT NULL REFERENCES order_line (id),
    cause TEXT NOT NULL,
    quantity BIGINT NOT NULL,
    from_on TEXT NOT NULL,
    until_on TEXT NOT NULL,
    currency TEXT NOT NULL,
    amount BIGINT NOT NULL,
    sentence TEXT NOT NULL,
    note TEXT NOT NULL,
    reverses TEXT REFERENCES true_up (id),
    person_id TEXT,
    at BIGINT NOT NULL
);
CREATE INDEX true_up_by_licence ON true_up (licence_id, id);
CREATE UNIQUE INDEX true_up_reversed_once ON true_up (reverses) WHERE reverses IS NOT NULL;

-- How many seats or tokens of a licence somebody wants to keep free.
CREATE TABLE licence_threshold (
    licence_id TEXT PRIMARY KEY REFERENCES licence (id),
    minimum_free BIGINT NOT NULL
);

CREATE TABLE alert (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    occasion TEXT NOT NULL,
    licence_id TEXT,
    contract_id TEXT,
    sentence TEXT NOT NULL,
    raised_at BIGINT NOT NULL,
    acknowledged_at BIGINT,
    acknowledged_by TEXT,
    cleared_at BIGINT
);
-- The database itself refuses an occasion that stands twice.
CREATE UNIQUE INDEX alert_standing ON alert (occasion) WHERE cleared_at IS NULL;

-- Messages to people, for a channel to deliver. One that is being delivered is claimed until a moment; `id` is what the
-- other side tells a message sent again by.
CREATE TABLE notification (
    id TEXT PRIMARY KEY,
    alert_id TEXT NOT NULL REFERENCES alert (id),
    person_id TEXT NOT NULL REFERENCES person (id),
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    claimed_until BIGINT,
    attempts BIGINT NOT NULL,
    delivered_at BIGINT,
    UNIQUE (alert_id, person_id)
);
CREATE INDEX notification_undelivered ON notification (id) WHERE delivered_at IS NULL;
