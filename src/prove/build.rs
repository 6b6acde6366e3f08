//! A database that is as a catalog says: its objects are created one by one in a throwaway database.

use super::stop::Stop;
use crate::change::{Manage, Policy};
use crate::engine::{Engine, Scratch, database_words};
use crate::model::Catalog;
use crate::step::Action;
use crate::{diff, plan};
use tokio_postgres::Error;

/// So many roles and tablespaces may be missing for one statement.
const STAND_INS: usize = 20;

/// Creates everything that the catalog holds.
///
/// # Errors
/// What cannot be created on this server, with the object and the database's words.
pub async fn build(engine: &Engine, scratch: &Scratch, from: &Catalog) -> Result<(), Stop> {
    let nothing = Catalog {
        server_version: from.server_version,
        ..Catalog::default()
    };
    let policy = Policy {
        manage_grants: Manage::All,
        manage_owners: Manage::All,
        manage_comments: Manage::All,
        ..Policy::default()
    };
    let changes = diff::diff(&nothing, from, &policy);
    let plan = plan::compile(&nothing, from, &changes, &policy);
    if let Some(refused) = plan.refusals.first() {
        return Err(Stop::build(format!(
            "{} cannot be created: {}",
            refused.object, refused.message
        )));
    }
    let settings = "SET search_path = ''; SET check_function_bodies = off; SET client_min_messages = error";
    scratch
        .client
        .batch_execute(settings)
        .await
        .map_err(Stop::database)?;
    for each in &plan.steps {
        let mut statements = Vec::new();
        gather(&each.step.up, &mut statements);
        for statement in statements {
            if let Err(error) = run(engine, scratch, &statement).await {
                // A new database holds the schema public and plpgsql.
                let code = error
                    .code()
                    .map(|code| code.code().to_owned())
                    .unwrap_or_default();
                if ["42P06", "42710"].contains(&code.as_str()) {
                    continue;
                }
                let title = format!(
                    "PostgreSQL {} cannot make {} as it is: {}",
                    engine.major(),
                    each.step.object,
                    database_words(&error)
                );
                return Err(Stop::build(title));
            }
        }
    }
    scratch
        .client
        .batch_execute("RESET ALL")
        .await
        .map_err(Stop::database)
}

/// Runs a statement; roles and tablespaces that it names get stand-ins.
async fn run(engine: &Engine, scratch: &Scratch, statement: &str) -> Result<(), Error> {
    for _ in 0..STAND_INS {
        let Err(error) = scratch.client.batch_execute(statement).await else {
            return Ok(());
        };
        let said = error
            .as_db_error()
            .map(|said| said.message().to_owned())
            .unwrap_or_default();
        if !stand_in(engine, &said).await {
            return Err(error);
        }
    }
    scratch.client.batch_execute(statement).await
}

/// Makes the role or the tablespace that the words say is missing; false where they speak of something else.
pub async fn stand_in(engine: &Engine, said: &str) -> bool {
    let missing = |what: &str| {
        let rest = said.strip_prefix(what)?.strip_prefix(" \"")?;
        rest.strip_suffix("\" does not exist").map(ToOwned::to_owned)
    };
    match (missing("role"), missing("tablespace")) {
        (Some(role), _) => engine.ensure_role(&role).await.is_ok(),
        (None, Some(tablespace)) => engine.ensure_tablespace(&tablespace).await.is_ok(),
        (None, None) => false,
    }
}

fn gather(action: &Action, statements: &mut Vec<String>) {
    match action {
        Action::Statements(list) => statements.extend(list.iter().map(ToString::to_string)),
        Action::Sequence(list) => list.iter().for_each(|each| gather(each, statements)),
        // There are no rows.
        Action::Batches(_) | Action::Verify(_) => {}
    }
}
