//! A database of its own for each test, and plans in few words.

use std::time::Duration;

use schemaplan::engine::{Engine, EngineOptions, Scratch, SessionSettings};
use schemaplan::execute::{
    ApplyError, ApplyOptions, BoxError, Connect, Outcome, Progress, RunRef, Session, Silent, apply, last_run,
    unfinished_runs,
};
use schemaplan::model::{Kind, ObjectId, QualifiedName};
use schemaplan::plan::{FORMAT_VERSION, Plan, PlanStep};
use schemaplan::sql::Stmt;
use schemaplan::step::{Action, DoneWhen, Phase, Step, Undo};
use tokio_postgres::{Client, Config, NoTls};

pub struct Fixture {
    engine: Engine,
    scratch: Scratch,
    pub config: Config,
}

impl Fixture {
    pub async fn new() -> Self {
        let engine = Engine::start(EngineOptions::default())
            .await
            .expect("a PostgreSQL on this machine");
        let scratch = engine
            .scratch(&SessionSettings::default())
            .await
            .expect("a database");
        let config = scratch.connect_options().clone();
        Self {
            engine,
            scratch,
            config,
        }
    }

    pub async fn with(sql: &str) -> Self {
        let fixture = Self::new().await;
        fixture.run(sql).await;
        fixture
    }

    pub fn client(&self) -> &Client {
        &self.scratch.client
    }

    pub async fn run(&self, sql: &str) {
        if let Err(error) = self.client().batch_execute(sql).await {
            panic!(
                "{sql}: {:?}",
                error.as_db_error().map(|db| db.message().to_owned())
            );
        }
    }

    /// The first column of the first row as text.
    pub async fn get(&self, sql: &str) -> String {
        let sql = format!("SELECT (q.x)::text FROM ({sql}) AS q (x)");
        let row = self.client().query_one(&sql, &[]).await.expect(&sql);
        row.get::<_, Option<String>>(0)
            .unwrap_or_else(|| "NULL".to_owned())
    }

    pub async fn session(&self) -> Session {
        Session::open(connector(self.config.clone()))
            .await
            .expect("sessions")
    }

    /// Runs the phases of a plan, continuing the unfinished run where there is one.
    pub async fn apply(&self, plan: &Plan, options: &ApplyOptions) -> Result<Outcome, ApplyError> {
        self.apply_telling(plan, options, &mut Silent).await
    }

    pub async fn apply_telling(
        &self,
        plan: &Plan,
        options: &ApplyOptions,
        progress: &mut dyn Progress,
    ) -> Result<Outcome, ApplyError> {
        let mut session = self.session().await;
        let run = match unfinished_runs(session.client(), None).await?.into_iter().next() {
            Some(run) => RunRef::Continue(run.run_no),
            None => RunRef::New {
                last_seen: last_run(session.client(), None).await?,
                after: None,
            },
        };
        apply(&mut session, plan, run, options, progress).await
    }

    pub async fn end(self) {
        self.scratch.close().await.expect("the database goes");
        self.engine.stop().await;
    }
}

pub fn connector(config: Config) -> impl Connect + 'static {
    move || {
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
    }
}

/// Options that do not make a test wait.
pub fn quick(phases: &[Phase]) -> ApplyOptions {
    ApplyOptions {
        phases: phases.to_vec(),
        retry_pause: Duration::from_millis(20),
        lease_wait: Duration::from_millis(300),
        batch_pause_ratio: Some(0.0),
        ..ApplyOptions::default()
    }
}

pub fn all() -> ApplyOptions {
    quick(&Phase::ALL)
}

pub fn plan(steps: Vec<Step>) -> Plan {
    let steps = (1..).zip(steps).map(|(number, step)| PlanStep {
        number,
        after: Vec::new(),
        step,
    });
    let mut plan = Plan {
        tenant: None,
        format_version: FORMAT_VERSION,
        id: String::new(),
        from_fingerprint: "from".to_owned(),
        target_fingerprint: "target".to_owned(),
        server_major: 15,
        summary: Vec::new(),
        deploys: Vec::new(),
        application: Vec::new(),
        refusals: Vec::new(),
        steps: steps.collect(),
    };
    plan.id = format!("plan of {} steps: {}", plan.steps.len(), plan.steps[0].step.title);
    plan
}

pub fn statements(texts: &[&str]) -> Vec<Stmt> {
    texts.iter().map(|text| Stmt::new(*text)).collect()
}

/// A transactional step.
pub fn step(phase: Phase, title: &str, up: &[&str], down: &[&str], done_when: &str) -> Step {
    Step::new(
        ObjectId::named(Kind::Table, &QualifiedName::new("public", "t")),
        "test",
        phase,
        title,
        Action::Statements(statements(up)),
        Undo::statements(statements(down)),
        match done_when {
            "" => DoneWhen::Repeatable,
            condition => DoneWhen::Holds(condition.to_owned()),
        },
    )
}

/// A step that makes a table.
pub fn table(phase: Phase, name: &str) -> Step {
    step(
        phase,
        &format!("Create table public.{name}"),
        &[&format!(
            "CREATE TABLE public.{name} (id bigint PRIMARY KEY, n integer)"
        )],
        &[&format!("DROP TABLE public.{name}")],
        &format!("to_regclass('public.{name}') IS NOT NULL"),
    )
}

pub fn done(outcome: Result<Outcome, ApplyError>) -> (Vec<Phase>, u32) {
    match outcome {
        Ok(Outcome::Done { phases, steps, .. }) => (phases, steps),
        other => panic!("not done: {other:?}"),
    }
}
