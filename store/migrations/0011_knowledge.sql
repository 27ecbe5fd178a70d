-- Articles with their versions, what readers say of them, and conversations with the bot.

CREATE TABLE article (
    id TEXT NOT NULL PRIMARY KEY,
    number BIGINT NOT NULL,
    audience TEXT NOT NULL,
    owner_id TEXT NOT NULL,
    review_months BIGINT NOT NULL,
    review_at BIGINT,
    made_from TEXT,
    retired BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    helped BIGINT NOT NULL,
    did_not_help BIGINT NOT NULL
);
CREATE UNIQUE INDEX article_by_number ON article (number);

-- A text of an article for each language: the version that readers see, and the latest, which may be a draft.
CREATE TABLE article_text (
    article_id TEXT NOT NULL,
    language TEXT NOT NULL,
    latest BIGINT NOT NULL,
    published BIGINT,
    PRIMARY KEY (article_id, language)
);

CREATE TABLE article_version (
    article_id TEXT NOT NULL,
    language TEXT NOT NULL,
    version BIGINT NOT NULL,
    title TEXT NOT NULL,
    keywords TEXT NOT NULL,
    asked TEXT NOT NULL,
    body TEXT NOT NULL,
    author_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (article_id, language, version)
);

CREATE TABLE article_feedback (
    article_id TEXT NOT NULL,
    person_id TEXT NOT NULL,
    verdict TEXT NOT NULL,
    words TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (article_id, person_id)
);
CREATE INDEX article_feedback_to_read ON article_feedback (at) WHERE verdict = 'did_not_help';

-- Grows with everything that changes what is found.
CREATE TABLE knowledge_version (
    id BIGINT NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL
);

CREATE TABLE chat (
    id TEXT NOT NULL PRIMARY KEY,
    person_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    lines BIGINT NOT NULL,
    asked BIGINT NOT NULL,
    ticket_id TEXT
);
CREATE UNIQUE INDEX chat_by_person ON chat (person_id, number);

CREATE TABLE chat_line (
    chat_id TEXT NOT NULL,
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    speaker TEXT NOT NULL,
    body TEXT NOT NULL,
    cites TEXT NOT NULL,
    PRIMARY KEY (chat_id, seq)
);
CREATE INDEX chat_line_unanswered ON chat_line (at) WHERE speaker = 'unanswered';
