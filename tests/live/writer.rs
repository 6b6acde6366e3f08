//! Application code at work: transactions of many shapes over rows that nobody else changes.

mod apart;

use super::dialect::Dialect;
use super::model::{Item, Line, Model};
use crate::dice::Dice;
use bytes::BytesMut;
use std::collections::HashMap;
use std::error::Error as StdError;
use std::sync::Arc;
use tokio::sync::RwLock;
use tokio_postgres::types::{IsNull, Kind, ToSql, Type};
use tokio_postgres::{Client, Error, Statement};

/// The code that is deployed; a transaction holds it for reading from its begin to its end.
pub type Deployed = Arc<RwLock<Vec<Arc<Dialect>>>>;

/// What became of a writer's work.
#[derive(Default)]
pub struct Account {
    pub model: Model,
    pub committed: u64,
    pub rolled_back: u64,
    /// Serialization failures under REPEATABLE READ, which such code retries.
    pub serialization: u64,
    /// Prepared statements that had to be prepared again.
    pub prepared_again: u64,
    /// Added to the row that all writers share.
    pub shared: i64,
    pub failures: Vec<String>,
}

/// Where keys lie that need more than an integer.
const LARGE: i64 = 5_000_000_000;

pub struct Writer {
    client: Client,
    dice: Dice,
    /// Its rows are those whose key modulo `writers` is this.
    number: i64,
    writers: i64,
    next_key: i64,
    prepared: HashMap<String, Statement>,
    account: Account,
    log: Vec<String>,
    /// The transaction has used a prepared statement.
    prepared_used: bool,
    /// Some transactions keep one snapshot. To such a one a table that is written anew looks empty, whoever writes it.
    repeats: bool,
}

#[derive(Clone, Debug)]
enum Value {
    Int(i64),
    Text(Option<String>),
}

impl Value {
    fn text(text: &str) -> Self {
        Value::Text(Some(text.to_owned()))
    }

    fn literal(&self) -> String {
        match self {
            Value::Int(number) => number.to_string(),
            Value::Text(None) => "NULL".to_owned(),
            Value::Text(Some(text)) => format!("'{text}'"),
        }
    }

    fn copied(&self) -> String {
        match self {
            Value::Int(number) => number.to_string(),
            Value::Text(text) => text.clone().unwrap_or_else(|| "\\N".to_owned()),
        }
    }

    fn fits(data_type: &Type) -> bool {
        matches!(*data_type, Type::INT4 | Type::INT8 | Type::TEXT | Type::VARCHAR)
            || matches!(data_type.kind(), Kind::Enum(_))
    }
}

impl ToSql for Value {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        match (self, ty) {
            (Value::Int(number), &Type::INT4) => i32::try_from(*number)?.to_sql(ty, out),
            (Value::Int(number), _) => number.to_sql(ty, out),
            (Value::Text(text), _) => text
                .as_deref()
                .map(|text| out.extend_from_slice(text.as_bytes()))
                .map_or(Ok(IsNull::Yes), |()| Ok(IsNull::No)),
        }
    }

    fn accepts(ty: &Type) -> bool {
        Value::fits(ty)
    }

    tokio_postgres::types::to_sql_checked!();
}

impl Writer {
    pub fn new(
        client: Client,
        seed: u64,
        number: i64,
        writers: i64,
        rows: i64,
        model: Model,
        repeats: bool,
    ) -> Self {
        let account = Account {
            model,
            ..Account::default()
        };
        Self {
            client,
            dice: Dice::new(seed ^ (number as u64).wrapping_mul(0x0123_4567_89AB_CDEF)),
            number,
            writers,
            next_key: (rows / writers + 1) * writers + number,
            prepared: HashMap::new(),
            account,
            log: Vec::new(),
            prepared_used: false,
            repeats,
        }
    }

    /// Works until `stop` says so.
    pub async fn work(mut self, deployed: Deployed, stop: tokio::sync::watch::Receiver<bool>) -> Account {
        let client_settings = "SET application_name = 'app'; SET lock_timeout = '20s'";
        self.client
            .batch_execute(client_settings)
            .await
            .expect("settings");
        while !*stop.borrow() && self.account.failures.is_empty() {
            let held = deployed.read().await;
            if held.is_empty() {
                drop(held);
                tokio::time::sleep(std::time::Duration::from_millis(2)).await;
                continue;
            }
            let dialect = self.dice.pick(&held).cloned().expect("one of them");
            self.transaction(&dialect).await;
            drop(held);
            tokio::task::yield_now().await;
        }
        self.account
    }

