-- The audit of what is overdue asks for open items that nobody will ever look at again; there are none, and
-- saying so must not cost a walk over all that is open.
CREATE INDEX items_forgotten ON items (id) WHERE open = 1 AND next_wake_at IS NULL;
