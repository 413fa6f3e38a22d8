-- Answers by mail: claims that wait for their writer's confirmation, and summaries that were declined.

-- a letter in somebody's name without proof; what it says stands in the inbox
CREATE TABLE mail_claims (
    -- of the one-time link; only the hash is kept
    code_hash  TEXT PRIMARY KEY,
    person_id  BIGINT NOT NULL REFERENCES people (id),
    inbox_id   BIGINT NOT NULL REFERENCES inbox (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT
);
CREATE INDEX mail_claims_by_person ON mail_claims (person_id, created_at);

-- 0: no daily summaries by mail; reminders and escalations come all the same
ALTER TABLE people ADD COLUMN mail_summaries BIGINT NOT NULL DEFAULT 1;
