-- What technicians write again and again.

CREATE TABLE text_module (
    id TEXT NOT NULL PRIMARY KEY,
    author_id TEXT NOT NULL,
    shared BIGINT NOT NULL,
    name TEXT NOT NULL,
    body TEXT NOT NULL,
    changed_at BIGINT NOT NULL
);
CREATE INDEX text_module_by_author ON text_module (author_id, name, id);
CREATE INDEX text_module_shared ON text_module (name, id) WHERE shared = 1;
