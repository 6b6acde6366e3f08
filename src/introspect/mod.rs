//! Reads a database into a [`Catalog`]: the same reader for the live database and for the throwaway one.
//!
//! One snapshot, a constant number of queries, all of them sent at once. Each `<kind>.sql` gives rows; `<kind>.rs` turns
//! them into objects.

mod acl;
mod address;
mod assemble;
mod canonical;
mod cast;
mod collation;
mod column;
mod constraint;
mod default_privileges;
mod depend;
mod extension;
mod fetch;
mod foreign;
mod index;
mod index_text;
mod operator;
mod outside;
mod policy;
mod publication;
mod reader;
mod routine;
mod row_names;
mod rule;
mod schema;
mod sequence;
mod size;
mod stamp;
mod statistics;
mod support;
mod table;
mod text_search;
mod trigger;
mod types;
mod unmanaged;
mod view;
mod volatile;

pub use outside::{absent, names, schemas};
pub use stamp::stamp;

use crate::model::Catalog;

use tokio_postgres::{Client, SimpleQueryMessage};

/// What to read beyond the schema itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReadOptions {
    /// Sizes of tables: wanted of a database that holds data.
    pub sizes: bool,
}

/// The newest major whose catalog the queries were written for.
pub const NEWEST_MAJOR: u32 = 18;

/// Why a catalog could not be read.
#[derive(Debug, thiserror::Error)]
pub enum IntrospectError {
    /// The server said no, or went away.
    #[error("could not read {what} from the catalog: {}", database_words(source))]
    Query {
        /// What was being read: `the indexes`.
        what: &'static str,
        /// The server's words.
        #[source]
        source: tokio_postgres::Error,
        /// What to do next.
        hint: String,
    },
    /// A server older than schemaplan supports.
    #[error("the server is PostgreSQL {}, and 14 is the oldest that schemaplan supports", version / 10_000)]
    TooOld {
        /// `server_version_num`.
        version: u32,
    },
    /// A row did not have the shape that every supported server gives.
    #[error("could not understand a row of {what}: {source}")]
    Row {
        /// What was being read.
        what: &'static str,
        /// What did not fit.
        #[source]
        source: serde_json::Error,
        /// What to do next.
        hint: String,
    },
}

impl IntrospectError {
    /// On a server newer than all that are known, the catalog itself may have changed.
    fn of_server(mut self, version: u32) -> Self {
        if let Self::Query { hint, .. } | Self::Row { hint, .. } = &mut self
            && version / 10_000 > NEWEST_MAJOR
        {
            *hint = format!(
                "the server is PostgreSQL {}, and {NEWEST_MAJOR} is the newest that schemaplan knows: look for a newer one",
                version / 10_000
            );
        }
        self
    }

    /// What to do next.
    pub fn hint(&self) -> &str {
        match self {
            Self::Query { hint, .. } | Self::Row { hint, .. } => hint,
            Self::TooOld { .. } => "upgrade the server, or point --url at another one",
        }
    }
}

/// The server's message with its detail; the driver's own `Display` says only "db error".
fn database_words(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(error) => match error.detail() {
            Some(detail) => format!("{} ({detail})", error.message()),
            None => error.message().to_owned(),
        },
        None => error.to_string(),
    }
}

/// Everything that could change how the server prints its catalog is fixed, for this transaction alone.
const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY;
SET LOCAL search_path = '';
SET LOCAL timezone = 'UTC';
SET LOCAL datestyle = 'ISO, MDY';
SET LOCAL intervalstyle = 'postgres';
SET LOCAL extra_float_digits = 1;
SET LOCAL bytea_output = 'hex';
SET LOCAL quote_all_identifiers = off;
SET LOCAL statement_timeout = 0;
SET LOCAL jit = off;
SET LOCAL max_parallel_workers_per_gather = 0;
SELECT current_setting('server_version_num');";

/// Reads the whole catalog in one read-only REPEATABLE READ transaction of its own; the client must not be inside one.
///
/// # Errors
/// [`IntrospectError`] with the server's words; the transaction is rolled back, nothing was changed.
pub async fn read(client: &Client, options: &ReadOptions) -> Result<Catalog, IntrospectError> {
    let result = read_in_transaction(client, options).await;
    let end = if result.is_ok() { "COMMIT" } else { "ROLLBACK" };
    // A rollback that fails as well would only hide the first error.
    let ended = client.batch_execute(end).await;
    if result.is_ok() {
        ended.map_err(|source| query_error("the end of the snapshot", source))?;
    }
    result
}

async fn read_in_transaction(client: &Client, options: &ReadOptions) -> Result<Catalog, IntrospectError> {
    let begun = client
        .simple_query(BEGIN)
        .await
        .map_err(|source| query_error("the server's version", source))?;
    let version = begun
        .iter()
        .find_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0).and_then(|text| text.parse().ok()),
            _ => None,
        })
        .unwrap_or(0);
    if version < 140_000 {
        return Err(IntrospectError::TooOld { version });
    }
    assemble::assemble(client, version, options)
        .await
        .map_err(|error| error.of_server(version))
}

fn query_error(what: &'static str, source: tokio_postgres::Error) -> IntrospectError {
    let code = source.code().map(tokio_postgres::error::SqlState::code);
    let hint = match code {
        Some("42501") => {
            let words = source
                .as_db_error()
                .map(|error| error.message())
                .unwrap_or_default();
            let table = words.strip_prefix("permission denied for table ");
            &table.map_or_else(
                || "connect as a role that may read pg_catalog; no other right is needed".to_owned(),
                |table| format!("GRANT SELECT ON pg_catalog.{table} to the role, or connect as another one; no other right is needed"),
            )
        }
        Some("XX000") => "an object was dropped while it was being read; run the command again",
        Some(_) => "run the command again; if it fails the same way, this is a bug of schemaplan",
        None => "check that the server is up and can be reached, then run the command again",
    };
    IntrospectError::Query {
        what,
        source,
        hint: hint.to_owned(),
    }
}
