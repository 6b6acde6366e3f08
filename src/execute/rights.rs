//! Rights that a role lacks for the steps of a plan: looked for before anything runs.

use std::collections::BTreeSet;

use tokio_postgres::Client;

use super::error::ApplyError;
use super::server::check_writable;
use super::session::{rows, texts};
use crate::model::{Kind, ObjectId, QualifiedName};
use crate::plan::PlanStep;
use crate::sql::{literal, qualified};
use crate::step::{Cost, Fact, Lock, Step};

/// What the role lacks for these steps, a line each, with the statement that would grant it. Only what is certain to fail is named:
/// tables and their parts that somebody else owns, and schemas in which nothing may be created.
///
/// # Errors
/// A standby, a role that can keep no journal, a query that fails.
pub async fn lacking<'a>(
    client: &Client,
    steps: impl Iterator<Item = &'a PlanStep>,
) -> Result<Vec<String>, ApplyError> {
    check_writable(client).await?;
    let (mut altered, mut made) = (BTreeSet::new(), BTreeSet::new());
    for PlanStep { step, .. } in steps {
        altered.extend(altered_by(step));
        let created = step.gives.iter().filter_map(|fact| match fact {
            Fact::Exists(id) if is_relation(id) => Some(id.qualified()),
            _ => None,
        });
        made.extend(created);
    }
    let mut lines = Vec::new();
    if !altered.is_empty() {
        let query = format!(
            "SELECT c.oid::pg_catalog.regclass || ' belongs to ' || pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(c.relowner)) \
             || ': run as that role, or GRANT ' \
             || pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(c.relowner)) || ' TO ' || pg_catalog.quote_ident(current_user) \
             FROM pg_catalog.pg_class AS c WHERE c.oid IN (SELECT pg_catalog.to_regclass(v.name) FROM unnest(ARRAY[{}]) AS v (name)) \
             AND NOT pg_catalog.pg_has_role(c.relowner, 'USAGE') ORDER BY 1",
            names(&altered)
        );
        lines.extend(ask(client, &query).await?);
    }
    if !made.is_empty() {
        let schemas: BTreeSet<String> = made.iter().map(|name| literal(name.schema.as_str())).collect();
        let schemas: Vec<String> = schemas.into_iter().collect();
        let query = format!(
            "SELECT 'in schema ' || pg_catalog.quote_ident(n.nspname) || ' role ' || pg_catalog.quote_ident(current_user) \
             || ' may create nothing: GRANT CREATE ON SCHEMA ' || pg_catalog.quote_ident(n.nspname) || ' TO ' || pg_catalog.quote_ident(current_user) \
             FROM pg_catalog.pg_namespace AS n WHERE n.nspname IN ({}) AND NOT pg_catalog.has_schema_privilege(n.oid, 'CREATE') \
             AND EXISTS (SELECT FROM unnest(ARRAY[{}], ARRAY[{}]) AS v (name, space) WHERE v.space = n.nspname \
             AND pg_catalog.to_regclass(v.name) IS NULL) ORDER BY 1",
            schemas.join(", "),
            names(&made),
            made.iter()
                .map(|name| literal(name.schema.as_str()))
                .collect::<Vec<_>>()
                .join(", ")
        );
        lines.extend(ask(client, &query).await?);
    }
    Ok(lines)
}

/// The relations that a step needs the owner for: what it is about, where it locks that as only an owner's statement does.
fn altered_by(step: &Step) -> Vec<QualifiedName> {
    let about = match step.object.kind {
        _ if step.object.is_part() => step.object.relation(),
        Kind::Table | Kind::View | Kind::MaterializedView | Kind::Sequence => step.object.qualified(),
        Kind::Index => {
            // Its locks are on its table.
            let table = step.cost.table().cloned();
            return table
                .filter(|_| matches!(step.cost, Cost::BuildsIndex(_)))
                .into_iter()
                .collect();
        }
        _ => return Vec::new(),
    };
    // Whoever may write to a table can fill it, and look at it.
    let is_owners = step
        .locks
        .iter()
        .any(|on| on.relation == about && on.lock == Lock::AccessExclusive);
    match is_owners {
        true => vec![about],
        false => Vec::new(),
    }
}

fn is_relation(id: &ObjectId) -> bool {
    matches!(
        id.kind,
        Kind::Table | Kind::View | Kind::MaterializedView | Kind::Sequence | Kind::Index
    )
}

fn names(of: &BTreeSet<QualifiedName>) -> String {
    let names: Vec<String> = of.iter().map(|name| literal(&qualified(name))).collect();
    names.join(", ")
}

async fn ask(client: &Client, query: &str) -> Result<Vec<String>, ApplyError> {
    let found = rows(client, query)
        .await
        .map_err(|error| ApplyError::database("look at the rights of the role", &error))?;
    Ok(texts(&found))
}
