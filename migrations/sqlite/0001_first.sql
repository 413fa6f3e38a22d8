-- dutybell, first schema. Instants are UTC milliseconds since 1970 (BIGINT); JSON is TEXT; flags are 0/1.

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

-- ---- organisation ---------------------------------------------------------------------------
CREATE TABLE units (
    id        INTEGER PRIMARY KEY,
    parent_id BIGINT REFERENCES units (id),
    name      TEXT NOT NULL,
    level     TEXT NOT NULL,
    calendar  TEXT NOT NULL DEFAULT '',
    phone     TEXT NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX units_by_name ON units (coalesce(parent_id, 0), name);

CREATE TABLE people (
    id            INTEGER PRIMARY KEY,
    name          TEXT NOT NULL,
    locale        TEXT NOT NULL,
    zone          TEXT NOT NULL,
    quiet         TEXT,
    phone         TEXT NOT NULL DEFAULT '',
    administrator BIGINT NOT NULL DEFAULT 0,
    gone          BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX people_by_name ON people (name);

CREATE TABLE posts (
    id      INTEGER PRIMARY KEY,
    unit_id BIGINT NOT NULL REFERENCES units (id),
    title   TEXT NOT NULL,
    role    TEXT NOT NULL
);
CREATE UNIQUE INDEX posts_by_title ON posts (unit_id, title);

CREATE TABLE tenures (
    id        INTEGER PRIMARY KEY,
    post_id   BIGINT NOT NULL REFERENCES posts (id),
    person_id BIGINT NOT NULL REFERENCES people (id),
    since     BIGINT NOT NULL,
    until     BIGINT
);

CREATE TABLE leaves (
    id        INTEGER PRIMARY KEY,
    person_id BIGINT NOT NULL REFERENCES people (id),
    deputy_id BIGINT NOT NULL REFERENCES people (id),
    since     BIGINT NOT NULL,
    until     BIGINT NOT NULL
);

CREATE TABLE contacts (
    id        INTEGER PRIMARY KEY,
    person_id BIGINT NOT NULL REFERENCES people (id),
    channel   TEXT NOT NULL,
    address   TEXT NOT NULL,
    rank      BIGINT NOT NULL,
    -- ok, gone
    state     TEXT NOT NULL DEFAULT 'ok',
    reason    TEXT NOT NULL DEFAULT '',
    since     BIGINT NOT NULL
);
CREATE UNIQUE INDEX contacts_by_address ON contacts (channel, address);
CREATE INDEX contacts_by_person ON contacts (person_id, rank);

CREATE TABLE link_codes (
    code_hash  TEXT PRIMARY KEY,
    person_id  BIGINT NOT NULL REFERENCES people (id),
    channel    TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT
);
CREATE TABLE link_tries (
    channel TEXT NOT NULL,
    chat    TEXT NOT NULL,
    at      BIGINT NOT NULL
);
CREATE INDEX link_tries_by_chat ON link_tries (channel, chat, at);

-- ---- items ------------------------------------------------------------------------------------
CREATE TABLE items (
    id           INTEGER PRIMARY KEY,
    code         TEXT NOT NULL UNIQUE,
    -- what the ledger calls it: source name and key there
    ledger_key   TEXT UNIQUE,
    unit_id      BIGINT REFERENCES units (id),
    state        TEXT NOT NULL,
    open         BIGINT NOT NULL,
    current_due  BIGINT,
    next_wake_at BIGINT,
    version      BIGINT NOT NULL,
    -- the item as JSON; the columns above repeat what is searched for
    data         TEXT NOT NULL,
    -- the ledger row it came from, as JSON (headers and cells, for the way back)
    ledger_row   TEXT
);
-- the planner's index: only what is open and has a wake-up
CREATE INDEX items_to_wake ON items (next_wake_at) WHERE next_wake_at IS NOT NULL;
CREATE INDEX items_by_unit ON items (unit_id, open);

-- who stands on which item: kind 'person' or 'post'
CREATE TABLE item_people (
    item_id BIGINT NOT NULL REFERENCES items (id),
    role    TEXT NOT NULL,
    kind    TEXT NOT NULL,
    who_id  BIGINT NOT NULL,
    open    BIGINT NOT NULL,
    PRIMARY KEY (item_id, role, kind, who_id)
);
CREATE INDEX item_people_by_who ON item_people (kind, who_id, open);

-- every change; never updated, never deleted
CREATE TABLE events (
    id       INTEGER PRIMARY KEY,
    item_id  BIGINT NOT NULL REFERENCES items (id),
    version  BIGINT NOT NULL,
    at       BIGINT NOT NULL,
    actor    TEXT NOT NULL,
    via      TEXT NOT NULL DEFAULT '',
    inbox_id BIGINT,
    event    TEXT NOT NULL,
    data     TEXT NOT NULL,
    state    TEXT NOT NULL,
    -- the item after the event, as JSON
    after    TEXT NOT NULL
);
CREATE INDEX events_by_item ON events (item_id, id);
CREATE INDEX events_by_time ON events (at);
CREATE TRIGGER events_are_not_updated BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE TRIGGER events_are_not_deleted BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;

-- ---- outbox -------------------------------------------------------------------------------------
CREATE TABLE notices (
    id         INTEGER PRIMARY KEY,
    key        TEXT NOT NULL UNIQUE,
    item_id    BIGINT REFERENCES items (id),
    person_id  BIGINT NOT NULL REFERENCES people (id),
    lane       BIGINT NOT NULL,
    send_at    BIGINT NOT NULL,
    -- queued, message, sent, withdrawn, dead
    state      TEXT NOT NULL,
    message_id BIGINT,
    created_at BIGINT NOT NULL,
    note       TEXT NOT NULL DEFAULT '',
    -- form, step, level, epoch … as JSON
    data       TEXT NOT NULL
);
CREATE INDEX notices_queued ON notices (send_at, person_id) WHERE state = 'queued';
CREATE INDEX notices_live_by_item ON notices (item_id) WHERE state IN ('queued', 'message');
CREATE INDEX notices_by_message ON notices (message_id);

CREATE TABLE messages (
    id           INTEGER PRIMARY KEY,
    person_id    BIGINT REFERENCES people (id),
    -- notices, answer
    kind         TEXT NOT NULL,
    lane         BIGINT NOT NULL,
    -- queued, sent, withdrawn, dead
    state        TEXT NOT NULL,
    channel      TEXT NOT NULL DEFAULT '',
    address      TEXT NOT NULL DEFAULT '',
    contact_id   BIGINT,
    reply_to     TEXT,
    platform_id  TEXT,
    parts_sent   BIGINT NOT NULL DEFAULT 0,
    tries        BIGINT NOT NULL DEFAULT 0,
    next_try_at  BIGINT NOT NULL,
    lease_until  BIGINT NOT NULL DEFAULT 0,
    lease_token  BIGINT NOT NULL DEFAULT 0,
    created_at   BIGINT NOT NULL,
    sent_at      BIGINT,
    -- without an answer by then the next contact point is tried
    ack_by       BIGINT,
    acked_at     BIGINT,
    -- the message this one repeats through another contact point
    repeats_id   BIGINT,
    counts       BIGINT NOT NULL DEFAULT 0,
    -- the message as data (JSON), as last composed
    body         TEXT NOT NULL
);
CREATE INDEX messages_queued ON messages (lane, next_try_at) WHERE state = 'queued';
CREATE INDEX messages_by_platform ON messages (channel, address, platform_id);
CREATE INDEX messages_by_person ON messages (person_id, sent_at);
CREATE INDEX messages_unheard ON messages (ack_by) WHERE ack_by IS NOT NULL AND acked_at IS NULL;

-- which number in which message means which item
CREATE TABLE message_lines (
    message_id BIGINT NOT NULL REFERENCES messages (id),
    number     BIGINT NOT NULL,
    item_id    BIGINT NOT NULL REFERENCES items (id),
    PRIMARY KEY (message_id, number)
);
CREATE INDEX message_lines_by_item ON message_lines (item_id);

CREATE TABLE attempts (
    id          INTEGER PRIMARY KEY,
    message_id  BIGINT NOT NULL REFERENCES messages (id),
    at          BIGINT NOT NULL,
    channel     TEXT NOT NULL,
    outcome     TEXT NOT NULL,
    detail      TEXT NOT NULL DEFAULT '',
    platform_id TEXT
);
CREATE INDEX attempts_by_message ON attempts (message_id);

-- waiting times that a platform asked for: per chat, group or bot
CREATE TABLE gates (
    key   TEXT PRIMARY KEY,
    until BIGINT NOT NULL
);

-- ---- inbox --------------------------------------------------------------------------------------
CREATE TABLE inbox (
    id          INTEGER PRIMARY KEY,
    channel     TEXT NOT NULL,
    account     TEXT NOT NULL,
    update_id   TEXT NOT NULL,
    body_hash   TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    -- new, done, failed
    state       TEXT NOT NULL,
    tries       BIGINT NOT NULL DEFAULT 0,
    inbound     TEXT NOT NULL,
    raw         TEXT NOT NULL,
    outcome     TEXT NOT NULL DEFAULT '',
    UNIQUE (channel, account, update_id)
);
CREATE INDEX inbox_new ON inbox (id) WHERE state = 'new';

CREATE TABLE offsets (
    channel TEXT NOT NULL,
    account TEXT NOT NULL,
    offset_ BIGINT NOT NULL,
    PRIMARY KEY (channel, account)
);

-- what the bot asked a person and waits to hear
CREATE TABLE questions (
    person_id  BIGINT PRIMARY KEY REFERENCES people (id),
    asked_at   BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    message_id BIGINT NOT NULL,
    data       TEXT NOT NULL
);

-- ---- clockwork ----------------------------------------------------------------------------------
CREATE TABLE schedules (
    key     TEXT PRIMARY KEY,
    -- the expression it was computed from: another one starts anew
    cron    TEXT NOT NULL,
    next_at BIGINT NOT NULL,
    last_at BIGINT
);

CREATE TABLE sources (
    name     TEXT PRIMARY KEY,
    digest   TEXT NOT NULL,
    read_at  BIGINT NOT NULL,
    outcome  TEXT NOT NULL
);

CREATE TABLE alarms (
    id       INTEGER PRIMARY KEY,
    key      TEXT NOT NULL UNIQUE,
    at       BIGINT NOT NULL,
    text     TEXT NOT NULL
);

-- open sessions of the built-in page; only hashes are kept
CREATE TABLE desk_sessions (
    token_hash TEXT PRIMARY KEY,
    person_id  BIGINT NOT NULL REFERENCES people (id),
    login      TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
