//! A catalog: every object of a database, in one ordered map, with the uniform header that generic code reads.

use super::{Body, Ident, Kind, ObjectId, QualifiedName, RoutineKind, Table, Unmanaged};
use crate::text::{Directive, Origin, SmallSet};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Who holds a privilege.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grantee {
    /// Everybody.
    Public,
    /// The object's owner, whoever that is: owners differ between the live and the throwaway server.
    Owner,
    /// A role by name.
    Role(Ident),
}

/// One privilege of one grantee, expanded from the ACL (or from the built-in default where the ACL is NULL).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Grant {
    /// Who holds it.
    pub grantee: Grantee,
    /// `SELECT`, `EXECUTE`, …
    pub privilege: String,
    /// WITH GRANT OPTION.
    pub grantable: bool,
}

/// The uniform header of an object, and its body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Object {
    /// Its identity.
    pub id: ObjectId,
    /// Its comment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Its owner; parts have none of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Ident>,
    /// Its privileges, sorted. Columns: only what is granted on the column itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grants: Vec<Grant>,
    /// True where the desired files speak of this object's privileges (GRANT or REVOKE).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub grants_declared: bool,
    /// True where the desired files name this object's owner.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub owner_declared: bool,
    /// What it uses, by `pg_depend`, `pg_rewrite` and the bodies of functions; never itself, never its own parts.
    #[serde(default, skip_serializing_if = "SmallSet::is_empty")]
    pub depends_on: SmallSet<ObjectId>,
    /// What the body of a function mentions as text: it orders steps where it can, and pins nothing.
    #[serde(default, skip_serializing_if = "SmallSet::is_empty")]
    pub mentions: SmallSet<ObjectId>,
    /// The directives that speak of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub directives: Vec<Directive>,
    /// What is particular to its kind.
    pub body: Body,
}

impl Object {
    /// An object with an empty header.
    pub fn new(id: ObjectId, body: Body) -> Self {
        Self {
            id,
            comment: None,
            owner: None,
            grants: Vec::new(),
            grants_declared: false,
            owner_declared: false,
            depends_on: SmallSet::new(),
            mentions: SmallSet::new(),
            directives: Vec::new(),
            body,
        }
    }

    /// What a DBA calls the object: `procedure public.close_month(date)`.
    pub fn title(&self) -> String {
        format!("{} {}", self.word(), self.id.label())
    }

    /// The word for its kind, procedures told from functions.
    pub fn word(&self) -> &'static str {
        match &self.body {
            Body::Function(body) if body.routine == RoutineKind::Procedure => "procedure",
            _ => self.id.kind.tag(),
        }
    }

    /// The relation that the object belongs to and goes with: a column's, a constraint's, an index's table, the table that
    /// owns a sequence.
    pub fn home(&self) -> Option<QualifiedName> {
        match &self.body {
            Body::Index(index) => Some(index.table.clone()),
            Body::Statistics(statistics) => Some(statistics.table.clone()),
            Body::Sequence(sequence) => sequence.owned_by.as_ref().map(|(table, _)| table.clone()),
            _ => self.id.is_part().then(|| self.id.relation()),
        }
    }
}

/// Size of a table, for estimates and the size gate; no part of any comparison.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableSize {
    /// `pg_total_relation_size`, bytes.
    pub bytes: u64,
    /// `reltuples`, 0 where never analysed.
    pub rows: u64,
}

/// An artefact of an unfinished or finished plan, found by its name or comment: shadow column, sync trigger, todo mark, archive.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Support {
    /// `column`, `constraint`, `trigger`, `function`, `table`, `index`, `type`, `view`.
    pub kind: String,
    /// The object as the catalog names it.
    pub name: String,
    /// The relation that it stands on, if it is a part of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<QualifiedName>,
    /// The JSON of its comment behind `schemaplan:1 `, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

impl Support {
    /// What a plan has made for its way and takes away again: a shadow column, a trigger and its function, an index not yet in
    /// place, a second name. Neither an archive nor a column that was kept instead of one.
    pub fn is_on_the_way(&self) -> bool {
        let name = self.own_name();
        let named = name.trim_start_matches('~').starts_with("schemaplan_");
        // A column that was kept, and the CHECK against a label that was.
        let kept = name.starts_with("schemaplan_kept_") || name.starts_with("schemaplan_nolabel_");
        !self.is_archive()
            && !kept
            && (named || self.name.starts_with("schemaplan.") || self.is_marked_beside())
    }

