-- When it is an update's turn, in UTC milliseconds: that of its arrival, later where its account wrote too much, and 0 for
-- an emergency, which goes before everything.
ALTER TABLE inbox ADD COLUMN turn_at BIGINT NOT NULL DEFAULT 0;
UPDATE inbox SET turn_at = received_at WHERE state = 'new';
DROP INDEX inbox_new;
CREATE INDEX inbox_new ON inbox (turn_at, id) WHERE state = 'new';

-- what an account (or a person, for emergencies) has had of its allowance (JSON)
CREATE TABLE allowances (
    channel TEXT NOT NULL,
    chat    TEXT NOT NULL,
    data    TEXT NOT NULL,
    PRIMARY KEY (channel, chat)
);
