-- The language that somebody chose to read, as a tag (RFC 5646). NULL: whatever their browser asks for.
ALTER TABLE person ADD COLUMN language TEXT;
