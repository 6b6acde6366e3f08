//! What is read from a database, written as SQL and read again is the same catalog.

use schemaplan::engine::{Engine, EngineOptions, Scratch, SessionSettings};
use schemaplan::introspect::{ReadOptions, read};
use schemaplan::model::{Body, Catalog, Ident, Kind, Object, ObjectId};
use schemaplan::sql::{self, Stmt};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use tokio_postgres::Client;

mod reading;
mod stamp;

pub async fn engine() -> Engine {
    let options = EngineOptions::default();
    Engine::start(options)
        .await
        .expect("a PostgreSQL on this machine")
}

pub async fn database(engine: &Engine) -> Scratch {
    let settings = SessionSettings::default();
    engine.scratch(&settings).await.expect("a database")
}

pub async fn catalog(client: &Client) -> Catalog {
    read(client, &ReadOptions::default()).await.expect("a catalog")
}

/// Who brings an object into the world: a column comes with its table.
fn bringer(id: &ObjectId) -> ObjectId {
    match id.kind {
        Kind::Column => ObjectId::named(Kind::Table, &id.relation()),
        _ => id.clone(),
    }
}

/// The objects without columns, each after what it uses.
fn in_order(catalog: &Catalog) -> Vec<&Object> {
    let mut needs: BTreeMap<ObjectId, BTreeSet<ObjectId>> = BTreeMap::new();
    for object in catalog.objects.values() {
        let mine = bringer(&object.id);
        let used = object.depends_on.iter().map(bringer).filter(|used| *used != mine);
        needs.entry(mine.clone()).or_default().extend(used);
    }
    let mut ordered = Vec::new();
    while !needs.is_empty() {
        let ready: Vec<ObjectId> = needs
            .iter()
            .filter(|(_, used)| used.iter().all(|id| !needs.contains_key(id)))
            .map(|(id, _)| id.clone())
            .collect();
        assert!(!ready.is_empty(), "a cycle: {needs:#?}");
        for id in ready {
            needs.remove(&id);
            ordered.push(catalog.get(&id).expect("an object of the catalog"));
        }
    }
    ordered
}

async fn run(client: &Client, statement: &Stmt) {
    sql::check(statement).expect("a statement that parses");
    if let Err(error) = client.batch_execute(statement.as_str()).await {
        panic!(
            "{statement}\n{}",
            error.as_db_error().map_or(error.to_string(), ToString::to_string)
        );
    }
}

/// Makes every object of the catalog in an empty database.
async fn write(client: &Client, catalog: &Catalog) {
    // What the text of a body uses is another reader's business.
    run(client, &Stmt::new("SET check_function_bodies = off")).await;
    let mut declared = catalog.clone();
    for object in declared.objects.values_mut() {
        let object = std::sync::Arc::make_mut(object);
        object.grants_declared = true;
        object.owner_declared = true;
        if let Body::Column(column) = &mut object.body
            && let Some(identity) = &mut column.identity
        {
            identity.grants_declared = true;
        }
    }
    for object in in_order(&declared) {
        let there = ["public", "plpgsql"].contains(&object.id.name.as_str());
        if matches!(object.id.kind, Kind::Schema | Kind::Extension) && there {
            continue;
        }
        for statement in sql::create(object, &declared) {
            run(client, &statement).await;
        }
    }
    for object in declared.of_kind(Kind::Sequence) {
        if let Body::Sequence(body) = &object.body
            && body.owned_by.is_some()
        {
            run(client, &sql::sequence_owned_by(object, body)).await;
        }
    }
}

/// The indexes of partitions are made with those of their parent; only their names are chosen apart.
async fn name_partition_indexes(client: &Client, catalog: &Catalog) {
    for object in catalog.objects.values() {
        let index = match &object.body {
            Body::Index(index) => Some(index),
            Body::Constraint(constraint) => constraint.index.as_deref(),
            _ => None,
        };
        let root = object.id.qualified();
        for (partition, name) in index.map_or(&[][..], |index| &index.partition_names) {
            run(client, &sql::below::name_partition_index(&root, partition, name)).await;
        }
    }
}

