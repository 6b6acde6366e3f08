//! The changes, each with the code before and behind it.

use super::dialect::{Dialect, FORMER, Notes};

/// A change of the three tables.
pub struct Recipe {
    pub name: &'static str,
    /// What differs from the usual tables before: text and what takes its place.
    pub from: &'static [(&'static str, &'static str)],
    /// The same for the files.
    pub to: &'static [(&'static str, &'static str)],
    pub new: Dialect,
    /// What the old code may no longer do once migrate has begun (the plan's deploy before migrate asks for it).
    pub old: Dialect,
    /// NULL becomes the value that notes are filled with.
    pub fills: bool,
    /// The plain form: there is no staged one.
    pub plain: bool,
    /// The way back writes a table anew: what holds an older snapshot finds it empty then.
    pub rewrites_back: bool,
    /// The new code may write numbers beyond integer in the end.
    pub widens: bool,
    /// The same for keys.
    pub widens_keys: bool,
}

/// The tables; the third refers to the first by its key too.
pub const TABLES: &str = "CREATE TABLE item (
    id integer PRIMARY KEY,
    code text NOT NULL,
    qty integer NOT NULL DEFAULT 0,
    note text,
    state text NOT NULL DEFAULT 'new'
);
CREATE TABLE line (
    id integer PRIMARY KEY,
    item_id integer NOT NULL REFERENCES item ON UPDATE CASCADE ON DELETE CASCADE,
    n integer NOT NULL
);
CREATE INDEX line_item ON line (item_id);
CREATE TABLE tag (
    item_id integer NOT NULL REFERENCES item ON UPDATE CASCADE ON DELETE CASCADE,
    label text NOT NULL,
    PRIMARY KEY (item_id, label)
);
";

const USUAL: Recipe = Recipe {
    name: "",
    from: &[],
    to: &[],
    new: FORMER,
    old: FORMER,
    fills: false,
    plain: false,
    rewrites_back: false,
    widens: false,
    widens_keys: false,
};

const STATES: &str = "CREATE TYPE state AS ENUM ('new', 'paid', 'void');\nCREATE TABLE item (";
const STATES_NAMED: &str = "CREATE TYPE state AS ENUM ('new',
    -- schemaplan: renamed from 'paid'
    -- schemaplan: keep-label
    'settled', 'void');\nCREATE TABLE item (";
const STATES_LEFT: &str = "CREATE TYPE state AS ENUM ('new', 'paid');\nCREATE TABLE item (";

const STATE_HALVED: &str = "state text NOT NULL DEFAULT 'new'
) PARTITION BY HASH (id);
CREATE TABLE item_0 PARTITION OF item FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE item_1 PARTITION OF item FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE INDEX item_state ON item (state) WHERE state <> 'paid';";

const VIEWS: &str = "CREATE VIEW rich AS SELECT id, qty FROM item WHERE qty > 500;
CREATE VIEW richest AS SELECT max(qty) AS qty FROM rich;
CREATE FUNCTION total() RETURNS numeric LANGUAGE sql BEGIN ATOMIC SELECT sum(qty) FROM item; END;
CREATE INDEX line_item";
const VIEWED: Dialect = Dialect {
    reads: &[
        "SELECT count(*) FROM rich",
        "SELECT count(*) FROM richest",
        "SELECT total() IS NULL",
    ],
    ..FORMER
};
const TOTAL: &str = "CREATE FUNCTION total(which text DEFAULT 'paid') RETURNS numeric LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN (SELECT sum(qty) FROM item WHERE state = which); END $$;
CREATE INDEX line_item";
const GRAND_TOTAL: &str = "-- schemaplan: renamed from total
CREATE FUNCTION grand_total(which text DEFAULT 'paid') RETURNS numeric LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN (SELECT sum(qty) FROM item WHERE state = which); END $$;
CREATE INDEX line_item";
const COUNTED: &str =
    "CREATE MATERIALIZED VIEW counted AS SELECT state, count(*) AS number FROM item GROUP BY state;
