-- What a ledger given back must know: when the office last wrote into which field of an item's row. JSON, field to UTC
-- milliseconds; a field that is not named stands as it did at registration.
ALTER TABLE items ADD COLUMN said_at TEXT;

-- What the newest daily check found out about verdicts of a mail server: 1, a forged one came through; 0, it was taken out;
-- NULL, unknown.
ALTER TABLE canaries ADD COLUMN forged BIGINT;

-- Attempts that were refused, until they are told: letters in somebody's name without proof, calls that came from no
-- platform, answers about items that are somebody else's. A row a day, kind, channel and item; item 0 where there is none.
CREATE TABLE refusals (
    day     TEXT NOT NULL,
    what    TEXT NOT NULL,
    channel TEXT NOT NULL,
    item_id BIGINT NOT NULL,
    times   BIGINT NOT NULL,
    PRIMARY KEY (day, what, channel, item_id)
);
