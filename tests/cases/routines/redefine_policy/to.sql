CREATE TABLE secret (id integer PRIMARY KEY, owner text);
ALTER TABLE secret ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON secret FOR ALL USING (owner = current_user);