CREATE UNIQUE INDEX counted_state ON counted (state);
CREATE INDEX line_item";
const COUNTED_MORE: &str = "CREATE MATERIALIZED VIEW counted AS SELECT state, sum(qty) AS qty, count(*) AS number FROM item GROUP BY state;
CREATE UNIQUE INDEX counted_state ON counted (state);
CREATE INDEX line_item";
const IN_PARTITIONS: &str = "DEFAULT 'new'\n) PARTITION BY RANGE (id);
CREATE TABLE item_low PARTITION OF item FOR VALUES FROM (MINVALUE) TO (100);
CREATE TABLE item_mid PARTITION OF item FOR VALUES FROM (100) TO (1000);
CREATE TABLE item_high PARTITION OF item FOR VALUES FROM (1000) TO (MAXVALUE);";
const KNOWN: &str = "CREATE DOMAIN sku AS text;\nCREATE TABLE item (";
const DEMANDING: &str = "CREATE DOMAIN sku AS text CONSTRAINT sku_said CHECK (value <> '') CONSTRAINT sku_short CHECK (length(value) < 100);
CREATE TABLE item (";
const TWO_PARTS: &str = "DEFAULT 'new'\n) PARTITION BY RANGE (id);
CREATE TABLE item_low PARTITION OF item FOR VALUES FROM (MINVALUE) TO (1000);
CREATE TABLE item_high PARTITION OF item FOR VALUES FROM (1000) TO (1900000000);";
const THREE_PARTS: &str = "DEFAULT 'new', CHECK (qty > -1000000)\n) PARTITION BY RANGE (id);
CREATE TABLE item_low PARTITION OF item FOR VALUES FROM (MINVALUE) TO (1000);
CREATE TABLE item_high PARTITION OF item FOR VALUES FROM (1000) TO (1900000000);
CREATE TABLE item_top PARTITION OF item FOR VALUES FROM (1900000000) TO (MAXVALUE);";
const BY_HASH: &str = "DEFAULT 'new'\n) PARTITION BY HASH (id);
CREATE TABLE item_0 PARTITION OF item FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE item_1 PARTITION OF item FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE INDEX item_qty ON item (qty) WHERE state <> 'void';";
const FIRST_OF_TWO: &str = "DEFAULT 'new'\n) PARTITION BY RANGE (id);
-- schemaplan: first-partition
CREATE TABLE item_now PARTITION OF item FOR VALUES FROM (MINVALUE) TO (1900000000);
CREATE TABLE item_later PARTITION OF item FOR VALUES FROM (1900000000) TO (MAXVALUE);
CREATE INDEX item_qty ON item (qty) WHERE state <> 'void';";
const LINES: &str = "    id integer PRIMARY KEY,
    item_id integer NOT NULL REFERENCES item ON UPDATE CASCADE ON DELETE CASCADE,
    n integer NOT NULL
);";
const LINES_IN_ONE: &str = "    id integer NOT NULL,
    item_id integer NOT NULL REFERENCES item ON UPDATE CASCADE ON DELETE CASCADE,
    n integer NOT NULL,
    PRIMARY KEY (item_id, id)
) PARTITION BY RANGE (item_id);
CREATE TABLE line_all PARTITION OF line FOR VALUES FROM (MINVALUE) TO (MAXVALUE);";
const STAMPED: &str = "CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.stamp := now(); RETURN NEW; END $$;
CREATE TRIGGER stamp BEFORE INSERT OR UPDATE ON item FOR EACH ROW EXECUTE FUNCTION stamp();
CREATE INDEX line_item";

