//! The small shell process between schemaplan and its server.
//!
//! It starts `postgres` and holds the reading end of a pipe whose writing end schemaplan holds. When schemaplan
//! ends, however it ends, the reader sees the end of the file and the server is stopped. It also holds the slot's
//! lock, so that the slot counts as taken until the server has really gone.

use std::fs::{File, OpenOptions};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use nix::sys::stat::Mode;
use nix::unistd::mkfifo;

use super::error::EngineError;
use super::server_user::{ServerUser, run_as};

/// The name of the pipe in the socket's folder.
pub(super) const PIPE: &str = "alive";

/// Arguments: the signal that stops the server, the socket's folder, then `postgres` and its arguments.
/// The signal is repeated because a server that has only just been forked does not hear it yet.
const SCRIPT: &str = r#"
signal=$1; sockets=$2; shift 2
exec 3<&0 </dev/null
"$@" 3<&- >&2 &
server=$!
( exec >/dev/null; read -r _ <&3; while kill -s "$signal" "$server" 2>/dev/null; do sleep 1; done ) &
keeper=$!
wait "$server"; status=$?
kill "$keeper" 2>/dev/null
rm -rf "$sockets"
exit "$status"
"#;

/// What the watcher runs and with what.
pub(super) struct Watched<'a> {
    /// `postgres` and its arguments.
    pub(super) command: Vec<std::ffi::OsString>,
    /// `QUIT` (at once) or `INT` (fast, with a checkpoint).
    pub(super) stop_signal: &'a str,
    pub(super) sockets: &'a Path,
    pub(super) data: &'a Path,
    pub(super) log: File,
    pub(super) lock: File,
    pub(super) user: Option<&'a ServerUser>,
}

/// Starts the watcher; the server lives as long as a copy of the returned pipe is open somewhere.
pub(super) fn start(watched: Watched<'_>) -> Result<(Child, File), EngineError> {
    let pipe = watched.sockets.join(PIPE);
    let at = |error: std::io::Error| EngineError::file("make the pipe", &pipe, error);
    mkfifo(&pipe, Mode::S_IRUSR | Mode::S_IWUSR).map_err(|error| at(error.into()))?;
    // Opened for both, it opens without waiting for a reader, and keeps the reader below from waiting for a writer.
    let alive = OpenOptions::new()
        .read(true)
        .write(true)
        .open(&pipe)
        .map_err(at)?;
    let reader = File::open(&pipe).map_err(at)?;
    let mut command = Command::new("/bin/sh");
    command
        .args(["-c", SCRIPT, "schemaplan-watcher", watched.stop_signal])
        .arg(watched.sockets)
        .args(&watched.command)
        .current_dir(watched.data)
        .env_clear()
        .envs(plain_environment())
        .stdin(Stdio::from(reader))
        .stdout(Stdio::from(watched.lock))
        .stderr(Stdio::from(watched.log))
        // A Ctrl-C at the terminal is for schemaplan, which then stops the server when it is done with it.
        .process_group(0);
    run_as(&mut command, watched.user);
    let child = command.spawn().map_err(|error| EngineError::Program {
        program: "/bin/sh".to_owned(),
        said: error.to_string(),
        hint: "schemaplan starts its server through `sh`; for root it must be allowed to change the user"
            .to_owned(),
    })?;
    Ok((child, alive))
}

/// The environment of the server's programs: none of the user's libpq variables, no locale, no time zone.
pub(super) fn plain_environment() -> Vec<(&'static str, std::ffi::OsString)> {
    let path = std::env::var_os("PATH").unwrap_or_else(|| "/usr/bin:/bin".into());
    vec![
        ("PATH", path),
        ("LANG", "C".into()),
        ("LC_ALL", "C".into()),
        ("TZ", "UTC".into()),
    ]
}
