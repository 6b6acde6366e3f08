//! A data folder: making a cluster in it, starting its server, stopping what a killed run left running on it.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio_postgres::Client;

use super::error::EngineError;
use super::find::Installation;
use super::server::{POLL, PORT, SUPERUSER, Server, is_socket_folder, make_socket_folder};
use super::server_user::{ServerUser, make_private_folder, run_as};
use super::watcher::{self, Watched};

/// How a cluster is to be run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Durability {
    /// It may be lost at any time: no fsync, stopped at once.
    Throwaway,
    /// It holds the user's data: everything is written, stopped with a checkpoint.
    Durable,
}

impl Durability {
    fn settings(self) -> &'static [&'static str] {
        match self {
            Self::Throwaway => &[
                "fsync=off",
                "synchronous_commit=off",
                "full_page_writes=off",
                "autovacuum=off",
                "shared_buffers=32MB",
                // What is kept from one command to the next is not to be three times its size.
                "max_wal_size=256MB",
                "min_wal_size=32MB",
                "max_connections=20",
                // One transaction that makes a few thousand tables with their indexes holds a lock on each.
                "max_locks_per_transaction=4000",
                "max_parallel_workers=0",
                "jit=off",
            ],
            Self::Durable => &[
                "shared_buffers=64MB",
                "max_connections=50",
                "max_locks_per_transaction=1000",
                "jit=off",
            ],
        }
    }

    fn stop_signal(self) -> &'static str {
        match self {
            Self::Throwaway => "QUIT",
            Self::Durable => "INT",
        }
    }

    /// How long the server may take to answer; a durable one may have to recover first.
    fn start_patience(self) -> Duration {
        match self {
            Self::Throwaway => Duration::from_secs(60),
            Self::Durable => Duration::from_secs(600),
        }
    }
}

/// A data folder and what belongs to it.
#[derive(Debug, Clone)]
pub(super) struct Home {
    pub(super) software: Installation,
    pub(super) data: PathBuf,
    pub(super) log: PathBuf,
    pub(super) lock: PathBuf,
    pub(super) user: Option<ServerUser>,
    pub(super) durability: Durability,
}

impl Home {
    /// Makes a fresh cluster in the data folder: under another name first, so that one which is there is complete.
    /// `lock` is the held lock of this home; `initdb` inherits it, so that it stays held if we are killed.
    pub(super) fn initialise(&self, lock: &File) -> Result<(), EngineError> {
        self.remove_unfinished();
        let unfinished =
            self.unfinished_name(&format!("{}-{:08x}", std::process::id(), rand::random::<u32>()));
        make_private_folder(&unfinished, self.user.as_ref())?;
        let initdb = self.software.program("initdb");
        let held = lock
            .try_clone()
            .map_err(|error| EngineError::file("lock", &self.lock, error))?;
        let mut command = Command::new(&initdb);
        command
            .arg("-D")
            .arg(&unfinished)
            .args([
                "-U",
                SUPERUSER,
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C",
                "--no-instructions",
            ])
            .args((self.durability == Durability::Throwaway).then_some("--no-sync"))
            .current_dir(&unfinished)
            .env_clear()
            .envs(watcher::plain_environment())
            .stdin(Stdio::from(held))
            .process_group(0);
        run_as(&mut command, self.user.as_ref());
        let failed = |said: String| {
            EngineError::Program {
            program: initdb.display().to_string(),
            said,
            hint: "run it by hand in an empty folder to see more, or set SCHEMAPLAN_POSTGRES to another installation"
                .to_owned(),
        }
        };
        let done = command.output().map_err(|error| failed(error.to_string()))?;
        if !done.status.success() {
            let said = String::from_utf8_lossy(&done.stderr);
            let _ = fs::remove_dir_all(&unfinished);
            return Err(failed(last_lines(&said, 4)));
        }
        fs::rename(&unfinished, &self.data)
            .map_err(|error| EngineError::file("put in place", &self.data, error))
    }

    fn unfinished_name(&self, suffix: &str) -> PathBuf {
        let mut name = self.data.clone().into_os_string();
        name.push(".new-");
        name.push(suffix);
        PathBuf::from(name)
    }

