//! `lint`: weak places of the desired schema, and the hazards of the plan that leads to it.

use super::arguments::TextOrJson;
use super::database::Purpose;
use super::failure::{Exit, Failure};
use super::workbench::Workbench;
use super::{pipeline, planning};
use crate::engine::SessionSettings;
use crate::lint::{Finding, RULES, lint};
use crate::model::Catalog;
use crate::output::text::{counted, hazard};
use crate::output::{Paint, Role};
use crate::plan::Plan;
use crate::step::Verdict;
use clap::Args;
use std::fmt::Write;

/// Flags of `lint`.
#[derive(Debug, Args)]
pub struct LintFlags {
    /// How to print it
    #[arg(long, default_value = "text")]
    pub format: TextOrJson,
    /// Rules to leave out, beside those of `lint:` in schemaplan.yaml
    #[arg(long, value_name = "RULE", value_delimiter = ',', value_parser = rule)]
    pub off: Vec<String>,
}

/// A rule's code.
pub fn rule(word: &str) -> Result<String, String> {
    if RULES.iter().any(|rule| rule.code == word) {
        return Ok(word.to_owned());
    }
    let codes = RULES.iter().map(|rule| rule.code);
    let nearest = codes
        .min_by_key(|code| strsim::damerau_levenshtein(code, word))
        .unwrap_or_default();
    Err(format!(
        "there is no rule of that name; did you mean `{nearest}`?"
    ))
}

/// Prints the findings; exit 2 where there are any.
///
/// # Errors
/// Where the files cannot be read, or the database that is named cannot.
pub async fn run(flags: &LintFlags, bench: &Workbench) -> Result<Exit, Failure> {
    let mut off = flags.off.clone();
    for code in &bench.settings.lint.off {
        off.push(
            rule(code)
                .map_err(|help| Failure::new("settings", format!("lint: `{code}` is no rule"), help))?,
        );
    }
    let (target, plan) = target_and_plan(bench).await?;
    let findings = lint(&target, &off);
    let hazards = plan.as_ref().map_or(0, |plan| shown(plan).count());
    let text = match flags.format {
        TextOrJson::Text => text(&findings, plan.as_ref(), bench),
        TextOrJson::Json => {
            let hazards: Vec<_> = plan
                .iter()
                .flat_map(shown)
                .map(|(step, hazard)| serde_json::json!({"step": step.map(|step| step.number), "hazard": hazard}))
                .collect();
            let value = serde_json::json!({"format_version": 1, "findings": findings, "hazards": hazards, "planned": plan.is_some()});
            format!("{value:#}\n")
        }
    };
    bench.terminal.answer(&text);
    Ok(match findings.is_empty() && hazards == 0 {
        true => Exit::Done,
        false => Exit::Differs,
    })
}

/// The plan is left out where nothing names a database: the files can be looked at all the same.
async fn target_and_plan(bench: &Workbench) -> Result<(Catalog, Option<Plan>), Failure> {
    match pipeline::sides(bench, Purpose::Read).await {
        Ok(sides) => {
            let plan = planning::plan(&sides, bench);
            let target = sides.target.clone();
            sides.close().await;
            Ok((target, Some(plan?)))
        }
        Err(failure) if failure.diagnostics.iter().any(|each| each.code == "no-database") => {
            bench
                .terminal
                .say("No database is named: the plan is not looked at");
            let settings = SessionSettings::default();
            let target = pipeline::catalog(&bench.target(), &settings, None, None, bench).await?;
            Ok((target, None))
        }
        Err(failure) => Err(failure),
    }
}

type Shown<'a> = (Option<&'a crate::plan::PlanStep>, &'a crate::step::Hazard);

fn shown(plan: &Plan) -> impl Iterator<Item = Shown<'_>> {
    plan.hazards()
        .filter(|(_, hazard)| hazard.verdict >= Verdict::Warn)
}

fn text(findings: &[Finding], plan: Option<&Plan>, bench: &Workbench) -> String {
    let paint = bench.terminal.out;
    let mut out = String::new();
    for finding in findings {
        out.push_str(&one(finding, paint));
    }
    let allowed = bench.allowed();
    let hazards: Vec<Shown> = plan.into_iter().flat_map(shown).collect();
    for (step, each) in &hazards {
        out.push_str(&hazard(*step, each, &allowed, paint));
        out.push('\n');
    }
    let mut counts = counted(findings.len(), "finding");
    if plan.is_some() {
        let _ = write!(counts, ", {} of the plan", counted(hazards.len(), "hazard"));
    }
    let _ = writeln!(out, "{counts}");
    out
}

fn one(finding: &Finding, paint: Paint) -> String {
    let mut out = String::new();
    let head = paint.paint(Role::Warning, &format!("warning[{}]", finding.code));
    let _ = writeln!(out, "{head}: {}", finding.message);
    let place = match &finding.origin {
        Some(origin) => format!("{origin}, {}", finding.object),
        None => finding.object.to_string(),
    };
    let _ = writeln!(out, "  --> {place}");
    let _ = writeln!(
        out,
        "   = help: `schemaplan explain {}` says more\n",
        finding.code
    );
    out
}
