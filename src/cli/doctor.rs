//! `doctor`: whether a run would come through, and what is left to mend.

use super::arguments::TextOrJson;
use super::database::{Live, Purpose};
use super::failure::{Exit, Failure};
use super::running;
use super::workbench::Workbench;
use crate::execute::{Finding, Level, examine};
use crate::output::{Paint, Role};
use clap::Args;
use std::fmt::Write;

/// Flags of `doctor`.
#[derive(Debug, Args)]
pub struct DoctorFlags {
    /// How to print it
    #[arg(long, default_value = "text")]
    pub format: TextOrJson,
    /// Mend what can be mended: drop invalid indexes, end half detached partitions
    #[arg(long)]
    pub fix: bool,
    /// With --fix: only say what would be run
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
}

/// Prints what it finds; exit 2 where something should be done.
///
/// # Errors
/// Where the server cannot be asked, or a statement that mends fails.
pub async fn run(flags: &DoctorFlags, bench: &Workbench) -> Result<Exit, Failure> {
    let live = bench.live(None, Purpose::Run).await?;
    let ended = go(flags, &live, bench).await;
    live.close().await;
    ended
}

async fn go(flags: &DoctorFlags, live: &Live, bench: &Workbench) -> Result<Exit, Failure> {
    let mut findings = all(live).await?;
    if flags.fix && mend(flags, &findings, live, bench).await? {
        findings = all(live).await?;
    }
    let text = match flags.format {
        TextOrJson::Text => report(&findings, &live.target.to_string(), bench.terminal.out),
        TextOrJson::Json => {
            let value = serde_json::json!({"format_version": 1, "healthy": is_healthy(&findings), "findings": findings});
            format!("{value:#}\n")
        }
    };
    bench.terminal.answer(&text);
    Ok(match is_healthy(&findings) {
        true => Exit::Done,
        false => Exit::Differs,
    })
}

fn is_healthy(findings: &[Finding]) -> bool {
    findings.iter().all(|finding| finding.level < Level::Warning)
}

async fn all(live: &Live) -> Result<Vec<Finding>, Failure> {
    let mut findings = vec![sessions(live).await?];
    findings.extend(examine(&live.client).await?);
    Ok(findings)
}

/// Whether a run would have sessions of its own.
async fn sessions(live: &Live) -> Result<Finding, Failure> {
    let (level, title, help) = match running::session(live).await {
        Ok(session) if session.is_pooled() => (
            Level::Warning,
            "the address is a pooler in transaction mode: steps that cannot be in a transaction are refused there".to_owned(),
            Some("name the server itself beside it, as `direct_url` of the environment in schemaplan.yaml".to_owned()),
        ),
        Ok(_) => (Level::Good, "a run has sessions of its own".to_owned(), None),
        Err(failure) => {
            let first = failure.diagnostics.into_iter().next();
            let (title, help) = first.map_or_else(Default::default, |each| {
                (each.title, each.help.into_iter().next())
            });
            (Level::Error, title, help)
        }
    };
    Ok(Finding {
        code: "sessions",
        level,
        title,
        found: Vec::new(),
        help,
        mend: Vec::new(),
    })
}

/// Runs what mends; true where something was run.
async fn mend(
    flags: &DoctorFlags,
    findings: &[Finding],
    live: &Live,
    bench: &Workbench,
) -> Result<bool, Failure> {
    let statements: Vec<&String> = findings.iter().flat_map(|finding| &finding.mend).collect();
    if statements.is_empty() {
        bench.terminal.say("There is nothing that could be mended here");
        return Ok(false);
    }
    for statement in &statements {
        bench.terminal.say(&format!("  {statement}"));
    }
    if flags.dry_run {
        return Ok(false);
    }
    if !flags.yes {
        let question = format!("Run this on {}?", live.target);
        if !bench.terminal.confirm(&question, "doctor").await? {
            return Err(Failure::new("declined", "nothing was run", ""));
        }
    }
    for statement in statements {
        live.client.batch_execute(statement).await.map_err(|error| {
            Failure::new(
                "database",
                format!(
                    "cannot run `{statement}`: {}",
                    crate::engine::database_words(&error)
                ),
                "run `schemaplan doctor` again: what is mended already is not named any more",
            )
        })?;
    }
    Ok(true)
}

fn report(findings: &[Finding], target: &str, paint: Paint) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "{}", paint.paint(Role::Heading, target));
    for finding in findings {
        let (role, mark) = match finding.level {
            Level::Good => (Role::Done, paint.state(Role::Done)),
            Level::Note => (Role::Faint, paint.state(Role::Faint)),
            Level::Warning => (Role::Warning, "!"),
            Level::Error => (Role::Failed, paint.state(Role::Failed)),
        };
        let code = match finding.level {
            Level::Good | Level::Note => String::new(),
            Level::Warning | Level::Error => format!(" [{}]", finding.code),
        };
        let _ = writeln!(out, "  {} {}{code}", paint.paint(role, mark), finding.title);
        for line in &finding.found {
            let _ = writeln!(out, "      {line}");
        }
        if let Some(help) = &finding.help {
            let _ = writeln!(out, "    help: {help}");
        }
        for statement in &finding.mend {
            let _ = writeln!(out, "    mend: {statement}");
        }
    }
    if findings.iter().any(|finding| !finding.mend.is_empty()) {
        out.push_str("  `schemaplan doctor --fix` runs what mends\n");
    }
    out
}
