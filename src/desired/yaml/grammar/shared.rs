//! Keys that many objects have: directives, comment, owner, privileges.

use super::super::shape::{ELEMENT, EXPRESSION, FLAG, Key, NAME, NAMES, SQLS, Scalar, Section, Shape, TEXT};
use super::key;

/// Directives that every object can have.
pub(super) const DIRECTIVES: &[Key] = &[
    key(
        "renamed_from",
        &NAME,
        "The old name, with the old table or schema in front where it moved: a rename, no drop and add.",
    ),
    key(
        "depends_on",
        &SQLS,
        "Objects that this one needs and no catalog shows, such as `table app.orders` (dynamic SQL).",
    ),
    key(
        "strategy",
        &STRATEGY,
        "Take the staged (`online`) or the plain (`direct`) path for this object.",
    ),
    key(
        "allow",
        &HAZARDS,
        "Hazards that are allowed here, by code: `schemaplan explain` lists them.",
    ),
    key("ignore", &FLAG, "Not managed: left as it is on the live side."),
    key(
        "discard",
        &FLAG,
        "What is dropped of this object is not archived.",
    ),
    key(
        "no_live_readers",
        &FLAG,
        "A plain rename will do: nothing uses the old name.",
    ),
];

/// Directives for values: how old ones become new ones.
pub(super) const CONVERSIONS: &[Key] = &[
    key(
        "using",
        &EXPRESSION,
        "The new value made from the old one, for a change of type, a split or a rename with conversion.",
    ),
    key(
        "reverse",
        &EXPRESSION,
        "The old value made from the new one, the way back of `using`.",
    ),
];

static HAZARDS: Shape = Shape::list(&HAZARD).or_scalar(Scalar::Hazard);
static HAZARD: Shape = Shape::scalar(Scalar::Hazard);
static STRATEGY: Shape = Shape::scalar(Scalar::Word(&["online", "direct"]));

pub(super) const COMMENT: &[Key] = &[key("comment", &TEXT, "COMMENT ON it.")];

/// Owner, comment and privileges.
pub(super) const OWNED: &[Key] = &[
    key("comment", &TEXT, "COMMENT ON it."),
    key(
        "owner",
        &NAME,
        "The role that owns it. Without it owners are left alone.",
    ),
    key(
        "grants",
        &GRANTS,
        "Privileges by role. One entry makes the whole access list of the object managed.",
    ),
    key(
        "revokes",
        &GRANTS,
        "Privileges taken away by role, such as `public: all` of a function.",
    ),
];

/// Role to privileges.
static GRANTS: Shape = Shape::entries(&PRIVILEGES);
static PRIVILEGES: Shape = Shape::section(&GRANT).or_list(&ELEMENT).or_scalar(Scalar::Sql);
static GRANT: Section = Section {
    name: "grant",
    about: "Privileges of one role.",
    groups: &[&[
        key(
            "privileges",
            &SQLS,
            "`all`, or one or several privileges; columns in brackets: `update (email)`.",
        ),
        key("grant_option", &FLAG, "The role may grant them on."),
    ]],
    required: &[&["privileges"]],
};

static OBJECTS: Shape = Shape::scalar(Scalar::Word(&[
    "tables",
    "sequences",
    "functions",
    "types",
    "schemas",
]));

/// ALTER DEFAULT PRIVILEGES.
pub(super) static DEFAULT_PRIVILEGES: Section = Section {
    name: "default_privileges",
    about: "What new objects are granted (ALTER DEFAULT PRIVILEGES).",
    groups: &[&[
        key("on", &OBJECTS, "The kind of new object."),
        key(
            "for_role",
            &NAMES,
            "Whose new objects; by default those of the role that runs the plan.",
        ),
        key("in_schema", &NAMES, "New objects of these schemas alone."),
        key("grants", &GRANTS, "Privileges by role."),
        key("revokes", &GRANTS, "Privileges taken away by role."),
    ]],
    required: &[&["on"]],
};
