//! The document in the text format of Prometheus, for the textfile collector of the node exporter
//! (prometheus.io/docs/instrumenting/exposition_formats). Every series is a gauge: it says how the newest run was.

use std::fmt::Write;

use super::document::{Explained, Metrics, Reading, Standing};

type Labels<'a> = Vec<(&'a str, String)>;

/// A name, what it means, and its samples.
type Family<'a> = (&'static str, &'static str, Vec<(Labels<'a>, f64)>);

/// The families in order.
struct Families<'a> {
    /// The labels that samples begin with.
    common: Labels<'a>,
    all: Vec<Family<'a>>,
}

impl<'a> Families<'a> {
    fn add(&mut self, name: &'static str, help: &'static str, labels: Labels<'a>, value: f64) {
        let labels = self.common.iter().cloned().chain(labels).collect();
        let sample = (labels, value);
        match self.all.iter_mut().find(|(known, ..)| *known == name) {
            Some((.., samples)) => samples.push(sample),
            None => self.all.push((name, help, vec![sample])),
        }
    }

    fn text(&self) -> String {
        let mut out = String::new();
        for (name, help, samples) in &self.all {
            let _ = writeln!(out, "# HELP {name} {help}");
            let _ = writeln!(out, "# TYPE {name} gauge");
            for (labels, value) in samples {
                let labels: Vec<String> = labels
                    .iter()
                    .map(|(label, value)| format!("{label}=\"{}\"", escaped(value)))
                    .collect();
                let _ = writeln!(out, "{name}{{{}}} {value}", labels.join(","));
            }
        }
        out
    }
}

/// A label's value: backslash, double quote and line feed are escaped.
fn escaped(value: &str) -> String {
    value
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

/// A moment as seconds since 1970.
fn seconds(moment: &str) -> Option<f64> {
    Some(moment.parse::<jiff::Timestamp>().ok()?.as_second() as f64)
}

/// The documents of a run's databases as one text: all samples of a name stand together.
pub fn prometheus<'a>(databases: impl IntoIterator<Item = &'a Metrics>) -> String {
    let mut families = Families {
        common: Vec::new(),
        all: Vec::new(),
    };
    for metrics in databases {
        families.common = vec![
            ("server", metrics.server.clone()),
            ("database", metrics.database.clone()),
        ];
        let member = metrics.member.iter().map(|member| ("member", member.clone()));
        families.common.extend(member);
        of_database(metrics, &mut families);
    }
    families.text()
}

fn of_database(metrics: &Metrics, families: &mut Families) {
    of_run(metrics, families);
    of_steps(metrics, families);
    let first = metrics.phases.first().map(|phase| &phase.before);
    let last = metrics.phases.iter().rev().find_map(|phase| phase.after.as_ref());
    for (moment, reading) in [("before", first), ("after", last)] {
        if let Some(reading) = reading {
            of_reading(moment, reading, families);
        }
    }
    of_queries(metrics, families);
}

fn of_run(metrics: &Metrics, families: &mut Families) {
    let info = vec![
        ("plan", metrics.plan.clone()),
        ("verb", metrics.verb.clone()),
        ("version", metrics.tool_version.clone()),
    ];
    families.add(
        "schemaplan_run_info",
        "The newest run of schemaplan on this database.",
        info,
        1.0,
    );
    for standing in Standing::ALL {
        families.add(
            "schemaplan_run_outcome",
            "1 for how the run stands; `running` stays where it was killed.",
            vec![("outcome", standing.word().to_owned())],
            f64::from(u8::from(standing == metrics.outcome)),
        );
    }
    let values = [
        (
            "schemaplan_run_start_timestamp_seconds",
            "When the run began.",
            seconds(&metrics.started_at),
        ),
        (
            "schemaplan_run_last_update_timestamp_seconds",
            "When this was written.",
            seconds(&metrics.written_at),
        ),
        (
            "schemaplan_run_duration_seconds",
            "How long the run has taken.",
            Some(metrics.duration_seconds),
        ),
        (
            "schemaplan_run_wal_bytes",
            "WAL that the server wrote during the run, for the application too.",
            metrics.wal_bytes.map(|bytes| bytes as f64),
        ),
        (
            "schemaplan_replication_lag_max_seconds",
            "The longest lag of a standby that was seen.",
            metrics.lag_seconds_max,
        ),
        (
            "schemaplan_run_alerts",
            "How many phases and steps took longer than alert_after.",
            Some(metrics.alerts.len() as f64),
        ),
    ];
    for (name, help, value) in values {
        if let Some(value) = value {
            families.add(name, help, Vec::new(), value);
        }
    }
}

