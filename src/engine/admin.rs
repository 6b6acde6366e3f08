//! The statements that the engine itself runs on a server: making and removing databases and stand-ins.

use tokio_postgres::Client;

use super::error::EngineError;

/// The comment that marks what we made for names that the schema uses and the server did not know.
pub(super) const STAND_IN: &str = "schemaplan stand-in";
/// The beginning of the names of scratch databases: `schemaplan_scratch_<pid>_<seconds since 1970>_<random>`.
const SCRATCH: &str = "schemaplan_scratch";
/// A scratch younger than this may belong to a run that is about to connect.
const LEFTOVER_AGE_SECONDS: i64 = 60;

/// Why the maintenance session is needed at all, for messages.
const RIGHTS: &str = "the role must be a superuser, or have CREATEDB and CREATEROLE";

pub(super) fn quote_ident(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

pub(super) fn quote_literal(text: &str) -> String {
    let doubled = text.replace('\'', "''");
    if doubled.contains('\\') {
        format!(" E'{}'", doubled.replace('\\', "\\\\"))
    } else {
        format!("'{doubled}'")
    }
}

/// Makes an empty database and returns its name.
pub(super) async fn create_scratch(admin: &Client) -> Result<String, EngineError> {
    let failed = |error| EngineError::database("make a scratch database", &error, RIGHTS);
    let name = scratch_name(admin).await.map_err(failed)?;
    create_database(admin, &name).await.map_err(failed)?;
    Ok(name)
}

/// Makes a scratch of an empty database that is there.
pub(super) async fn rename_to_scratch(admin: &Client, spare: &str) -> Result<String, tokio_postgres::Error> {
    let name = scratch_name(admin).await?;
    let rename = format!(
        "ALTER DATABASE {} RENAME TO {}",
        quote_ident(spare),
        quote_ident(&name)
    );
    admin.batch_execute(&rename).await?;
    Ok(name)
}

/// Gives a scratch another name, once its sessions have ended, and writes it to disk: a server of ours is stopped without that.
pub(super) async fn keep_scratch(
    admin: &Client,
    scratch: &str,
    as_name: &str,
) -> Result<(), tokio_postgres::Error> {
    let rename = format!(
        "ALTER DATABASE {} RENAME TO {}",
        quote_ident(scratch),
        quote_ident(as_name)
    );
    admin
        .execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1",
            &[&scratch],
        )
        .await?;
    admin.batch_execute(&rename).await?;
    admin.batch_execute("CHECKPOINT").await
}

/// The databases whose names begin like that.
pub(super) async fn databases_like(admin: &Client, prefix: &str) -> Result<Vec<String>, EngineError> {
    let failed = |error| EngineError::database("look for databases that are kept", &error, RIGHTS);
    let rows = admin
        .query(
            "SELECT datname::text FROM pg_catalog.pg_database WHERE starts_with(datname::text, $1)",
            &[&prefix],
        )
        .await
        .map_err(failed)?;
    Ok(rows.into_iter().map(|row| row.get(0)).collect())
}

/// The time in it is the server's, whose clock judges the age later.
async fn scratch_name(admin: &Client) -> Result<String, tokio_postgres::Error> {
    let row = admin
        .query_one("SELECT extract(epoch FROM now())::bigint", &[])
        .await?;
    let (pid, now): (u32, i64) = (std::process::id(), row.try_get(0)?);
    Ok(format!("{SCRATCH}_{pid}_{now}_{:08x}", rand::random::<u32>()))
}

/// Makes an empty database.
pub(super) async fn create_database(admin: &Client, name: &str) -> Result<(), tokio_postgres::Error> {
    let quoted = quote_ident(name);
    // The C locale goes with every encoding, whatever the server's own is.
    let create =
        format!("CREATE DATABASE {quoted} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'");
    admin.batch_execute(&create).await
}

/// Whether there is a database of that name.
pub(super) async fn database_exists(admin: &Client, name: &str) -> Result<bool, tokio_postgres::Error> {
    let known = admin
        .query_opt("SELECT FROM pg_catalog.pg_database WHERE datname = $1", &[&name])
        .await?;
    Ok(known.is_some())
}

/// Removes a database that we made, with whoever is still connected to it.
pub(super) async fn drop_scratch(admin: &Client, name: &str) -> Result<(), EngineError> {
    let drop = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quote_ident(name));
    admin
        .batch_execute(&drop)
        .await
        .map_err(|error| EngineError::database(format!("remove the scratch database {name}"), &error, RIGHTS))
}

