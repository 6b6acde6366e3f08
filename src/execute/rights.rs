//! Rights that a role lacks for the steps of a plan: looked for before anything runs.

use std::collections::BTreeSet;

use tokio_postgres::Client;

use super::connection::local;
use super::error::ApplyError;
use super::rollback::{RollbackScope, to_undo};
use super::server::check_writable;
use super::session::{rows, texts};
use crate::model::{Kind, ObjectId, QualifiedName};
use crate::plan::PlanStep;
use crate::sql::{exists, literal, owned, qualified, script};
use crate::step::{Cost, Fact, Lock, LockOn, Step, Undo};

/// What the role lacks for these steps, a line each, with the statement that would grant it. Only what is certain to fail is named:
/// tables and their parts, routines, types, languages and foreign servers that somebody else owns, a database and schemas in which nothing
/// may be created, schemas in which nothing may be found, types, functions, languages and foreign servers upon which nothing may be built,
/// tables that may get no trigger, that foreign keys may not refer to or that materialized views may not be filled from, and privileges
/// that are not the role's to grant, and what takes a superuser, unless the server looks like a service's.
///
/// # Errors
/// A standby, a role that can keep no journal, a query that fails.
pub async fn lacking<'a>(
    client: &Client,
    steps: impl Iterator<Item = &'a PlanStep>,
) -> Result<Vec<String>, ApplyError> {
    check_writable(client).await?;
    let mut needed = Needed::default();
    for PlanStep { step, .. } in steps {
        needed.altered.extend(altered_by(step));
        needed.owned.extend(owned_by(step));
        let made = step.gives.iter().filter_map(|fact| match fact {
            Fact::Exists(id) => Some(id),
            _ => None,
        });
        let (placed, others): (Vec<&ObjectId>, Vec<&ObjectId>) = made.partition(|id| has_place(id));
        needed.made.extend(placed.into_iter().cloned());
        needed
            .above
            .extend(others.into_iter().filter(|id| takes_superuser(id)).cloned());
        needed.used.extend(used_by(step));
        needed.read.extend(read_by(step));
        needed.granted.extend(granted_by(step));
    }
    needed.lacking(client).await
}

/// The same for taking back what a run has done.
///
/// # Errors
/// As of [`lacking`], and a journal that cannot be read.
pub async fn lacking_to_undo(
    client: &Client,
    run: Option<i64>,
    scope: RollbackScope,
) -> Result<Vec<String>, ApplyError> {
    let Some((plan, steps)) = to_undo(client, run, scope).await? else {
        return Ok(Vec::new());
    };
    check_writable(client).await?;
    let mut needed = Needed::default();
    let undone = plan.steps.iter().filter(|step| steps.contains(&step.number));
    for PlanStep { step, .. } in undone.filter(|step| step.step.undo != Undo::Nothing) {
        needed.altered.extend(altered_by(step));
        needed.owned.extend(owned_by(step));
        needed.granted.extend(granted_by(step));
        for fact in step.gives.iter().chain(&step.ends) {
            match fact {
                // What it has made goes: that is its owner's to do.
                Fact::Exists(_) if step.change != CREATES => {}
                Fact::Exists(id) if is_relation(id) => drop(needed.altered.insert(id.qualified())),
                Fact::Exists(id) => drop(needed.owned.insert(id.clone())),
                Fact::Gone(id) if has_place(id) => drop(needed.made.insert(id.clone())),
                Fact::Gone(id) if takes_superuser(id) => drop(needed.above.insert(id.clone())),
                _ => {}
            }
        }
    }
    needed.lacking(client).await
}

