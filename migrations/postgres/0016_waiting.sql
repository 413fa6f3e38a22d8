-- Which items wait for somebody's decision: whoever decides by post, or as the last resort, stands on none of them.
ALTER TABLE items ADD COLUMN waits BIGINT NOT NULL DEFAULT 0;
UPDATE items SET waits = 1 WHERE open = 1 AND (
    state IN ('reported_done', 'verified')
    OR data LIKE '%"extension":{%' OR data LIKE '%"handover":{%' OR data LIKE '%"void_by":%');
CREATE INDEX items_waiting ON items (id) WHERE waits = 1;