    /// The name alone, without schema and arguments.
    pub fn own_name(&self) -> &str {
        let name = match self.on.is_some() {
            true => return &self.name,
            false => self
                .name
                .split_once('.')
                .map_or(self.name.as_str(), |(_, name)| name),
        };
        match self.kind.as_str() {
            "function" | "aggregate" => name.split_once('(').map_or(name, |(name, _)| name),
            _ => name,
        }
    }

    /// True for what bears a name of the user's and only its comment tells.
    fn is_marked_beside(&self) -> bool {
        let is = |kind: &str| {
            let sought = format!("\"kind\":\"{kind}\"");
            self.comment
                .as_ref()
                .is_some_and(|comment| comment.contains(&sought))
        };
        is("second-name") || is("beside")
    }

    /// Archives are the memory of finished contracts; everything else means that a plan is in flight.
    pub fn is_archive(&self) -> bool {
        self.on
            .as_ref()
            .is_some_and(|on| on.schema.as_str() == "schemaplan_archive")
            || self.name.starts_with("schemaplan_archive.")
    }
}

/// Every object of a database that was read, in a stable order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catalog {
    /// `server_version_num` of the server that was read, e.g. 150018.
    pub server_version: u32,
    /// The managed objects.
    pub objects: BTreeMap<ObjectId, Arc<Object>>,
    /// Where the desired files define them; apart from the objects, so that both sides of a comparison can share those that are equal.
    pub origins: BTreeMap<ObjectId, Origin>,
    /// What is there but not modelled.
    pub unmanaged: Vec<Unmanaged>,
    /// Artefacts of plans, kept apart from the user's objects.
    pub support: Vec<Support>,
    /// Sizes by table; empty for a source that holds no data.
    pub sizes: BTreeMap<QualifiedName, TableSize>,
    /// What the files say is not managed (`ignore`), each with its parts: taken out of `objects`, left alone on the other side.
    pub ignored: BTreeSet<ObjectId>,
    /// What the files say need not be archived although they no longer hold it (`discard OBJECT`).
    pub discards: BTreeMap<ObjectId, Directive>,
    /// Which lists of its texts the server has printed in the first of two ways.
    pub first_printed: FirstPrinted,
}

/// Lists (`x IN ('a', 'b')`) in the stable spelling that the catalog holds, which the server has printed otherwise when it was
/// read. They mean the same, so that no two catalogs differ by it; what is made from the catalog is made in those words.
#[derive(Clone, Debug, Default, Eq, Serialize, Deserialize)]
pub struct FirstPrinted(pub BTreeSet<String>);

impl FirstPrinted {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl PartialEq for FirstPrinted {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Catalog {
    /// The major version: 15.
    pub fn major(&self) -> u32 {
        self.server_version / 10_000
    }

    /// Everything but the objects.
    pub fn without_objects(&self) -> Self {
        Self {
            server_version: self.server_version,
            objects: BTreeMap::new(),
            origins: BTreeMap::new(),
            unmanaged: self.unmanaged.clone(),
            support: self.support.clone(),
            sizes: self.sizes.clone(),
            ignored: self.ignored.clone(),
            discards: self.discards.clone(),
            first_printed: self.first_printed.clone(),
        }
    }

    /// The object of that identity.
    pub fn get(&self, id: &ObjectId) -> Option<&Object> {
        self.objects.get(id).map(Arc::as_ref)
    }

    /// The object of that identity, to be changed; where another catalog shares it, that one keeps it as it was.
    pub fn get_mut(&mut self, id: &ObjectId) -> Option<&mut Object> {
        self.objects.get_mut(id).map(Arc::make_mut)
    }

    /// Where the files define the object.
    pub fn origin(&self, id: &ObjectId) -> Option<&Origin> {
        self.origins.get(id)
    }

    /// Takes over the objects of another catalog that are equal, so that both hold them once.
    pub fn share(&mut self, with: &Self) {
        for (id, object) in &mut self.objects {
            if let Some(same) = with.objects.get(id).filter(|same| *same == object) {
                *object = Arc::clone(same);
            }
        }
    }

    /// Adds or replaces an object.
    pub fn insert(&mut self, object: impl Into<Arc<Object>>) {
        let object: Arc<Object> = object.into();
        self.objects.insert(object.id.clone(), object);
    }

    /// True where an object of that kind bears the name, whatever its arguments are.
    pub fn has(&self, kind: Kind, name: &QualifiedName) -> bool {
        self.named(kind, name).next().is_some()
    }

