//! Views and materialized views.

use super::super::shape::{CONSTANT, FLAG, Key, NAME, NAMES, NUMBER, OPTIONS, SQL, Scalar, Section, Shape};
use super::attached::{RULES, TRIGGERS};
use super::index::{INDEXES, STATISTICS};
use super::key;
use super::shared::{COMMENT, DIRECTIVES, OWNED};

const QUERY: &[Key] = &[
    key("query", &SQL, "The query; write it as a block with `|`."),
    key(
        "names",
        &NAMES,
        "Names of the columns, where the query does not say them.",
    ),
];

static VIEW_COLUMNS: Shape = Shape::entries(&VIEW_COLUMN_SHAPE);
static VIEW_COLUMN_SHAPE: Shape = Shape::section(&VIEW_COLUMN);
static VIEW_COLUMN: Section = Section {
    name: "view_column",
    about: "What is said about a column of a view.",
    groups: &[
        COMMENT,
        &[key(
            "default",
            &CONSTANT,
            "The default of INSERTs through the view.",
        )],
    ],
    required: &[],
};

static MATERIALIZED_COLUMNS: Shape = Shape::entries(&MATERIALIZED_COLUMN_SHAPE);
static MATERIALIZED_COLUMN_SHAPE: Shape = Shape::section(&MATERIALIZED_COLUMN);
static MATERIALIZED_COLUMN: Section = Section {
    name: "materialized_view_column",
    about: "What is said about a column of a materialized view.",
    groups: &[
        COMMENT,
        &[key("statistics", &NUMBER, "The statistics target, -1 to 10000.")],
    ],
    required: &[],
};

pub(super) static VIEWS: Shape = Shape::entries(&VIEW_SHAPE);
static VIEW_SHAPE: Shape = Shape::section(&VIEW).or_scalar(Scalar::Sql);
static CHECK_OPTION: Shape = Shape::scalar(Scalar::Word(&["local", "cascaded"]));
static VIEW: Section = Section {
    name: "view",
    about: "A view. The short form is its query.",
    groups: &[
        QUERY,
        &[
            key("columns", &VIEW_COLUMNS, "What is said about columns, by name."),
            key(
                "recursive",
                &FLAG,
                "The query uses the view itself; its `names` must be said.",
            ),
            key(
                "security_barrier",
                &FLAG,
                "Conditions of the user's run after those of the view.",
            ),
            key(
                "security_invoker",
                &FLAG,
                "It runs with the rights of who asks (PostgreSQL 15).",
            ),
            key(
                "check_option",
                &CHECK_OPTION,
                "Rows written through it must be seen by it.",
            ),
            key("triggers", &TRIGGERS, "Triggers by name."),
            key("rules", &RULES, "Rewrite rules by name."),
        ],
        OWNED,
        DIRECTIVES,
    ],
    required: &[&["query"]],
};

pub(super) static MATERIALIZED_VIEWS: Shape = Shape::entries(&MATERIALIZED_VIEW_SHAPE);
static MATERIALIZED_VIEW_SHAPE: Shape = Shape::section(&MATERIALIZED_VIEW).or_scalar(Scalar::Sql);
static MATERIALIZED_VIEW: Section = Section {
    name: "materialized_view",
    about: "A materialized view. The short form is its query.",
    groups: &[
        QUERY,
        &[
            key(
                "columns",
                &MATERIALIZED_COLUMNS,
                "What is said about columns, by name.",
            ),
            key("with_data", &FLAG, "`false`: it is not filled when it is made."),
            key("indexes", &INDEXES, "Indexes: by name, or a list."),
            key("statistics", &STATISTICS, "Extended statistics by name."),
            key("cluster_on", &NAME, "The index that CLUSTER follows."),
            key("with", &OPTIONS, "Storage parameters, such as `fillfactor`."),
            key("tablespace", &NAME, "Where it is stored."),
            key("access_method", &NAME, "`heap` by default."),
        ],
        OWNED,
        DIRECTIVES,
    ],
    required: &[&["query"]],
};