const NOTES: &str = "-- schemaplan: split from item (note) on item_id = item.id
CREATE TABLE remark (
    item_id integer PRIMARY KEY REFERENCES item ON UPDATE CASCADE ON DELETE CASCADE,
    note text
);
CREATE TABLE line (";
const REMARKS: &str = "CREATE TABLE remark (
    item_id integer PRIMARY KEY REFERENCES item ON UPDATE CASCADE ON DELETE CASCADE,
    note text
);
CREATE TABLE line (";
/// Its name comes before the other table's: locks are taken in the order of writes, not of names.
const NOTES_THAT_ARE: &str = "-- schemaplan: split from item (note) on item_id = item.id
CREATE TABLE annotation (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    item_id integer NOT NULL UNIQUE REFERENCES item ON UPDATE CASCADE ON DELETE CASCADE,
    note text NOT NULL
);
CREATE TABLE line (";

/// What stands at the end of the tables, and the same in two partitions.
const PLAIN: &str = "label text NOT NULL,
    PRIMARY KEY (item_id, label)
);";
const HALVED: &str = "label text NOT NULL, owner integer,
    PRIMARY KEY (item_id, label)
) PARTITION BY HASH (item_id);
CREATE TABLE tag_0 PARTITION OF tag FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE tag_1 PARTITION OF tag FOR VALUES WITH (MODULUS 2, REMAINDER 1);";
const HALVED_BY_LABEL: &str = "label text NOT NULL,
    PRIMARY KEY (item_id, label)
) PARTITION BY HASH (label);
CREATE TABLE tag_0 PARTITION OF tag FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE tag_1 PARTITION OF tag FOR VALUES WITH (MODULUS 2, REMAINDER 1);";
const HALVED_OWNED: &str = "label text NOT NULL, owner integer REFERENCES item ON DELETE SET NULL,
    PRIMARY KEY (item_id, label)
) PARTITION BY HASH (item_id);
CREATE TABLE tag_0 PARTITION OF tag FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE tag_1 PARTITION OF tag FOR VALUES WITH (MODULUS 2, REMAINDER 1);";

const FILLED: (&str, &str) = (
    "    note text,",
    "    -- schemaplan: backfill 'none'\n    note text NOT NULL,",
);
const KNOWS_NO_NULL: Dialect = Dialect {
    null_note: false,
    ..FORMER
};
const ITEM_END: &str = "state text NOT NULL DEFAULT 'new'
);";
const ITEM_HALVED: &str = "state text NOT NULL DEFAULT 'new'
) PARTITION BY HASH (id);
CREATE TABLE item_0 PARTITION OF item FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE item_1 PARTITION OF item FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE INDEX item_qty ON item (qty) WHERE state <> 'void';";
const FORMS: &[(&str, &str)] = &[
    (ITEM_END, ITEM_HALVED),
    (
        "'new'\n) PARTITION",
        "'new', CONSTRAINT item_once UNIQUE (code, id), CONSTRAINT item_low CHECK (qty > -2000000)\n) PARTITION",
    ),
    (PLAIN, HALVED_OWNED),
];
const OTHER_FORMS: &[(&str, &str)] = &[
    (ITEM_END, ITEM_HALVED),
    (
        "'new'\n) PARTITION",
        "'new', CONSTRAINT item_once UNIQUE (id, code), CONSTRAINT item_low CHECK (qty > -3000000)\n) PARTITION",
    ),
    (PLAIN, HALVED_OWNED),
    ("ON DELETE SET NULL", "ON DELETE CASCADE"),
    ("CASCADE,\n    label", "CASCADE DEFERRABLE,\n    label"),
    ("PRIMARY KEY (item_id, label)", "PRIMARY KEY (label, item_id)"),
];
const BY_CODE: (&str, &str) = ("'new'\n) PARTITION", "'new', UNIQUE (code, id)\n) PARTITION");

