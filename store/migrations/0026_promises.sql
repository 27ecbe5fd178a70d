-- Whether the promise of each solved ticket was kept, as it was when the ticket was solved.

CREATE TABLE ticket_promise (
    ticket_id TEXT NOT NULL PRIMARY KEY,
    resolved_at BIGINT NOT NULL,
    kept BIGINT NOT NULL
);
CREATE INDEX ticket_promise_resolved ON ticket_promise (resolved_at, kept);
