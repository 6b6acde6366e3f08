//! Constraints of a table.

use super::super::shape::{ELEMENT, EXPRESSION, FLAG, Key, NAME, NAMES, OPTIONS, Scalar, Section, Shape};
use super::column::REFERENCE;
use super::key;
use super::shared::{COMMENT, DIRECTIVES};

/// When a key is checked.
pub(super) const KEY_TIMES: &[Key] = &[
    key(
        "deferrable",
        &FLAG,
        "Its check can wait for the end of the transaction.",
    ),
    key(
        "initially_deferred",
        &FLAG,
        "Its check waits for the end of the transaction unless told otherwise.",
    ),
];

pub(super) const NOT_CHECKED: &[Key] = &[
    key("not_valid", &FLAG, "Rows that exist are not checked."),
    key(
        "not_enforced",
        &FLAG,
        "Nothing is checked at all (PostgreSQL 18).",
    ),
];

const STORED: &[Key] = &[
    key("include", &NAMES, "Columns that its index holds beside the key."),
    key("with", &OPTIONS, "Options of its index, such as `fillfactor`."),
    key("tablespace", &NAME, "The tablespace of its index."),
];

const NAMED: &[Key] = &[key("name", &NAME, "The constraint's name.")];

pub(super) static PRIMARY_KEY: Shape = Shape::section(&PRIMARY_KEY_SECTION)
    .or_list(&NAME)
    .or_scalar(Scalar::Name);
static PRIMARY_KEY_SECTION: Section = Section {
    name: "primary_key",
    about: "The primary key.",
    groups: &[NAMED, COLUMNS, OVERLAPS, STORED, KEY_TIMES, COMMENT, DIRECTIVES],
    required: &[&["columns"]],
};
const COLUMNS: &[Key] = &[key("columns", &NAMES, "Its columns.")];
const OVERLAPS: &[Key] = &[key(
    "without_overlaps",
    &FLAG,
    "The last column is a range that must not overlap (PostgreSQL 18).",
)];

/// By name, or a list of those without one.
pub(super) static UNIQUE: Shape = Shape::entries(&UNIQUE_ONE).or_list(&UNIQUE_ONE);
static UNIQUE_ONE: Shape = Shape::section(&UNIQUE_SECTION)
    .or_list(&NAME)
    .or_scalar(Scalar::Name);
static UNIQUE_SECTION: Section = Section {
    name: "unique",
    about: "A unique constraint.",
    groups: &[
        NAMED,
        COLUMNS,
        &[key(
            "nulls_not_distinct",
            &FLAG,
            "One NULL at most (PostgreSQL 15).",
        )],
        OVERLAPS,
        STORED,
        KEY_TIMES,
        COMMENT,
        DIRECTIVES,
    ],
    required: &[&["columns"]],
};

/// By name, or a list of those without one.
pub(super) static CHECKS_OF_TABLE: Shape = Shape::entries(&CHECKS).or_list(&CHECKS);
pub(super) static CHECKS: Shape = Shape::section(&CHECK).or_scalar(Scalar::Expression);
pub(super) static CHECK: Section = Section {
    name: "check",
    about: "A CHECK constraint.",
    groups: &[
        NAMED,
        &[
            key(
                "expression",
                &EXPRESSION,
                "The condition; of a domain, about `VALUE`.",
            ),
            key("no_inherit", &FLAG, "Child tables do not have it."),
        ],
        NOT_CHECKED,
        COMMENT,
        DIRECTIVES,
    ],
    required: &[&["expression"]],
};

/// By name, or a list of those without one.
pub(super) static FOREIGN_KEYS: Shape = Shape::entries(&FOREIGN_KEY_SHAPE).or_list(&FOREIGN_KEY_SHAPE);
static FOREIGN_KEY_SHAPE: Shape = Shape::section(&FOREIGN_KEY).or_scalar(Scalar::Element);
static FOREIGN_KEY: Section = Section {
    name: "foreign_key",
    about: "A foreign key. The short form is SQL: `(a, b) references other (a, b) on delete cascade`.",
    groups: &[
        NAMED,
        COLUMNS,
        &[
            key(
                "references",
                &REFERENCE,
                "The table with its columns; the short form is SQL: `users (id) on delete cascade`.",
            ),
            key(
                "period",
                &FLAG,
                "The last column is a range: PERIOD (PostgreSQL 18).",
            ),
        ],
        KEY_TIMES,
        NOT_CHECKED,
        COMMENT,
        DIRECTIVES,
    ],
    required: &[&["columns"], &["references"]],
};

/// By name, or a list of those without one.
pub(super) static EXCLUDE: Shape = Shape::entries(&EXCLUDE_SHAPE).or_list(&EXCLUDE_SHAPE);
static EXCLUDE_SHAPE: Shape = Shape::section(&EXCLUDE_SECTION);
static ELEMENTS: Shape = Shape::list(&ELEMENT);
static EXCLUDE_SECTION: Section = Section {
    name: "exclude",
    about: "An exclusion constraint.",
    groups: &[
        NAMED,
        &[
            key(
                "elements",
                &ELEMENTS,
                "What is compared and how, as in SQL: `room with =`, `during with &&`.",
            ),
            key("method", &NAME, "The access method; `gist` by default."),
            key("where", &EXPRESSION, "Rows that it holds for."),
        ],
        STORED,
        KEY_TIMES,
        COMMENT,
        DIRECTIVES,
    ],
    required: &[&["elements"]],
};
