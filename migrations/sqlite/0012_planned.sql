-- How far an item is planned, beside its JSON: planning a million of them rewrites no text. It counts for the version
-- that was planned; where the item has changed since, the JSON says it.
ALTER TABLE items ADD COLUMN planned_version BIGINT;
ALTER TABLE items ADD COLUMN planned_until BIGINT;
