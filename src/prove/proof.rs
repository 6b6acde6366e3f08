//! The way there, back, and there again.

use super::build::{build, stand_in};
use super::fitting;
use super::held::{Held, given_values, held, same_but_for};
use super::judge::{self, Told};
use super::rows::{self, Given};
use super::stop::Stop;
use super::trace::{Tracer, named};
use crate::change::{Change, Policy};
use crate::diff::diff;
use crate::engine::{Engine, Scratch, SessionSettings};
use crate::execute::{
    self, ApplyError, ApplyOptions, BoxError, Outcome, Progress, RollbackScope, RunRef, Session, StopSignal,
};
use crate::introspect::{ReadOptions, read};
use crate::model::{Body, Catalog, Kind};
use crate::output::ChangeView;
use crate::plan::{Plan, PlanStep, fingerprint};
use crate::step::{Phase, Undo};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// So many databases are made until every role and tablespace that a plan names is there.
const TRIES: usize = 12;

/// What is to be proven.
pub struct Asked<'a> {
    /// What is there.
    pub from: &'a Catalog,
    /// What should be there.
    pub target: &'a Catalog,
    /// The steps between them.
    pub plan: &'a Plan,
    /// How catalogs are compared.
    pub policy: &'a Policy,
    /// Brings a catalog of the throwaway server into the words of `from`.
    pub adapt: &'a dyn Fn(&mut Catalog),
    /// Ends the run.
    pub stop: StopSignal,
}

/// One sentence that is true or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was looked at.
    pub what: String,
    /// What is wrong with it; nothing where it holds.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub wrong: Vec<String>,
}

/// What a step was seen to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StepProof {
    /// Its number.
    pub number: u32,
    /// Its phase.
    pub phase: Phase,
    /// Its title.
    pub title: String,
    /// What it was seen to do; none where it did not come to run.
    pub seen: Option<Told>,
    /// How long it took with these few rows, in milliseconds.
    pub milliseconds: Option<u64>,
    /// What it did beyond its word.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub wrong: Vec<String>,
}

/// What came out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Proof {
    /// Version of this document's format.
    pub format_version: u32,
    /// True where nothing is wrong.
    pub proven: bool,
    /// The plan's id.
    pub plan: String,
    /// The major of the server that it was proven on.
    pub proven_on: u32,
    /// The major that the plan was made for.
    pub made_for: u32,
    /// The tables and their rows.
    pub tables: Vec<Given>,
    /// The steps in order.
    pub steps: Vec<StepProof>,
    /// What was looked at.
    pub checks: Vec<Check>,
    /// What the proof does not reach.
    pub notes: Vec<String>,
}

#[derive(Default)]
struct Clock {
    took: BTreeMap<u32, Duration>,
}

impl Progress for Clock {
    fn step_finished(&mut self, step: &PlanStep, elapsed: Duration) {
        self.took.entry(step.number).or_insert(elapsed);
    }
}

/// Proves the plan, or says what is wrong with it.
///
/// # Errors
/// Where it can be neither proven nor refuted.
pub async fn prove(engine: &Engine, settings: &SessionSettings, asked: &Asked<'_>) -> Result<Proof, Stop> {
    let mut tries = 0;
    loop {
        let scratch = engine.scratch(settings).await?;
        let outcome = attempt(engine, &scratch, asked).await;
        scratch.close().await?;
        let mut proof = outcome?;
        tries += 1;
        // A role that the plan names and this server does not have is no fault of the plan's.
        if let Some(said) = proof.failed.take()
            && tries < TRIES
            && stand_in(engine, &said).await
        {
            continue;
        }
        return Ok(proof.done(engine, asked.plan));
    }
}

#[derive(Default)]
struct Work {
    given: Vec<Given>,
    checks: Vec<Check>,
    notes: Vec<String>,
    took: BTreeMap<u32, Duration>,
    /// What each step did wrong.
    wrong: BTreeMap<u32, Vec<String>>,
    seen: BTreeMap<u32, Told>,
    /// What the database said of a step that failed.
    failed: Option<String>,
}