fn of_steps(metrics: &Metrics, families: &mut Families) {
    for phase in &metrics.phases {
        let label = || ("phase", phase.phase.name().to_owned());
        families.add(
            "schemaplan_phase_duration_seconds",
            "How long a phase has taken.",
            vec![label()],
            phase.duration_seconds,
        );
        families.add(
            "schemaplan_phase_done",
            "1 for a phase whose steps are done.",
            vec![label()],
            f64::from(u8::from(phase.outcome == Standing::Done)),
        );
        if let Some(bytes) = phase.wal_bytes {
            families.add(
                "schemaplan_phase_wal_bytes",
                "WAL that the server wrote during a phase.",
                vec![label()],
                bytes as f64,
            );
        }
        for step in &phase.steps {
            let labels = || {
                vec![
                    label(),
                    ("step", step.step.to_string()),
                    ("object", step.object.clone()),
                ]
            };
            let values = [
                (
                    "schemaplan_step_duration_seconds",
                    "How long a step has taken.",
                    step.duration_seconds,
                ),
                (
                    "schemaplan_step_attempts",
                    "How often a step was tried.",
                    f64::from(step.attempts),
                ),
                (
                    "schemaplan_step_lock_waits",
                    "How many tries of a step waited for a lock.",
                    f64::from(step.lock_waits),
                ),
                (
                    "schemaplan_step_batches",
                    "Batches that a step committed.",
                    step.batches as f64,
                ),
                (
                    "schemaplan_step_rows",
                    "Rows that a step went through.",
                    step.rows as f64,
                ),
            ];
            for (name, help, value) in values {
                families.add(name, help, labels(), value);
            }
            for (reason, held) in &step.held_seconds {
                let mut labels = labels();
                labels.push(("reason", reason.clone()));
                families.add(
                    "schemaplan_step_held_seconds",
                    "How long a step was held.",
                    labels,
                    *held,
                );
            }
        }
    }
}

fn of_reading(moment: &str, reading: &Reading, families: &mut Families) {
    let at = || ("moment", moment.to_owned());
    if let Some(bytes) = reading.database_bytes {
        let help = "The size of the database before and after the run.";
        families.add("schemaplan_database_size_bytes", help, vec![at()], bytes as f64);
    }
    for table in &reading.tables {
        let labels = || vec![("table", table.table.clone()), at()];
        let values = [
            (
                "schemaplan_table_size_bytes",
                "The size of a touched table with its indexes and TOAST.",
                Some(table.total_bytes),
            ),
            (
                "schemaplan_table_heap_bytes",
                "The size of a touched table's rows.",
                Some(table.heap_bytes),
            ),
            (
                "schemaplan_table_indexes_bytes",
                "The size of a touched table's indexes.",
                Some(table.indexes_bytes),
            ),
            (
                "schemaplan_table_rows",
                "Rows of a touched table by its statistics.",
                table.rows,
            ),
            (
                "schemaplan_table_dead_rows",
                "Dead rows of a touched table by its statistics.",
                Some(table.dead_rows),
            ),
        ];
        for (name, help, value) in values {
            if let Some(value) = value {
                families.add(name, help, labels(), value as f64);
            }
        }
        for index in &table.indexes {
            families.add(
                "schemaplan_index_size_bytes",
                "The size of an index of a touched table.",
                vec![
                    ("table", table.table.clone()),
                    ("index", index.index.clone()),
                    at(),
                ],
                index.bytes as f64,
            );
        }
    }
}

fn of_queries(metrics: &Metrics, families: &mut Families) {
    for (name, query) in &metrics.explain {
        for (moment, explained) in [("before", &query.before), ("after", &query.after)] {
            if let Some(Explained::Plan { cost, .. }) = explained {
                let labels = vec![("query", name.clone()), ("moment", moment.to_owned())];
                families.add(
                    "schemaplan_explain_cost",
                    "The planner's cost of a named query.",
                    labels,
                    *cost,
                );
            }
        }
    }
    for each in metrics
        .statements
        .iter()
        .flat_map(|statements| &statements.slowest)
    {
        let id = || ("queryid", each.query_id.clone());
        families.add(
            "schemaplan_statement_calls",
            "How often a statement ran during the run.",
            vec![id()],
            each.calls as f64,
        );
        families.add(
            "schemaplan_statement_seconds",
            "How long a statement took in sum during the run.",
            vec![id()],
            each.total_seconds,
        );
        let means = [
            ("before", each.mean_seconds_before),
            ("during", Some(each.mean_seconds)),
        ];
        for (moment, mean) in means {
            if let Some(mean) = mean {
                families.add(
                    "schemaplan_statement_mean_seconds",
                    "How long a statement took on average, before the run and during it.",
                    vec![id(), ("moment", moment.to_owned())],
                    mean,
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_escaped() {
        let metrics = Metrics {
            database: "a\"b\\c\nd".into(),
            ..Metrics::default()
        };
        assert!(prometheus([&metrics]).contains("database=\"a\\\"b\\\\c\\nd\""));
    }
}
