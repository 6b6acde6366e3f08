//! Columns, and the constraints that stand with one.

use super::super::shape::{
    CONSTANT, ELEMENT, EXPRESSION, FLAG, Key, NAME, NAMES, NUMBER, OPTIONS, Scalar, Section, Shape,
};
use super::constraint::{CHECK, CHECKS, KEY_TIMES, NOT_CHECKED};
use super::key;
use super::sequence::OPTION_KEYS;
use super::shared::{COMMENT, CONVERSIONS, DIRECTIVES};

/// Column names to columns; the short form is the definition as in SQL, behind the name.
pub(super) static COLUMNS: Shape = Shape::entries(&COLUMN_SHAPE);
static COLUMN_SHAPE: Shape = Shape::section(&COLUMN).or_scalar(Scalar::Element);

static COLUMN: Section = Section {
    name: "column",
    about: "A column. The short form says the same in SQL: `text not null default ''`, `bigint identity`.",
    groups: &[
        &[key(
            "type",
            &ELEMENT,
            "The type: `bigint`, `numeric(10, 2)`, `text[]`. Every column of an ordinary table has one.",
        )],
        ATTRIBUTES,
        COMMENT,
        CONVERSIONS,
        DIRECTIVES,
    ],
    required: &[],
};

/// Columns of partitions, of typed tables, and of inheriting tables that change what they inherit.
pub(super) static OVERRIDES: Shape = Shape::entries(&OVERRIDE_SHAPE);
static OVERRIDE_SHAPE: Shape = Shape::section(&OVERRIDE).or_scalar(Scalar::Element);
static OVERRIDE: Section = Section {
    name: "column_of_partition",
    about: "What a partition or a typed table says about a column beyond its parent or type.",
    groups: &[ATTRIBUTES, COMMENT, DIRECTIVES],
    required: &[],
};

const ATTRIBUTES: &[Key] = &[
    key("not_null", &NOT_NULL, "It takes no NULL."),
    key("nullable", &FLAG, "`false` says the same as `not_null: true`."),
    key(
        "default",
        &CONSTANT,
        "An SQL expression: `0`, `now()`; a string keeps its SQL quotes: \"'new'\".",
    ),
    key(
        "identity",
        &IDENTITY,
        "Numbered by a sequence of its own: `always` (or `true`), `by default`, or options.",
    ),
    key(
        "generated",
        &GENERATED,
        "Computed from other columns by an expression.",
    ),
    key("collate", &NAME, "The collation."),
    key("primary_key", &COLUMN_KEY, "It is the primary key alone."),
    key("unique", &COLUMN_KEY, "Its values are unique."),
    key(
        "check",
        &CHECK_OR_CHECKS,
        "A condition, several, or one with a name.",
    ),
    key(
        "references",
        &REFERENCE,
        "A foreign key; the short form is SQL: `users (id) on delete cascade`.",
    ),
    key("storage", &STORAGE, "How large values are stored."),
    key("compression", &COMPRESSION, "How large values are compressed."),
    key("statistics", &NUMBER, "The statistics target, -1 to 10000."),
    key(
        "options",
        &OPTIONS,
        "`n_distinct` and `n_distinct_inherited`; of a foreign table, the wrapper's options.",
    ),
    key(
        "backfill",
        &EXPRESSION,
        "The value for rows that exist when the column arrives or becomes NOT NULL.",
    ),
    key(
        "emulate_generated",
        &FLAG,
        "On a large table a plain column kept by a trigger stands in for the generated one.",
    ),
];

static NOT_NULL: Shape = Shape::section(&NOT_NULL_SECTION).or_scalar(Scalar::Flag);
static NOT_NULL_SECTION: Section = Section {
    name: "not_null",
    about: "A NOT NULL constraint with a name or a mark of its own (PostgreSQL 18).",
    groups: &[
        &[
            key("name", &NAME, "The constraint's name."),
            key("no_inherit", &FLAG, "Child tables do not have it."),
            key("not_valid", &FLAG, "Rows that exist are not checked."),
        ],
        COMMENT,
    ],
    required: &[],
};

static IDENTITY: Shape =
    Shape::section(&IDENTITY_SECTION).or_scalar(Scalar::Word(&["true", "always", "by default"]));
static IDENTITY_SECTION: Section = Section {
    name: "identity",
    about: "An identity column with options for its sequence.",
    groups: &[
        &[
            key(
                "generated",
                &WHEN_GENERATED,
                "`always` refuses values of the client's, `by default` takes them.",
            ),
            key("sequence", &NAME, "The name of the sequence."),
        ],
        OPTION_KEYS,
    ],
    required: &[],
};
static WHEN_GENERATED: Shape = Shape::scalar(Scalar::Word(&["always", "by default"]));

static GENERATED: Shape = Shape::section(&GENERATED_SECTION).or_scalar(Scalar::Expression);
static GENERATED_SECTION: Section = Section {
    name: "generated",
    about: "A generated column.",
    groups: &[&[
        key("expression", &EXPRESSION, "How it is computed."),
        key(
            "kind",
            &GENERATED_KIND,
            "`stored` (the default), or `virtual` (PostgreSQL 18).",
        ),
    ]],
    required: &[&["expression"]],
};
static GENERATED_KIND: Shape = Shape::scalar(Scalar::Word(&["stored", "virtual"]));

static COLUMN_KEY: Shape = Shape::section(&COLUMN_KEY_SECTION).or_scalar(Scalar::Flag);
static COLUMN_KEY_SECTION: Section = Section {
    name: "column_key",
    about: "A primary key or unique constraint of one column.",
    groups: &[
        &[
            key("name", &NAME, "The constraint's name."),
            key("nulls_not_distinct", &FLAG, "One NULL at most (PostgreSQL 15)."),
        ],
        KEY_TIMES,
    ],
    required: &[],
};

static CHECK_OR_CHECKS: Shape = Shape::section(&CHECK)
    .or_scalar(Scalar::Expression)
    .or_list(&CHECKS);

pub(super) static REFERENCE: Shape = Shape::section(&REFERENCE_SECTION).or_scalar(Scalar::Element);
static REFERENCE_SECTION: Section = Section {
    name: "reference",
    about: "What a foreign key refers to.",
    groups: &[
        &[
            key("name", &NAME, "The constraint's name."),
            key("table", &NAME, "The table that is referred to."),
            key("columns", &NAMES, "Its columns; by default its primary key."),
            key(
                "on_delete",
                &ACTION,
                "What happens when the row there is deleted.",
            ),
            key("on_update", &ACTION, "What happens when the key there changes."),
            key("match", &MATCH, "What a key with some NULLs means."),
        ],
        KEY_TIMES,
        NOT_CHECKED,
    ],
    required: &[&["table"]],
};
/// `set null (a)` names columns, so this is SQL.
static ACTION: Shape = Shape::scalar(Scalar::Sql);
static MATCH: Shape = Shape::scalar(Scalar::Word(&["simple", "full"]));
static STORAGE: Shape = Shape::scalar(Scalar::Word(&[
    "plain", "external", "extended", "main", "default",
]));
static COMPRESSION: Shape = Shape::scalar(Scalar::Word(&["pglz", "lz4", "default"]));
