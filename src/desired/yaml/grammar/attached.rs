//! What hangs on a table or view: triggers, policies, rules.

use super::super::shape::{EXPRESSION, FLAG, NAME, NAMES, SQL, SQLS, Scalar, Section, Shape};
use super::key;
use super::shared::{COMMENT, DIRECTIVES};

static ENABLED: Shape = Shape::scalar(Scalar::Word(&["true", "false", "replica", "always"]));

pub(super) static TRIGGERS: Shape = Shape::entries(&TRIGGER_SHAPE);
static TRIGGER_SHAPE: Shape = Shape::section(&TRIGGER);
static TIMING: Shape = Shape::scalar(Scalar::Word(&["before", "after", "instead of"]));
static EACH: Shape = Shape::scalar(Scalar::Word(&["row", "statement"]));
static TRIGGER: Section = Section {
    name: "trigger",
    about: "A trigger.",
    groups: &[
        &[
            key("timing", &TIMING, "When it runs."),
            key(
                "events",
                &SQLS,
                "`insert`, `update`, `update of a, b`, `delete`, `truncate`.",
            ),
            key("for_each", &EACH, "`row` (the default) or `statement`."),
            key("when", &EXPRESSION, "Rows that it runs for."),
            key("execute", &SQL, "The function with its arguments: `touch()`."),
            key(
                "old_table",
                &NAME,
                "The name of the transition table of old rows.",
            ),
            key(
                "new_table",
                &NAME,
                "The name of the transition table of new rows.",
            ),
            key("constraint", &FLAG, "A constraint trigger."),
            key("from", &NAME, "The other table of a constraint trigger."),
            key("deferrable", &FLAG, "It can wait for the end of the transaction."),
            key(
                "initially_deferred",
                &FLAG,
                "It waits for the end of the transaction unless told otherwise.",
            ),
            key("enabled", &ENABLED, "`true` by default."),
        ],
        COMMENT,
        DIRECTIVES,
    ],
    required: &[&["timing"], &["events"], &["execute"]],
};

pub(super) static POLICIES: Shape = Shape::entries(&POLICY_SHAPE);
static POLICY_SHAPE: Shape = Shape::section(&POLICY).or_scalar(Scalar::Expression);
static COMMAND: Shape = Shape::scalar(Scalar::Word(&["all", "select", "insert", "update", "delete"]));
static POLICY: Section = Section {
    name: "policy",
    about: "A policy for row level security. The short form is its `using` condition.",
    groups: &[
        &[
            key("command", &COMMAND, "`all` by default."),
            key("to", &NAMES, "Roles; `public` by default."),
            key("using", &EXPRESSION, "Rows that are seen."),
            key("check", &EXPRESSION, "Rows that may be written."),
            key(
                "restrictive",
                &FLAG,
                "Rows must pass it beside the other policies.",
            ),
        ],
        COMMENT,
        DIRECTIVES,
    ],
    required: &[],
};

pub(super) static RULES: Shape = Shape::entries(&RULE_SHAPE);
static RULE_SHAPE: Shape = Shape::section(&RULE);
static EVENT: Shape = Shape::scalar(Scalar::Word(&["select", "insert", "update", "delete"]));
static RULE: Section = Section {
    name: "rule",
    about: "A rewrite rule.",
    groups: &[
        &[
            key("event", &EVENT, "The command that it rewrites."),
            key("where", &EXPRESSION, "Rows that it holds for."),
            key("instead", &FLAG, "The command itself is not run."),
            key("do", &SQLS, "One or several commands, or `nothing`."),
            key("enabled", &ENABLED, "`true` by default."),
        ],
        COMMENT,
        DIRECTIVES,
    ],
    required: &[&["event"], &["do"]],
};
