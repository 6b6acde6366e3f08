//! What surrounds a run: hooks, the backup before a phase, what is measured, and the alert when something takes long.

use super::arguments::time;
use super::backup::Backup;
use super::database::{APPLICATION_NAME, Live};
use super::failure::Failure;
use super::hooks::Commands;
use super::metrics_files::MetricsFiles;
use super::run_flags::RunFlags;
use super::terminal::Terminal;
use super::workbench::Workbench;
use crate::engine::connect;
use crate::execute::{
    Alert, ApplyError, AtPhase, Foresight, Gauge, HookFailure, HookFuture, Hooks, Measured, Outcome,
    PhaseHooks, Progress, Record, Session, When, server_version,
};
use crate::text::Diagnostic;
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

/// How often we look whether something takes long.
const LOOK: Duration = Duration::from_millis(200);
/// The commands of an alert have so long to end once the run has ended.
const PATIENCE: Duration = Duration::from_secs(10);

/// All that surrounds a run.
pub struct Around(Rc<Parts>);

struct Parts {
    commands: Commands,
    backup: Option<Backup>,
    measured: Option<(Gauge, MetricsFiles)>,
    record: Record,
    alert_after: Option<Duration>,
    /// Asks how large tables are, where something is to be said of what takes long.
    foresight: Option<Foresight>,
    /// Alerts that nobody was told of yet.
    foreseen: RefCell<Vec<Alert>>,
    terminal: Terminal,
}

impl Around {
    /// What flags and settings ask for around a run on this session.
    ///
    /// # Errors
    /// What could not be done when its time comes: said before anything runs.
    pub async fn of(
        flags: &RunFlags,
        live: &Live,
        bench: &Workbench,
        session: &Session,
    ) -> Result<Self, Failure> {
        let settings = &bench.settings;
        let alert_after =
            match (flags.alert_after, &settings.executor.alert_after) {
                (Some(limit), _) => Some(limit),
                (None, Some(word)) => Some(time(word).map_err(|help| {
                    Failure::new("settings", format!("executor: `{word}` is no time"), help)
                })?),
                (None, None) => None,
            };
        let member = bench.member.as_ref().map(|member| member.name.clone());
        let record = Record::default();
        let measured = match MetricsFiles::of(flags, bench)? {
            Some(files) => {
                let client = connect(&live.target, APPLICATION_NAME).await?;
                let version = server_version(&client).await?;
                record.change(|metrics| {
                    metrics.server = live.target.server();
                    metrics.database = live.target.database().to_owned();
                    metrics.member.clone_from(&member);
                });
                Some((
                    Gauge::new(
                        client,
                        session.is_pooled(),
                        record.clone(),
                        &settings.metrics.explain,
                        version,
                    ),
                    files,
                ))
            }
            None => None,
        };
        Ok(Self(Rc::new(Parts {
            commands: Commands {
                settings: settings.hooks.clone(),
                folder: settings.folder.clone(),
                database: live.target.to_string(),
                member: member.unwrap_or_default(),
            },
            backup: Backup::of(flags, live, bench, session).await?,
            measured,
            record,
            foresight: match alert_after {
                Some(_) => Some(Foresight::new(connect(&live.target, APPLICATION_NAME).await?)),
                None => None,
            },
            foreseen: RefCell::default(),
            alert_after,
            terminal: bench.terminal.clone(),
        })))
    }

    /// For the executor.
    pub fn hooks(&self) -> PhaseHooks {
        PhaseHooks(Some(self.0.clone()))
    }

    /// Between the executor and the one who shows what it does.
    pub fn progress<'a>(&self, shown: &'a mut dyn Progress) -> Measured<'a> {
        Measured::new(self.0.record.clone(), shown)
    }

    /// Waits for a run, watches how long it takes, and ends the record.
    pub async fn watch(
        &self,
        run: impl Future<Output = Result<Outcome, ApplyError>>,
    ) -> Result<Outcome, ApplyError> {
        let parts = &self.0;
        tokio::pin!(run);
        let mut alerts = tokio::task::JoinSet::new();
        let mut tick = tokio::time::interval(LOOK);
        let outcome = loop {
            tokio::select! {
                outcome = &mut run => break outcome,
                _ = tick.tick(), if parts.alert_after.is_some() => parts.look(&mut alerts),
            }
        };
        // A run that ended before anybody looked again.
        parts.tell(parts.foreseen.take(), &mut alerts);
        let behind = async {
            while let Some(ended) = alerts.join_next().await {
                if let Ok(Err(why)) = ended {
                    parts.terminal.say(&format!("the hook on_alert failed: {why}"));
                }
            }
        };
        let _ = tokio::time::timeout(PATIENCE, behind).await;
        if let Some((gauge, files)) = &parts.measured
            && gauge.end(outcome.as_ref()).await
        {
            files.write(&parts.record.metrics());
            parts.terminal.say(&format!("Measured: {}", files.shown()));
        }
        outcome
    }
}

impl Parts {
    /// Says what takes long, once.
    fn look(&self, alerts: &mut tokio::task::JoinSet<Result<(), String>>) {
        let Some(limit) = self.alert_after else { return };
        let mut found = self.foreseen.take();
        found.extend(self.record.overdue(limit));
        self.tell(found, alerts);
    }

    /// Looks ahead at the steps of a phase. What cannot be estimated is left out: this is a help, and never in the way.
    async fn foresee(&self, at: AtPhase<'_>) {
        let (Some(limit), Some(ahead)) = (self.alert_after, &self.foresight) else {
            return;
        };
        if at.back || at.begun {
            return;
        }
        if let Ok(steps) = ahead.of(at.plan, at.phase).await {
            let found = self.record.foresee(at.phase, limit, &steps);
            self.foreseen.borrow_mut().extend(found);
        }
    }

    fn tell(&self, found: Vec<Alert>, alerts: &mut tokio::task::JoinSet<Result<(), String>>) {
        for alert in found {
            self.terminal.clear_line();
            let diagnostic = Diagnostic::warning("slow", alert.words.clone());
            let help = match alert.expected {
                true => "stop it with Ctrl-C if that does not suit now: it goes on where it was",
                false => "`schemaplan status` says what it does or waits for",
            };
            self.terminal.show(&[diagnostic.help(help)]);
            for command in self.commands.alert(&alert) {
                alerts.spawn(command);
            }
            self.write();
        }
    }

    fn write(&self) {
        if let Some((_, files)) = &self.measured {
            files.write(&self.record.metrics());
        }
    }
}

impl Hooks for Parts {
    fn run<'a>(&'a self, at: AtPhase<'a>) -> HookFuture<'a> {
        Box::pin(async move {
            let file = || self.measured.as_ref().and_then(|(_, files)| files.file());
            if at.when == When::Before {
                self.foresee(at).await;
                self.commands.run(at, file().as_deref()).await?;
                if let Some(backup) = &self.backup {
                    backup.run(at).await.map_err(HookFailure::Backup)?;
                }
            }
            match &self.measured {
                Some((gauge, _)) => gauge.around(at).await,
                None if self.alert_after.is_some() => self.record.keep_time(at),
                None => {}
            }
            self.write();
            match at.when {
                When::Before => Ok(()),
                _ => self.commands.run(at, file().as_deref()).await,
            }
        })
    }
}
