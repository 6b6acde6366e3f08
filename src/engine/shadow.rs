//! The engine on a server of the user's, given with `--shadow`: databases are made and dropped there.

use tokio_postgres::Client;

use super::admin;
use super::connection::{self, ConnectError, Dial};
use super::environment::Environment;
use super::error::EngineError;
use super::events::{EngineEvent, Listener};
use super::target::Target;

/// A session on the shadow server, and how to open more.
pub(super) struct Shadow {
    pub(super) dial: Dial,
    pub(super) admin: Client,
    pub(super) version: String,
    pub(super) major: u32,
}

/// Connects to the server at `url`, and removes there what killed runs have left.
pub(super) async fn open(url: &str, listener: &Listener) -> Result<Shadow, EngineError> {
    let refused = |error: ConnectError| EngineError::Shadow {
        hint: error.hint().to_owned(),
        source: Box::new(error),
    };
    let target = Target::parse(url, &Environment::of_process())
        .map_err(|error| refused(ConnectError::Malformed(error)))?;
    let opened = connection::open(&target, "schemaplan").await.map_err(refused)?;
    for name in admin::drop_leftovers(&opened.client, false).await? {
        listener.tell(EngineEvent::Note(format!(
            "removed {name}, which a run that was killed had left on {target}"
        )));
    }
    Ok(Shadow {
        dial: opened.dial,
        admin: opened.client,
        version: opened.version,
        major: opened.major,
    })
}
