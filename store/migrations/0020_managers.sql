-- Who leads whom, as in the enterprise extension of SCIM users (RFC 7643 §4.3).

CREATE TABLE person_manager (
    person_id TEXT NOT NULL PRIMARY KEY,
    manager_id TEXT NOT NULL
);
CREATE INDEX person_manager_reports ON person_manager (manager_id, person_id);
