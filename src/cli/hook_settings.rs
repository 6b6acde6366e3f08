//! `hooks:` of `schemaplan.yaml`.

use crate::step::Phase;
use schemars::JsonSchema;
use serde::Deserialize;

/// One command or several.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum CommandList {
    /// One.
    One(String),
    /// Several, in order.
    Several(Vec<String>),
}

impl Default for CommandList {
    fn default() -> Self {
        Self::Several(Vec::new())
    }
}

impl CommandList {
    /// All of them.
    pub fn all(&self) -> &[String] {
        match self {
            Self::One(command) => std::slice::from_ref(command),
            Self::Several(commands) => commands,
        }
    }
}

/// `hooks:`: shell commands around each phase, run in the folder of this file. They find the plan and the outcome in
/// SCHEMAPLAN_PLAN, _PLAN_FILE, _PHASE, _VERB, _DATABASE, _MEMBER, _TABLES and _OUTCOME.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HookSettings {
    /// Before each phase; one that fails ends the run.
    pub before: CommandList,
    /// Behind each phase, whatever came of it.
    pub after: CommandList,
    /// Before expand.
    pub before_expand: CommandList,
    /// Behind expand.
    pub after_expand: CommandList,
    /// Before migrate.
    pub before_migrate: CommandList,
    /// Behind migrate.
    pub after_migrate: CommandList,
    /// Before contract.
    pub before_contract: CommandList,
    /// Behind contract.
    pub after_contract: CommandList,
    /// When a phase or step takes longer than `alert_after` of `executor:`; SCHEMAPLAN_ALERT says which.
    pub on_alert: CommandList,
}

impl HookSettings {
    fn lists(&self, phase: Phase, before: bool) -> [&CommandList; 2] {
        let own = match (phase, before) {
            (Phase::Expand, true) => &self.before_expand,
            (Phase::Expand, false) => &self.after_expand,
            (Phase::Migrate, true) => &self.before_migrate,
            (Phase::Migrate, false) => &self.after_migrate,
            (Phase::Contract, true) => &self.before_contract,
            (Phase::Contract, false) => &self.after_contract,
        };
        [if before { &self.before } else { &self.after }, own]
    }

    /// The commands of that moment, in order.
    pub fn of(&self, phase: Phase, before: bool) -> impl Iterator<Item = &String> {
        self.lists(phase, before).into_iter().flat_map(CommandList::all)
    }

    /// The commands of an alert.
    pub fn of_alert(&self) -> &[String] {
        self.on_alert.all()
    }
}
