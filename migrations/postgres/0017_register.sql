-- The register of people: a mailbox or a telephone may be shared by two (a chat account may not, which the program sees
-- to), two posts of one unit may have one title and different roles, and a person has a name in Latin letters besides.
ALTER TABLE people ADD COLUMN english TEXT NOT NULL DEFAULT '';
DROP INDEX contacts_by_address;
CREATE UNIQUE INDEX contacts_by_address ON contacts (channel, address, person_id);
DROP INDEX posts_by_title;
CREATE UNIQUE INDEX posts_by_title ON posts (unit_id, title, role);
