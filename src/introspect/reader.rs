//! What the readers of the kinds share: names by oid, comments, and the catalog in the making.

use super::acl;
use super::address::{Address, Class, Directory, Slot};
use super::canonical::first_printed;
use super::support::{Place, place};
use crate::model::{Body, Catalog, Grant, Ident, Kind, Object, ObjectId, QualifiedName, Unmanaged};
use crate::sql;
use serde::Deserialize;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

/// A schema and a name as the queries give them: `["public", "t"]`.
pub(super) type NamePair = (Ident, Ident);

/// Turns a pair into a name.
pub(super) fn named(pair: NamePair) -> QualifiedName {
    QualifiedName {
        schema: pair.0,
        name: pair.1,
    }
}

/// `{fillfactor=70}` as pairs, in the catalog's order: a dump shows them in it.
pub(super) fn pairs(options: Option<Vec<String>>) -> Vec<(String, String)> {
    options
        .into_iter()
        .flatten()
        .map(|option| match option.split_once('=') {
            Some((name, value)) => (name.to_owned(), value.to_owned()),
            None => (option, String::new()),
        })
        .collect()
}

/// A relation (or composite type) that others refer to by oid.
#[derive(Clone, Debug)]
pub(super) struct Relation {
    pub(super) id: ObjectId,
    pub(super) name: QualifiedName,
    /// `None` where neither it nor what stands on it is the user's: extension members, artefacts of plans.
    pub(super) slot: Option<Slot>,
    pub(super) owner: Option<Ident>,
    pub(super) partitioned: bool,
    pub(super) is_partition: bool,
}

/// What is in every row that becomes an object with an owner.
pub(super) struct Header {
    pub(super) owner: Option<Ident>,
    /// `None`: nothing was ever granted or revoked, so the built-in default holds.
    pub(super) acl: Option<Vec<String>>,
}

impl Header {
    /// Of what has neither owner nor privileges.
    pub(super) const NOBODYS: Self = Self {
        owner: None,
        acl: None,
    };

    /// Of what has an owner and no privileges.
    pub(super) fn owned_by(owner: Ident) -> Self {
        Self::new(owner, None)
    }

    /// Of what has both.
    pub(super) fn new(owner: Ident, acl: Option<Vec<String>>) -> Self {
        Self {
            owner: Some(owner),
            acl,
        }
    }
}

#[derive(Deserialize)]
pub(super) struct CommentRow {
    class: u32,
    oid: u32,
    sub: i32,
    text: String,
}

