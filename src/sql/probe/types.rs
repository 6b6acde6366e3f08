//! Conditions over types.

use crate::model::{Body, CompositeType, Object, QualifiedName, RangeType};
use crate::sql::{literal, qualified};

/// A composite type has exactly these attributes in this order, or a domain this base; none for other kinds.
pub fn made_of(object: &Object) -> Option<String> {
    let name = literal(&qualified(&object.id.qualified()));
    // What stands in parentheses behind a type's name is no part of its oid.
    let modifier = |data_type: &str| {
        let open = data_type.find('(')?;
        Some(data_type[open..=data_type.rfind(')')?].to_owned())
    };
    let form = |data_type: &str| {
        let modifier = modifier(data_type).unwrap_or_default();
        format!(
            "to_regtype({})::oid::text || {}",
            literal(data_type),
            literal(&modifier)
        )
    };
    let has = |oid: &str, modifier: &str| {
        format!(
            "{oid}::text || coalesce(substring(pg_catalog.format_type({oid}, {modifier}) from '\\(.*\\)'), '')"
        )
    };
    match &object.body {
        Body::CompositeType(composite) => {
            let list = composite.attributes.iter();
            let list = list.map(|each| {
                format!(
                    "{} || ' ' || {}",
                    literal(each.name.as_str()),
                    form(each.data_type.as_str())
                )
            });
            let list: Vec<String> = list.collect();
            Some(format!(
                "to_regtype({name}) IS NOT NULL AND ARRAY(SELECT a.attname || ' ' || {} FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_type AS t ON t.typrelid = a.attrelid WHERE t.oid = to_regtype({name}) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum) = ARRAY[{}]::text[]",
                has("a.atttypid", "a.atttypmod"),
                list.join(", ")
            ))
        }
        Body::Domain(domain) => Some(format!(
            "EXISTS (SELECT FROM pg_catalog.pg_type AS t WHERE t.oid = to_regtype({name}) AND {} = {})",
            has("t.typbasetype", "t.typtypmod"),
            form(domain.base.as_str())
        )),
        Body::RangeType(range) => Some(range_made_of(&name, range)),
        _ => None,
    }
}

/// A range type, given by a literal of its name, is over this subtype and uses these.
fn range_made_of(name: &str, range: &RangeType) -> String {
    let is = |table: &str, short: &str, oid: &str, what: &QualifiedName| {
        format!(
            "EXISTS (SELECT FROM pg_catalog.{table} AS x JOIN pg_catalog.pg_namespace AS n ON n.oid = x.{short}namespace \
             WHERE x.oid = r.{oid} AND n.nspname = {} AND x.{short}name = {})",
            literal(what.schema.as_str()),
            literal(what.name.as_str())
        )
    };
    let function = |oid: &str, what: &Option<QualifiedName>| match what {
        Some(what) => is("pg_proc", "pro", oid, what),
        None => format!("r.{oid}::oid = 0"),
    };
    let opclass = match &range.opclass {
        Some(opclass) => is("pg_opclass", "opc", "rngsubopc", opclass),
        None => "(SELECT o.opcdefault FROM pg_catalog.pg_opclass AS o WHERE o.oid = r.rngsubopc)".to_owned(),
    };
    let collation = match &range.collation {
        Some(collation) => is("pg_collation", "coll", "rngcollation", collation),
        None => {
            "r.rngcollation = (SELECT t.typcollation FROM pg_catalog.pg_type AS t WHERE t.oid = r.rngsubtype)"
                .to_owned()
        }
    };
    let uses = [
        format!("r.rngsubtype = to_regtype({})", literal(range.subtype.as_str())),
        opclass,
        collation,
        function("rngcanonical", &range.canonical),
        function("rngsubdiff", &range.subtype_diff),
        format!(
            "r.rngmultitypid = to_regtype({})",
            literal(&qualified(&range.multirange))
        ),
    ];
    format!(
        "EXISTS (SELECT FROM pg_catalog.pg_range AS r WHERE r.rngtypid = to_regtype({name}) AND {})",
        uses.join(" AND ")
    )
}

/// A composite type has exactly attributes of these names in this order.
pub fn attributes(name: &QualifiedName, composite: &CompositeType) -> String {
    let names = composite
        .attributes
        .iter()
        .map(|each| literal(each.name.as_str()));
    format!(
        "ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_type AS t ON t.typrelid = a.attrelid WHERE t.oid = to_regtype({}) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum) = ARRAY[{}]::text[]",
        literal(&qualified(name)),
        names.collect::<Vec<_>>().join(", ")
    )
}

/// An enum has exactly these labels in this order.
pub fn labels(enum_type: &QualifiedName, labels: &[String]) -> String {
    let list: Vec<String> = labels.iter().map(|label| literal(label)).collect();
    format!(
        "to_regtype({0}) IS NOT NULL AND ARRAY(SELECT e.enumlabel::text FROM pg_catalog.pg_enum AS e WHERE e.enumtypid = to_regtype({0}) ORDER BY e.enumsortorder) = ARRAY[{1}]::text[]",
        literal(&qualified(enum_type)),
        list.join(", ")
    )
}
