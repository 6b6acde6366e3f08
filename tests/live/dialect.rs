//! How one generation of code names and types what it writes.

use super::model::{Item, Line, Model};
use tokio_postgres::{Client, SimpleQueryMessage};

/// One generation of application code.
#[derive(Clone, Debug)]
pub struct Dialect {
    pub table: &'static str,
    pub id: &'static str,
    pub code: &'static str,
    pub qty: &'static str,
    pub note: &'static str,
    /// Where notes live, if not with the items.
    pub notes: Option<Notes>,
    pub state: &'static str,
    /// It leaves out the note or writes NULL into it.
    pub null_note: bool,
    /// It writes numbers beyond integer.
    pub large: bool,
    /// It writes keys beyond integer.
    pub large_keys: bool,
    /// It copies into the table; through a view that is impossible.
    pub copies: bool,
    /// It changes keys.
    pub changes_keys: bool,
    /// What it names behind ON CONFLICT.
    pub conflict: &'static str,
    pub states: &'static [&'static str],
    /// What it reads besides.
    pub reads: &'static [&'static str],
}

/// A table `(item_id, note)`.
#[derive(Clone, Debug)]
pub struct Notes {
    pub table: &'static str,
    /// A row may hold NULL.
    pub null: bool,
}

/// The code before the change.
pub const FORMER: Dialect = Dialect {
    table: "item",
    id: "id",
    code: "code",
    qty: "qty",
    note: "note",
    notes: None,
    state: "state",
    null_note: true,
    large: false,
    large_keys: false,
    copies: true,
    changes_keys: true,
    conflict: "(id)",
    states: &["new", "paid"],
    reads: &[],
};

impl Dialect {
    /// The rows of everyone (`whose` is a condition over the key), as this code sees them.
    pub async fn read(
        &self,
        client: &Client,
        whose: Option<(i64, i64)>,
    ) -> Result<Model, tokio_postgres::Error> {
        let of = |column: &str| match whose {
            Some((writers, writer)) => format!("{column}::bigint % {writers} = {writer}"),
            None => "true".to_owned(),
        };
        let Self {
            table,
            id,
            code,
            qty,
            note,
            state,
            ..
        } = self;
        let mut model = Model::default();
        let apart = self.notes.as_ref().map_or(String::new(), |notes| {
            format!(" LEFT JOIN {} ON item_id = {id}", notes.table)
        });
        let items = format!(
            "SELECT {id}::text, {code}, {qty}::text, {note}, {state}::text FROM {table}{apart} WHERE {}",
            of(id)
        );
        for row in texts(client, &items).await? {
            let [Some(id), Some(code), Some(qty), note, Some(state)] = &row[..] else {
                panic!("{items}: {row:?}");
            };
            let item = Item {
                code: code.clone(),
                qty: number(qty),
                note: note.clone(),
                state: state.clone(),
            };
            model.items.insert(number(id), item);
        }
        let lines = format!(
            "SELECT id::text, item_id::text, n::text FROM line WHERE {}",
            of("id")
        );
        for row in texts(client, &lines).await? {
            let all: Vec<i64> = row.iter().flatten().map(|text| number(text)).collect();
            model.lines.insert(
                all[0],
                Line {
                    item: all[1],
                    n: all[2],
                },
            );
        }
        let tags = format!("SELECT item_id::text, label FROM tag WHERE {}", of("item_id"));
        for row in texts(client, &tags).await? {
            let [Some(item), Some(label)] = &row[..] else {
                panic!("{tags}: {row:?}")
            };
            model.tags.insert((number(item), label.clone()), ());
        }
        Ok(model)
    }
}

fn number(text: &str) -> i64 {
    text.parse().unwrap_or_else(|_| panic!("{text} is no number"))
}

async fn texts(client: &Client, sql: &str) -> Result<Vec<Vec<Option<String>>>, tokio_postgres::Error> {
    let messages = client.simple_query(sql).await?;
    Ok(messages
        .into_iter()
        .filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(
                (0..row.len())
                    .map(|column| row.get(column).map(str::to_owned))
                    .collect(),
            ),
            _ => None,
        })
        .collect())
}
