-- schemaplan: renamed from users
CREATE TABLE members (id bigint PRIMARY KEY, name text);
CREATE POLICY own ON members USING (EXISTS (SELECT 1 FROM members u WHERE u.id = members.id));
CREATE TABLE orders (u bigint);
CREATE POLICY seen ON orders USING (EXISTS (SELECT 1 FROM members WHERE members.id = orders.u)) WITH CHECK (u > 0);
CREATE RULE gone AS ON DELETE TO orders DO ALSO DELETE FROM members WHERE members.id = old.u;
CREATE TABLE lines (u bigint);
CREATE RULE kept AS ON DELETE TO lines DO ALSO SELECT count(*) FROM members;
