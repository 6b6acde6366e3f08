//! `PLAN.md`: the plan for the person who reviews it.

use super::text::{counted, deploy_words, locks};
use super::{graph, text};
use crate::plan::{Plan, PlanStep, Safety, safety};
use crate::step::{Cost, Phase, Step, Transaction, Undo, Verdict};
use std::fmt::Write;

/// Past this many steps a drawing of them helps nobody.
const MOST_STEPS_DRAWN: usize = 80;

/// The whole report.
pub fn report(plan: &Plan) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "# Plan {}\n", text::short_id(&plan.id));
    let _ = writeln!(
        out,
        "For PostgreSQL {}. {}.\n",
        plan.server_major,
        phases_in_words(plan)
    );
    changes(plan, &mut out);
    for phase in Phase::ALL {
        phase_table(plan, phase, &mut out);
    }
    application(plan, &mut out);
    hazards(plan, &mut out);
    undo(plan, &mut out);
    drawing(plan, &mut out);
    checklist(plan, &mut out);
    out
}

fn phases_in_words(plan: &Plan) -> String {
    let parts: Vec<String> = Phase::ALL
        .iter()
        .map(|phase| (phase, plan.of_phase(*phase).count()))
        .filter(|(_, count)| *count > 0)
        .map(|(phase, count)| format!("{} in {phase}", counted(count, "step")))
        .collect();
    if parts.is_empty() {
        "Nothing to do".to_owned()
    } else {
        parts.join(", ")
    }
}

fn changes(plan: &Plan, out: &mut String) {
    if plan.summary.is_empty() {
        return;
    }
    out.push_str("## What changes\n\n```diff\n");
    for line in &plan.summary {
        let _ = writeln!(out, "{}", line.replace("```", "` ` `").replace(['\n', '\r'], " "));
    }
    out.push_str("```\n\n");
}

fn phase_table(plan: &Plan, phase: Phase, out: &mut String) {
    let steps: Vec<&PlanStep> = plan.of_phase(phase).collect();
    if steps.is_empty() {
        return;
    }
    for deploy in plan.deploys.iter().filter(|deploy| deploy.before == phase) {
        let _ = writeln!(
            out,
            "> **Deploy before {phase}:** {}\n",
            cell(deploy_words(&deploy.what))
        );
    }
    let _ = writeln!(out, "## {}\n", capital(phase.name()));
    out.push_str("| # | step | why | lock | scan | rewrite |\n|--:|---|---|---|---|---|\n");
    for each in steps {
        let step = &each.step;
        let why = match &step.origin {
            Some(origin) => format!("`{origin}`"),
            None => "needed by another step".to_owned(),
        };
        let lock = if step.locks.is_empty() {
            "none".to_owned()
        } else {
            locks(step)
        };
        let (scan, rewrite) = scan_and_rewrite(step);
        let title = cell(&step.title);
        let _ = writeln!(
            out,
            "| {} | {title} | {} | {} | {scan} | {rewrite} |",
            each.number,
            cell(&why),
            cell(&lock)
        );
    }
    out.push('\n');
}

fn scan_and_rewrite(step: &Step) -> (&'static str, &'static str) {
    let in_batches = step.transaction == Transaction::Batches;
    match step.cost {
        Cost::Instant => ("no", "no"),
        Cost::Samples(_) => ("a sample", "no"),
        Cost::Scans(_) => ("yes", "no"),
        Cost::BuildsIndex(_) => ("builds an index", "no"),
        Cost::Rewrites(_) => ("yes", "**yes**"),
        Cost::Copies(_) if in_batches => ("in batches", "rows, in batches"),
        Cost::Copies(_) => ("yes", "copies rows"),
    }
}