fn differences(left: &Catalog, right: &Catalog) -> Vec<String> {
    let ids: BTreeSet<&ObjectId> = left.objects.keys().chain(right.objects.keys()).collect();
    ids.into_iter()
        .filter(|id| left.get(id) != right.get(id))
        .map(|id| difference(id, left.get(id), right.get(id)))
        .collect()
}

/// The lines that differ between the two as JSON.
fn difference(id: &ObjectId, left: Option<&Object>, right: Option<&Object>) -> String {
    let lines = |object| -> Vec<String> {
        let text = serde_json::to_string_pretty(&object).expect("JSON");
        text.lines().map(str::to_owned).collect()
    };
    let (left, right) = (lines(left), lines(right));
    let only = |mark: &str, these: &[String], others: &[String]| -> String {
        let lines = these.iter().filter(|line| !others.contains(line));
        lines.map(|line| format!("\n{mark} {}", line.trim())).collect()
    };
    format!("{id}{}{}", only("-", &left, &right), only("+", &right, &left))
}

async fn make_public_the_same(client: &Client, catalog: &Catalog) {
    let id = ObjectId::global(Kind::Schema, "public");
    let (Some(object), Some(fresh)) = (catalog.get(&id), self::catalog(client).await.get(&id).cloned())
    else {
        if catalog.get(&id).is_none() {
            run(client, &Stmt::new("DROP SCHEMA public")).await;
        }
        return;
    };
    if let (Some(owner), true) = (&object.owner, object.owner != fresh.owner) {
        run(client, &sql::owner(object, owner).expect("schemas have owners")).await;
    }
    for statement in sql::grants(object, &fresh.grants, &object.grants) {
        run(client, &statement).await;
    }
    if let Some(comment) = &object.comment {
        run(
            client,
            &sql::comment(object, Some(comment)).expect("schemas have comments"),
        )
        .await;
    }
}

/// A database that holds the schema; roles that it names are made first, as the engine does.
async fn loaded(engine: &Engine, sql: &str) -> Result<Scratch, String> {
    loop {
        let database = database(engine).await;
        let Err(error) = database.client.batch_execute(sql).await else {
            return Ok(database);
        };
        let message = error
            .as_db_error()
            .map_or(error.to_string(), |e| e.message().to_owned());
        let role = message
            .strip_prefix("role \"")
            .and_then(|rest| rest.strip_suffix("\" does not exist"))
            .ok_or(format!("does not load: {message}"))?;
        engine.ensure_role(role).await.expect("a role");
    }
}

/// CREATE EXTENSION takes the newest version, whichever the file named; the NOT NULL of a column that also comes from a
/// parent may bear the parent's name or its own, both of PostgreSQL's choice.
fn forget_what_is_no_part_of_the_schema(catalog: &mut Catalog) {
    for object in catalog.objects.values_mut() {
        match &mut std::sync::Arc::make_mut(object).body {
            Body::Extension(body) => body.version.clear(),
            Body::Column(column) => {
                if let Some(form) = column.not_null_constraint.as_mut().filter(|form| form.generated) {
                    form.name = Ident::default();
                }
            }
            _ => {}
        }
    }
}

/// Loads, reads, writes, reads; returns the catalog. Then every object's existence is asked for, and every one dropped.
async fn round_trip(engine: &Engine, sql: &str) -> Result<Catalog, String> {
    let one = loaded(engine, sql).await?;
    let mut first = catalog(&one.client).await;
    let two = database(engine).await;
    make_public_the_same(&two.client, &first).await;
    write(&two.client, &first).await;
    name_partition_indexes(&two.client, &first).await;
    let mut second = catalog(&two.client).await;
    forget_what_is_no_part_of_the_schema(&mut first);
    forget_what_is_no_part_of_the_schema(&mut second);
    let differences = differences(&first, &second);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    exists_and_drop(&two.client, &first).await;
    one.close().await.expect("closed");
    two.close().await.expect("closed");
    Ok(first)
}

async fn is_there(client: &Client, id: &ObjectId) -> bool {
    let query = Stmt::new(format!("SELECT {}", sql::exists(id)));
    sql::check(&query).expect("a condition that parses");
    let row = client
        .query_one(query.as_str(), &[])
        .await
        .unwrap_or_else(|error| panic!("{query}: {error}"));
    row.get(0)
}

