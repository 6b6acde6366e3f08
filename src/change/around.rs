//! What has to step aside while something under it is replaced.

use super::partition_tree::family;
use super::shared_children::own_forms;
use crate::model::{
    Body, Catalog, Column, ConstraintKind, Index, IndexKeyOf, Kind, Object, ObjectId, QualifiedName,
};
use crate::sql::{self, Stmt};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// True where PostgreSQL does not carry the object along by itself when something that it uses is replaced or changes type.
pub fn steps_aside(object: &Object) -> bool {
    match &object.body {
        Body::View(_)
        | Body::MaterializedView(_)
        | Body::Rule(_)
        | Body::Policy(_)
        | Body::Function(_)
        | Body::Aggregate(_)
        | Body::Trigger(_)
        | Body::DomainConstraint(_)
        | Body::Statistics(_)
        | Body::Language(_)
        | Body::Cast(_)
        | Body::Operator(_)
        | Body::OperatorFamily(_)
        | Body::OperatorClass(_)
        | Body::Conversion(_)
        | Body::Transform(_)
        | Body::TextSearchParser(_)
        | Body::TextSearchTemplate(_)
        | Body::TextSearchDictionary(_)
        | Body::TextSearchConfiguration(_)
        | Body::ForeignServer(_)
        | Body::UserMapping(_)
        | Body::PublicationTable(_)
        | Body::PublicationSchema(_)
        | Body::EventTrigger(_) => true,
        Body::Constraint(constraint) => {
            !constraint.inherited
                && matches!(
                    constraint.kind,
                    ConstraintKind::Check | ConstraintKind::ForeignKey | ConstraintKind::Exclude
                )
        }
        Body::Index(index) => {
            index.on_materialized_view
                || index.predicate.is_some()
                || index
                    .keys
                    .iter()
                    .any(|key| matches!(key.of, IndexKeyOf::Expression(_)))
        }
        Body::Column(column) => (column.generated.is_some() && !column.inherited) || column.default.is_some(),
        _ => false,
    }
}

/// True where a column's default has to be taken away while what it uses is made anew.
pub fn default_steps_aside(column: &Column, used: &ObjectId) -> bool {
    column.generated.is_none()
        && column.default.is_some()
        && matches!(used.kind, Kind::Function | Kind::Aggregate)
}

/// True where rows of the table are stored in columns of others, themselves or inside of arrays, domains and composite types:
/// PostgreSQL changes no column's type in place then.
pub fn row_is_stored(users: &Users, table: &QualifiedName) -> bool {
    !holders(users, &ObjectId::named(Kind::Table, table)).is_empty()
}

/// The columns of others in which rows of a relation, or values of a type, are stored in these ways.
pub fn holders(users: &Users, row: &ObjectId) -> Vec<ObjectId> {
    let mut seen: BTreeSet<&ObjectId> = BTreeSet::new();
    let mut found = Vec::new();
    let mut queue = vec![row];
    while let Some(id) = queue.pop() {
        for user in users.users(id) {
            match user.kind {
                Kind::Column if user.relation() != row.qualified() => found.push((*user).clone()),
                Kind::CompositeType | Kind::Domain | Kind::RangeType if seen.insert(user) => queue.push(user),
                _ => {}
            }
        }
    }
    found
}

/// True for a part of the table that calls a function which takes the table's row: the function cannot go before the part, nor
/// the table before the function, so the part goes first, by a step of its own.
pub fn calls_with_its_row(catalog: &Catalog, part: &Object, table: &QualifiedName) -> bool {
    let row = ObjectId::named(Kind::Table, table);
    let mut seen: BTreeSet<&ObjectId> = BTreeSet::new();
    let routine = |id: &&ObjectId| matches!(id.kind, Kind::Function | Kind::Aggregate);
    let mut queue: Vec<&ObjectId> = part.depends_on.iter().filter(routine).collect();
    while let Some(id) = queue.pop() {
        let Some(object) = catalog.get(id).filter(|_| seen.insert(id)) else {
            continue;
        };
        if object.depends_on.contains(&row) {
            return true;
        }
        queue.extend(object.depends_on.iter().filter(routine));
    }
    false
}

