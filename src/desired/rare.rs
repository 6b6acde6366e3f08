//! What statements about objects of rare kinds define, change and use.

use super::facts::Facts;
use super::target::{Target, What, names_in, outside, type_label};
use crate::bodies::{Name, Space};
use crate::model::Kind;
use crate::text::Shared;
use pg_query::NodeEnum;
use pg_query::protobuf::{self, ObjectType, RoleSpecType};

impl Facts {
    /// CREATE statements of rare kinds. False where it is none.
    pub(super) fn of_rare_definition(&mut self, node: &NodeEnum) -> bool {
        match node {
            NodeEnum::DefineStmt(s) => self.of_define(s),
            NodeEnum::CreateForeignServerStmt(s) => {
                self.makes(Kind::ForeignServer, &s.servername, s.if_not_exists);
                self.uses.insert(outside(Kind::ForeignDataWrapper, &s.fdwname));
            }
            NodeEnum::CreateFdwStmt(s) => {
                self.makes(Kind::ForeignDataWrapper, &s.fdwname, false);
                self.uses_functions_of(&s.func_options);
            }
            NodeEnum::CreateUserMappingStmt(s) => {
                let user = match &s.user {
                    Some(user) if user.roletype == RoleSpecType::RolespecPublic as i32 => "public",
                    Some(user) => user.rolename.as_str(),
                    None => "",
                };
                let mut target = Target::new(What::Rare(Kind::UserMapping), None, user);
                target.args = Some(vec![Shared::from(&s.servername)]);
                self.target = Some(target);
                self.creates = true;
                self.conditional = s.if_not_exists;
                self.uses.insert(outside(Kind::ForeignServer, &s.servername));
            }
            NodeEnum::CreatePublicationStmt(s) => {
                self.makes(Kind::Publication, &s.pubname, false);
                self.uses_schemas_of(&s.pubobjects);
            }
            NodeEnum::CreateEventTrigStmt(s) => {
                self.makes(Kind::EventTrigger, &s.trigname, false);
                self.uses_parts(Space::Routine, &s.funcname);
            }
            NodeEnum::CreatePlangStmt(s) => {
                self.makes(Kind::Language, &s.plname, s.replace);
                for function in [&s.plhandler, &s.plinline, &s.plvalidator] {
                    self.uses_parts(Space::Routine, function);
                }
            }
            NodeEnum::CreateAmStmt(s) => {
                self.makes(Kind::AccessMethod, &s.amname, false);
                self.uses_parts(Space::Routine, &s.handler_name);
            }
            NodeEnum::CreateConversionStmt(s) => {
                let what = What::Rare(Kind::Conversion);
                self.named(what, &s.conversion_name, &[Space::Other], false);
                self.uses_parts(Space::Routine, &s.func_name);
            }
            NodeEnum::CreateOpClassStmt(s) => {
                let what = What::Rare(Kind::OperatorClass);
                if let Some(mut target) = self.named(what, &s.opclassname, &[Space::Other], false) {
                    target.args = Some(vec![Shared::from(&s.amname)]);
                    self.target = Some(target);
                }
                self.uses_parts(Space::Other, &s.opfamilyname);
                self.uses.insert(outside(Kind::AccessMethod, &s.amname));
                self.uses_members(&s.items);
            }
            NodeEnum::CreateOpFamilyStmt(s) => {
                let what = What::Rare(Kind::OperatorFamily);
                if let Some(mut target) = self.named(what, &s.opfamilyname, &[Space::Other], false) {
                    target.args = Some(vec![Shared::from(&s.amname)]);
                    self.target = Some(target);
                }
                self.uses.insert(outside(Kind::AccessMethod, &s.amname));
            }
            NodeEnum::CreateCastStmt(s) => {
                if let (Some(source), Some(target)) = (&s.sourcetype, &s.targettype) {
                    let mut cast = Target::new(What::Rare(Kind::Cast), None, type_label(source));
                    cast.args = Some(vec![type_label(target).into()]);
                    self.target = Some(cast);
                    self.creates = true;
                }
                if let Some(function) = &s.func {
                    self.uses_parts(Space::Routine, &function.objname);
                }
            }
            NodeEnum::CreateTransformStmt(s) => {
                if let Some(data_type) = &s.type_name {
                    let mut target = Target::new(What::Rare(Kind::Transform), None, type_label(data_type));
                    target.args = Some(vec![Shared::from(&s.lang)]);
                    self.target = Some(target);
                    self.creates = true;
                    self.conditional = s.replace;
                }
                for function in [&s.fromsql, &s.tosql].into_iter().flatten() {
                    self.uses_parts(Space::Routine, &function.objname);
                }
            }
            _ => return false,
        }
        true
    }

