-- What a notice is about and what a line of a message shows need not be an item: its kind and id, in the words of `numbers`.
-- What stood in `note` stands with the rest of the reason.
CREATE TABLE notices_of_subjects (
    id         INTEGER PRIMARY KEY,
    key        TEXT NOT NULL UNIQUE,
    -- item, digest (of a unit, or of whoever reads it), system
    kind       TEXT NOT NULL,
    -- its id; none: there is only one
    named_id   BIGINT,
    person_id  BIGINT NOT NULL REFERENCES people (id),
    lane       BIGINT NOT NULL,
    send_at    BIGINT NOT NULL,
    -- queued, message, sent, withdrawn, dead, unknown
    state      TEXT NOT NULL,
    message_id BIGINT,
    created_at BIGINT NOT NULL,
    -- form, reason, epoch … as JSON
    data       TEXT NOT NULL,
    pause_id   BIGINT
);
INSERT INTO notices_of_subjects (id, key, kind, named_id, person_id, lane, send_at, state, message_id, created_at, data, pause_id)
SELECT id, key,
    CASE WHEN item_id IS NOT NULL THEN 'item' WHEN json_extract(data, '$.form') = 'summary' THEN 'digest' ELSE 'system' END,
    CASE WHEN item_id IS NOT NULL THEN item_id
         WHEN json_extract(data, '$.form') = 'summary' AND json_extract(data, '$.step') LIKE 'table:%'
             THEN CAST(substr(json_extract(data, '$.step'), 7) AS INTEGER) END,
    person_id, lane, send_at, state, message_id, created_at,
    CASE note WHEN '' THEN data ELSE json_set(data, '$.note', note) END, pause_id
FROM notices;
DROP TABLE notices;
ALTER TABLE notices_of_subjects RENAME TO notices;
CREATE INDEX notices_by_named ON notices (named_id, kind);
CREATE INDEX notices_by_message ON notices (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX notices_queued ON notices (send_at) WHERE state = 'queued' AND send_at >= 0;
CREATE INDEX notices_queued_by_person ON notices (person_id) WHERE state = 'queued';
CREATE INDEX notices_urgent ON notices (lane, send_at, person_id) WHERE state = 'queued' AND lane <= 2;
CREATE INDEX notices_paused ON notices (pause_id) WHERE pause_id IS NOT NULL;
CREATE TRIGGER notices_point_at_items BEFORE INSERT ON notices
WHEN NEW.kind = 'item' AND NOT EXISTS (SELECT 1 FROM items WHERE id = NEW.named_id)
BEGIN SELECT RAISE(ABORT, 'a notice points at no item'); END;

CREATE TABLE message_lines_of_subjects (
    message_id BIGINT NOT NULL REFERENCES messages (id),
    number     BIGINT NOT NULL,
    -- what it shows, and its id
    kind       TEXT NOT NULL,
    named_id   BIGINT NOT NULL,
    PRIMARY KEY (message_id, number)
);
INSERT INTO message_lines_of_subjects SELECT message_id, number, 'item', item_id FROM message_lines;
DROP TABLE message_lines;
ALTER TABLE message_lines_of_subjects RENAME TO message_lines;
CREATE INDEX message_lines_by_named ON message_lines (named_id, kind);
CREATE TRIGGER message_lines_point_at_items BEFORE INSERT ON message_lines
WHEN NEW.kind = 'item' AND NOT EXISTS (SELECT 1 FROM items WHERE id = NEW.named_id)
BEGIN SELECT RAISE(ABORT, 'a line points at no item'); END;
