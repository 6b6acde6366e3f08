//! What is there and has no model yet: reported by kind and name, never touched.

use super::address::{Address, Class};
use super::depend;
use super::reader::Reader;
use crate::model::Unmanaged;
use serde::Deserialize;
use std::collections::HashMap;

#[derive(Deserialize)]
pub(super) struct Row {
    kind: String,
    name: String,
    class: u32,
    oid: u32,
}

/// Last of all, when the addresses of what they use are known.
pub(super) fn read(reader: &mut Reader, rows: Vec<Row>, depend: &[depend::Row]) {
    let mut found: Vec<Unmanaged> = Vec::new();
    let mut addresses: HashMap<Address, usize> = HashMap::new();
    for row in rows {
        addresses.insert(Address::whole(Class(row.class), row.oid), found.len());
        found.push(Unmanaged::object(row.kind, row.name));
    }
    for row in depend.iter().filter(|_| !addresses.is_empty()) {
        let Some(number) = addresses.get(&row.user()) else {
            continue;
        };
        let used = reader.directory.used(row.used());
        let used = used.map(|slot| reader.object(slot).id.clone());
        found[*number].depends_on.extend(used);
    }
    for each in &mut found {
        each.depends_on.sort();
        each.depends_on.dedup();
    }
    reader.catalog.unmanaged.extend(found);
}
