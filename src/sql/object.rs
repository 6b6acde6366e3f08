//! Whole objects: one door for every kind.

use super::{Stmt, emulated::Emulated, ident, qualified};
use super::{
    attached, cast, column, comment, constraint, foreign, grant, index, namespace, operator, publication,
    routine, sequence, table, text_search, types, view,
};
use crate::model::{Body, Catalog, Ident, Object};

/// The statements that make the object, complete with comment, and with owner and privileges where the files declare
/// them. A table brings its columns; constraints, indexes and everything else that stands on it are objects of their own.
///
/// Left out, because the other side has to be there first: the owner of a sequence ([`super::sequence_owned_by`]).
/// What comes with a parent (an inherited column or constraint) is not made again; only its comment and grants are.
pub fn create(object: &Object, catalog: &Catalog) -> Vec<Stmt> {
    let mut statements = match &object.body {
        Body::Schema(_) => namespace::create_schema(object),
        Body::Extension(body) => namespace::create_extension(object, body),
        Body::Collation(body) => namespace::create_collation(object, body),
        Body::EnumType(body) => types::create_enum(object, body),
        Body::Domain(body) => types::create_domain(object, body),
        Body::DomainConstraint(body) => types::create_domain_constraint(object, body),
        Body::CompositeType(body) => types::create_composite(object, body),
        Body::RangeType(body) => types::create_range(object, body),
        Body::Sequence(body) => sequence::create(object, body),
        Body::Table(body) => table::create(object, body, catalog),
        Body::Column(body) => column::create(object, body),
        Body::Constraint(body) => constraint::create(object, body, catalog),
        Body::Index(body) => index::create(object, body, catalog),
        Body::View(body) => view::create_view(object, body),
        Body::MaterializedView(body) => view::create_materialized(object, body),
        Body::Function(body) => routine::create_function(body),
        Body::Aggregate(body) => routine::create_aggregate(object, body),
        Body::Trigger(body) => attached::create_trigger(object, body),
        Body::Policy(body) => attached::create_policy(object, body),
        Body::Rule(body) => attached::create_rule(object, body),
        Body::Statistics(body) => attached::create_statistics(object, body),
        Body::DefaultPrivileges(body) => grant::create_default_privileges(object, body, catalog.major()),
        Body::Language(body) => cast::create_language(object, body),
        Body::AccessMethod(body) => operator::create_access_method(object, body),
        Body::Cast(body) => cast::create_cast(object, body),
        Body::Operator(body) => operator::create_operator(object, body),
        Body::OperatorFamily(body) => operator::create_family(object, body),
        Body::OperatorClass(body) => operator::create_class(object, body),
        Body::Conversion(body) => cast::create_conversion(object, body),
        Body::Transform(body) => cast::create_transform(object, body),
        Body::TextSearchParser(body) => text_search::create_parser(object, body),
        Body::TextSearchTemplate(body) => text_search::create_template(object, body),
        Body::TextSearchDictionary(body) => text_search::create_dictionary(object, body),
        Body::TextSearchConfiguration(body) => text_search::create_configuration(object, body),
        Body::ForeignDataWrapper(body) => foreign::create_wrapper(object, body),
        Body::ForeignServer(body) => foreign::create_server(object, body),
        Body::UserMapping(body) => foreign::create_mapping(object, body),
        Body::Publication(body) => publication::create_publication(object, body),
        Body::PublicationTable(body) => publication::add_table(object, body),
        Body::PublicationSchema(_) => publication::add_schema(object),
        Body::EventTrigger(body) => publication::create_event_trigger(object, body),
    };
    statements.extend(around(object, catalog));
    statements
}

/// What [`create`] says behind the object itself: its comment, its owner and privileges where the files declare them.
pub fn around(object: &Object, catalog: &Catalog) -> Vec<Stmt> {
    let mut statements = comment::comments(object);
    if object.owner_declared
        && let Some(owner) = &object.owner
    {
        statements.extend(comment::owner(object, owner));
    }
    statements.extend(grant::fresh(object, catalog));
    statements.extend(grant::of_columns(object, catalog));
    statements
}

/// The statement that removes the object: never CASCADE, no IF EXISTS.
///
/// Default privileges of a role without a schema cannot go back to the built-in ones in one statement; use
/// [`super::grants`] with the built-in ones as goal for those.
pub fn drop(object: &Object) -> Stmt {
    let id = &object.id;
    let part = ident(&id.name);
    let on = qualified(&id.relation());
    if let Body::Column(body) = &object.body
        && let Some(emulated) = Emulated::of(&id.relation(), &id.name, body)
    {
        return emulated.drop_with_column();
    }
    Stmt::new(match &object.body {
        Body::Column(_) => format!("ALTER {} {on} DROP COLUMN {part}", relation_word(object)),
        Body::Constraint(_) => format!("ALTER TABLE {on} DROP CONSTRAINT {part}"),
        Body::DomainConstraint(_) => format!("ALTER DOMAIN {on} DROP CONSTRAINT {part}"),
        Body::DefaultPrivileges(body) => grant::drop_default_privileges(object, body),
        Body::PublicationTable(_) => publication::drop_table(object),
        Body::PublicationSchema(_) => publication::drop_schema(object),
        _ => format!("DROP {}", address(object)),
    })
}

