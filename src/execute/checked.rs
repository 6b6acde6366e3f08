//! What a verification has seen: how many rows, and a checksum of them that does not depend on their order. The journal keeps it, so that
//! what stood there can be compared later with a copy, a standby or a backup.

use serde::{Deserialize, Serialize};
use tokio_postgres::SimpleQueryRow;

use super::attempt::Failed;
use super::connection::Statements;
use super::ranges::Range;
use super::session::{number, rows, text};
use crate::sql::{checksum, row_text};
use crate::step::Batch;

/// Rows of the table that a verification walks along.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    /// How many.
    pub rows: u64,
    /// Their hashes, each XORed with the next.
    #[serde(with = "hex")]
    pub checksum: u64,
}

impl Checked {
    /// Both together.
    pub(super) fn with(self, other: Self) -> Self {
        Self {
            rows: self.rows + other.rows,
            checksum: self.checksum ^ other.checksum,
        }
    }

    /// As it is shown: `5c1f…`, sixteen digits.
    pub fn digits(&self) -> String {
        format!("{:016x}", self.checksum)
    }

    pub(super) fn of_row(row: Option<&SimpleQueryRow>) -> Self {
        Self {
            rows: number(row, 0).unwrap_or(0),
            // The server's bigint has a sign.
            checksum: number::<i64>(row, 1).unwrap_or(0).cast_unsigned(),
        }
    }

    /// As the journal keeps it.
    pub(super) fn of_journal(kept: Option<&str>) -> Option<Self> {
        serde_json::from_str(kept?).ok()
    }
}

/// In JSON a number of 64 bits would lose some.
mod hex {
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(checksum: &u64, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&format!("{checksum:016x}"))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
        let text = String::deserialize(from)?;
        u64::from_str_radix(&text, 16).map_err(serde::de::Error::custom)
    }
}

/// The expression for what a row of the walked table is, as text; none for a table without columns.
pub(super) async fn row_of(client: &impl Statements, batch: &Batch) -> Result<Option<String>, Failed> {
    let query = row_text(&batch.table);
    let found = rows(client, query.as_str())
        .await
        .map_err(Failed::of(query.as_str()))?;
    Ok(text(found.first(), 0).map(str::to_owned))
}

/// The query that counts and sums up a range.
pub(super) fn of_range(range: &Range, batch: &Batch, row: &str) -> String {
    checksum(&batch.table, row, &range.of_table(batch))
        .as_str()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_rows_and_ranges_does_not_matter() {
        let one = Checked {
            rows: 2,
            checksum: u64::MAX,
        };
        let other = Checked { rows: 3, checksum: 5 };
        assert_eq!(one.with(other), other.with(one));
        assert_eq!(one.with(other).rows, 5);
        let kept = serde_json::to_string(&one).unwrap();
        assert_eq!(kept, "{\"rows\":2,\"checksum\":\"ffffffffffffffff\"}");
        assert_eq!(Checked::of_journal(Some(&kept)), Some(one));
        assert_eq!(Checked::of_journal(None), None);
    }
}
