//! What statements change that are no CREATE: ALTER, DROP, RENAME, COMMENT, GRANT.

use super::elements;
use super::facts::{Facts, Granted};
use super::target::{Target, What, names_in, object_target};
use crate::bodies::{Name, Space};
use pg_query::NodeEnum;
use pg_query::protobuf::{self, GrantTargetType, ObjectType};

impl Facts {
    /// Statements that change, drop, rename, comment, own and grant.
    pub(super) fn of_change(&mut self, node: &NodeEnum) {
        match node {
            NodeEnum::AlterTableStmt(s) => self.of_alter_table(s),
            NodeEnum::RenameStmt(s) => self.of_rename(s),
            NodeEnum::AlterObjectSchemaStmt(s) => {
                let target = s
                    .relation
                    .as_ref()
                    .map(Target::relation)
                    .or_else(|| object_target(s.object_type, s.object.as_ref()?));
                self.uses.insert(Name::bare(Space::Schema, s.newschema.clone()));
                self.moves(target, |name| Name {
                    schema: Some(s.newschema.as_str().into()),
                    ..name
                });
            }
            NodeEnum::AlterOwnerStmt(s) => {
                let target = s
                    .relation
                    .as_ref()
                    .map(Target::relation)
                    .or_else(|| object_target(s.object_type, s.object.as_ref()?));
                self.uses_target(target.as_ref());
                self.owner_of = target;
            }
            NodeEnum::CommentStmt(s) => {
                let target = s
                    .object
                    .as_ref()
                    .and_then(|object| object_target(s.objtype, object));
                self.uses_target(target.as_ref());
            }
            NodeEnum::GrantStmt(s) => self.of_grant(s),
            NodeEnum::DropStmt(s) => self.of_drop(s),
            NodeEnum::AlterEnumStmt(s) => self.alters(Target::of_parts(What::Type, &names_in(&s.type_name))),
            NodeEnum::AlterTypeStmt(s) => self.alters(Target::of_parts(What::Type, &names_in(&s.type_name))),
            NodeEnum::AlterDomainStmt(s) => {
                let domain = Target::of_parts(What::Type, &names_in(&s.type_name));
                if let (Some(domain), Some(def)) = (&domain, &s.def) {
                    elements::of_domain(domain, std::slice::from_ref(def.as_ref()), &mut self.elements);
                }
                self.alters(domain);
            }
            NodeEnum::AlterSeqStmt(s) => {
                self.uses_owned_by(&s.options);
                self.alters(s.sequence.as_ref().map(Target::relation));
            }
            NodeEnum::AlterFunctionStmt(s) => {
                let target = s
                    .func
                    .as_ref()
                    .and_then(|f| Target::of_parts(What::Routine, &names_in(&f.objname)));
                self.alters(target);
            }
            _ => self.of_rare_change(node),
        }
    }

    pub(super) fn alters(&mut self, target: Option<Target>) {
        self.uses_target(target.as_ref());
        self.touches.extend(
            target
                .iter()
                .flat_map(Target::names)
                .filter(|n| n.space != Space::Schema),
        );
        self.target = target;
    }

    pub(super) fn of_alter_table(&mut self, s: &protobuf::AlterTableStmt) {
        let Some(table) = s.relation.as_ref().map(Target::relation) else {
            return;
        };
        elements::of_alter_table(&table, s, &mut self.elements);
        let owner = s.cmds.iter().any(|command| match &command.node {
            Some(NodeEnum::AlterTableCmd(command)) => command.newowner.is_some(),
            _ => false,
        });
        self.owner_of = owner.then(|| table.clone());
        let only = match (s.cmds.len(), self.elements.iter().find(|element| element.top)) {
            (1, Some(element)) => Some(element.target.clone()),
            _ => None,
        };
        self.alters(Some(table));
        self.target = only.or(self.target.take());
        self.lenient = s.missing_ok;
    }

    pub(super) fn of_rename(&mut self, s: &protobuf::RenameStmt) {
        let kind = ObjectType::try_from(s.rename_type).unwrap_or(ObjectType::Undefined);
        let part = matches!(
            kind,
            ObjectType::ObjectColumn
                | ObjectType::ObjectAttribute
                | ObjectType::ObjectTabconstraint
                | ObjectType::ObjectTrigger
                | ObjectType::ObjectPolicy
                | ObjectType::ObjectRule
                | ObjectType::ObjectDomconstraint
        );
        let target = s
            .relation
            .as_ref()
            .map(Target::relation)
            .or_else(|| object_target(s.rename_type, s.object.as_ref()?));
        match part {
            true => self.alters(target),
            false => self.moves(target, |name| Name {
                name: s.newname.as_str().into(),
                ..name
            }),
        }
        self.lenient = s.missing_ok;
    }

    /// The target is called otherwise afterwards.
    pub(super) fn moves(&mut self, target: Option<Target>, to: impl Fn(Name) -> Name) {
        let names: Vec<Name> = target
            .iter()
            .flat_map(Target::names)
            .filter(|n| n.space != Space::Schema)
            .collect();
        self.alters(target);
        self.defines.extend(names.iter().cloned().map(to));
        self.drops.extend(names);
        self.target = None;
    }

    pub(super) fn of_grant(&mut self, s: &protobuf::GrantStmt) {
        let all = s.targtype == GrantTargetType::AclTargetAllInSchema as i32;
        for object in &s.objects {
            if all {
                if let Some(NodeEnum::String(schema)) = &object.node {
                    let what = match ObjectType::try_from(s.objtype) {
                        Ok(ObjectType::ObjectTable) => What::Relation,
                        Ok(ObjectType::ObjectSequence) => What::Sequence,
                        _ => What::Routine,
                    };
                    self.granted.push(Granted::AllIn {
                        what,
                        schema: schema.sval.clone(),
                    });
                    self.uses.insert(Name::bare(Space::Schema, schema.sval.clone()));
                }
                continue;
            }
            let Some(target) = object_target(s.objtype, object) else {
                continue;
            };
            self.uses_target(Some(&target));
            for privilege in &s.privileges {
                if let Some(NodeEnum::AccessPriv(privilege)) = &privilege.node {
                    let columns = names_in(&privilege.cols).into_iter();
                    self.granted
                        .extend(columns.map(|c| Granted::On(target.part(What::Column, c))));
                }
            }
            self.granted.push(Granted::On(target));
        }
    }

    pub(super) fn of_drop(&mut self, s: &protobuf::DropStmt) {
        for object in &s.objects {
            let names = object_target(s.remove_type, object)
                .map(|t| t.names())
                .unwrap_or_default();
            if !s.missing_ok {
                self.uses.extend(names.iter().cloned());
            }
            let whole = !matches!(
                ObjectType::try_from(s.remove_type),
                Ok(ObjectType::ObjectTrigger | ObjectType::ObjectPolicy | ObjectType::ObjectRule)
            );
            let last = names
                .into_iter()
                .filter(|n| n.space != Space::Schema || s.remove_type == ObjectType::ObjectSchema as i32);
            match whole {
                true => self.drops.extend(last),
                false => self.touches.extend(last),
            }
        }
        if s.missing_ok {
            self.uses.clear();
        }
        self.touches.extend(self.drops.iter().cloned());
    }
}
