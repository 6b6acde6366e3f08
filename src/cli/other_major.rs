//! A live server of another major than the engine's: it prints the same definition in other words.
//!
//! Its catalog is made anew in the engine and read back, so that both sides of a comparison come from one server. Only
//! the bodies are taken over: what a database has beside its schema stays as it was read.

use super::cache::Slot;
use super::failure::Failure;
use super::terminal::Busy;
use super::workbench::Workbench;
use crate::change::Policy;
use crate::engine::{Choice, Engine, SessionSettings, database_words};
use crate::introspect::{self, ReadOptions};
use crate::model::{Catalog, Grantee, Unmanaged};
use crate::step::Action;
use crate::text::digest;
use crate::{diff, plan};
use std::collections::BTreeSet;

/// What a property is called that the engine's PostgreSQL, whose major follows, has no place for.
pub const NOT_MADE: &str = "a definition that cannot be made on PostgreSQL ";

/// The live catalog in the engine's words.
///
/// # Errors
/// When the engine does not start.
pub async fn in_engine_words(
    live: Catalog,
    settings: &SessionSettings,
    bench: &Workbench,
) -> Result<Catalog, Failure> {
    let choice = Choice::of(bench.engine_options(Some(settings))).await?;
    if choice.major() == live.major() {
        return Ok(live);
    }
    let text = serde_json::to_string(&Catalog {
        sizes: Default::default(),
        ..live.clone()
    })
    .unwrap_or_default();
    let slot = Slot::of(&digest([text.as_str()]), choice.version(), settings);
    let made = match slot.read(None) {
        Some(made) => made,
        None => {
            let what = format!(
                "Reading PostgreSQL {} through PostgreSQL {}",
                live.major(),
                choice.major()
            );
            let _busy = Busy::new(&bench.terminal, &what);
            let engine = choice.start().await?;
            let made = make(&engine, &live, settings).await;
            engine.stop().await;
            let made = made?;
            slot.write(&made);
            made
        }
    };
    Ok(with_bodies_of(live, made))
}

fn with_bodies_of(mut live: Catalog, made: Catalog) -> Catalog {
    for (id, object) in made.objects {
        if let Some(there) = live.get_mut(&id) {
            there.body = object.body.clone();
        }
    }
    live.unmanaged.extend(made.unmanaged);
    live
}

async fn make(engine: &Engine, live: &Catalog, settings: &SessionSettings) -> Result<Catalog, Failure> {
    for role in roles(live) {
        engine.ensure_role(&role).await?;
    }
    let scratch = engine.scratch(settings).await?;
    let nothing = Catalog {
        server_version: live.server_version,
        ..Catalog::default()
    };
    let policy = Policy::default();
    let changes = diff::diff(&nothing, live, &policy);
    let plan = plan::compile(&nothing, live, &changes, &policy);
    let mut missed: Vec<Unmanaged> = Vec::new();
    let _ = scratch
        .client
        .batch_execute("SET search_path = ''; SET check_function_bodies = off")
        .await;
    for step in &plan.steps {
        let mut statements = Vec::new();
        gather(&step.step.up, &mut statements);
        for statement in statements {
            if let Err(error) = scratch.client.batch_execute(&statement).await {
                // A new database holds the schema public and plpgsql.
                if error
                    .code()
                    .is_some_and(|code| ["42P06", "42710"].contains(&code.code()))
                {
                    continue;
                }
                let object = &step.step.object;
                if missed
                    .iter()
                    .all(|each| each.property_of.as_ref() != Some(object))
                {
                    let kind = format!("{NOT_MADE}{}", engine.major());
                    missed.push(Unmanaged::property(object, kind, database_words(&error)));
                }
            }
        }
    }
    let read = introspect::read(&scratch.client, &ReadOptions { sizes: false }).await;
    scratch.close().await?;
    let mut read = read?;
    // What else the engine holds is its own affair.
    read.unmanaged = missed;
    Ok(read)
}

fn gather(action: &Action, statements: &mut Vec<String>) {
    match action {
        Action::Statements(list) => statements.extend(list.iter().map(ToString::to_string)),
        Action::Sequence(list) => list.iter().for_each(|each| gather(each, statements)),
        // There are no rows.
        Action::Batches(_) | Action::Verify(_) => {}
    }
}

fn roles(live: &Catalog) -> BTreeSet<String> {
    let owners = live.objects.values().filter_map(|object| object.owner.as_ref());
    let grantees = live
        .objects
        .values()
        .flat_map(|object| &object.grants)
        .filter_map(|grant| match &grant.grantee {
            Grantee::Role(role) => Some(role),
            Grantee::Public | Grantee::Owner => None,
        });
    let all = owners.chain(grantees).map(|role| role.as_str().to_owned());
    all.filter(|role| !role.starts_with("pg_")).collect()
}
