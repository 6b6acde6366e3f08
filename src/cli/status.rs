//! `status`: what is applied, in flight, waiting for a deploy, drifted, left over.

use super::arguments::{StatusFlags, TextOrJson};
use super::database::{Live, Purpose};
use super::failure::{Exit, Failure};
use super::progress::cut;
use super::workbench::Workbench;
use super::{pipeline, planning};
use crate::execute::{AtWork, Blocker, Leftover, RunState, RunStatus, Status, status, tenants_in_flight};
use crate::model::Unmanaged;
use crate::output::text::{counted, deploy_words, short_id};
use crate::output::{Paint, Role, bytes, duration, left_alone, rows};
use std::fmt::Write;
use std::time::Duration;

/// Prints the status.
///
/// # Errors
/// Where it cannot be read.
pub async fn run(flags: &StatusFlags, bench: &Workbench) -> Result<Exit, Failure> {
    let live = bench.live(None, Purpose::Read).await?;
    let answer = answer(flags, &live, bench).await;
    live.close().await;
    answer
}

async fn answer(flags: &StatusFlags, live: &Live, bench: &Workbench) -> Result<Exit, Failure> {
    let looked = looked(live, bench).await?;
    let text = match flags.format {
        TextOrJson::Text => {
            let paint = bench.terminal.out;
            report(&looked.status, looked.drifted, live.target.to_string(), paint)
                + &left_alone(&looked.unmanaged, paint)
        }
        TextOrJson::Json => {
            let mut value = looked.json();
            value["format_version"] = 1.into();
            format!("{value:#}\n")
        }
    };
    bench.terminal.answer(&text);
    let (partial, clean) = (looked.is_partial(), looked.is_clean());
    if let Some(failure) = looked.unread {
        return Err(failure);
    }
    Ok(match (partial, clean) {
        (true, _) => Exit::CouldNot,
        (false, true) => Exit::Done,
        (false, false) => Exit::Differs,
    })
}

/// A database as it stands.
pub struct Looked {
    /// What the journal says.
    pub status: Status,
    /// Whether it is no longer as the newest plan left it.
    pub drifted: bool,
    /// What is there and not managed.
    pub unmanaged: Vec<Unmanaged>,
    /// Why its catalog could not be read.
    pub unread: Option<Failure>,
}

impl Looked {
    /// Whether something is left that no run owns.
    pub fn has_leftovers(&self) -> bool {
        !self.status.leftovers.is_empty() && !self.status.is_in_flight()
    }

    /// Nothing in flight, drifted or left over.
    pub fn is_clean(&self) -> bool {
        !self.status.is_in_flight() && !self.drifted && !self.has_leftovers() && self.unread.is_none()
    }

    /// Whether a managed object has a property that is not managed.
    pub fn is_partial(&self) -> bool {
        self.unmanaged.iter().any(|each| each.property_of.is_some())
    }

    /// For programs.
    pub fn json(&self) -> serde_json::Value {
        let mut value = serde_json::to_value(&self.status).unwrap_or_default();
        value["clean"] = self.is_clean().into();
        value["drifted"] = self.drifted.into();
        value["unmanaged"] = serde_json::json!(self.unmanaged);
        value
    }
}

/// Looks how a database stands. Where the catalog cannot be read, what the journal says is still worth reading.
///
/// # Errors
/// Where the journal cannot be read.
pub async fn looked(live: &Live, bench: &Workbench) -> Result<Looked, Failure> {
    let mut status = status(&live.client, bench.tenant()).await?;
    if let Some(tenant) = bench.tenant() {
        // What is in no schema of a tenant's is nobody's alone.
        status.archives.clear();
        let of_tenant = |name: &str| name.split_once('.').is_some_and(|(schema, _)| schema == tenant);
        status.leftovers.retain(|leftover| of_tenant(&leftover.relation));
    } else if !status.leftovers.is_empty() {
        let mut theirs = tenants_in_flight(&live.client).await?;
        if !theirs.is_empty() {
            theirs.push("schemaplan".to_owned());
        }
        let is_theirs = |name: &str| {
            let schema = name.split_once('.').map(|(schema, _)| schema);
            schema.is_some_and(|schema| theirs.iter().any(|each| each == schema))
        };
        status.leftovers.retain(|leftover| !is_theirs(&leftover.relation));
    }
    let (drifted, unmanaged, unread) = match look(&status, live, bench).await {
        Ok((drifted, unmanaged)) => (drifted, unmanaged, None),
        Err(failure) => (false, Vec::new(), Some(failure)),
    };
    Ok(Looked {
        status,
        drifted,
        unmanaged,
        unread,
    })
}

