//! Executes what has to be done again in a database that was kept.

use tokio_postgres::Client;

use super::Scratch;
use super::admin::quote_ident;
use super::error::EngineError;
use super::file_settings::FileSettings;
use super::load::lost;
use crate::desired::{Desired, Done, Rework, Settings};
use crate::model::QualifiedName;

/// Foreign keys of tables that stay to tables that go. The last column is false for one that would not come back as it is.
const KEYS: &str = "
    SELECT quote_ident(n.nspname) || '.' || quote_ident(r.relname), quote_ident(c.conname), pg_get_constraintdef(c.oid),
           i.relname::text,
           c.conparentid = 0 AND c.coninhcount = 0 AND r.relkind = 'r' AND NOT r.relispartition AND u.relkind = 'r'
           AND obj_description(c.oid, 'pg_constraint') IS NULL
           AND NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgconstraint = c.oid AND t.tgenabled <> 'O')
      FROM pg_constraint c
      JOIN pg_class r ON r.oid = c.conrelid
      JOIN pg_namespace n ON n.oid = r.relnamespace
      JOIN pg_class u ON u.oid = c.confrelid
      LEFT JOIN pg_class i ON i.oid = c.conindid
     WHERE c.contype = 'f'
       AND c.confrelid IN (SELECT to_regclass(name) FROM unnest($1::text[]) AS name)
       AND c.conrelid NOT IN (SELECT to_regclass(name) FROM unnest($1::text[]) AS name
                               WHERE to_regclass(name) IS NOT NULL)
     ORDER BY 1, 2";

/// True where the server had to make up a name because another table had taken the first that it thought of: then names depend on
/// the order in which tables are made.
const COLLISION: &str = "
    SELECT EXISTS (
        SELECT FROM pg_class a LEFT JOIN pg_index ai ON ai.indexrelid = a.oid
         WHERE a.relkind IN ('i', 'I', 'S') AND a.relname ~ '_(key|idx|excl|pkey|seq)[0-9]+$'
           AND (octet_length(a.relname::text) = 63 OR EXISTS (
                SELECT FROM pg_class b LEFT JOIN pg_index bi ON bi.indexrelid = b.oid
                 WHERE b.relnamespace = a.relnamespace AND b.relname = regexp_replace(a.relname, '[0-9]+$', '')
                   AND ai.indrelid IS DISTINCT FROM bi.indrelid)))";

/// A foreign key of a table that stays.
#[derive(PartialEq, Eq)]
struct Key {
    table: String,
    name: String,
    definition: String,
    /// What it is tied to.
    index: Option<String>,
}

/// Does it in one transaction; `before_commit` is called when nothing but its end is left. False where the server refuses a part
/// of it or it would not end as an execution of everything: then nothing is done.
pub(super) async fn execute(
    scratch: &Scratch,
    desired: &Desired,
    work: &Rework,
    before_commit: impl FnOnce(),
) -> Result<bool, EngineError> {
    let client = &scratch.client;
    client
        .batch_execute("BEGIN")
        .await
        .map_err(|error| lost(&error))?;
    let done = attempt(client, desired, work).await;
    let end = match done {
        Ok(true) => {
            before_commit();
            "COMMIT"
        }
        _ => "ROLLBACK",
    };
    let ended = client.batch_execute(end).await;
    match done.and_then(|done| ended.map(|()| done)) {
        Ok(done) => Ok(done),
        Err(error) if error.as_db_error().is_some() => Ok(false),
        Err(error) => Err(lost(&error)),
    }
}

async fn attempt(client: &Client, desired: &Desired, work: &Rework) -> Result<bool, tokio_postgres::Error> {
    let statements = || work.execute.iter().map(|number| &desired.statements[*number]);
    let removing = work.keys.iter().chain(&work.remove);
    let all = removing
        .map(|piece| &*piece.settings)
        .chain(statements().map(|statement| &*statement.settings));
    let Ok(mut settings) = FileSettings::begin(client, all).await else {
        return Ok(false);
    };
    if collides(client).await? {
        return Ok(false);
    }
    let none = Settings::default();
    let tables: Vec<String> = work.tables.iter().map(quoted).collect();
    run(client, &mut settings, &none, pieces(&work.keys)).await?;
    let Some(keys) = keys(client, &tables).await? else {
        return Ok(false);
    };
    for key in &keys {
        let drop = format!("ALTER TABLE {} DROP CONSTRAINT {}", key.table, key.name);
        client.batch_execute(&drop).await?;
    }
    run(client, &mut settings, &none, pieces(&work.remove)).await?;
    run(
        client,
        &mut settings,
        &none,
        statements().map(|s| (s.text.as_str(), &*s.settings)),
    )
    .await?;
    for Key {
        table,
        name,
        definition,
        ..
    } in &keys
    {
        let add = format!("ALTER TABLE {table} ADD CONSTRAINT {name} {definition}");
        client.batch_execute(&add).await?;
    }
    let back = self::keys(client, &tables).await?;
    Ok(
        back.is_some_and(|back| back.iter().filter(|key| keys.contains(key)).count() == keys.len())
            && !collides(client).await?,
    )
}

fn pieces(done: &[Done]) -> impl Iterator<Item = (&str, &Settings)> {
    done.iter().map(|piece| (piece.text.as_str(), &*piece.settings))
}

/// Executes them, and leaves the session with the settings that it has without files.
async fn run<'s>(
    client: &Client,
    settings: &mut FileSettings<'_>,
    none: &'s Settings,
    pieces: impl Iterator<Item = (&'s str, &'s Settings)>,
) -> Result<(), tokio_postgres::Error> {
    let (script, now) = settings.script(pieces.chain([("", none)]));
    client.batch_execute(&script).await?;
    settings.are_now(now);
    Ok(())
}

async fn collides(client: &Client) -> Result<bool, tokio_postgres::Error> {
    client.query_one(COLLISION, &[]).await?.try_get(0)
}

/// None where one of them would not come back as it is.
async fn keys(client: &Client, tables: &[String]) -> Result<Option<Vec<Key>>, tokio_postgres::Error> {
    let rows = client.query(KEYS, &[&tables]).await?;
    let mut keys = Vec::new();
    for row in rows {
        if !row.try_get::<_, bool>(4)? {
            return Ok(None);
        }
        keys.push(Key {
            table: row.try_get(0)?,
            name: row.try_get(1)?,
            definition: row.try_get(2)?,
            index: row.try_get(3)?,
        });
    }
    Ok(Some(keys))
}

fn quoted(name: &QualifiedName) -> String {
    format!(
        "{}.{}",
        quote_ident(name.schema.as_str()),
        quote_ident(name.name.as_str())
    )
}
