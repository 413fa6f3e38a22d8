-- What a ledger source said last, so that its server is only asked for news, and so that a source that has
-- fallen silent or fails is seen.

-- as the server sent them with what was applied last; asked with again
ALTER TABLE sources ADD COLUMN etag TEXT;
ALTER TABLE sources ADD COLUMN last_modified TEXT;
-- how old the content itself is: its file's or server's date, else the instant it was fetched
ALTER TABLE sources ADD COLUMN fresh_at BIGINT;
-- the last time all was well
ALTER TABLE sources ADD COLUMN good_at BIGINT;
-- rows of the ledger then
ALTER TABLE sources ADD COLUMN row_count BIGINT;
-- why the last reading changed nothing; empty while all is well
ALTER TABLE sources ADD COLUMN problem TEXT NOT NULL DEFAULT '';