/// Whether the newest plan is complete and the database no longer as it left it; and what is there and not managed.
async fn look(status: &Status, live: &Live, bench: &Workbench) -> Result<(bool, Vec<Unmanaged>), Failure> {
    let complete = |run: &&RunStatus| !status.is_in_flight() && run.state == RunState::Contracted;
    let Some(newest) = status.runs.last().filter(complete) else {
        return Ok((false, pipeline::read_unmanaged(live, bench).await?));
    };
    let (catalog, _) = pipeline::read_live(live, bench, false).await?;
    let found = planning::fingerprint(&catalog, bench)?;
    Ok((found != newest.target_fingerprint, catalog.unmanaged))
}

fn report(status: &Status, drifted: bool, target: String, paint: Paint) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "{}", paint.paint(Role::Heading, &target));
    if let Some(holder) = &status.running {
        let _ = writeln!(out, "  at work now: {holder}");
    }
    for other in &status.waiting {
        let (owner, since) = (&other.owner, since(other.seconds));
        let _ = writeln!(out, "  waits until it ends: {owner}, for {since}");
    }
    if let Some(work) = &status.at_work {
        at_work(work, paint, &mut out);
    }
    if status.runs.is_empty() {
        out.push_str("  nothing was applied by schemaplan\n");
    }
    for run in &status.runs {
        of_run(run, status.running.is_some(), paint, &mut out);
    }
    if drifted {
        let words = "the database is no longer as the newest plan left it: see `schemaplan diff`";
        let _ = writeln!(out, "  {} {words}", paint.paint(Role::Warning, "drifted:"));
    }
    if !status.archives.is_empty() {
        let total = status.archives.iter().map(|archive| archive.bytes).sum();
        let count = counted(status.archives.len(), "archive");
        let _ = writeln!(out, "\n  {count} of what contracts removed, {}", bytes(total));
        for archive in &status.archives {
            let left = format!("    {}", archive.name);
            let _ = writeln!(out, "{}", paint.line(&left, &bytes(archive.bytes), Role::Faint));
        }
    }
    if !status.leftovers.is_empty() && !status.is_in_flight() {
        let _ = writeln!(
            out,
            "\n  {} that no run owns",
            counted(status.leftovers.len(), "leftover")
        );
        for leftover in &status.leftovers {
            let _ = writeln!(out, "    {leftover}");
        }
        if status.leftovers.iter().any(Leftover::is_a_plans) {
            let words = "schemaplan apply --plan DIR, with the folder of the plan that made them";
            let _ = writeln!(out, "    go on: {words}");
        }
    }
    out
}

fn since(seconds: f64) -> String {
    duration(Duration::from_secs_f64(seconds.max(0.0)))
}

