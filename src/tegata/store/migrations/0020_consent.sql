-- Who has given consent and who has withdrawn it: acts, added to and never rewritten. Their number is the epoch.

CREATE TABLE consent_acts (
    source   TEXT NOT NULL,
    epoch    INTEGER NOT NULL,
    payload  BLOB NOT NULL,
    subjects BLOB NOT NULL,                                          -- keyed, 64 bits each
    PRIMARY KEY (source, epoch)
) STRICT;

-- Releases that may still be fetched, and the epoch that they were made in.
CREATE TABLE consent_releases (
    transfer TEXT PRIMARY KEY REFERENCES processes (id),
    source   TEXT NOT NULL,
    epoch    INTEGER NOT NULL
) STRICT;
CREATE INDEX consent_releases_by_source ON consent_releases (source, epoch);
