//! Plays a recipe: there, back, and there again, while writers write.

use super::dialect::Dialect;
use super::model::{Item, Line, Model};
use super::recipes::{Recipe, TABLES};
use super::watcher::{Heard, Now, Seen, title, watch};
use super::writer::{Account, Deployed, FILLED, SHARED, Writer};
use schemaplan::change::{Policy, StrategyChoice};
use schemaplan::diff::diff;
use schemaplan::engine::{Engine, EngineOptions, Scratch, SessionSettings, load};
use schemaplan::execute::{self, ApplyOptions, BoxError, Outcome, RollbackScope, RunRef, Session};
use schemaplan::introspect::{ReadOptions, read};
use schemaplan::model::Catalog;
use schemaplan::plan::{Plan, compile};
use schemaplan::step::Phase;
use schemaplan::text::SourceFile;
use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::RwLock;
use tokio_postgres::{Client, Config, NoTls};

/// How large and how long.
pub struct Setup {
    pub seed: u64,
    pub rows: i64,
    pub pause: Duration,
    writers: i64,
}

/// What application code may have waited behind the run: the longest lock timeout, the work of a short transaction, and a busy
/// machine.
const LONGEST_WAIT: Duration = Duration::from_millis(3_500);

impl Setup {
    pub fn from_environment() -> Self {
        let number = |name: &str, usual: u64| {
            std::env::var(name)
                .ok()
                .and_then(|text| text.parse().ok())
                .unwrap_or(usual)
        };
        Self {
            seed: number("SCHEMAPLAN_LIVE_SEED", 1),
            rows: number("SCHEMAPLAN_LIVE_ROWS", 2_000) as i64,
            pause: Duration::from_millis(number("SCHEMAPLAN_LIVE_MILLISECONDS", 150)),
            writers: 4,
        }
    }
}

fn altered(changes: &[(&str, &str)]) -> String {
    let mut text = TABLES.to_owned();
    for (old, new) in changes {
        assert!(text.contains(old), "{old} is not in the tables");
        text = text.replace(old, new);
    }
    text
}

/// One play.
struct Play<'a> {
    recipe: &'a Recipe,
    setup: &'a Setup,
    config: Config,
    watcher: Client,
    deployed: Deployed,
    seen: RefCell<Seen>,
    plan: Plan,
    run: Option<i64>,
}

/// What was done in words, or what went wrong.
pub async fn play(setup: &Setup, recipe: &Recipe) -> Result<String, String> {
    let engine = Engine::start(EngineOptions::default())
        .await
        .map_err(|e| e.to_string())?;
    let live = engine
        .scratch(&SessionSettings::default())
        .await
        .map_err(|e| e.to_string())?;
    let built = engine
        .scratch(&SessionSettings::default())
        .await
        .map_err(|e| e.to_string())?;
    let result = on_server(setup, recipe, &engine, &live, &built).await;
    let _ = live.close().await;
    let _ = built.close().await;
    engine.stop().await;
    result
}

async fn on_server(
    setup: &Setup,
    recipe: &Recipe,
    engine: &Engine,
    live: &Scratch,
    built: &Scratch,
) -> Result<String, String> {
    let seeds = seeds(setup);
    live.client
        .batch_execute(&altered(recipe.from))
        .await
        .map_err(|e| format!("from: {e:?}"))?;
    fill(&live.client, &seeds, &recipe.old).await?;
    let target = desired(engine, built, &altered(recipe.to)).await?;
    let before = catalog(live).await?;
    let strategy = if recipe.plain {
        StrategyChoice::Auto
    } else {
        StrategyChoice::Online
    };
    let policy = Policy {
        strategy,
        ..Policy::default()
    };
    let plan = compile(&before, &target, &diff(&before, &target, &policy), &policy);
    if !plan.refusals.is_empty() || plan.is_empty() {
        return Err(format!("nothing to play: {:?}", plan.refusals));
    }
    let config = live.connect_options().clone();
    let deployed: Deployed = Arc::new(RwLock::new(Vec::new()));
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let mut writers = Vec::new();
    for (number, model) in seeds.into_iter().enumerate() {
        let client = connect(&config).await?;
        let repeats = !recipe.plain && !recipe.rewrites_back;
        let writer = Writer::new(
            client,
            setup.seed,
            number as i64,
            setup.writers,
            setup.rows,
            model,
            repeats,
        );
        writers.push(tokio::spawn(writer.work(deployed.clone(), stopped.clone())));
    }
    let mut play = Play {
        recipe,
        setup,
        watcher: connect(&config).await?,
        config,
        deployed,
        seen: RefCell::default(),
        plan,
        run: None,
    };
    let played = play.all_phases().await;
    stop.send_replace(true);
    let mut whole = Account::default();
    for writer in writers {
        let account = writer.await.map_err(|e| e.to_string())?;
        whole.model.add(account.model);
        whole.committed += account.committed;
        whole.serialization += account.serialization;
        whole.prepared_again += account.prepared_again;
        whole.shared += account.shared;
        whole.failures.extend(account.failures);
    }
    if let Some(failure) = whole.failures.first() {
        return Err(format!(
            "{} of the writers failed ({played:?}): {failure}",
            whole.failures.len()
        ));
    }
    let last = played?;
    play.right(&whole, &last, &live.client).await?;
    let left = diff(&catalog(live).await?, &target, &policy);
    if !left.is_empty() {
        return Err(format!("still differs: {left:?}"));
    }
    let seen = play.seen.into_inner();
    Ok(format!(
        "{} transactions, {} to be tried again, {} prepared again, {} samples, longest wait {:.0} ms",
        whole.committed, whole.serialization, whole.prepared_again, seen.samples, seen.longest.0
    ))
}