pub fn all() -> Vec<Recipe> {
    vec![
        Recipe {
            name: "type of a column",
            to: &[("qty integer", "qty bigint")],
            widens: true,
            ..USUAL
        },
        Recipe {
            name: "integer key to bigint with two referencing tables",
            to: &[
                (
                    "id integer PRIMARY KEY,\n    code",
                    "id bigint PRIMARY KEY,\n    code",
                ),
                ("item_id integer", "item_id bigint"),
            ],
            widens_keys: true,
            ..USUAL
        },
        Recipe {
            name: "NOT NULL with backfill",
            to: &[FILLED],
            new: KNOWS_NO_NULL,
            fills: true,
            ..USUAL
        },
        Recipe {
            name: "unique key",
            to: &[("code text NOT NULL", "code text NOT NULL UNIQUE")],
            ..USUAL
        },
        Recipe {
            name: "column renamed",
            to: &[(
                "    note text,",
                "    -- schemaplan: renamed from note\n    remark text,",
            )],
            new: Dialect {
                note: "remark",
                ..FORMER
            },
            ..USUAL
        },
        Recipe {
            name: "table renamed",
            to: &[
                (
                    "CREATE TABLE item",
                    "-- schemaplan: renamed from item\nCREATE TABLE product",
                ),
                ("REFERENCES item", "REFERENCES product"),
            ],
            new: Dialect {
                table: "product",
                copies: false,
                ..FORMER
            },
            ..USUAL
        },
        Recipe {
            name: "primary key replaced",
            from: &[("code text NOT NULL", "code text NOT NULL UNIQUE")],
            to: &[
                (
                    "id integer PRIMARY KEY,\n    code text NOT NULL",
                    "id integer NOT NULL UNIQUE,\n    code text NOT NULL PRIMARY KEY",
                ),
                ("REFERENCES item ON", "REFERENCES item (id) ON"),
            ],
            ..USUAL
        },
        Recipe {
            name: "key of a referencing table replaced",
            to: &[
                (
                    "    id integer PRIMARY KEY,\n    item_id",
                    "    id integer NOT NULL,\n    item_id",
                ),
                (
                    "n integer NOT NULL\n",
                    "n integer NOT NULL,\n    PRIMARY KEY (item_id, id)\n",
                ),
            ],
            ..USUAL
        },
        Recipe {
            name: "enum label removed",
            from: &[
                ("CREATE TABLE item (", STATES),
                ("state text NOT NULL", "state state NOT NULL"),
            ],
            to: &[
                ("CREATE TABLE item (", STATES_LEFT),
                ("state text NOT NULL", "state state NOT NULL"),
            ],
            ..USUAL
        },
        Recipe {
            name: "enum label removed under a partitioned table and an array",
            from: &[
                (ITEM_END, STATE_HALVED),
                ("CREATE TABLE item (", STATES),
                (
                    "state text NOT NULL",
                    "path state[] NOT NULL DEFAULT '{new}',\n    state state NOT NULL",
                ),
            ],
            to: &[
                (ITEM_END, STATE_HALVED),
                ("CREATE TABLE item (", STATES_LEFT),
                (
                    "state text NOT NULL",
                    "path state[] NOT NULL DEFAULT '{new}',\n    state state NOT NULL",
                ),
            ],
            ..USUAL
        },
        Recipe {
            name: "generated column",
            to: &[(
                "    note text,",
                "    note text,\n    twice bigint GENERATED ALWAYS AS (qty::bigint * 2) STORED,",
            )],
            plain: true,
            ..USUAL
        },
        Recipe {
            name: "emulated generated column",
            to: &[(
                "    note text,",
                "    note text,\n    -- schemaplan: emulate-generated\n    twice bigint NOT NULL GENERATED ALWAYS AS (qty::bigint * 2) STORED,",
            )],
            new: Dialect {
                reads: &[
                    "SELECT 1 / (count(*) = 0)::integer FROM item WHERE twice IS DISTINCT FROM qty::bigint * 2",
                ],
                ..FORMER
            },
            ..USUAL
        },
        Recipe {
            name: "emulated expression of a generated column",
            from: &[(
                "    note text,",
                "    note text,\n    times bigint GENERATED ALWAYS AS (qty::bigint * 2) STORED,",
            )],
            to: &[(
                "    note text,",
                "    note text,\n    -- schemaplan: emulate-generated\n    times bigint GENERATED ALWAYS AS (qty::bigint * 3) STORED,",
            )],
            rewrites_back: true,
            ..USUAL
        },
        Recipe {
            name: "enum label renamed, the former one kept",
            from: &[
                ("CREATE TABLE item (", STATES),
                ("state text NOT NULL", "state state NOT NULL"),
            ],
            to: &[
                ("CREATE TABLE item (", STATES_NAMED),
                ("state text NOT NULL", "state state NOT NULL"),
            ],
            new: Dialect {
                states: &["new", "settled"],
                ..FORMER
            },
            rewrites_back: true,
            ..USUAL
        },
        Recipe {
            name: "CHECK and foreign key",
            from: &[(
                "item_id integer NOT NULL REFERENCES item ON UPDATE CASCADE ON DELETE CASCADE,\n    n",
                "item_id integer NOT NULL REFERENCES item ON UPDATE CASCADE ON DELETE CASCADE, owner integer,\n    n",
            )],
            to: &[
                (
                    "item_id integer NOT NULL REFERENCES item ON UPDATE CASCADE ON DELETE CASCADE,\n    n",
                    "item_id integer NOT NULL REFERENCES item ON UPDATE CASCADE ON DELETE CASCADE, owner integer REFERENCES item,\n    n",
                ),
                (
                    "qty integer NOT NULL DEFAULT 0",
                    "qty integer NOT NULL DEFAULT 0 CHECK (qty >= 0)",
                ),
            ],
            ..USUAL
        },
        Recipe {
            name: "type of a column of a partitioned table",
            from: &[(ITEM_END, ITEM_HALVED)],
            to: &[
                (ITEM_END, ITEM_HALVED),
                ("qty integer NOT NULL", "qty bigint NOT NULL"),
            ],
            widens: true,
            ..USUAL
        },
        Recipe {
            name: "unique key of a partitioned table",
            from: &[(ITEM_END, ITEM_HALVED)],
            to: &[(ITEM_END, ITEM_HALVED), BY_CODE],
            ..USUAL
        },
        Recipe {
            name: "keys of partitioned tables over columns of other types",
            from: &[(ITEM_END, ITEM_HALVED), BY_CODE, (PLAIN, HALVED)],
            to: &[
                (ITEM_END, ITEM_HALVED),
                BY_CODE,
                (PLAIN, HALVED),
                ("code text NOT NULL", "code varchar(80) NOT NULL"),
                ("label text NOT NULL", "label varchar(80) NOT NULL"),
            ],
            ..USUAL
        },
        Recipe {
            name: "integer key to bigint with a partitioned referencing table",
            from: &[(PLAIN, HALVED_BY_LABEL)],
            to: &[
                (PLAIN, HALVED_BY_LABEL),
                (
                    "id integer PRIMARY KEY,\n    code",
                    "id bigint PRIMARY KEY,\n    code",
                ),
                ("item_id integer", "item_id bigint"),
            ],
            widens_keys: true,
            ..USUAL
        },
        Recipe {
            name: "types of columns that refer to a partitioned table",
            from: &[(ITEM_END, ITEM_HALVED)],
            to: &[(ITEM_END, ITEM_HALVED), ("item_id integer", "item_id bigint")],
            ..USUAL
        },
        Recipe {
            name: "NOT NULL of a partitioned table",
            from: &[(ITEM_END, ITEM_HALVED)],
            to: &[(ITEM_END, ITEM_HALVED), FILLED],
            new: KNOWS_NO_NULL,
            fills: true,
            ..USUAL
        },
        Recipe {
            name: "foreign key of a partitioned table",
            from: &[(PLAIN, HALVED)],
            to: &[(PLAIN, HALVED_OWNED)],
            ..USUAL
        },
        Recipe {
            name: "foreign key between partitioned tables",
            from: &[(ITEM_END, ITEM_HALVED), (PLAIN, HALVED)],
            to: &[(ITEM_END, ITEM_HALVED), (PLAIN, HALVED_OWNED)],
            ..USUAL
        },
        Recipe {
            name: "types of the columns of a foreign key between partitioned tables",
            from: &[(ITEM_END, ITEM_HALVED), (PLAIN, HALVED_BY_LABEL)],
            to: &[
                (ITEM_END, ITEM_HALVED),
                (PLAIN, HALVED_BY_LABEL),
                ("item_id integer", "item_id bigint"),
            ],
            ..USUAL
        },
        Recipe {
            name: "keys, foreign keys and CHECK of partitioned tables in another form",
            from: FORMS,
            to: OTHER_FORMS,
            ..USUAL
        },
        Recipe {
            name: "name, type and NOT NULL of three columns at once",
            to: &[
                ("code text", "-- schemaplan: renamed from code\n    sku text"),
                ("qty integer", "qty bigint"),
                FILLED,
            ],
            new: Dialect {
                code: "sku",
                null_note: false,
                ..FORMER
            },
            fills: true,
            widens: true,
            ..USUAL
        },
        Recipe {
            name: "column with a volatile default and an index",
            to: &[
                (
                    "    note text,",
                    "    note text,\n    token uuid NOT NULL DEFAULT gen_random_uuid(),",
                ),
                (
                    "CREATE INDEX line_item",
                    "CREATE INDEX item_token ON item (token);\nCREATE INDEX line_item",
                ),
            ],
            ..USUAL
        },
        Recipe {
            name: "column dropped",
            from: &[("    note text,", "    note text,\n    extra text DEFAULT 'x',")],
            ..USUAL
        },
        Recipe {
            name: "column of a partitioned table dropped",
            from: &[
                (ITEM_END, ITEM_HALVED),
                ("    note text,", "    note text,\n    extra text DEFAULT 'x',"),
            ],
            to: &[(ITEM_END, ITEM_HALVED)],
            ..USUAL
        },
        Recipe {
            name: "unique key over more columns",
            from: &[(
                "code text NOT NULL",
                "code text NOT NULL CONSTRAINT item_code UNIQUE",
            )],
            to: &[(
                "DEFAULT 'new'\n);",
                "DEFAULT 'new',\n    CONSTRAINT item_code UNIQUE (code, id)\n);",
            )],
            ..USUAL
        },
        Recipe {
            name: "foreign keys altered",
            to: &[(
                "ON DELETE CASCADE",
                "ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED",
            )],
            ..USUAL
        },
        Recipe {
            name: "CHECK altered and index replaced",
            from: &[
                (
                    "qty integer NOT NULL DEFAULT 0",
                    "qty integer NOT NULL DEFAULT 0 CONSTRAINT fair CHECK (qty > -5)",
                ),
                (
                    "CREATE INDEX line_item ON line (item_id);",
                    "CREATE INDEX line_item ON line (item_id);\nCREATE UNIQUE INDEX item_code ON item (code);",
                ),
            ],
            to: &[
                (
                    "qty integer NOT NULL DEFAULT 0",
                    "qty integer NOT NULL DEFAULT 0 CONSTRAINT fair CHECK (qty >= 0)",
                ),
                (
                    "CREATE INDEX line_item ON line (item_id);",
                    "CREATE INDEX line_item ON line (item_id DESC, n);\nCREATE UNIQUE INDEX item_code ON item (code, qty);",
                ),
            ],
            ..USUAL
        },
        Recipe {
            name: "NOT NULL of what is never NULL",
            from: &[("qty integer NOT NULL", "qty integer")],
            ..USUAL
        },
        Recipe {
            name: "views over columns that change their type",
            from: &[("CREATE INDEX line_item", VIEWS)],
            to: &[
                ("CREATE INDEX line_item", VIEWS),
                ("qty integer", "qty bigint"),
                (
                    "id integer PRIMARY KEY,\n    code",
                    "id bigint PRIMARY KEY,\n    code",
                ),
                ("item_id integer", "item_id bigint"),
            ],
            old: VIEWED,
            new: VIEWED,
            widens: true,
            widens_keys: true,
            ..USUAL
        },
        Recipe {
            name: "materialized view",
            from: &[("CREATE INDEX line_item", COUNTED)],
            to: &[("CREATE INDEX line_item", COUNTED_MORE)],
            old: Dialect {
                reads: &["SELECT number FROM counted WHERE state = 'new'"],
                ..FORMER
            },
            new: Dialect {
                reads: &["SELECT number FROM counted WHERE state = 'new'"],
                ..FORMER
            },
            ..USUAL
        },
        Recipe {
            name: "identity key to bigint, columns of other types",
            from: &[(
                "id integer PRIMARY KEY,\n    code",
                "id integer GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,\n    code",
            )],
            to: &[
                (
                    "id integer PRIMARY KEY,\n    code",
                    "id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,\n    code",
                ),
                ("item_id integer", "item_id bigint"),
                ("    note text,", "    note varchar(40),"),
                ("state text NOT NULL", "state varchar(10) NOT NULL"),
            ],
            ..USUAL
        },
        Recipe {
            name: "what a trigger of the user's writes",
            from: &[
                (
                    "    note text,",
                    "    note text,\n    stamp timestamp NOT NULL DEFAULT now(),",
                ),
                ("CREATE INDEX line_item", STAMPED),
            ],
            to: &[
                (
                    "    note text,",
                    "    note text,\n    -- schemaplan: using stamp AT TIME ZONE 'UTC'\n    stamp timestamptz NOT NULL DEFAULT now(),",
                ),
                ("CREATE INDEX line_item", STAMPED),
            ],
            ..USUAL
        },
        Recipe {
            name: "table made partitioned",
            from: &[("CREATE INDEX line_item", VIEWS)],
            to: &[
                ("CREATE INDEX line_item", VIEWS),
                ("DEFAULT 'new'\n);", IN_PARTITIONS),
            ],
            old: VIEWED,
            new: VIEWED,
            ..USUAL
        },
        Recipe {
            name: "table becomes its first partition",
            from: &[("CREATE INDEX line_item", VIEWS)],
            to: &[
                ("CREATE INDEX line_item", VIEWS),
                ("DEFAULT 'new'\n);", FIRST_OF_TWO),
            ],
            old: VIEWED,
            new: VIEWED,
            ..USUAL
        },
        Recipe {
            name: "referencing table becomes its first partition, by another key",
            to: &[(LINES, LINES_IN_ONE)],
            ..USUAL
        },
        Recipe {
            name: "partition beside others, domain constrained",
            from: &[
                ("DEFAULT 'new'\n);", TWO_PARTS),
                ("CREATE TABLE item (", KNOWN),
                ("code text", "code sku"),
            ],
            to: &[
                ("DEFAULT 'new'\n);", THREE_PARTS),
                ("CREATE TABLE item (", DEMANDING),
                ("code text", "code sku"),
            ],
            ..USUAL
        },
        Recipe {
            name: "partitioned table made plain",
            from: &[("DEFAULT 'new'\n);", IN_PARTITIONS)],
            ..USUAL
        },
        Recipe {
            name: "table partitioned in another way, by another key",
            from: &[("DEFAULT 'new'\n);", IN_PARTITIONS)],
            to: &[
                ("DEFAULT 'new'\n);", BY_HASH),
                (
                    "CREATE INDEX line_item",
                    "CREATE INDEX item_code ON item (code);\nCREATE INDEX line_item",
                ),
            ],
            ..USUAL
        },
        Recipe {
            name: "column split to a table of its own",
            to: &[("    note text,\n", ""), ("CREATE TABLE line (", NOTES)],
            new: Dialect {
                note: "remark.note",
                notes: Some(Notes {
                    table: "remark",
                    null: true,
                }),
                ..FORMER
            },
            ..USUAL
        },
        Recipe {
            name: "column split to a table that holds values alone",
            to: &[("    note text,\n", ""), ("CREATE TABLE line (", NOTES_THAT_ARE)],
            new: Dialect {
                note: "annotation.note",
                notes: Some(Notes {
                    table: "annotation",
                    null: false,
                }),
                ..FORMER
            },
            ..USUAL
        },
        Recipe {
            name: "table of one column merged into another",
            from: &[("    note text,\n", ""), ("CREATE TABLE line (", REMARKS)],
            to: &[(
                "CREATE TABLE item (",
                "-- schemaplan: merge from remark (note) on id = remark.item_id\nCREATE TABLE item (",
            )],
            old: Dialect {
                note: "remark.note",
                notes: Some(Notes {
                    table: "remark",
                    null: true,
                }),
                ..FORMER
            },
            ..USUAL
        },
        Recipe {
            name: "function renamed",
            from: &[("CREATE INDEX line_item", TOTAL)],
            to: &[("CREATE INDEX line_item", GRAND_TOTAL)],
            old: Dialect {
                reads: &["SELECT total('new')"],
                ..FORMER
            },
            new: Dialect {
                reads: &["SELECT grand_total('new')", "SELECT grand_total()"],
                ..FORMER
            },
            ..USUAL
        },
        Recipe {
            name: "column renamed with all that stands on it",
            from: &[
                (
                    "code text NOT NULL",
                    "code text NOT NULL UNIQUE CHECK (code <> '')",
                ),
                (
                    "CREATE INDEX line_item",
                    "CREATE INDEX item_prefix ON item (left(code, 2)) WHERE code <> 'x';\nCREATE INDEX line_item",
                ),
            ],
            to: &[
                (
                    "code text NOT NULL",
                    "-- schemaplan: renamed from code\n    sku text NOT NULL UNIQUE CHECK (sku <> '')",
                ),
                (
                    "CREATE INDEX line_item",
                    "CREATE INDEX item_prefix ON item (left(sku, 2)) WHERE sku <> 'x';\nCREATE INDEX line_item",
                ),
            ],
            new: Dialect {
                code: "sku",
                ..FORMER
            },
            ..USUAL
        },
    ]
}
