//! The steps of a plan as a graph, in the languages of Mermaid and of Graphviz.

use crate::plan::Plan;
use crate::step::Phase;
use std::fmt::Write;

/// Mermaid: a subgraph for each phase, an arrow from each step to those that wait for it.
pub fn mermaid(plan: &Plan) -> String {
    let mut out = String::from("flowchart TD\n");
    for phase in Phase::ALL {
        let mut steps = plan.of_phase(phase).peekable();
        if steps.peek().is_none() {
            continue;
        }
        let _ = writeln!(out, "  subgraph {phase}");
        for step in steps {
            let label = mermaid_text(&step.step.title);
            let _ = writeln!(out, "    s{0}[\"{0} {label}\"]", step.number);
        }
        out.push_str("  end\n");
    }
    for step in &plan.steps {
        for before in &step.after {
            let _ = writeln!(out, "  s{before} --> s{}", step.number);
        }
    }
    out
}

/// Graphviz.
pub fn dot(plan: &Plan) -> String {
    let mut out = String::from("digraph plan {\n  rankdir=TB;\n  node [shape=box];\n");
    for phase in Phase::ALL {
        let mut steps = plan.of_phase(phase).peekable();
        if steps.peek().is_none() {
            continue;
        }
        let _ = writeln!(out, "  subgraph cluster_{phase} {{\n    label=\"{phase}\";");
        for step in steps {
            let _ = writeln!(
                out,
                "    s{0} [label=\"{0} {1}\"];",
                step.number,
                dot_text(&step.step.title)
            );
        }
        out.push_str("  }\n");
    }
    for step in &plan.steps {
        for before in &step.after {
            let _ = writeln!(out, "  s{before} -> s{};", step.number);
        }
    }
    out.push_str("}\n");
    out
}

/// Mermaid has no escapes but entities, and a `#` begins one.
fn mermaid_text(text: &str) -> String {
    let mut out = String::new();
    for character in text.chars() {
        match character {
            '#' => out.push_str("#35;"),
            '"' => out.push_str("#quot;"),
            '<' => out.push_str("#lt;"),
            '>' => out.push_str("#gt;"),
            '\n' | '\r' => out.push(' '),
            '`' => out.push('\''),
            _ => out.push(character),
        }
    }
    out
}

fn dot_text(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace(['\n', '\r'], " ")
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn draws_the_steps_by_phase() {
        let plan = samples::plan();
        insta::with_settings!({snapshot_path => "../../snapshots/output", prepend_module_to_snapshot => false}, {
            insta::assert_snapshot!("graph.mmd", mermaid(&plan));
            insta::assert_snapshot!("graph.dot", dot(&plan));
        });
    }

    #[test]
    fn names_cannot_break_out_of_their_labels() {
        assert_eq!(mermaid_text("a\"b#c"), "a#quot;b#35;c");
        assert_eq!(dot_text("a\"b\\"), "a\\\"b\\\\");
    }
}