    async fn transaction(&mut self, dialect: &Dialect) {
        self.log.clear();
        self.prepared_used = false;
        let mut after = self.account.model.clone();
        let repeatable = self.repeats && self.dice.once_in(5);
        let mut shared = 0;
        let result = self.attempt(dialect, &mut after, repeatable, &mut shared).await;
        let error = match result {
            Ok(true) => {
                self.account.committed += 1;
                self.account.shared += shared;
                self.account.model = after;
                return;
            }
            Ok(false) => {
                self.account.rolled_back += 1;
                return;
            }
            Err(error) => error,
        };
        let _ = self.client.batch_execute("ROLLBACK").await;
        let words = error.as_db_error().map_or_else(
            || error.to_string(),
            |db| {
                format!(
                    "{} {} {}",
                    db.code().code(),
                    db.message(),
                    db.detail().unwrap_or_default()
                )
            },
        );
        match error.code().map(tokio_postgres::error::SqlState::code) {
            Some("40001") if repeatable => self.account.serialization += 1,
            // The plan says so: prepared statements that know the former type fail once.
            Some("0A000" | "42804" | "XX000") if retyped(&words) && self.prepared_used => {
                self.prepared.clear();
                self.account.prepared_again += 1;
            }
            _ => self.account.failures.push(format!(
                "code that knows {}.{}: {words}\n  {}",
                dialect.table,
                dialect.note,
                self.log.join("\n  ")
            )),
        }
    }

    /// False where the transaction was rolled back by choice.
    async fn attempt(
        &mut self,
        dialect: &Dialect,
        model: &mut Model,
        repeatable: bool,
        shared: &mut i64,
    ) -> Result<bool, Error> {
        let level = if repeatable {
            "REPEATABLE READ"
        } else {
            "READ COMMITTED"
        };
        self.plainly(&format!("BEGIN ISOLATION LEVEL {level}")).await?;
        if repeatable {
            // The snapshot is taken here, whatever is written later.
            self.plainly("SELECT 1").await?;
        }
        for _ in 0..=self.dice.below(3) {
            if self.dice.once_in(6) {
                self.plainly("SAVEPOINT before").await?;
                let mut aside = model.clone();
                self.operation(dialect, &mut aside).await?;
                if self.dice.once_in(2) {
                    self.plainly("ROLLBACK TO SAVEPOINT before").await?;
                } else {
                    self.plainly("RELEASE SAVEPOINT before").await?;
                    *model = aside;
                }
            } else {
                self.operation(dialect, model).await?;
            }
        }
        if self.dice.once_in(12) {
            self.look(dialect, model).await?;
        }
        if !repeatable && self.dice.once_in(8) {
            let sql = format!(
                "UPDATE {} SET {} = {1} + 1 WHERE {} = $1",
                dialect.table, dialect.qty, dialect.id
            );
            self.run(&sql, &[Value::Int(SHARED)]).await?;
            *shared += 1;
        }
        if let Some(sql) = self.dice.pick(dialect.reads).filter(|_| self.dice.once_in(3)) {
            self.run(sql, &[]).await?;
        }
        if self.dice.once_in(15) {
            self.plainly("ROLLBACK").await?;
            return Ok(false);
        }
        self.plainly("COMMIT").await?;
        Ok(true)
    }

    /// Its own rows, as it has written them, in the middle of everything.
    async fn look(&mut self, dialect: &Dialect, model: &Model) -> Result<(), Error> {
        let found = dialect
            .read(&self.client, Some((self.writers, self.number)))
            .await?;
        let mut wanted = model.clone();
        let mut found = found;
        for items in [&mut wanted.items, &mut found.items] {
            items.remove(&SHARED);
            if !dialect.null_note {
                // NULL and what stands for it are the same to this code.
                items
                    .values_mut()
                    .for_each(|item| item.note = Some(item.note.take().unwrap_or_else(|| FILLED.to_owned())));
            } else {
                items
                    .values_mut()
                    .filter(|item| item.note.as_deref() == Some(FILLED))
                    .for_each(|item| item.note = None);
            }
        }
        if let Some(difference) = wanted.difference(&found) {
            self.account.failures.push(format!(
                "read in the middle: {difference}\n  {}",
                self.log.join("\n  ")
            ));
        }
        Ok(())
    }