async fn attempt(engine: &Engine, scratch: &Scratch, asked: &Asked<'_>) -> Result<Work, Stop> {
    let mut work = Work::default();
    build(engine, scratch, asked.from).await?;
    let before = catalog(scratch, asked).await?;
    let off = diff(&before, asked.from, asked.policy);
    if !off.is_empty() {
        let title = format!(
            "what PostgreSQL {} makes of it differs from it: {}",
            engine.major(),
            lines(&off).join("; ")
        );
        return Err(Stop::build(title));
    }
    // A session of its own: the server's defaults are what an application finds.
    let filler = scratch.more_sessions()().await.map_err(Stop::database)?;
    let away = fitting::demand(&filler, asked.from, asked.target).await;
    work.given = rows::fill(&filler).await.map_err(Stop::database)?;
    fitting::take_away(&filler, &away).await.map_err(Stop::database)?;
    drop(filler);
    let sums = held(&scratch.client, &before).await.map_err(Stop::database)?;
    if there(&mut work, scratch, asked, (&before, &sums)).await?
        && back(&mut work, scratch, asked, (&before, &sums)).await?
    {
        again(&mut work, scratch, asked).await?;
    }
    Ok(work)
}

async fn there(
    work: &mut Work,
    scratch: &Scratch,
    asked: &Asked<'_>,
    (before, sums): (&Catalog, &Held),
) -> Result<bool, Stop> {
    let mut clock = Clock::default();
    let run = RunRef::New {
        last_seen: None,
        after: None,
    };
    let mut session = session(scratch).await?;
    let outcome = execute::apply(&mut session, asked.plan, run, &options(asked), &mut clock).await;
    drop(session);
    work.took = clock.took;
    let what = "up: every step runs";
    if !work.ended(what, outcome)? {
        return Ok(false);
    }
    let there = catalog(scratch, asked).await?;
    let left = diff(&there, asked.target, asked.policy);
    let mut wrong = lines(&left);
    wrong.extend(on_the_way(&there));
    work.check("after up the database is the target", wrong);
    let holds = held(&scratch.client, &there).await.map_err(Stop::database)?;
    let plain = |catalog: &Catalog| -> BTreeSet<String> {
        let parents: BTreeSet<String> = catalog
            .of_kind(Kind::Table)
            .filter_map(|table| match &table.body {
                Body::Table(body) => Some(body.inherits.iter().map(ToString::to_string)),
                _ => None,
            })
            .flatten()
            .collect();
        let alone = catalog.of_kind(Kind::Table).filter(|table| {
            matches!(&table.body, Body::Table(body) if body.partition_key.is_none() && body.partition_of.is_none() && body.inherits.is_empty())
        });
        alone
            .map(|table| table.id.qualified().to_string())
            .filter(|name| !parents.contains(name))
            .collect()
    };
    let both: BTreeSet<String> = plain(before).intersection(&plain(&there)).cloned().collect();
    let mut wrong = Vec::new();
    for table in &both {
        if let (Some(had), Some(has)) = (sums.get(table), holds.get(table))
            && has.len() < had.len()
        {
            wrong.push(format!("{table} held {} rows and holds {}", had.len(), has.len()));
        }
    }
    work.check("after up every table that stays holds its rows", wrong);
    Ok(true)
}

