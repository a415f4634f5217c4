-- The catalogue as it is read: one row for each data set, in the order of their latest publication, and the words that find it.
-- Whoever reads page by page while others publish meets everything at least once: what is published again moves to the end.

CREATE TABLE catalogue (
    seq      INTEGER PRIMARY KEY AUTOINCREMENT,
    id       TEXT NOT NULL UNIQUE,
    version  INTEGER NOT NULL,
    modified INTEGER NOT NULL                                       -- never smaller than that of an earlier `seq`
) STRICT;
CREATE INDEX catalogue_by_modified ON catalogue (modified, seq);

-- `rowid` is the `seq`; `tokens` are divided by spaces (store/tokens.py). Asked as a function: catalogue_text('to ky yo').
CREATE VIRTUAL TABLE catalogue_text USING fts5 (tokens, content='', contentless_delete=1, detail='none', tokenize='ascii');

-- Data sets published before are listed; words find them once they are published again.
INSERT INTO catalogue (id, version, modified) SELECT id, max(version), 0 FROM datasets GROUP BY id ORDER BY id;
