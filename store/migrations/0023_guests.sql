-- Tickets of people without an account, and the links by which they follow them.

-- `name` and `email` are what was typed; nobody has made sure of them. Of the link only its SHA-256 is kept.
CREATE TABLE guest (
    ticket_id TEXT NOT NULL PRIMARY KEY,
    id TEXT NOT NULL,
    person_id TEXT NOT NULL,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    link_hash BYTEA NOT NULL,
    link_made_at BIGINT NOT NULL,
    revoked_at BIGINT
);
CREATE UNIQUE INDEX guest_link ON guest (link_hash);
