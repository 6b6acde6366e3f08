//! What the readers of the kinds share: names by oid, comments, and the catalog in the making.

use super::IntrospectError;
use super::acl;
use super::address::{Address, Class, Directory};
use super::fetch::{Answers, Question};
use super::support::{Place, place};
use crate::model::{Body, Catalog, Grant, Ident, Kind, Object, ObjectId, QualifiedName, Unmanaged};
use crate::sql;
use serde::Deserialize;
use std::collections::{BTreeSet, HashMap};

/// A schema and a name as the queries give them: `["public", "t"]`.
pub(super) type NamePair = (Ident, Ident);

/// Turns a pair into a name.
pub(super) fn named(pair: NamePair) -> QualifiedName {
    QualifiedName {
        schema: pair.0,
        name: pair.1,
    }
}

/// `{fillfactor=70}` as pairs, sorted.
pub(super) fn pairs(options: Option<Vec<String>>) -> Vec<(String, String)> {
    let mut pairs: Vec<(String, String)> = options
        .into_iter()
        .flatten()
        .map(|option| match option.split_once('=') {
            Some((name, value)) => (name.to_owned(), value.to_owned()),
            None => (option, String::new()),
        })
        .collect();
    pairs.sort();
    pairs
}

/// A relation (or composite type) that others refer to by oid.
#[derive(Clone, Debug)]
pub(super) struct Relation {
    pub(super) id: ObjectId,
    pub(super) name: QualifiedName,
    /// False where neither it nor what stands on it is the user's: extension members, artefacts of plans.
    pub(super) managed: bool,
    pub(super) partitioned: bool,
    pub(super) is_partition: bool,
}

/// What is in every row that becomes an object with an owner.
pub(super) struct Header {
    pub(super) owner: Option<Ident>,
    /// `None`: nothing was ever granted or revoked, so the built-in default holds.
    pub(super) acl: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct CommentRow {
    class: u32,
    oid: u32,
    sub: i32,
    text: String,
}

/// The catalog in the making.
pub(super) struct Reader {
    pub(super) catalog: Catalog,
    pub(super) directory: Directory,
    pub(super) relations: HashMap<u32, Relation>,
    /// Names of columns, of relations that are not managed too.
    pub(super) columns: HashMap<(u32, i16), Ident>,
    comments: HashMap<Address, String>,
}

impl Reader {
    pub(super) fn new(version: u32) -> Self {
        let catalog = Catalog {
            server_version: version,
            ..Catalog::default()
        };
        Self {
            catalog,
            directory: Directory::default(),
            relations: HashMap::new(),
            columns: HashMap::new(),
            comments: HashMap::new(),
        }
    }

    pub(super) fn read_comments(&mut self, answers: &Answers) -> Result<(), IntrospectError> {
        for row in answers.rows::<CommentRow>(Question::Comments)? {
            let address = Address {
                class: Class(row.class),
                oid: row.oid,
                sub: row.sub,
            };
            self.comments.insert(address, row.text);
        }
        Ok(())
    }

    pub(super) fn comment(&self, address: Address) -> Option<&String> {
        self.comments.get(&address)
    }

    /// The names of columns by number; 0 (an expression) and system columns are left out.
    pub(super) fn column_names(&self, relation: u32, numbers: &[i16]) -> Vec<Ident> {
        numbers
            .iter()
            .filter_map(|number| self.columns.get(&(relation, *number)).cloned())
            .collect()
    }

    /// Adds an object, unless it is an extension's (then only its address is known) or a plan's (then it is reported).
    /// Returns whether it was added.
    pub(super) fn add(&mut self, address: Address, id: ObjectId, header: Header, body: Body) -> bool {
        if !self.admits(address, &id) {
            return false;
        }
        let mut object = Object::new(id.clone(), body);
        object.comment = self.comments.get(&address).cloned();
        object.grants = self.grants(id.kind, &header);
        object.owner = header.owner;
        if !id.is_part() && !id.schema.is_empty() {
            let schema = ObjectId::global(Kind::Schema, id.schema.as_str());
            object.depends_on.insert(schema);
        }
        self.directory.add(address, id);
        self.catalog.insert(object);
        true
    }

    /// Adds a part of a managed relation; returns whether it was added.
    pub(super) fn add_part(
        &mut self,
        address: Address,
        of: &Relation,
        id: ObjectId,
        grants: Vec<Grant>,
        body: Body,
    ) -> bool {
        if !of.managed || !self.admits(address, &id) {
            return false;
        }
        let mut object = Object::new(id.clone(), body);
        object.comment = self.comments.get(&address).cloned();
        object.grants = grants;
        object.depends_on.insert(of.id.clone());
        self.directory.add(address, id);
        self.catalog.insert(object);
        true
    }

    /// True for the user's own; a plan's artefact is put aside here.
    pub(super) fn admits(&mut self, address: Address, id: &ObjectId) -> bool {
        if self.directory.is_member(address.class, address.oid) {
            return false;
        }
        match place(id, self.comments.get(&address).map(String::as_str)) {
            Place::User => true,
            Place::Support(support) => {
                self.catalog.support.push(support);
                false
            }
            Place::Nothing => false,
        }
    }

    fn grants(&self, kind: Kind, header: &Header) -> Vec<Grant> {
        match &header.acl {
            Some(acl) => acl::grants(acl, header.owner.as_ref()),
            None => sql::default_grants(kind, self.catalog.major()),
        }
    }

    /// Reports a property of a managed object that the model does not hold.
    pub(super) fn unmanaged_property(&mut self, of: &ObjectId, kind: &str, name: impl Into<String>) {
        self.catalog.unmanaged.push(Unmanaged {
            kind: kind.to_owned(),
            name: name.into(),
            property_of: Some(of.clone()),
        });
    }

    /// The body of an object that was added before.
    pub(super) fn body_mut(&mut self, id: &ObjectId) -> Option<&mut Body> {
        self.catalog.objects.get_mut(id).map(|object| &mut object.body)
    }

    /// Adds a dependency that is no row of `pg_depend`.
    pub(super) fn depends(&mut self, dependent: &ObjectId, used: ObjectId) {
        if let Some(object) = self.catalog.objects.get_mut(dependent) {
            object.depends_on.insert(used);
        }
    }

    /// The catalog, with dependencies on what is not in it cut off.
    pub(super) fn finish(mut self) -> Catalog {
        let known: BTreeSet<ObjectId> = self.catalog.objects.keys().cloned().collect();
        for object in self.catalog.objects.values_mut() {
            let id = object.id.clone();
            let has_parts = matches!(
                id.kind,
                Kind::Table | Kind::View | Kind::MaterializedView | Kind::Domain
            );
            let is_own_part =
                |used: &ObjectId| has_parts && used.is_part() && used.relation() == id.qualified();
            object
                .depends_on
                .retain(|used| *used != id && !is_own_part(used) && known.contains(used));
        }
        self.catalog.unmanaged.sort();
        self.catalog.unmanaged.dedup();
        self.catalog.support.sort();
        self.catalog
    }
}