/// The same of a constraint, an index or statistics that may be gone already.
pub fn drop_if_there(object: &Object) -> Stmt {
    let id = &object.id;
    match &object.body {
        Body::Constraint(_) => Stmt::new(format!(
            "ALTER TABLE {} DROP CONSTRAINT IF EXISTS {}",
            qualified(&id.relation()),
            ident(&id.name)
        )),
        Body::Index(_) => Stmt::new(format!("DROP INDEX IF EXISTS {}", qualified(&id.qualified()))),
        Body::Statistics(_) => Stmt::new(format!(
            "DROP STATISTICS IF EXISTS {}",
            qualified(&id.qualified())
        )),
        _ => drop(object),
    }
}

/// What COMMENT ON, DROP and ALTER call the object: `TABLE public.t`, `CONSTRAINT c ON public.t`,
/// `PROCEDURE public.p(integer)`. Default privileges and what is published have no such name; theirs is empty.
pub fn address(object: &Object) -> String {
    let id = &object.id;
    let name = qualified(&id.qualified());
    let part = ident(&id.name);
    let on = qualified(&id.relation());
    match &object.body {
        Body::Schema(_) => format!("SCHEMA {part}"),
        Body::Extension(_) => format!("EXTENSION {part}"),
        Body::Collation(_) => format!("COLLATION {name}"),
        Body::EnumType(_) | Body::CompositeType(_) | Body::RangeType(_) => format!("TYPE {name}"),
        Body::Domain(_) => format!("DOMAIN {name}"),
        Body::DomainConstraint(_) => format!("CONSTRAINT {part} ON DOMAIN {on}"),
        Body::Sequence(_) => format!("SEQUENCE {name}"),
        Body::Table(_) => format!("{} {name}", relation_word(object)),
        Body::Column(_) => format!("COLUMN {on}.{part}"),
        Body::Constraint(_) => format!("CONSTRAINT {part} ON {on}"),
        Body::Index(_) => format!("INDEX {name}"),
        Body::View(_) => format!("VIEW {name}"),
        Body::MaterializedView(_) => format!("MATERIALIZED VIEW {name}"),
        Body::Function(body) => {
            format!(
                "{} {name}({})",
                routine::word(body),
                routine::signature(object, body)
            )
        }
        Body::Aggregate(body) => format!("AGGREGATE {name}({})", routine::aggregate_signature(body)),
        Body::Trigger(_) => format!("TRIGGER {part} ON {on}"),
        Body::Policy(_) => format!("POLICY {part} ON {on}"),
        Body::Rule(_) => format!("RULE {part} ON {on}"),
        Body::Statistics(_) => format!("STATISTICS {name}"),
        Body::DefaultPrivileges(_) | Body::PublicationTable(_) | Body::PublicationSchema(_) => String::new(),
        Body::Cast(_) => cast::cast_address(object),
        Body::Operator(_) => operator::operator_address(object),
        Body::OperatorClass(_) => format!("OPERATOR CLASS {}", operator::with_method(object)),
        Body::OperatorFamily(_) => format!("OPERATOR FAMILY {}", operator::with_method(object)),
        Body::Transform(_) => cast::transform_address(object),
        Body::UserMapping(_) => foreign::mapping_address(object),
        Body::ForeignServer(_) => format!("SERVER {part}"),
        Body::Conversion(_) => format!("CONVERSION {name}"),
        Body::TextSearchParser(_) => format!("TEXT SEARCH PARSER {name}"),
        Body::TextSearchTemplate(_) => format!("TEXT SEARCH TEMPLATE {name}"),
        Body::TextSearchDictionary(_) => format!("TEXT SEARCH DICTIONARY {name}"),
        Body::TextSearchConfiguration(_) => format!("TEXT SEARCH CONFIGURATION {name}"),
        Body::Language(_) => format!("LANGUAGE {part}"),
        Body::AccessMethod(_) => format!("ACCESS METHOD {part}"),
        Body::ForeignDataWrapper(_) => format!("FOREIGN DATA WRAPPER {part}"),
        Body::Publication(_) => format!("PUBLICATION {part}"),
        Body::EventTrigger(_) => format!("EVENT TRIGGER {part}"),
    }
}

/// `ALTER … RENAME TO name`.
pub fn rename(object: &Object, name: &Ident) -> Stmt {
    Stmt::new(format!("ALTER {} RENAME TO {}", address(object), ident(name)))
}

/// `ALTER … SET SCHEMA schema`.
pub fn set_schema(object: &Object, schema: &Ident) -> Stmt {
    Stmt::new(format!("ALTER {} SET SCHEMA {}", address(object), ident(schema)))
}

/// `TABLE` or `FOREIGN TABLE`.
pub(crate) fn relation_word(object: &Object) -> &'static str {
    match &object.body {
        Body::Table(body) if body.foreign.is_some() => "FOREIGN TABLE",
        _ => "TABLE",
    }
}
