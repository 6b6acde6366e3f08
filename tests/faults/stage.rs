//! A database, the two schemas as files, and the program.

use std::process::{Command, Output};

use tokio_postgres::Config;

use super::application::{AFTER, BEFORE, rows};
use super::servers::Server;

pub struct Stage {
    pub server: Server,
    folder: tempfile::TempDir,
}

/// How many faults of each kind, and the seed.
pub fn asked() -> (usize, u64) {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let count = number("SCHEMAPLAN_FAULTS").unwrap_or(6);
    let seed = number("SCHEMAPLAN_FAULTS_SEED").unwrap_or_else(rand::random);
    println!("SCHEMAPLAN_FAULTS={count} SCHEMAPLAN_FAULTS_SEED={seed}");
    (usize::try_from(count).unwrap(), seed)
}

/// Which of so many processes this is that share the boundaries: the first of one.
pub fn part() -> (u64, u64) {
    let text = std::env::var("SCHEMAPLAN_FAULTS_PART").unwrap_or_else(|_| "1/1".to_owned());
    let (part, of) = text.split_once('/').unwrap();
    let (part, of): (u64, u64) = (part.parse().unwrap(), of.parse().unwrap());
    assert!((1..=of).contains(&part), "{text}");
    (part - 1, of)
}

/// The boundary at which to begin: what is behind it was done by another run.
pub fn first() -> u64 {
    std::env::var("SCHEMAPLAN_FAULTS_FROM").map_or(0, |text| text.parse().unwrap())
}

impl Stage {
    pub async fn new(settings: &str) -> Self {
        let server = Server::new(settings).await;
        server.run("CREATE DATABASE shop").await;
        let client = server.client("shop").await;
        client.batch_execute(BEFORE).await.unwrap();
        client.batch_execute(&rows()).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [("before.sql", BEFORE), ("after.sql", AFTER)] {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        Self { server, folder }
    }

    pub fn url(&self) -> String {
        self.server.url("postgres", "shop")
    }

    /// How the application connects.
    pub fn config(&self) -> Config {
        self.url().parse().unwrap()
    }

    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).unwrap();
    }

    /// The program on the database, by way of a URL.
    pub fn command(&self, url: &str, words: &str) -> Command {
        let mut command = self.command_without_url(words);
        command.args(["--url", url]);
        command
    }

    pub fn command_without_url(&self, words: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_schemaplan"));
        command
            .args(words.split(' '))
            .current_dir(self.folder.path())
            .stdin(std::process::Stdio::null())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped());
        command
    }

    pub fn run(&self, words: &str) -> Output {
        self.command(&self.url(), words).output().unwrap()
    }

    /// Runs it; it has to end with this code.
    pub fn ends(&self, words: &str, code: i32) -> String {
        let output = self.run(words);
        let said = said(&output);
        assert_eq!(output.status.code(), Some(code), "{words}: {said}");
        said
    }

    /// What pg_dump writes, without its own settings.
    pub fn dumped(&self) -> String {
        let dump = self.server.output(
            "pg_dump",
            &[
                "--schema-only",
                "--exclude-schema=schemaplan*",
                "-h",
                &self.server.socket(),
                "-p",
                &self.server.port.to_string(),
                "-U",
                "postgres",
                "shop",
            ],
        );
        let noise = |line: &&str| !line.starts_with("--") && !line.starts_with('\\') && !line.is_empty();
        dump.lines().filter(noise).collect::<Vec<_>>().join("\n")
    }

    /// What a plan makes for its own use and is still there.
    pub async fn leftovers(&self) -> Vec<String> {
        let client = self.server.client("shop").await;
        let sql = "SELECT relname::text FROM pg_class WHERE relname ~ 'schemaplan_' AND relnamespace = 'public'::regnamespace \
                   UNION ALL SELECT attrelid::regclass || '.' || attname FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid AND relkind <> 'i' WHERE attname ~ '^~?schemaplan_' AND NOT attisdropped AND attrelid::regclass::text !~ '^schemaplan' \
                   UNION ALL SELECT tgname::text FROM pg_trigger WHERE tgname ~ 'schemaplan_' \
                   UNION ALL SELECT conname::text FROM pg_constraint WHERE conname ~ 'schemaplan_' AND connamespace = 'public'::regnamespace \
                   UNION ALL SELECT proname::text FROM pg_proc WHERE pronamespace = to_regnamespace('schemaplan') \
                   UNION ALL SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid";
        client
            .query(sql, &[])
            .await
            .unwrap()
            .iter()
            .map(|row| row.get(0))
            .collect()
    }
}

pub fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
