//! `plan` over a fleet: members with the same plan are shown once.

use super::members::Fleet;
use super::survey::{Survey, survey};
use super::table::{self, Came, Row};
use crate::cli::arguments::{PhaseChoice, PlanFlags, PlanFormat};
use crate::cli::database::Purpose;
use crate::cli::failure::{Exit, Failure};
use crate::cli::plan_folder;
use crate::cli::workbench::Workbench;
use crate::execute::RunState;
use crate::output::scripts::{self, Direction};
use crate::output::text::{self, short_id};
use crate::output::{Role, folder};
use crate::plan::Plan;
use crate::step::Phase;
use crate::text::Diagnostic;
use std::path::Path;
use std::rc::Rc;

type Plans = Vec<(Rc<Plan>, RunState, Vec<usize>)>;

/// Prints the plans, or writes a folder for each.
///
/// # Errors
/// What is wrong before any member is looked at.
pub async fn run(flags: &PlanFlags, fleet: &Fleet, bench: &Workbench) -> Result<Exit, Failure> {
    if flags.check || flags.out.is_some() {
        super::refuse_tenants("a plan folder", fleet)?;
    }
    if flags.format == PlanFormat::Sql {
        super::refuse_tenants("a script", fleet)?;
    }
    let mut survey = survey(fleet, None, Purpose::Read, bench).await?;
    for (place, failure) in survey.failures.drain(..) {
        fleet.bench(place, bench).terminal.show(&failure.diagnostics);
    }
    say_drifted(&survey, fleet, bench);
    let plans = survey.plans(fleet);
    let exit = if flags.check {
        check(flags, &plans, fleet, bench)?
    } else if let Some(out) = &flags.out {
        write(flags, out, &plans, fleet, bench)?;
        Exit::Done
    } else {
        print(flags.format, &survey, &plans, fleet, bench)?;
        Exit::Done
    };
    let rows: Vec<Row> = survey.rows.into_values().collect();
    let refused = plans.iter().any(|(plan, _, _)| !plan.refusals.is_empty());
    let partial = survey.tasks.values().any(|task| task.partial);
    Ok(match table::exit(&rows) {
        Exit::Done if refused => Exit::Refused,
        Exit::Done if partial => Exit::CouldNot,
        Exit::Done => exit,
        worse => worse,
    })
}

fn say_drifted(survey: &Survey, fleet: &Fleet, bench: &Workbench) {
    let Some(reference) = survey.reference else { return };
    let of = |(place, how): (&usize, &Vec<String>)| {
        let (member, first) = (&fleet.members[*place].name, &fleet.members[reference].name);
        let title = format!("`{member}` differs from `{first}`, and not only as the target wants it");
        let diagnostic = Diagnostic::warning(super::DRIFTED, title);
        how.iter()
            .fold(diagnostic, |diagnostic, line| diagnostic.note(line.clone()))
    };
    let said: Vec<Diagnostic> = survey.drifted.iter().map(of).collect();
    bench.terminal.show(&said);
}

fn there(survey: &Survey) -> Vec<usize> {
    let there = survey
        .rows
        .iter()
        .filter(|(_, row)| row.outcome == Came::AlreadyThere);
    there.map(|(place, _)| *place).collect()
}

fn print(
    format: PlanFormat,
    survey: &Survey,
    plans: &Plans,
    fleet: &Fleet,
    bench: &Workbench,
) -> Result<(), Failure> {
    match format {
        PlanFormat::Text => print_text(survey, fleet, None, bench),
        PlanFormat::Json => {
            let of = |(plan, state, places): &(Rc<Plan>, RunState, Vec<usize>)| {
                let names: Vec<&str> = places
                    .iter()
                    .map(|place| fleet.members[*place].name.as_str())
                    .collect();
                serde_json::json!({"members": names, "state": state, "plan": **plan})
            };
            let rows: Vec<&Row> = survey.rows.values().collect();
            let value = serde_json::json!({
                "format_version": 1,
                "fleet": fleet.name,
                "plans": plans.iter().map(of).collect::<Vec<_>>(),
                "members": rows,
            });
            bench.terminal.answer(&format!("{value:#}\n"));
        }
        PlanFormat::Sql => match plans.as_slice() {
            [] => {}
            [(plan, _, _)] => bench.terminal.answer(&scripts::all(plan, Direction::Up)),
            several => {
                return Err(Failure::refused(
                    "several-plans",
                    format!(
                        "the members of `{}` need {} plans, and one script is for one",
                        fleet.name,
                        several.len()
                    ),
                    "name members that need the same with `--member`, or write the folders with `--out`",
                ));
            }
        },
    }
    Ok(())
}

