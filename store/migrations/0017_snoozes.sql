-- Tickets that somebody has put off, each for themselves.

CREATE TABLE ticket_snooze (
    person_id TEXT NOT NULL,
    ticket_id TEXT NOT NULL,
    until BIGINT NOT NULL,
    PRIMARY KEY (person_id, ticket_id)
);
CREATE INDEX ticket_snooze_of_ticket ON ticket_snooze (ticket_id);
CREATE INDEX ticket_snooze_by_end ON ticket_snooze (until);