impl Play<'_> {
    /// There and back and there again; the code that is deployed in the end.
    async fn all_phases(&mut self) -> Result<Dialect, String> {
        let old = Arc::new(self.recipe.old.clone());
        let new = Arc::new(self.recipe.new.clone());
        // Through a view of another name nothing is copied, in the window and while it is there.
        let both = [old.clone(), new.clone()].map(|dialect| {
            let copies =
                self.recipe.old.table == self.recipe.new.table || dialect.table == self.recipe.old.table;
            Arc::new(Dialect {
                copies,
                ..(*dialect).clone()
            })
        });
        for round in 0..2 {
            self.deploy(&[&old]).await;
            self.there(Phase::Expand).await?;
            self.there(Phase::Migrate).await?;
            self.deploy(&both.each_ref()).await;
            self.deploy(&[&new]).await;
            self.there(Phase::Contract).await?;
            self.deploy(&[&new]).await;
            if round == 1 {
                break;
            }
            self.back(Phase::Contract).await?;
            self.deploy(&both.each_ref()).await;
            self.deploy(&[&old]).await;
            self.back(Phase::Migrate).await?;
            self.back(Phase::Expand).await?;
            self.run = None;
        }
        let last = Dialect {
            large: self.recipe.widens,
            large_keys: self.recipe.widens_keys,
            copies: true,
            ..self.recipe.new.clone()
        };
        self.deploy(&[&Arc::new(last.clone())]).await;
        self.deployed.write().await.clear();
        Ok(last)
    }

    /// Lets the transactions of the former code end, and the new one work for a while.
    async fn deploy(&self, code: &[&Arc<Dialect>]) {
        *self.deployed.write().await = code.iter().copied().cloned().collect();
        tokio::time::sleep(self.setup.pause).await;
    }

    fn options(&self, phase: Phase) -> ApplyOptions {
        ApplyOptions {
            phases: vec![phase],
            retry_pause: Duration::from_millis(20),
            // Writers get a long look at what is half done.
            batch_pause_ratio: Some(4.0),
            accept_loss: true,
            ..ApplyOptions::default()
        }
    }

    async fn there(&mut self, phase: Phase) -> Result<(), String> {
        let run = match self.run {
            Some(number) => RunRef::Continue(number),
            None => RunRef::New {
                last_seen: self.newest().await?,
                after: None,
            },
        };
        let mut session = self.session().await?;
        let now = Now::default();
        let mut heard = Heard {
            now: now.clone(),
            retries: 0,
        };
        let options = self.options(phase);
        let outcome = tokio::select! {
            outcome = execute::apply(&mut session, &self.plan, run, &options, &mut heard) => outcome,
            () = watch(&self.watcher, &now, true, &self.seen) => unreachable!("it looks until it is dropped"),
        };
        let number = done(&title(phase, true), outcome)?;
        self.run = number.or(self.run);
        self.calm(&title(phase, true))
    }

    async fn back(&mut self, phase: Phase) -> Result<(), String> {
        let mut session = self.session().await?;
        let now = Now::default();
        let mut heard = Heard {
            now: now.clone(),
            retries: 0,
        };
        let options = self.options(phase);
        let scope = RollbackScope::Phase(phase);
        let outcome = tokio::select! {
            outcome = execute::rollback(&mut session, None, scope, &options, &mut heard) => outcome,
            () = watch(&self.watcher, &now, false, &self.seen) => unreachable!("it looks until it is dropped"),
        };
        done(&title(phase, false), outcome)?;
        self.calm(&title(phase, false))
    }

    async fn newest(&self) -> Result<Option<execute::LastRun>, String> {
        let session = self.session().await?;
        let run = execute::last_run(session.client(), None)
            .await
            .map_err(|e| e.to_string())?;
        Ok(run)
    }

    /// No lock was stronger than declared, nobody waited for long.
    fn calm(&self, phase: &str) -> Result<(), String> {
        let seen = self.seen.borrow();
        if !seen.undeclared.is_empty() {
            return Err(format!("{phase}: {:#?}", seen.undeclared));
        }
        if seen.longest.0 > LONGEST_WAIT.as_secs_f64() * 1000.0 {
            return Err(format!(
                "{phase}: waited {:.0} ms: {}",
                seen.longest.0, seen.longest.1
            ));
        }
        Ok(())
    }

    async fn session(&self) -> Result<Session, String> {
        let config = self.config.clone();
        let connector = move || {
            let config = config.clone();
            async move {
                let (client, connection) = config
                    .connect(NoTls)
                    .await
                    .map_err(|error| Box::new(error) as BoxError)?;
                tokio::spawn(async move {
                    let _ = connection.await;
                });
                Ok(client)
            }
        };
        Session::open(connector).await.map_err(|e| e.to_string())
    }

    /// Every row is what was written.
    async fn right(&self, whole: &Account, last: &Dialect, client: &Client) -> Result<(), String> {
        let mut found = last.read(client, None).await.map_err(|e| format!("{e:?}"))?;
        let mut wanted = whole.model.clone();
        let shared = found.items.remove(&SHARED).map_or(-1, |item| item.qty);
        if self.recipe.fills {
            wanted
                .items
                .values_mut()
                .for_each(|item| item.note = Some(item.note.take().unwrap_or_else(|| FILLED.to_owned())));
        }
        if shared != whole.shared {
            return Err(format!("counted {shared} together, committed {}", whole.shared));
        }
        wanted.difference(&found).map_or(Ok(()), Err)
    }
}