    async fn operation(&mut self, dialect: &Dialect, model: &mut Model) -> Result<(), Error> {
        match self.dice.below(14) {
            0 | 1 => self.insert(dialect, model, 1).await,
            2 => self.insert(dialect, model, 3).await,
            3 => self.upsert(dialect, model).await,
            4 | 5 => self.update(dialect, model).await,
            6 => self.update_many(dialect, model).await,
            7 => self.delete(dialect, model).await,
            8 if dialect.changes_keys => self.change_key(dialect, model).await,
            9 if dialect.copies => self.copy(dialect, model).await,
            10 => self.insert_line(model).await,
            11 => self.move_line(model).await,
            12 => self.delete_line(model).await,
            _ => self.tag(model).await,
        }
    }

    fn some_item(&mut self, model: &Model) -> Option<i64> {
        let at = self.dice.below(model.items.len());
        model.items.keys().nth(at).copied().filter(|id| *id != SHARED)
    }

    fn fresh(&mut self, large: bool) -> i64 {
        self.next_key += self.writers;
        let far = large && self.dice.once_in(3);
        // A multiple of the number of writers keeps whose row it is.
        self.next_key + if far { LARGE - LARGE % self.writers } else { 0 }
    }

    fn row(&mut self, dialect: &Dialect) -> (i64, Item) {
        let id = self.fresh(dialect.large_keys);
        let far = dialect.large && self.dice.once_in(3);
        let null = dialect.null_note && self.dice.once_in(3);
        let item = Item {
            code: format!("c{id}"),
            qty: self.dice.below(1000) as i64 + if far { LARGE } else { 0 },
            note: (!null).then(|| format!("n{}", self.dice.below(100))),
            state: (*self.dice.pick(dialect.states).expect("states")).to_owned(),
        };
        (id, item)
    }

    fn values(id: i64, item: &Item) -> [Value; 5] {
        [
            Value::Int(id),
            Value::text(&item.code),
            Value::Int(item.qty),
            Value::Text(item.note.clone()),
            Value::text(&item.state),
        ]
    }

    fn columns(dialect: &Dialect) -> String {
        let Dialect {
            id,
            code,
            qty,
            note,
            state,
            ..
        } = dialect;
        format!("{id}, {code}, {qty}, {note}, {state}")
    }

    async fn insert(&mut self, dialect: &Dialect, model: &mut Model, count: usize) -> Result<(), Error> {
        if let Some(notes) = &dialect.notes {
            return self.insert_apart(dialect, notes, model, count).await;
        }
        if count == 1 && self.dice.once_in(2) {
            return self.insert_little(dialect, model).await;
        }
        let rows: Vec<(i64, Item)> = (0..count).map(|_| self.row(dialect)).collect();
        let lists: Vec<String> = (0..count)
            .map(|row| {
                format!(
                    "(${}, ${}, ${}, ${}, ${})",
                    row * 5 + 1,
                    row * 5 + 2,
                    row * 5 + 3,
                    row * 5 + 4,
                    row * 5 + 5
                )
            })
            .collect();
        let sql = format!(
            "INSERT INTO {} ({}) VALUES {}",
            dialect.table,
            Self::columns(dialect),
            lists.join(", ")
        );
        let values: Vec<Value> = rows
            .iter()
            .flat_map(|(id, item)| Self::values(*id, item))
            .collect();
        self.run(&sql, &values).await?;
        model.items.extend(rows);
        Ok(())
    }

    /// Leaves out what has a default or may be NULL.
    async fn insert_little(&mut self, dialect: &Dialect, model: &mut Model) -> Result<(), Error> {
        let (id, mut item) = self.row(dialect);
        item.state = "new".to_owned();
        item.qty = 0;
        let mut columns = vec![dialect.id, dialect.code];
        let mut values = vec![Value::Int(id), Value::text(&item.code)];
        if dialect.null_note {
            item.note = None;
        } else {
            columns.push(dialect.note);
            values.push(Value::Text(item.note.clone()));
        }
        let holes: Vec<String> = (1..=values.len()).map(|n| format!("${n}")).collect();
        let sql = format!(
            "INSERT INTO {} ({}) VALUES ({})",
            dialect.table,
            columns.join(", "),
            holes.join(", ")
        );
        self.run(&sql, &values).await?;
        model.items.insert(id, item);
        Ok(())
    }

