//! What a plan makes is printed by the server as what psql makes of the same files: two ways of saying one thing can be told apart
//! in a dump, and the reader of the catalog, for which they are the same, sees nothing of it.

use super::stage::{Database, Stage};

const BEFORE: &str = "create table t (id int primary key, kind varchar(10), note varchar, constraint k check (kind in ('a', 'b')));
create view v as select id from t where kind in ('a', 'c');
create index i on t (id) where note not in ('x)', 'y''s');
create function f() returns trigger language plpgsql as $$begin return new; end$$;
create trigger g before insert on t for each row when (new.kind in ('o', 'p')) execute function f();
create policy p on t using (kind in ('a', 'z'));
create rule r as on insert to t where new.kind in ('k', 'l') do also nothing;
create table u (a varchar(3), b boolean generated always as (a in ('q', 'r')) stored, constraint w check (a = any (array[('q'::varchar)::text])));
create view nested as select id from t where id between 1 and 5 and kind = 'm' and exists (select 'x' from t as s where s.note = 'm');
create trigger rows before update on t for each row when ((new.id, new.kind) is distinct from (old.id, old.kind) and new.kind <> 'm') execute function f();
create index between_index on t (id) where id between 1 and 5 and kind = 'm';";

/// Everything above with another first element.
fn after() -> String {
    ["'a'", "'x)'", "'o'", "'k'", "in ('q'", "'m'"]
        .iter()
        .fold(BEFORE.to_owned(), |text, from| {
            text.replace(from, &from.replacen('\'', "'n", 1))
        })
}

const PRINTED: &str = "SELECT string_agg(q.said, E'\\n' ORDER BY q.said) FROM (
    SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT pg_get_viewdef(oid) FROM pg_class WHERE relname IN ('v', 'nested')
    UNION ALL SELECT pg_get_indexdef(oid) FROM pg_class WHERE relname IN ('i', 'between_index')
    UNION ALL SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname IN ('g', 'rows')
    UNION ALL SELECT pg_get_ruledef(oid) FROM pg_rewrite WHERE rulename = 'r'
    UNION ALL SELECT pg_get_expr(polqual, polrelid) FROM pg_policy
    UNION ALL SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = 'u'::regclass) AS q (said)";

async fn printed(database: &Database) -> String {
    database.get(PRINTED).await
}

/// A plan folder's scripts one after another, as psql would run them.
async fn run_scripts(database: &Database, stage: &Stage, direction: &str) {
    let mut phases = ["expand", "migrate", "contract"];
    if direction == "down" {
        phases.reverse();
    }
    for phase in phases {
        let script = stage.path(&format!("plans/1_lists/{phase}.{direction}.sql"));
        if let Ok(text) = std::fs::read_to_string(script) {
            database.run(&text).await;
            database.run("RESET ALL").await;
        }
    }
}

#[tokio::test(flavor = "current_thread")]
async fn what_is_made_is_printed_as_what_the_files_have() {
    let (before, wanted) = (Database::with(BEFORE).await, Database::with(&after()).await);
    let (before_said, wanted_said) = (printed(&before).await, printed(&wanted).await);
    assert!(wanted_said.contains("::text[]"), "{wanted_said}");
    assert_ne!(before_said, wanted_said);
    let mut stage = Stage::on(&before);
    stage.file("schema/all.sql", &after());
    stage.run("apply --phase all --yes --allow all").run("diff");
    assert_eq!(printed(&before).await, wanted_said);
    stage.run("rollback --phase all --yes");
    assert_eq!(printed(&before).await, before_said);

    let scripted = Database::with(BEFORE).await;
    let mut stage = Stage::on(&scripted);
    stage.file("schema/all.sql", &after());
    stage.run("plan --out plans --name lists --id 1");
    run_scripts(&scripted, &stage, "up").await;
    assert_eq!(printed(&scripted).await, wanted_said);
    run_scripts(&scripted, &stage, "down").await;
    assert_eq!(printed(&scripted).await, before_said);
    for database in [before, wanted, scripted] {
        database.end().await;
    }
}
