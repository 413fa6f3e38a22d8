-- Platforms whose position is a word of theirs and not a number (Matrix: `next_batch` of a sync).
ALTER TABLE offsets ADD COLUMN token TEXT;
