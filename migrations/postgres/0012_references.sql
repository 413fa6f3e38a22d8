-- Items, people and messages stay for ever. That what points at them points at something is asked once for all rows of a
-- statement, not once for each row: a foreign key looks up and locks row by row, and that was a quarter of planning.
-- No statement changes where a row points. SQLite's foreign keys cost little and stay.
CREATE FUNCTION refuse_delete() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are not deleted', TG_TABLE_NAME;
END $$;
CREATE TRIGGER items_stay BEFORE DELETE OR TRUNCATE ON items FOR EACH STATEMENT EXECUTE FUNCTION refuse_delete();
CREATE TRIGGER people_stay BEFORE DELETE OR TRUNCATE ON people FOR EACH STATEMENT EXECUTE FUNCTION refuse_delete();
CREATE TRIGGER messages_stay BEFORE DELETE OR TRUNCATE ON messages FOR EACH STATEMENT EXECUTE FUNCTION refuse_delete();

-- what is looked up stands in a list of its own for each row, so that no plan goes through a whole table
CREATE FUNCTION notices_point_at_rows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM added WHERE (SELECT 1 FROM people WHERE id = added.person_id) IS NULL
               OR (added.item_id IS NOT NULL AND (SELECT 1 FROM items WHERE id = added.item_id) IS NULL)) THEN
        RAISE foreign_key_violation USING MESSAGE = 'a notice points at nobody or nothing';
    END IF;
    RETURN NULL;
END $$;
ALTER TABLE notices DROP CONSTRAINT notices_item_id_fkey, DROP CONSTRAINT notices_person_id_fkey;
CREATE TRIGGER notices_point_at_rows AFTER INSERT ON notices REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION notices_point_at_rows();

CREATE FUNCTION messages_point_at_rows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM added
               WHERE added.person_id IS NOT NULL AND (SELECT 1 FROM people WHERE id = added.person_id) IS NULL) THEN
        RAISE foreign_key_violation USING MESSAGE = 'a message points at nobody';
    END IF;
    RETURN NULL;
END $$;
ALTER TABLE messages DROP CONSTRAINT messages_person_id_fkey;
CREATE TRIGGER messages_point_at_rows AFTER INSERT ON messages REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION messages_point_at_rows();

CREATE FUNCTION lines_point_at_rows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM added WHERE (SELECT 1 FROM messages WHERE id = added.message_id) IS NULL
               OR (SELECT 1 FROM items WHERE id = added.item_id) IS NULL) THEN
        RAISE foreign_key_violation USING MESSAGE = 'a line points at no message or no item';
    END IF;
    RETURN NULL;
END $$;
ALTER TABLE message_lines DROP CONSTRAINT message_lines_message_id_fkey, DROP CONSTRAINT message_lines_item_id_fkey;
CREATE TRIGGER lines_point_at_rows AFTER INSERT ON message_lines REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION lines_point_at_rows();

CREATE FUNCTION attempts_point_at_rows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM added WHERE (SELECT 1 FROM messages WHERE id = added.message_id) IS NULL) THEN
        RAISE foreign_key_violation USING MESSAGE = 'an attempt points at no message';
    END IF;
    RETURN NULL;
END $$;
ALTER TABLE attempts DROP CONSTRAINT attempts_message_id_fkey;
CREATE TRIGGER attempts_point_at_rows AFTER INSERT ON attempts REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION attempts_point_at_rows();
