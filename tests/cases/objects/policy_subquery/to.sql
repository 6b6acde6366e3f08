CREATE TABLE account (name text PRIMARY KEY, level integer);
CREATE TABLE document (id integer PRIMARY KEY, level integer);
CREATE POLICY cleared ON document AS RESTRICTIVE USING ((SELECT document.level <= account.level FROM account WHERE name = current_user));
