-- Offers of providers that wait for this node's operator: counted for each participant, so that nobody lays down any number of them.

CREATE INDEX processes_offered ON processes (peer)
WHERE kind = 'negotiation' AND role = 'consumer' AND state = 'OFFERED';
