//! A server with a database, a folder with files, and the program.

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use tokio_postgres::Client;

use super::servers::Server;

/// A table of towns, large enough for the online path where that is asked for.
pub const TOWNS: &str = "CREATE TABLE town (id bigint PRIMARY KEY, name text NOT NULL, mayor text); \
     INSERT INTO town SELECT n, 'town ' || n, 'mayor ' || n FROM generate_series(1, 5000) AS n; ANALYZE town";

/// The same with a column that is filled, an index over an expression, and a column that goes.
pub const GROWN: &str = "CREATE TABLE town (
    id bigint PRIMARY KEY,
    name text NOT NULL,
    -- schemaplan: backfill length(name)
    size int NOT NULL
);
CREATE INDEX town_name_idx ON town (lower(name));
";

pub struct Stage {
    pub server: Server,
    folder: tempfile::TempDir,
    environment: Vec<(String, String)>,
}

impl Stage {
    /// A server with these settings, its database `shop` made by these statements, and `after.sql`.
    pub async fn new(settings: &str, before: &str, after: &str) -> Self {
        let server = Server::new(settings).await;
        server.run("CREATE DATABASE shop").await;
        let client = server.client("shop").await;
        client.batch_execute(before).await.unwrap();
        let stage = Self {
            server,
            folder: tempfile::tempdir().unwrap(),
            environment: Vec::new(),
        };
        stage.file("after.sql", after);
        stage
    }

    pub async fn client(&self) -> Client {
        self.server.client("shop").await
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn file(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// The names of a folder's files, in order.
    pub fn names(&self, folder: &str) -> Vec<String> {
        let entries = std::fs::read_dir(self.path(folder)).into_iter().flatten();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// A variable for all commands.
    pub fn set(&mut self, name: &str, value: &str) {
        self.environment.push((name.to_owned(), value.to_owned()));
    }

    pub fn command(&self, words: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_schemaplan"));
        command
            .args(words.split(' '))
            .current_dir(self.folder.path())
            .env("DATABASE_URL", self.server.url("postgres", "shop"))
            .envs(self.environment.iter().cloned())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs it; it has to end with this code. Returns what it says.
    pub fn ends(&self, words: &str, code: i32) -> String {
        let output = self.command(words).output().unwrap();
        let said = all(&output);
        assert_eq!(output.status.code(), Some(code), "{words}: {said}");
        said
    }

    /// Runs it as [`Stage::ends`]; it has to say each of these parts.
    pub fn says(&self, words: &str, code: i32, parts: &[&str]) {
        holds_each(&self.ends(words, code), parts);
    }

    /// Changes the server's settings while it runs; what is at work hears of it by and by.
    pub async fn alter_system(&self, change: &str) {
        self.server.run(&format!("ALTER SYSTEM {change}")).await;
        self.server.run("SELECT pg_reload_conf()").await;
    }

    /// Starts it, to be waited for by [`Running::ends`].
    pub fn start(&self, words: &str) -> Running {
        Running(self.command(words).spawn().unwrap())
    }
}

/// A command at work.
pub struct Running(pub std::process::Child);

impl Running {
    pub async fn ends(self, code: i32) -> String {
        let output = tokio::task::spawn_blocking(move || self.0.wait_with_output().unwrap())
            .await
            .unwrap();
        let said = all(&output);
        assert_eq!(output.status.code(), Some(code), "{said}");
        said
    }
}

fn all(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// Each of these parts has to stand in what was said.
pub fn holds_each(said: &str, parts: &[&str]) {
    for part in parts {
        assert!(said.contains(part), "not said: {part}\n{said}");
    }
}

/// What the run at work has noted that it waits for.
pub fn held_for(what: &str) -> String {
    format!(
        "SELECT EXISTS (SELECT FROM schemaplan.at_work JOIN schemaplan.lease USING (token) WHERE kind = '{what}')"
    )
}

/// How many rows its batches have done.
pub async fn rows_done(client: &Client) -> i64 {
    let sql = "SELECT coalesce(max(rows_done), 0)::bigint FROM schemaplan.step WHERE rows_total > 0";
    client.query_one(sql, &[]).await.unwrap().get(0)
}

/// Waits until a query's first column is true.
pub async fn until(client: &Client, query: &str) {
    let begun = Instant::now();
    while !client.query_one(query, &[]).await.unwrap().get::<_, bool>(0) {
        assert!(begun.elapsed() < Duration::from_secs(60), "never: {query}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
