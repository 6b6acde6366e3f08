//! Conditions over the catalog that say how far a change has come; none of them raises.

mod settings;
mod types;

pub use settings::has_turned;
pub use types::{attributes, labels, made_of};

use super::{literal, qualified};
use crate::model::{
    Body, Expr, Generated, Grant, Grantee, Ident, MaterializedView, Object, QualifiedName, View,
};

fn regclass(name: &QualifiedName) -> String {
    format!("to_regclass({})", literal(&qualified(name)))
}

/// A relation of that name exists.
pub fn relation(name: &QualifiedName) -> String {
    format!("{} IS NOT NULL", regclass(name))
}

/// No relation but a second name made by a plan bears that name.
pub fn only_second_name(name: &QualifiedName) -> String {
    format!(
        "coalesce(pg_catalog.obj_description({0}, 'pg_class') LIKE 'schemaplan:1 %', {0} IS NULL)",
        regclass(name)
    )
}

/// An extension is in that schema.
pub fn extension_in(name: &Ident, schema: &Ident) -> String {
    format!(
        "EXISTS (SELECT FROM pg_catalog.pg_extension AS e JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace WHERE e.extname = {} AND n.nspname = {})",
        literal(name.as_str()),
        literal(schema.as_str())
    )
}

/// No subscription writes into any of these tables.
pub fn is_no_subscription_target(tables: &[QualifiedName]) -> String {
    let tables: Vec<String> = tables.iter().map(regclass).collect();
    format!(
        "NOT EXISTS (SELECT FROM pg_catalog.pg_subscription_rel AS s WHERE s.srrelid IN ({}))",
        tables.join(", ")
    )
}

/// A column exists.
pub fn column(table: &QualifiedName, name: &Ident) -> String {
    column_where(table, name, "true")
}

/// A column exists and its `pg_attribute` row `a` meets a condition.
pub fn column_where(table: &QualifiedName, name: &Ident, condition: &str) -> String {
    format!(
        "EXISTS (SELECT FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = {} AND a.attname = {} AND NOT a.attisdropped AND {condition})",
        regclass(table),
        literal(name.as_str())
    )
}

/// A column is an identity whose sequence has that name.
pub fn identity_sequence(table: &QualifiedName, name: &Ident, sequence: &QualifiedName) -> String {
    let of_column = format!(
        "a.attidentity <> '' AND EXISTS (SELECT FROM pg_catalog.pg_depend AS d \
         WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = {} \
         AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = a.attrelid AND d.refobjsubid = a.attnum \
         AND d.deptype = 'i')",
        regclass(sequence)
    );
    column_where(table, name, &of_column)
}

/// A relation is there and has that comment, which is a literal or NULL.
pub fn comment(relation: &QualifiedName, said: &str) -> String {
    let class = "'pg_catalog.pg_class'::regclass";
    format!(
        "EXISTS (SELECT FROM pg_catalog.pg_class AS c LEFT JOIN pg_catalog.pg_description AS d ON d.objoid = c.oid AND d.classoid = {class} AND d.objsubid = 0 WHERE c.oid = {} AND d.description IS NOT DISTINCT FROM {said})",
        regclass(relation)
    )
}

/// A column is of that type.
pub fn column_type(table: &QualifiedName, name: &Ident, data_type: &str) -> String {
    column_where(
        table,
        name,
        &format!(
            "pg_catalog.format_type(a.atttypid, a.atttypmod) = {}",
            literal(data_type)
        ),
    )
}

/// A table inherits from another, as what is no partition of it does.
pub fn inherits(table: &QualifiedName, parent: &QualifiedName) -> String {
    format!(
        "EXISTS (SELECT FROM pg_catalog.pg_inherits AS h JOIN pg_catalog.pg_class AS r ON r.oid = h.inhrelid WHERE h.inhrelid = {} AND h.inhparent = {} AND NOT r.relispartition)",
        regclass(table),
        regclass(parent)
    )
}

/// True where the table is OF that type.
pub fn is_of(table: &QualifiedName, of: &str) -> String {
    format!(
        "EXISTS (SELECT FROM pg_catalog.pg_class AS r WHERE r.oid = {} AND r.reloftype = to_regtype({}))",
        regclass(table),
        literal(of)
    )
}

/// A column exists and is no longer of that type.
pub fn column_of_another_type(table: &QualifiedName, name: &Ident, data_type: &str) -> String {
    column_where(
        table,
        name,
        &format!(
            "pg_catalog.format_type(a.atttypid, a.atttypmod) <> {}",
            literal(data_type)
        ),
    )
}

/// A column exists and has that collation.
pub fn column_collation(table: &QualifiedName, name: &Ident, collation: &QualifiedName) -> String {
    column_where(
        table,
        name,
        &format!(
            "a.attcollation = (SELECT l.oid FROM pg_catalog.pg_collation AS l JOIN pg_catalog.pg_namespace AS n ON n.oid = l.collnamespace WHERE n.nspname = {} AND l.collname = {} AND l.collencoding IN (-1, (SELECT encoding FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())))",
            literal(collation.schema.as_str()),
            literal(collation.name.as_str())
        ),
    )
}

