//! `backup:` and `metrics:` of `schemaplan.yaml`.

use crate::sql::explainable;
use crate::step::Phase;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// `backup:`: before a phase pg_dump writes the tables that it touches.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BackupSettings {
    /// The folder, relative to this file; it is made where it is not there.
    pub dir: String,
    /// Before which phases; before each by default.
    #[serde(default = "every_phase")]
    pub phases: Vec<Phase>,
}

/// Each of the three.
pub fn every_phase() -> Vec<Phase> {
    Phase::ALL.to_vec()
}

/// `metrics:`: what a run costs, before and after.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MetricsSettings {
    /// A folder for a JSON file of each run and a Prometheus text file of the newest, or one file: `.json` or `.prom`. Relative
    /// to this file.
    pub path: Option<String>,
    /// Queries by name that are planned by EXPLAIN before and after a run, and never run.
    #[serde(default)]
    pub explain: BTreeMap<String, String>,
}

impl MetricsSettings {
    /// The name of a query that cannot be explained, and why.
    pub fn wrong(&self) -> Option<(&str, String)> {
        self.explain
            .iter()
            .find_map(|(name, query)| Some((name.as_str(), explainable(query).err()?)))
    }
}
