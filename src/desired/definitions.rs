//! What CREATE statements define and use.

use super::elements;
use super::facts::{Facts, def_elem, facts};
use super::target::{Target, What, filled, names_in, outside, type_label};
use crate::bodies::{Name, Space};
use crate::model::Kind;
use crate::text::Shared;
use pg_query::NodeEnum;
use pg_query::protobuf::{self, FunctionParameterMode};
use std::collections::BTreeSet;

impl Facts {
    /// CREATE statements. False where it is none.
    pub(super) fn of_definition(&mut self, node: &NodeEnum, text: &str) -> bool {
        match node {
            NodeEnum::CreateStmt(s) => self.of_create_table(s),
            NodeEnum::CreateForeignTableStmt(s) => {
                if let Some(base) = &s.base_stmt {
                    self.of_create_table(base);
                }
                self.uses.insert(outside(Kind::ForeignServer, &s.servername));
            }
            NodeEnum::ViewStmt(s) => drop(self.relation(s.view.as_ref(), s.replace)),
            NodeEnum::CreateTableAsStmt(s) => {
                let range = s.into.as_ref().and_then(|into| into.rel.as_ref());
                self.relation(range, s.if_not_exists);
            }
            NodeEnum::CreateSeqStmt(s) => {
                self.relation(s.sequence.as_ref(), s.if_not_exists);
                self.uses_owned_by(&s.options);
            }
            NodeEnum::IndexStmt(s) => self.of_index(s),
            NodeEnum::CompositeTypeStmt(s) => {
                if let Some(mut target) = self.relation(s.typevar.as_ref(), false) {
                    target.what = What::Type;
                    elements::of_composite(&target, &s.coldeflist, &mut self.elements);
                    self.target = Some(target);
                }
            }
            NodeEnum::CreateEnumStmt(s) => {
                if let Some(target) = self.named(What::Type, &s.type_name, &[Space::Type], false) {
                    elements::of_enum(&target, &s.vals, text, &mut self.elements);
                }
            }
            NodeEnum::CreateDomainStmt(s) => {
                if let Some(target) = self.named(What::Type, &s.domainname, &[Space::Type], false) {
                    elements::of_domain(&target, &s.constraints, &mut self.elements);
                }
            }
            NodeEnum::CreateRangeStmt(s) => {
                self.named(What::Type, &s.type_name, &[Space::Type], false);
                self.types_may_be(Space::Routine);
            }
            NodeEnum::CreateFunctionStmt(s) => self.of_routine(s),
            NodeEnum::CreateSchemaStmt(s) => self.of_schema(s, text),
            NodeEnum::CreateExtensionStmt(s) => {
                self.create(
                    Target::new(What::Extension, None, s.extname.clone()),
                    &[Space::Extension],
                    s.if_not_exists,
                );
                for option in s
                    .options
                    .iter()
                    .filter_map(def_elem)
                    .filter(|o| o.defname == "schema")
                {
                    if let Some(NodeEnum::String(schema)) =
                        option.arg.as_ref().and_then(|arg| arg.node.as_ref())
                    {
                        self.uses.insert(Name::bare(Space::Schema, schema.sval.clone()));
                    }
                }
            }
            NodeEnum::CreateStatsStmt(s) => {
                self.named(What::Statistics, &s.defnames, &[Space::Other], s.if_not_exists);
            }
            NodeEnum::CreateTrigStmt(s) => {
                self.part(s.relation.as_ref(), What::Trigger, &s.trigname, s.replace);
                self.uses_parts(Space::Routine, &s.funcname);
            }
            NodeEnum::CreatePolicyStmt(s) => self.part(s.table.as_ref(), What::Policy, &s.policy_name, false),
            NodeEnum::RuleStmt(s) => self.part(s.relation.as_ref(), What::Rule, &s.rulename, s.replace),
            _ => return self.of_rare_definition(node),
        }
        true
    }

