//! One case on a real server.

use schemaplan::change::{Policy, StrategyChoice};
use schemaplan::diff::diff;
use schemaplan::engine::{Engine, EngineOptions, Scratch, SessionSettings, load};
use schemaplan::execute::{self, ApplyOptions, Outcome, RollbackScope, RunRef, Session, Silent};
use schemaplan::introspect::{ReadOptions, read};
use schemaplan::model::{Body, Catalog, Kind};
use schemaplan::output::Paint;
use schemaplan::plan::{Plan, compile, fingerprint};
use schemaplan::step::Phase;
use schemaplan::text::SourceFile;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub struct Bench {
    engine: Engine,
}

type Rows = BTreeMap<String, Vec<String>>;

impl Bench {
    /// A server of the programs in `postgres`, or of whichever the engine finds.
    pub async fn start(postgres: Option<PathBuf>) -> Self {
        let options = EngineOptions {
            postgres,
            ..EngineOptions::default()
        };
        Self {
            engine: Engine::start(options).await.unwrap(),
        }
    }

    /// The server's major.
    pub fn major(&self) -> u32 {
        self.engine.major()
    }

    pub async fn scratch(&self, settings: &SessionSettings) -> Result<Scratch, String> {
        self.engine.scratch(settings).await.map_err(|e| e.to_string())
    }

    /// The catalog that a text describes.
    pub async fn desired_of(&self, text: &str) -> Result<Catalog, String> {
        let built = self.scratch(&SessionSettings::default()).await?;
        let target = self.desired(text.as_bytes().to_vec(), &built).await;
        let _ = built.close().await;
        target
    }

    pub async fn stop(self) {
        self.engine.stop().await;
    }

    pub async fn run(&self, folder: &Path, strategy: &str) -> Result<String, String> {
        let text = |name: &str| std::fs::read(folder.join(name)).unwrap_or_default();
        let from = String::from_utf8_lossy(&text("from.sql")).into_owned();
        self.run_bytes(&from, text("to.sql"), strategy).await
    }

    pub async fn run_texts(&self, from: &str, to: &str, strategy: &str) -> Result<String, String> {
        self.run_bytes(from, to.as_bytes().to_vec(), strategy).await
    }

    async fn run_bytes(&self, from: &str, to: Vec<u8>, strategy: &str) -> Result<String, String> {
        let live = self
            .engine
            .scratch(&SessionSettings::default())
            .await
            .map_err(|e| e.to_string())?;
        let built = self
            .engine
            .scratch(&SessionSettings::default())
            .await
            .map_err(|e| e.to_string())?;
        let result = self.case(from, to, strategy, &live, &built).await;
        let _ = live.close().await;
        let _ = built.close().await;
        result
    }

    /// A database that is as `from.sql`, and the catalog of `to.sql`.
    pub async fn pair(&self, folder: &Path) -> Result<(Scratch, Catalog), String> {
        let text = |name: &str| std::fs::read(folder.join(name)).unwrap_or_default();
        let settings = SessionSettings::default();
        let live = self.engine.scratch(&settings).await.map_err(|e| e.to_string())?;
        let built = self.engine.scratch(&settings).await.map_err(|e| e.to_string())?;
        self.populate(&String::from_utf8_lossy(&text("from.sql")), &live)
            .await?;
        let target = self.desired(text("to.sql"), &built).await;
        let _ = built.close().await;
        Ok((live, target?))
    }

