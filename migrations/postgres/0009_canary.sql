-- A check of each channel that goes the whole way once a day. Rows of their own and no items: nothing that is about an
-- item can be one of them, and no rule about items can keep them from being sent.
CREATE TABLE canaries (
    channel    TEXT NOT NULL,
    -- of the office's zone, 2022-09-22
    day        TEXT NOT NULL,
    message_id BIGINT NOT NULL REFERENCES messages (id),
    -- UTC milliseconds, as all instants here
    queued_at  BIGINT NOT NULL,
    due_at     BIGINT NOT NULL,
    -- 1: it must come back to us; 0: accepted by the platform is all that can be seen
    returns    BIGINT NOT NULL,
    done_at    BIGINT,
    PRIMARY KEY (channel, day)
);
CREATE INDEX canaries_by_message ON canaries (message_id);
