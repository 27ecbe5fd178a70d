-- What is still to be done on a ticket, the time that it took, who was named on it, and who looked at it last.

CREATE TABLE checklist_item (
    id TEXT NOT NULL PRIMARY KEY,
    ticket_id TEXT NOT NULL,
    place BIGINT NOT NULL,
    words TEXT NOT NULL,
    ticked_by TEXT,
    ticked_at BIGINT
);
CREATE INDEX checklist_item_of_ticket ON checklist_item (ticket_id, place);
-- Queues show how far each checklist is; that is kept, not counted.
ALTER TABLE ticket ADD COLUMN checklist_items BIGINT NOT NULL DEFAULT 0;
ALTER TABLE ticket ADD COLUMN checklist_done BIGINT NOT NULL DEFAULT 0;

-- What was wrong is marked as taken back and stays.
CREATE TABLE time_entry (
    id TEXT NOT NULL PRIMARY KEY,
    ticket_id TEXT NOT NULL,
    person_id TEXT NOT NULL,
    day TEXT NOT NULL,
    minutes BIGINT NOT NULL,
    words TEXT,
    recorded_at BIGINT NOT NULL,
    taken_back_at BIGINT
);
CREATE INDEX time_entry_of_ticket ON time_entry (ticket_id, id);

-- `name` is how the text says it, whatever they are called later; `unseen` until they look or wave it off.
CREATE TABLE mention (
    comment_id TEXT NOT NULL,
    person_id TEXT NOT NULL,
    ticket_id TEXT NOT NULL,
    name TEXT NOT NULL,
    by_id TEXT,
    at BIGINT NOT NULL,
    unseen BIGINT NOT NULL,
    PRIMARY KEY (comment_id, person_id)
);
CREATE INDEX mention_of_ticket ON mention (ticket_id);
CREATE INDEX mention_unseen ON mention (person_id, at) WHERE unseen = 1;

CREATE TABLE ticket_look (
    person_id TEXT NOT NULL,
    ticket_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (person_id, ticket_id)
);
CREATE INDEX ticket_look_by_time ON ticket_look (person_id, at);
