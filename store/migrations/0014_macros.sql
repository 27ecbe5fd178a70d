-- Work that technicians do again and again.

CREATE TABLE macro (
    id TEXT NOT NULL PRIMARY KEY,
    author_id TEXT NOT NULL,
    shared BIGINT NOT NULL,
    name TEXT NOT NULL,
    work TEXT NOT NULL,
    changed_at BIGINT NOT NULL
);
CREATE INDEX macro_own ON macro (author_id, name, id) WHERE shared = 0;
CREATE INDEX macro_shared ON macro (name, id) WHERE shared = 1;
