//! Conditions over the catalog that are true while an object exists. They read `pg_catalog` alone and never raise, also
//! where the schema or the table is missing.

use super::literal;
use crate::model::{Kind, ObjectId};

const CLASS: &str = "FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace";
const TYPE: &str = "FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace";

/// A boolean expression that is true while the object exists.
///
/// Routines are found by the text of their argument types, which the server prints with schema only where the path
/// does not hold it: the session has an empty `search_path`, as every session of ours does.
pub fn exists(id: &ObjectId) -> String {
    let schema = literal(id.schema.as_str());
    let of = literal(id.of.as_str());
    let name = literal(id.name.as_str());
    let class = |kinds: &str| {
        format!("{CLASS} WHERE n.nspname = {schema} AND c.relname = {name} AND c.relkind IN ({kinds})")
    };
    let types = |kind: &str| {
        format!("{TYPE} WHERE n.nspname = {schema} AND t.typname = {name} AND t.typtype = '{kind}'")
    };
    let part = |join: &str, condition: &str| {
        format!("{CLASS} {join} WHERE n.nspname = {schema} AND c.relname = {of} AND {condition} = {name}")
    };
    let rows = match id.kind {
        Kind::Schema => format!("FROM pg_catalog.pg_namespace WHERE nspname = {name}"),
        Kind::Extension => format!("FROM pg_catalog.pg_extension WHERE extname = {name}"),
        Kind::Collation => format!(
            "FROM pg_catalog.pg_collation c JOIN pg_catalog.pg_namespace n ON n.oid = c.collnamespace \
             WHERE n.nspname = {schema} AND c.collname = {name}"
        ),
        Kind::EnumType => types("e"),
        Kind::Domain => types("d"),
        Kind::RangeType => types("r"),
        Kind::CompositeType => class("'c'"),
        // The sequence behind an identity is a part of its column, and may bear the name of one that is gone.
        Kind::Sequence => format!(
            "{} AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::regclass \
             AND d.objid = c.oid AND d.deptype = 'i')",
            class("'S'")
        ),
        Kind::Table => class("'r', 'p', 'f'"),
        Kind::View => class("'v'"),
        Kind::MaterializedView => class("'m'"),
        // That of a key is a part of it, and may bear the name of one that is gone.
        Kind::Index => format!(
            "{} AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = c.oid AND k.contype IN ('p', 'u', 'x'))",
            class("'i', 'I'")
        ),
        Kind::DomainConstraint => format!(
            "{TYPE} JOIN pg_catalog.pg_constraint k ON k.contypid = t.oid \
             WHERE n.nspname = {schema} AND t.typname = {of} AND k.conname = {name}"
        ),
        Kind::Column => part(
            "JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped",
            "a.attname",
        ),
        Kind::Constraint => part(
            "JOIN pg_catalog.pg_constraint k ON k.conrelid = c.oid",
            "k.conname",
        ),
        Kind::Trigger => part(
            "JOIN pg_catalog.pg_trigger g ON g.tgrelid = c.oid AND NOT g.tgisinternal AND g.tgparentid = 0",
            "g.tgname",
        ),
        Kind::Policy => part("JOIN pg_catalog.pg_policy y ON y.polrelid = c.oid", "y.polname"),
        Kind::Rule => part("JOIN pg_catalog.pg_rewrite r ON r.ev_class = c.oid", "r.rulename"),
        Kind::Statistics => format!(
            "FROM pg_catalog.pg_statistic_ext s JOIN pg_catalog.pg_namespace n ON n.oid = s.stxnamespace \
             WHERE n.nspname = {schema} AND s.stxname = {name}"
        ),
        Kind::Function => routine(id, "'f', 'p', 'w'"),
        Kind::Aggregate => routine(id, "'a'"),
        Kind::DefaultPrivileges => format!(
            "FROM pg_catalog.pg_default_acl d JOIN pg_catalog.pg_roles r ON r.oid = d.defaclrole \
             LEFT JOIN pg_catalog.pg_namespace n ON n.oid = d.defaclnamespace \
             WHERE r.rolname = {name} AND coalesce(n.nspname, '') = {schema} AND d.defaclobjtype = {}",
            literal(&id.args)
        ),
        _ => super::exists_rare::rows(id)
            .unwrap_or_else(|| unreachable!("{} is a kind without a place", id.kind)),
    };
    format!("EXISTS (SELECT 1 {rows})")
}

