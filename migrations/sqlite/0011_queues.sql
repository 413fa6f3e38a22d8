-- An update's turn is that of its arrival; no index that also holds what was handled can be taken for this one.
DROP INDEX inbox_new;
CREATE INDEX inbox_new ON inbox (received_at) WHERE state = 'new';
