//! A plan as text for the terminal: the steps under their phase with lock and cost, then the hazards.

use super::paint::{bytes, rows, visible_width, wrap};
use super::{Paint, Role, view};
use crate::model::{QualifiedName, TableSize};
use crate::plan::{Plan, PlanStep};
use crate::step::{Cost, Hazard, Lock, Phase, Step, Transaction, Verdict};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Sizes of the tables of the live database, empty where there is none.
pub type Sizes = BTreeMap<QualifiedName, TableSize>;

/// The whole plan.
pub fn plan(plan: &Plan, sizes: &Sizes, allowed: &[String], paint: Paint) -> String {
    let mut out = String::new();
    if plan.is_empty() && plan.refusals.is_empty() {
        return "Nothing to do: the database is as the files describe it\n".to_owned();
    }
    let title = format!("Plan {}", short_id(&plan.id));
    let right = format!("PostgreSQL {}", plan.server_major);
    let _ = writeln!(
        out,
        "{}\n",
        paint.line(&paint.paint(Role::Heading, &title), &right, Role::Faint)
    );
    for line in &plan.summary {
        let _ = writeln!(out, "  {}", summary_line(line, paint));
    }
    for phase in Phase::ALL {
        let steps: Vec<&PlanStep> = plan.of_phase(phase).collect();
        if steps.is_empty() {
            continue;
        }
        out.push('\n');
        for deploy in plan.deploys.iter().filter(|deploy| deploy.before == phase) {
            let rule = paint.rule(&format!("deploy {}", deploy_words(&deploy.what)));
            let _ = writeln!(out, "{}\n", paint.paint(Role::Heading, &rule));
        }
        let heading = paint.paint(Role::Heading, phase.name());
        let _ = writeln!(
            out,
            "{}",
            paint.line(&heading, &counted(steps.len(), "step"), Role::Faint)
        );
        for each in steps {
            out.push_str(&step(each, sizes, paint));
        }
    }
    out.push_str(&hazards(plan, allowed, paint));
    out
}

/// The first twelve digits of a plan's id, as people read it out.
pub fn short_id(id: &str) -> &str {
    id.get(..12).unwrap_or(id)
}

/// What a boundary wants deployed, without the verb in front.
pub fn deploy_words(what: &str) -> &str {
    what.strip_prefix("deploy ").unwrap_or(what)
}

/// `1 step`, `3 steps`.
pub fn counted(count: usize, what: &str) -> String {
    match (count, what.strip_suffix('x')) {
        (1, _) => format!("1 {what}"),
        (_, Some(_)) => format!("{count} {what}es"),
        (_, None) => format!("{count} {what}s"),
    }
}

fn summary_line(line: &str, paint: Paint) -> String {
    let role = match line.chars().next() {
        Some('+') => Role::Create,
        Some('-') => Role::Drop,
        Some('±') => Role::Recreate,
        Some('»') => Role::Rename,
        _ => Role::Alter,
    };
    let line = match paint.ascii {
        true => line.replace('→', "->").replace('»', ">").replace('±', "!"),
        false => line.to_owned(),
    };
    let (mark, rest) = line.split_at(line.chars().next().map_or(0, char::len_utf8));
    format!("{}{rest}", paint.paint(role, mark))
}

/// One step: its title with the cost at the right, and below it the locks on relations that others use.
fn step(each: &PlanStep, sizes: &Sizes, paint: Paint) -> String {
    let step = &each.step;
    let verb = view::verb_of_code(&step.change);
    let mark = paint.paint(view::role(verb), view::mark(verb, paint.ascii));
    let head = format!(" {:>3} {mark} ", each.number);
    let left = format!("{head}{}", step.title);
    let cost = cost_sized(step, sizes);
    let room = paint.width.saturating_sub(cost.chars().count() + 2);
    let mut out = String::new();
    let below = match visible_width(&left) <= room {
        true => {
            let _ = writeln!(out, "{}", paint.line(&left, &cost, Role::Faint));
            [String::new(), locks_of(step), also(step)]
        }
        false => {
            let title = wrap(&step.title, paint.width.saturating_sub(7).max(40), "");
            let _ = writeln!(out, "{head}{}", title.replace('\n', "\n       "));
            [cost, locks_of(step), also(step)]
        }
    };
    let below: Vec<String> = below.into_iter().filter(|part| !part.is_empty()).collect();
    let below = below.join("; ");
    if !below.is_empty() {
        let below = wrap(&below, paint.width.saturating_sub(7).max(40), "");
        for line in below.lines() {
            let _ = writeln!(out, "       {}", paint.paint(Role::Faint, line));
        }
    }
    out
}

