//! What belongs to plans and not to the user: told by schema, name or comment.

use crate::model::{Kind, ObjectId, Support};

/// What the comment of every support object begins with.
const MARK: &str = "schemaplan:1 ";

/// Whose an object is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The user's: managed.
    User,
    /// An artefact of a plan, reported apart.
    Support(Support),
    /// The journal, or a part of something that is already reported.
    Nothing,
}

/// Decides by kind, name and comment.
pub(super) fn place(id: &ObjectId, comment: Option<&str>) -> Place {
    let mark = comment.and_then(|text| text.strip_prefix(MARK));
    let part = id.is_part();
    match id.schema.as_str() {
        "schemaplan" => {
            let ours = id.kind == Kind::Function
                && ["sync_", "archive_", "split_", "copy_"]
                    .iter()
                    .any(|prefix| id.name.as_str().starts_with(prefix));
            if ours {
                Place::Support(support(id, mark))
            } else {
                Place::Nothing
            }
        }
        "schemaplan_archive" if part || id.kind == Kind::Index => Place::Nothing,
        "schemaplan_archive" => Place::Support(support(id, mark)),
        "" if id.kind == Kind::Schema && matches!(id.name.as_str(), "schemaplan" | "schemaplan_archive") => {
            Place::Nothing
        }
        // Inside a table of ours, or an index of it that bears the name it had before.
        _ if part && named_by_us(id.relation().name.as_str()) => Place::Nothing,
        _ if mark.is_some() || (named_by_us(id.name.as_str()) && is_named_kind(id.kind)) => {
            Place::Support(support(id, mark))
        }
        _ => Place::User,
    }
}

fn support(id: &ObjectId, mark: Option<&str>) -> Support {
    Support {
        kind: word(id.kind).to_owned(),
        name: if id.is_part() {
            id.name.to_string()
        } else {
            id.label()
        },
        on: id.is_part().then(|| id.relation()),
        comment: mark.map(str::to_owned),
    }
}

/// `^~?schemaplan_`.
fn named_by_us(name: &str) -> bool {
    name.strip_prefix('~').unwrap_or(name).starts_with("schemaplan_")
}

fn is_named_kind(kind: Kind) -> bool {
    !matches!(
        kind,
        Kind::Schema | Kind::Extension | Kind::Function | Kind::Aggregate | Kind::DefaultPrivileges
    )
}

/// The plain word, alike for all sorts of types.
fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::EnumType | Kind::Domain | Kind::CompositeType | Kind::RangeType => "type",
        kind => kind.tag(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::QualifiedName;

    fn column(name: &str) -> ObjectId {
        ObjectId::part(Kind::Column, &QualifiedName::new("public", "t"), &name.into())
    }

    #[test]
    fn names_and_comments_of_plans_are_told_from_the_users() {
        assert_eq!(place(&column("a"), Some("a column")), Place::User);
        assert_eq!(place(&column("my_schemaplan_x"), None), Place::User);
        let shadow = Support {
            kind: "column".to_owned(),
            name: "schemaplan_new_a".to_owned(),
            on: Some(QualifiedName::new("public", "t")),
            comment: Some("{\"kind\":\"shadow\"}".to_owned()),
        };
        let comment = "schemaplan:1 {\"kind\":\"shadow\"}";
        assert_eq!(
            place(&column("schemaplan_new_a"), Some(comment)),
            Place::Support(shadow)
        );
    }

    #[test]
    fn functions_count_by_their_schema_and_the_journal_counts_as_nothing() {
        let function = |schema: &str, name: &str| {
            ObjectId::routine(Kind::Function, &QualifiedName::new(schema, name), "")
        };
        assert_eq!(place(&function("public", "schemaplan_f"), None), Place::User);
        assert!(matches!(
            place(&function("schemaplan", "sync_1a"), None),
            Place::Support(_)
        ));
        assert_eq!(place(&function("schemaplan", "helper"), None), Place::Nothing);
        let journal = ObjectId::named(Kind::Table, &QualifiedName::new("schemaplan", "step"));
        assert_eq!(place(&journal, None), Place::Nothing);
    }

    #[test]
    fn an_archive_is_one_support_object_with_nothing_inside() {
        let table = QualifiedName::new("schemaplan_archive", "t_orders_1a2b3c4d");
        let archive = place(&ObjectId::named(Kind::Table, &table), None);
        assert!(matches!(archive, Place::Support(support) if support.is_archive()));
        let inside = ObjectId::part(Kind::Column, &table, &"id".into());
        assert_eq!(place(&inside, None), Place::Nothing);
    }
}