/// A constraint of a table exists.
pub fn constraint(table: &QualifiedName, name: &Ident) -> String {
    constraint_where(table, name, "true")
}

/// A constraint of a table exists and its `pg_constraint` row `c` meets a condition.
pub fn constraint_where(table: &QualifiedName, name: &Ident, condition: &str) -> String {
    format!(
        "EXISTS (SELECT FROM pg_catalog.pg_constraint AS c WHERE c.conrelid = {} AND c.conname = {} AND {condition})",
        regclass(table),
        literal(name.as_str())
    )
}

/// A constraint of a table exists with that definition, proven or not.
pub fn constraint_defined(table: &QualifiedName, name: &Ident, definition: &str) -> String {
    let same = format!(
        "replace(pg_catalog.pg_get_constraintdef(c.oid), ' NOT VALID', '') = {}",
        literal(definition)
    );
    constraint_where(table, name, &same)
}

/// A constraint is proven.
pub fn validated(table: &QualifiedName, name: &Ident) -> String {
    constraint_where(table, name, "c.convalidated")
}

/// An index exists and is valid.
pub fn valid_index(name: &QualifiedName) -> String {
    format!(
        "EXISTS (SELECT FROM pg_catalog.pg_index AS i WHERE i.indexrelid = {} AND i.indisvalid AND i.indisready)",
        regclass(name)
    )
}

/// A trigger exists on a table.
pub fn trigger(table: &QualifiedName, name: &str) -> String {
    format!(
        "EXISTS (SELECT FROM pg_catalog.pg_trigger AS t WHERE t.tgrelid = {} AND t.tgname = {})",
        regclass(table),
        literal(name)
    )
}

/// An enum has a label.
pub fn label(enum_type: &QualifiedName, label: &str) -> String {
    format!(
        "EXISTS (SELECT FROM pg_catalog.pg_enum AS e WHERE e.enumtypid = to_regtype({}) AND e.enumlabel = {})",
        literal(&qualified(enum_type)),
        literal(label)
    )
}

/// The total size of a table is at most that many bytes.
pub fn at_most_bytes(table: &QualifiedName, bytes: u64) -> String {
    format!(
        "coalesce(pg_catalog.pg_total_relation_size({}), 0) <= {bytes}",
        regclass(table)
    )
}

/// No row of a table meets a condition. Reads the table; runs before, never under, a strong lock.
pub fn no_row(table: &QualifiedName, condition: &str) -> String {
    format!("NOT EXISTS (SELECT FROM {} WHERE {condition})", qualified(table))
}

/// The negation of a condition.
pub fn not(condition: &str) -> String {
    format!("NOT ({condition})")
}

/// There is a type of that name.
pub fn type_name(name: &QualifiedName) -> String {
    format!("to_regtype({}) IS NOT NULL", literal(&qualified(name)))
}

/// All of several conditions.
pub fn all(conditions: &[String]) -> String {
    match conditions {
        [] => "true".to_owned(),
        [one] => one.clone(),
        several => several
            .iter()
            .map(|each| format!("({each})"))
            .collect::<Vec<_>>()
            .join(" AND "),
    }
}

/// A generated column has that expression and is of that kind.
pub fn column_expression(table: &QualifiedName, name: &Ident, generated: &Generated) -> String {
    let kind = if generated.stored { "s" } else { "v" };
    column_where(
        table,
        name,
        &format!(
            "a.attgenerated = '{kind}' AND EXISTS (SELECT FROM pg_catalog.pg_attrdef AS d WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum AND pg_catalog.pg_get_expr(d.adbin, d.adrelid) = {})",
            literal(generated.expression.as_str())
        ),
    )
}

/// A column is there and has a default.
pub fn has_default(table: &QualifiedName, name: &Ident) -> String {
    column_where(table, name, "a.atthasdef")
}

/// An index is attached to a partitioned index.
pub fn attached(index: &QualifiedName) -> String {
    format!(
        "EXISTS (SELECT FROM pg_catalog.pg_inherits AS h WHERE h.inhrelid = {})",
        regclass(index)
    )
}

/// A table is a partition.
pub fn is_partition(table: &QualifiedName) -> String {
    format!(
        "EXISTS (SELECT FROM pg_catalog.pg_class AS r WHERE r.oid = {} AND r.relispartition)",
        regclass(table)
    )
}

/// A table is a partition of that parent with that bound.
pub fn partition_bound(parent: &QualifiedName, table: &QualifiedName, bound: &str) -> String {
    format!(
        "EXISTS (SELECT FROM pg_catalog.pg_class AS r JOIN pg_catalog.pg_inherits AS h ON h.inhrelid = r.oid WHERE r.oid = {} AND h.inhparent = {} AND r.relispartition AND pg_catalog.pg_get_expr(r.relpartbound, r.oid) = {})",
        regclass(table),
        regclass(parent),
        literal(bound)
    )
}

/// What holds for the new form of an object and not for its former one; none where the server's text does not tell them apart.
pub fn turned_into(old: &Object, new: &Object) -> Option<String> {
    same(new).filter(|condition| same(old).as_ref() != Some(condition))
}