fn locks_of(step: &Step) -> String {
    match step.locks.is_empty() {
        true => String::new(),
        false => locks(step),
    }
}

/// The locks of a step in one sentence: `ACCESS EXCLUSIVE on public.customer`.
pub fn locks(step: &Step) -> String {
    if step.locks.is_empty() {
        return "none on anything that exists".to_owned();
    }
    let mut by_lock: BTreeMap<Lock, Vec<String>> = BTreeMap::new();
    for each in &step.locks {
        by_lock
            .entry(each.lock)
            .or_default()
            .push(each.relation.to_string());
    }
    let parts: Vec<String> = by_lock
        .iter()
        .rev()
        .map(|(lock, relations)| format!("{lock} on {}", relations.join(", ")))
        .collect();
    parts.join("; ")
}

/// What a step costs, without sizes: `scans public.customer`.
pub fn cost(step: &Step) -> String {
    let all: Vec<String> = step.costs().map(|cost| one_cost(step, cost)).collect();
    match all.is_empty() {
        true => "instant".to_owned(),
        false => all.join("; "),
    }
}

fn one_cost(step: &Step, cost: &Cost) -> String {
    let Some(table) = cost.table() else {
        return "instant".to_owned();
    };
    match cost {
        Cost::Copies(_) if step.transaction == Transaction::Batches => {
            format!("writes rows of {table} in batches")
        }
        _ => format!("{} {table}", does(cost)),
    }
}

fn does(cost: &Cost) -> &'static str {
    match cost {
        Cost::Instant => "leaves",
        Cost::Samples(_) => "reads a sample of",
        Cost::Scans(_) => "scans",
        Cost::BuildsIndex(_) => "builds an index on",
        Cost::Rewrites(_) => "rewrites",
        Cost::Copies(_) => "copies rows of",
    }
}

/// What it does to further relations: `also rewrites public.customer, public.parcel`.
fn also(step: &Step) -> String {
    let mut parts: Vec<(&str, Vec<String>)> = Vec::new();
    for cost in &step.beside {
        let table = cost.table().map(ToString::to_string);
        match parts.last_mut() {
            Some((word, tables)) if *word == does(cost) => tables.extend(table),
            _ => parts.push((does(cost), table.into_iter().collect())),
        }
    }
    let parts: Vec<String> = parts
        .iter()
        .map(|(word, tables)| format!("{word} {}", tables.join(", ")))
        .collect();
    match parts.is_empty() {
        true => String::new(),
        false => format!("also {}", parts.join(", ")),
    }
}

/// The heaviest of what a step costs, with the size where it is known: `scans 2.1 GB`.
pub fn cost_sized(step: &Step, sizes: &Sizes) -> String {
    let cost = &step.cost;
    let (words, table) = match cost {
        Cost::Instant => return "instant".to_owned(),
        // However large the table is, the sample is the same.
        Cost::Samples(_) => return "reads a sample".to_owned(),
        Cost::Scans(table) => ("scans", table),
        Cost::BuildsIndex(table) => ("builds index,", table),
        Cost::Rewrites(table) => ("rewrites", table),
        Cost::Copies(table) => ("copies", table),
    };
    match (sizes.get(table), cost) {
        (Some(size), Cost::Copies(_)) => format!("{words} {}", rows(size.rows)),
        (Some(size), _) => format!("{words} {}", bytes(size.bytes)),
        (None, Cost::Copies(_)) => "copies rows".to_owned(),
        (None, Cost::BuildsIndex(_)) => "builds index".to_owned(),
        (None, _) => format!("{words} table"),
    }
}

