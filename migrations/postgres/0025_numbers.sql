-- Numbers that stay: what a number means to one person, in every message and list.
CREATE TABLE numbers (
    person_id BIGINT NOT NULL REFERENCES people (id),
    number    BIGINT NOT NULL,
    -- what it names: item, and its id
    kind      TEXT NOT NULL,
    named_id  BIGINT NOT NULL,
    -- UTC milliseconds, as all instants here
    given_at  BIGINT NOT NULL,
    -- since when it rests; none: it is in use
    freed_at  BIGINT,
    -- 1: its reader has seen it
    shown     BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (person_id, number)
);
CREATE UNIQUE INDEX numbers_by_named ON numbers (kind, named_id, person_id);

-- Numbers of the newest list that each person was sent stay theirs: it may be answered tomorrow.
INSERT INTO numbers (person_id, number, kind, named_id, given_at, freed_at, shown)
SELECT m.person_id, min(l.number), 'item', l.item_id, m.sent_at, NULL, 1
FROM (SELECT s.person_id AS person, max(s.id) AS id FROM messages s
      WHERE s.state = 'sent' AND s.person_id IS NOT NULL AND s.sent_at IS NOT NULL
      AND EXISTS (SELECT 1 FROM message_lines c WHERE c.message_id = s.id AND c.number = 2)
      GROUP BY s.person_id) AS newest
JOIN messages m ON m.id = newest.id
JOIN message_lines l ON l.message_id = m.id
JOIN items i ON i.id = l.item_id
WHERE i.open = 1 AND l.number > 0
GROUP BY m.person_id, l.item_id, m.sent_at;
