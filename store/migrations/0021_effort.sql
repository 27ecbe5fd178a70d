-- What it takes to get help: counts of a day, without anybody's name, and what is brought in from monitoring and surveys.

CREATE TABLE effort_count (
    day BIGINT NOT NULL,
    measure TEXT NOT NULL,
    place BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    PRIMARY KEY (day, measure, place)
);

-- The words of searches that found nothing, without who searched, and no more of when than the day: the moment would
-- stand beside a ticket that somebody raised just then.
CREATE TABLE effort_search (
    day BIGINT NOT NULL,
    words TEXT NOT NULL,
    times BIGINT NOT NULL,
    PRIMARY KEY (day, words)
);

-- Trouble with devices for every hundred people of a department, in tenths; months as 202610.
CREATE TABLE effort_trouble (
    department TEXT NOT NULL,
    month BIGINT NOT NULL,
    per_hundred BIGINT NOT NULL,
    PRIMARY KEY (department, month)
);

CREATE INDEX article_feedback_helped ON article_feedback (at) WHERE verdict = 'helped';
CREATE INDEX chat_line_cited ON chat_line (at) WHERE speaker = 'bot' AND cites <> '';