/// The hazards as diagnostics, those that stop the plan last and with what allows them.
pub fn hazards(plan: &Plan, allowed: &[String], paint: Paint) -> String {
    let mut shown: Vec<(Option<&PlanStep>, &Hazard)> = plan
        .hazards()
        .filter(|(_, hazard)| hazard.verdict >= Verdict::Warn)
        .collect();
    shown.sort_by_key(|(_, hazard)| hazard.verdict);
    let mut out = String::new();
    for (step, each) in shown {
        out.push('\n');
        out.push_str(&hazard(step, each, allowed, paint));
    }
    out
}

/// True where nothing but a word from the user lets the plan run.
pub fn stops(hazard: &Hazard, allowed: &[String]) -> bool {
    match hazard.verdict {
        Verdict::Refuse => true,
        Verdict::Stop => {
            !hazard.allowed
                && !allowed
                    .iter()
                    .any(|code| code == "all" || code == hazard.code.code())
        }
        Verdict::Auto | Verdict::Warn => false,
    }
}

/// One hazard as a diagnostic.
pub fn hazard(step: Option<&PlanStep>, hazard: &Hazard, allowed: &[String], paint: Paint) -> String {
    let mut out = String::new();
    let (role, severity) = match stops(hazard, allowed) {
        true => (Role::Failed, "error"),
        false => (Role::Warning, "warning"),
    };
    let head = paint.paint(role, &format!("{severity}[{}]", hazard.code));
    // Wrapped with its head, then the head is painted: colours have no width.
    let plain = format!("{severity}[{}]", hazard.code);
    let text = wrap(&format!("{plain}: {}", hazard.message), paint.width, "    ");
    let _ = writeln!(out, "{}", text.replacen(&plain, &head, 1));
    let place = step.and_then(|step| step.step.origin.as_ref());
    match (step, place) {
        (Some(step), Some(origin)) => {
            let _ = writeln!(out, "  --> {origin}, step {} ({})", step.number, hazard.object);
        }
        (Some(step), None) => {
            let _ = writeln!(out, "  --> step {} ({})", step.number, hazard.object);
        }
        (None, _) => {
            let _ = writeln!(out, "  --> {}", hazard.object);
        }
    }
    match hazard.verdict {
        Verdict::Refuse => out.push_str("   = note: no steps exist for this, so nothing allows it\n"),
        Verdict::Stop if stops(hazard, allowed) => {
            let code = hazard.code;
            let allows = match place {
                Some(origin) => origin.allows(code.code()),
                None => format!("-- schemaplan: allow {code}"),
            };
            let _ = writeln!(out, "   = help: allow it in the files: `{allows}`");
            let _ = writeln!(out, "   = help: or for one run: `--allow {code}`");
        }
        _ => {}
    }
    let _ = writeln!(out, "   = help: `schemaplan explain {}` says more", hazard.code);
    out
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn a_plan_for_the_terminal() {
        let mut sizes = Sizes::new();
        sizes.insert(
            QualifiedName::new("public", "customer"),
            TableSize {
                bytes: 2_100_000_000,
                rows: 4_300_000,
            },
        );
        let text = plan(&samples::plan(), &sizes, &[], Paint::default());
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        insta::with_settings!({snapshot_path => "../../snapshots/output", prepend_module_to_snapshot => false}, {
            insta::assert_snapshot!("plan.txt", text);
        });
    }

    #[test]
    fn ascii_holds_nothing_else() {
        let paint = Paint {
            ascii: true,
            ..Paint::default()
        };
        let text = plan(&samples::plan(), &Sizes::new(), &[], paint);
        assert!(text.is_ascii(), "{text}");
    }

    #[test]
    fn an_allowed_hazard_is_a_warning() {
        let text = plan(
            &samples::plan(),
            &Sizes::new(),
            &["drops-data".to_owned()],
            Paint::default(),
        );
        assert!(
            text.contains("warning[drops-data]") && !text.contains("error["),
            "{text}"
        );
    }
}