    async fn upsert(&mut self, dialect: &Dialect, model: &mut Model) -> Result<(), Error> {
        if let Some(notes) = &dialect.notes {
            return self.upsert_apart(dialect, notes, model).await;
        }
        let (mut id, mut item) = self.row(dialect);
        if let Some(there) = self.some_item(model).filter(|_| self.dice.once_in(2)) {
            id = there;
            item.code = model.items[&there].code.clone();
        }
        let Dialect { qty, note, .. } = dialect;
        let sql = format!(
            "INSERT INTO {} ({}) VALUES ($1, $2, $3, $4, $5) ON CONFLICT {} DO UPDATE SET {qty} = excluded.{qty}, {note} = excluded.{note}",
            dialect.table,
            Self::columns(dialect),
            dialect.conflict
        );
        self.run(&sql, &Self::values(id, &item)).await?;
        match model.items.get_mut(&id) {
            Some(there) => {
                there.qty = item.qty;
                there.note = item.note;
            }
            None => {
                model.items.insert(id, item);
            }
        }
        Ok(())
    }

    async fn update(&mut self, dialect: &Dialect, model: &mut Model) -> Result<(), Error> {
        if let Some(notes) = &dialect.notes {
            return self.update_apart(dialect, notes, model).await;
        }
        let Some(id) = self.some_item(model) else {
            return Ok(());
        };
        let (_, new) = self.row(dialect);
        let all = [
            (dialect.qty, Value::Int(new.qty)),
            (dialect.note, Value::Text(new.note.clone())),
            (dialect.state, Value::text(&new.state)),
        ];
        let chosen: Vec<usize> = (0..3).filter(|_| self.dice.once_in(2)).collect();
        if chosen.is_empty() {
            return Ok(());
        }
        let sets: Vec<String> = chosen
            .iter()
            .enumerate()
            .map(|(at, which)| format!("{} = ${}", all[*which].0, at + 2))
            .collect();
        let mut values = vec![Value::Int(id)];
        values.extend(chosen.iter().map(|which| all[*which].1.clone()));
        let sql = format!(
            "UPDATE {} SET {} WHERE {} = $1",
            dialect.table,
            sets.join(", "),
            dialect.id
        );
        self.run(&sql, &values).await?;
        let item = model.items.get_mut(&id).expect("some item");
        for which in chosen {
            match which {
                0 => item.qty = new.qty,
                1 => item.note = new.note.clone(),
                _ => item.state = new.state.clone(),
            }
        }
        Ok(())
    }

    async fn update_many(&mut self, dialect: &Dialect, model: &mut Model) -> Result<(), Error> {
        let ids: Vec<i64> = (0..3).filter_map(|_| self.some_item(model)).collect();
        if ids.len() < 3 || ids.iter().any(|id| model.items[id].qty > 1_000_000) {
            return Ok(());
        }
        let sql = format!(
            "UPDATE {} SET {} = {1} + 1 WHERE {} IN ($1, $2, $3)",
            dialect.table, dialect.qty, dialect.id
        );
        let values: Vec<Value> = ids.iter().copied().map(Value::Int).collect();
        self.run(&sql, &values).await?;
        let distinct: std::collections::BTreeSet<i64> = ids.into_iter().collect();
        for id in distinct {
            model.items.get_mut(&id).expect("some item").qty += 1;
        }
        Ok(())
    }

    async fn delete(&mut self, dialect: &Dialect, model: &mut Model) -> Result<(), Error> {
        let Some(id) = self.some_item(model) else {
            return Ok(());
        };
        let sql = format!("DELETE FROM {} WHERE {} = $1", dialect.table, dialect.id);
        self.run(&sql, &[Value::Int(id)]).await?;
        model.delete(id);
        Ok(())
    }

    async fn change_key(&mut self, dialect: &Dialect, model: &mut Model) -> Result<(), Error> {
        let Some(id) = self.some_item(model) else {
            return Ok(());
        };
        let new = self.fresh(dialect.large_keys);
        let sql = format!("UPDATE {} SET {1} = $2 WHERE {1} = $1", dialect.table, dialect.id);
        self.run(&sql, &[Value::Int(id), Value::Int(new)]).await?;
        model.change_key(id, new);
        Ok(())
    }

    async fn copy(&mut self, dialect: &Dialect, model: &mut Model) -> Result<(), Error> {
        if let Some(notes) = &dialect.notes {
            return self.copy_apart(dialect, notes, model).await;
        }
        let rows: Vec<(i64, Item)> = (0..2).map(|_| self.row(dialect)).collect();
        let sql = format!("COPY {} ({}) FROM STDIN", dialect.table, Self::columns(dialect));
        let values: Vec<Vec<Value>> = rows
            .iter()
            .map(|(id, item)| Self::values(*id, item).to_vec())
            .collect();
        self.copy_rows(&sql, &values).await?;
        model.items.extend(rows);
        Ok(())
    }

