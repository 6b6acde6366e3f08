//! What is asked of a server beside its catalog: roles, tablespaces, names of schemas.

use super::{IntrospectError, query_error};
use tokio_postgres::types::Type;
use tokio_postgres::{Client, SimpleQueryMessage};

/// Those of the names that the server does not have: roles, then tablespaces.
///
/// # Errors
/// The server's words.
pub async fn absent(
    client: &Client,
    roles: &[&str],
    tablespaces: &[&str],
) -> Result<(Vec<String>, Vec<String>), IntrospectError> {
    let of = async |query: &str, names: &[&str]| -> Result<Vec<String>, tokio_postgres::Error> {
        let rows = client.query_typed(query, &[(&names, Type::TEXT_ARRAY)]).await?;
        rows.iter().map(|row| row.try_get(0)).collect()
    };
    let missing = "SELECT n FROM unnest($1::text[]) AS n WHERE NOT EXISTS (SELECT FROM";
    let no_role = format!("{missing} pg_catalog.pg_roles WHERE rolname = n) ORDER BY n");
    let no_space = format!("{missing} pg_catalog.pg_tablespace WHERE spcname = n) ORDER BY n");
    let failed = |source| query_error("the roles and tablespaces", source);
    let absent_roles = of(&no_role, roles).await.map_err(failed)?;
    let absent_spaces = of(&no_space, tablespaces).await.map_err(failed)?;
    Ok((absent_roles, absent_spaces))
}

/// The names of all schemas but the server's own and ours.
///
/// # Errors
/// The server's words.
pub async fn schemas(client: &Client) -> Result<Vec<String>, IntrospectError> {
    let query = "SELECT n.nspname::text FROM pg_catalog.pg_namespace AS n WHERE n.nspname !~ '^pg_' \
         AND n.nspname NOT IN ('information_schema', 'schemaplan', 'schemaplan_archive') ORDER BY 1";
    names(client, query).await
}

/// The first column of what a query of the user's gives, as text. It can only read.
///
/// # Errors
/// The server's words.
pub async fn names(client: &Client, query: &str) -> Result<Vec<String>, IntrospectError> {
    let failed = |source| query_error("the names of schemas", source);
    client.batch_execute("BEGIN READ ONLY").await.map_err(failed)?;
    let found = client.simple_query(query).await;
    client.batch_execute("ROLLBACK").await.map_err(failed)?;
    let rows = found.map_err(failed)?;
    Ok(rows
        .iter()
        .filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        })
        .collect())
}
