-- Outages that everybody is told of, what was told, and whom they hit.

CREATE TABLE outage (
    id TEXT NOT NULL PRIMARY KEY,
    ticket_id TEXT NOT NULL,
    title TEXT NOT NULL,
    expected_end BIGINT,
    announced_by TEXT NOT NULL,
    announced_at BIGINT NOT NULL,
    ended_at BIGINT,
    version BIGINT NOT NULL
);
-- An incident is one outage at a time.
CREATE UNIQUE INDEX outage_going ON outage (ticket_id) WHERE ended_at IS NULL;
CREATE INDEX outage_by_ticket ON outage (ticket_id, announced_at);
CREATE INDEX outage_going_since ON outage (announced_at) WHERE ended_at IS NULL;
CREATE INDEX outage_by_end ON outage (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE outage_news (
    outage_id TEXT NOT NULL,
    version BIGINT NOT NULL,
    at BIGINT NOT NULL,
    author_id TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (outage_id, version)
);

-- Whom it hits; `seen_end` once they know that it is over.
CREATE TABLE outage_affected (
    outage_id TEXT NOT NULL,
    person_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    seen_end BIGINT NOT NULL,
    PRIMARY KEY (outage_id, person_id)
);
CREATE INDEX outage_affected_to_tell ON outage_affected (person_id) WHERE seen_end = 0;
