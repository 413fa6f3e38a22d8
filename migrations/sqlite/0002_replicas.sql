-- What several gateways on one database need, and the chain that proves the log whole.

-- whose chat an update came from
ALTER TABLE inbox ADD COLUMN chat TEXT NOT NULL DEFAULT '';
UPDATE inbox SET chat = coalesce(json_extract(inbound, '$.chat'), '');
CREATE INDEX inbox_by_chat ON inbox (channel, chat, received_at);

-- what only one process does at a time: fetching a bot's updates
CREATE TABLE duties (
    name   TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    until  BIGINT NOT NULL
);

-- one link an event, each made of the one before it
CREATE TABLE chain (
    event_id  BIGINT PRIMARY KEY REFERENCES events (id),
    -- hides the texts behind text_hash; emptied when they are purged
    salt      TEXT NOT NULL,
    text_hash TEXT NOT NULL,
    hash      TEXT NOT NULL
);

-- personal texts of events may be emptied after their time; nothing else of them changes
DROP TRIGGER events_are_not_updated;
CREATE TRIGGER events_are_not_updated BEFORE UPDATE ON events
WHEN NEW.id <> OLD.id OR NEW.item_id <> OLD.item_id OR NEW.version <> OLD.version OR NEW.at <> OLD.at
    OR NEW.actor <> OLD.actor OR NEW.via <> OLD.via OR NEW.inbox_id IS NOT OLD.inbox_id
    OR NEW.event <> OLD.event OR NEW.state <> OLD.state
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE TRIGGER chain_is_not_updated BEFORE UPDATE ON chain
WHEN NEW.event_id <> OLD.event_id OR NEW.text_hash <> OLD.text_hash OR NEW.hash <> OLD.hash OR NEW.salt <> ''
BEGIN SELECT RAISE(ABORT, 'the chain is append-only'); END;
CREATE TRIGGER chain_is_not_deleted BEFORE DELETE ON chain
BEGIN SELECT RAISE(ABORT, 'the chain is append-only'); END;

-- when a chat, a group or a bot was last used: the platforms' limits hold for all gateways together
CREATE TABLE buckets (
    key   TEXT PRIMARY KEY,
    -- UTC milliseconds, oldest first (JSON)
    times TEXT NOT NULL
);

-- a channel's own queue: one that is stuck is passed by
DROP INDEX messages_queued;
CREATE INDEX messages_queued ON messages (channel, lane, next_try_at) WHERE state = 'queued';
CREATE INDEX attempts_by_platform ON attempts (channel, platform_id) WHERE platform_id IS NOT NULL;
CREATE INDEX notices_by_item ON notices (item_id);
CREATE INDEX events_by_actor ON events (actor, id);
CREATE INDEX events_by_inbox ON events (inbox_id) WHERE inbox_id IS NOT NULL;
