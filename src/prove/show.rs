//! A proof as text and as JSON.

use super::proof::{Proof, StepProof};
use crate::output::text::{counted, short_id};
use crate::output::{Paint, Role};
use crate::step::Phase;
use std::fmt::Write;
use std::time::Duration;

/// A proof for other programs.
pub fn json(proof: &Proof) -> String {
    match serde_json::to_string_pretty(proof) {
        Ok(text) => text + "\n",
        Err(error) => unreachable!("plain data always serialises: {error}"),
    }
}

/// A proof for people.
pub fn text(proof: &Proof, paint: Paint) -> String {
    let mut out = String::new();
    let title = format!("Plan {}", short_id(&proof.plan));
    let right = format!("PostgreSQL {}", proof.proven_on);
    let _ = writeln!(
        out,
        "{}",
        paint.line(&paint.paint(Role::Heading, &title), &right, Role::Faint)
    );
    for phase in Phase::ALL {
        let steps: Vec<&StepProof> = proof.steps.iter().filter(|each| each.phase == phase).collect();
        if steps.is_empty() {
            continue;
        }
        let heading = paint.paint(Role::Heading, phase.name());
        let _ = writeln!(
            out,
            "\n{}",
            paint.line(&heading, &counted(steps.len(), "step"), Role::Faint)
        );
        for each in steps {
            out.push_str(&step(each, paint));
        }
    }
    let rows: u64 = proof.tables.iter().map(|each| each.rows).sum();
    let filled = proof.tables.iter().filter(|each| each.rows > 0).count();
    let _ = writeln!(
        out,
        "\n{} on PostgreSQL {} with {} in {}",
        if proof.proven { "Proven" } else { "Not proven" },
        proof.proven_on,
        counted(usize::try_from(rows).unwrap_or(usize::MAX), "row"),
        counted(filled, "table")
    );
    for check in &proof.checks {
        let _ = writeln!(out, "  {} {}", mark(check.wrong.is_empty(), paint), check.what);
        for line in &check.wrong {
            let _ = writeln!(out, "      {line}");
        }
    }
    for note in &proof.notes {
        let _ = writeln!(out, "  {} {note}", paint.dot());
    }
    out
}

fn mark(holds: bool, paint: Paint) -> String {
    let role = if holds { Role::Done } else { Role::Failed };
    paint.paint(role, paint.state(role))
}

fn step(each: &StepProof, paint: Paint) -> String {
    let mark = match (&each.seen, each.wrong.is_empty()) {
        (_, false) => mark(false, paint),
        (Some(_), true) => mark(true, paint),
        (None, true) => paint.state(Role::Faint).to_owned(),
    };
    let took = each
        .milliseconds
        .map(|took| crate::output::duration(Duration::from_millis(took)));
    let title: String = match each.title.chars().count() > 60 {
        true => each.title.chars().take(59).chain(['…']).collect(),
        false => each.title.clone(),
    };
    let left = format!(" {:>3} {mark} {title}", each.number);
    let mut out = format!("{}\n", paint.line(&left, &took.unwrap_or_default(), Role::Faint));
    let mut parts: Vec<String> = Vec::new();
    if let Some(seen) = &each.seen {
        parts.extend(
            seen.locks
                .iter()
                .rev()
                .map(|held| format!("{} on {}", held.lock, held.relation)),
        );
        parts.extend(seen.scans.iter().map(|name| format!("reads {name}")));
        parts.extend(seen.rewrites.iter().map(|name| format!("writes {name} anew")));
        parts.extend(
            seen.rebuilds
                .iter()
                .map(|name| format!("builds an index of {name} anew")),
        );
    }
    let parts = parts.iter().map(|part| paint.paint(Role::Faint, part));
    for part in parts.chain(each.wrong.iter().cloned()) {
        let _ = writeln!(out, "       {part}");
    }
    out
}
