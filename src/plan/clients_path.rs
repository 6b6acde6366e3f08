//! Which steps run functions of the user's, that may find what they use by the search path that sessions begin with.

use crate::change::Context;
use crate::model::{Body, Catalog, Function, Kind, ObjectId, QualifiedName};
use crate::step::{Cost, Fact, Step};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// What runs such functions while it is made, proven or written anew.
const EVALUATED: [Kind; 5] = [
    Kind::Column,
    Kind::Constraint,
    Kind::DomainConstraint,
    Kind::Index,
    Kind::MaterializedView,
];

/// The objects of one side whose definitions run functions with short names, and the relations that these are parts of.
#[derive(Default)]
struct Side<'a> {
    objects: HashSet<&'a ObjectId>,
    relations: HashSet<QualifiedName>,
}

impl<'a> Side<'a> {
    fn of(catalog: &'a Catalog) -> Self {
        let mut side = Self::default();
        let mut queue: Vec<&ObjectId> = catalog
            .of_kind(Kind::Function)
            .filter(|object| matches!(&object.body, Body::Function(function) if needs_a_path(function)))
            .map(|object| &object.id)
            .collect();
        if queue.is_empty() {
            return side;
        }
        let mut users: BTreeMap<&ObjectId, BTreeSet<&ObjectId>> = BTreeMap::new();
        for object in catalog.objects.values() {
            for used in &object.depends_on {
                users.entry(used).or_default().insert(&object.id);
            }
        }
        while let Some(id) = queue.pop() {
            if !side.objects.insert(id) {
                continue;
            }
            if id.kind == Kind::DomainConstraint {
                let domain = ObjectId::named(Kind::Domain, &id.relation());
                queue.extend(catalog.get(&domain).map(|object| &object.id));
            }
            if let Some(home) = catalog.get(id).and_then(|object| object.home()) {
                // Who uses a column does not run its default.
                side.relations.insert(home);
                continue;
            }
            queue.extend(users.get(id).into_iter().flatten());
        }
        side
    }
}

/// A body of the server's own parse has its names resolved, compiled code has none, and a SET clause brings its own path.
fn needs_a_path(function: &Function) -> bool {
    !matches!(function.language.as_str(), "c" | "internal")
        && !function.source.is_empty()
        && !function.definition.contains("\n SET search_path TO ")
}

/// Finds the steps that need the path.
pub struct ClientsPath<'a> {
    context: &'a Context<'a>,
    before: Side<'a>,
    after: Side<'a>,
}

impl<'a> ClientsPath<'a> {
    /// Reads both catalogs once.
    pub fn new(context: &'a Context<'a>) -> Self {
        Self {
            context,
            before: Side::of(context.from),
            after: Side::of(context.to),
        }
    }

    /// True where the step makes, proves, scans or writes something that runs such a function.
    pub fn is_wanted(&self, step: &Step) -> bool {
        let facts = step.gives.iter().any(|fact| match fact {
            Fact::Exists(id) | Fact::Valid(id) => {
                self.runs(&self.after, id) || self.fills_from(self.context.to, id)
            }
            Fact::Changed(id) => self.runs(&self.after, id) || self.runs(&self.before, id),
            Fact::Gone(id) => {
                self.runs(&self.before, id)
                    || self.brings_rows_back(id)
                    || self.fills_from(self.context.from, id)
            }
            Fact::Named(_) => false,
        });
        let on_rows = step
            .costs()
            .filter_map(Cost::table)
            .any(|table| self.is_such(table));
        let object = &step.object;
        let relation = if object.is_part() {
            object.relation()
        } else {
            object.qualified()
        };
        // One that is built beside the former one bears another name.
        let filled = object.kind == Kind::MaterializedView
            && (self.runs(&self.before, object)
                || self.runs(&self.after, object)
                || self.fills_from(self.context.from, object)
                || self.fills_from(self.context.to, object));
        facts || filled || on_rows || (!step.preconditions.is_empty() && self.is_such(&relation))
    }

    /// True for a column whose way back writes rows of a table that runs such functions.
    fn brings_rows_back(&self, id: &ObjectId) -> bool {
        id.kind == Kind::Column && self.is_such(&id.relation())
    }

    /// True for a materialized view over a table that runs such functions: a query is planned with the indexes of what it
    /// reads, and their functions are expanded for that.
    fn fills_from(&self, catalog: &Catalog, id: &ObjectId) -> bool {
        let none = self.before.relations.is_empty() && self.after.relations.is_empty();
        if id.kind != Kind::MaterializedView || none {
            return false;
        }
        let mut seen: BTreeSet<&ObjectId> = BTreeSet::new();
        let mut queue = vec![id];
        while let Some(next) = queue.pop() {
            let used = catalog
                .get(next)
                .into_iter()
                .flat_map(|object| &object.depends_on);
            for used in used {
                let relation = if used.is_part() {
                    used.relation()
                } else {
                    used.qualified()
                };
                if self.is_such(&relation) {
                    return true;
                }
                let reads = matches!(used.kind, Kind::View | Kind::MaterializedView);
                if reads && seen.insert(used) {
                    queue.push(used);
                }
            }
        }
        false
    }

    /// True where reading rows of the relation for statistics runs such functions: those of its indexes.
    pub fn reads(&self, relation: &QualifiedName) -> bool {
        self.is_such(relation)
    }

    fn is_such(&self, relation: &QualifiedName) -> bool {
        let sides = [&self.before, &self.after];
        sides.into_iter().any(|side| side.relations.contains(relation))
    }

    fn runs(&self, side: &Side, id: &ObjectId) -> bool {
        // A default that comes with its table has no rows to look at; every other expression is planned all the same.
        let computed = Context::column(self.context.to, id).is_some_and(|column| column.generated.is_some());
        let with_its_table = id.kind == Kind::Column && !computed && self.context.is_new(&id.relation());
        EVALUATED.contains(&id.kind) && side.objects.contains(id) && !with_its_table
    }
}
