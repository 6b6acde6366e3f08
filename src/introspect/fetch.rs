//! The questions, all sent before the first answer is read: one round trip however large the schema is.

use super::{IntrospectError, ReadOptions, query_error};
use futures_util::future::try_join_all;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use tokio_postgres::{Client, SimpleQueryMessage};

macro_rules! questions {
    ($($question:ident $file:literal $what:literal;)+) => {
        /// One query of the reader.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub(super) enum Question { $($question,)+ }

        impl Question {
            const ALL: &'static [Question] = &[$(Question::$question,)+];

            /// What it reads, for messages.
            pub(super) fn what(self) -> &'static str {
                match self { $(Question::$question => $what,)+ }
            }

            fn sql(self) -> &'static str {
                match self { $(Question::$question => include_str!($file),)+ }
            }
        }
    };
}

// Sent in this order, and answered in it: what takes the server longest comes last, so that it works while we parse.
questions! {
    Schemas "schema.sql" "the schemas";
    Extensions "extension.sql" "the extensions";
    Collations "collation.sql" "the collations";
    Types "types.sql" "the types";
    TypeAliases "type_alias.sql" "the row and array types";
    Tables "table.sql" "the tables";
    Composites "composite.sql" "the composite types";
    Columns "column.sql" "the columns";
    Constraints "constraint.sql" "the constraints";
    Indexes "index.sql" "the indexes";
    Views "view.sql" "the views";
    Sequences "sequence.sql" "the sequences";
    Routines "routine.sql" "the functions";
    Triggers "trigger.sql" "the triggers";
    Policies "policy.sql" "the policies";
    Rules "rule.sql" "the rules";
    Statistics "statistics.sql" "the extended statistics";
    DefaultPrivileges "default_privileges.sql" "the default privileges";
    Comments "comment.sql" "the comments";
    Volatile "volatile.sql" "the volatile functions";
    Unmanaged "unmanaged.sql" "the objects of other kinds";
    Depend "depend.sql" "the dependencies";
    Sizes "size.sql" "the sizes of the tables";
}

/// What the server said, row by row: JSON, but plain text for the dependencies.
#[derive(Debug, Default)]
pub(super) struct Answers(BTreeMap<Question, Vec<String>>);

impl Answers {
    /// The rows as the server printed them.
    pub(super) fn text(&self, question: Question) -> impl Iterator<Item = &str> {
        self.0.get(&question).into_iter().flatten().map(String::as_str)
    }

    /// The rows as values.
    pub(super) fn rows<T: DeserializeOwned>(&self, question: Question) -> Result<Vec<T>, IntrospectError> {
        self.text(question)
            .map(|row| {
                serde_json::from_str(row).map_err(|source| IntrospectError::Row {
                    what: question.what(),
                    source,
                    hint: "an object may have been dropped while it was being read: run the command again; \
                           if it fails the same way, this is a bug of schemaplan"
                        .to_owned(),
                })
            })
            .collect()
    }
}

/// Asks everything at once.
pub(super) async fn fetch_all(client: &Client, options: &ReadOptions) -> Result<Answers, IntrospectError> {
    let asked = Question::ALL
        .iter()
        .filter(|question| options.sizes || **question != Question::Sizes)
        .map(|question| fetch(client, *question));
    Ok(Answers(try_join_all(asked).await?.into_iter().collect()))
}

async fn fetch(client: &Client, question: Question) -> Result<(Question, Vec<String>), IntrospectError> {
    let sql = match question {
        Question::Depend => question.sql().to_owned(),
        _ => format!("SELECT row_to_json(r) FROM ({}) AS r", question.sql()),
    };
    let messages = client
        .simple_query(&sql)
        .await
        .map_err(|source| query_error(question.what(), source))?;
    let rows = messages
        .into_iter()
        .filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        })
        .collect();
    Ok((question, rows))
}
