//! A database that is in the middle of a plan that its journal does not know: psql ran its scripts, or the journal is lost.

use super::database::Live;
use super::failure::{Exit, Failure};
use super::interrupt::Interrupt;
use super::progress::Shown;
use super::run_flags::RunFlags;
use super::running;
use super::workbench::Workbench;
use crate::execute::{self, Run, RunRef, unfinished_runs};
use crate::model::{Catalog, Support};
use crate::output::text::short_id;
use crate::plan::Plan;
use crate::text::Diagnostic;

/// So many are named.
const SHOWN: usize = 8;

/// What plans have made for the way and not taken away yet: shadow columns, triggers, indexes, second names. Archives and kept
/// columns are the memory of plans that have ended.
pub fn on_the_way(catalog: &Catalog) -> Vec<Support> {
    let each = catalog.support.iter();
    each.filter(|each| each.is_on_the_way()).cloned().collect()
}

/// The run of a plan that the journal did not know, entered as far as the catalog shows it by what is `left`.
///
/// # Errors
/// The database's words, or another run that holds the lease.
pub async fn adopted(
    plan: &Plan,
    left: &[Support],
    live: &Live,
    flags: &RunFlags,
    bench: &Workbench,
    interrupt: &Interrupt,
) -> Result<Option<Run>, Failure> {
    let options = running::options(flags, Vec::new(), bench, interrupt)?;
    let mut session = running::session(live).await?;
    let mut shown = Shown::new(&bench.terminal, false);
    let entered = execute::adopt(&mut session, plan, left, &options, &mut shown).await?;
    drop(shown);
    let Some(RunRef::Continue(run_no)) = entered else {
        // Where another was faster the journal knows it now.
        let runs = unfinished_runs(&live.client, bench.tenant()).await?;
        return Ok(runs.into_iter().find(|run| run.plan.id == plan.id));
    };
    let run = execute::load_run(&live.client, run_no).await?;
    bench.terminal.say(&format!(
        "The journal did not know plan {}, and the database is in the middle of it: going on from there",
        short_id(&plan.id)
    ));
    Ok(run)
}

/// Refuses to plan around what a plan has left on its way that the journal does not know: a plan made now would take the half
/// of it for the whole. `tried` says what came of the plan that was to be run.
///
/// # Errors
/// That refusal (3); the database's words.
pub async fn refuse(
    left: &[Support],
    live: &Live,
    tried: Option<String>,
    bench: &Workbench,
) -> Result<(), Failure> {
    let known = left.is_empty()
        || unfinished_runs(&live.client, bench.tenant())
            .await?
            .iter()
            .any(|run| run.begun);
    if known {
        return Ok(());
    }
    let mut diagnostic = Diagnostic::error(
        "in-flight",
        format!(
            "{} is in the middle of a plan that its journal does not know",
            live.target
        ),
    );
    for each in left.iter().take(SHOWN) {
        let on = each.on.as_ref().map_or(String::new(), |on| format!(" on {on}"));
        diagnostic = diagnostic.note(format!("{} {}{on}", each.kind, each.name));
    }
    if left.len() > SHOWN {
        diagnostic = diagnostic.note(format!("and {} more", left.len() - SHOWN));
    }
    if let Some(tried) = tried {
        diagnostic = diagnostic.note(tried);
    }
    Err(Failure {
        exit: Exit::Refused,
        diagnostics: vec![
            diagnostic
                .help("go on with it: `schemaplan apply --plan DIR` with its folder finds out how far it has come")
                .help("or take it back: its down scripts run by psql, newest phase first, accept every state"),
        ],
    })
}