async fn back(
    work: &mut Work,
    scratch: &Scratch,
    asked: &Asked<'_>,
    (before, sums): (&Catalog, &Held),
) -> Result<bool, Stop> {
    let mut session = session(scratch).await?;
    let scope = RollbackScope::All;
    let outcome = execute::rollback(&mut session, None, scope, &options(asked), &mut Clock::default()).await;
    drop(session);
    if !work.ended("down: every step is taken back", outcome)? {
        return Ok(false);
    }
    let back = catalog(scratch, asked).await?;
    let mut wrong = lines(&diff(&back, before, asked.policy));
    if wrong.is_empty() && fingerprint(&back, asked.policy) != fingerprint(before, asked.policy) {
        wrong.push("its fingerprint is another one".to_owned());
    }
    wrong.extend(on_the_way(&back));
    let same = wrong.is_empty();
    work.check("after down the database is what it was", wrong);
    let holds = held(&scratch.client, &back).await.map_err(Stop::database)?;
    let mut wrong = Vec::new();
    let given = given_values(asked.from, asked.target);
    let nothing = BTreeSet::new();
    for (table, had) in sums {
        let Some(has) = holds.get(table) else {
            wrong.push(format!("{table} is not there"));
            continue;
        };
        if has == had {
            continue;
        }
        match same_but_for(had, has, given.get(table).unwrap_or(&nothing)) {
            Some(values) => work.notes.push(format!(
                "after down {values} values of {table} stand where NULL stood: what a backfill gave stays"
            )),
            None if has.len() == had.len() => {
                wrong.push(format!(
                    "{table}: {} rows are back, and not as they were",
                    had.len()
                ));
            }
            None => wrong.push(format!("{table} held {} rows and holds {}", had.len(), has.len())),
        }
    }
    for each in &asked.plan.steps {
        if let Undo::Lossy { reason, .. } = &each.step.undo {
            let declared = format!("{} declares that not all comes back: {reason}", named(each));
            match wrong.is_empty() {
                true => work.notes.push(declared),
                false => wrong.push(declared),
            }
        }
    }
    work.check("after down the rows are back", wrong);
    Ok(same)
}

async fn again(work: &mut Work, scratch: &Scratch, asked: &Asked<'_>) -> Result<(), Stop> {
    let open = scratch.more_sessions();
    let (one, two, three) = (open().await, open().await, open().await);
    let (one, two, three) = (
        one.map_err(Stop::database)?,
        two.map_err(Stop::database)?,
        three.map_err(Stop::database)?,
    );
    let tracer = Tracer::new(one, two, three).await.map_err(Stop::database)?;
    let trace = match tracer.run(asked.plan).await {
        Ok(trace) => trace,
        Err(Stop::Step(words)) => {
            work.check("up again: every step runs", vec![words]);
            return Ok(());
        }
        Err(other) => return Err(other),
    };
    work.check("up again: every step runs", Vec::new());
    let there = catalog(scratch, asked).await?;
    work.check(
        "after up again the database is the target",
        lines(&diff(&there, asked.target, asked.policy)),
    );
    let mut wrong = Vec::new();
    for each in &asked.plan.steps {
        let Some(seen) = trace.seen.get(&each.number) else {
            continue;
        };
        let beyond = judge::beyond(&each.step, seen, &trace.names);
        wrong.extend(beyond.iter().map(|words| format!("{}: {words}", named(each))));
        work.wrong.entry(each.number).or_default().extend(beyond);
        work.seen
            .insert(each.number, judge::told(seen, &trace.names, &trace.at_first));
    }
    work.check("no step locks, reads or writes anew more than it declares", wrong);
    Ok(())
}

impl Work {
    fn check(&mut self, what: &str, wrong: Vec<String>) {
        self.checks.push(Check {
            what: what.to_owned(),
            wrong,
        });
    }

