//! Types, domains and default privileges that are on both sides.

use super::{Sides, pair};
use crate::change::constrain_domain;
use crate::change::{
    Change, Detail, DetailLine, Manage, Verb,
    change_enum::ChangeEnum,
    keep_label,
    rebuild_domain::{RebuildDomain, is_rebuilt},
    rebuild_enum::RebuildEnum,
    restoring,
    set_grants::SetGrants,
};
use crate::model::{DefaultPrivileges, Domain, DomainConstraint, EnumType, Object, ObjectId};
use crate::sql;
use crate::step::{Lock, Phase};

/// Labels added where the old ones stay in order; else the type is rebuilt.
pub fn enumeration(id: &ObjectId, old: &EnumType, new: &EnumType) -> Option<Change> {
    if old.labels == new.labels {
        return None;
    }
    let (verb, detail) = if old.becomes_by_adding(new) {
        let mut add = Vec::new();
        for (position, label) in new.labels.iter().enumerate() {
            if old.labels.contains(label) {
                continue;
            }
            // Labels behind this one that are new themselves do not exist yet when it is added.
            let next = new.labels[position + 1..]
                .iter()
                .find(|next| old.labels.contains(next))
                .cloned();
            add.push((label.clone(), next));
        }
        (Verb::Alter, Detail::ChangeEnum(ChangeEnum { add }))
    } else {
        (
            Verb::Recreate,
            Detail::RebuildEnum(RebuildEnum {
                unit: format!("rebuild {}", id.label()),
            }),
        )
    };
    let mut change = Change::new(id.clone(), verb, detail);
    change.lines.push(DetailLine::new(
        "labels",
        old.labels.join(", "),
        new.labels.join(", "),
    ));
    Some(change)
}

/// Rows that are to leave the former labels of an enum, which stay in the type.
pub fn kept_labels(sides: &Sides, desired: &Object) -> Option<Change> {
    let detail = keep_label::between(sides.from, sides.to, desired)?;
    let id = desired.id.clone();
    let lines: Vec<DetailLine> = detail
        .labels
        .iter()
        .map(|(old, new)| DetailLine::new("label", format!("{old} (kept)"), new.as_str()))
        .chain(detail.released.iter().map(|each| {
            let rejected = format!("{} in {}.{}", each.labels.join(", "), each.table, each.column);
            DetailLine::new("rejected", rejected, "")
        }))
        .collect();
    let mut change = Change::new(id, Verb::Alter, Detail::KeepLabel(detail));
    change.lines = lines;
    Some(change)
}

/// Default and NOT NULL in place; for another base type the domain is built anew.
pub fn domain(sides: &Sides, id: &ObjectId, old: &Domain, new: &Domain) -> Vec<Change> {
    if is_rebuilt(sides.from, sides.to, &id.qualified()) {
        let detail = RebuildDomain {
            unit: format!("rebuild {}", id.label()),
        };
        let mut change = Change::new(id.clone(), Verb::Recreate, Detail::RebuildDomain(detail));
        change
            .lines
            .push(DetailLine::new("base type", old.base.as_str(), new.base.as_str()));
        return vec![change];
    }
    let mut changes = Vec::new();
    let alter = |action: String| {
        vec![sql::alter::alter_object(
            "DOMAIN",
            &sql::qualified(&id.qualified()),
            &action,
        )]
    };
    if old.default != new.default {
        let to = |domain: &Domain| match &domain.default {
            Some(default) => alter(format!("SET DEFAULT {default}")),
            None => alter("DROP DEFAULT".to_owned()),
        };
        changes.push(pair::setting(
            id,
            "default",
            Phase::Expand,
            Lock::AccessShare,
            to(new),
            to(old),
        ));
    }
    if old.not_null != new.not_null {
        let to = |domain: &Domain| {
            alter(format!(
                "{} NOT NULL",
                if domain.not_null { "SET" } else { "DROP" }
            ))
        };
        let phase = if new.not_null {
            Phase::Migrate
        } else {
            Phase::Expand
        };
        changes.push(pair::setting(
            id,
            "nullability",
            phase,
            Lock::Share,
            to(new),
            to(old),
        ));
    }
    changes
}

/// Validated in place; anything else is dropped and added.
pub fn domain_constraint(
    sides: &Sides,
    live: &Object,
    desired: &Object,
    old: &DomainConstraint,
    new: &DomainConstraint,
) -> Vec<Change> {
    let id = &desired.id;
    if old.definition == new.definition && new.validated {
        let validate = constrain_domain::validate(id);
        let mut back = vec![sql::drop(desired)];
        back.extend(sql::create(&restoring(live), sides.from));
        return vec![pair::setting(
            id,
            "state",
            Phase::Migrate,
            Lock::Share,
            vec![validate],
            back,
        )];
    }
    vec![pair::redefine(
        id,
        Some((old.definition.clone(), new.definition.clone())),
    )]
}

/// Default privileges are privileges: compared where the files declare them.
pub fn default_privileges(
    sides: &Sides,
    desired: &Object,
    old: &DefaultPrivileges,
    new: &DefaultPrivileges,
) -> Vec<Change> {
    if old == new || sides.policy.manage_grants == Manage::None {
        return Vec::new();
    }
    let detail = Detail::SetGrants(SetGrants {
        old: old.grants.clone(),
        new: new.grants.clone(),
        of_numbers: false,
        columns: Vec::new(),
    });
    vec![Change::new(desired.id.clone(), Verb::Alter, detail)]
}
