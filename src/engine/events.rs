//! What the engine tells while it works; the terminal decides how it looks.

use std::fmt;
use std::sync::Arc;

/// Something worth telling the person who waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EngineEvent {
    /// A fresh cluster is made (about a second, once per slot).
    Preparing {
        /// The server's version, as in `15.14`.
        version: String,
    },
    /// A download goes on; sizes in bytes, `total` where the server says it.
    Downloading {
        /// The address.
        url: String,
        /// Bytes that have come.
        done: u64,
        /// Bytes in all.
        total: Option<u64>,
    },
    /// The downloaded archive is being unpacked.
    Unpacking {
        /// Its address.
        url: String,
    },
    /// Another command serves the embedded database and is about to end; this one waits for it.
    Waiting {
        /// What is waited for.
        what: String,
    },
    /// Something that is other than the user might expect, in one sentence.
    Note(String),
    /// Something for those who want to know more, in one sentence.
    Detail(String),
}

/// Hears [`EngineEvent`]s; [`Listener::none`] hears nothing.
#[derive(Clone)]
pub struct Listener(Arc<dyn Fn(&EngineEvent) + Send + Sync>);

impl Listener {
    /// A listener that calls `hear` for each event, on whatever thread it happens.
    pub fn new(hear: impl Fn(&EngineEvent) + Send + Sync + 'static) -> Self {
        Self(Arc::new(hear))
    }

    /// A listener that drops everything.
    pub fn none() -> Self {
        Self::new(|_| {})
    }

    pub(super) fn tell(&self, event: EngineEvent) {
        (self.0)(&event);
    }
}

impl Default for Listener {
    fn default() -> Self {
        Self::none()
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Listener")
    }
}
