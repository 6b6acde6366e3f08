//! The questions, all sent before the first answer is read: one round trip however large the schema is.

use super::{
    IntrospectError, ReadOptions, cast, collation, column, constraint, default_privileges, depend, extension,
    foreign, index, operator, policy, publication, query_error, reader, routine, rule, schema, sequence,
    size, statistics, table, text_search, trigger, types, unmanaged, view, volatile,
};
use futures_util::StreamExt;
use serde::de::DeserializeOwned;
use std::pin::pin;
use tokio_postgres::{Client, SimpleQueryMessage};

/// The rows of a file's query as JSON objects.
macro_rules! rows {
    ($file:literal) => {
        concat!("SELECT row_to_json(r) FROM (", include_str!($file), ") AS r")
    };
}

macro_rules! questions {
    ($($name:ident: $row:ty, $sql:expr, $what:literal;)+) => {
        /// What the server said.
        pub(super) struct Answers {
            $(pub(super) $name: Vec<$row>,)+
            pub(super) sizes: Vec<size::Row>,
            pub(super) publication_schemas: Vec<publication::SchemaRow>,
        }

        /// Asks everything at once. Each answer is parsed when it is there, while the server works on the next.
        pub(super) async fn fetch_all(
            client: &Client,
            version: u32,
            options: &ReadOptions,
        ) -> Result<Answers, IntrospectError> {
            let sizes = async {
                match options.sizes {
                    true => fetch(client, rows!("size.sql"), "the sizes of the tables").await,
                    false => Ok(Vec::new()),
                }
            };
            let publication_schemas = async {
                match version >= 150_000 {
                    true => fetch(client, rows!("publication_schema.sql"), "the schemas of publications").await,
                    false => Ok(Vec::new()),
                }
            };
            let ($($name,)+ sizes, publication_schemas) =
                tokio::try_join!($(fetch(client, $sql, $what),)+ sizes, publication_schemas)?;
            Ok(Answers { $($name,)+ sizes, publication_schemas })
        }
    };
}

// Sent and answered in this order; what has the longest answer comes first, so that it is parsed meanwhile.
questions! {
    depend: depend::Row, include_str!("depend.sql"), "the dependencies";
    columns: column::Row, rows!("column.sql"), "the columns";
    indexes: index::Row, rows!("index.sql"), "the indexes";
    constraints: constraint::Row, rows!("constraint.sql"), "the constraints";
    views: view::Row, rows!("view.sql"), "the views";
    tables: table::Row, rows!("table.sql"), "the tables";
    sequences: sequence::Row, rows!("sequence.sql"), "the sequences";
    routines: routine::Row, rows!("routine.sql"), "the functions";
    comments: reader::CommentRow, rows!("comment.sql"), "the comments";
    triggers: trigger::Row, rows!("trigger.sql"), "the triggers";
    types: types::Row, rows!("types.sql"), "the types";
    type_aliases: types::AliasRow, rows!("type_alias.sql"), "the row and array types";
    composites: types::CompositeRow, rows!("composite.sql"), "the composite types";
    schemas: schema::Row, rows!("schema.sql"), "the schemas";
    extensions: extension::Row, rows!("extension.sql"), "the extensions";
    collations: collation::Row, rows!("collation.sql"), "the collations";
    policies: policy::Row, rows!("policy.sql"), "the policies";
    rules: rule::Row, rows!("rule.sql"), "the rules";
    statistics: statistics::Row, rows!("statistics.sql"), "the extended statistics";
    default_privileges: default_privileges::Row, rows!("default_privileges.sql"), "the default privileges";
    volatile: volatile::Row, rows!("volatile.sql"), "the volatile functions";
    languages: cast::LanguageRow, rows!("language.sql"), "the languages";
    casts: cast::CastRow, rows!("cast.sql"), "the casts";
    conversions: cast::ConversionRow, rows!("conversion.sql"), "the conversions";
    transforms: cast::TransformRow, rows!("transform.sql"), "the transforms";
    access_methods: operator::MethodRow, rows!("access_method.sql"), "the access methods";
    operators: operator::Row, rows!("operator.sql"), "the operators";
    operator_families: operator::FamilyRow, rows!("operator_family.sql"), "the operator families";
    operator_classes: operator::ClassRow, rows!("operator_class.sql"), "the operator classes";
    operator_members: operator::MemberRow, rows!("operator_member.sql"), "the members of operator families";
    text_search_parsers: text_search::ParserRow, rows!("text_search_parser.sql"), "the text search parsers";
    text_search_templates: text_search::TemplateRow, rows!("text_search_template.sql"), "the text search templates";
    text_search_dictionaries: text_search::DictionaryRow, rows!("text_search_dictionary.sql"), "the text search dictionaries";
    text_search_configurations: text_search::ConfigurationRow, rows!("text_search_configuration.sql"), "the text search configurations";
    foreign_data_wrappers: foreign::WrapperRow, rows!("foreign_data_wrapper.sql"), "the foreign data wrappers";
    foreign_servers: foreign::ServerRow, rows!("foreign_server.sql"), "the foreign servers";
    user_mappings: foreign::MappingRow, rows!("user_mapping.sql"), "the user mappings";
    publications: publication::Row, rows!("publication.sql"), "the publications";
    publication_tables: publication::TableRow, rows!("publication_table.sql"), "the tables of publications";
    event_triggers: publication::EventTriggerRow, rows!("event_trigger.sql"), "the event triggers";
    unmanaged: unmanaged::Row, rows!("unmanaged.sql"), "the objects of other kinds";
}

async fn fetch<T: DeserializeOwned>(
    client: &Client,
    sql: &str,
    what: &'static str,
) -> Result<Vec<T>, IntrospectError> {
    let messages = client
        .simple_query_raw(sql)
        .await
        .map_err(|source| query_error(what, source))?;
    let mut messages = pin!(messages);
    let mut rows = Vec::new();
    // One at a time: as text the answers of a large schema are larger than what is made of them.
    while let Some(message) = messages.next().await {
        let SimpleQueryMessage::Row(row) = message.map_err(|source| query_error(what, source))? else {
            continue;
        };
        let row = serde_json::from_str(row.get(0).unwrap_or_default());
        rows.push(row.map_err(|source| unreadable(what, source))?);
    }
    Ok(rows)
}

fn unreadable(what: &'static str, source: serde_json::Error) -> IntrospectError {
    IntrospectError::Row {
        what,
        source,
        hint: "an object may have been dropped while it was being read: run the command again; \
               if it fails the same way, this is a bug of schemaplan"
            .to_owned(),
    }
}
