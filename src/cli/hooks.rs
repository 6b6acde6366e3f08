//! The hooks of `schemaplan.yaml`: commands around each phase, and those of an alert.

use super::hook_settings::HookSettings;
use crate::execute::{Alert, AtPhase, HookFailure, When, touched};
use crate::sql::qualified;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::process::Command;

/// Commands, and what they are told of the run.
pub struct Commands {
    /// The commands.
    pub settings: HookSettings,
    /// The folder that they run in.
    pub folder: PathBuf,
    /// The database, as it is shown.
    pub database: String,
    /// The member of a fleet, as it is called; empty where there is none.
    pub member: String,
}

impl Commands {
    /// Runs those of a moment; `metrics` is the file that holds what was measured so far.
    ///
    /// # Errors
    /// One that fails; those behind it are not run.
    pub async fn run(&self, at: AtPhase<'_>, metrics: Option<&Path>) -> Result<(), HookFailure> {
        for command in self.settings.of(at.phase, at.when == When::Before) {
            self.one(command, at, metrics)
                .await
                .map_err(HookFailure::Command)?;
        }
        Ok(())
    }

    async fn one(&self, command: &str, at: AtPhase<'_>, metrics: Option<&Path>) -> Result<(), String> {
        let plan = tempfile::Builder::new()
            .prefix("schemaplan-plan-")
            .suffix(".json")
            .tempfile()
            .and_then(|file| {
                serde_json::to_writer(&file, at.plan)?;
                Ok(file)
            })
            .map_err(|error| format!("cannot write the plan for it: {error}"))?;
        let tables = touched(at.plan.of_phase(at.phase));
        let tables: Vec<String> = tables.iter().map(qualified).collect();
        let outcome = match at.when {
            When::Before => "",
            When::Done => "done",
            When::Stopped => "stopped",
            When::Failed => "failed",
        };
        let mut shell = self.shell(command);
        shell
            .env("SCHEMAPLAN_PLAN", &at.plan.id)
            .env("SCHEMAPLAN_PLAN_FILE", plan.path())
            .env("SCHEMAPLAN_PHASE", at.phase.name())
            .env("SCHEMAPLAN_VERB", if at.back { "rollback" } else { "apply" })
            .env("SCHEMAPLAN_TABLES", tables.join("\n"))
            .env("SCHEMAPLAN_OUTCOME", outcome);
        if let Some(metrics) = metrics {
            shell.env("SCHEMAPLAN_METRICS", metrics);
        }
        ended(command, shell.status().await)
    }

    fn shell(&self, command: &str) -> Command {
        let mut shell = Command::new("sh");
        shell
            .args(["-c", command])
            .current_dir(&self.folder)
            .env("SCHEMAPLAN_DATABASE", &self.database)
            .env("SCHEMAPLAN_MEMBER", &self.member)
            .stdin(Stdio::null())
            // What it says is talk: stdout is for answers.
            .stdout(std::io::stderr())
            .kill_on_drop(true);
        shell
    }

    /// The commands of an alert, each on its own; what comes back says what went wrong.
    pub fn alert(&self, alert: &Alert) -> Vec<impl Future<Output = Result<(), String>> + use<>> {
        let commands = self.settings.of_alert().iter();
        let started = commands.map(|command| {
            let mut shell = self.shell(command);
            shell
                .env("SCHEMAPLAN_ALERT", &alert.words)
                .env("SCHEMAPLAN_PHASE", alert.phase.name());
            let command = command.clone();
            async move { ended(&command, shell.status().await) }
        });
        started.collect()
    }
}

fn ended(command: &str, ran: std::io::Result<std::process::ExitStatus>) -> Result<(), String> {
    match ran {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("`{command}` ended with {status}")),
        Err(error) => Err(format!("`{command}` cannot be run: {error}")),
    }
}
