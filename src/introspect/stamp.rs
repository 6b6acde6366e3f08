//! A stamp of a database's catalog: where two are equal, nothing was changed in between.
//!
//! Every row version of a catalog is known by its place and by the transaction that made it, so hashing both is enough, and far
//! quicker than reading what the rows say. That holds for one run of one server: another run, or another two thousand million
//! transactions, give another stamp. What the server writes in place (statistics of VACUUM, hints) does not change it, and is
//! nothing that the reader reads.

use super::{IntrospectError, query_error};
use tokio_postgres::{Client, SimpleQueryMessage};

/// What the reader reads, and what the definitions that the server prints depend on.
const CATALOGS: [&str; 51] = [
    "pg_aggregate",
    "pg_am",
    "pg_amop",
    "pg_amproc",
    "pg_attrdef",
    "pg_attribute",
    "pg_auth_members",
    "pg_cast",
    "pg_class",
    "pg_collation",
    "pg_constraint",
    "pg_conversion",
    "pg_db_role_setting",
    "pg_default_acl",
    "pg_depend",
    "pg_description",
    "pg_enum",
    "pg_event_trigger",
    "pg_extension",
    "pg_foreign_data_wrapper",
    "pg_foreign_server",
    "pg_foreign_table",
    "pg_index",
    "pg_inherits",
    "pg_init_privs",
    "pg_language",
    "pg_namespace",
    "pg_opclass",
    "pg_operator",
    "pg_opfamily",
    "pg_partitioned_table",
    "pg_policy",
    "pg_proc",
    "pg_publication",
    "pg_publication_rel",
    "pg_range",
    "pg_rewrite",
    "pg_seclabel",
    "pg_sequence",
    "pg_shdescription",
    "pg_shseclabel",
    "pg_statistic_ext",
    "pg_tablespace",
    "pg_transform",
    "pg_trigger",
    "pg_ts_config",
    "pg_ts_config_map",
    "pg_ts_dict",
    "pg_ts_parser",
    "pg_ts_template",
    "pg_type",
];

/// Of those that not everybody may read whole, what everybody may.
const SHOWN: [&str; 4] = [
    "(SELECT hashtextextended(ROW(r.oid, r.rolname, r.rolsuper)::text, 0) AS h FROM pg_catalog.pg_roles AS r) AS h",
    "(SELECT hashtextextended(m::text, 0) AS h FROM pg_catalog.pg_user_mappings AS m) AS h",
    "(SELECT hashtextextended(ROW(s.oid, s.subdbid, s.subname, s.subowner)::text, 0) AS h FROM pg_catalog.pg_subscription AS s) AS h",
    "(SELECT hashtextextended(ROW(d.oid, d.datname, d.datdba, d.datacl)::text, 0) AS h FROM pg_catalog.pg_database AS d
       WHERE d.datname = current_database()) AS h",
];

/// The stamp as it is now; one round trip, whose time grows with the catalog's rows and is a small part of reading them.
///
/// # Errors
/// The server's words, as for a role that may not read a catalog.
pub async fn stamp(client: &Client, major: u32) -> Result<String, IntrospectError> {
    let what = "the stamp of the catalog";
    let answer = client.simple_query(&query(major)).await;
    let mut stamp = String::new();
    for message in answer.map_err(|source| query_error(what, source))? {
        if let SimpleQueryMessage::Row(row) = message {
            stamp.push_str(row.get(0).unwrap_or_default());
            stamp.push('\n');
        }
    }
    Ok(stamp)
}

fn query(major: u32) -> String {
    // A sum, because the rows come in whatever order.
    let since_15 = ["pg_publication_namespace"].into_iter().filter(|_| major >= 15);
    let versions = CATALOGS.into_iter().chain(since_15).map(|catalog| {
        format!(
            "SELECT concat_ws(' ', '{catalog}', count(*), sum(hash_record_extended(ROW(ctid, xmin), 0))) FROM pg_catalog.{catalog}"
        )
    });
    let shown = SHOWN
        .into_iter()
        .map(|rows| format!("SELECT concat_ws(' ', count(*), sum(h.h)) FROM {rows}"));
    let parts: Vec<String> = versions.chain(shown).collect();
    format!(
        "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY;
         SET LOCAL search_path = '';
         SET LOCAL jit = off;
         SET LOCAL statement_timeout = 0;
         SELECT concat_ws(' ', current_setting('server_version_num'), extract(epoch FROM pg_postmaster_start_time()),
                          d.oid, current_user,
                          div(pg_snapshot_xmax(pg_current_snapshot())::text::numeric, 2147483648))
           FROM pg_catalog.pg_database AS d WHERE d.datname = current_database();
         {};
         COMMIT",
        parts.join("\nUNION ALL ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_catalog_that_is_read_is_in_the_stamp() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/introspect");
        let query = query(18);
        let mut read = 0;
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|extension| extension != "sql") {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let words: Vec<&str> = text.split_whitespace().collect();
            for pair in words.windows(2) {
                let is_source = ["FROM", "JOIN"].iter().any(|word| pair[0].ends_with(word));
                let name = pair[1].trim_end_matches([',', ')']);
                if is_source && name.starts_with("pg_") && !name.contains('(') {
                    read += 1;
                    assert!(
                        query.contains(&format!("pg_catalog.{name} "))
                            || query.contains(&format!("pg_catalog.{name}\n")),
                        "{name} of {}",
                        path.display()
                    );
                }
            }
        }
        assert!(read > 80, "{read}");
    }
}
