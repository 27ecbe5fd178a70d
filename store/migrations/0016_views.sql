-- Filtered lists that technicians come back to.

CREATE TABLE list_view (
    id TEXT NOT NULL PRIMARY KEY,
    author_id TEXT NOT NULL,
    shared BIGINT NOT NULL,
    name TEXT NOT NULL,
    query TEXT NOT NULL,
    changed_at BIGINT NOT NULL
);
CREATE INDEX list_view_own ON list_view (author_id, name, id) WHERE shared = 0;
CREATE INDEX list_view_shared ON list_view (name, id) WHERE shared = 1;
