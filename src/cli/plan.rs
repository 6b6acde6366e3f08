//! `plan`: the steps that close the difference, printed or written to a folder.

use super::arguments::{PlanFlags, PlanFormat};
use super::database::Purpose;
use super::failure::{Exit, Failure};
use super::pipeline::{self, Sides};
use super::workbench::Workbench;
use super::{lost_journal, outside, plan_folder, planning, unmanaged};
use crate::output::scripts::{self, Direction};
use crate::output::{folder, json, text};
use crate::plan::Plan;
use crate::text::Diagnostic;
use std::path::{Path, PathBuf};

/// Where plan folders are looked for by `--check` without `--out`.
const DEFAULT_OUT: &str = "plans";

/// Prints or writes the plan.
///
/// # Errors
/// Where none can be made.
pub async fn run(flags: &PlanFlags, bench: &Workbench) -> Result<Exit, Failure> {
    let sides = pipeline::sides(bench, Purpose::Read).await?;
    let answer = answer(flags, bench, &sides).await;
    sides.close().await;
    answer
}

async fn answer(flags: &PlanFlags, bench: &Workbench, sides: &Sides) -> Result<Exit, Failure> {
    if let Some(live) = &sides.live {
        lost_journal::refuse(&lost_journal::on_the_way(&sides.from), live, None, bench).await?;
    }
    let plan = planning::plan(sides, bench)?;
    let partial = unmanaged::report_left_out(sides, bench);
    if let Some(live) = &sides.live {
        // A plan is to be read, and somebody may make them before it runs.
        let missing = outside::missing(&plan, live).await?;
        let warnings: Vec<Diagnostic> = missing.into_iter().map(Diagnostic::softened).collect();
        bench.terminal.show(&warnings);
    }
    let exit = if flags.check {
        check(flags, &plan, bench)?
    } else if let Some(out) = &flags.out {
        write(flags, out, &plan, bench)?
    } else {
        print(flags, &plan, sides, partial, bench);
        Exit::Done
    };
    if !plan.refusals.is_empty() {
        if flags.format != PlanFormat::Text || flags.out.is_some() {
            bench
                .terminal
                .say(text::hazards(&plan, &bench.allowed(), bench.terminal.err).trim_end());
        }
        return Ok(Exit::Refused);
    }
    Ok(if partial { Exit::CouldNot } else { exit })
}

fn print(flags: &PlanFlags, plan: &Plan, sides: &Sides, partial: bool, bench: &Workbench) {
    let nothing = plan.is_empty() && plan.refusals.is_empty();
    let printed = match flags.format {
        PlanFormat::Text if nothing && partial => {
            "Nothing to do but what schemaplan does not manage\n".to_owned()
        }
        PlanFormat::Text => text::plan(plan, &sides.from.sizes, &bench.allowed(), bench.terminal.out),
        PlanFormat::Json => json::plan(plan),
        PlanFormat::Sql => scripts::all(plan, Direction::Up),
    };
    bench.terminal.answer(&printed);
}

fn write(flags: &PlanFlags, out: &Path, plan: &Plan, bench: &Workbench) -> Result<Exit, Failure> {
    if plan.is_empty() {
        bench.terminal.say("Nothing to do: no plan folder is written");
        return Ok(Exit::Done);
    }
    let slug = match &flags.name {
        Some(words) => folder::slug(words),
        None => folder::default_slug(plan),
    };
    let stamp = match &flags.id {
        Some(stamp) => folder::slug(stamp),
        None => jiff::Timestamp::now().strftime("%Y%m%d%H%M%S").to_string(),
    };
    let path = plan_folder::write(plan, out, &format!("{stamp}_{slug}"))?;
    bench.terminal.answer(&format!("{}\n", path.display()));
    let stopping = plan.stopping(&bench.allowed()).count();
    if stopping > 0 {
        let counted = text::counted(stopping, "hazard");
        let words = format!(
            "{counted} in it must be allowed before `apply` runs it, see {}",
            folder::PLAN_MD
        );
        bench.terminal.say(&words);
    }
    Ok(Exit::Done)
}

/// Compares with the newest plan folder that is there.
fn check(flags: &PlanFlags, plan: &Plan, bench: &Workbench) -> Result<Exit, Failure> {
    let out = flags.out.clone().unwrap_or_else(|| PathBuf::from(DEFAULT_OUT));
    let Some(newest) = plan_folder::all_below(&out).pop() else {
        if plan.is_empty() {
            return Ok(Exit::Done);
        }
        bench.terminal.say(&format!(
            "No plan folder in {}, and there is something to do",
            out.display()
        ));
        return Ok(Exit::Differs);
    };
    let found = plan_folder::read(&newest)?;
    if found.id == plan.id {
        bench.terminal.say(&format!("{} is up to date", newest.display()));
        return Ok(Exit::Done);
    }
    bench.terminal.say(&format!(
        "{} is stale: it holds plan {}, now it would be {}",
        newest.display(),
        text::short_id(&found.id),
        text::short_id(&plan.id)
    ));
    Ok(Exit::Differs)
}
