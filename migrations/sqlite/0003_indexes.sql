-- Indexes that keep what is done every minute apart from what is over.

-- gathering: what waits for one person, and what may not wait behind the many
CREATE INDEX notices_queued_by_person ON notices (person_id) WHERE state = 'queued';
-- without the person: PostgreSQL would walk it from end to end for each person of a list
DROP INDEX notices_queued;
CREATE INDEX notices_queued ON notices (send_at) WHERE state = 'queued';
CREATE INDEX notices_urgent ON notices (lane, send_at, person_id) WHERE state = 'queued' AND lane <= 2;
-- a notice without a message need not be found by it: one index less to write while notices are queued
DROP INDEX notices_by_message;
CREATE INDEX notices_by_message ON notices (message_id) WHERE message_id IS NOT NULL;
-- an item has a few dozen notices in its life: those that still wait are found among them
DROP INDEX notices_live_by_item;
-- what an answer is about: the newest message of its chat
CREATE INDEX messages_sent ON messages (channel, address, sent_at, id) WHERE state = 'sent';
-- an escalation's repeats
CREATE INDEX messages_by_repeats ON messages (repeats_id) WHERE repeats_id IS NOT NULL;
-- nothing asks for the items of one unit; every planned item paid for it
DROP INDEX items_by_unit;