/// The object exists with the definition that the server printed for the desired one; none where the server prints none.
pub fn same(object: &Object) -> Option<String> {
    let id = &object.id;
    let name = regclass(&id.qualified());
    Some(match &object.body {
        // Its text is not what the server would print.
        Body::View(View { rewritten: true, .. })
        | Body::MaterializedView(MaterializedView { rewritten: true, .. }) => return None,
        Body::View(view) => definition(
            &format!("btrim(pg_catalog.pg_get_viewdef({name}), E'; \\n')"),
            &view.definition,
        ),
        Body::MaterializedView(view) => definition(
            &format!("btrim(pg_catalog.pg_get_viewdef({name}), E'; \\n')"),
            &view.definition,
        ),
        Body::Function(function) => {
            // Not `to_regprocedure`: it raises where a type of the arguments bears another name by then.
            let text = format!(
                "(SELECT rtrim(pg_catalog.pg_get_functiondef(p.oid), E' \\n') {})",
                super::exists::routine(id, "'f', 'p', 'w'")
            );
            definition(&text, function.definition.trim_end_matches([' ', '\n']))
        }
        Body::Index(index) => format!(
            "{} AND {}",
            definition(&format!("pg_catalog.pg_get_indexdef({name})"), &index.definition),
            valid_index(&id.qualified())
        ),
        Body::Constraint(constraint) => constraint_where(
            &id.relation(),
            &id.name,
            &format!(
                "replace(pg_catalog.pg_get_constraintdef(c.oid), ' NOT VALID', '') = {} AND c.convalidated = {}",
                literal(&constraint.definition),
                constraint.validated
            ),
        ),
        Body::Trigger(trigger) => format!(
            "EXISTS (SELECT FROM pg_catalog.pg_trigger AS t WHERE t.tgrelid = {} AND t.tgname = {} AND pg_catalog.pg_get_triggerdef(t.oid) = {})",
            regclass(&id.relation()),
            literal(id.name.as_str()),
            literal(&trigger.definition)
        ),
        Body::Rule(rule) => format!(
            "EXISTS (SELECT FROM pg_catalog.pg_rewrite AS r WHERE r.ev_class = {} AND r.rulename = {} AND rtrim(pg_catalog.pg_get_ruledef(r.oid), ';') = {})",
            regclass(&id.relation()),
            literal(id.name.as_str()),
            literal(&rule.definition)
        ),
        Body::ForeignServer(server) => format!(
            "EXISTS (SELECT FROM pg_catalog.pg_foreign_server AS s JOIN pg_catalog.pg_foreign_data_wrapper AS w ON w.oid = s.srvfdw \
             WHERE s.srvname = {} AND w.fdwname = {} AND s.srvtype IS NOT DISTINCT FROM {})",
            literal(id.name.as_str()),
            literal(server.wrapper.as_str()),
            server.server_type.as_deref().map_or("NULL".to_owned(), literal)
        ),
        Body::Policy(policy) => {
            let same = |text: &str, wanted: &Option<Expr>| match wanted {
                Some(wanted) => definition(
                    &format!("pg_catalog.pg_get_expr(p.{text}, p.polrelid)"),
                    wanted.as_str(),
                ),
                None => format!("p.{text} IS NULL"),
            };
            format!(
                "EXISTS (SELECT FROM pg_catalog.pg_policy AS p WHERE p.polrelid = {} AND p.polname = {} AND {} AND {})",
                regclass(&id.relation()),
                literal(id.name.as_str()),
                same("polqual", &policy.using),
                same("polwithcheck", &policy.check)
            )
        }
        _ => return None,
    })
}

fn definition(expression: &str, wanted: &str) -> String {
    format!("coalesce({expression} = {}, false)", literal(wanted))
}

/// A column has exactly these privileges of its own, of those named.
pub fn column_grants(table: &QualifiedName, name: &Ident, held: &[Grant], not_held: &[Grant]) -> String {
    let has = |grant: &Grant| {
        let grantee = match &grant.grantee {
            Grantee::Public => "p.grantee = 0".to_owned(),
            Grantee::Owner => "p.grantee = c.relowner".to_owned(),
            Grantee::Role(role) => format!(
                "pg_catalog.pg_get_userbyid(p.grantee) = {}",
                literal(role.as_str())
            ),
        };
        format!(
            "EXISTS (SELECT FROM pg_catalog.aclexplode(a.attacl) AS p WHERE {grantee} AND p.privilege_type = {} AND p.is_grantable = {})",
            literal(&grant.privilege),
            grant.grantable
        )
    };
    let held = held.iter().map(has);
    let not_held = not_held.iter().map(|grant| format!("NOT {}", has(grant)));
    let all: Vec<String> = held.chain(not_held).collect();
    format!(
        "EXISTS (SELECT FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid \
         WHERE a.attrelid = {} AND a.attname = {} AND NOT a.attisdropped AND {})",
        regclass(table),
        literal(name.as_str()),
        all.join(" AND ")
    )
}