/// The plans as `plan` and a dry run print them: of a run that is in flight the rest, and of that the phases that were named.
pub fn print_text(survey: &Survey, fleet: &Fleet, choice: Option<PhaseChoice>, bench: &Workbench) {
    let paint = bench.terminal.out;
    let there = there(survey);
    let mut out = String::new();
    if !there.is_empty() {
        out.push_str(&format!("Already there: {}\n", fleet.names(&there)));
    }
    for (plan, state, places) in survey.plans(fleet) {
        let mut shown = (*plan).clone();
        let wanted = |phase: &Phase| choice.is_none_or(|choice| choice.phases().contains(phase));
        shown
            .steps
            .retain(|step| wanted(&step.step.phase) && !state.has(step.step.phase));
        let heading = format!("For {}", fleet.names(&places));
        let stands = match state {
            RunState::New => "",
            state => table::state_words(state),
        };
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(&paint.line(&paint.paint(Role::Heading, &heading), stands, Role::Faint));
        out.push('\n');
        out.push_str(&match shown.is_empty() && shown.refusals.is_empty() {
            true => "Nothing is due\n".to_owned(),
            false => text::plan(&shown, &text::Sizes::new(), &bench.allowed(), paint),
        });
    }
    if survey.tasks.is_empty() && out.is_empty() {
        out.push_str("Nothing to do\n");
    }
    bench.terminal.answer(&out);
}

/// One folder for each plan. What each is for is said, and what is not in any of them.
fn write(
    flags: &PlanFlags,
    out: &Path,
    plans: &Plans,
    fleet: &Fleet,
    bench: &Workbench,
) -> Result<(), Failure> {
    if plans.is_empty() {
        bench.terminal.say("Nothing to do: no plan folder is written");
    }
    let stamp = match &flags.id {
        Some(stamp) => folder::slug(stamp),
        None => jiff::Timestamp::now().strftime("%Y%m%d%H%M%S").to_string(),
    };
    for (plan, state, places) in plans {
        if *state != RunState::New {
            let id = short_id(&plan.id);
            let names = fleet.names(places);
            bench.terminal.say(&format!(
                "Plan {id} of {names} is in flight: `schemaplan apply` goes on with it"
            ));
            continue;
        }
        let mut slug = match &flags.name {
            Some(words) => folder::slug(words),
            None => folder::default_slug(plan),
        };
        if plans.len() > 1 {
            slug = format!("{slug}_{}", folder::slug(&fleet.members[places[0]].name));
        }
        let path = plan_folder::write(plan, out, &format!("{stamp}_{slug}"))?;
        bench.terminal.answer(&format!("{}\n", path.display()));
        bench.terminal.say(&format!("  for {}", fleet.names(places)));
    }
    Ok(())
}

/// Whether every plan that is needed stands in a folder.
fn check(flags: &PlanFlags, plans: &Plans, fleet: &Fleet, bench: &Workbench) -> Result<Exit, Failure> {
    let out = flags.out.clone().unwrap_or_else(|| "plans".into());
    let mut ids = Vec::new();
    for path in plan_folder::all_below(&out) {
        ids.push(plan_folder::read(&path)?.id);
    }
    let missing: Vec<_> = plans
        .iter()
        .filter(|(plan, state, _)| *state == RunState::New && !ids.contains(&plan.id))
        .collect();
    for (plan, _, places) in &missing {
        bench.terminal.say(&format!(
            "No plan folder in {} is plan {}, for {}",
            out.display(),
            short_id(&plan.id),
            fleet.names(places)
        ));
    }
    Ok(match missing.is_empty() {
        true => Exit::Done,
        false => Exit::Differs,
    })
}