    async fn case(
        &self,
        from: &str,
        to: Vec<u8>,
        strategy: &str,
        live: &Scratch,
        built: &Scratch,
    ) -> Result<String, String> {
        self.populate(from, live).await?;
        let target = self.desired(to, built).await?;
        let strategy = if strategy == "online" {
            StrategyChoice::Online
        } else {
            StrategyChoice::Auto
        };
        let policy = Policy {
            strategy,
            ..Policy::default()
        };
        let before = catalog(live).await?;
        let rows_before = rows(live, &before).await?;
        let plan = compile(&before, &target, &diff(&before, &target, &policy), &policy);
        if !plan.refusals.is_empty() {
            return Err(format!("refused: {:?}", plan.refusals));
        }
        let shown = show(&plan);
        let options = ApplyOptions {
            accept_loss: true,
            ..ApplyOptions::default()
        };
        for in_pieces in [false, true] {
            let outcome = match in_pieces {
                false => there(live, &plan, &Phase::ALL, None, &options).await.map(|_| ()),
                true if plan.is_empty() => Ok(()),
                true => in_phases(live, &plan, &options).await,
            };
            outcome.map_err(|why| format!("in pieces: {in_pieces}: {why}\n{shown}"))?;
            let there = catalog(live).await?;
            nothing_on_the_way(&there)?;
            let left = diff(&there, &target, &policy);
            if !left.is_empty() {
                return Err(format!("still differs:\n{}\n{shown}", lines(&left)));
            }
            if let Some(why) = lost_rows((&before, &rows_before), (&there, &rows(live, &there).await?)) {
                return Err(format!("{why}\n{shown}"));
            }
            if !plan.is_empty() {
                back(live, RollbackScope::All, &options)
                    .await
                    .map_err(|why| format!("in pieces: {in_pieces}: {why}\n{shown}"))?;
            }
            let back = catalog(live).await?;
            nothing_on_the_way(&back)?;
            if fingerprint(&back, &policy) != fingerprint(&before, &policy) {
                let changes = diff(&back, &before, &policy);
                return Err(format!(
                    "the way back leads elsewhere:\n{}\n{shown}",
                    lines(&changes)
                ));
            }
            let left = diff(&back, &before, &policy);
            if !left.is_empty() {
                return Err(format!(
                    "the way back leaves a difference:\n{}\n{shown}",
                    lines(&left)
                ));
            }
            let rows_after = rows(live, &back).await?;
            if rows_after != rows_before {
                return Err(format!(
                    "rows differ after the way back:\n{rows_before:?}\n{rows_after:?}\n{shown}"
                ));
            }
        }
        Ok(shown)
    }

    async fn populate(&self, text: &str, scratch: &Scratch) -> Result<(), String> {
        for _ in 0..12 {
            let whole = format!("SET check_function_bodies = off; SET client_min_messages = error; {text}");
            let outcome = scratch.client.batch_execute(&whole).await;
            let _ = scratch.client.batch_execute("ROLLBACK").await;
            let Err(error) = outcome else {
                scratch
                    .client
                    .batch_execute("RESET ALL; ANALYZE")
                    .await
                    .map_err(words)?;
                return Ok(());
            };
            let said = words(error);
            let Some(role) = said
                .strip_prefix("role \"")
                .and_then(|rest| rest.split('"').next())
            else {
                return Err(format!("from.sql: {said}"));
            };
            self.engine.ensure_role(role).await.map_err(|e| e.to_string())?;
        }
        Err("roles".to_owned())
    }

    async fn desired(&self, bytes: Vec<u8>, scratch: &Scratch) -> Result<Catalog, String> {
        let file = SourceFile::from_bytes("to.sql", bytes).map_err(|d| format!("{d:?}"))?;
        let desired = schemaplan::desired::read_files(&[file]).map_err(|d| format!("{d:#?}"))?;
        load(&self.engine, scratch, &desired)
            .await
            .map_err(|e| format!("{e:#?}"))?;
        let mut catalog = read(&scratch.client, &ReadOptions { sizes: false })
            .await
            .map_err(|e| e.to_string())?;
        let said = schemaplan::desired::annotate(&mut catalog, &desired);
        if let Some(error) = said.iter().find(|diagnostic| diagnostic.is_error()) {
            return Err(format!("{error:#?}"));
        }
        Ok(catalog)
    }
}

/// A table that is partitioned in another way holds as many rows as before.
fn lost_rows(before: (&Catalog, &Rows), there: (&Catalog, &Rows)) -> Option<String> {
    let key = |catalog: &Catalog, id| match catalog.get(id).map(|object| &object.body) {
        Some(Body::Table(body)) => Some((body.partition_of.clone(), body.partition_key.clone())),
        _ => None,
    };
    before.0.of_kind(Kind::Table).find_map(|table| {
        let (old, new) = (key(before.0, &table.id)?, key(there.0, &table.id)?);
        let name = schemaplan::sql::qualified(&table.id.qualified());
        let (held, holds) = (before.1.get(&name)?.len(), there.1.get(&name)?.len());
        let whole = old != new && old.0.is_none() && new.0.is_none();
        (whole && held != holds).then(|| format!("{name} held {held} rows and holds {holds}"))
    })
}

