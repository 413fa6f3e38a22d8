-- Indexes that keep what is done every minute apart from what is over.

-- gathering: what waits for one person
CREATE INDEX notices_queued_by_person ON notices (person_id) WHERE state = 'queued';
-- a notice without a message need not be found by it: one index less to write while notices are queued
DROP INDEX notices_by_message;
CREATE INDEX notices_by_message ON notices (message_id) WHERE message_id IS NOT NULL;
-- what an answer is about: the newest message of its chat
CREATE INDEX messages_sent ON messages (channel, address, sent_at, id) WHERE state = 'sent';
-- an escalation's repeats
CREATE INDEX messages_by_repeats ON messages (repeats_id) WHERE repeats_id IS NOT NULL;
