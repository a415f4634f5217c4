-- What agents asked, and how many rows they were answered, under each agreement and day.

CREATE TABLE door_questions (
    agreement TEXT NOT NULL,
    since     INTEGER NOT NULL,         -- where the day begins
    questions INTEGER NOT NULL,
    answered  INTEGER NOT NULL,         -- rows
    PRIMARY KEY (agreement, since)
) STRICT;
