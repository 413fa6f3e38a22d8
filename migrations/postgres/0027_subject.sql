-- What a notice is about and what a line of a message shows need not be an item: its kind and id, in the words of `numbers`.
-- What stood in `note` stands with the rest of the reason.
ALTER TABLE notices RENAME COLUMN item_id TO named_id;
-- item, digest (of a unit, or of whoever reads it), system
ALTER TABLE notices ADD COLUMN kind TEXT NOT NULL DEFAULT 'item';
UPDATE notices SET
    kind = CASE WHEN named_id IS NOT NULL THEN 'item' WHEN data::json ->> 'form' = 'summary' THEN 'digest' ELSE 'system' END,
    named_id = CASE WHEN named_id IS NOT NULL THEN named_id
                    WHEN data::json ->> 'form' = 'summary' AND data::json ->> 'step' LIKE 'table:%'
                        THEN substr(data::json ->> 'step', 7)::bigint END,
    data = CASE note WHEN '' THEN data ELSE (data::jsonb || jsonb_build_object('note', note))::text END
WHERE named_id IS NULL OR note <> '';
ALTER TABLE notices ALTER COLUMN kind DROP DEFAULT;
ALTER TABLE notices DROP COLUMN note;
DROP INDEX notices_by_item;
CREATE INDEX notices_by_named ON notices (named_id, kind);
CREATE OR REPLACE FUNCTION notices_point_at_rows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM added WHERE (SELECT 1 FROM people WHERE id = added.person_id) IS NULL
               OR (added.kind = 'item' AND (SELECT 1 FROM items WHERE id = added.named_id) IS NULL)) THEN
        RAISE foreign_key_violation USING MESSAGE = 'a notice points at nobody or nothing';
    END IF;
    RETURN NULL;
END $$;

ALTER TABLE message_lines RENAME COLUMN item_id TO named_id;
ALTER TABLE message_lines ADD COLUMN kind TEXT NOT NULL DEFAULT 'item';
ALTER TABLE message_lines ALTER COLUMN kind DROP DEFAULT;
DROP INDEX message_lines_by_item;
CREATE INDEX message_lines_by_named ON message_lines (named_id, kind);
CREATE OR REPLACE FUNCTION lines_point_at_rows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM added WHERE (SELECT 1 FROM messages WHERE id = added.message_id) IS NULL
               OR (added.kind = 'item' AND (SELECT 1 FROM items WHERE id = added.named_id) IS NULL)) THEN
        RAISE foreign_key_violation USING MESSAGE = 'a line points at no message or no item';
    END IF;
    RETURN NULL;
END $$;
