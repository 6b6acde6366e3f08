//! The backup before a phase: pg_dump of the tables that it touches, in its custom format.

use super::around_settings::every_phase;
use super::database::{APPLICATION_NAME, Live};
use super::failure::Failure;
use super::run_flags::RunFlags;
use super::terminal::Terminal;
use super::workbench::Workbench;
use crate::engine::{DumpProgram, KNOWS_REQUIRE_AUTH, NoDumpProgram, SERVICE, Target, connect, find_pg_dump};
use crate::execute::{AtPhase, Session, existing_tables, server_version, touched};
use crate::output::bytes;
use crate::step::Phase;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::process::Command;

/// A lock that reading needs is waited for as long; nobody waits behind it.
const LOCK_WAIT: &str = "--lock-wait-timeout=60s";

/// What dumps, and where to.
pub struct Backup {
    program: DumpProgram,
    folder: PathBuf,
    phases: Vec<Phase>,
    target: Target,
    /// The database, and the member of a fleet where it is one.
    of: String,
    terminal: Terminal,
}

impl Backup {
    /// The backup that flags or settings ask for; all that it needs is looked for before anything runs.
    ///
    /// # Errors
    /// No pg_dump for this server, a folder that cannot be written, or a pooler: what pg_dump sets would stay with the backends of others.
    pub async fn of(
        flags: &RunFlags,
        live: &Live,
        bench: &Workbench,
        session: &Session,
    ) -> Result<Option<Self>, Failure> {
        let settings = bench.settings.backup.as_ref();
        let (folder, phases) = match (&flags.backup, settings) {
            (Some(folder), _) => (bench.folder.join(folder), every_phase()),
            (None, Some(settings)) => (bench.settings.folder.join(&settings.dir), settings.phases.clone()),
            (None, None) => return Ok(None),
        };
        if session.is_pooled() {
            return Err(Failure::refused(
                "pooler",
                "pg_dump needs a session, and the address is a pooler in transaction mode",
                "name the server itself: `direct_url` beside `url` of the environment in schemaplan.yaml, or `--url`; or run without a backup",
            ));
        }
        let major = server_version(&live.client).await? / 10_000;
        let program = program(major, &live.target)?;
        writable(&folder).map_err(|error| {
            Failure::new(
                "backup",
                format!("backups cannot be written into `{}`: {error}", folder.display()),
                "name a folder with `--backup`, or as `dir` of `backup:` in schemaplan.yaml",
            )
        })?;
        Ok(Some(Self {
            program,
            folder,
            phases,
            target: live.target.clone(),
            of: match &bench.member {
                Some(member) => format!("{}-{}", live.target.database(), member.name),
                None => live.target.database().to_owned(),
            },
            terminal: bench.terminal.clone(),
        }))
    }

    /// Dumps what a phase touches. A phase that an earlier run has begun keeps the dump of its beginning.
    ///
    /// # Errors
    /// What pg_dump says.
    pub async fn run(&self, at: AtPhase<'_>) -> Result<(), String> {
        if !self.phases.contains(&at.phase) {
            return Ok(());
        }
        let say = |words: String| self.terminal.say(&format!("     {words}"));
        let id = at.plan.id.get(..12).unwrap_or(&at.plan.id);
        let verb = if at.back { "-rollback" } else { "" };
        let name = format!("{}-{id}-{}{verb}", file_name(&self.of), at.phase);
        if at.begun
            && let Some(kept) = newest(&self.folder, &name)
        {
            say(format!(
                "backup: `{}` is of the beginning of {}",
                kept.display(),
                at.phase
            ));
            return Ok(());
        }
        let client = connect(&self.target, APPLICATION_NAME)
            .await
            .map_err(|error| error.to_string())?;
        let wanted = touched(at.plan.of_phase(at.phase));
        let tables = existing_tables(&client, &wanted)
            .await
            .map_err(|error| error.to_string())?;
        drop(client);
        if tables.is_empty() {
            say(format!("no backup: {} touches no table that is there", at.phase));
            return Ok(());
        }
        let file = free(&self.folder, &name);
        let part = file.with_extension("dump.part");
        let ended = self.dump(&part, &tables).await;
        if ended.is_err() {
            let _ = std::fs::remove_file(&part);
        }
        ended?;
        std::fs::rename(&part, &file)
            .map_err(|error| format!("cannot rename `{}`: {error}", part.display()))?;
        let size = std::fs::metadata(&file).map_or(0, |data| data.len());
        say(format!("backup: `{}`, {}", file.display(), bytes(size)));
        Ok(())
    }

