-- How requesters were helped, in their own judgement.

CREATE TABLE ticket_rating (
    ticket_id TEXT NOT NULL PRIMARY KEY,
    rating TEXT NOT NULL,
    words TEXT,
    at BIGINT NOT NULL
);
CREATE INDEX ticket_rating_by_time ON ticket_rating (at, rating);