/// A plan that has ended, or is taken back, leaves nothing that it made for the way.
fn nothing_on_the_way(catalog: &Catalog) -> Result<(), String> {
    let left: Vec<_> = catalog
        .support
        .iter()
        .filter(|each| each.is_on_the_way())
        .collect();
    match left.is_empty() {
        true => Ok(()),
        false => Err(format!("this is left over: {left:?}")),
    }
}

fn words(error: tokio_postgres::Error) -> String {
    error
        .as_db_error()
        .map(|e| e.message().to_owned())
        .unwrap_or_else(|| error.to_string())
}

pub fn show(plan: &Plan) -> String {
    schemaplan::output::text::plan(plan, &BTreeMap::new(), &[], Paint::default())
}

pub fn lines(changes: &[schemaplan::change::Change]) -> String {
    let lines: Vec<String> = changes
        .iter()
        .map(|c| format!("{:?} {} {:?}", c.verb, c.object, c.lines))
        .collect();
    lines.join("\n")
}

/// Each phase by a session of its own, as if the one before had been killed; contract is taken back and done again.
async fn in_phases(live: &Scratch, plan: &Plan, options: &ApplyOptions) -> Result<(), String> {
    let mut run = None;
    for phase in Phase::ALL {
        run = there(live, plan, &[phase], run, options).await?.or(run);
    }
    let contracts = plan.of_phase(Phase::Contract).next().is_some();
    // Where there is nothing else, contract taken back is the run taken back.
    if !contracts || plan.of_phase(Phase::Contract).count() == plan.steps.len() {
        return Ok(());
    }
    back(live, RollbackScope::Phase(Phase::Contract), options).await?;
    there(live, plan, &[Phase::Contract], run, options).await?;
    Ok(())
}

pub async fn there(
    live: &Scratch,
    plan: &Plan,
    phases: &[Phase],
    run: Option<i64>,
    options: &ApplyOptions,
) -> Result<Option<i64>, String> {
    let run = match run {
        Some(number) => RunRef::Continue(number),
        None => RunRef::New {
            last_seen: None,
            after: None,
        },
    };
    let options = ApplyOptions {
        phases: phases.to_vec(),
        ..options.clone()
    };
    let outcome = execute::apply(&mut session(live).await?, plan, run, &options, &mut Silent).await;
    done(&format!("apply {phases:?}"), outcome)
}

pub async fn back(live: &Scratch, scope: RollbackScope, options: &ApplyOptions) -> Result<(), String> {
    let outcome = execute::rollback(&mut session(live).await?, None, scope, options, &mut Silent).await;
    done(&format!("rollback {scope:?}"), outcome).map(|_| ())
}

fn done(what: &str, outcome: Result<Outcome, execute::ApplyError>) -> Result<Option<i64>, String> {
    match outcome {
        Ok(Outcome::Done { run_no, .. }) => Ok(run_no),
        Ok(other) => Err(format!("{what}: {other:?}")),
        Err(error) => Err(format!("{what}: {error}\n{error:?}")),
    }
}

pub async fn catalog(scratch: &Scratch) -> Result<Catalog, String> {
    let mut catalog = read(&scratch.client, &ReadOptions { sizes: true })
        .await
        .map_err(|e| e.to_string())?;
    schemaplan::bodies::add_body_dependencies(&mut catalog);
    Ok(catalog)
}

pub async fn session(scratch: &Scratch) -> Result<Session, String> {
    let config = scratch.connect_options().clone();
    let connector = move || {
        let config = config.clone();
        async move {
            let (client, connection) = config.connect(tokio_postgres::NoTls).await?;
            tokio::spawn(connection);
            Ok(client)
        }
    };
    Session::open(connector).await.map_err(|e| e.to_string())
}

pub async fn rows(scratch: &Scratch, catalog: &Catalog) -> Result<Rows, String> {
    let mut all = Rows::new();
    for table in catalog.of_kind(Kind::Table) {
        let name = schemaplan::sql::qualified(&table.id.qualified());
        let mut columns: Vec<String> = catalog
            .parts(Kind::Column, &table.id.qualified())
            .map(|column| schemaplan::sql::ident(&column.id.name))
            .collect();
        columns.sort();
        let query = format!(
            "SELECT row_to_json(x)::text FROM (SELECT {} FROM {name}) AS x ORDER BY 1",
            columns.join(", ")
        );
        let Ok(found) = scratch.client.query(&query, &[]).await else {
            continue;
        };
        all.insert(name, found.iter().map(|row| row.get(0)).collect());
    }
    Ok(all)
}
