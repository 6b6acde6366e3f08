//! Who uses whom, from `pg_depend`.

use super::address::{Address, Class, Slot};
use super::reader::Reader;
use crate::model::Kind;
use serde::Deserialize;

/// One row of `pg_depend`: user, used (each with class, oid and column), kind.
#[derive(Deserialize)]
pub(super) struct Row(u32, u32, i32, u32, u32, i32, char);

impl Row {
    pub(super) fn user(&self) -> Address {
        Address {
            class: Class(self.0),
            oid: self.1,
            sub: self.2,
        }
    }

    pub(super) fn used(&self) -> Address {
        Address {
            class: Class(self.3),
            oid: self.4,
            sub: self.5,
        }
    }

    fn kind(&self) -> char {
        self.6
    }
}

/// First of all: what belongs to extensions.
pub(super) fn members(reader: &mut Reader, rows: &[Row]) {
    for row in rows {
        if row.kind() == 'e' && row.used().class == Class::EXTENSION {
            reader.directory.add_member(row.user(), row.used().oid);
        }
    }
}

/// Last of all, when every address is known.
pub(super) fn read(reader: &mut Reader, rows: &[Row]) {
    for row in rows {
        if row.kind() == 'e' {
            continue;
        }
        let (exact, whole) = reader.directory.dependent(row.user());
        // Columns of views and composite types are no objects; one of a table that is not known is a plan's.
        let whole = whole.filter(|slot| reader.object(*slot).id.kind != Kind::Table);
        let Some(user) = exact.or(whole) else {
            continue;
        };
        // OWNED BY is no use: the sequence has to be there before the column that takes its values from it.
        if row.kind() == 'a' && reader.object(user).id.kind == Kind::Sequence {
            continue;
        }
        let used: Vec<Slot> = reader.directory.used(row.used()).collect();
        for used in used {
            reader.depends(user, used);
        }
    }
}
