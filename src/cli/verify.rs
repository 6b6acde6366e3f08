//! `verify`: proves a plan in a throwaway database of the engine.

use super::database::Purpose;
use super::failure::{Exit, Failure};
use super::interrupt::Interrupt;
use super::pipeline::{self, Sides};
use super::terminal::Busy;
use super::workbench::Workbench;
use super::{live_major, plan_folder, planning, unmanaged};
use crate::engine::{Choice, SessionSettings};
use crate::model::Catalog;
use crate::output::text::{self, short_id};
use crate::plan::Plan;
use crate::prove::{self, Asked, Stop};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// Flags of `verify`.
#[derive(Clone, Debug, Args)]
pub struct VerifyFlags {
    /// The plan folder; without one the plan is made as `plan` makes it
    #[arg(long, value_name = "DIR")]
    pub plan: Option<PathBuf>,
    /// How the answer is written
    #[arg(long, value_enum, default_value_t)]
    pub format: VerifyFormat,
}

/// How the answer is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum VerifyFormat {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
}

/// Proves the plan.
///
/// # Errors
/// Where it can be neither proven nor refuted.
pub async fn run(flags: &VerifyFlags, bench: &Workbench, interrupt: &Interrupt) -> Result<Exit, Failure> {
    let folder = flags.plan.as_deref().map(plan_folder::read).transpose()?;
    let mut sides = pipeline::sides(bench, Purpose::Read).await?;
    let settings = match &sides.live {
        Some(live) => SessionSettings::of(&live.client).await.map_err(Failure::from),
        None => Ok(SessionSettings {
            major: sides.from.major(),
            ..SessionSettings::default()
        }),
    };
    // Nothing more is asked of the live database.
    if let Some(live) = sides.live.take() {
        live.close().await;
    }
    let mut plan = match folder {
        Some(plan) => of_folder(plan, &sides, bench)?,
        None => planning::plan(&sides, bench)?,
    };
    // The throwaway database holds no other tenant.
    plan.tenant = None;
    let partial = unmanaged::report_left_out(&sides, bench);
    if !plan.refusals.is_empty() {
        let hazards = text::hazards(&plan, &bench.allowed(), bench.terminal.err);
        bench.terminal.say(hazards.trim_end());
        return Ok(Exit::Refused);
    }
    if plan.is_empty() && flags.format == VerifyFormat::Text {
        bench.terminal.answer("Nothing to do, nothing to prove\n");
        return Ok(if partial { Exit::CouldNot } else { Exit::Done });
    }
    let proof = proven(&plan, &sides, &settings?, bench, interrupt).await?;
    bench.terminal.answer(&match flags.format {
        VerifyFormat::Text => prove::text(&proof, bench.terminal.out),
        VerifyFormat::Json => prove::json(&proof),
    });
    Ok(match (proof.proven, partial) {
        (false, _) => Exit::Refused,
        (true, true) => Exit::CouldNot,
        (true, false) => Exit::Done,
    })
}

async fn proven(
    plan: &Plan,
    sides: &Sides,
    settings: &SessionSettings,
    bench: &Workbench,
    interrupt: &Interrupt,
) -> Result<prove::Proof, Failure> {
    let policy = planning::policy(bench, sides.sizes_known)?;
    let major = match sides.from.server_version {
        0 => sides.target.major(),
        _ => sides.from.major(),
    };
    let adapt = |catalog: &mut Catalog| {
        bench.scope.narrow(catalog);
        if major > 0 && catalog.major() != major {
            // What the other server does not have was said when the target was read.
            live_major::fit(catalog, major);
        }
    };
    let asked = Asked {
        from: &sides.from,
        target: &sides.target,
        plan,
        policy: &policy,
        adapt: &adapt,
        stop: interrupt.for_a_run(),
    };
    let _busy = Busy::new(&bench.terminal, &format!("Proving plan {}", short_id(&plan.id)));
    let engine = Choice::of(bench.engine_options(Some(settings)))
        .await?
        .start()
        .await?;
    let outcome = prove::prove(&engine, settings, &asked).await;
    engine.stop().await;
    outcome.map_err(Failure::from)
}

/// The plan of a folder, where it leads from the one side to the other.
fn of_folder(plan: Plan, sides: &Sides, bench: &Workbench) -> Result<Plan, Failure> {
    let ends = [
        ("from", &sides.from, &plan.from_fingerprint),
        ("target", &sides.target, &plan.target_fingerprint),
    ];
    for (side, catalog, wanted) in ends {
        if planning::fingerprint(catalog, bench)? != *wanted {
            let id = short_id(&plan.id);
            let title = match side {
                "from" => format!("plan {id} was made for another database than the one it would start from"),
                _ => format!("plan {id} leads elsewhere than to the target"),
            };
            let help = "make the plan anew with `schemaplan plan --out`, or name its two sides with `--from` and `--target`";
            return Err(Failure::new("stale-plan", title, help));
        }
    }
    Ok(plan)
}

impl From<Stop> for Failure {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Engine(error) => error.into(),
            Stop::Build(words) => Self::new(
                "no-throwaway",
                format!("the database cannot be made anew to prove the plan in it: {words}"),
                "see that the server that schemaplan uses has the same extensions, or name one with `--shadow`",
            ),
            Stop::Database(words) | Stop::Step(words) => Self::new(
                "database",
                format!("while the plan was being proven: {words}"),
                "",
            ),
            Stop::Interrupted => Self {
                exit: Exit::Stopped,
                ..Self::new("interrupted", "stopped by a signal, nothing is left behind", "")
            },
        }
    }
}
