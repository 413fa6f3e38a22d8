-- One log: changes of people, units, posts, absences, contact points and rules stand in it beside those of items.
-- An event names its item, or another object by kind and id. The table is made anew, as SQLite cannot loosen a column.

CREATE TABLE chain_kept AS SELECT * FROM chain;
DROP TABLE chain;

CREATE TABLE events_of_all (
    id        INTEGER PRIMARY KEY,
    -- NULL: the event is about another object
    item_id   BIGINT REFERENCES items (id),
    version   BIGINT NOT NULL,
    at        BIGINT NOT NULL,
    actor     TEXT NOT NULL,
    via       TEXT NOT NULL DEFAULT '',
    inbox_id  BIGINT,
    event     TEXT NOT NULL,
    data      TEXT NOT NULL,
    state     TEXT NOT NULL,
    -- the object after the event, as JSON
    after     TEXT NOT NULL,
    -- item; unit, person, post, tenure, absence, contact, rule, calendar
    object    TEXT NOT NULL DEFAULT 'item',
    object_id BIGINT
);
INSERT INTO events_of_all (id, item_id, version, at, actor, via, inbox_id, event, data, state, after)
SELECT id, item_id, version, at, actor, via, inbox_id, event, data, state, after FROM events ORDER BY id;
DROP TABLE events;
ALTER TABLE events_of_all RENAME TO events;
CREATE INDEX events_by_item ON events (item_id, id);
CREATE INDEX events_by_time ON events (at);
CREATE INDEX events_by_actor ON events (actor, id);
CREATE INDEX events_by_inbox ON events (inbox_id) WHERE inbox_id IS NOT NULL;
CREATE INDEX events_by_object ON events (object, object_id, id) WHERE object_id IS NOT NULL;
CREATE TRIGGER events_are_not_deleted BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE TRIGGER events_are_not_updated BEFORE UPDATE ON events
WHEN NEW.id <> OLD.id OR NEW.item_id IS NOT OLD.item_id OR NEW.version <> OLD.version OR NEW.at <> OLD.at
    OR NEW.actor <> OLD.actor OR NEW.via <> OLD.via OR NEW.inbox_id IS NOT OLD.inbox_id
    OR NEW.event <> OLD.event OR NEW.state <> OLD.state
    OR NEW.object <> OLD.object OR NEW.object_id IS NOT OLD.object_id
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;

CREATE TABLE chain (
    event_id  BIGINT PRIMARY KEY REFERENCES events (id),
    salt      TEXT NOT NULL,
    text_hash TEXT NOT NULL,
    hash      TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO chain SELECT event_id, salt, text_hash, hash FROM chain_kept ORDER BY event_id;
DROP TABLE chain_kept;
CREATE TRIGGER chain_is_not_updated BEFORE UPDATE ON chain
WHEN NEW.event_id <> OLD.event_id OR NEW.text_hash <> OLD.text_hash OR NEW.hash <> OLD.hash OR NEW.salt <> ''
BEGIN SELECT RAISE(ABORT, 'the chain is append-only'); END;
CREATE TRIGGER chain_is_not_deleted BEFORE DELETE ON chain
BEGIN SELECT RAISE(ABORT, 'the chain is append-only'); END;

-- an older register enters the log at the first opening, as it is found
INSERT INTO meta (key, value) SELECT 'register_waits_for_log', '1' WHERE EXISTS (SELECT 1 FROM units) OR EXISTS (SELECT 1 FROM people);