/// A routine, a type, or what one builds on outside of the schemas, as the catalog has it.
#[derive(Debug)]
pub struct Owned {
    /// FROM and WHERE, with one row at the most.
    pub rows: String,
    /// The expression for its name.
    pub name: &'static str,
    /// The expression for its owner.
    pub owner: &'static str,
    /// The expression for what was granted on it.
    pub acl: &'static str,
    /// True where the role may build upon it.
    pub may_use: &'static str,
    /// The statement that lets a role do that, without the names.
    pub grant: &'static str,
}

/// Where the owner of a routine, a type, a language, a foreign server or a wrapper is found; none for other kinds.
pub fn owned(id: &ObjectId) -> Option<Owned> {
    let kind = match id.kind {
        Kind::Function | Kind::Aggregate => {
            let kinds = if id.kind == Kind::Function {
                "'f', 'p', 'w'"
            } else {
                "'a'"
            };
            return Some(Owned {
                rows: routine(id, kinds),
                name: "p.oid::pg_catalog.regprocedure",
                owner: "p.proowner",
                acl: "p.proacl",
                may_use: "pg_catalog.has_function_privilege(p.oid, 'EXECUTE')",
                grant: "EXECUTE ON ROUTINE",
            });
        }
        Kind::EnumType => 'e',
        Kind::Domain => 'd',
        Kind::RangeType => 'r',
        Kind::CompositeType => 'c',
        Kind::Language | Kind::ForeignServer | Kind::ForeignDataWrapper => return outside(id),
        _ => return None,
    };
    Some(Owned {
        rows: format!(
            "{TYPE} WHERE n.nspname = {} AND t.typname = {} AND t.typtype = '{kind}'",
            literal(id.schema.as_str()),
            literal(id.name.as_str())
        ),
        name: "t.oid::pg_catalog.regtype",
        owner: "t.typowner",
        acl: "t.typacl",
        may_use: "pg_catalog.has_type_privilege(t.oid, 'USAGE')",
        grant: "USAGE ON TYPE",
    })
}

/// The same for what is in no schema.
fn outside(id: &ObjectId) -> Option<Owned> {
    let (name, owner, acl, may_use, grant) = match id.kind {
        Kind::Language => (
            "pg_catalog.quote_ident(lanname)",
            "lanowner",
            "lanacl",
            "pg_catalog.has_language_privilege(lanname, 'USAGE')",
            "USAGE ON LANGUAGE",
        ),
        Kind::ForeignServer => (
            "pg_catalog.quote_ident(srvname)",
            "srvowner",
            "srvacl",
            "pg_catalog.has_server_privilege(srvname, 'USAGE')",
            "USAGE ON FOREIGN SERVER",
        ),
        Kind::ForeignDataWrapper => (
            "pg_catalog.quote_ident(fdwname)",
            "fdwowner",
            "fdwacl",
            "pg_catalog.has_foreign_data_wrapper_privilege(fdwname, 'USAGE')",
            "USAGE ON FOREIGN DATA WRAPPER",
        ),
        _ => return None,
    };
    Some(Owned {
        rows: super::exists_rare::rows(id)?,
        name,
        owner,
        acl,
        may_use,
        grant,
    })
}

/// The row `p` of a routine of one of these kinds.
pub(super) fn routine(id: &ObjectId, kinds: &str) -> String {
    format!(
        "FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace \
         WHERE n.nspname = {} AND p.proname = {} AND p.prokind IN ({kinds}) \
         AND pg_catalog.oidvectortypes(p.proargtypes) = {}",
        literal(id.schema.as_str()),
        literal(id.name.as_str()),
        literal(&id.args)
    )
}