/// The catalog in the making.
pub(super) struct Reader {
    /// All but the objects, which are put in order at the end.
    pub(super) catalog: Catalog,
    /// As the catalog takes them: putting a quarter of a million in order must not copy them.
    objects: Vec<Arc<Object>>,
    /// Pairs of user and used.
    dependencies: Vec<(Slot, Slot)>,
    schemas: HashMap<Ident, Slot>,
    pub(super) directory: Directory,
    pub(super) relations: HashMap<u32, Rc<Relation>>,
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
            objects: Vec::new(),
            dependencies: Vec::new(),
            schemas: HashMap::new(),
            directory: Directory::default(),
            relations: HashMap::new(),
            columns: HashMap::new(),
            comments: HashMap::new(),
        }
    }

    pub(super) fn read_comments(&mut self, rows: Vec<CommentRow>) {
        for row in rows {
            let address = Address {
                class: Class(row.class),
                oid: row.oid,
                sub: row.sub,
            };
            self.comments.insert(address, row.text);
        }
    }

    /// Notes which lists of a text, as the server has printed it, are not in their stable spelling.
    pub(super) fn note_printing(&mut self, printed: &str) {
        self.catalog.first_printed.0.extend(first_printed(printed));
    }

    /// The relation of that oid.
    pub(super) fn relation(&self, oid: u32) -> Option<Rc<Relation>> {
        self.relations.get(&oid).cloned()
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
    pub(super) fn add(&mut self, address: Address, id: ObjectId, header: Header, body: Body) -> Option<Slot> {
        if !self.admits(address, &id) {
            return None;
        }
        self.note_grantors(
            &id,
            header.acl.as_deref().unwrap_or_default(),
            header.owner.as_ref(),
        );
        let schema = self.schemas.get(&id.schema).copied();
        let grants = self.grants(id.kind, &header);
        let slot = self.push(address, id, header.owner, grants, body);
        self.dependencies.extend(schema.map(|schema| (slot, schema)));
        let id = &self.objects[slot.0].id;
        if id.kind == Kind::Schema {
            self.schemas.insert(id.name.clone(), slot);
        }
        Some(slot)
    }

    /// Adds a part of a managed relation.
    pub(super) fn add_part(
        &mut self,
        address: Address,
        of: &Relation,
        id: ObjectId,
        grants: Vec<Grant>,
        body: Body,
    ) -> Option<Slot> {
        let whole = of.slot?;
        if !self.admits(address, &id) {
            return None;
        }
        let slot = self.push(address, id, None, grants, body);
        self.depends(slot, whole);
        Some(slot)
    }

    fn push(
        &mut self,
        address: Address,
        id: ObjectId,
        owner: Option<Ident>,
        grants: Vec<Grant>,
        body: Body,
    ) -> Slot {
        let slot = Slot(self.objects.len());
        let mut object = Object::new(id, body);
        object.comment = self.comments.get(&address).cloned();
        object.owner = owner;
        object.grants = grants;
        self.objects.push(Arc::new(object));
        self.directory.add(address, slot);
        slot
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

    /// What is granted, the built-in privileges of the kind where nothing is said.
    pub(super) fn grants(&self, kind: Kind, header: &Header) -> Vec<Grant> {
        match &header.acl {
            Some(acl) => acl::grants(acl, header.owner.as_ref()),
            None => sql::default_grants(kind, self.catalog.major()),
        }
    }

    /// Reports what other roles than the owner have granted on an object.
    pub(super) fn note_grantors(&mut self, id: &ObjectId, acl: &[String], owner: Option<&Ident>) {
        let others = owner.into_iter().flat_map(|owner| acl::by_others(acl, owner));
        let found = others.map(|said| {
            Unmanaged::object(
                "privilege granted by another role than the owner",
                format!("{id}: {said}"),
            )
        });
        self.catalog.unmanaged.extend(found);
    }

    /// Reports a property of a managed object that the model does not hold.
    pub(super) fn unmanaged_property(&mut self, of: &ObjectId, kind: &str, name: impl Into<String>) {
        self.catalog.unmanaged.push(Unmanaged::property(of, kind, name));
    }

    /// An object that was added before.
    pub(super) fn object(&self, slot: Slot) -> &Object {
        &self.objects[slot.0]
    }

    /// An object that was added before, to be completed.
    pub(super) fn object_mut(&mut self, slot: Slot) -> &mut Object {
        Arc::make_mut(&mut self.objects[slot.0])
    }

    /// Notes who uses whom; of oneself, and of a whole on its own parts, there is nothing to note.
    pub(super) fn depends(&mut self, user: Slot, used: Slot) {
        let (user_id, used_id) = (&self.objects[user.0].id, &self.objects[used.0].id);
        let has_parts = matches!(
            user_id.kind,
            Kind::Table | Kind::View | Kind::MaterializedView | Kind::Domain
        );
        let own_part =
            has_parts && used_id.is_part() && used_id.of == user_id.name && used_id.schema == user_id.schema;
        if user != used && !own_part {
            self.dependencies.push((user, used));
        }
    }

    /// The catalog in its order.
    pub(super) fn finish(mut self) -> Catalog {
        self.dependencies.sort_unstable();
        self.dependencies.dedup();
        for chunk in self.dependencies.chunk_by(|a, b| a.0 == b.0) {
            let used = chunk
                .iter()
                .map(|(_, used)| self.objects[used.0].id.clone())
                .collect();
            if let Some((user, _)) = chunk.first() {
                Arc::make_mut(&mut self.objects[user.0]).depends_on = used;
            }
        }
        let objects = self.objects.into_iter();
        self.catalog.objects = objects.map(|object| (object.id.clone(), object)).collect();
        super::row_names::leave_out(&mut self.catalog);
        self.catalog.unmanaged.sort();
        self.catalog.unmanaged.dedup();
        self.catalog.support.sort();
        self.catalog
    }
}