/// A question about any object ends in "no" where nothing of it is there.
#[tokio::test]
async fn asking_for_what_is_not_there_never_fails() {
    let engine = engine().await;
    let database = database(&engine).await;
    // 14 has no such objects, and no catalog to look for them in: nobody asks it.
    let known = |kind: &&Kind| engine.major() >= 15 || **kind != Kind::PublicationSchema;
    for kind in Kind::ALL.iter().filter(known) {
        let id = ObjectId {
            kind: *kind,
            schema: "no such \"schema'".into(),
            of: "no such table".into(),
            name: "nothing".into(),
            args: "no_such.type, integer".into(),
        };
        assert!(!is_there(&database.client, &id).await, "{id}");
    }
    database.close().await.expect("closed");
    engine.stop().await;
}

/// True for what every new database has.
fn stays(id: &ObjectId) -> bool {
    matches!(id.kind, Kind::Schema | Kind::Extension) && ["public", "plpgsql"].contains(&id.name.as_str())
}

async fn exists_and_drop(client: &Client, catalog: &Catalog) {
    client
        .batch_execute("SET search_path = ''")
        .await
        .expect("an empty path");
    for id in catalog.objects.keys() {
        assert!(is_there(client, id).await, "{id} is there");
    }
    let mut order = in_order(catalog);
    order.reverse();
    for object in order {
        let with_parent = match &object.body {
            Body::Constraint(body) => body.inherited,
            _ => false,
        };
        let gone_already = !is_there(client, &object.id).await;
        let stays = stays(&object.id);
        if with_parent || gone_already || stays || object.id.kind == Kind::DefaultPrivileges {
            continue;
        }
        run(client, &sql::drop(object)).await;
        assert!(!is_there(client, &object.id).await, "{} is gone", object.id);
    }
    for id in catalog.objects.keys() {
        assert!(
            stays(id) || id.kind == Kind::DefaultPrivileges || !is_there(client, id).await,
            "{id} is gone"
        );
    }
}

#[tokio::test]
async fn every_kind_comes_back_as_it_was() {
    let engine = engine().await;
    let mut text = include_str!("every_kind.sql").to_owned();
    for (major, more) in [
        (15, include_str!("since_15.sql")),
        (16, include_str!("since_16.sql")),
        (17, include_str!("since_17.sql")),
        (18, include_str!("since_18.sql")),
    ] {
        if engine.major() >= major {
            text.push_str(more);
        }
    }
    let catalog = round_trip(&engine, &text).await.expect("the file loads");
    let kinds: BTreeSet<Kind> = catalog.objects.keys().map(|id| id.kind).collect();
    let missing: Vec<&Kind> = Kind::ALL.iter().filter(|kind| !kinds.contains(kind)).collect();
    let since_15 = [&Kind::PublicationSchema];
    let absent = if engine.major() >= 15 {
        &[][..]
    } else {
        &since_15[..]
    };
    assert_eq!(missing, absent, "the file holds one of every kind");
    assert_eq!(catalog.unmanaged, [], "and nothing else");
    engine.stop().await;
}

/// Any schema files at hand: `SCHEMAPLAN_ROUNDTRIP` holds their paths with colons between them.
#[tokio::test]
async fn files_at_hand_come_back_as_they_were() {
    let Ok(paths) = std::env::var("SCHEMAPLAN_ROUNDTRIP") else {
        return;
    };
    let engine = engine().await;
    let mut failed = Vec::new();
    for path in paths.split(':').map(PathBuf::from) {
        let text = std::fs::read_to_string(&path).expect("a readable file");
        let text: String = text
            .lines()
            .filter(|line| !line.starts_with('\\'))
            .map(|line| format!("{line}\n"))
            .collect();
        let engine = &engine;
        let result = std::panic::AssertUnwindSafe(round_trip(engine, &text));
        match futures_util::FutureExt::catch_unwind(result).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => eprintln!("{}: {error}", path.display()),
            Err(_) => failed.push(path),
        }
    }
    engine.stop().await;
    assert_eq!(failed, Vec::<PathBuf>::new());
}
