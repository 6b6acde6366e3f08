//! The questions to the catalog and what is made of each answer, in one list: all are sent before the first answer is read, one
//! round trip however large the schema is, and each answer is taken in while the server works on the next.

use super::fetch::Question;
use super::reader::Reader;
use super::{
    IntrospectError, ReadOptions, cast, collation, column, constraint, default_privileges, depend, extension,
    foreign, index, operator, policy, publication, reader, routine, rule, schema, sequence, size, statistics,
    table, text_search, trigger, types, unmanaged, view, volatile,
};
use crate::model::Catalog;
use std::collections::HashSet;
use std::mem::take;
use tokio_postgres::Client;

/// What is carried from one answer to another.
struct Assembly {
    reader: Reader,
    dependencies: Vec<depend::Row>,
    volatile: HashSet<String>,
    indexes: index::Indexes,
    members: operator::Members,
    unmanaged: Vec<unmanaged::Row>,
}

/// The rows of a file's query as JSON objects.
macro_rules! rows {
    ($file:literal) => {
        concat!("SELECT row_to_json(r) FROM (", include_str!($file), ") AS r")
    };
}

/// Name: row, query, condition, what is read => what is done with the rows.
macro_rules! questions {
    ($version:ident, $options:ident; $($name:ident: $row:ty, $sql:expr $(, if $condition:expr)?, $what:literal => $take:expr;)+) => {
        /// Asks everything at once, and makes a catalog of the answers: names first, then what stands on them, then who uses whom.
        ///
        /// # Errors
        /// The server's words, or a row that does not fit.
        pub(super) async fn assemble(
            client: &Client,
            $version: u32,
            $options: &ReadOptions,
        ) -> Result<Catalog, IntrospectError> {
            $(
                let asked = true $(&& $condition)?;
                let $name: Question<$row> = Question::ask(client, asked.then_some($sql), $what).await?;
            )+
            let mut assembly = Assembly {
                reader: Reader::new($version),
                dependencies: Vec::new(),
                volatile: HashSet::new(),
                indexes: index::Indexes::new(),
                members: operator::Members::default(),
                unmanaged: Vec::new(),
            };
            $(
                let rows = $name.rows().await?;
                let take: fn(&mut Assembly, Vec<$row>) = $take;
                take(&mut assembly, rows);
            )+
            depend::read(&mut assembly.reader, &assembly.dependencies);
            unmanaged::read(&mut assembly.reader, assembly.unmanaged, &assembly.dependencies);
            Ok(assembly.reader.finish())
        }
    };
}