/// An object, and the columns of a table.
pub fn with_columns(catalog: &Catalog, id: &ObjectId) -> BTreeSet<ObjectId> {
    let mut all = BTreeSet::from([id.clone()]);
    if id.kind == Kind::Table {
        let columns = catalog.parts(Kind::Column, &id.qualified());
        all.extend(columns.map(|column| column.id.clone()));
    }
    all
}

/// Who uses whom in a catalog, found once for all questions.
pub struct Users<'a> {
    catalog: &'a Catalog,
    by_used: HashMap<&'a ObjectId, Vec<&'a ObjectId>>,
}

impl<'a> Users<'a> {
    /// Reads the whole catalog.
    pub fn of(catalog: &'a Catalog) -> Self {
        let mut by_used: HashMap<&ObjectId, Vec<&ObjectId>> = HashMap::new();
        for object in catalog.objects.values() {
            for used in &object.depends_on {
                by_used.entry(used).or_default().push(&object.id);
            }
        }
        Self { catalog, by_used }
    }

    /// Those that directly use the object, in order.
    pub fn users(&self, id: &ObjectId) -> &[&'a ObjectId] {
        self.by_used.get(id).map(Vec::as_slice).unwrap_or_default()
    }

    /// Everything that stands on the seeds and has to step aside, users behind what they use. The seeds themselves are not in it.
    pub fn standing_on(&self, seeds: &BTreeSet<ObjectId>) -> Vec<ObjectId> {
        self.standing(seeds, false, &BTreeSet::new())
    }

    /// The same for columns that are dropped and added anew: their indexes and keys, which PostgreSQL would drop with them, too.
    pub fn standing_on_dropped(&self, columns: &BTreeSet<ObjectId>) -> Vec<ObjectId> {
        self.standing(columns, true, &BTreeSet::new())
    }

    /// The same where some get another definition in place: what stands on them is not touched.
    pub fn standing_on_beside(
        &self,
        seeds: &BTreeSet<ObjectId>,
        in_place: &BTreeSet<ObjectId>,
    ) -> Vec<ObjectId> {
        self.standing(seeds, false, in_place)
    }

    fn standing(
        &self,
        seeds: &BTreeSet<ObjectId>,
        dropped: bool,
        in_place: &BTreeSet<ObjectId>,
    ) -> Vec<ObjectId> {
        let mut found: BTreeSet<ObjectId> = BTreeSet::new();
        let mut seeds = seeds.clone();
        if dropped {
            let below: Vec<ObjectId> = seeds.iter().flat_map(|seed| self.columns_below(seed)).collect();
            seeds.extend(below);
        }
        let mut queue: Vec<ObjectId> = seeds.iter().cloned().collect();
        while let Some(id) = queue.pop() {
            for user in self.users(&id) {
                let Some(object) = self.catalog.get(user) else {
                    continue;
                };
                // A computed column that steps aside is dropped, and its indexes and keys with it.
                let is_dropped = match seeds.contains(&id) {
                    true => dropped,
                    false => self
                        .catalog
                        .get(&id)
                        .is_some_and(super::change_generated::is_generated),
                };
                let built_on_it = is_dropped && goes_with_column(object);
                let aside = built_on_it || steps_aside(object) || is_built_with(object, &id);
                if seeds.contains(*user) || found.contains(*user) || !aside {
                    continue;
                }
                // A trigger or constraint hangs on its table anyway; only what it says of the seed counts.
                if !mentions(object, &id) {
                    continue;
                }
                if in_place.contains(*user) {
                    continue;
                }
                found.insert((*user).clone());
                if super::change_generated::is_generated(object) {
                    queue.extend(self.columns_below(user));
                }
                // A column that only loses its default for the while carries all that stands on it.
                if !matches!(&object.body, Body::Column(column) if column.generated.is_none()) {
                    queue.push((*user).clone());
                }
            }
        }
        in_order(self.catalog, &found)
    }
}

