-- Names outlive keys: the rolls by which the key of a name handed it on, and one endorsement by each key of a name.

CREATE TABLE key_rolls (
    name   TEXT NOT NULL,               -- did:key of a participant: its first key
    number INTEGER NOT NULL,            -- counts from 1 without a gap
    digest TEXT NOT NULL UNIQUE,
    note   TEXT NOT NULL,
    PRIMARY KEY (name, number)
) STRICT;

CREATE TABLE key_endorsements (
    digest TEXT PRIMARY KEY,
    name   TEXT NOT NULL,
    signer TEXT NOT NULL,               -- did:key of the very key that signed
    note   TEXT NOT NULL,
    UNIQUE (name, signer)
) STRICT;
INSERT INTO key_endorsements (digest, name, signer, note) SELECT digest, name, name, note FROM log_endorsements;
DROP TABLE log_endorsements;
