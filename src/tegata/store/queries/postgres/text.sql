-- A full-text index, made of the name of the table and of its column: a function of the same name gives the rows that hold all tokens.

-- name: text_index
CREATE TABLE \1 (rowid BIGINT PRIMARY KEY, \2 TEXT COLLATE "C" NOT NULL);
CREATE INDEX \1_by_token ON \1 USING gin (string_to_array(\2, ' '));
CREATE FUNCTION \1(wanted TEXT) RETURNS TABLE (rowid BIGINT) LANGUAGE sql STABLE AS $$
    SELECT rowid FROM \1 WHERE string_to_array(\2, ' ') @> string_to_array(wanted, ' ')
$$;
