-- The head of a queue is found without looking at its tail: many messages are queued in the same instant, and their ids
-- order them; an update's turn is that of its arrival, and no index that also holds what was handled can be taken for it.
DROP INDEX messages_queued;
CREATE INDEX messages_queued ON messages (channel, lane, next_try_at, id) WHERE state = 'queued';
DROP INDEX inbox_new;
CREATE INDEX inbox_new ON inbox (received_at, id) WHERE state = 'new';
-- A message is written twice on its way, as leased and as sent: with room on its page the first touches no index.
ALTER TABLE messages SET (fillfactor = 50);
-- Statistics are often of an hour when nothing was queued; every index of queued notices then looks like every other.
-- What is true of all of them but not said by every statement keeps this one for those that ask for instants alone.
DROP INDEX notices_queued;
CREATE INDEX notices_queued ON notices (send_at) WHERE state = 'queued' AND send_at >= 0;
