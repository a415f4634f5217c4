-- Differential privacy: what each release of statistics took from the budget of its data set and recipient.

CREATE TABLE privacy_spends (
    transfer  TEXT PRIMARY KEY REFERENCES processes (id),
    dataset   TEXT NOT NULL,
    recipient TEXT NOT NULL,
    loss      INTEGER NOT NULL                                       -- epsilon in billionths, rounded up
) STRICT;
CREATE INDEX privacy_spends_by_pair ON privacy_spends (dataset, recipient);
