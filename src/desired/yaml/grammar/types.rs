//! Types: enums, composite types, domains, ranges.

use super::super::shape::{CONSTANT, ELEMENT, FLAG, NAME, Scalar, Section, Shape, TEXT};
use super::constraint::CHECKS_OF_TABLE;
use super::key;
use super::shared::{COMMENT, CONVERSIONS, DIRECTIVES, OWNED};

/// A list is an enum.
pub(super) static TYPES: Shape = Shape::entries(&TYPE_SHAPE);
static TYPE_SHAPE: Shape = Shape::section(&TYPE).or_list(&LABEL_SHAPE);
static LABELS: Shape = Shape::list(&LABEL_SHAPE);
static LABEL_SHAPE: Shape = Shape::section(&LABEL).or_scalar(Scalar::Text);
static LABEL: Section = Section {
    name: "label",
    about: "A label of an enum.",
    groups: &[&[
        key("label", &TEXT, "The label."),
        key("renamed_from", &TEXT, "The old label."),
        key(
            "keep_label",
            &FLAG,
            "The old label stays in the type beside the new one.",
        ),
    ]],
    required: &[&["label"]],
};

static TYPE: Section = Section {
    name: "type",
    about: "A type: an enum, a domain, a composite type or a range. A list is an enum of these labels.",
    groups: &[
        &[
            key("enum", &LABELS, "The labels of an enum, in order."),
            key("domain", &ELEMENT, "The base type of a domain."),
            key(
                "composite",
                &ATTRIBUTES,
                "The attributes of a composite type, in order.",
            ),
            key("range", &ELEMENT, "The subtype of a range."),
            key("not_null", &FLAG, "Of a domain: no NULL."),
            key("default", &CONSTANT, "Of a domain: an SQL expression."),
            key(
                "checks",
                &CHECKS_OF_TABLE,
                "Of a domain: conditions about `VALUE`, by name or a list.",
            ),
            key("collate", &NAME, "Of a domain or a range: the collation."),
            key("opclass", &NAME, "Of a range: the operator class of its subtype."),
            key(
                "canonical",
                &NAME,
                "Of a range: the function that brings values to their canonical form.",
            ),
            key("subtype_diff", &NAME, "Of a range: the difference of two values."),
            key(
                "multirange",
                &NAME,
                "Of a range: the name of its multirange type.",
            ),
            key("keep_label", &FLAG, "Renamed labels stay beside the new ones."),
        ],
        OWNED,
        CONVERSIONS,
        DIRECTIVES,
    ],
    required: &[&["enum", "domain", "composite", "range"]],
};

static ATTRIBUTES: Shape = Shape::entries(&ATTRIBUTE_SHAPE);
static ATTRIBUTE_SHAPE: Shape = Shape::section(&ATTRIBUTE).or_scalar(Scalar::Element);
static ATTRIBUTE: Section = Section {
    name: "attribute",
    about: "An attribute of a composite type. The short form is SQL: `text collate \"C\"`.",
    groups: &[
        &[
            key("type", &ELEMENT, "The type."),
            key("collate", &NAME, "The collation."),
            key("renamed_from", &NAME, "The old name."),
        ],
        COMMENT,
    ],
    required: &[&["type"]],
};

pub(super) static SCHEMAS: Shape = Shape::entries(&SCHEMA_SHAPE).or_list(&NAME);
static SCHEMA_SHAPE: Shape = Shape::section(&SCHEMA).or_empty();
static SCHEMA: Section = Section {
    name: "schema",
    about: "A schema.",
    groups: &[OWNED, DIRECTIVES],
    required: &[],
};

pub(super) static EXTENSIONS: Shape = Shape::entries(&EXTENSION_SHAPE).or_list(&NAME);
static EXTENSION_SHAPE: Shape = Shape::section(&EXTENSION).or_empty();
static EXTENSION: Section = Section {
    name: "extension",
    about: "An extension.",
    groups: &[
        &[
            key("schema", &NAME, "Where its objects are put."),
            key(
                "version",
                &TEXT,
                "The version; by default the newest that the server has.",
            ),
        ],
        COMMENT,
        DIRECTIVES,
    ],
    required: &[],
};
