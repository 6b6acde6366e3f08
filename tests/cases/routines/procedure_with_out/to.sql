CREATE PROCEDURE split(a integer, OUT b integer) LANGUAGE plpgsql AS 'BEGIN b := a; END';
CREATE PROCEDURE split(a integer, b integer, OUT c integer) LANGUAGE plpgsql AS 'BEGIN c := a; END';
CREATE PROCEDURE split(a integer, b integer, c integer) LANGUAGE plpgsql AS 'BEGIN NULL; END';
GRANT EXECUTE ON PROCEDURE split(integer, integer, OUT integer) TO pg_monitor;
