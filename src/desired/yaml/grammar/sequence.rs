//! Sequences.

use super::super::shape::{FLAG, Key, NUMBER, SQL, Scalar, Section, Shape, TEXT};
use super::key;
use super::shared::{DIRECTIVES, OWNED};

/// Options of a sequence, also of an identity column's.
pub(super) const OPTION_KEYS: &[Key] = &[
    key("start", &NUMBER, "The first value."),
    key("increment", &NUMBER, "The step; negative to count down."),
    key("min", &LIMIT, "The least value, or `none`."),
    key("max", &LIMIT, "The greatest value, or `none`."),
    key("cache", &NUMBER, "How many values a session takes at once."),
    key("cycle", &FLAG, "It begins again at its end."),
];
static LIMIT: Shape = Shape::scalar(Scalar::Text);

pub(super) static SEQUENCES: Shape = Shape::entries(&SEQUENCE_SHAPE);
static SEQUENCE_SHAPE: Shape = Shape::section(&SEQUENCE).or_empty();
static SEQUENCE: Section = Section {
    name: "sequence",
    about: "A sequence. Identity and serial columns bring their own.",
    groups: &[
        &[
            key("type", &SQL, "`bigint` by default."),
            key(
                "owned_by",
                &TEXT,
                "The column that it goes with: `orders.number`.",
            ),
            key(
                "unlogged",
                &FLAG,
                "Its state is not in the write-ahead log (PostgreSQL 15).",
            ),
        ],
        OPTION_KEYS,
        OWNED,
        DIRECTIVES,
    ],
    required: &[],
};