    /// The objects of one kind and name, which differ by their arguments.
    pub fn named<'a>(
        &'a self,
        kind: Kind,
        name: &QualifiedName,
    ) -> impl Iterator<Item = &'a Object> + use<'a> {
        let first = ObjectId::named(kind, name);
        let named = self
            .objects
            .range(first.clone()..)
            .map(|(_, object)| object.as_ref());
        named.take_while(move |object| {
            let id = &object.id;
            (id.kind, &id.schema, &id.of, &id.name) == (first.kind, &first.schema, &first.of, &first.name)
        })
    }

    /// The objects of one kind, in order.
    pub fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Object> {
        let first = ObjectId::global(kind, "");
        let of_kind = self.objects.range(first..).map(|(_, object)| object.as_ref());
        of_kind.take_while(move |object| object.id.kind == kind)
    }

    /// True for a table that has partitions, or is to have them.
    pub fn is_partitioned(&self, table: &QualifiedName) -> bool {
        let body = self
            .get(&ObjectId::named(Kind::Table, table))
            .map(|object| &object.body);
        matches!(
            body,
            Some(Body::Table(Table {
                partition_key: Some(_),
                ..
            }))
        )
    }

    /// True where the table is plain: no partition, not partitioned, no inheritance on either side, not foreign, not OF a type.
    pub fn is_plain_table(&self, name: &QualifiedName) -> bool {
        let body = self
            .get(&ObjectId::named(Kind::Table, name))
            .map(|object| &object.body);
        let plain = matches!(body, Some(Body::Table(table))
            if table.partition_key.is_none()
                && table.partition_of.is_none()
                && table.inherits.is_empty()
                && table.foreign.is_none()
                && table.of_type.is_none());
        plain && !self.is_inherited_from(name)
    }

    /// True for a table with children by INHERITS.
    pub fn is_inherited_from(&self, name: &QualifiedName) -> bool {
        self.of_kind(Kind::Table).any(|object| match &object.body {
            Body::Table(table) => table.inherits.contains(name),
            _ => false,
        })
    }

    /// The parts of one kind of a relation or domain: its columns, its constraints, …
    pub fn parts<'a>(&'a self, kind: Kind, of: &QualifiedName) -> impl Iterator<Item = &'a Object> + use<'a> {
        let (schema, relation) = (of.schema.clone(), of.name.clone());
        // The parts of a relation stand together in the map, so that the rest of it need not be looked at.
        let first = ObjectId::part(kind, of, &Ident::default());
        let parts = self.objects.range(first..).map(|(_, object)| object.as_ref());
        parts.take_while(move |object| {
            object.id.kind == kind && object.id.schema == schema && object.id.of == relation
        })
    }
}

#[derive(Serialize, Deserialize)]
struct CatalogDocument {
    server_version: u32,
    objects: Vec<Object>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    origins: Vec<(ObjectId, Origin)>,
    #[serde(default)]
    unmanaged: Vec<Unmanaged>,
    #[serde(default)]
    support: Vec<Support>,
    #[serde(default)]
    sizes: Vec<(QualifiedName, TableSize)>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    ignored: BTreeSet<ObjectId>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    discards: Vec<(ObjectId, Directive)>,
    #[serde(default, skip_serializing_if = "FirstPrinted::is_empty")]
    first_printed: FirstPrinted,
}

impl Serialize for Catalog {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        CatalogDocument {
            server_version: self.server_version,
            objects: self
                .objects
                .values()
                .map(|object| Object::clone(object))
                .collect(),
            origins: self
                .origins
                .iter()
                .map(|(id, origin)| (id.clone(), origin.clone()))
                .collect(),
            unmanaged: self.unmanaged.clone(),
            support: self.support.clone(),
            sizes: self
                .sizes
                .iter()
                .map(|(name, size)| (name.clone(), *size))
                .collect(),
            ignored: self.ignored.clone(),
            discards: self
                .discards
                .iter()
                .map(|(id, directive)| (id.clone(), directive.clone()))
                .collect(),
            first_printed: self.first_printed.clone(),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Catalog {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let document = CatalogDocument::deserialize(deserializer)?;
        Ok(Self {
            server_version: document.server_version,
            objects: document
                .objects
                .into_iter()
                .map(|o| (o.id.clone(), Arc::new(o)))
                .collect(),
            origins: document.origins.into_iter().collect(),
            unmanaged: document.unmanaged,
            support: document.support,
            sizes: document.sizes.into_iter().collect(),
            ignored: document.ignored,
            discards: document.discards.into_iter().collect(),
            first_printed: document.first_printed,
        })
    }
}
