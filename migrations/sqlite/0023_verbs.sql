-- Routine that waits by the office's order, and messages that were sent again.
CREATE TABLE pauses (
    id         INTEGER PRIMARY KEY,
    -- the unit with everything below it; none: the whole office
    unit_id    BIGINT REFERENCES units (id),
    -- UTC milliseconds, as all instants here
    since      BIGINT NOT NULL,
    until      BIGINT NOT NULL,
    -- office, or person:ID
    actor      TEXT NOT NULL,
    reason     TEXT NOT NULL,
    -- before its time
    ended_at   BIGINT,
    ended_by   TEXT NOT NULL DEFAULT '',
    end_reason TEXT NOT NULL DEFAULT ''
);

CREATE TABLE resends (
    id         INTEGER PRIMARY KEY,
    message_id BIGINT NOT NULL REFERENCES messages (id),
    at         BIGINT NOT NULL,
    actor      TEXT NOT NULL,
    reason     TEXT NOT NULL
);

-- the pause by which a notice waits, or has waited
ALTER TABLE notices ADD COLUMN pause_id BIGINT;
CREATE INDEX notices_paused ON notices (pause_id) WHERE pause_id IS NOT NULL;
