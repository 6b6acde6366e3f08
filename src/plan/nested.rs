//! Changes of what is made of a type that is exchanged for another.

use crate::change::{Change, Context, Detail, exchange_type};
use crate::model::{Kind, ObjectId};
use std::collections::BTreeSet;

/// The changes without those of domains that the exchange of a type makes anew as desired. Taken in place they would be lost
/// with the former domain, or meet labels and attributes that only one form of the type has.
pub fn without_reshaped(context: &Context, changes: &mut Vec<Change>) {
    let exchanged = changes.iter().filter_map(|change| match &change.detail {
        Detail::RebuildEnum(_) | Detail::RebuildDomain(_) => Some(&change.object),
        Detail::RebuildType(detail) if detail.exchanged => Some(&detail.old),
        _ => None,
    });
    let exchanged: Vec<&ObjectId> = exchanged.collect();
    let apart = exchanged
        .iter()
        .flat_map(|id| exchange_type::apart(context.from, context.to, id));
    let apart: BTreeSet<ObjectId> = apart.collect();
    let reshaped: BTreeSet<ObjectId> = exchanged
        .into_iter()
        .flat_map(|id| exchange_type::nested(context.from, id))
        .filter(|id| exchange_type::is_reshaped(context.from, context.to, id))
        .collect();
    changes.retain(|change| {
        let of_header = matches!(
            change.detail,
            Detail::SetOwner(_) | Detail::SetGrants(_) | Detail::SetComment(_)
        );
        let domain = match change.object.kind {
            Kind::DomainConstraint => ObjectId::named(Kind::Domain, &change.object.relation()),
            _ => change.object.clone(),
        };
        of_header || apart.contains(&change.object) || !reshaped.contains(&domain)
    });
}

/// The constraints of domains that are made anew with their domain, whatever they stand on.
pub fn checks_made_anew(context: &Context, changes: &[Change]) -> Vec<ObjectId> {
    let exchanged = changes.iter().filter_map(|change| match &change.detail {
        Detail::RebuildEnum(_) | Detail::RebuildDomain(_) => Some(&change.object),
        Detail::RebuildType(detail) if detail.exchanged => Some(&detail.old),
        _ => None,
    });
    let checks = exchanged.flat_map(|id| {
        let apart = exchange_type::apart(context.from, context.to, id);
        let mut seeds = exchange_type::seeds(context.from, id);
        seeds.retain(|seed| seed.kind == Kind::DomainConstraint && !apart.contains(seed));
        seeds
    });
    checks.collect()
}

/// A type that is exchanged exchanges the defaults of its columns too: either may be no value of the other form.
pub fn without_exchanged_defaults(context: &Context, changes: &mut Vec<Change>) {
    let exchanged = changes.iter().filter_map(|change| match &change.detail {
        Detail::RebuildType(detail) if detail.exchanged => Some(&detail.old),
        _ => None,
    });
    let columns: BTreeSet<ObjectId> = exchanged
        .flat_map(|id| exchange_type::seeds(context.from, id))
        .filter(|id| id.kind == Kind::Column)
        .collect();
    changes.retain(|change| {
        !matches!(change.detail, Detail::ChangeDefault(_)) || !columns.contains(&change.object)
    });
}
