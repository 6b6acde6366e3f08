//! `apply`: runs a plan folder, or a plan made now, as far as the next deploy.

use super::arguments::{ApplyFlags, PhaseChoice};
use super::around::Around;
use super::database::{Live, Purpose};
use super::failure::{Exit, Failure};
use super::interrupt::Interrupt;
use super::pipeline::{self, Sides};
use super::progress::Shown;
use super::running::{self, Ended};
use super::workbench::Workbench;
use super::{lost_journal, outside, plan_folder, planning, unmanaged};
use crate::execute::{self, LastRun, Run, RunRef, RunState, last_run, unfinished_runs};
use crate::output::text::{self, deploy_words, short_id};
use crate::plan::{Boundary, Plan};
use crate::step::Phase;
use crate::text::Diagnostic;

/// Runs what is due.
///
/// # Errors
/// What is refused (3), what stopped (4), what failed (1).
pub async fn run(flags: &ApplyFlags, bench: &Workbench, interrupt: &Interrupt) -> Result<Exit, Failure> {
    match &flags.plan {
        Some(path) => {
            let plan = plan_folder::read(path)?;
            let live = bench.live(None, Purpose::Run).await?;
            let job = Job::of_folder(plan, &live, flags, bench, interrupt).await;
            let ended = go(flags, job, &live, bench, interrupt).await;
            live.close().await;
            ended
        }
        None => {
            let mut sides = pipeline::sides(bench, Purpose::Run).await?;
            let Some(live) = sides.live.take() else {
                return Err(Failure::new(
                    "not-live",
                    "`apply` changes a database, and `--from` names none",
                    "leave `--from` away, or give it a postgres:// URL",
                ));
            };
            let (job, partial) = match Job::of_target(&sides, &live, bench).await {
                Ok((job, partial)) => (Ok(job), partial),
                Err(failure) => (Err(failure), false),
            };
            let ended = go(flags, job, &live, bench, interrupt).await;
            live.close().await;
            Ok(match ended? {
                Exit::Done if partial => Exit::CouldNot,
                exit => exit,
            })
        }
    }
}

/// What is to be run.
pub struct Job {
    /// The plan.
    pub plan: Plan,
    run: RunRef,
    /// How far the run is; `New` for one that is not begun.
    pub state: RunState,
}

impl Job {
    /// The plan of a folder: its run where the journal holds it, else a new one; none where the database is where it leads.
    ///
    /// # Errors
    /// A database that the plan was not made for, or that is in the middle of another one.
    pub async fn of_folder(
        plan: Plan,
        live: &Live,
        flags: &ApplyFlags,
        bench: &Workbench,
        interrupt: &Interrupt,
    ) -> Result<Option<Self>, Failure> {
        let last_seen = last_run(&live.client, bench.tenant()).await?;
        let unfinished = unfinished_runs(&live.client, bench.tenant()).await?;
        if let Some(run) = unfinished.iter().find(|run| run.plan.id == plan.id) {
            return Ok(Some(Self::continued(run)));
        }
        let (catalog, _) = pipeline::read_live(live, bench, false).await?;
        let left = lost_journal::on_the_way(&catalog);
        if !left.is_empty() {
            refuse_another(&unfinished)?;
            if !flags.run.dry_run
                && let Some(run) =
                    lost_journal::adopted(&plan, &left, live, &flags.run, bench, interrupt).await?
            {
                return Ok(Some(Self::continued(&run)));
            }
            let id = short_id(&plan.id);
            let tried = match flags.run.dry_run {
                true => format!("a dry run does not find out how far plan {id} has come"),
                false => format!("plan {id} does not make all of this on its way"),
            };
            lost_journal::refuse(&left, live, Some(tried), bench).await?;
        }
        let found = planning::fingerprint(&catalog, bench)?;
        if found == plan.from_fingerprint {
            refuse_another(&unfinished)?;
            return Ok(Some(Self::new(plan, last_seen)));
        }
        if found == plan.target_fingerprint {
            return Ok(None);
        }
        Err(Failure::refused(
            "changed",
            format!(
                "{} is not the database that plan {} was made for: it has changed since",
                live.target,
                short_id(&plan.id)
            ),
            "make the plan anew with `schemaplan plan --out`, and see what changed with `schemaplan diff`",
        ))
    }

