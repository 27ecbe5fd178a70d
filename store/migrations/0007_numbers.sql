-- only: sqlite
-- Texts by the numbers in them. A number names few texts, and to look for other words among those FTS5 would walk through
-- all texts that have these: here each text brings two bytes of every word it has, and the few that may match are read.
-- Without words: a text too long for that, which is looked for in the index; under '*' one with too many numbers. Under
-- the empty number stands the last text of before there was this table.
CREATE TABLE search_number (
    number TEXT NOT NULL,
    document INTEGER NOT NULL,
    words BLOB,
    PRIMARY KEY (number, document)
) STRICT, WITHOUT ROWID;
INSERT INTO search_number (number, document) SELECT '', -id FROM search_document ORDER BY id DESC LIMIT 1;
-- The words themselves, where they are few.
ALTER TABLE search_document ADD COLUMN words TEXT;
-- end