/// The step under way, and what it waits for.
fn at_work(work: &AtWork, paint: Paint, out: &mut String) {
    let back = if work.direction == "down" {
        "taking back "
    } else {
        ""
    };
    if let Some(step) = &work.step {
        let _ = writeln!(out, "    {back}{step}, for {}", since(work.seconds));
    }
    for far in &work.how_far {
        let _ = writeln!(out, "      {far}");
    }
    let waits = paint.paint(Role::Warning, "waits:");
    for wait in &work.lock_waits {
        let queue = match wait.queue {
            0 => String::new(),
            queue => format!(", {} behind it", counted(queue as usize, "session")),
        };
        let (on, mode, seconds) = (&wait.on, &wait.mode, since(wait.seconds));
        let attempt = work.attempt;
        let _ = writeln!(
            out,
            "      {waits} {seconds} for {mode} on {on}, try {attempt}{queue}"
        );
        in_the_way(&wait.blockers, paint, out);
    }
    let Some(rest) = work.rest.as_ref().filter(|_| work.lock_waits.is_empty()) else {
        return;
    };
    if rest.kind == "next_try" {
        let (attempt, left) = (work.attempt, since(rest.left.unwrap_or(0.0)));
        let _ = writeln!(
            out,
            "      {waits} {left} more until the next try; try {attempt}: {}",
            rest.words
        );
        in_the_way(&rest.blockers, paint, out);
    } else {
        let _ = writeln!(out, "      {waits} {}, for {}", rest.words, since(rest.seconds));
    }
}

/// The sessions in the way, each with what it ran last.
fn in_the_way(blockers: &[Blocker], paint: Paint, out: &mut String) {
    for by in blockers {
        let age = duration(Duration::from_secs_f64(by.age.max(0.0)));
        let (name, user, state) = (by.name(), &by.user, &by.state);
        let _ = writeln!(out, "        {name} as {user}, {state} for {age}");
        let query: Vec<&str> = by.query.split_whitespace().collect();
        if !query.is_empty() {
            let line = format!("          {}", query.join(" "));
            let _ = writeln!(out, "{}", cut(&line, paint.width.max(80), paint.ascii));
        }
    }
}

fn of_run(run: &RunStatus, is_at_work: bool, paint: Paint, out: &mut String) {
    let head = format!("  plan {} (run {})", short_id(&run.plan_id), run.run_no);
    let _ = writeln!(out, "{}", paint.line(&head, run.state.name(), Role::Faint));
    if run.state != RunState::Contracted {
        for line in &run.summary {
            let _ = writeln!(out, "      {line}");
        }
    }
    if run.paused {
        let words = "`schemaplan resume` lets it go on";
        let _ = writeln!(out, "    {} {words}", paint.paint(Role::Warning, "paused:"));
    }
    for phase in &run.phases {
        let (role, words) = match (phase.complete, phase.done) {
            (true, _) => (Role::Done, "done".to_owned()),
            (false, 0) => (Role::Faint, "not run".to_owned()),
            (false, done) => (Role::Alter, format!("{done} of {} done", phase.steps)),
        };
        if phase.steps == 0 && run.state == RunState::Contracted {
            continue;
        }
        let mark = paint.paint(role, paint.state(role));
        let left = format!(
            "    {mark} {:9} {}",
            phase.phase.name(),
            counted(phase.steps, "step")
        );
        let _ = writeln!(out, "{}", paint.line(&left, &words, role));
    }
    for each in &run.in_flight {
        // The journal cannot know that whoever ran it is gone.
        let state = match each.state.as_str() {
            "failed" => "failed",
            _ if is_at_work => "running",
            _ => "broken off",
        };
        let mut line = format!("      {state} {}: {}", each.direction, each.step);
        if each.rows_done > 0 {
            let _ = write!(line, ", {}", rows(each.rows_done));
        }
        let _ = writeln!(out, "{line}");
        if let Some(error) = &each.last_error {
            let _ = writeln!(out, "        {error}");
        }
    }
    for each in &run.verified {
        let (seen, checksum) = (rows(each.checked.rows), each.checked.digits());
        let _ = writeln!(out, "      seen by {}: {seen}, checksum {checksum}", each.step);
    }
    if let (Some(deploy), Some(next)) = (&run.waiting_for, run.next) {
        let _ = writeln!(out, "    next: deploy {}", deploy_words(&deploy.what));
        for rule in &run.application {
            let _ = writeln!(
                out,
                "      {}, {} code: {}",
                rule.moment(),
                rule.code,
                rule.sentence()
            );
        }
        let _ = writeln!(out, "    then: schemaplan apply --phase {next}");
    } else if let Some(next) = run.next {
        let _ = writeln!(out, "    next: schemaplan apply --phase {next}");
    }
}
