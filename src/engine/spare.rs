//! An empty database kept ready in a cluster of our own.
//!
//! Making a database copies a thousand files and is the slowest part of a start. So the one for the next scratch
//! is made beside the work on this one, and taking it is only a rename.

use std::sync::Arc;

use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio_postgres::{Client, Config};

use super::admin;
use super::error::EngineError;
use super::server::{self, SUPERUSER};

const NAME: &str = "schemaplan_spare";

/// Gives out empty databases.
pub(super) struct Spare {
    admin: Arc<Client>,
    config: Config,
    /// What makes the next one.
    making: Mutex<Option<JoinHandle<()>>>,
}

impl Spare {
    pub(super) fn new(admin: Arc<Client>, config: Config) -> Self {
        Self {
            admin,
            config,
            making: Mutex::new(None),
        }
    }

    /// An empty database of its own name, and the next one begun.
    pub(super) async fn take(&self) -> Result<String, EngineError> {
        let mut making = self.making.lock().await;
        wait_for(&mut making).await;
        let name = match admin::rename_to_scratch(&self.admin, NAME).await {
            Ok(name) => name,
            // There is none, or somebody looks into it.
            Err(_) => admin::create_scratch(&self.admin).await?,
        };
        let config = self.config.clone();
        *making = Some(tokio::spawn(async move {
            // Where that fails, the next scratch is made when it is needed, and says why that fails.
            if let Ok(client) = server::connect(&config, SUPERUSER).await {
                let _ = admin::create_database(&client, NAME).await;
            }
        }));
        Ok(name)
    }

    /// Returns when nothing is being made: stopped halfway, its files would stay behind.
    pub(super) async fn finish(&self) {
        wait_for(&mut *self.making.lock().await).await;
    }
}

async fn wait_for(making: &mut Option<JoinHandle<()>>) {
    if let Some(task) = making.take() {
        let _ = task.await;
    }
}
