//! A database that is in the middle of a plan that its journal does not know: psql ran its scripts, or the journal is lost.

use super::arguments::RunFlags;
use super::database::Live;
use super::failure::{Exit, Failure};
use super::interrupt::Interrupt;
use super::progress::Shown;
use super::running;
use super::workbench::Workbench;
use crate::execute::{self, Run, RunRef, on_the_way, unfinished_runs};
use crate::output::text::short_id;
use crate::plan::Plan;
use crate::text::Diagnostic;

/// So many are named.
const SHOWN: usize = 8;

/// The run of a plan that the journal did not know, entered as far as the catalog shows it.
///
/// # Errors
/// The database's words, or another run that holds the lease.
pub async fn adopted(
    plan: &Plan,
    live: &Live,
    flags: &RunFlags,
    bench: &Workbench,
    interrupt: &Interrupt,
) -> Result<Option<Run>, Failure> {
    let options = running::options(flags, Vec::new(), bench, interrupt)?;
    let mut session = running::session(live).await?;
    let mut shown = Shown::new(&bench.terminal, false);
    let entered = execute::adopt(&mut session, plan, &options, &mut shown).await?;
    drop(shown);
    let Some(RunRef::Continue(run_no)) = entered else {
        return Ok(None);
    };
    let run = execute::load_run(&live.client, run_no).await?;
    bench.terminal.say(&format!(
        "The journal did not know plan {}, and the database is in the middle of it: going on from there",
        short_id(&plan.id)
    ));
    Ok(run)
}

/// Refuses to plan around what a plan has left on its way that the journal does not know: a plan made now would take the half
/// of it for the whole.
///
/// # Errors
/// That refusal (3); the database's words.
pub async fn refuse(live: &Live) -> Result<(), Failure> {
    let left = on_the_way(&live.client).await?;
    let known = left.is_empty() || unfinished_runs(&live.client).await?.iter().any(|run| run.begun);
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
        diagnostic = diagnostic.note(format!("{} {} on {}", each.kind, each.name, each.relation));
    }
    if left.len() > SHOWN {
        diagnostic = diagnostic.note(format!("and {} more", left.len() - SHOWN));
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
