//! Tables of every sort.

use super::super::shape::{FLAG, Key, NAME, NAMES, OPTIONS, SQL, SQLS, Scalar, Section, Shape};
use super::attached::{POLICIES, RULES, TRIGGERS};
use super::column::{COLUMNS, OVERRIDES};
use super::constraint::{CHECKS_OF_TABLE, EXCLUDE, FOREIGN_KEYS, PRIMARY_KEY, UNIQUE};
use super::index::{INDEXES, STATISTICS};
use super::key;
use super::shared::{CONVERSIONS, DIRECTIVES, OWNED};

pub(super) static TABLES: Shape = Shape::entries(&TABLE_SHAPE);
static TABLE_SHAPE: Shape = Shape::section(&TABLE);
static TABLE: Section = Section {
    name: "table",
    about: "A table.",
    groups: &[
        &[
            key(
                "columns",
                &COLUMNS,
                "Columns in order. The short form is SQL: `email: text not null`, `id: bigint identity`.",
            ),
            key("inherits", &NAMES, "Parent tables."),
            key(
                "like",
                &SQLS,
                "Tables whose columns are copied, as in SQL: `base including all`.",
            ),
            key(
                "of",
                &NAME,
                "The composite type of a typed table; `columns` then says what it adds.",
            ),
            key(
                "partition_of",
                &PARTITION_OF,
                "The partitioned table that this one is a partition of.",
            ),
            key("unlogged", &FLAG, "Its rows are not in the write-ahead log."),
        ],
        &PARTS,
        STORAGE,
        TABLE_DIRECTIVES,
        CONVERSIONS,
        OWNED,
        DIRECTIVES,
    ],
    required: &[],
};

static PARTS: [Key; 15] = [
    key(
        "primary_key",
        &PRIMARY_KEY,
        "A column, a list of columns, or spelled out.",
    ),
    key("unique", &UNIQUE, "Unique constraints: by name, or a list."),
    key(
        "checks",
        &CHECKS_OF_TABLE,
        "CHECK constraints: by name, or a list.",
    ),
    key("foreign_keys", &FOREIGN_KEYS, "Foreign keys: by name, or a list."),
    key("exclude", &EXCLUDE, "Exclusion constraints: by name, or a list."),
    key("indexes", &INDEXES, "Indexes: by name, or a list."),
    key("statistics", &STATISTICS, "Extended statistics by name."),
    key("triggers", &TRIGGERS, "Triggers by name."),
    key("rules", &RULES, "Rewrite rules by name."),
    key(
        "row_level_security",
        &ROW_SECURITY,
        "`enable`; `force` holds for the owner, too.",
    ),
    key("policies", &POLICIES, "Policies by name."),
    key(
        "replica_identity",
        &REPLICA_IDENTITY,
        "`default`, `full`, `nothing`, or `index NAME`.",
    ),
    key("cluster_on", &NAME, "The index that CLUSTER follows."),
    key(
        "partition_by",
        &PARTITION_BY,
        "How rows go to partitions, as in SQL: `range (placed_at)`.",
    ),
    key(
        "partitions",
        &PARTITIONS,
        "Partitions by name; the short form is the bounds: `from ('2025-01-01') to ('2026-01-01')`.",
    ),
];

const STORAGE: &[Key] = &[
    key(
        "with",
        &OPTIONS,
        "Storage parameters, such as `fillfactor`, `autovacuum_enabled`, `toast.autovacuum_enabled`.",
    ),
    key("tablespace", &NAME, "Where it is stored."),
    key("access_method", &NAME, "`heap` by default."),
];

const TABLE_DIRECTIVES: &[Key] = &[
    key("hot", &FLAG, "It counts as large and busy whatever its size."),
    key(
        "first_partition",
        &FLAG,
        "The plain table that becomes partitioned turns into this partition of it: no row is copied.",
    ),
    key(
        "split_from",
        &SQL,
        "It takes columns over from another table: `customers (street, city) on customer_id = customers.id`.",
    ),
    key(
        "merge_from",
        &SQL,
        "It takes columns over from a table that goes: `addresses (street, city) on id = addresses.customer_id`.",
    ),
];

static ROW_SECURITY: Shape = Shape::scalar(Scalar::Word(&["enable", "force", "disable"]));
static REPLICA_IDENTITY: Shape = Shape::scalar(Scalar::Sql);
static PARTITION_BY: Shape = Shape::scalar(Scalar::Sql);

static PARTITION_OF: Shape = Shape::section(&PARTITION_OF_SECTION);
static PARTITION_OF_SECTION: Section = Section {
    name: "partition_of",
    about: "The parent of a partition, and the rows that go there.",
    groups: &[&[
        key("table", &NAME, "The partitioned table."),
        key(
            "values",
            &BOUNDS,
            "The bounds as in SQL: `from (1) to (10)`, `in ('a', 'b')`, `with (modulus 4, remainder 0)`, `default`.",
        ),
    ]],
    required: &[&["table"], &["values"]],
};
static BOUNDS: Shape = Shape::scalar(Scalar::Sql);

static PARTITIONS: Shape = Shape::entries(&PARTITION_SHAPE);
static PARTITION_SHAPE: Shape = Shape::section(&PARTITION).or_scalar(Scalar::Sql);
static PARTITION: Section = Section {
    name: "partition",
    about: "A partition. The short form is its bounds.",
    groups: &[
        &[
            key(
                "values",
                &BOUNDS,
                "The bounds as in SQL: `from (1) to (10)`, `in ('a', 'b')`, `with (modulus 4, remainder 0)`, `default`.",
            ),
            key(
                "columns",
                &OVERRIDES,
                "What it says about columns beyond its parent: `not null`, `default 0`.",
            ),
            key("unlogged", &FLAG, "Its rows are not in the write-ahead log."),
        ],
        FOREIGN,
        &PARTS,
        STORAGE,
        TABLE_DIRECTIVES,
        OWNED,
        DIRECTIVES,
    ],
    required: &[&["values"]],
};

const FOREIGN: &[Key] = &[
    key("server", &NAME, "The foreign server."),
    key("options", &OPTIONS, "Options of the foreign-data wrapper."),
];

pub(super) static FOREIGN_TABLES: Shape = Shape::entries(&FOREIGN_TABLE_SHAPE);
static FOREIGN_TABLE_SHAPE: Shape = Shape::section(&FOREIGN_TABLE);
static FOREIGN_TABLE: Section = Section {
    name: "foreign_table",
    about: "A foreign table.",
    groups: &[
        &[
            key("columns", &COLUMNS, "Columns in order."),
            key("inherits", &NAMES, "Parent tables."),
            key(
                "checks",
                &CHECKS_OF_TABLE,
                "CHECK constraints: by name, or a list.",
            ),
            key("triggers", &TRIGGERS, "Triggers by name."),
        ],
        FOREIGN,
        OWNED,
        DIRECTIVES,
    ],
    required: &[&["server"]],
};
