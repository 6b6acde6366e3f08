//! `rollback`: takes back what was applied, from the plan that the journal holds.

use super::arguments::{PhaseChoice, RollbackFlags};
use super::around::Around;
use super::database::{Live, Purpose};
use super::failure::{Exit, Failure};
use super::interrupt::Interrupt;
use super::progress::Shown;
use super::running::Ended;
use super::workbench::Workbench;
use super::{plan_folder, running};
use crate::execute::{self, RollbackScope, Run, newest_run, status};
use crate::output::folder::PLAN_YAML;
use crate::output::text;
use crate::step::Phase;
use std::path::Path;

/// Takes back the newest phase, or what the flags say.
///
/// # Errors
/// What is refused (3), what stopped (4), what failed (1).
pub async fn run(flags: &RollbackFlags, bench: &Workbench, interrupt: &Interrupt) -> Result<Exit, Failure> {
    let live = bench.live(None, Purpose::Run).await?;
    let ended = go(flags, &live, bench, interrupt).await;
    live.close().await;
    ended
}

async fn go(
    flags: &RollbackFlags,
    live: &Live,
    bench: &Workbench,
    interrupt: &Interrupt,
) -> Result<Exit, Failure> {
    let run_no = match &flags.plan {
        Some(word) => Some(run_of(word, live, bench).await?),
        None => None,
    };
    let scope = match flags.run.phase {
        None => RollbackScope::NewestPhase,
        Some(PhaseChoice::All) => RollbackScope::All,
        Some(PhaseChoice::Expand) => RollbackScope::Phase(Phase::Expand),
        Some(PhaseChoice::Migrate) => RollbackScope::Phase(Phase::Migrate),
        Some(PhaseChoice::Contract) => RollbackScope::Phase(Phase::Contract),
    };
    let newest = newest_run(&live.client, bench.tenant()).await?;
    let run_no = match (run_no, bench.tenant()) {
        (None, Some(_)) => newest.as_ref().map(|run| run.run_no),
        (run_no, _) => run_no,
    };
    if run_no.is_none() && bench.tenant().is_some() {
        bench.terminal.say("Nothing to take back");
        return Ok(Exit::Done);
    }
    if flags.run.dry_run {
        bench.terminal.answer(&preview(newest.as_ref()));
        return Ok(Exit::Done);
    }
    if !flags.run.yes {
        let what = match scope {
            RollbackScope::NewestPhase => "the newest phase".to_owned(),
            RollbackScope::Phase(phase) => phase.name().to_owned(),
            RollbackScope::All => "all phases".to_owned(),
        };
        let question = format!("Take back {what} on {}?", live.target);
        if !bench.terminal.confirm(&question, "rollback").await? {
            return Err(Failure::new("declined", "nothing was run", ""));
        }
    }
    let ended = take_back(flags, run_no, scope, live, bench, interrupt).await?;
    let phases: Vec<&str> = ended.phases.iter().map(|phase| phase.name()).collect();
    let counted = text::counted(ended.steps as usize, "step");
    bench.terminal.say(&match phases.is_empty() {
        true => "Nothing to take back".to_owned(),
        false => format!("Taken back: {}, {counted}", phases.join(", ")),
    });
    Ok(Exit::Done)
}

/// Takes back what is meant.
///
/// # Errors
/// What is refused (3), what stopped (4), what failed (1).
pub async fn take_back(
    flags: &RollbackFlags,
    run_no: Option<i64>,
    scope: RollbackScope,
    live: &Live,
    bench: &Workbench,
    interrupt: &Interrupt,
) -> Result<Ended, Failure> {
    super::room::enough_to_undo(run_no, scope, flags.run.free_bytes, live).await?;
    let lacking = execute::lacking_to_undo(&live.client, run_no, scope).await?;
    super::apply::refuse_lacking(lacking, live)?;
    let mut session = running::session(live).await?;
    let around = Around::of(&flags.run, live, bench, &session).await?;
    let mut options = running::options(&flags.run, Phase::ALL.to_vec(), bench, interrupt)?;
    options.hooks = around.hooks();
    let allowed = bench.allowed();
    options.accept_loss =
        flags.accept_loss || allowed.iter().any(|code| code == "all" || code == "irreversible");
    let mut shown = Shown::new(&bench.terminal, true);
    let mut progress = around.progress(&mut shown);
    let run = execute::rollback(&mut session, run_no, scope, &options, &mut progress);
    let outcome = around.watch(run).await;
    drop(progress);
    drop(shown);
    running::ended(outcome?, "rollback")
}

fn preview(run: Option<&Run>) -> String {
    let Some(run) = run else {
        return "Nothing to take back\n".to_owned();
    };
    let mut out = format!(
        "Plan {} stands at {}; what would be taken back:\n",
        text::short_id(&run.plan.id),
        run.state.name()
    );
    for step in run.plan.steps.iter().rev() {
        out.push_str(&format!(" {:>3} {}\n", step.number, step.step.title));
    }
    out
}

/// The run of a plan, by its folder or the beginning of its id.
async fn run_of(word: &str, live: &Live, bench: &Workbench) -> Result<i64, Failure> {
    let id = match Path::new(word).join(PLAN_YAML).is_file() {
        true => plan_folder::read(Path::new(word))?.id,
        false => word.to_owned(),
    };
    let status = status(&live.client, bench.tenant()).await?;
    let mut found = status
        .runs
        .iter()
        .rev()
        .filter(|run| run.plan_id.starts_with(&id));
    found.next().map(|run| run.run_no).ok_or_else(|| {
        Failure::refused(
            "no-such-run",
            format!(
                "the journal of {} holds no run of plan {}",
                live.target,
                text::short_id(&id)
            ),
            "`schemaplan status` lists the runs",
        )
    })
}