impl Users<'_> {
    /// True for a table with partitions or children, which to walk takes a look at every table.
    pub fn has_children(&self, table: &QualifiedName) -> bool {
        let users = self.users(&ObjectId::named(Kind::Table, table));
        users.iter().any(|user| user.kind == Kind::Table)
    }

    /// The same column of partitions and children, which goes with it.
    fn columns_below(&self, column: &ObjectId) -> Vec<ObjectId> {
        let table = column.relation();
        if column.kind != Kind::Column || !self.has_children(&table) {
            return Vec::new();
        }
        let below = family(self.catalog, &table)
            .into_iter()
            .filter(|child| *child != table);
        let own = below.map(|child| ObjectId::part(Kind::Column, &child, &column.name));
        let inherited = |id: &ObjectId| matches!(self.catalog.get(id).map(|object| &object.body), Some(Body::Column(body)) if body.inherited);
        own.filter(inherited).collect()
    }
}

/// True for an index over an operator class, and for a table of a foreign server: they are nothing without it.
fn is_built_with(object: &Object, used: &ObjectId) -> bool {
    match &object.body {
        Body::Index(_) => matches!(used.kind, Kind::OperatorClass | Kind::AccessMethod),
        Body::Table(_) => used.kind == Kind::ForeignServer,
        _ => false,
    }
}

fn goes_with_column(object: &Object) -> bool {
    match &object.body {
        Body::Constraint(constraint) => !constraint.inherited,
        Body::Index(_) => true,
        _ => false,
    }
}

fn is_below(index: &Index, table: &QualifiedName) -> bool {
    index
        .partition_names
        .iter()
        .any(|(partition, _)| partition == table)
}

fn mentions(object: &Object, used: &ObjectId) -> bool {
    match (&object.body, used.kind) {
        // Parts of a relation depend on the relation itself, which never steps aside unless it is a view.
        (Body::Index(index), Kind::Table) if is_below(index, &used.qualified()) => false,
        (_, Kind::Table) => !object.id.is_part() || object.id.relation() != used.qualified(),
        // Their own indexes below a parent's go and come with partitions.
        (Body::Index(index), Kind::Column) if is_below(index, &used.relation()) => false,
        (Body::Column(column), _) if column.generated.is_none() => default_steps_aside(column, used),
        (Body::Trigger(trigger), Kind::Column) => {
            trigger.has_condition || trigger.columns.contains(&used.name)
        }
        _ => true,
    }
}

/// The objects, each behind what it uses.
pub fn in_order(catalog: &Catalog, ids: &BTreeSet<ObjectId>) -> Vec<ObjectId> {
    let mut order = Vec::new();
    let mut state: BTreeMap<ObjectId, bool> = BTreeMap::new();
    for id in ids {
        visit(catalog, ids, id, &mut state, &mut order);
    }
    order
}

fn visit(
    catalog: &Catalog,
    ids: &BTreeSet<ObjectId>,
    id: &ObjectId,
    state: &mut BTreeMap<ObjectId, bool>,
    order: &mut Vec<ObjectId>,
) {
    if state.contains_key(id) {
        return;
    }
    state.insert(id.clone(), false);
    if let Some(object) = catalog.get(id) {
        for used in object.depends_on.iter().filter(|used| ids.contains(*used)) {
            visit(catalog, ids, used, state, order);
        }
    }
    state.insert(id.clone(), true);
    order.push(id.clone());
}

/// The statements that drop these objects (users first) and that make them again.
pub fn drop_and_create(catalog: &Catalog, order: &[ObjectId]) -> (Vec<Stmt>, Vec<Stmt>) {
    let objects: Vec<&Object> = order.iter().filter_map(|id| catalog.get(id)).collect();
    let drops = objects.iter().rev().map(|object| take_away(object)).collect();
    let creates = objects
        .iter()
        .flat_map(|object| match &object.body {
            Body::Column(column) if column.generated.is_none() => {
                vec![sql::alter::default_only(
                    &object.id.relation(),
                    &object.id.name,
                    column.default.as_ref(),
                )]
            }
            _ => {
                let mut statements = sql::create(&super::restoring(object), catalog);
                statements.extend(super::partition_name::below_object(object, catalog));
                if object.id.kind == Kind::Column {
                    statements.extend(own_forms(catalog, catalog, &object.id));
                }
                statements
            }
        })
        .collect();
    (drops, creates)
}

fn take_away(object: &Object) -> Stmt {
    match &object.body {
        Body::Column(column) if column.generated.is_none() => {
            sql::alter::default_only(&object.id.relation(), &object.id.name, None)
        }
        _ => sql::drop(object),
    }
}