questions! {
    version, options;
    depend: depend::Row, include_str!("depend.sql"), "the dependencies" => |a, rows| {
        depend::members(&mut a.reader, &rows);
        a.dependencies = rows;
    };
    comments: reader::CommentRow, rows!("comment.sql"), "the comments" => |a, rows| a.reader.read_comments(rows);
    schemas: schema::Row, rows!("schema.sql"), "the schemas" => |a, rows| schema::read(&mut a.reader, rows);
    extensions: extension::Row, rows!("extension.sql"), "the extensions" => |a, rows| extension::read(&mut a.reader, rows);
    collations: collation::Row, rows!("collation.sql"), "the collations" => |a, rows| collation::read(&mut a.reader, rows);
    types: types::Row, rows!("types.sql"), "the types" => |a, rows| types::read(&mut a.reader, rows);
    type_aliases: types::AliasRow, rows!("type_alias.sql"), "the row and array types" => |a, rows| types::read_aliases(&mut a.reader, rows);
    tables: table::Row, rows!("table.sql"), "the tables" => |a, rows| table::read(&mut a.reader, rows);
    views: view::Row, rows!("view.sql"), "the views" => |a, rows| view::read(&mut a.reader, rows);
    composites: types::CompositeRow, rows!("composite.sql"), "the composite types" => |a, rows| types::read_composites(&mut a.reader, rows);
    volatile: volatile::Row, rows!("volatile.sql"), "the volatile functions" => |a, rows| a.volatile = volatile::names(rows);
    columns: column::Row, rows!("column.sql"), "the columns" => |a, rows| column::read(&mut a.reader, rows, &a.volatile);
    sequences: sequence::Row, rows!("sequence.sql"), "the sequences" => |a, rows| sequence::read(&mut a.reader, rows);
    indexes: index::Row, rows!("index.sql"), "the indexes" => |a, rows| a.indexes = index::read(&mut a.reader, rows);
    constraints: constraint::Row, rows!("constraint.sql"), "the constraints" => |a, rows| {
        constraint::read(&mut a.reader, rows, &mut a.indexes);
        index::finish(&mut a.reader, take(&mut a.indexes));
    };
    routines: routine::Row, rows!("routine.sql"), "the functions" => |a, rows| routine::read(&mut a.reader, rows);
    triggers: trigger::Row, rows!("trigger.sql"), "the triggers" => |a, rows| trigger::read(&mut a.reader, rows);
    policies: policy::Row, rows!("policy.sql"), "the policies" => |a, rows| policy::read(&mut a.reader, rows);
    rules: rule::Row, rows!("rule.sql"), "the rules" => |a, rows| rule::read(&mut a.reader, rows);
    statistics: statistics::Row, rows!("statistics.sql"), "the extended statistics" => |a, rows| statistics::read(&mut a.reader, rows);
    default_privileges: default_privileges::Row, rows!("default_privileges.sql"), "the default privileges" => |a, rows| default_privileges::read(&mut a.reader, rows);
    languages: cast::LanguageRow, rows!("language.sql"), "the languages" => |a, rows| cast::read_languages(&mut a.reader, rows);
    casts: cast::CastRow, rows!("cast.sql"), "the casts" => |a, rows| cast::read_casts(&mut a.reader, rows);
    conversions: cast::ConversionRow, rows!("conversion.sql"), "the conversions" => |a, rows| cast::read_conversions(&mut a.reader, rows);
    transforms: cast::TransformRow, rows!("transform.sql"), "the transforms" => |a, rows| cast::read_transforms(&mut a.reader, rows);
    access_methods: operator::MethodRow, rows!("access_method.sql"), "the access methods" => |a, rows| operator::read_methods(&mut a.reader, rows);
    operators: operator::Row, rows!("operator.sql"), "the operators" => |a, rows| operator::read(&mut a.reader, rows);
    operator_members: operator::MemberRow, rows!("operator_member.sql"), "the members of operator families" => |a, rows| a.members = operator::Members::read(&mut a.reader, rows);
    operator_families: operator::FamilyRow, rows!("operator_family.sql"), "the operator families" => |a, rows| operator::read_families(&mut a.reader, rows, &mut a.members);
    operator_classes: operator::ClassRow, rows!("operator_class.sql"), "the operator classes" => |a, rows| operator::read_classes(&mut a.reader, rows, &mut a.members);
    text_search_parsers: text_search::ParserRow, rows!("text_search_parser.sql"), "the text search parsers" => |a, rows| text_search::read_parsers(&mut a.reader, rows);
    text_search_templates: text_search::TemplateRow, rows!("text_search_template.sql"), "the text search templates" => |a, rows| text_search::read_templates(&mut a.reader, rows);
    text_search_dictionaries: text_search::DictionaryRow, rows!("text_search_dictionary.sql"), "the text search dictionaries" => |a, rows| text_search::read_dictionaries(&mut a.reader, rows);
    text_search_configurations: text_search::ConfigurationRow, rows!("text_search_configuration.sql"), "the text search configurations" => |a, rows| text_search::read_configurations(&mut a.reader, rows);
    foreign_data_wrappers: foreign::WrapperRow, rows!("foreign_data_wrapper.sql"), "the foreign data wrappers" => |a, rows| foreign::read_wrappers(&mut a.reader, rows);
    foreign_servers: foreign::ServerRow, rows!("foreign_server.sql"), "the foreign servers" => |a, rows| foreign::read_servers(&mut a.reader, rows);
    user_mappings: foreign::MappingRow, rows!("user_mapping.sql"), "the user mappings" => |a, rows| foreign::read_mappings(&mut a.reader, rows);
    publications: publication::Row, rows!("publication.sql"), "the publications" => |a, rows| publication::read(&mut a.reader, rows);
    publication_tables: publication::TableRow, rows!("publication_table.sql"), "the tables of publications" => |a, rows| publication::read_tables(&mut a.reader, rows);
    publication_schemas: publication::SchemaRow, rows!("publication_schema.sql"), if version >= 150_000, "the schemas of publications" => |a, rows| publication::read_schemas(&mut a.reader, rows);
    event_triggers: publication::EventTriggerRow, rows!("event_trigger.sql"), "the event triggers" => |a, rows| publication::read_event_triggers(&mut a.reader, rows);
    unmanaged: unmanaged::Row, rows!("unmanaged.sql"), "the objects of other kinds" => |a, rows| a.unmanaged = rows;
    sizes: size::Row, rows!("size.sql"), if options.sizes, "the sizes of the tables" => |a, rows| size::read(&mut a.reader, rows);
}
