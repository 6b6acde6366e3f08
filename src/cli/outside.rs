//! Roles and tablespaces that a plan names: the engine had stand-ins for them, and the live server may not have them.

use super::database::Live;
use super::failure::Failure;
use crate::bodies::{Outside, outside};
use crate::introspect;
use crate::plan::Plan;
use crate::step::Action;
use crate::text::Diagnostic;

/// An error for each that the live server does not have.
///
/// # Errors
/// The server's words.
pub async fn missing(plan: &Plan, live: &Live) -> Result<Vec<Diagnostic>, Failure> {
    let mut named = Outside::default();
    for step in &plan.steps {
        gather(&step.step.up, &mut named);
    }
    let roles: Vec<&str> = named.roles.iter().map(String::as_str).collect();
    let tablespaces: Vec<&str> = named.tablespaces.iter().map(String::as_str).collect();
    if roles.is_empty() && tablespaces.is_empty() {
        return Ok(Vec::new());
    }
    let (roles, tablespaces) = introspect::absent(&live.client, &roles, &tablespaces).await?;
    let roles = roles.iter().map(|name| ("missing-role", "role", name));
    let tablespaces = tablespaces
        .iter()
        .map(|name| ("missing-tablespace", "tablespace", name));
    let said = roles.chain(tablespaces).map(|(code, kind, name)| {
        Diagnostic::error(
            code,
            format!(
                "the plan names {kind} `{name}`, which {} does not have",
                live.target
            ),
        )
        .help(format!(
            "make the {kind} first: schemaplan does not manage {kind}s"
        ))
    });
    Ok(said.collect())
}

fn gather(action: &Action, named: &mut Outside) {
    match action {
        Action::Statements(statements) => {
            for statement in statements {
                let found = outside(statement.as_str());
                named.roles.extend(found.roles);
                named.tablespaces.extend(found.tablespaces);
            }
        }
        Action::Sequence(actions) => actions.iter().for_each(|each| gather(each, named)),
        Action::Batches(_) | Action::Verify(_) => {}
    }
}
