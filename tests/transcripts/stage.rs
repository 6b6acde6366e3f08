//! A folder to work in, a database of its own, and the binary.

use schemaplan::engine::{Engine, EngineOptions, Scratch, SessionSettings};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// What differs from run to run, and what stands for it.
const FILTERS: &[(&str, &str)] = &[
    (r"schemaplan [0-9a-f]{12}\b", "schemaplan ID"),
    (r"\b\d+(\.\d+)? ms\b", "N ms"),
    (r"\b\d+\.\d s\b", "N ms"),
    (r"  +N ms", "  N ms"),
    // Whether and where a long title is cut depends on the digits of the time behind it.
    (r"( +\d+ ✓ [^\n]{40})[^\n]+  N ms", "$1…  N ms"),
    (r"( +✗ [^\n]{40})[^\n]+  N ms", "$1…  N ms"),
    (r"\b[0-9a-f]{64}\b", "PLAN-ID"),
    (r"\b(plan|Plan) [0-9a-f]{12}\b", "$1 ID"),
    (r"now it would be [0-9a-f]{12}", "now it would be ID"),
    (r"\b20\d\d-\d\d-\d\d\b", "DATE"),
    (r"_[0-9a-f]{8}\b", "_HASH"),
    (r"\b\d+\.\d+ kB", "N kB"),
    (r" +N kB", " N kB"),
    (r"postgres@/[^ \n]*", "DATABASE"),
    (r"[a-z_]+@/[^ \n]*", "DATABASE"),
    (r"127\.0\.0\.1:\d+", "127.0.0.1:PORT"),
    (r"schemaplan_scratch_\w+", "SCRATCH"),
    (r"`[^`\n]*/extension/", "`EXTENSIONS/"),
    (
        r"backend \d+, last heard of at [-0-9: +A-Z]+",
        "backend PID, last heard of at TIME",
    ),
    (r"\S+/\d+, backend", "HOST/PID, backend"),
    (r"  PostgreSQL \d+", "  PostgreSQL N"),
    (r"roven on PostgreSQL \d+", "roven on PostgreSQL N"),
    (r#""seconds": \d+\.\d+"#, "\"seconds\": N"),
    (r#""(milliseconds|proven_on|made_for)": \d+"#, "\"$1\": N"),
];

/// A working folder, and a transcript of what was done in it.
pub struct Stage {
    folder: tempfile::TempDir,
    text: String,
    url: Option<String>,
}

impl Stage {
    /// An empty folder without a database.
    pub fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            text: String::new(),
            url: None,
        }
    }

    /// An empty folder; commands find this database.
    pub fn on(database: &Database) -> Self {
        Self {
            url: Some(database.url()),
            ..Self::new()
        }
    }

    /// Commands find the database that this URL names.
    pub fn on_url(url: &str) -> Self {
        Self {
            url: Some(url.to_owned()),
            ..Self::new()
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file.
    pub fn file(&self, name: &str, text: &str) -> &Self {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        self
    }

    /// The binary, not started yet; no variable of the one who tests reaches it.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_schemaplan"));
        command
            .args(words)
            .current_dir(self.folder.path())
            .env_clear()
            .stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        for name in [
            "PATH",
            "HOME",
            "SCHEMAPLAN_CACHE",
            "SCHEMAPLAN_POSTGRES",
            "TMPDIR",
        ] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command.env("LANG", "C.UTF-8").env("HOSTNAME", "host");
        if let Some(url) = &self.url {
            command.env("DATABASE_URL", url);
        }
        command
    }

    /// Runs a command line and notes what it says and how it ends.
    pub fn run(&mut self, words: &str) -> &mut Self {
        let list: Vec<&str> = words.split(' ').collect();
        let output = self.command(&list).output().unwrap();
        self.note(words, &output);
        self
    }

    /// Notes which files stand in a folder, and what some of them hold.
    pub fn show_files(&mut self, folder: &str, some: &[&str]) {
        let root = self.path(folder);
        let files = walkdir::WalkDir::new(&root)
            .sort_by_file_name()
            .into_iter()
            .flatten();
        for file in files.filter(|entry| entry.file_type().is_file()) {
            let below = file.path().strip_prefix(&root).unwrap();
            let _ = writeln!(self.text, "  {folder}/{}", below.display());
        }
        for name in some {
            let _ = writeln!(self.text, "\n== {folder}/{name}");
            self.text
                .push_str(&std::fs::read_to_string(root.join(name)).unwrap());
        }
        self.text.push('\n');
    }

    /// Notes the end of a command.
    pub fn note(&mut self, words: &str, output: &Output) {
        let _ = writeln!(self.text, "$ schemaplan {words}");
        self.text.push_str(&String::from_utf8_lossy(&output.stdout));
        let said = String::from_utf8_lossy(&output.stderr);
        let mut lines: Vec<&str> = said.lines().filter(|line| !is_of_the_clock(line)).collect();
        // What a run waits for is said again as well.
        lines.dedup_by(|line, before| line == before && line.contains("  waits: "));
        for line in lines {
            let _ = writeln!(self.text, "{}", format!("! {line}").trim_end());
        }
        let _ = writeln!(self.text, "exit {}\n", output.status.code().unwrap_or(-1));
    }

    /// Adds a text that a command has written.
    pub fn add(&mut self, text: &str) {
        let _ = writeln!(self.text, "{text}\n");
    }

    /// Compares the transcript with its snapshot.
    pub fn matches(&self, name: &str) {
        let mut settings = insta::Settings::clone_current();
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        settings.set_snapshot_path(root.join("snapshots/transcripts"));
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        for (from, to) in FILTERS {
            settings.add_filter(from, *to);
        }
        settings.bind(|| insta::assert_snapshot!(name.to_owned(), self.text.trim_end()));
    }
}

/// A line that depends on how busy the machine is: what a log gets of a step under way, every ten seconds, and what the server has
/// counted of dead rows by the time it is asked.
fn is_of_the_clock(line: &str) -> bool {
    if line.ends_with("are dead; `--vacuum` removes them between batches") {
        return true;
    }
    let words = line.trim_start_matches(' ');
    let title = words.trim_start_matches(|letter: char| letter.is_ascii_digit());
    let is_a_step = title.len() < words.len() && line.starts_with("  ");
    let begins = title.strip_prefix(' ').and_then(|title| title.chars().next());
    is_a_step && begins.is_some_and(char::is_uppercase) && !title.contains("  waits: ")
}

/// A database on a server that the tests start themselves.
pub struct Database {
    engine: Engine,
    scratch: Scratch,
}

impl Database {
    pub async fn new() -> Self {
        let engine = Engine::start(EngineOptions::default())
            .await
            .expect("a PostgreSQL on this machine");
        let scratch = engine
            .scratch(&SessionSettings::default())
            .await
            .expect("a database");
        Self { engine, scratch }
    }

    pub async fn with(sql: &str) -> Self {
        let database = Self::new().await;
        database.run(sql).await;
        database
    }

    pub async fn run(&self, sql: &str) {
        self.scratch.client.batch_execute(sql).await.expect(sql);
    }

    /// The first column of the first row as text.
    pub async fn get(&self, sql: &str) -> String {
        let row = self
            .scratch
            .client
            .query_one(&format!("SELECT (q.x)::text FROM ({sql}) AS q (x)"), &[])
            .await;
        row.expect(sql).get(0)
    }

    pub fn url(&self) -> String {
        self.url_as("postgres")
    }

    pub fn url_as(&self, user: &str) -> String {
        let config = self.scratch.connect_options();
        let tokio_postgres::config::Host::Unix(socket) = &config.get_hosts()[0] else {
            panic!("the engine's server is behind a socket");
        };
        let port = config.get_ports().first().copied().unwrap_or(5432);
        let user = if user == "postgres" {
            config.get_user().unwrap_or(user)
        } else {
            user
        };
        format!(
            "host={} port={port} user={user} dbname={}",
            socket.display(),
            self.scratch.name()
        )
    }

    pub async fn end(self) {
        self.scratch.close().await.expect("the database goes");
        self.engine.stop().await;
    }
}
