-- Who stands on an item, and the links of the log, are looked up by their keys alone: one tree each instead of two.

CREATE TABLE item_people_by_item (
    item_id BIGINT NOT NULL REFERENCES items (id),
    role    TEXT NOT NULL,
    kind    TEXT NOT NULL,
    who_id  BIGINT NOT NULL,
    open    BIGINT NOT NULL,
    PRIMARY KEY (item_id, role, kind, who_id)
) WITHOUT ROWID;
INSERT INTO item_people_by_item SELECT item_id, role, kind, who_id, open FROM item_people ORDER BY item_id, role, kind, who_id;
DROP TABLE item_people;
ALTER TABLE item_people_by_item RENAME TO item_people;
CREATE INDEX item_people_by_who ON item_people (kind, who_id, open);

CREATE TABLE chain_by_event (
    event_id  BIGINT PRIMARY KEY REFERENCES events (id),
    -- hides the texts behind text_hash; emptied when they are purged
    salt      TEXT NOT NULL,
    text_hash TEXT NOT NULL,
    hash      TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO chain_by_event SELECT event_id, salt, text_hash, hash FROM chain ORDER BY event_id;
DROP TABLE chain;
ALTER TABLE chain_by_event RENAME TO chain;
CREATE TRIGGER chain_is_not_updated BEFORE UPDATE ON chain
WHEN NEW.event_id <> OLD.event_id OR NEW.text_hash <> OLD.text_hash OR NEW.hash <> OLD.hash OR NEW.salt <> ''
BEGIN SELECT RAISE(ABORT, 'the chain is append-only'); END;
CREATE TRIGGER chain_is_not_deleted BEFORE DELETE ON chain
BEGIN SELECT RAISE(ABORT, 'the chain is append-only'); END;
