//! What no order of steps does is said before anything is changed.

use super::stage::{Database, Stage};

/// PostgreSQL takes such a key for the partition's part of the index, and then drops each only with the other: the key cannot go alone.
#[tokio::test(flavor = "current_thread")]
async fn a_partitions_own_key_below_an_index_of_the_parent() {
    let database = Database::with(
        "CREATE TABLE t (id int, x int) PARTITION BY RANGE (id);
         CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (10);
         ALTER TABLE t1 ADD CONSTRAINT own UNIQUE (id);
         CREATE UNIQUE INDEX i ON t (id);",
    )
    .await;
    let mut stage = Stage::on(&database);
    stage.file(
        "schema/t.sql",
        "CREATE TABLE t (id int, x int) PARTITION BY RANGE (id);
CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (10);
CREATE UNIQUE INDEX i ON t (id);
",
    );
    stage.run("plan").matches("refused-key-below-an-index");
    database.end().await;
}

/// The index goes with the keys below it by CASCADE, and that would take a foreign key along that stays.
#[tokio::test(flavor = "current_thread")]
async fn an_index_above_a_key_that_a_foreign_key_refers_to() {
    let tables = "CREATE TABLE t (id int) PARTITION BY RANGE (id);
CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (10);
ALTER TABLE t1 ADD CONSTRAINT own UNIQUE (id);
CREATE TABLE u (t_id int REFERENCES t1 (id));
";
    let database = Database::with(&format!("{tables} CREATE UNIQUE INDEX i ON t (id);")).await;
    let mut stage = Stage::on(&database);
    stage.file("schema/t.sql", tables);
    stage.run("plan").matches("refused-index-above-a-key");
    database.end().await;
}

/// An attribute that comes is empty in every row of the type's tables.
#[tokio::test(flavor = "current_thread")]
async fn a_column_that_comes_with_its_tables_type_and_rejects_null() {
    let database =
        Database::with("CREATE TYPE c AS (a int); CREATE TABLE t OF c; INSERT INTO t VALUES (1);").await;
    let mut stage = Stage::on(&database);
    stage.file(
        "schema/t.sql",
        "CREATE TYPE c AS (a int, b text);\nCREATE TABLE t OF c (b DEFAULT 'x' NOT NULL);\n",
    );
    stage.run("plan").matches("refused-attribute-not-null");
    database.end().await;
}

/// PostgreSQL takes such a rule only with the columns that are there.
#[tokio::test(flavor = "current_thread")]
async fn a_column_of_a_table_that_a_rule_returns() {
    let rule = |columns: &str| {
        format!(
            "CREATE TABLE t (id int PRIMARY KEY{columns}); CREATE TABLE l (id int{columns});\n\
             CREATE RULE r AS ON INSERT TO t DO INSTEAD INSERT INTO l VALUES (new.*) RETURNING l.*;\n"
        )
    };
    let database = Database::with(&rule("")).await;
    let mut stage = Stage::on(&database);
    stage.file("schema/t.sql", &rule(", x int"));
    stage.run("plan").matches("refused-returned-column");
    database.end().await;
}
