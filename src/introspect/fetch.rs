//! A question to the catalog, sent and not yet answered.

use super::{IntrospectError, query_error};
use futures_util::StreamExt;
use serde::de::DeserializeOwned;
use std::marker::PhantomData;
use std::pin::Pin;
use tokio_postgres::{Client, SimpleQueryMessage, SimpleQueryStream};

/// A query whose rows hold one JSON value each. Answers come in the order of the questions, and have to be taken in that order.
pub(super) struct Question<T> {
    stream: Option<Pin<Box<SimpleQueryStream>>>,
    what: &'static str,
    row: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned> Question<T> {
    /// Sends it, and does not wait. One that is not asked has no rows.
    pub(super) async fn ask(
        client: &Client,
        sql: Option<&str>,
        what: &'static str,
    ) -> Result<Self, IntrospectError> {
        let stream = match sql {
            Some(sql) => {
                let sent = client.simple_query_raw(sql).await;
                Some(Box::pin(sent.map_err(|source| query_error(what, source))?))
            }
            None => None,
        };
        Ok(Self {
            stream,
            what,
            row: PhantomData,
        })
    }

    /// Waits for the answer. Rows are read one at a time: as text the answers of a large schema are larger than what is made of them.
    pub(super) async fn rows(self) -> Result<Vec<T>, IntrospectError> {
        let mut rows = Vec::new();
        let Some(mut stream) = self.stream else {
            return Ok(rows);
        };
        while let Some(message) = stream.next().await {
            let SimpleQueryMessage::Row(row) = message.map_err(|source| query_error(self.what, source))?
            else {
                continue;
            };
            let row = serde_json::from_str(row.get(0).unwrap_or_default());
            rows.push(row.map_err(|source| unreadable(self.what, source))?);
        }
        Ok(rows)
    }
}

fn unreadable(what: &'static str, source: serde_json::Error) -> IntrospectError {
    IntrospectError::Row {
        what,
        source,
        hint: "an object may have been dropped while it was being read: run the command again; \
               if it fails the same way, this is a bug of schemaplan"
            .to_owned(),
    }
}