    /// The rest of the unfinished run that leads to the same target, else a plan made now. True beside it where the target
    /// wants more than a plan can make.
    async fn of_target(
        sides: &Sides,
        live: &Live,
        bench: &Workbench,
    ) -> Result<(Option<Self>, bool), Failure> {
        let unfinished = unfinished_runs(&live.client, bench.tenant()).await?;
        let wanted = planning::fingerprint(&sides.target, bench)?;
        if let Some(run) = unfinished
            .iter()
            .find(|run| run.plan.target_fingerprint == wanted)
        {
            bench
                .terminal
                .say(&format!("Going on with plan {}", short_id(&run.plan.id)));
            let partial = unmanaged::report_left_out(sides, bench);
            return Ok((Some(Self::continued(run)), partial));
        }
        lost_journal::refuse(&lost_journal::on_the_way(&sides.from), live, None, bench).await?;
        let plan = planning::plan(sides, bench)?;
        let partial = unmanaged::report_left_out(sides, bench);
        if partial {
            unmanaged::refuse_unread(sides)?;
            bench.terminal.say("What is not managed yet stays as it is");
        }
        if plan.is_empty() && plan.refusals.is_empty() {
            return Ok((None, partial));
        }
        refuse_another(&unfinished)?;
        Ok((Some(Self::new(plan, sides.last_run)), partial))
    }

    fn continued(run: &Run) -> Self {
        Self {
            plan: run.plan.clone(),
            run: RunRef::Continue(run.run_no),
            state: run.state,
        }
    }

    fn new(plan: Plan, last_seen: Option<LastRun>) -> Self {
        Self {
            plan,
            run: RunRef::New {
                last_seen,
                after: None,
            },
            state: RunState::New,
        }
    }

    /// The phases that are due: those that were named, else up to the next deploy.
    pub fn due(&self, choice: Option<PhaseChoice>) -> Vec<Phase> {
        if let Some(choice) = choice {
            return choice.phases();
        }
        let left: Vec<Phase> = Phase::ALL
            .into_iter()
            .filter(|phase| !self.state.has(*phase))
            .collect();
        let boundary = |phase: &Phase| self.plan.deploys.iter().any(|deploy| deploy.before == *phase);
        left.into_iter().take_while(|phase| !boundary(phase)).collect()
    }

    /// The deploy that stands before the phase that comes next.
    pub fn next_deploy(&self) -> Option<&Boundary> {
        let left = Phase::ALL.into_iter().find(|phase| !self.state.has(*phase))?;
        self.plan.deploys.iter().find(|deploy| deploy.before == left)
    }
}

/// One plan at a time: another goal for what is in flight would leave it half-way.
///
/// # Errors
/// That refusal (3).
pub fn refuse_another(unfinished: &[Run]) -> Result<(), Failure> {
    let Some(run) = unfinished
        .iter()
        .find(|run| run.begun || run.state != RunState::New)
    else {
        return Ok(());
    };
    let id = short_id(&run.plan.id);
    Err(Failure {
        exit: Exit::Refused,
        diagnostics: vec![
            Diagnostic::error("in-flight", format!("plan {id} is in flight and leads elsewhere"))
                .help("finish it: `schemaplan apply` with the target or the plan folder that it was made for")
                .help("or take it back: `schemaplan rollback --phase all`"),
        ],
    })
}

async fn go(
    flags: &ApplyFlags,
    job: Result<Option<Job>, Failure>,
    live: &Live,
    bench: &Workbench,
    interrupt: &Interrupt,
) -> Result<Exit, Failure> {
    let Some(job) = job? else {
        bench.terminal.say("Nothing to do");
        return Ok(Exit::Done);
    };
    gate(&job.plan, bench)?;
    missing(&job.plan, live).await?;
    let phases = job.due(flags.run.phase);
    if phases.is_empty() {
        say_what_is_next(&job, bench);
        return Ok(Exit::Done);
    }
    if flags.run.dry_run {
        let mut shown = job.plan.clone();
        shown
            .steps
            .retain(|step| phases.contains(&step.step.phase) && !job.state.has(step.step.phase));
        let sizes = text::Sizes::new();
        bench
            .terminal
            .answer(&text::plan(&shown, &sizes, &bench.allowed(), bench.terminal.out));
        return Ok(Exit::Done);
    }
    let steps = job
        .plan
        .steps
        .iter()
        .filter(|step| phases.contains(&step.step.phase))
        .count();
    if !flags.run.yes {
        let names: Vec<&str> = phases.iter().map(|phase| phase.name()).collect();
        let counted = text::counted(steps, "step");
        let question = format!("Run {} ({counted}) on {}?", names.join(", "), live.target);
        if !bench.terminal.confirm(&question, "apply").await? {
            return Err(Failure::new("declined", "nothing was run", ""));
        }
    }
    let ended = run_phases(flags, &job, phases, live, bench, interrupt).await?;
    say_how_it_ended(&ended, &job, bench);
    Ok(Exit::Done)
}

/// Refuses a plan that names roles or tablespaces which the server does not have.
///
/// # Errors
/// All of them.
pub async fn missing(plan: &Plan, live: &Live) -> Result<(), Failure> {
    let missing = outside::missing(plan, live).await?;
    match missing.is_empty() {
        true => Ok(()),
        false => Err(missing.into()),
    }
}

