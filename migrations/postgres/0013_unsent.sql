-- Making a message out of notices wrote a page of its own for each person, among all that he was ever sent; what is not
-- sent yet now stands apart and close together.
DROP INDEX messages_by_person;
CREATE INDEX messages_by_person ON messages (person_id, sent_at) WHERE sent_at IS NOT NULL;
CREATE INDEX messages_unsent ON messages (person_id) WHERE sent_at IS NULL;
