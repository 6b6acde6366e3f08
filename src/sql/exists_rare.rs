//! Where the catalog keeps objects of the rare kinds.

use super::literal;
use crate::model::{Kind, ObjectId};

/// `FROM …` that gives a row while the object exists; none for the kinds of [`super::exists`].
pub(super) fn rows(id: &ObjectId) -> Option<String> {
    let schema = literal(id.schema.as_str());
    let of = literal(id.of.as_str());
    let name = literal(id.name.as_str());
    let args = literal(&id.args);
    let alone = |table: &str, column: &str| format!("FROM pg_catalog.{table} WHERE {column} = {name}");
    let placed = |table: &str, prefix: &str, short: &str| {
        format!(
            "FROM pg_catalog.{table} x JOIN pg_catalog.pg_namespace n ON n.oid = x.{prefix}namespace \
             WHERE n.nspname = {schema} AND x.{short}name = {name}"
        )
    };
    let of_method = |table: &str, prefix: &str| {
        format!(
            "FROM pg_catalog.{table} x JOIN pg_catalog.pg_namespace n ON n.oid = x.{prefix}namespace \
             JOIN pg_catalog.pg_am a ON a.oid = x.{prefix}method \
             WHERE n.nspname = {schema} AND x.{prefix}name = {name} AND a.amname = {args}"
        )
    };
    Some(match id.kind {
        Kind::Language => alone("pg_language", "lanname"),
        Kind::AccessMethod => alone("pg_am", "amname"),
        Kind::ForeignDataWrapper => alone("pg_foreign_data_wrapper", "fdwname"),
        Kind::ForeignServer => alone("pg_foreign_server", "srvname"),
        Kind::Publication => alone("pg_publication", "pubname"),
        Kind::EventTrigger => alone("pg_event_trigger", "evtname"),
        Kind::Cast => format!(
            "FROM pg_catalog.pg_cast c WHERE pg_catalog.format_type(c.castsource, NULL) = {name} \
             AND pg_catalog.format_type(c.casttarget, NULL) = {args}"
        ),
        Kind::Operator => format!(
            "FROM pg_catalog.pg_operator o JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace \
             WHERE n.nspname = {schema} AND o.oprname = {name} AND o.oprcode <> 0 \
             AND pg_catalog.concat(CASE WHEN o.oprleft = 0 THEN 'NONE' ELSE pg_catalog.format_type(o.oprleft, NULL) END, ', ', \
             CASE WHEN o.oprright = 0 THEN 'NONE' ELSE pg_catalog.format_type(o.oprright, NULL) END) = {args}"
        ),
        Kind::OperatorClass => of_method("pg_opclass", "opc"),
        Kind::OperatorFamily => of_method("pg_opfamily", "opf"),
        Kind::Conversion => placed("pg_conversion", "con", "con"),
        Kind::TextSearchParser => placed("pg_ts_parser", "prs", "prs"),
        Kind::TextSearchTemplate => placed("pg_ts_template", "tmpl", "tmpl"),
        Kind::TextSearchDictionary => placed("pg_ts_dict", "dict", "dict"),
        Kind::TextSearchConfiguration => placed("pg_ts_config", "cfg", "cfg"),
        Kind::Transform => format!(
            "FROM pg_catalog.pg_transform t JOIN pg_catalog.pg_language l ON l.oid = t.trflang \
             WHERE pg_catalog.format_type(t.trftype, NULL) = {name} AND l.lanname = {args}"
        ),
        Kind::UserMapping => format!(
            "FROM pg_catalog.pg_user_mappings m WHERE m.srvname = {args} \
             AND CASE WHEN m.umuser = 0 THEN 'public' ELSE m.usename END = {name}"
        ),
        Kind::PublicationTable => format!(
            "FROM pg_catalog.pg_publication_rel x JOIN pg_catalog.pg_publication p ON p.oid = x.prpubid \
             JOIN pg_catalog.pg_class c ON c.oid = x.prrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             WHERE n.nspname = {schema} AND c.relname = {of} AND p.pubname = {name}"
        ),
        Kind::PublicationSchema => format!(
            "FROM pg_catalog.pg_publication_namespace x JOIN pg_catalog.pg_publication p ON p.oid = x.pnpubid \
             JOIN pg_catalog.pg_namespace n ON n.oid = x.pnnspid WHERE n.nspname = {args} AND p.pubname = {name}"
        ),
        _ => return None,
    })
}