/// Refuses, before anything runs, what the role has no right to.
async fn refuse_without_rights(plan: &Plan, phases: &[Phase], live: &Live) -> Result<(), Failure> {
    let due = plan.steps.iter().filter(|step| phases.contains(&step.step.phase));
    refuse_lacking(execute::lacking(&live.client, due).await?, live)
}

/// Refuses a run for what its role lacks.
///
/// # Errors
/// All that is lacking (3).
pub fn refuse_lacking(lacking: Vec<String>, live: &Live) -> Result<(), Failure> {
    if lacking.is_empty() {
        return Ok(());
    }
    let title = format!("role {} lacks rights that the plan needs", live.target.user());
    let help = "run as the owner, or have these granted; nothing was run";
    let mut failure = Failure::refused("rights", title, help);
    for diagnostic in &mut failure.diagnostics {
        diagnostic.notes.extend(lacking.iter().cloned());
    }
    Err(failure)
}

/// Runs phases of a plan that nothing stands in the way of any more.
///
/// # Errors
/// What is refused (3), what stopped (4), what failed (1).
pub async fn run_phases(
    flags: &ApplyFlags,
    job: &Job,
    phases: Vec<Phase>,
    live: &Live,
    bench: &Workbench,
    interrupt: &Interrupt,
) -> Result<Ended, Failure> {
    super::room::enough(&job.plan, &phases, flags.run.free_bytes, live).await?;
    refuse_without_rights(&job.plan, &phases, live).await?;
    let mut session = running::session(live).await?;
    let around = Around::of(&flags.run, live, bench, &session).await?;
    let mut options = running::options(&flags.run, phases, bench, interrupt)?;
    options.hooks = around.hooks();
    let mut shown = Shown::new(&bench.terminal, false);
    let mut progress = around.progress(&mut shown);
    let run = execute::apply(&mut session, &job.plan, job.run, &options, &mut progress);
    let outcome = around.watch(run).await;
    drop(progress);
    drop(shown);
    running::ended(outcome?, "apply")
}

/// Refuses, before anything runs, a plan that holds a hazard nobody allowed.
///
/// # Errors
/// All of them (3).
pub fn gate(plan: &Plan, bench: &Workbench) -> Result<(), Failure> {
    let allowed = bench.allowed();
    let mut seen = Vec::new();
    let diagnostics: Vec<Diagnostic> = plan
        .stopping(&allowed)
        .filter(|(_, hazard)| {
            // A refusal stands in the plan's list and at its step.
            let new = !seen.contains(hazard);
            seen.push(hazard);
            new
        })
        .map(|(step, hazard)| {
            let mut diagnostic = Diagnostic::error(hazard.code.code(), hazard.message.clone());
            if let Some(step) = step {
                diagnostic = diagnostic.note(format!(
                    "step {}: {} ({})",
                    step.number, step.step.title, hazard.object
                ));
                if let Some(origin) = &step.step.origin {
                    diagnostic = diagnostic.note(format!("asked for by {origin}"));
                }
            } else {
                diagnostic = diagnostic.note(format!("for {}; no steps exist for it", hazard.object));
            }
            let origin = step.and_then(|step| step.step.origin.as_ref());
            let allows = match origin {
                Some(origin) => origin.allows(hazard.code.code()),
                None => format!("-- schemaplan: allow {}", hazard.code),
            };
            match hazard.verdict {
                crate::step::Verdict::Refuse => diagnostic,
                _ => diagnostic
                    .help(format!("allow it in the files: `{allows}`"))
                    .help(format!("or for this run: `--allow {}`", hazard.code)),
            }
        })
        .collect();
    match diagnostics.is_empty() {
        true => Ok(()),
        false => Err(Failure {
            exit: Exit::Refused,
            diagnostics,
        }),
    }
}

fn say_how_it_ended(ended: &Ended, job: &Job, bench: &Workbench) {
    let phases: Vec<&str> = ended.phases.iter().map(|phase| phase.name()).collect();
    match phases.is_empty() {
        true => bench.terminal.say("Nothing to do: this was done before"),
        false => {
            let counted = text::counted(ended.steps as usize, "step");
            bench
                .terminal
                .say(&format!("Done: {}, {counted}", phases.join(", ")));
        }
    }
    if let Some((phase, what)) = &ended.deploy {
        say_next(*phase, what, job, bench);
    }
}

fn say_what_is_next(job: &Job, bench: &Workbench) {
    match job.next_deploy() {
        Some(deploy) => say_next(deploy.before, &deploy.what, job, bench),
        None => bench.terminal.say("Nothing to do"),
    }
}

fn say_next(phase: Phase, what: &str, job: &Job, bench: &Workbench) {
    let id = short_id(&job.plan.id);
    bench
        .terminal
        .say(&format!("Next for plan {id}: deploy {}", deploy_words(what)));
    bench
        .terminal
        .say(&format!("then: schemaplan apply --phase {phase}"));
}
