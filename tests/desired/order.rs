//! What the names alone cannot order is ordered by trying.

use super::catalog;
use schemaplan::model::Kind;

#[tokio::test]
async fn a_view_may_use_a_column_that_a_later_file_adds() {
    let catalog = catalog(&[
        ("a.sql", "create view v as select late from t;"),
        ("b.sql", "create table t (a int);"),
        ("c.sql", "alter table t add late int;"),
    ])
    .await;
    assert_eq!(catalog.of_kind(Kind::View).count(), 1);
}

#[tokio::test]
async fn a_foreign_key_may_need_a_key_that_a_later_file_adds() {
    let catalog = catalog(&[
        ("a.sql", "create table child (p int references parent (id));"),
        ("b.sql", "create table parent (id int);"),
        ("c.sql", "alter table parent add primary key (id);"),
    ])
    .await;
    assert_eq!(catalog.of_kind(Kind::Constraint).count(), 2);
}

#[tokio::test]
async fn do_blocks_define_what_earlier_files_use() {
    let catalog = catalog(&[
        ("a.sql", "create table t (m mood);"),
        (
            "b.sql",
            "do $$ begin create type mood as enum ('a'); exception when duplicate_object then null; end $$;",
        ),
    ])
    .await;
    assert_eq!(catalog.of_kind(Kind::EnumType).count(), 1);
}

#[tokio::test]
async fn a_label_may_be_used_in_the_file_that_adds_it() {
    let sql = "create type mood as enum ('a');\nalter type mood add value 'b';\ncreate table t (m mood default 'b');";
    assert_eq!(catalog(&[("a.sql", sql)]).await.of_kind(Kind::Table).count(), 1);
}

#[tokio::test]
async fn settings_of_one_file_do_not_reach_another() {
    let catalog = catalog(&[
        (
            "a.sql",
            "create schema app;\nset search_path = app;\ncreate table inside (a int);",
        ),
        ("b.sql", "create table outside (a int);"),
    ])
    .await;
    let tables: Vec<String> = catalog.of_kind(Kind::Table).map(|t| t.id.label()).collect();
    assert_eq!(tables, ["app.inside", "public.outside"]);
}

#[tokio::test]
async fn roles_and_tablespaces_are_made_where_files_name_them() {
    let catalog = catalog(&[(
        "a.sql",
        "create table t (a int) tablespace desired_space;\ngrant select on t to desired_reader;\n\
         do $$ begin grant insert on t to desired_writer; end $$;",
    )])
    .await;
    assert_eq!(catalog.of_kind(Kind::Table).count(), 1);
}

#[tokio::test]
async fn tables_that_refer_to_each_other_get_their_foreign_keys_last() {
    let catalog = catalog(&[
        (
            "team.sql",
            "create table team (\n  id int primary key,\n  lead int not null references person (id) deferrable initially deferred,\n  \
             -- schemaplan: renamed from boss_fk\n  constraint deputy_fk foreign key (id) references person\n);",
        ),
        ("person.sql", "create table person (id int primary key, team int references team on delete set null);\ncreate view v as select * from team;"),
    ])
    .await;
    let constraints: Vec<String> = catalog
        .of_kind(Kind::Constraint)
        .map(|c| {
            let origin = catalog.origin(&c.id).expect("an origin");
            format!("{} {}:{}", c.id.label(), origin.file, origin.line)
        })
        .collect();
    assert_eq!(
        constraints,
        [
            "public.person.person_pkey person.sql:1",
            "public.person.person_team_fkey person.sql:1",
            "public.team.deputy_fk team.sql:5",
            "public.team.team_lead_fkey team.sql:3",
            "public.team.team_pkey team.sql:2",
        ]
    );
    assert!(
        catalog
            .of_kind(Kind::Constraint)
            .any(|c| !c.directives.is_empty())
    );
}
