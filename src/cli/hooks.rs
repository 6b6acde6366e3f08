//! The hooks of `schemaplan.yaml`: commands around each phase.

use super::database::Live;
use super::hook_settings::HookSettings;
use super::workbench::Workbench;
use crate::execute::{AtPhase, HookFuture, Hooks, PhaseHooks, When};
use crate::sql::qualified;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use tokio::process::Command;

/// Commands, and what they are told of the run.
struct Commands {
    settings: HookSettings,
    folder: PathBuf,
    database: String,
    member: String,
}

/// The hooks of the settings, none where there are none.
pub fn of(bench: &Workbench, live: &Live) -> PhaseHooks {
    let settings = bench.settings.hooks.clone();
    if settings.is_empty() {
        return PhaseHooks::default();
    }
    PhaseHooks(Some(Arc::new(Commands {
        settings,
        folder: bench.settings.folder.clone(),
        database: live.target.to_string(),
        member: bench
            .member
            .as_ref()
            .map_or_else(String::new, |member| member.name.clone()),
    })))
}

impl Hooks for Commands {
    fn run<'a>(&'a self, at: AtPhase<'a>) -> HookFuture<'a> {
        Box::pin(async move {
            for command in self.settings.of(at.phase, at.when == When::Before) {
                self.one(command, at).await?;
            }
            Ok(())
        })
    }
}

impl Commands {
    async fn one(&self, command: &str, at: AtPhase<'_>) -> Result<(), String> {
        let plan = tempfile::Builder::new()
            .prefix("schemaplan-plan-")
            .suffix(".json")
            .tempfile()
            .and_then(|file| {
                serde_json::to_writer(&file, at.plan)?;
                Ok(file)
            })
            .map_err(|error| format!("cannot write the plan for it: {error}"))?;
        let tables: BTreeSet<String> = at
            .plan
            .of_phase(at.phase)
            .flat_map(|step| &step.step.locks)
            .map(|on| qualified(&on.relation))
            .collect();
        let tables: Vec<String> = tables.into_iter().collect();
        let outcome = match at.when {
            When::Before => "",
            When::Done => "done",
            When::Stopped => "stopped",
            When::Failed => "failed",
        };
        let run = Command::new("sh")
            .args(["-c", command])
            .current_dir(&self.folder)
            .env("SCHEMAPLAN_PLAN", &at.plan.id)
            .env("SCHEMAPLAN_PLAN_FILE", plan.path())
            .env("SCHEMAPLAN_PHASE", at.phase.name())
            .env("SCHEMAPLAN_VERB", if at.back { "rollback" } else { "apply" })
            .env("SCHEMAPLAN_DATABASE", &self.database)
            .env("SCHEMAPLAN_MEMBER", &self.member)
            .env("SCHEMAPLAN_TABLES", tables.join("\n"))
            .env("SCHEMAPLAN_OUTCOME", outcome)
            .stdin(Stdio::null())
            // What it says is talk: stdout is for answers.
            .stdout(std::io::stderr())
            .kill_on_drop(true)
            .status();
        match run.await {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(format!("`{command}` ended with {status}")),
            Err(error) => Err(format!("`{command}` cannot be run: {error}")),
        }
    }
}