/// What steps need of the role.
#[derive(Default)]
struct Needed {
    /// Relations that it has to own.
    altered: BTreeSet<QualifiedName>,
    /// Routines, types and what is outside of the schemas that it has to own.
    owned: BTreeSet<ObjectId>,
    /// Objects that it makes where they are not there.
    made: BTreeSet<ObjectId>,
    /// Types, functions, languages and foreign servers that it builds upon.
    used: BTreeSet<ObjectId>,
    /// Relations that it refers to, or fills others from, and the privilege that this takes.
    read: BTreeSet<(QualifiedName, &'static str)>,
    /// Objects that only a superuser makes.
    above: BTreeSet<ObjectId>,
    /// What it grants or revokes privileges on.
    granted: BTreeSet<ObjectId>,
}

impl Needed {
    async fn lacking(&self, client: &Client) -> Result<Vec<String>, ApplyError> {
        // The server finds no name in such a schema, and would not answer what follows.
        let hidden = ask(client, &self.hidden()).await?;
        if !hidden.is_empty() {
            return Ok(hidden);
        }
        let mut queries = Vec::new();
        if !self.altered.is_empty() {
            let names: Vec<String> = self
                .altered
                .iter()
                .map(|name| literal(&qualified(name)))
                .collect();
            queries.push(format!(
                "SELECT {} FROM pg_catalog.pg_class AS c WHERE c.oid IN (SELECT pg_catalog.to_regclass(v.name) \
                 FROM unnest(ARRAY[{}]) AS v (name)) AND NOT pg_catalog.pg_has_role(c.relowner, 'USAGE')",
                belongs("c.oid::pg_catalog.regclass", "c.relowner"),
                names.join(", ")
            ));
        }
        queries.extend(self.owned.iter().filter_map(owned).map(|found| {
            let (rows, owner) = (&found.rows, found.owner);
            let words = belongs(found.name, owner);
            format!("SELECT {words} {rows} AND NOT pg_catalog.pg_has_role({owner}, 'USAGE')")
        }));
        // What the run makes itself is its own.
        let used = self.used.difference(&self.made).filter_map(owned);
        queries.extend(used.map(|found| {
            let (rows, name, grant) = (&found.rows, found.name, found.grant);
            format!(
                "SELECT 'upon ' || {name} || ' role ' || {ROLE} || ' may build nothing: GRANT {grant} ' || {name} || ' TO ' || {ROLE} {rows} AND NOT {}",
                found.may_use
            )
        }));
        queries.extend(self.made.iter().map(making));
        queries.extend(self.above.iter().map(superuser));
        queries.extend(self.read.iter().map(|(relation, privilege)| {
            // There is no such right on a column.
            let column = match *privilege {
                TRIGGER => "false".to_owned(),
                _ => format!("pg_catalog.has_any_column_privilege(c.oid, '{privilege}')"),
            };
            format!(
                "SELECT 'upon ' || c.oid::pg_catalog.regclass || ' role ' || {ROLE} || ' may build nothing: GRANT {privilege} ON ' \
                 || c.oid::pg_catalog.regclass || ' TO ' || {ROLE} FROM pg_catalog.pg_class AS c WHERE c.oid = pg_catalog.to_regclass({}) \
                 AND NOT pg_catalog.has_table_privilege(c.oid, '{privilege}') AND NOT {column}",
                literal(&qualified(relation))
            )
        }));
        queries.extend(self.granted.iter().filter_map(granting));
        let mut lines = BTreeSet::new();
        for some in queries.chunks(QUERIES_AT_ONCE) {
            lines.extend(ask(client, &some.join(" UNION ALL ")).await?);
        }
        Ok(lines.into_iter().collect())
    }

