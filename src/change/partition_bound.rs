//! Bounds of partitions: which of them cannot stand side by side.

use super::Context;
use crate::model::{Body, Kind, ObjectId, PartitionOf};
use crate::step::Fact;
use std::cmp::Ordering;

/// What has to leave before a partition with this bound can be made or attached: siblings that go, stop being partitions or
/// get another bound, and whose former bound may overlap with it.
pub fn makes_room(context: &Context, partition: &ObjectId, of: &PartitionOf) -> Vec<Fact> {
    let mut facts = Vec::new();
    for sibling in context.from.of_kind(Kind::Table) {
        let Body::Table(table) = &sibling.body else {
            continue;
        };
        let before = table
            .partition_of
            .as_ref()
            .filter(|before| before.parent == of.parent);
        let Some(before) =
            before.filter(|before| sibling.id != *partition && may_overlap(&before.bound, &of.bound))
        else {
            continue;
        };
        match Context::table(context.to, &sibling.id.qualified()) {
            None => facts.push(Fact::Gone(sibling.id.clone())),
            Some(after) if after.partition_of.as_ref() != Some(before) => {
                facts.push(Fact::Named(sibling.id.clone()))
            }
            Some(_) => {}
        }
    }
    facts
}

/// False only where two bounds, as the server prints them, certainly share no value.
pub fn may_overlap(one: &str, other: &str) -> bool {
    if one == "DEFAULT" || other == "DEFAULT" {
        return one == other;
    }
    if let (Some(one), Some(other)) = (listed(one), listed(other)) {
        return one.iter().any(|value| other.contains(value));
    }
    if let (Some(one), Some(other)) = (range(one), range(other)) {
        let ends_before = |a: &str, b: &str| matches!(compare(a, b), Some(Ordering::Less | Ordering::Equal));
        return !(ends_before(one.1, other.0) || ends_before(other.1, one.0));
    }
    one == other || !one.contains("remainder") || remainders_meet(one, other)
}

fn listed(bound: &str) -> Option<Vec<&str>> {
    let inner = bound.strip_prefix("FOR VALUES IN (")?.strip_suffix(')')?;
    Some(inner.split(", ").collect())
}

/// Lower and upper end of a range over one column.
fn range(bound: &str) -> Option<(&str, &str)> {
    let inner = bound.strip_prefix("FOR VALUES FROM (")?.strip_suffix(')')?;
    let (low, high) = inner.split_once(") TO (")?;
    (!low.contains(", ") && !high.contains(", ")).then_some((low, high))
}

/// The order of two ends: numbers, and times as ISO prints them. None where it is not known.
fn compare(a: &str, b: &str) -> Option<Ordering> {
    if a == b {
        return Some(Ordering::Equal);
    }
    match (a, b) {
        ("MINVALUE", _) | (_, "MAXVALUE") => return Some(Ordering::Less),
        ("MAXVALUE", _) | (_, "MINVALUE") => return Some(Ordering::Greater),
        _ => {}
    }
    let bare = |end: &str| end.trim_matches('\'').to_owned();
    let (a, b) = (bare(a), bare(b));
    if let (Ok(a), Ok(b)) = (a.parse::<i128>(), b.parse::<i128>()) {
        return Some(a.cmp(&b));
    }
    let is_time = |text: &str| {
        let bytes = text.as_bytes();
        bytes.len() >= 10
            && bytes[4] == b'-'
            && bytes[7] == b'-'
            && bytes[..4].iter().all(u8::is_ascii_digit)
            && !text.ends_with("BC")
    };
    (is_time(&a) && is_time(&b)).then(|| a.cmp(&b))
}

fn remainders_meet(one: &str, other: &str) -> bool {
    let numbers = |bound: &str| -> Vec<u64> {
        let parts = bound.split(|letter: char| !letter.is_ascii_digit());
        parts.filter_map(|part| part.parse().ok()).collect()
    };
    match (&numbers(one)[..], &numbers(other)[..]) {
        ([modulus, remainder], [other_modulus, other_remainder]) => {
            let least = *modulus.min(other_modulus).max(&1);
            remainder % least == other_remainder % least
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::may_overlap;

    #[test]
    fn bounds_overlap_unless_they_certainly_do_not() {
        for (one, other, overlap) in [
            ("DEFAULT", "FOR VALUES IN ('a')", false),
            ("DEFAULT", "DEFAULT", true),
            ("FOR VALUES IN ('a', 'b')", "FOR VALUES IN ('c')", false),
            ("FOR VALUES IN ('a', 'b')", "FOR VALUES IN ('b')", true),
            (
                "FOR VALUES FROM (1) TO (10)",
                "FOR VALUES FROM (10) TO (20)",
                false,
            ),
            ("FOR VALUES FROM (1) TO (10)", "FOR VALUES FROM (9) TO (20)", true),
            (
                "FOR VALUES FROM ('2020-01-01') TO ('2021-01-01')",
                "FOR VALUES FROM ('2021-01-01') TO (MAXVALUE)",
                false,
            ),
            (
                "FOR VALUES FROM ('a') TO ('b')",
                "FOR VALUES FROM ('b') TO ('c')",
                false,
            ),
            (
                "FOR VALUES FROM ('a') TO ('b')",
                "FOR VALUES FROM ('c') TO ('d')",
                true,
            ),
            (
                "FOR VALUES WITH (modulus 4, remainder 1)",
                "FOR VALUES WITH (modulus 2, remainder 1)",
                true,
            ),
            (
                "FOR VALUES WITH (modulus 4, remainder 1)",
                "FOR VALUES WITH (modulus 4, remainder 2)",
                false,
            ),
        ] {
            assert_eq!(may_overlap(one, other), overlap, "{one} and {other}");
            assert_eq!(may_overlap(other, one), overlap, "{other} and {one}");
        }
    }
}
