-- What tickets begin with, and tickets that come back by the calendar.

CREATE TABLE ticket_template (
    id TEXT NOT NULL PRIMARY KEY,
    author_id TEXT NOT NULL,
    shared BIGINT NOT NULL,
    name TEXT NOT NULL,
    template TEXT NOT NULL,
    changed_at BIGINT NOT NULL
);
CREATE INDEX ticket_template_own ON ticket_template (author_id, name, id) WHERE shared = 0;
CREATE INDEX ticket_template_shared ON ticket_template (name, id) WHERE shared = 1;

CREATE TABLE recurring_ticket (
    id TEXT NOT NULL PRIMARY KEY,
    author_id TEXT NOT NULL,
    shared BIGINT NOT NULL,
    name TEXT NOT NULL,
    recurring TEXT NOT NULL,
    changed_at BIGINT NOT NULL
);
CREATE INDEX recurring_ticket_own ON recurring_ticket (author_id, name, id) WHERE shared = 0;
CREATE INDEX recurring_ticket_shared ON recurring_ticket (name, id) WHERE shared = 1;

-- When each comes back, or why it does not, and what it was the last time.
CREATE TABLE recurring_due (
    recurring_id TEXT NOT NULL PRIMARY KEY,
    next_at BIGINT,
    stopped TEXT,
    last_ticket_id TEXT,
    last_at BIGINT
);
CREATE INDEX recurring_due_next ON recurring_due (next_at, recurring_id) WHERE next_at IS NOT NULL;
