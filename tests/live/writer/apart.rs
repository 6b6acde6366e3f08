//! The same work by code that keeps notes in a table of their own.

use super::super::dialect::{Dialect, Notes};
use super::super::model::{Item, Model};
use super::{Value, Writer};
use tokio_postgres::Error;

impl Writer {
    /// The columns of an item without its note.
    fn columns_apart(dialect: &Dialect) -> String {
        format!(
            "{}, {}, {}, {}",
            dialect.id, dialect.code, dialect.qty, dialect.state
        )
    }

    fn values_apart(id: i64, item: &Item) -> [Value; 4] {
        let [id, code, qty, _, state] = Self::values(id, item);
        [id, code, qty, state]
    }

    /// A note that is none has a row or not, as it happens, where the table allows that.
    fn has_row(&mut self, notes: &Notes, item: &Item) -> bool {
        item.note.is_some() || (notes.null && self.dice.once_in(2))
    }

    pub(super) async fn insert_apart(
        &mut self,
        dialect: &Dialect,
        notes: &Notes,
        model: &mut Model,
        count: usize,
    ) -> Result<(), Error> {
        let rows: Vec<(i64, Item)> = (0..count).map(|_| self.row(dialect)).collect();
        let lists: Vec<String> = (0..count)
            .map(|row| {
                let hole = |at: usize| format!("${}", row * 4 + at);
                format!("({}, {}, {}, {})", hole(1), hole(2), hole(3), hole(4))
            })
            .collect();
        let sql = format!(
            "INSERT INTO {} ({}) VALUES {}",
            dialect.table,
            Self::columns_apart(dialect),
            lists.join(", ")
        );
        let values: Vec<Value> = rows
            .iter()
            .flat_map(|(id, item)| Self::values_apart(*id, item))
            .collect();
        self.run(&sql, &values).await?;
        for (id, item) in &rows {
            if self.has_row(notes, item) {
                let sql = format!("INSERT INTO {} (item_id, note) VALUES ($1, $2)", notes.table);
                self.run(&sql, &[Value::Int(*id), Value::Text(item.note.clone())])
                    .await?;
            }
        }
        model.items.extend(rows);
        Ok(())
    }

    /// The note of an item that is there, whatever was.
    async fn note(&mut self, notes: &Notes, id: i64, item: &Item) -> Result<(), Error> {
        if self.has_row(notes, item) {
            let sql = format!(
                "INSERT INTO {} (item_id, note) VALUES ($1, $2) ON CONFLICT (item_id) DO UPDATE SET note = excluded.note",
                notes.table
            );
            let values = [Value::Int(id), Value::Text(item.note.clone())];
            return self.run(&sql, &values).await;
        }
        let sql = format!("DELETE FROM {} WHERE item_id = $1", notes.table);
        self.run(&sql, &[Value::Int(id)]).await
    }

    pub(super) async fn upsert_apart(
        &mut self,
        dialect: &Dialect,
        notes: &Notes,
        model: &mut Model,
    ) -> Result<(), Error> {
        let (mut id, mut item) = self.row(dialect);
        if let Some(there) = self.some_item(model).filter(|_| self.dice.once_in(2)) {
            id = there;
            item.code = model.items[&there].code.clone();
        }
        let sql = format!(
            "INSERT INTO {} ({}) VALUES ($1, $2, $3, $4) ON CONFLICT {} DO UPDATE SET {qty} = excluded.{qty}",
            dialect.table,
            Self::columns_apart(dialect),
            dialect.conflict,
            qty = dialect.qty
        );
        self.run(&sql, &Self::values_apart(id, &item)).await?;
        self.note(notes, id, &item).await?;
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

    pub(super) async fn update_apart(
        &mut self,
        dialect: &Dialect,
        notes: &Notes,
        model: &mut Model,
    ) -> Result<(), Error> {
        let Some(id) = self.some_item(model) else {
            return Ok(());
        };
        let (_, new) = self.row(dialect);
        if self.dice.once_in(2) {
            let sql = format!(
                "UPDATE {} SET {} = $2, {} = $3 WHERE {} = $1",
                dialect.table, dialect.qty, dialect.state, dialect.id
            );
            let values = [Value::Int(id), Value::Int(new.qty), Value::text(&new.state)];
            self.run(&sql, &values).await?;
            let item = model.items.get_mut(&id).expect("some item");
            item.qty = new.qty;
            item.state = new.state.clone();
        }
        if self.dice.once_in(2) {
            self.note(notes, id, &new).await?;
            model.items.get_mut(&id).expect("some item").note = new.note;
        }
        Ok(())
    }

    pub(super) async fn copy_apart(
        &mut self,
        dialect: &Dialect,
        notes: &Notes,
        model: &mut Model,
    ) -> Result<(), Error> {
        let rows: Vec<(i64, Item)> = (0..2).map(|_| self.row(dialect)).collect();
        let items: Vec<Vec<Value>> = rows
            .iter()
            .map(|(id, item)| Self::values_apart(*id, item).to_vec())
            .collect();
        let sql = format!(
            "COPY {} ({}) FROM STDIN",
            dialect.table,
            Self::columns_apart(dialect)
        );
        self.copy_rows(&sql, &items).await?;
        let mut remarks = Vec::new();
        for (id, item) in &rows {
            if self.has_row(notes, item) {
                remarks.push(vec![Value::Int(*id), Value::Text(item.note.clone())]);
            }
        }
        let sql = format!("COPY {} (item_id, note) FROM STDIN", notes.table);
        self.copy_rows(&sql, &remarks).await?;
        model.items.extend(rows);
        Ok(())
    }
}
