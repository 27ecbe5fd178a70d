-- What is being written on a ticket and by whom: texts that are not sent yet, and who is there now.

CREATE TABLE ticket_draft (
    ticket_id TEXT NOT NULL,
    person_id TEXT NOT NULL,
    note BIGINT NOT NULL,
    body TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    -- The form that sent it: what that form still says afterwards is no draft any more.
    sent_by TEXT,
    PRIMARY KEY (ticket_id, person_id)
);
CREATE INDEX ticket_draft_by_age ON ticket_draft (updated_at);

CREATE TABLE ticket_presence (
    ticket_id TEXT NOT NULL,
    person_id TEXT NOT NULL,
    doing TEXT NOT NULL,
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (ticket_id, person_id)
);
CREATE INDEX ticket_presence_by_age ON ticket_presence (seen_at);