/// Which application code is safe when, and what decides it.
fn application(plan: &Plan, out: &mut String) {
    let points = safety(plan);
    if points.is_empty() {
        return;
    }
    out.push_str(
        "## Which code may run when\n\n| | code of today | code for the new schema |\n|---|---|---|\n",
    );
    for Safety { point, old, new } in points {
        let _ = writeln!(out, "| {point} | {old} | {new} |");
    }
    out.push('\n');
    if plan.application.is_empty() {
        return;
    }
    out.push_str("| when | code | |\n|---|---|---|\n");
    for rule in &plan.application {
        let _ = writeln!(
            out,
            "| {} | {} | {} |",
            rule.moment(),
            rule.code,
            cell(&rule.sentence())
        );
    }
    out.push('\n');
}

fn hazards(plan: &Plan, out: &mut String) {
    let shown: Vec<_> = plan
        .hazards()
        .filter(|(_, hazard)| hazard.verdict >= Verdict::Warn)
        .collect();
    if shown.is_empty() {
        return;
    }
    out.push_str("## Hazards\n\n| hazard | step | what happens | allowed by |\n|---|--:|---|---|\n");
    for (step, hazard) in shown {
        let allowed = match hazard.verdict {
            Verdict::Refuse => "nothing: no steps exist".to_owned(),
            Verdict::Stop if hazard.allowed => "a directive in the files".to_owned(),
            Verdict::Stop => format!("`--allow {}`", hazard.code),
            Verdict::Auto | Verdict::Warn => "needs no word".to_owned(),
        };
        let number = step.map(|step| step.number.to_string()).unwrap_or_default();
        let _ = writeln!(
            out,
            "| `{}` | {number} | {} | {allowed} |",
            hazard.code,
            cell(&hazard.message)
        );
    }
    out.push('\n');
}

fn undo(plan: &Plan, out: &mut String) {
    let lossy: Vec<(u32, &str)> = plan
        .steps
        .iter()
        .filter_map(|each| match &each.step.undo {
            Undo::Lossy { reason, .. } => Some((each.number, reason.as_str())),
            Undo::Nothing | Undo::Run { .. } => None,
        })
        .collect();
    out.push_str("## Taking it back\n\n");
    if lossy.is_empty() {
        out.push_str("`schemaplan rollback` brings everything back, phase by phase.\n\n");
        return;
    }
    out.push_str(
        "`schemaplan rollback` brings back the structure, phase by phase. What does not come back:\n\n",
    );
    for (number, reason) in lossy {
        let _ = writeln!(out, "- step {number}: {}", cell(reason));
    }
    out.push('\n');
}

fn drawing(plan: &Plan, out: &mut String) {
    if plan.steps.len() < 2 || plan.steps.len() > MOST_STEPS_DRAWN {
        return;
    }
    out.push_str("## Order of the steps\n\n```mermaid\n");
    out.push_str(&graph::mermaid(plan));
    out.push_str("```\n\n");
}

fn checklist(plan: &Plan, out: &mut String) {
    out.push_str("## Checklist\n\n");
    if plan.hazards().any(|(_, hazard)| hazard.verdict >= Verdict::Warn) {
        out.push_str("- [ ] the hazards above are read and wanted\n");
    }
    for phase in Phase::ALL {
        if plan.of_phase(phase).next().is_none() {
            continue;
        }
        for deploy in plan.deploys.iter().filter(|deploy| deploy.before == phase) {
            let _ = writeln!(out, "- [ ] deploy {}", cell(deploy_words(&deploy.what)));
        }
        let _ = writeln!(
            out,
            "- [ ] `schemaplan apply --plan <this folder> --phase {phase}`"
        );
    }
    out.push_str("- [ ] `schemaplan status` is clean\n");
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

/// Text that cannot leave its table cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
        .replace(['\n', '\r'], " ")
        .replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn the_report_of_the_sample() {
        insta::with_settings!({snapshot_path => "../../snapshots/output", prepend_module_to_snapshot => false}, {
            insta::assert_snapshot!("PLAN.md", report(&samples::plan()));
        });
    }

    #[test]
    fn a_name_cannot_leave_its_cell() {
        assert_eq!(cell("a|b\nc"), "a\\|b c");
    }
}
