CREATE COLLATION shop.ruled (provider = icu, locale = 'und', rules = '&a < g');
CREATE FUNCTION shop.atomic(n int) RETURNS text LANGUAGE sql RETURN (SELECT max(c.name) FROM shop.customers c WHERE c.id = n);
CREATE VIEW shop.documents AS SELECT JSON_ARRAY(a, b) AS pair, a IS JSON AS is_it FROM (SELECT 'x'::text AS a, 1 AS b) AS s;
