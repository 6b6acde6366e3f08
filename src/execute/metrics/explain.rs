//! How the server would run the user's named queries. They are planned, never run.

use serde_json::Value;
use tokio_postgres::Client;

use super::document::{ExplainMetrics, Explained};
use crate::engine::database_words;
use crate::execute::session::{rows, text, texts};

/// Asks for the plan of a query: in a transaction that cannot write, for at most five seconds.
pub async fn explain(client: &Client, query: &str, generic: bool) -> Explained {
    let generic = if generic { ", GENERIC_PLAN" } else { "" };
    let begin = "BEGIN READ ONLY; SET LOCAL statement_timeout = '5s'; SET LOCAL lock_timeout = '1s'";
    let asked = async {
        client.batch_execute(begin).await?;
        let costs = rows(client, &format!("EXPLAIN (FORMAT JSON{generic}) {query}")).await?;
        let shape = rows(client, &format!("EXPLAIN (COSTS OFF{generic}) {query}")).await?;
        Ok::<_, tokio_postgres::Error>((costs, shape))
    };
    let asked = asked.await;
    let _ = client.batch_execute("ROLLBACK").await;
    let (costs, shape) = match asked {
        Ok(found) => found,
        Err(error) => return Explained::Not(database_words(&error)),
    };
    let document: Value = text(costs.first(), 0)
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default();
    let of = |key: &str| {
        document
            .pointer(&format!("/0/Plan/{key}"))
            .and_then(Value::as_f64)
    };
    let (Some(cost), Some(expected)) = (of("Total Cost"), of("Plan Rows")) else {
        return Explained::Not("the server has no plan for it".to_owned());
    };
    Explained::Plan {
        cost,
        rows: expected,
        lines: texts(&shape),
    }
}

impl ExplainMetrics {
    /// Sets the plan behind the run, and what differs from the one before.
    pub fn set_after(&mut self, after: Explained) {
        if let (Some(Explained::Plan { lines: old, .. }), Explained::Plan { lines: new, .. }) =
            (&self.before, &after)
        {
            self.difference = difference(old, new);
        }
        self.after = Some(after);
    }
}

fn difference(old: &[String], new: &[String]) -> Vec<String> {
    if old == new {
        return Vec::new();
    }
    let (old, new) = (old.join("\n"), new.join("\n"));
    let lines = similar::TextDiff::from_lines(&old, &new);
    lines
        .iter_all_changes()
        .map(|change| format!("{}{}", change.tag(), change.value().trim_end_matches('\n')))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_that_changes_is_shown_line_by_line() {
        let plan = |lines: &[&str]| Explained::Plan {
            cost: 1.0,
            rows: 1.0,
            lines: lines.iter().map(ToString::to_string).collect(),
        };
        let mut metrics = ExplainMetrics {
            before: Some(plan(&["Limit", "  ->  Seq Scan on t"])),
            ..ExplainMetrics::default()
        };
        metrics.set_after(plan(&["Limit", "  ->  Index Scan using i on t"]));
        assert_eq!(
            metrics.difference,
            [" Limit", "-  ->  Seq Scan on t", "+  ->  Index Scan using i on t"]
        );
        metrics.set_after(plan(&["Limit", "  ->  Seq Scan on t"]));
        assert!(metrics.difference.is_empty());
    }
}
