-- Open items by their deadline, for the list before a holiday: without it all that was ever closed is read.
CREATE INDEX items_due ON items (current_due) WHERE open = 1;
