-- Who was asked whether a ticket may go on, and what they said.

CREATE TABLE approval (
    id TEXT NOT NULL PRIMARY KEY,
    ticket_id TEXT NOT NULL,
    question TEXT NOT NULL,
    quorum TEXT NOT NULL,
    asked_by TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    ended TEXT,
    ended_at BIGINT,
    version BIGINT NOT NULL
);
-- A ticket waits for one approval at a time.
CREATE UNIQUE INDEX approval_open ON approval (ticket_id) WHERE ended_at IS NULL;
CREATE INDEX approval_by_ticket ON approval (ticket_id, asked_at);

-- `waiting` while it is their turn: the question is open and they have not answered.
CREATE TABLE approver (
    approval_id TEXT NOT NULL,
    place BIGINT NOT NULL,
    person_id TEXT NOT NULL,
    decision TEXT,
    words TEXT,
    at BIGINT,
    waiting BIGINT NOT NULL,
    PRIMARY KEY (approval_id, place)
);
CREATE INDEX approver_waiting ON approver (person_id, approval_id) WHERE waiting = 1;
CREATE INDEX approver_answered ON approver (person_id, at, approval_id) WHERE at IS NOT NULL;
