//! The stamp of a catalog changes with everything that a reader could see, and with nothing else.

use super::{database, engine};
use schemaplan::introspect::stamp;

#[tokio::test]
async fn every_change_gives_another_stamp_and_rest_gives_none() {
    let engine = engine().await;
    let scratch = database(&engine).await;
    let client = &scratch.client;
    let now = async || stamp(client, engine.major()).await.expect("a stamp");
    let mut seen = vec![now().await];
    for change in [
        "CREATE TABLE t (a integer, b text DEFAULT 'x'); CREATE TABLE u (a integer)",
        "ALTER TABLE t ALTER b SET DEFAULT 'y'",
        "COMMENT ON COLUMN t.a IS 'one'",
        "COMMENT ON COLUMN t.a IS 'two'",
        "CREATE INDEX i ON t (a)",
        "GRANT SELECT ON t TO PUBLIC",
        "ALTER TABLE t RENAME b TO c; ALTER TABLE t RENAME c TO b",
        "CREATE FUNCTION f() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
        "CREATE OR REPLACE FUNCTION f() RETURNS integer LANGUAGE sql AS 'SELECT 2'",
        "CREATE VIEW v AS SELECT a FROM t",
        "CREATE OR REPLACE VIEW v AS SELECT a + 1 AS a FROM t",
        "CREATE TYPE mood AS ENUM ('sad')",
        "ALTER TYPE mood ADD VALUE 'glad'",
        "CREATE SEQUENCE s",
        "ALTER SEQUENCE s OWNED BY t.a",
        "ALTER SEQUENCE s INCREMENT 7",
        "CREATE POLICY p ON t USING (true)",
        "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC",
        "CREATE PUBLICATION p FOR TABLE t",
        "ALTER TABLE t ALTER a SET STATISTICS 7",
        "DROP TABLE u",
    ] {
        client.batch_execute(change).await.expect(change);
        let after = now().await;
        assert!(!seen.contains(&after), "{change}");
        seen.push(after);
    }
    let rest = now().await;
    for other in [
        "INSERT INTO t SELECT n, 'n' FROM generate_series(1, 5000) AS n",
        "SELECT nextval('s')",
        "ANALYZE t",
        "VACUUM t",
        "VACUUM FREEZE pg_catalog.pg_class",
        "BEGIN; CREATE TABLE w (); ROLLBACK",
    ] {
        client.batch_execute(other).await.expect(other);
        assert_eq!(now().await, rest, "{other}");
    }
    scratch.close().await.expect("closed");
    engine.stop().await;
}
