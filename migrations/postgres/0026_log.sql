-- One log: changes of people, units, posts, absences, contact points and rules stand in it beside those of items.
-- An event names its item, or another object by kind and id.

ALTER TABLE events ALTER COLUMN item_id DROP NOT NULL;
-- item; unit, person, post, tenure, absence, contact, rule, calendar
ALTER TABLE events ADD COLUMN object TEXT NOT NULL DEFAULT 'item';
ALTER TABLE events ADD COLUMN object_id BIGINT;
CREATE INDEX events_by_object ON events (object, object_id, id) WHERE object_id IS NOT NULL;
DROP TRIGGER events_are_not_updated ON events;
CREATE TRIGGER events_are_not_updated BEFORE UPDATE ON events FOR EACH ROW
WHEN (NEW.id <> OLD.id OR NEW.item_id IS DISTINCT FROM OLD.item_id OR NEW.version <> OLD.version OR NEW.at <> OLD.at
    OR NEW.actor <> OLD.actor OR NEW.via <> OLD.via OR NEW.inbox_id IS DISTINCT FROM OLD.inbox_id
    OR NEW.event <> OLD.event OR NEW.state <> OLD.state
    OR NEW.object <> OLD.object OR NEW.object_id IS DISTINCT FROM OLD.object_id)
EXECUTE FUNCTION refuse_change();

-- an older register enters the log at the first opening, as it is found
INSERT INTO meta (key, value) SELECT 'register_waits_for_log', '1' WHERE EXISTS (SELECT 1 FROM units) OR EXISTS (SELECT 1 FROM people);
