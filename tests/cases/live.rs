//! One case on a real server.

use schemaplan::change::{Policy, StrategyChoice};
use schemaplan::diff::diff;
use schemaplan::engine::{Engine, EngineOptions, Scratch, SessionSettings, load};
use schemaplan::execute::{self, ApplyOptions, Outcome, RollbackScope, RunRef, Session, Silent};
use schemaplan::introspect::{ReadOptions, read};
use schemaplan::model::{Catalog, Kind};
use schemaplan::output::Paint;
use schemaplan::plan::{Plan, compile, fingerprint};
use schemaplan::step::Phase;
use schemaplan::text::SourceFile;
use std::collections::BTreeMap;
use std::path::Path;

pub struct Bench {
    engine: Engine,
}

type Rows = BTreeMap<String, Vec<String>>;

impl Bench {
    pub async fn start() -> Self {
        Self {
            engine: Engine::start(EngineOptions::default()).await.unwrap(),
        }
    }

    pub async fn stop(self) {
        self.engine.stop().await;
    }

    pub async fn run(&self, folder: &Path, strategy: &str) -> Result<String, String> {
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
        let result = self.case(folder, strategy, &live, &built).await;
        let _ = live.close().await;
        let _ = built.close().await;
        result
    }

    async fn case(
        &self,
        folder: &Path,
        strategy: &str,
        live: &Scratch,
        built: &Scratch,
    ) -> Result<String, String> {
        self.populate(&folder.join("from.sql"), live).await?;
        let target = self.desired(&folder.join("to.sql"), built).await?;
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
        let mut session = session(live).await?;
        let options = ApplyOptions {
            phases: Phase::ALL.to_vec(),
            accept_loss: true,
            ..ApplyOptions::default()
        };
        let run = RunRef::New {
            newest_seen: None,
            after: None,
        };
        let outcome = execute::apply(&mut session, &plan, run, &options, &mut Silent).await;
        done("apply", outcome).map_err(|why| format!("{why}\n{shown}"))?;
        let after = catalog(live).await?;
        let left = diff(&after, &target, &policy);
        if !left.is_empty() {
            let lines: Vec<String> = left
                .iter()
                .map(|c| format!("{:?} {} {:?}", c.verb, c.object, c.lines))
                .collect();
            return Err(format!("still differs:\n{}\n{shown}", lines.join("\n")));
        }
        if !plan.is_empty() {
            let outcome =
                execute::rollback(&mut session, None, RollbackScope::All, &options, &mut Silent).await;
            done("rollback", outcome).map_err(|why| format!("{why}\n{shown}"))?;
        }
        let back = catalog(live).await?;
        if fingerprint(&back, &policy) != fingerprint(&before, &policy) {
            let changes = diff(&back, &before, &policy);
            let lines: Vec<String> = changes
                .iter()
                .map(|c| format!("{:?} {} {:?}", c.verb, c.object, c.lines))
                .collect();
            return Err(format!(
                "the way back leads elsewhere:\n{}\n{shown}",
                lines.join("\n")
            ));
        }
        let rows_after = rows(live, &back).await?;
        if rows_after != rows_before {
            return Err(format!(
                "rows differ after the way back:\n{rows_before:?}\n{rows_after:?}\n{shown}"
            ));
        }
        Ok(shown)
    }

    async fn populate(&self, path: &Path, scratch: &Scratch) -> Result<(), String> {
        let text = std::fs::read_to_string(path).unwrap_or_default();
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

    async fn desired(&self, path: &Path, scratch: &Scratch) -> Result<Catalog, String> {
        let bytes = std::fs::read(path).unwrap_or_default();
        let file = SourceFile::from_bytes("to.sql", bytes).map_err(|d| format!("{d:?}"))?;
        let desired = schemaplan::desired::read_files(&[file]).map_err(|d| format!("{d:#?}"))?;
        load(&self.engine, scratch, &desired)
            .await
            .map_err(|e| format!("{e:#?}"))?;
        let mut catalog = read(&scratch.client, &ReadOptions { sizes: false })
            .await
            .map_err(|e| e.to_string())?;
        schemaplan::desired::annotate(&mut catalog, &desired);
        Ok(catalog)
    }
}

fn words(error: tokio_postgres::Error) -> String {
    error
        .as_db_error()
        .map(|e| e.message().to_owned())
        .unwrap_or_else(|| error.to_string())
}

fn show(plan: &Plan) -> String {
    schemaplan::output::text::plan(plan, &BTreeMap::new(), &[], Paint::default())
}

fn done(what: &str, outcome: Result<Outcome, execute::ApplyError>) -> Result<(), String> {
    match outcome {
        Ok(Outcome::Done { .. }) => Ok(()),
        Ok(other) => Err(format!("{what}: {other:?}")),
        Err(error) => Err(format!("{what}: {error}\n{error:?}")),
    }
}

async fn catalog(scratch: &Scratch) -> Result<Catalog, String> {
    let mut catalog = read(&scratch.client, &ReadOptions { sizes: true })
        .await
        .map_err(|e| e.to_string())?;
    schemaplan::bodies::add_body_dependencies(&mut catalog);
    Ok(catalog)
}

async fn session(scratch: &Scratch) -> Result<Session, String> {
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

async fn rows(scratch: &Scratch, catalog: &Catalog) -> Result<Rows, String> {
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
