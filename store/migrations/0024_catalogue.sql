-- What people can request: each version of an item is kept, and each request with what was answered then.

CREATE TABLE catalogue_item (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    offered BIGINT NOT NULL,
    version BIGINT NOT NULL
);
CREATE UNIQUE INDEX catalogue_item_name ON catalogue_item (name);

-- `definition` is the item as JSON.
CREATE TABLE catalogue_version (
    item_id TEXT NOT NULL,
    version BIGINT NOT NULL,
    at BIGINT NOT NULL,
    author_id TEXT,
    definition TEXT NOT NULL,
    PRIMARY KEY (item_id, version)
);

-- `answers` is JSON: the questions as they were asked, with what was answered.
CREATE TABLE catalogue_request (
    ticket_id TEXT NOT NULL PRIMARY KEY,
    item_id TEXT NOT NULL,
    version BIGINT NOT NULL,
    answers TEXT NOT NULL
);

-- What people work with.
CREATE TABLE device (
    id TEXT NOT NULL PRIMARY KEY,
    person_id TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    serial TEXT,
    tag TEXT,
    added_at BIGINT NOT NULL
);
CREATE INDEX device_by_person ON device (person_id, name);

-- The device that a ticket is about, as it was called when the ticket was raised.
CREATE TABLE ticket_device (
    ticket_id TEXT NOT NULL PRIMARY KEY,
    device_id TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    serial TEXT,
    tag TEXT
);
