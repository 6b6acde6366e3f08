CREATE TABLE users (id bigint PRIMARY KEY, name text);
CREATE POLICY own ON users USING (EXISTS (SELECT 1 FROM users u WHERE u.id = users.id));
CREATE TABLE orders (u bigint);
CREATE POLICY seen ON orders USING (EXISTS (SELECT 1 FROM users WHERE users.id = orders.u)) WITH CHECK (u > 0);
CREATE RULE gone AS ON DELETE TO orders DO ALSO DELETE FROM users WHERE users.id = old.u;
CREATE TABLE lines (u bigint);
CREATE RULE kept AS ON DELETE TO lines DO ALSO SELECT count(*) FROM users;
