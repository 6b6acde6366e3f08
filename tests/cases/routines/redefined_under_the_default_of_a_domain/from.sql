CREATE FUNCTION public.dq() RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION public.least(n integer) RETURNS integer LANGUAGE sql AS 'SELECT n';
CREATE DOMAIN public.quantity AS bigint DEFAULT public.dq() CHECK (VALUE > 0);
CREATE DOMAIN public.amount AS bigint DEFAULT (public.least(3) + 1);
CREATE TABLE public.t (q public.quantity, a public.amount);
