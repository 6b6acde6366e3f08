//! PostgreSQL's errors, at their places in the files.

use super::{build, said};

#[tokio::test]
async fn an_unknown_type_is_shown_with_the_nearest_name() {
    let said = said(&[
        (
            "schema/orders.sql",
            "-- orders\nset search_path = public;\n\ncreate table orders (\n  id bigint primary key,\n  status  order_statsu not null,\n  note text\n);\n",
        ),
        ("schema/types.sql", "\n\ncreate type order_status as enum ('new');\n"),
    ])
    .await;
    let expected = "\
error[unknown-type]: type `order_statsu` does not exist
 --> schema/orders.sql:6:11
  |
6 |   status  order_statsu not null,
  |           ^^^^^^^^^^^^ not built in and not defined in the files
  |
  = help: `order_status` is defined in schema/types.sql:3";
    assert_eq!(said, expected);
}

#[tokio::test]
async fn syntax_errors_stand_where_the_server_finds_them() {
    let said = said(&[
        ("a.sql", "create table good (a int);\n\ncreate table ü (\n  a int,\n  b int nott null\n);\ncreate table other (a int);\n"),
        ("b.sql", "create tabel t (a int);\ncreate view v as select 'é', from good;\ncreate table unfinished (a int"),
    ])
    .await;
    for part in [
        "error[syntax]: syntax error at or near `nott`\n --> a.sql:5:9",
        "error[syntax]: syntax error at or near `tabel`\n --> b.sql:1:8",
        "error[syntax]: syntax error at or near `from`\n --> b.sql:2:30",
        "error[syntax]: syntax error at end of input",
    ] {
        assert!(said.contains(part), "{part}\n----\n{said}");
    }
    assert_eq!(said.matches("error[").count(), 4, "{said}");
}

#[tokio::test]
async fn what_fails_only_because_of_another_statement_is_counted_there() {
    let said = said(&[
        (
            "a.sql",
            "create view v2 as select * from v;\ncreate view v as select * from t;",
        ),
        (
            "b.sql",
            "create table t (a intt);\ncreate index i on t (a);\ncomment on table t is 'x';",
        ),
        (
            "c.sql",
            "create table u (a int);\ncreate view w as select b from u;",
        ),
    ])
    .await;
    assert_eq!(said.matches("error[").count(), 2, "{said}");
    assert!(
        said.contains("4 more statements fail only because of this one"),
        "{said}"
    );
    assert!(
        said.contains("error[unknown-column]: column `b` does not exist\n --> c.sql:2:25"),
        "{said}"
    );
}

#[tokio::test]
async fn an_error_inside_a_do_block_names_its_line() {
    let said = said(&[("a.sql", "\ndo $$\nbegin\n  create table t (a nix);\nend $$;\n")]).await;
    assert!(
        said.contains("type `nix` does not exist")
            && said.contains("a.sql:")
            && said.contains("inline_code_block line 3"),
        "{said}"
    );
}

#[tokio::test]
async fn duplicates_within_a_file_are_the_servers_to_report() {
    let said = said(&[("a.sql", "create table t (a int);\ncreate table t (b int);\n")]).await;
    assert!(
        said.contains("error[already-exists]: relation `t` already exists\n --> a.sql:2:"),
        "{said}"
    );
}

#[tokio::test]
async fn a_good_schema_says_nothing() {
    assert!(build(&[("a.sql", "create table t (a int);")]).await.is_ok());
}

#[tokio::test]
async fn an_extension_or_language_that_is_not_there_is_said_with_the_ways_out() {
    let said = said(&[(
        "schema/place.sql",
        "CREATE EXTENSION no_such_extension;\n\
         CREATE FUNCTION f() RETURNS integer LANGUAGE plnowhere AS 'return 1';\n",
    )])
    .await;
    assert!(
        said.contains("error[not-available]: extension `no_such_extension` is not available"),
        "{said}"
    );
    assert!(said.contains("language `plnowhere` does not exist"), "{said}");
    assert_eq!(said.matches("--shadow URL").count(), 2, "{said}");
}

#[tokio::test]
async fn what_no_server_does_is_not_said_to_be_missing_on_this_one() {
    let said = said(&[(
        "schema/halves.sql",
        "CREATE TABLE halves (id integer PRIMARY KEY, day date) PARTITION BY RANGE (day);\n",
    )])
    .await;
    assert!(
        said.contains("unique constraint on partitioned table must include all partitioning columns"),
        "{said}"
    );
    assert!(
        !said.contains("--shadow") && !said.contains("not-available"),
        "{said}"
    );
}