    /// What an `initdb` that was killed has left.
    fn remove_unfinished(&self) {
        let beginning = self.unfinished_name("");
        let (Some(parent), Some(beginning)) = (beginning.parent(), beginning.file_name()) else {
            return;
        };
        let beginning = beginning.to_string_lossy();
        for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
            if entry.file_name().to_string_lossy().starts_with(&*beginning) {
                let _ = fs::remove_dir_all(entry.path());
            }
        }
    }

    /// Starts the server and waits until it answers; `lock` is this home's lock, held by the caller.
    pub(super) async fn start(&self, lock: File) -> Result<(Server, Client), EngineError> {
        self.stop_orphan().await;
        let sockets = make_socket_folder(self.user.as_ref())?;
        let log = OpenOptions::new()
            .create(true)
            .write(true)
            .truncate(true)
            .open(&self.log)
            .map_err(|error| EngineError::file("write", &self.log, error))?;
        let started = watcher::start(Watched {
            command: self.command(&sockets),
            stop_signal: self.durability.stop_signal(),
            sockets: &sockets,
            data: &self.data,
            log,
            lock,
            user: self.user.as_ref(),
        });
        let (child, alive) = match started {
            Ok(started) => started,
            Err(error) => {
                let _ = fs::remove_dir_all(&sockets);
                return Err(error);
            }
        };
        let mut server = Server::started(sockets, self.lock.clone(), alive, child);
        match server
            .wait_until_it_answers(self.durability.start_patience())
            .await
        {
            Some(client) => Ok((server, client)),
            None => Err(self.did_not_start()),
        }
    }

    fn command(&self, sockets: &Path) -> Vec<OsString> {
        let mut command: Vec<OsString> = vec![
            self.software.program("postgres").into(),
            "-D".into(),
            self.data.clone().into(),
        ];
        let common = [
            "listen_addresses=",
            // Else CREATE PUBLICATION warns.
            "wal_level=logical",
            "unix_socket_permissions=0700",
            "logging_collector=off",
            "log_destination=stderr",
            "timezone=UTC",
            "datestyle=ISO",
        ];
        let port = format!("port={PORT}");
        let mut socket_setting = OsString::from("unix_socket_directories=");
        socket_setting.push(sockets);
        for setting in common
            .into_iter()
            .chain([port.as_str()])
            .chain(self.durability.settings().iter().copied())
        {
            command.extend(["-c".into(), setting.into()]);
        }
        command.extend(["-c".into(), socket_setting]);
        command
    }

    fn did_not_start(&self) -> EngineError {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        EngineError::Program {
            program: self.software.program("postgres").display().to_string(),
            said: last_lines(&log, 4),
            hint: format!("its whole log is `{}`", self.log.display()),
        }
    }

    /// Stops what a killed run has left running on this data folder. The caller holds the lock, so nobody uses it.
    async fn stop_orphan(&self) {
        let pid_file = self.data.join("postmaster.pid");
        let sockets = self.running_sockets();
        let Ok(text) = fs::read_to_string(&pid_file) else {
            return;
        };
        let mut lines = text.lines();
        let pid = lines
            .next()
            .and_then(|line| line.trim().parse().ok())
            .filter(|pid| *pid > 1)
            .map(Pid::from_raw);
        if let Some(pid) = pid.filter(|pid| self.is_our_server(*pid)) {
            let signal = match self.durability {
                Durability::Throwaway => Signal::SIGQUIT,
                Durability::Durable => Signal::SIGINT,
            };
            stop_process(pid, signal).await;
        }
        if pid.is_none_or(|pid| !self.is_our_server(pid)) {
            // The number may belong to another program by now, and `postgres` would refuse to start.
            let _ = fs::remove_file(&pid_file);
        }
        if let Some(sockets) = sockets {
            let _ = fs::remove_dir_all(sockets);
        }
    }

    /// The socket's folder of the server that runs on this data folder, where one does.
    pub(super) fn running_sockets(&self) -> Option<PathBuf> {
        let text = fs::read_to_string(self.data.join("postmaster.pid")).ok()?;
        text.lines()
            .nth(4)
            .map(PathBuf::from)
            .filter(|path| is_socket_folder(path))
    }

    /// Whether the process is a server on our data folder, and not another program with a re-used number.
    fn is_our_server(&self, pid: Pid) -> bool {
        if kill(pid, None) == Err(Errno::ESRCH) {
            return false;
        }
        if let Ok(words) = fs::read(format!("/proc/{pid}/cmdline")) {
            // A whole word: the folder `slot-1` stands at the beginning of `slot-10`, too.
            let data = self.data.as_os_str().as_encoded_bytes();
            return words.split(|byte| *byte == 0).any(|word| word == data);
        }
        let said = Command::new("ps")
            .args(["-o", "command=", "-p", &pid.to_string()])
            .stdin(Stdio::null())
            .output()
            .map(|asked| asked.stdout)
            .unwrap_or_default();
        let said = String::from_utf8_lossy(&said);
        let data = self.data.to_string_lossy();
        said.split_once(&*data)
            .is_some_and(|(_, behind)| behind.is_empty() || behind.starts_with(char::is_whitespace))
    }
}

async fn stop_process(pid: Pid, signal: Signal) {
    for (signal, patience) in [
        (signal, Duration::from_secs(10)),
        (Signal::SIGKILL, Duration::from_secs(5)),
    ] {
        let until = Instant::now() + patience;
        let _ = kill(pid, signal);
        while Instant::now() < until {
            if kill(pid, None).is_err() {
                return;
            }
            tokio::time::sleep(POLL).await;
        }
    }
}

fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    if lines.is_empty() {
        return "it said nothing".to_owned();
    }
    lines[lines.len().saturating_sub(count)..].join("\n")
}
