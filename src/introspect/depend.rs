//! Who uses whom, from `pg_depend`.

use super::address::{Address, Class, Slot};
use super::fetch::{Answers, Question};
use super::reader::Reader;
use crate::model::Kind;

/// One row of `pg_depend`.
struct Row {
    dependent: Address,
    used: Address,
    kind: char,
}

fn rows(answers: &Answers) -> impl Iterator<Item = Row> + '_ {
    answers.text(Question::Depend).filter_map(|line| {
        let mut words = line.split(' ');
        let mut number = || words.next()?.parse::<i64>().ok();
        let mut address = || {
            Some(Address {
                class: Class(u32::try_from(number()?).ok()?),
                oid: u32::try_from(number()?).ok()?,
                sub: i32::try_from(number()?).ok()?,
            })
        };
        let dependent = address()?;
        let used = address()?;
        let kind = words.next()?.chars().next()?;
        Some(Row {
            dependent,
            used,
            kind,
        })
    })
}

/// First of all: what belongs to extensions.
pub(super) fn members(reader: &mut Reader, answers: &Answers) {
    for row in rows(answers) {
        if row.kind == 'e' && row.used.class == Class::EXTENSION {
            reader.directory.add_member(row.dependent, row.used.oid);
        }
    }
}

/// Last of all, when every address is known.
pub(super) fn read(reader: &mut Reader, answers: &Answers) {
    for row in rows(answers) {
        if row.kind == 'e' {
            continue;
        }
        let (exact, whole) = reader.directory.dependent(row.dependent);
        // Columns of views and composite types are no objects; one of a table that is not known is a plan's.
        let whole = whole.filter(|slot| reader.object(*slot).id.kind != Kind::Table);
        let Some(user) = exact.or(whole) else {
            continue;
        };
        // OWNED BY is no use: the sequence has to be there before the column that takes its values from it.
        if row.kind == 'a' && reader.object(user).id.kind == Kind::Sequence {
            continue;
        }
        let used: Vec<Slot> = reader.directory.used(row.used).collect();
        for used in used {
            reader.depends(user, used);
        }
    }
}