    async fn dump(&self, file: &Path, tables: &[String]) -> Result<(), String> {
        let mut command = Command::new(&self.program.path);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("PG") {
                command.env_remove(name);
            }
        }
        let service = service(&self.target)
            .map_err(|error| format!("cannot write a service file for pg_dump: {error}"))?;
        if let Some(file) = &service {
            command
                .env("PGSERVICEFILE", file.path())
                .env("PGSERVICE", SERVICE);
        }
        let ran = command
            .args(["--format=custom", "--no-password", LOCK_WAIT, "--file"])
            .arg(file)
            .args(tables.iter().map(|table| format!("--table={table}")))
            .envs(self.target.variables(APPLICATION_NAME))
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output()
            .await;
        match ran {
            Ok(output) if output.status.success() => Ok(()),
            Ok(output) => {
                let said = String::from_utf8_lossy(&output.stderr);
                let lines: Vec<&str> = said
                    .lines()
                    .map(str::trim)
                    .filter(|line| !line.is_empty())
                    .collect();
                match lines.is_empty() {
                    true => Err(format!("pg_dump ended with {}", output.status)),
                    false => Err(lines.join("; ")),
                }
            }
            Err(error) => Err(format!(
                "`{}` cannot be run: {error}",
                self.program.path.display()
            )),
        }
    }
}

/// A pg_dump for this server that keeps what the target asks for.
fn program(major: u32, target: &Target) -> Result<DumpProgram, Failure> {
    let none = |none: NoDumpProgram| Failure::new("backup", none.what, none.hint);
    if !target.requires_auth() || major >= KNOWS_REQUIRE_AUTH {
        return find_pg_dump(major).map_err(none);
    }
    find_pg_dump(KNOWS_REQUIRE_AUTH).map_err(|_| {
        Failure::new(
            "backup",
            format!("`require_auth` is set, and pg_dump knows it from PostgreSQL {KNOWS_REQUIRE_AUTH} on: there is none on this machine"),
            format!("install PostgreSQL's client programs of {KNOWS_REQUIRE_AUTH} or newer, which dump older servers as well; or leave `require_auth` out"),
        )
    })
}

/// A file for a program of PostgreSQL's with what has no variable; it goes with the value.
fn service(target: &Target) -> std::io::Result<Option<tempfile::NamedTempFile>> {
    let Some(text) = target.service_file() else {
        return Ok(None);
    };
    let mut file = tempfile::NamedTempFile::new()?;
    file.write_all(text.as_bytes())?;
    Ok(Some(file))
}

/// Makes a folder where it is not there, and tries whether files can be made in it.
pub fn writable(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    tempfile::Builder::new()
        .prefix(".schemaplan-")
        .tempfile_in(folder)
        .map(drop)
}

/// A word for the name of a file: what is no letter, digit, dot or dash is an underscore.
pub fn file_name(word: &str) -> String {
    let fine = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
    let name: String = word
        .chars()
        .map(|c| if fine(c) { c } else { '_' })
        .take(60)
        .collect();
    name.trim_start_matches(['.', '-']).to_owned()
}

fn numbered<'a>(folder: &'a Path, name: &'a str) -> impl Iterator<Item = PathBuf> + 'a {
    let first = folder.join(format!("{name}.dump"));
    std::iter::once(first).chain((2..).map(move |n: u32| folder.join(format!("{name}-{n}.dump"))))
}

/// The first name that is free: a dump is never written over another.
fn free(folder: &Path, name: &str) -> PathBuf {
    numbered(folder, name)
        .find(|path| !path.exists())
        .unwrap_or_else(|| folder.join(name))
}

/// The newest dump of that name.
fn newest(folder: &Path, name: &str) -> Option<PathBuf> {
    numbered(folder, name).take_while(|path| path.exists()).last()
}
