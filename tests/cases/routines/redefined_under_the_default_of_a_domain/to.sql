CREATE FUNCTION public.dq() RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint';
CREATE FUNCTION public.least(m integer) RETURNS integer LANGUAGE sql AS 'SELECT m';
CREATE DOMAIN public.quantity AS bigint DEFAULT public.dq() CHECK (VALUE > 0);
CREATE DOMAIN public.amount AS bigint DEFAULT (public.least(3) + 2);
CREATE TABLE public.t (q public.quantity, a public.amount);
