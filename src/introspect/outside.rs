//! Roles and tablespaces of the server.

use super::{IntrospectError, query_error};
use tokio_postgres::Client;

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
        let rows = client.query(query, &[&names]).await?;
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