/// Removes the scratch databases of killed runs, and returns their names. `all` is for a cluster that nobody else
/// can use; otherwise only those go that nobody is connected to and that are older than a minute.
pub(super) async fn drop_leftovers(admin: &Client, all: bool) -> Result<Vec<String>, EngineError> {
    let failed = |error| EngineError::database("look for leftovers of killed runs", &error, RIGHTS);
    let rows = admin
        .query(
            "SELECT d.datname::text, extract(epoch FROM now())::bigint
               FROM pg_catalog.pg_database d
              WHERE d.datname ~ '^schemaplan_scratch_[0-9]+_[0-9]+_[0-9a-f]{8}$'
                AND ($1 OR NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity a WHERE a.datid = d.oid))
              ORDER BY 1",
            &[&all],
        )
        .await
        .map_err(failed)?;
    let mut removed = Vec::new();
    for row in rows {
        let (name, now): (String, i64) = (row.get(0), row.get(1));
        if !all && now - made_at(&name).unwrap_or(now) < LEFTOVER_AGE_SECONDS {
            continue;
        }
        // Another role's leftover cannot be removed by us; it does no harm.
        if drop_scratch(admin, &name).await.is_ok() {
            removed.push(name);
        }
    }
    Ok(removed)
}

/// Seconds since 1970, by the server's clock, when the scratch was made.
fn made_at(name: &str) -> Option<i64> {
    name.strip_prefix(SCRATCH)?.split('_').nth(2)?.parse().ok()
}

/// Makes a role that cannot log in, unless there is one of that name. Returns whether it was made.
pub(super) async fn ensure_role(admin: &Client, name: &str) -> Result<bool, EngineError> {
    let failed = |error| EngineError::database(format!("make a stand-in for role {name}"), &error, RIGHTS);
    let known = admin
        .query_opt("SELECT FROM pg_catalog.pg_roles WHERE rolname = $1", &[&name])
        .await
        .map_err(failed)?;
    if known.is_some() {
        return Ok(false);
    }
    let (quoted, mark) = (quote_ident(name), quote_literal(STAND_IN));
    let make = format!("CREATE ROLE {quoted} NOLOGIN; COMMENT ON ROLE {quoted} IS {mark}");
    admin.batch_execute(&make).await.map_err(failed)?;
    Ok(true)
}

/// Makes a tablespace inside the data folder, unless there is one of that name. Returns whether it was made.
pub(super) async fn ensure_tablespace(admin: &Client, name: &str) -> Result<bool, EngineError> {
    let failed = |error| {
        let hint = "making a tablespace takes a superuser, and PostgreSQL 14.5, 15 or newer";
        EngineError::database(format!("make a stand-in for tablespace {name}"), &error, hint)
    };
    let known = admin
        .query_opt(
            "SELECT FROM pg_catalog.pg_tablespace WHERE spcname = $1",
            &[&name],
        )
        .await
        .map_err(failed)?;
    if known.is_some() {
        return Ok(false);
    }
    let (quoted, mark) = (quote_ident(name), quote_literal(STAND_IN));
    // Not one batch: CREATE TABLESPACE refuses to run in a transaction, and a batch is one.
    for statement in [
        "SET allow_in_place_tablespaces = on".to_owned(),
        format!("CREATE TABLESPACE {quoted} LOCATION ''"),
        format!("COMMENT ON TABLESPACE {quoted} IS {mark}"),
    ] {
        admin.batch_execute(&statement).await.map_err(failed)?;
    }
    Ok(true)
}

/// Removes stand-ins that we made on a server of the user's; what is in use by now stays.
pub(super) async fn drop_stand_ins(admin: &Client, roles: &[String], tablespaces: &[String]) -> Vec<String> {
    let mut kept = Vec::new();
    for (kind, names) in [("TABLESPACE", tablespaces), ("ROLE", roles)] {
        for name in names {
            if admin
                .batch_execute(&format!("DROP {kind} IF EXISTS {}", quote_ident(name)))
                .await
                .is_err()
            {
                kept.push(format!("{} {name}", kind.to_lowercase()));
            }
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_age_of_a_scratch_stands_in_its_name() {
        assert_eq!(
            made_at("schemaplan_scratch_12_1732000000_00ff00ff"),
            Some(1_732_000_000)
        );
        assert_eq!(made_at("schemaplan_scratch_x"), None);
        assert_eq!(made_at("other_12_1732000000_00ff00ff"), None);
    }

    #[test]
    fn names_and_texts_are_quoted() {
        assert_eq!(quote_ident("a\"b"), "\"a\"\"b\"");
        assert_eq!(quote_literal("it's"), "'it''s'");
        assert_eq!(quote_literal("a\\b"), " E'a\\\\b'");
    }
}
