//! PostgreSQL servers with settings of a test's own, which can be stopped and started: on a port of 127.0.0.1, with a socket too.

#![allow(dead_code, reason = "each test binary uses some of it")]

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, User, geteuid};
use tokio_postgres::{Client, Config, NoTls};

/// How a server is stopped.
#[derive(Clone, Copy)]
pub enum Stop {
    /// Sessions are ended, and everything is written.
    Fast,
    /// As when the machine loses its power, but for what the operating system holds.
    Immediate,
}

/// A server of a test. It ends with the test.
pub struct Server {
    folder: tempfile::TempDir,
    programs: PathBuf,
    pub port: u16,
    process: Option<Child>,
}

impl Server {
    /// A new one with these lines in postgresql.conf; started.
    pub async fn new(settings: &str) -> Self {
        Self::of(programs(), settings).await
    }

    /// The same with these programs.
    pub async fn of(programs: PathBuf, settings: &str) -> Self {
        let server = Self::made(programs);
        server.output(
            "initdb",
            &[
                "-D",
                &server.data(),
                "-U",
                "postgres",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C",
                "-N",
            ],
        );
        server.configured(settings).await
    }

    /// A standby of another server, with these lines in postgresql.conf; started.
    pub async fn standby(of: &Self, settings: &str) -> Self {
        let server = Self::made(programs());
        let port = of.port.to_string();
        server.output(
            "pg_basebackup",
            &[
                "-D",
                &server.data(),
                "-h",
                "127.0.0.1",
                "-p",
                &port,
                "-U",
                "postgres",
                "-R",
                "-c",
                "fast",
            ],
        );
        server.configured(settings).await
    }

    /// The folder of the server's programs.
    pub fn programs() -> PathBuf {
        programs()
    }

    fn made(programs: PathBuf) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let server = Self {
            programs,
            port: free_port(),
            folder,
            process: None,
        };
        fs::create_dir(server.data()).unwrap();
        server.own(Path::new(&server.data()), 0o700);
        server
    }

    async fn configured(mut self, settings: &str) -> Self {
        let file = format!("{}/postgresql.conf", self.data());
        let port = self.port;
        let mut text = fs::read_to_string(&file).unwrap();
        text.push_str(&format!(
            "\nlisten_addresses = '127.0.0.1'\nport = {port}\nunix_socket_directories = '{}'\nfsync = off\n{settings}\n",
            self.data()
        ));
        fs::write(&file, text).unwrap();
        self.start().await;
        self
    }

    fn data(&self) -> String {
        self.folder.path().join("data").display().to_string()
    }

    /// The folder of its socket.
    pub fn socket(&self) -> String {
        self.data()
    }

    /// Gives a file to the user that the server runs as.
    pub fn own(&self, path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        if let Some(user) = unprivileged() {
            chown(path, Some(user.uid.as_raw()), Some(user.gid.as_raw())).unwrap();
        }
    }

    /// Writes a file that the server can read, and no other user; returns its path.
    pub fn file(&self, name: &str, text: &str) -> String {
        let path = Path::new(&self.data()).join(name);
        fs::write(&path, text).unwrap();
        self.own(&path, 0o600);
        path.display().to_string()
    }

    fn command(&self, program: &str) -> Command {
        self.command_of(&self.programs.join(program))
    }

    /// A program that runs as the user that the server runs as.
    pub fn command_of(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir("/").stdin(Stdio::null());
        if let Some(user) = unprivileged() {
            command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
        }
        command
    }

    /// What a program of the server's says.
    pub fn output(&self, program: &str, arguments: &[&str]) -> String {
        let ran = self.command(program).args(arguments).output().unwrap();
        assert!(
            ran.status.success(),
            "{program}: {}",
            String::from_utf8_lossy(&ran.stderr)
        );
        String::from_utf8_lossy(&ran.stdout).into_owned()
    }

    /// Starts it, and waits until it answers.
    pub async fn start(&mut self) {
        let log = fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.folder.path().join("log"))
            .unwrap();
        let mut command = self.command("postgres");
        command
            .args(["-D", &self.data()])
            .stdout(Stdio::null())
            .stderr(log);
        self.process = Some(command.spawn().unwrap());
        let until = Instant::now() + Duration::from_secs(60);
        while self.try_client("postgres").await.is_err() {
            assert!(Instant::now() < until, "no answer:\n{}", self.log());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Stops it, and waits until it has ended.
    pub fn stop(&mut self, how: Stop) {
        let Some(mut process) = self.process.take() else {
            return;
        };
        let signal = match how {
            Stop::Fast => Signal::SIGINT,
            Stop::Immediate => Signal::SIGQUIT,
        };
        let _ = kill(Pid::from_raw(process.id().cast_signed()), signal);
        let _ = process.wait();
    }

    /// What it has written into its log.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    async fn try_client(&self, database: &str) -> Result<Client, tokio_postgres::Error> {
        let mut config = Config::new();
        config
            .host(self.socket())
            .port(self.port)
            .user("postgres")
            .dbname(database);
        let (client, connection) = config.connect(NoTls).await?;
        tokio::spawn(connection);
        Ok(client)
    }

    /// A superuser's session.
    pub async fn client(&self, database: &str) -> Client {
        self.try_client(database).await.unwrap()
    }

    /// Runs statements as superuser.
    pub async fn run(&self, sql: &str) {
        self.client("postgres").await.batch_execute(sql).await.unwrap();
    }

    /// A URL over TCP without TLS.
    pub fn url(&self, user: &str, database: &str) -> String {
        format!(
            "postgres://{user}@127.0.0.1:{}/{database}?sslmode=disable",
            self.port
        )
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop(Stop::Immediate);
    }
}

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

/// The user that servers run as where we are root, whom PostgreSQL refuses.
fn unprivileged() -> Option<User> {
    geteuid().is_root().then(|| {
        let named = ["postgres", "nobody"].into_iter();
        named
            .filter_map(|name| User::from_name(name).unwrap())
            .next()
            .unwrap()
    })
}

/// The folder of the server's programs: 15 where it is there, else the newest.
fn programs() -> PathBuf {
    if let Ok(folder) = std::env::var("SCHEMAPLAN_POSTGRES") {
        return PathBuf::from(folder);
    }
    let mut found: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let major: u32 = path.file_name()?.to_str()?.parse().ok()?;
            let programs = path.join("bin");
            programs.join("postgres").exists().then_some((major, programs))
        })
        .collect();
    found.sort_by_key(|(major, _)| (*major == 15, *major));
    found.pop().expect("a PostgreSQL server on this machine").1
}