    async fn copy_rows(&mut self, sql: &str, rows: &[Vec<Value>]) -> Result<(), Error> {
        use futures_util::SinkExt;
        let mut text = String::new();
        for row in rows {
            let fields: Vec<String> = row.iter().map(Value::copied).collect();
            text.push_str(&fields.join("\t"));
            text.push('\n');
        }
        self.log.push(format!("{sql}: {text:?}"));
        let sink = self.client.copy_in(sql).await?;
        futures_util::pin_mut!(sink);
        sink.send(bytes::Bytes::from(text)).await?;
        sink.finish().await?;
        Ok(())
    }

    async fn insert_line(&mut self, model: &mut Model) -> Result<(), Error> {
        let Some(item) = self.some_item(model) else {
            return Ok(());
        };
        let id = self.fresh(false);
        let n = self.dice.below(100) as i64;
        self.run(
            "INSERT INTO line (id, item_id, n) VALUES ($1, $2, $3)",
            &[Value::Int(id), Value::Int(item), Value::Int(n)],
        )
        .await?;
        model.lines.insert(id, Line { item, n });
        Ok(())
    }

    fn some_line(&mut self, model: &Model) -> Option<i64> {
        let at = self.dice.below(model.lines.len());
        model.lines.keys().nth(at).copied()
    }

    async fn move_line(&mut self, model: &mut Model) -> Result<(), Error> {
        let (Some(id), Some(item)) = (self.some_line(model), self.some_item(model)) else {
            return Ok(());
        };
        self.run(
            "UPDATE line SET item_id = $2, n = n + 1 WHERE id = $1",
            &[Value::Int(id), Value::Int(item)],
        )
        .await?;
        let line = model.lines.get_mut(&id).expect("some line");
        line.item = item;
        line.n += 1;
        Ok(())
    }

    async fn delete_line(&mut self, model: &mut Model) -> Result<(), Error> {
        let Some(id) = self.some_line(model) else {
            return Ok(());
        };
        self.run("DELETE FROM line WHERE id = $1", &[Value::Int(id)])
            .await?;
        model.lines.remove(&id);
        Ok(())
    }

    async fn tag(&mut self, model: &mut Model) -> Result<(), Error> {
        let Some(item) = self.some_item(model) else {
            return Ok(());
        };
        let label = format!("l{}", self.dice.below(3));
        let values = [Value::Int(item), Value::text(&label)];
        if self.dice.once_in(3) {
            self.run("DELETE FROM tag WHERE item_id = $1 AND label = $2", &values)
                .await?;
            model.tags.remove(&(item, label));
        } else {
            let sql =
                "INSERT INTO tag (item_id, label) VALUES ($1, $2) ON CONFLICT (item_id, label) DO NOTHING";
            self.run(sql, &values).await?;
            model.tags.insert((item, label), ());
        }
        Ok(())
    }

    async fn plainly(&mut self, sql: &str) -> Result<(), Error> {
        self.log.push(sql.to_owned());
        self.client.batch_execute(sql).await
    }

    /// Prepared once and used again, or as text, by turns.
    async fn run(&mut self, sql: &str, values: &[Value]) -> Result<(), Error> {
        let mut spelled = sql.to_owned();
        for (at, value) in values.iter().enumerate().rev() {
            spelled = spelled.replace(&format!("${}", at + 1), &value.literal());
        }
        let prepared = self.dice.once_in(2);
        self.log
            .push(format!("{spelled}{}", if prepared { " -- prepared" } else { "" }));
        if prepared {
            let statement = match self.prepared.get(sql) {
                Some(statement) => statement.clone(),
                None => {
                    let statement = self.client.prepare(sql).await?;
                    self.prepared.insert(sql.to_owned(), statement.clone());
                    statement
                }
            };
            let fits = statement.params().iter().zip(values).all(|(data_type, value)| {
                let narrow =
                    *data_type == Type::INT4 && matches!(value, Value::Int(n) if i32::try_from(*n).is_err());
                Value::fits(data_type) && !narrow
            });
            if fits {
                self.prepared_used = true;
                let values: Vec<&(dyn ToSql + Sync)> =
                    values.iter().map(|value| value as &(dyn ToSql + Sync)).collect();
                self.client.execute(&statement, &values).await?;
                return Ok(());
            }
        }
        self.client.batch_execute(&spelled).await
    }
}

/// What a statement is told that was prepared before a column got another type.
fn retyped(words: &str) -> bool {
    [
        "cached plan must not change result type",
        "cache lookup failed for type",
        "is of type",
    ]
    .iter()
    .any(|known| words.contains(known))
}

/// The row that all writers count in.
pub const SHARED: i64 = 0;

/// What a note is filled with where it was NULL.
pub const FILLED: &str = "none";
