-- Browsers that are told when something waits for their person, and what they are to be told.

-- The key by which push services know this desk (RFC 8292), PKCS #8. One for all processes of a desk: every subscription is
-- bound to it.
CREATE TABLE push_key (
    id BIGINT NOT NULL PRIMARY KEY,
    pkcs8 BYTEA NOT NULL,
    made_at BIGINT NOT NULL
);

-- `session_id` is of the browser's session: what was made in it ends with it.
CREATE TABLE push_subscription (
    id TEXT NOT NULL PRIMARY KEY,
    person_id TEXT NOT NULL,
    session_id TEXT,
    endpoint TEXT NOT NULL,
    p256dh BYTEA NOT NULL,
    auth BYTEA NOT NULL,
    user_agent TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    told_at BIGINT
);
CREATE UNIQUE INDEX push_subscription_endpoint ON push_subscription (endpoint);
CREATE INDEX push_subscription_of_person ON push_subscription (person_id, id);

-- Of one topic, a browser is told the latest alone.
CREATE TABLE push_message (
    subscription_id TEXT NOT NULL,
    topic TEXT NOT NULL,
    news TEXT NOT NULL,
    number TEXT NOT NULL,
    written_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    PRIMARY KEY (subscription_id, topic)
);
CREATE INDEX push_message_due ON push_message (due_at);