    /// How a run ended: true where it went on to its end.
    fn ended(&mut self, what: &str, outcome: Result<Outcome, ApplyError>) -> Result<bool, Stop> {
        let wrong = match outcome {
            Ok(Outcome::Done { .. }) => Vec::new(),
            Ok(Outcome::Stopped {
                why: execute::StopReason::Signal,
                ..
            }) => return Err(Stop::Interrupted),
            Ok(Outcome::Stopped { at, .. }) => {
                let place = at.map(|step| step.to_string()).unwrap_or_default();
                vec![format!(
                    "the locks were not won, though nobody else is there: {place}"
                )]
            }
            Ok(Outcome::Refused(execute::Refusal::Rows(found))) => {
                for against in &found {
                    let words = format!("rows stand in its way: {}", against.otherwise);
                    self.wrong.entry(against.step.number).or_default().push(words);
                }
                found.iter().map(ToString::to_string).collect()
            }
            Ok(Outcome::Refused(refusal)) => vec![refusal.to_string()],
            Err(ApplyError::Step(failure)) => {
                self.failed = Some(failure.words.message.clone());
                let words = format!("it failed: {}", failure.words.message);
                let told = format!("{} failed: {}", failure.step, failure.words.message);
                self.wrong.entry(failure.step.number).or_default().push(words);
                vec![told]
            }
            Err(error) => return Err(Stop::Database(error.to_string())),
        };
        let ended = wrong.is_empty();
        self.check(what, wrong);
        Ok(ended)
    }

    fn done(mut self, engine: &Engine, plan: &Plan) -> Proof {
        for table in self.given.iter().filter(|each| each.rows == 0) {
            let why = table.refused.as_deref().unwrap_or("it takes none");
            self.notes.push(format!(
                "{} is empty, and proves nothing of rows: {why}",
                table.table
            ));
        }
        if engine.major() != plan.server_major && plan.server_major > 0 {
            self.notes.push(format!(
                "PostgreSQL {} has proven it, and the plan is for {}",
                engine.major(),
                plan.server_major
            ));
        }
        let steps = plan.steps.iter().map(|each| StepProof {
            number: each.number,
            phase: each.step.phase,
            title: each.step.title.clone(),
            seen: self.seen.remove(&each.number),
            milliseconds: self
                .took
                .get(&each.number)
                .map(|took| u64::try_from(took.as_millis()).unwrap_or(u64::MAX)),
            wrong: self.wrong.remove(&each.number).unwrap_or_default(),
        });
        Proof {
            format_version: 1,
            plan: plan.id.clone(),
            proven_on: engine.major(),
            made_for: plan.server_major,
            steps: steps.collect(),
            proven: self.checks.iter().all(|check| check.wrong.is_empty()),
            tables: self.given,
            checks: self.checks,
            notes: self.notes,
        }
    }
}

fn options(asked: &Asked<'_>) -> ApplyOptions {
    ApplyOptions {
        phases: Phase::ALL.to_vec(),
        accept_loss: true,
        batch_pause_ratio: Some(0.0),
        owner: format!("verify/{}", std::process::id()),
        stop: asked.stop.clone(),
        ..ApplyOptions::default()
    }
}

async fn session(scratch: &Scratch) -> Result<Session, Stop> {
    let open = scratch.more_sessions();
    let connector = move || {
        let opened = open();
        async move { opened.await.map_err(BoxError::from) }
    };
    Session::open(connector)
        .await
        .map_err(|error| Stop::Database(error.to_string()))
}

async fn catalog(scratch: &Scratch, asked: &Asked<'_>) -> Result<Catalog, Stop> {
    let read = read(&scratch.client, &ReadOptions { sizes: false }).await;
    let mut catalog = read.map_err(|error| Stop::Database(error.to_string()))?;
    crate::bodies::add_body_dependencies(&mut catalog);
    (asked.adapt)(&mut catalog);
    Ok(catalog)
}

/// What was made for the way and is still there.
fn on_the_way(catalog: &Catalog) -> Vec<String> {
    let left = catalog.support.iter().filter(|each| each.is_on_the_way());
    left.map(|each| format!("the {} {} is left over", each.kind, each.name))
        .collect()
}

fn lines(changes: &[Change]) -> Vec<String> {
    let views: Vec<ChangeView> = changes.iter().map(ChangeView::from).collect();
    crate::output::summary(&views)
}
