//! A plan for the tests of this folder: one step of every shape.

use crate::model::{Ident, Kind, ObjectId, QualifiedName, TypeName};
use crate::plan::{Boundary, FORMAT_VERSION, Plan, PlanStep};
use crate::sql::Stmt;
use crate::step::*;
use crate::text::Origin;

fn customer() -> QualifiedName {
    QualifiedName::new("public", "customer")
}

fn column(name: &str) -> ObjectId {
    ObjectId::part(Kind::Column, &customer(), &Ident::new(name))
}

fn one(sql: &str) -> Action {
    Action::one(Stmt::new(sql))
}

fn batch(before: &str, after: &str) -> Batch {
    Batch {
        table: customer(),
        key: Key::Columns(vec![KeyColumn {
            name: Ident::new("id"),
            data_type: TypeName::new("bigint"),
        }]),
        statements: vec![BatchStatement {
            before: before.to_owned(),
            qualifier: String::new(),
            after: after.to_owned(),
        }],
        otherwise: "customers without a tier".to_owned(),
    }
}

fn has_column(name: &str) -> String {
    format!(
        "EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass('public.customer') AND attname = '{name}' AND NOT attisdropped)"
    )
}

fn add_tier() -> Step {
    let mut step = Step::new(
        column("tier"),
        "add_column",
        Phase::Expand,
        "Add column tier to public.customer",
        one("ALTER TABLE public.customer ADD COLUMN tier text"),
        Undo::statements(vec![Stmt::new("ALTER TABLE public.customer DROP COLUMN tier")]),
        DoneWhen::Holds(has_column("tier")),
    );
    step.locks = vec![LockOn {
        lock: Lock::AccessExclusive,
        relation: customer(),
    }];
    step.origin = Some(Origin {
        file: "schema/tables/customer.sql".into(),
        line: 6,
        column: 3,
    });
    step.preconditions = vec![Precondition {
        holds: "pg_total_relation_size('public.customer') <= 8388608".into(),
        otherwise: "public.customer has grown: plan again".into(),
        replan: true,
        rows: None,
    }];
    step
}

fn default_tier() -> Step {
    Step::new(
        column("tier"),
        "set_default",
        Phase::Expand,
        "Set the default of public.customer.tier",
        one("ALTER TABLE public.customer ALTER COLUMN tier SET DEFAULT 'basic; $x$ \"quoted\"'"),
        Undo::statements(vec![Stmt::new(
            "ALTER TABLE public.customer ALTER COLUMN tier DROP DEFAULT",
        )]),
        DoneWhen::Repeatable,
    )
}

fn fill_tier() -> Step {
    let mut step = Step::new(
        column("tier"),
        "backfill",
        Phase::Migrate,
        "Fill public.customer.tier in batches",
        Action::Sequence(vec![
            Action::Batches(batch(
                "UPDATE public.customer SET tier = 'basic' WHERE ",
                " AND tier IS NULL",
            )),
            Action::Verify(batch(
                "SELECT count(*) FROM public.customer WHERE ",
                " AND tier IS NULL",
            )),
        ]),
        Undo::Nothing,
        DoneWhen::Repeatable,
    );
    step.transaction = Transaction::Batches;
    step.timeout = TimeoutClass::Batch;
    step.cost = Cost::Copies(customer());
    step.locks = vec![LockOn {
        lock: Lock::RowExclusive,
        relation: customer(),
    }];
    step
}

fn index_tier() -> Step {
    let id = ObjectId::named(Kind::Index, &QualifiedName::new("public", "customer_tier_idx"));
    let mut step = Step::new(
        id,
        "create_index",
        Phase::Migrate,
        "Build index public.customer_tier_idx without blocking writers",
        one("CREATE INDEX CONCURRENTLY customer_tier_idx ON public.customer (tier)"),
        Undo::Run {
            action: one("DROP INDEX CONCURRENTLY public.customer_tier_idx"),
            outside_transaction: true,
        },
        DoneWhen::Holds(crate::sql::probe::valid_index(&QualifiedName::new(
            "public",
            "customer_tier_idx",
        ))),
    );
    step.transaction = Transaction::None;
    step.timeout = TimeoutClass::Long;
    step.cost = Cost::BuildsIndex(customer());
    step.locks = vec![LockOn {
        lock: Lock::ShareUpdateExclusive,
        relation: customer(),
    }];
    step.hazards = vec![Hazard {
        code: HazardCode::LongRunning,
        verdict: Verdict::Warn,
        object: step.object.clone(),
        message: "the build reads the table twice".into(),
        allowed: false,
    }];
    step
}

fn drop_fax() -> Step {
    let mut step = Step::new(
        column("fax"),
        "drop_column",
        Phase::Contract,
        "Archive and drop column fax of public.customer",
        Action::Statements(vec![
            Stmt::new(
                "CREATE TABLE schemaplan_archive.c_customer_fax_1a2b3c4d AS SELECT id, fax FROM public.customer",
            ),
            Stmt::new("ALTER TABLE public.customer DROP COLUMN fax"),
        ]),
        Undo::Lossy {
            action: Action::Sequence(vec![
                one("ALTER TABLE public.customer ADD COLUMN fax text"),
                Action::Batches(batch(
                    "UPDATE public.customer AS t SET fax = a.fax FROM schemaplan_archive.c_customer_fax_1a2b3c4d AS a WHERE a.id = t.id AND ",
                    "",
                )),
            ]),
            reason: "the place of the column among the others".into(),
        },
        DoneWhen::Holds(format!("NOT {}", has_column("fax"))),
    );
    step.locks = vec![LockOn {
        lock: Lock::AccessExclusive,
        relation: customer(),
    }];
    step.hazards = vec![Hazard {
        code: HazardCode::DropsData,
        verdict: Verdict::Stop,
        object: column("fax"),
        message: "`public.customer.fax` goes away with its values".into(),
        allowed: false,
    }];
    step.origin = Some(Origin {
        file: "schema/tables/customer.sql".into(),
        line: 1,
        column: 1,
    });
    step
}

/// The plan with its id.
pub fn plan() -> Plan {
    let steps = [add_tier(), default_tier(), fill_tier(), index_tier(), drop_fax()];
    let mut plan = Plan {
        tenant: None,
        format_version: FORMAT_VERSION,
        id: String::new(),
        from_fingerprint: "v1:15:aaaa".into(),
        target_fingerprint: "v1:15:bbbb".into(),
        server_major: 15,
        summary: vec![
            "+ public.customer.tier  text".into(),
            "- public.customer.fax".into(),
        ],
        application: Vec::new(),
        deploys: vec![Boundary {
            before: Phase::Contract,
            what: "the code that uses the new schema".into(),
        }],
        refusals: Vec::new(),
        steps: steps
            .into_iter()
            .zip(1..)
            .map(|(step, number)| PlanStep {
                number,
                after: if number == 1 { Vec::new() } else { vec![number - 1] },
                step,
            })
            .collect(),
    };
    plan.id = super::yaml::plan_id(&plan);
    plan
}
