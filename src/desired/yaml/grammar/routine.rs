//! Functions, procedures, aggregates.

use super::super::shape::{FLAG, Key, NUMBER, OPTIONS, SQL, SQLS, Scalar, Section, Shape, TEXT};
use super::key;
use super::shared::{DIRECTIVES, OWNED};

static VOLATILITY: Shape = Shape::scalar(Scalar::Word(&["immutable", "stable", "volatile"]));
static SECURITY: Shape = Shape::scalar(Scalar::Word(&["invoker", "definer"]));
pub(super) static PARALLEL: Shape = Shape::scalar(Scalar::Word(&["safe", "restricted", "unsafe"]));

static SQL_BODY: Shape = Shape::scalar(Scalar::Body);

const BODY: &[Key] = &[
    key("language", &SQL, "`sql` by default; `plpgsql`, …"),
    key(
        "body",
        &TEXT,
        "The body, between the quotes of CREATE FUNCTION; write it as a block with `|`.",
    ),
    key(
        "sql_body",
        &SQL_BODY,
        "Or a body in standard SQL: `return a + b`, `begin atomic … end`.",
    ),
    key(
        "symbol",
        &TEXT,
        "Of a function in C: the name in the library that `body` names.",
    ),
    key("security", &SECURITY, "Whose rights it runs with."),
    key(
        "set",
        &OPTIONS,
        "Settings while it runs: `search_path: app, public`.",
    ),
    key("transform", &SQLS, "Types that are transformed for its language."),
];

/// The key is the name with the arguments as in SQL: `add(a integer, b integer default 0)`.
pub(super) static FUNCTIONS: Shape = Shape::signatures(&FUNCTION_SHAPE);
static FUNCTION_SHAPE: Shape = Shape::section(&FUNCTION);
static FUNCTION: Section = Section {
    name: "function",
    about: "A function. Its key is the name with the arguments as in SQL: `add(a integer, b integer default 0)`.",
    groups: &[
        &[
            key(
                "returns",
                &SQL,
                "The result: `integer`, `setof orders`, `table (id bigint, total numeric)`, `trigger`.",
            ),
            key("volatility", &VOLATILITY, "`volatile` by default."),
            key("strict", &FLAG, "NULL in, NULL out: it is not called."),
            key("leakproof", &FLAG, "It tells nothing of its arguments."),
            key("window", &FLAG, "A window function."),
            key("parallel", &PARALLEL, "`unsafe` by default."),
            key("cost", &NUMBER_TEXT, "The planner's estimate for one call."),
            key("rows", &NUMBER_TEXT, "The planner's estimate of rows."),
            key("support", &SQL, "The planner's support function."),
        ],
        BODY,
        OWNED,
        DIRECTIVES,
    ],
    required: &[&["body", "sql_body"]],
};
static NUMBER_TEXT: Shape = Shape::scalar(Scalar::Sql);

pub(super) static PROCEDURES: Shape = Shape::signatures(&PROCEDURE_SHAPE);
static PROCEDURE_SHAPE: Shape = Shape::section(&PROCEDURE);
static PROCEDURE: Section = Section {
    name: "procedure",
    about: "A procedure. Its key is the name with the arguments as in SQL.",
    groups: &[BODY, OWNED, DIRECTIVES],
    required: &[&["body", "sql_body"]],
};

pub(super) static AGGREGATES: Shape = Shape::signatures(&AGGREGATE_SHAPE);
static AGGREGATE_SHAPE: Shape = Shape::section(&AGGREGATE);
static MODIFY: Shape = Shape::scalar(Scalar::Word(&["read_only", "shareable", "read_write"]));
static AGGREGATE: Section = Section {
    name: "aggregate",
    about: "An aggregate. Its key is the name with the arguments as in SQL; the keys are those of CREATE AGGREGATE.",
    groups: &[
        &[
            key("sfunc", &SQL, "The function that takes a row into the state."),
            key("stype", &SQL, "The type of the state."),
            key("sspace", &NUMBER, "The state's size in bytes, for the planner."),
            key("initcond", &TEXT, "The first state."),
            key(
                "finalfunc",
                &SQL,
                "The function that makes the result of the state.",
            ),
            key("finalfunc_extra", &FLAG, "It also gets the arguments."),
            key("finalfunc_modify", &MODIFY, "What it does to the state."),
            key("combinefunc", &SQL, "The function that joins two states."),
            key("serialfunc", &SQL, "The function that writes a state."),
            key("deserialfunc", &SQL, "The function that reads it."),
            key("msfunc", &SQL, "Moving: the function that takes a row in."),
            key("minvfunc", &SQL, "Moving: the function that takes a row out."),
            key("mstype", &SQL, "Moving: the type of the state."),
            key("msspace", &NUMBER, "Moving: the state's size in bytes."),
            key("mfinalfunc", &SQL, "Moving: the function that makes the result."),
            key("mfinalfunc_extra", &FLAG, "Moving: it also gets the arguments."),
            key("mfinalfunc_modify", &MODIFY, "Moving: what it does to the state."),
            key("minitcond", &TEXT, "Moving: the first state."),
            key("sortop", &SQL, "The operator of a min or max."),
            key("parallel", &PARALLEL, "`unsafe` by default."),
            key("hypothetical", &FLAG, "A hypothetical-set aggregate."),
        ],
        OWNED,
        DIRECTIVES,
    ],
    required: &[&["sfunc"], &["stype"]],
};
