-- What a ledger's own form needs: doubles, the file itself, its columns, what was written back.

-- unit, place, text and date found, whatever number the row has: rows that look alike are suspected doubles
ALTER TABLE items ADD COLUMN look TEXT;
CREATE INDEX items_by_look ON items (look) WHERE look IS NOT NULL;
-- what exports wrote into the office's columns (JSON, name to texts): read back, it is no change
ALTER TABLE items ADD COLUMN exported TEXT;

-- the file as the office handed it over (base64): an export fills it in
CREATE TABLE ledger_files (
    source  TEXT PRIMARY KEY,
    name    TEXT NOT NULL,
    read_at BIGINT NOT NULL,
    content TEXT NOT NULL
);

-- what a source's columns mean where no known name says so; 'own' for the office's own
CREATE TABLE ledger_columns (
    source  TEXT NOT NULL,
    header  TEXT NOT NULL,
    meaning TEXT NOT NULL,
    PRIMARY KEY (source, header)
);
