//! Sequences, and the parameters that identity columns share with them.

use super::{Stmt, ident, qualified};
use crate::model::{Object, QualifiedName, Sequence, SequenceOptions};

/// What CREATE SEQUENCE takes where nothing is said: (start, min, max).
fn defaults(options: &SequenceOptions) -> (i64, i64, i64) {
    let (lowest, highest) = match options.data_type.as_str() {
        "smallint" => (i64::from(i16::MIN), i64::from(i16::MAX)),
        "integer" => (i64::from(i32::MIN), i64::from(i32::MAX)),
        _ => (i64::MIN, i64::MAX),
    };
    let (min, max) = if options.increment > 0 {
        (1, highest)
    } else {
        (lowest, -1)
    };
    (
        if options.increment > 0 {
            options.min
        } else {
            options.max
        },
        min,
        max,
    )
}

/// The parameters that differ from what the server takes by itself, the data type left out: ` INCREMENT BY 2 MINVALUE 0`
/// with a blank in front of each. With `all` the ones equal to the defaults too, as ALTER SEQUENCE needs them.
pub fn sequence_options(options: &SequenceOptions, all: bool) -> String {
    let (start, min, max) = defaults(options);
    let mut text = String::new();
    let mut say = |differs: bool, words: String| {
        if differs || all {
            text.push(' ');
            text.push_str(&words);
        }
    };
    say(
        options.increment != 1,
        format!("INCREMENT BY {}", options.increment),
    );
    say(options.min != min, format!("MINVALUE {}", options.min));
    say(options.max != max, format!("MAXVALUE {}", options.max));
    say(options.start != start, format!("START WITH {}", options.start));
    say(options.cache != 1, format!("CACHE {}", options.cache));
    say(
        options.cycle,
        if options.cycle { "CYCLE" } else { "NO CYCLE" }.to_owned(),
    );
    text
}

pub(super) fn create(object: &Object, body: &Sequence) -> Vec<Stmt> {
    let unlogged = if body.unlogged { "UNLOGGED " } else { "" };
    let data_type = match body.options.data_type.as_str() {
        "bigint" => String::new(),
        other => format!(" AS {other}"),
    };
    vec![Stmt::new(format!(
        "CREATE {unlogged}SEQUENCE {}{data_type}{}",
        qualified(&object.id.qualified()),
        sequence_options(&body.options, false)
    ))]
}

/// ALTER SEQUENCE from one set of parameters to another. A position outside of the new bounds, which the server would
/// refuse, starts again at the new start.
pub fn alter_sequence(name: &QualifiedName, from: &SequenceOptions, to: &SequenceOptions) -> Stmt {
    let name = qualified(name);
    let alter = format!("ALTER SEQUENCE {name} {}", super::sync::typed_options(to));
    if to.min <= from.min && to.max >= from.max {
        return Stmt::new(alter);
    }
    let inside = format!(
        "(SELECT last_value FROM {name}) BETWEEN {} AND {}",
        to.min, to.max
    );
    let restart = Stmt::new(format!("{alter} RESTART"));
    super::archive::choose(&inside, &[Stmt::new(alter)], &[restart])
}

/// `ALTER SEQUENCE … SET UNLOGGED`, or `LOGGED` (15 and later).
pub fn sequence_persistence(name: &QualifiedName, unlogged: bool) -> Stmt {
    let word = if unlogged { "UNLOGGED" } else { "LOGGED" };
    Stmt::new(format!("ALTER SEQUENCE {} SET {word}", qualified(name)))
}

/// `ALTER SEQUENCE … OWNED BY …` as the object says; `create` leaves it out because the column, whose default may
/// use the sequence, has to be there first.
pub fn sequence_owned_by(object: &Object, body: &Sequence) -> Stmt {
    let owner = match &body.owned_by {
        Some((table, column)) => format!("{}.{}", qualified(table), ident(column)),
        None => "NONE".to_owned(),
    };
    let name = qualified(&object.id.qualified());
    Stmt::new(format!("ALTER SEQUENCE {name} OWNED BY {owner}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::TypeName;

    fn options(increment: i64, min: i64, max: i64, start: i64) -> SequenceOptions {
        SequenceOptions {
            data_type: TypeName::new("integer"),
            start,
            increment,
            min,
            max,
            cache: 1,
            cycle: false,
        }
    }

    #[test]
    fn only_what_is_not_the_default_is_said() {
        let highest = i64::from(i32::MAX);
        let lowest = i64::from(i32::MIN);
        for (options, said) in [
            (options(1, 1, highest, 1), ""),
            (options(2, 1, highest, 1), " INCREMENT BY 2"),
            (options(1, 5, highest, 5), " MINVALUE 5"),
            (options(1, 5, 100, 7), " MINVALUE 5 MAXVALUE 100 START WITH 7"),
            (options(-1, lowest, -1, -1), " INCREMENT BY -1"),
            (options(-1, 0, 10, 10), " INCREMENT BY -1 MINVALUE 0 MAXVALUE 10"),
        ] {
            assert_eq!(sequence_options(&options, false), said);
        }
    }
}
