//! A versioned hash of what is managed in a catalog.

use crate::change::{Manage, Policy};
use crate::model::{Body, Catalog, Ident, NotNull, Object};
use sha2::{Digest, Sha256};

/// Version of what goes into the hash.
const VERSION: &str = "1";

/// The fingerprint of a catalog: no positions, sizes, origins, directives or support objects; owners and privileges only
/// where they are managed everywhere.
pub fn fingerprint(catalog: &Catalog, policy: &Policy) -> String {
    let mut hash = Sha256::new();
    hash.update(format!(
        "schemaplan fingerprint {VERSION} major {}\n",
        catalog.major()
    ));
    for object in catalog.objects.values() {
        let plain = plain(object, policy);
        // A catalog is data that always serialises; an empty line would only make two catalogs look more alike.
        let line = serde_json::to_string(&plain).unwrap_or_default();
        hash.update(line.as_bytes());
        hash.update(b"\n");
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn plain(object: &Object, policy: &Policy) -> Object {
    let mut plain = object.clone();
    plain.directives.clear();
    plain.mentions.clear();
    plain.depends_on.clear();
    plain.grants_declared = false;
    plain.owner_declared = false;
    if policy.manage_grants != Manage::All {
        plain.grants.clear();
    }
    if policy.manage_owners != Manage::All {
        plain.owner = None;
    }
    if policy.manage_comments == Manage::None {
        plain.comment = None;
    }
    match &mut plain.body {
        Body::Column(column) => {
            column.position = 0;
            column.volatile_default = false;
            if let Some(identity) = &mut column.identity {
                identity.grants_declared = false;
                if policy.manage_grants != Manage::All {
                    identity.grants = None;
                }
                if policy.manage_comments == Manage::None {
                    identity.comment = None;
                }
            }
            // A name that PostgreSQL chose follows no rename, so it says nothing about the schema.
            let told = |form: &NotNull| !form.generated || form.no_inherit || !form.validated;
            column.not_null_constraint = column.not_null_constraint.take().filter(|form| told(form));
            if let Some(form) = &mut column.not_null_constraint
                && form.generated
            {
                form.name = Ident::default();
            }
        }
        Body::MaterializedView(view) => {
            view.populated = true;
            view.columns.iter_mut().for_each(|column| column.grants.clear());
            view.options.sort();
        }
        Body::View(view) => {
            view.columns.iter_mut().for_each(|column| column.grants.clear());
            view.options.sort();
        }
        Body::Extension(extension) => extension.version.clear(),
        Body::Index(index) => {
            index.definition.clear();
            index.invalid_below.clear();
            index.options.sort();
        }
        Body::Constraint(constraint) => {
            if let Some(index) = &mut constraint.index {
                index.definition.clear();
                index.options.sort();
            }
        }
        Body::Table(table) => table.options.sort(),
        // Secrets are never written, so a plan cannot promise them.
        Body::ForeignDataWrapper(wrapper) => wrapper.options.secret.clear(),
        Body::ForeignServer(server) => server.options.secret.clear(),
        Body::UserMapping(mapping) => mapping
            .options
            .iter_mut()
            .for_each(|options| options.secret.clear()),
        _ => {}
    }
    plain
}
