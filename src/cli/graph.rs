//! `graph`: the steps of a plan as a drawing.

use super::arguments::{GraphFlags, GraphFormat};
use super::database::Purpose;
use super::failure::{Exit, Failure};
use super::workbench::Workbench;
use super::{pipeline, plan_folder, planning};
use crate::output::graph;

/// Prints the drawing of a plan folder, or of a plan made now.
///
/// # Errors
/// Where there is no plan to draw.
pub async fn run(flags: &GraphFlags, bench: &Workbench) -> Result<Exit, Failure> {
    let plan = match &flags.plan {
        Some(path) => plan_folder::read(path)?,
        None => {
            let sides = pipeline::sides(bench, Purpose::Read).await?;
            let plan = planning::plan(&sides, bench);
            sides.close().await;
            plan?
        }
    };
    bench.terminal.answer(&match flags.format {
        GraphFormat::Mermaid => graph::mermaid(&plan),
        GraphFormat::Dot => graph::dot(&plan),
    });
    Ok(Exit::Done)
}
