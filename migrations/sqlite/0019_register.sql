-- The register of people: who was merged into whom, and what an offboarding changed, so that a wrong one can be taken back.

-- the person that this one was found to be; such a one is gone
ALTER TABLE people ADD COLUMN merged_into BIGINT;

CREATE TABLE offboardings (
    id        INTEGER PRIMARY KEY,
    person_id BIGINT NOT NULL REFERENCES people (id),
    at        BIGINT NOT NULL,
    undone_at BIGINT,
    -- posts, contact points, absences and items as they were before (JSON)
    data      TEXT NOT NULL
);
CREATE INDEX offboardings_by_person ON offboardings (person_id, id);
