-- Pools that share their tokens out, day passes, and licences that need or exclude each other.

-- Who may take tokens, as JSON; how long it goes on after its term; which other licences it needs or excludes, as JSON.
ALTER TABLE licence ADD COLUMN access TEXT NOT NULL DEFAULT '{}';
ALTER TABLE licence ADD COLUMN grace BIGINT NOT NULL DEFAULT 0;
ALTER TABLE licence ADD COLUMN relations TEXT NOT NULL DEFAULT '{}';

-- On which part of the pool a hold draws, as JSON; nothing for the whole of it. When it was given back and is kept, until
-- when it is borrowed, and its announced end, as JSON.
ALTER TABLE lease ADD COLUMN claim TEXT;
ALTER TABLE lease ADD COLUMN lingering_since BIGINT;
ALTER TABLE lease ADD COLUMN borrowed_until BIGINT;
ALTER TABLE lease ADD COLUMN recall TEXT;
CREATE INDEX lease_reclaimed ON lease (person_id, ended_at) WHERE ended_how = 'reclaimed';

-- The groups of somebody who waits, as JSON, and how pressing it is.
ALTER TABLE queue_entry ADD COLUMN groups TEXT;
ALTER TABLE queue_entry ADD COLUMN priority TEXT NOT NULL DEFAULT 'normal';

-- In which order a person tries what they are entitled to; the licences' own order where nothing is said.
ALTER TABLE entitlement ADD COLUMN rank BIGINT;

-- One pass lets one person work for one calendar day of their own zone.
CREATE TABLE day_pass (
    id TEXT PRIMARY KEY,
    licence_id TEXT NOT NULL REFERENCES licence (id),
    person_id TEXT NOT NULL REFERENCES person (id),
    number BIGINT NOT NULL,
    day TEXT NOT NULL,
    zone TEXT NOT NULL,
    from_at BIGINT NOT NULL,
    until_at BIGINT NOT NULL,
    cause TEXT NOT NULL,
    UNIQUE (licence_id, number),
    UNIQUE (licence_id, person_id, from_at)
);
CREATE INDEX day_pass_by_person ON day_pass (person_id, until_at);
CREATE INDEX day_pass_by_licence ON day_pass (licence_id, from_at);