/// The rows that each writer begins with.
fn seeds(setup: &Setup) -> Vec<Model> {
    let mut models = vec![Model::default(); setup.writers as usize];
    for id in 1..=setup.rows {
        let model = &mut models[(id % setup.writers) as usize];
        let item = Item {
            code: format!("c{id}"),
            qty: id % 1000,
            note: (id % 3 > 0).then(|| format!("n{}", id % 100)),
            state: if id % 2 == 0 { "new" } else { "paid" }.to_owned(),
        };
        model.items.insert(id, item);
        if id % 2 == 0 {
            model.lines.insert(id, Line { item: id, n: id % 7 });
            model.tags.insert((id, format!("l{}", id % 3)), ());
        }
    }
    models
}

async fn fill(client: &Client, seeds: &[Model], old: &Dialect) -> Result<(), String> {
    let mut sql = format!("INSERT INTO item (id, code, qty) VALUES ({SHARED}, 'shared', 0);");
    for model in seeds {
        for (id, item) in &model.items {
            let note = item
                .note
                .as_ref()
                .map_or("NULL".to_owned(), |note| format!("'{note}'"));
            let (code, qty, state) = (&item.code, item.qty, &item.state);
            sql.push_str(&match &old.notes {
                None => format!(
                    "INSERT INTO item (id, code, qty, note, state) VALUES ({id}, '{code}', {qty}, {note}, '{state}');"
                ),
                Some(notes) => format!(
                    "INSERT INTO item (id, code, qty, state) VALUES ({id}, '{code}', {qty}, '{state}');
                    INSERT INTO {} (item_id, note) VALUES ({id}, {note});",
                    notes.table
                ),
            });
        }
        for (id, line) in &model.lines {
            sql.push_str(&format!(
                "INSERT INTO line (id, item_id, n) VALUES ({id}, {}, {});",
                line.item, line.n
            ));
        }
        for (item, label) in model.tags.keys() {
            sql.push_str(&format!("INSERT INTO tag VALUES ({item}, '{label}');"));
        }
    }
    sql.push_str("ANALYZE");
    client
        .batch_execute(&sql)
        .await
        .map_err(|e| format!("fill: {e:?}"))
}

async fn desired(engine: &Engine, scratch: &Scratch, text: &str) -> Result<Catalog, String> {
    let file = SourceFile::from_bytes("to.sql", text.as_bytes().to_vec()).map_err(|d| format!("{d:?}"))?;
    let desired = schemaplan::desired::read_files(&[file]).map_err(|d| format!("{d:#?}"))?;
    load(engine, scratch, &desired)
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

async fn catalog(scratch: &Scratch) -> Result<Catalog, String> {
    read(&scratch.client, &ReadOptions { sizes: true })
        .await
        .map_err(|e| e.to_string())
}

async fn connect(config: &Config) -> Result<Client, String> {
    let (client, connection) = config.connect(NoTls).await.map_err(|e| e.to_string())?;
    tokio::spawn(async move {
        let _ = connection.await;
    });
    Ok(client)
}

fn done(what: &str, outcome: Result<Outcome, execute::ApplyError>) -> Result<Option<i64>, String> {
    match outcome {
        Ok(Outcome::Done { run_no, .. }) => Ok(run_no),
        Ok(Outcome::Refused(execute::Refusal::NothingToUndo)) => Ok(None),
        Ok(other) => Err(format!("{what}: {other:?}")),
        Err(error) => Err(format!("{what}: {error:?}")),
    }
}
