//! Indexes and extended statistics.

use super::super::shape::{
    ELEMENT, EXPRESSION, FLAG, NAME, NAMES, NUMBER, OPTIONS, SQLS, Scalar, Section, Shape,
};
use super::key;
use super::shared::{COMMENT, DIRECTIVES};

/// By name, or a list of those without one.
pub(super) static INDEXES: Shape = Shape::entries(&INDEX_SHAPE).or_list(&INDEX_SHAPE);
static INDEX_SHAPE: Shape = Shape::section(&INDEX).or_list(&PART).or_scalar(Scalar::Element);
static PARTS: Shape = Shape::list(&PART).or_scalar(Scalar::Element);
/// A part is a column's name, SQL as it stands in CREATE INDEX, or spelled out.
static PART: Shape = Shape::section(&PART_SECTION).or_scalar(Scalar::Element);

static INDEX: Section = Section {
    name: "index",
    about: "An index. The short form is its parts: `[customer_id, placed_at desc]`.",
    groups: &[
        &[
            key("name", &NAME, "The name, in a list."),
            key(
                "columns",
                &PARTS,
                "Column names or SQL: `lower(email)`, `placed_at desc nulls last`, `doc jsonb_path_ops`.",
            ),
            key("unique", &FLAG, "No two rows with the same values."),
            key("nulls_not_distinct", &FLAG, "One NULL at most (PostgreSQL 15)."),
            key(
                "method",
                &NAME,
                "`btree` by default; `gin`, `gist`, `brin`, `hash`, …",
            ),
            key("include", &NAMES, "Columns that it holds beside the key."),
            key("where", &EXPRESSION, "Rows that it holds."),
            key("with", &OPTIONS, "Options, such as `fillfactor`."),
            key("tablespace", &NAME, "Where it is stored."),
            key(
                "only",
                &FLAG,
                "On the partitioned table alone, without its partitions.",
            ),
            key(
                "attach_to",
                &NAME,
                "The index of the partitioned table that this one belongs to.",
            ),
            key(
                "statistics",
                &STATISTICS_TARGETS,
                "Statistics targets of expressions, by the number of the part from 1.",
            ),
        ],
        COMMENT,
        DIRECTIVES,
    ],
    required: &[&["columns"]],
};
static STATISTICS_TARGETS: Shape = Shape::entries(&NUMBER);

static PART_SECTION: Section = Section {
    name: "index_part",
    about: "One part of an index.",
    groups: &[&[
        key("column", &NAME, "A column."),
        key("expression", &EXPRESSION, "Or an expression."),
        key("collate", &NAME, "The collation."),
        key(
            "opclass",
            &ELEMENT,
            "The operator class, with its options: `gist_trgm_ops (siglen = 32)`.",
        ),
        key("order", &ORDER, "`asc` or `desc`."),
        key("nulls", &NULLS, "Where NULLs stand."),
    ]],
    required: &[&["column", "expression"]],
};
static ORDER: Shape = Shape::scalar(Scalar::Word(&["asc", "desc"]));
static NULLS: Shape = Shape::scalar(Scalar::Word(&["first", "last"]));

/// Extended statistics by name.
pub(super) static STATISTICS: Shape = Shape::entries(&STATISTICS_SHAPE);
static STATISTICS_SHAPE: Shape = Shape::section(&STATISTICS_SECTION);
static KINDS: Shape = Shape::list(&KIND);
static KIND: Shape = Shape::scalar(Scalar::Word(&["ndistinct", "dependencies", "mcv"]));
static STATISTICS_SECTION: Section = Section {
    name: "statistics",
    about: "Extended statistics.",
    groups: &[
        &[
            key("kinds", &KINDS, "All by default."),
            key("columns", &SQLS, "Columns, or expressions in brackets."),
            key("target", &NUMBER, "The statistics target."),
            key("owner", &NAME, "The role that owns it."),
        ],
        COMMENT,
        DIRECTIVES,
    ],
    required: &[&["columns"]],
};