    /// ALTER statements of rare kinds.
    pub(super) fn of_rare_change(&mut self, node: &NodeEnum) {
        let named = |kind: Kind, name: &str| Some(Target::new(What::Rare(kind), None, name));
        let placed =
            |kind: Kind, name: &[protobuf::Node]| Target::of_parts(What::Rare(kind), &names_in(name));
        match node {
            NodeEnum::AlterPublicationStmt(s) => {
                self.alters(named(Kind::Publication, &s.pubname));
                self.uses_schemas_of(&s.pubobjects);
            }
            NodeEnum::AlterEventTrigStmt(s) => self.alters(named(Kind::EventTrigger, &s.trigname)),
            NodeEnum::AlterForeignServerStmt(s) => self.alters(named(Kind::ForeignServer, &s.servername)),
            NodeEnum::AlterFdwStmt(s) => {
                self.alters(named(Kind::ForeignDataWrapper, &s.fdwname));
                self.uses_functions_of(&s.func_options);
            }
            NodeEnum::AlterUserMappingStmt(s) => {
                self.uses.insert(outside(Kind::ForeignServer, &s.servername));
            }
            NodeEnum::AlterTsdictionaryStmt(s) => {
                self.alters(placed(Kind::TextSearchDictionary, &s.dictname));
            }
            NodeEnum::AlterTsconfigurationStmt(s) => {
                self.alters(placed(Kind::TextSearchConfiguration, &s.cfgname));
                for dictionary in &s.dicts {
                    if let Some(NodeEnum::List(name)) = &dictionary.node {
                        self.uses_parts(Space::Other, &name.items);
                    }
                }
            }
            NodeEnum::AlterOpFamilyStmt(s) => {
                self.alters(placed(Kind::OperatorFamily, &s.opfamilyname));
                self.uses_members(&s.items);
            }
            NodeEnum::AlterOperatorStmt(s) => {
                let name = s.opername.as_ref().map(|object| object.objname.as_slice());
                self.alters(name.and_then(|name| placed(Kind::Operator, name)));
                self.types_may_be(Space::Routine);
            }
            _ => {}
        }
    }

    fn makes(&mut self, kind: Kind, name: &str, conditional: bool) {
        self.defines.push(outside(kind, name));
        self.target = Some(Target::new(What::Rare(kind), None, name));
        self.creates = true;
        self.conditional = conditional;
    }

    fn of_define(&mut self, s: &protobuf::DefineStmt) {
        let (what, spaces): (What, &[Space]) = match ObjectType::try_from(s.kind) {
            Ok(ObjectType::ObjectType) => (What::Type, &[Space::Type]),
            Ok(ObjectType::ObjectAggregate) => (What::Routine, &[Space::Routine]),
            Ok(ObjectType::ObjectOperator) => (What::Rare(Kind::Operator), &[Space::Operator]),
            Ok(ObjectType::ObjectCollation) => (What::Collation, &[Space::Other]),
            Ok(ObjectType::ObjectTsparser) => (What::Rare(Kind::TextSearchParser), &[Space::Other]),
            Ok(ObjectType::ObjectTstemplate) => (What::Rare(Kind::TextSearchTemplate), &[Space::Other]),
            Ok(ObjectType::ObjectTsdictionary) => (What::Rare(Kind::TextSearchDictionary), &[Space::Other]),
            _ => (What::Rare(Kind::TextSearchConfiguration), &[Space::Other]),
        };
        self.named(what, &s.defnames, spaces, s.if_not_exists || s.replace);
        self.types_may_be(Space::Routine);
        if let What::Rare(Kind::TextSearchDictionary | Kind::TextSearchConfiguration) = what {
            // A template, a parser or another configuration is parsed as a type's name as well.
            self.types_may_be(Space::Other);
        }
    }

    /// TABLES IN SCHEMA of a publication.
    fn uses_schemas_of(&mut self, objects: &[protobuf::Node]) {
        for object in objects {
            if let Some(NodeEnum::PublicationObjSpec(object)) = &object.node
                && !object.name.is_empty()
            {
                self.uses.insert(Name::bare(Space::Schema, &object.name));
            }
        }
    }

    fn uses_functions_of(&mut self, options: &[protobuf::Node]) {
        for option in options.iter().filter_map(super::facts::def_elem) {
            if let Some(NodeEnum::List(name)) = option.arg.as_ref().and_then(|arg| arg.node.as_ref()) {
                self.uses_parts(Space::Routine, &name.items);
            }
        }
    }

    /// Operators and functions of a class or family.
    fn uses_members(&mut self, items: &[protobuf::Node]) {
        for item in items {
            let Some(NodeEnum::CreateOpClassItem(item)) = &item.node else {
                continue;
            };
            let Some(name) = &item.name else { continue };
            let space = match item.itemtype {
                1 => Space::Operator,
                _ => Space::Routine,
            };
            self.uses_parts(space, &name.objname);
            self.uses_parts(Space::Other, &item.order_family);
        }
    }
}