    pub(super) fn of_create_table(&mut self, s: &protobuf::CreateStmt) {
        let Some(table) = self.relation(s.relation.as_ref(), s.if_not_exists) else {
            return;
        };
        elements::of_table(&table, &s.table_elts, &mut self.elements);
        for element in &self.elements {
            let target = &element.target;
            if target.what == What::Constraint && !target.name.is_empty() {
                self.defines.push(Name {
                    space: Space::Relation,
                    schema: table.schema.clone(),
                    name: target.name.clone(),
                });
            }
        }
        for node in &s.table_elts {
            if let Some(NodeEnum::ColumnDef(column)) = &node.node
                && makes_sequence(column)
            {
                self.defines.push(Name {
                    space: Space::Relation,
                    schema: table.schema.clone(),
                    name: format!("{}_{}_seq", table.name, column.colname).into(),
                });
            }
        }
    }

    pub(super) fn of_index(&mut self, s: &protobuf::IndexStmt) {
        let Some(range) = &s.relation else { return };
        let table = Target::relation(range);
        let mut target = table.part(What::Index, s.idxname.clone());
        target.columns = s
            .index_params
            .iter()
            .map(|param| match &param.node {
                Some(NodeEnum::IndexElem(key)) => Shared::from(&key.name),
                _ => Shared::default(),
            })
            .collect();
        if !s.idxname.is_empty() {
            self.create(target.clone(), &[Space::Relation], s.if_not_exists);
        }
        self.touches = table.names();
        self.target = Some(target);
        self.creates = true;
    }

    /// In `sfunc = f` and `template = t` the value is parsed as a type's name.
    pub(super) fn types_may_be(&mut self, space: Space) {
        let types: Vec<Name> = self
            .uses
            .iter()
            .filter(|n| n.space == Space::Type)
            .cloned()
            .collect();
        self.uses
            .extend(types.into_iter().map(|name| Name { space, ..name }));
    }

    pub(super) fn of_routine(&mut self, s: &protobuf::CreateFunctionStmt) {
        let Some(mut target) = self.named(What::Routine, &s.funcname, &[Space::Routine], s.replace) else {
            return;
        };
        target.args = Some(
            s.parameters
                .iter()
                .filter_map(|parameter| match &parameter.node {
                    Some(NodeEnum::FunctionParameter(p)) if is_input(p.mode) => {
                        p.arg_type.as_ref().map(type_label).map(Shared::from)
                    }
                    _ => None,
                })
                .collect(),
        );
        self.target = Some(target);
    }

    pub(super) fn of_schema(&mut self, s: &protobuf::CreateSchemaStmt, text: &str) {
        let role = s
            .authrole
            .as_ref()
            .map(|role| Shared::from(&role.rolename))
            .unwrap_or_default();
        let name = filled(&s.schemaname).unwrap_or(role);
        let mut inner = Facts::default();
        for node in s.schema_elts.iter().filter_map(|node| node.node.as_ref()) {
            let mut part = facts(node, text);
            part.defines.iter_mut().for_each(|n| {
                n.schema.get_or_insert_with(|| name.clone());
            });
            for element in &mut part.elements {
                element.target.schema.get_or_insert_with(|| name.clone());
            }
            inner.defines.extend(part.defines);
            inner.elements.extend(part.elements);
        }
        let target = Target::new(What::Schema, None, name);
        self.owner_of = s.authrole.as_ref().map(|_| target.clone());
        self.create(target, &[Space::Schema], s.if_not_exists);
        let made: BTreeSet<Shared> = inner.defines.iter().map(|n| n.name.clone()).collect();
        self.uses.retain(|name| !made.contains(&name.name));
        self.defines.extend(inner.defines);
        self.elements.extend(inner.elements);
    }
}

fn is_input(mode: i32) -> bool {
    !matches!(
        FunctionParameterMode::try_from(mode),
        Ok(FunctionParameterMode::FuncParamOut | FunctionParameterMode::FuncParamTable)
    )
}

fn makes_sequence(column: &protobuf::ColumnDef) -> bool {
    let names = column
        .type_name
        .as_ref()
        .map(|name| names_in(&name.names))
        .unwrap_or_default();
    let serial = names.last().is_some_and(|name| name.contains("serial"));
    let identity = column.constraints.iter().any(|node| {
        matches!(&node.node, Some(NodeEnum::Constraint(c)) if c.contype == protobuf::ConstrType::ConstrIdentity as i32)
    });
    serial || identity
}
