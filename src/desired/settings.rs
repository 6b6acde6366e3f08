//! Session settings of a file: SET and set_config hold for the rest of it, as they do in psql, and never for another file.

use super::target::names_in;
use crate::text::Shared;
use pg_query::NodeEnum;
use pg_query::protobuf::{Node, SelectStmt, TransactionStmtKind, VariableSetKind, VariableSetStmt, a_const};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a file has set where a statement stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Settings {
    /// By lower-case name: the statement that sets it.
    pub statements: BTreeMap<String, String>,
    /// The schemas of `search_path`, where the file sets one.
    pub search_path: Option<Vec<Shared>>,
}

/// Settings that say nothing about the schema, or would make the engine wait, talk or check what it should not.
const IGNORED: &[&str] = &[
    "check_function_bodies",
    "client_encoding",
    "client_min_messages",
    "constraint_exclusion",
    "idle_in_transaction_session_timeout",
    "idle_session_timeout",
    "lock_timeout",
    "log_min_messages",
    "maintenance_work_mem",
    "row_security",
    "session_replication_role",
    "statement_timeout",
    "synchronous_commit",
    "transaction_timeout",
    "work_mem",
];

/// The settings while a file is read from top to bottom.
#[derive(Debug, Default)]
pub(super) struct Session {
    now: Arc<Settings>,
    /// What holds again after COMMIT, inside of BEGIN … COMMIT.
    outside: Option<Arc<Settings>>,
    /// Roles that SET ROLE and SET SESSION AUTHORIZATION name.
    pub roles: Vec<String>,
}

impl Session {
    /// What holds for the next statement.
    pub fn now(&self) -> Arc<Settings> {
        Arc::clone(&self.now)
    }

    /// BEGIN and COMMIT bound what SET LOCAL sets. False for what undoes statements.
    pub fn transaction(&mut self, kind: i32) -> bool {
        match TransactionStmtKind::try_from(kind) {
            Ok(TransactionStmtKind::TransStmtBegin | TransactionStmtKind::TransStmtStart) => {
                self.outside = Some(self.now());
            }
            Ok(TransactionStmtKind::TransStmtCommit) => {
                if let Some(outside) = self.outside.take() {
                    self.now = outside;
                }
            }
            Ok(TransactionStmtKind::TransStmtSavepoint | TransactionStmtKind::TransStmtRelease) => {}
            _ => return false,
        }
        true
    }

    /// SET, RESET.
    pub fn set(&mut self, statement: &VariableSetStmt, text: &str) {
        let name = statement.name.to_ascii_lowercase();
        if statement.is_local && self.outside.is_none() {
            return;
        }
        let values: Vec<String> = statement.args.iter().filter_map(constant).collect();
        match VariableSetKind::try_from(statement.kind) {
            Ok(VariableSetKind::VarSetValue) => {
                if matches!(name.as_str(), "role" | "session_authorization") {
                    self.roles
                        .extend(values.iter().filter(|role| *role != "none").cloned());
                }
                let path = (name == "search_path").then(|| values.iter().map(Shared::from).collect());
                self.put(&name, Some(without_local(text)), path, statement.is_local);
            }
            Ok(VariableSetKind::VarSetDefault | VariableSetKind::VarReset) => {
                self.put(&name, None, None, statement.is_local);
            }
            Ok(VariableSetKind::VarResetAll) => {
                self.now = Arc::default();
            }
            _ => {}
        }
    }

    /// `SELECT set_config('name', 'value', false)`, as pg_dump writes it. False where the query is something else.
    pub fn set_config(&mut self, query: &SelectStmt, text: &str) -> bool {
        let Some(arguments) = set_config_arguments(query) else {
            return false;
        };
        let values: Vec<Option<String>> = arguments.iter().map(constant).collect();
        let [Some(name), Some(value), Some(local)] = values.as_slice() else {
            return false;
        };
        let local = local == "true";
        if !local || self.outside.is_some() {
            let name = name.to_ascii_lowercase();
            let path = (name == "search_path").then(|| path_of(value));
            self.put(&name, Some(text.to_string()), path, local);
        }
        true
    }

    fn put(&mut self, name: &str, statement: Option<String>, path: Option<Vec<Shared>>, local: bool) {
        if IGNORED.contains(&name) {
            return;
        }
        let apply = |settings: &mut Arc<Settings>| {
            let settings = Arc::make_mut(settings);
            match &statement {
                Some(statement) => settings.statements.insert(name.to_string(), statement.clone()),
                None => settings.statements.remove(name),
            };
            if name == "search_path" {
                settings.search_path.clone_from(&path);
            }
        };
        apply(&mut self.now);
        if let (Some(outside), false) = (&mut self.outside, local) {
            apply(outside);
        }
    }
}

fn set_config_arguments(query: &SelectStmt) -> Option<&[Node]> {
    let [target] = query.target_list.as_slice() else {
        return None;
    };
    let Some(NodeEnum::ResTarget(target)) = &target.node else {
        return None;
    };
    match target.val.as_ref()?.node.as_ref()? {
        NodeEnum::FuncCall(call)
            if names_in(&call.funcname)
                .last()
                .is_some_and(|name| name == "set_config") =>
        {
            Some(&call.args)
        }
        _ => None,
    }
}

fn constant(node: &Node) -> Option<String> {
    match node.node.as_ref()? {
        NodeEnum::AConst(value) => match value.val.as_ref()? {
            a_const::Val::Sval(text) => Some(text.sval.clone()),
            a_const::Val::Ival(number) => Some(number.ival.to_string()),
            a_const::Val::Fval(number) => Some(number.fval.clone()),
            a_const::Val::Boolval(truth) => Some(truth.boolval.to_string()),
            a_const::Val::Bsval(bits) => Some(bits.bsval.clone()),
        },
        NodeEnum::TypeCast(cast) => constant(cast.arg.as_ref()?),
        _ => None,
    }
}

/// The schemas in the text of a search_path.
pub(super) fn path_of(text: &str) -> Vec<Shared> {
    text.split(',')
        .filter_map(|part| crate::text::dotted_name(part, true)?.pop())
        .map(Shared::from)
        .collect()
}

/// `SET LOCAL x` holds in the engine's own session as `SET x`.
fn without_local(text: &str) -> String {
    let mut words = text.splitn(3, char::is_whitespace);
    match (words.next(), words.next(), words.next()) {
        (Some(set), Some(local), Some(rest)) if local.eq_ignore_ascii_case("local") => {
            format!("{set} {rest}")
        }
        _ => text.to_string(),
    }
}