    /// The query for schemas in which statements name something, and the role may look nothing up.
    fn hidden(&self) -> String {
        let relations = self.altered.iter().chain(self.read.iter().map(|(name, _)| name));
        let objects = self.owned.iter().chain(&self.used).chain(&self.granted);
        let schemas: BTreeSet<String> = relations
            .map(|name| &name.schema)
            .chain(objects.map(|id| &id.schema))
            .filter(|schema| !schema.is_empty())
            .map(|schema| literal(schema.as_str()))
            .collect();
        let schemas: Vec<String> = schemas.into_iter().collect();
        format!(
            "SELECT 'in schema ' || pg_catalog.quote_ident(n.nspname) || ' role ' || {ROLE} || ' may find nothing: GRANT USAGE ON SCHEMA ' \
             || pg_catalog.quote_ident(n.nspname) || ' TO ' || {ROLE} FROM pg_catalog.pg_namespace AS n \
             WHERE n.nspname = ANY (ARRAY[{}]::text[]) AND NOT pg_catalog.has_schema_privilege(n.oid, 'USAGE') ORDER BY 1",
            schemas.join(", ")
        )
    }
}

/// The role of the run, as it is written in a statement.
const ROLE: &str = "pg_catalog.quote_ident(current_user)";

const TRIGGER: &str = "TRIGGER";

/// Services let roles of their own make some of what takes a superuser, and keep roles with such names: there nothing is certain.
const OF_A_SERVICE: &str = "admin|superuser";

/// Whether the role may make what takes a superuser.
fn superuser(id: &ObjectId) -> String {
    // Of an extension it depends on what its own files say; where there are none, that is another error.
    let takes_one = match id.kind {
        Kind::Extension => format!(
            "AND (SELECT bool_and(v.superuser AND NOT v.trusted) FROM pg_catalog.pg_available_extension_versions AS v WHERE v.name = {})",
            literal(id.name.as_str())
        ),
        _ => String::new(),
    };
    format!(
        "SELECT {} || ' takes a superuser to create: run as one' WHERE NOT {} {takes_one} AND NOT EXISTS (SELECT FROM pg_catalog.pg_roles AS r \
         WHERE r.rolname = current_user AND r.rolsuper OR r.rolname ~ '{OF_A_SERVICE}')",
        literal(&id.to_string()),
        exists(id)
    )
}

/// What PostgreSQL lets nobody else make, whoever owns what it stands on.
fn takes_superuser(id: &ObjectId) -> bool {
    matches!(
        id.kind,
        Kind::EventTrigger
            | Kind::ForeignDataWrapper
            | Kind::Language
            | Kind::AccessMethod
            | Kind::OperatorClass
            | Kind::OperatorFamily
            | Kind::TextSearchParser
            | Kind::TextSearchTemplate
            | Kind::PublicationSchema
            | Kind::Extension
    )
}

/// Whether the role may create anything where this is made.
fn making(id: &ObjectId) -> String {
    let missing = format!("NOT {}", exists(id));
    let database = "pg_catalog.quote_ident(pg_catalog.current_database())";
    match id.schema.is_empty() {
        true => format!(
            "SELECT 'in database ' || {database} || ' role ' || {ROLE} || ' may create no {}: GRANT CREATE ON DATABASE ' || {database} \
             || ' TO ' || {ROLE} WHERE NOT pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE') AND {missing}",
            id.kind.plural()
        ),
        false => format!(
            "SELECT 'in schema ' || pg_catalog.quote_ident(n.nspname) || ' role ' || {ROLE} || ' may create nothing: GRANT CREATE ON SCHEMA ' \
             || pg_catalog.quote_ident(n.nspname) || ' TO ' || {ROLE} FROM pg_catalog.pg_namespace AS n \
             WHERE n.nspname = {} AND NOT pg_catalog.has_schema_privilege(n.oid, 'CREATE') AND {missing}",
            literal(id.schema.as_str())
        ),
    }
}

/// A plan of thousands of tables is asked for in pieces: the server plans a union of all of them slowly.
const QUERIES_AT_ONCE: usize = 100;

/// The expression that says whose something is, and what would help.
fn belongs(name: &str, owner: &str) -> String {
    let owner = format!("pg_catalog.quote_ident(pg_catalog.pg_get_userbyid({owner}))");
    format!(
        "{name} || ' belongs to ' || {owner} || ': run as that role, or GRANT ' || {owner} || ' TO ' || {ROLE}"
    )
}

/// Whether the role may grant anything on it: a GRANT by anybody else is a warning of the server's, and does nothing.
fn granting(id: &ObjectId) -> Option<String> {
    let of_columns = "UNION ALL SELECT e.grantee FROM pg_catalog.pg_attribute AS f, pg_catalog.aclexplode(f.attacl) AS e \
                      WHERE f.attrelid = c.oid AND e.is_grantable";
    let (rows, name, owner, acl, more) = match id.kind {
        _ if id.is_part() || is_relation(id) => {
            let relation = if id.is_part() {
                id.relation()
            } else {
                id.qualified()
            };
            let rows = format!(
                "FROM pg_catalog.pg_class AS c WHERE c.oid = pg_catalog.to_regclass({})",
                literal(&qualified(&relation))
            );
            let name = "c.oid::pg_catalog.regclass";
            (rows, name, "c.relowner", "c.relacl", of_columns)
        }
        Kind::Schema => {
            let name = literal(id.name.as_str());
            let rows = format!("FROM pg_catalog.pg_namespace AS n WHERE n.nspname = {name}");
            (
                rows,
                "pg_catalog.quote_ident(n.nspname)",
                "n.nspowner",
                "n.nspacl",
                "",
            )
        }
        _ => {
            let found = owned(id)?;
            (found.rows, found.name, found.owner, found.acl, "")
        }
    };
    let words = belongs(name, owner);
    Some(format!(
        "SELECT {words} || ', or have what is to be granted, WITH GRANT OPTION' {rows} AND NOT pg_catalog.pg_has_role({owner}, 'USAGE') \
         AND NOT EXISTS (SELECT FROM (SELECT e.grantee FROM pg_catalog.aclexplode({acl}) AS e WHERE e.is_grantable {more}) AS g \
         WHERE pg_catalog.pg_has_role(g.grantee, 'USAGE'))"
    ))
}

/// The change that makes what was not there.
const CREATES: &str = "create_object";

/// What a step changes or drops, other than a relation: only its owner can.
fn owned_by(step: &Step) -> Option<ObjectId> {
    if step.object.kind == Kind::DomainConstraint {
        return Some(ObjectId::named(Kind::Domain, &step.object.relation()));
    }
    // Whoever was granted that with the right to pass it on may grant it, too.
    let is_owners = ![CREATES, "set_grants"].contains(&step.change.as_str());
    is_owners.then(|| step.object.clone())
}

/// What the server lets only those build upon who may use it.
fn used_by(step: &Step) -> impl Iterator<Item = ObjectId> {
    let makes = step.gives.contains(&Fact::Exists(step.object.clone()));
    let fires = step.object.kind == Kind::Trigger;
    let needs = step.needs.iter().filter_map(move |fact| match fact {
        Fact::Exists(id) if makes && (id.kind == Kind::Function) == fires => Some(id),
        _ => None,
    });
    let has_types = matches!(
        step.object.kind,
        Kind::Table | Kind::Column | Kind::Domain | Kind::CompositeType | Kind::RangeType | Kind::Function
    );
    needs
        .filter(move |id| match id.kind {
            Kind::Function => fires,
            Kind::EnumType | Kind::Domain | Kind::CompositeType | Kind::RangeType => has_types,
            Kind::Language | Kind::ForeignServer | Kind::ForeignDataWrapper => makes,
            _ => false,
        })
        .cloned()
}

/// What a step touches by a right that can be granted: the table that a foreign key refers to, the one that gets a trigger, and what a
/// materialized view is filled from.
fn read_by(step: &Step) -> Vec<(QualifiedName, &'static str)> {
    match step.object.kind {
        Kind::Constraint => {
            let own = step.object.relation();
            let referred = |on: &&LockOn| on.relation != own && on.lock == Lock::ShareRowExclusive;
            let found = step.locks.iter().filter(referred);
            found.map(|on| (on.relation.clone(), "REFERENCES")).collect()
        }
        Kind::Trigger if step.gives.contains(&Fact::Exists(step.object.clone())) => {
            vec![(step.object.relation(), TRIGGER)]
        }
        Kind::MaterializedView if step.change == CREATES => {
            let needs = step.needs.iter().filter_map(|fact| match fact {
                Fact::Exists(id) if is_relation(id) && !matches!(id.kind, Kind::Index | Kind::Sequence) => {
                    Some((id.qualified(), "SELECT"))
                }
                _ => None,
            });
            needs.collect()
        }
        _ => Vec::new(),
    }
}

/// What a step grants or revokes privileges on.
fn granted_by(step: &Step) -> Option<ObjectId> {
    (step.change == "set_grants").then(|| step.object.clone())
}

/// The relations that a step needs the owner for: what it is about, where it locks that as only an owner's statement does.
fn altered_by(step: &Step) -> Vec<QualifiedName> {
    let about = match step.object.kind {
        _ if step.object.is_part() => step.object.relation(),
        Kind::Table | Kind::View | Kind::MaterializedView | Kind::Sequence => step.object.qualified(),
        Kind::Index => {
            // Its locks are on its table.
            let table = step.cost.table().cloned();
            return table
                .filter(|_| matches!(step.cost, Cost::BuildsIndex(_)))
                .into_iter()
                .collect();
        }
        _ => return Vec::new(),
    };
    // Whoever may write to a table can fill it, and look at it.
    let is_owners = step
        .locks
        .iter()
        .any(|on| on.relation == about && on.lock == Lock::AccessExclusive);
    match is_owners {
        true => vec![about],
        false => Vec::new(),
    }
}

fn is_relation(id: &ObjectId) -> bool {
    matches!(
        id.kind,
        Kind::Table | Kind::View | Kind::MaterializedView | Kind::Sequence | Kind::Index
    )
}

/// What is made in a schema or in the database, and is not the server's to make.
fn has_place(id: &ObjectId) -> bool {
    is_relation(id)
        || matches!(
            id.kind,
            Kind::Function
                | Kind::Aggregate
                | Kind::EnumType
                | Kind::Domain
                | Kind::CompositeType
                | Kind::RangeType
                | Kind::Collation
                | Kind::Conversion
                | Kind::Statistics
                | Kind::TextSearchDictionary
                | Kind::TextSearchConfiguration
                | Kind::Schema
                | Kind::Publication
        )
}

async fn ask(client: &Client, query: &str) -> Result<Vec<String>, ApplyError> {
    // Names are shown with their schemas, and routines found by the names of their arguments. Behind a pooler the next
    // session gets the backend as this one leaves it.
    let all = format!("BEGIN READ ONLY; {}; {query}; COMMIT", local(script::NO_PATH));
    let asked = rows(client, &all).await;
    match asked {
        Ok(found) => Ok(texts(&found)),
        Err(error) => {
            let _ = client.batch_execute("ROLLBACK").await;
            Err(ApplyError::database("look at the rights of the role", &error))
        }
    }
}
