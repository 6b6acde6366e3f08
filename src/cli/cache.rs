//! Catalogs that the engine has built, kept by what they were built from: an unchanged schema costs no server.

use crate::engine::{SessionSettings, cache_folder};
use crate::model::{Catalog, Object, ObjectId};
use crate::text::{Origin, digest};
use serde_json::Value;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

/// So many are kept (one for each tenant of a database), and no more than this many bytes; a catalog of a thousand tables is some
/// megabytes.
const KEPT: usize = 1000;
const KEPT_BYTES: u64 = 1 << 30;

/// The place of a catalog.
pub struct Slot {
    path: Option<PathBuf>,
}

impl Slot {
    /// The place for the catalog that what bears this hash gives on this server under these settings.
    pub fn of(hash: &str, server_version: &str, settings: &SessionSettings) -> Self {
        let settings = serde_json::to_string(settings).unwrap_or_default();
        let digest = digest([hash, server_version, &settings, &reader()]);
        let name = format!("{}{digest}.jsonl", beginning(hash));
        Self {
            path: folder().map(|folder| folder.join(name)),
        }
    }

    /// True where a catalog of what bears this hash is kept, for whichever server: then it has been read without an error.
    pub fn is_known(hash: &str) -> bool {
        let Some(entries) = folder().and_then(|folder| std::fs::read_dir(folder).ok()) else {
            return false;
        };
        let beginning = beginning(hash);
        entries
            .flatten()
            .any(|entry| entry.file_name().to_string_lossy().starts_with(&beginning))
    }

    /// The catalog, where it is there and can be read. Objects that are as in `like` are shared with it: the two sides of a
    /// comparison are nearly the same.
    pub fn read(&self, like: Option<&Catalog>) -> Option<Catalog> {
        read_lines(File::open(self.path.as_ref()?).ok()?, like).ok()
    }

    /// Keeps a catalog. A cache that cannot be written costs time and nothing else.
    pub fn write(&self, catalog: &Catalog) {
        let Some((path, folder)) = self.path.as_ref().and_then(|path| Some((path, path.parent()?))) else {
            return;
        };
        let _ = std::fs::create_dir_all(folder);
        // Under another name first: a second command may read at this moment.
        if let Ok(mut file) = tempfile::NamedTempFile::new_in(folder)
            && write_lines(file.as_file_mut(), catalog).is_ok()
        {
            let _ = file.persist(path);
        }
        forget_old(folder);
    }
}

/// A catalog that is not needed yet. A large one waits in a file without a name, so that memory holds one at a time.
pub enum Aside {
    /// A small one, or one that no file took.
    Held(Box<Catalog>),
    /// A large one.
    InFile(File),
}

/// So many objects, a thousand tables, take some 25 MB.
const LARGE: usize = 30_000;

impl Aside {
    /// Puts a catalog aside.
    pub fn put(catalog: Catalog) -> Self {
        if catalog.objects.len() < LARGE {
            return Self::Held(Box::new(catalog));
        }
        let folder = cache_folder(None).unwrap_or_else(|_| std::env::temp_dir());
        let written = tempfile::tempfile_in(folder).and_then(|mut file| {
            write_lines(&mut file, &catalog)?;
            Ok(file)
        });
        written.map_or_else(|_| Self::Held(Box::new(catalog)), Self::InFile)
    }

    /// Takes it back. Objects that are as in `like` are shared with it.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn take(self, like: &Catalog) -> std::io::Result<Catalog> {
        match self {
            Self::Held(mut catalog) => {
                catalog.share(like);
                Ok(*catalog)
            }
            Self::InFile(mut file) => {
                file.rewind()?;
                read_lines(file, Some(like))
            }
        }
    }
}

/// A note that two sides were compared and are equal: nothing but its being there.
pub struct Mark {
    path: Option<PathBuf>,
}

impl Mark {
    /// The note about what these parts say together: both sides, and all that decides what counts as a difference.
    pub fn of(parts: &[&str]) -> Self {
        let digest = digest(parts.iter().copied().chain([reader().as_str()]));
        let path = cache_folder(None).ok();
        Self {
            path: path.map(|path| path.join("equal").join(digest)),
        }
    }

    /// True where it was found out before.
    pub fn is_there(&self) -> bool {
        self.path.as_ref().is_some_and(|path| path.exists())
    }

    /// Notes it.
    pub fn leave(&self) {
        if let Some((path, folder)) = self.path.as_ref().and_then(|path| Some((path, path.parent()?))) {
            let _ = std::fs::create_dir_all(folder);
            let _ = File::create(path);
            forget_old(folder);
        }
    }
}

fn shared(object: Object, like: Option<&Catalog>) -> (ObjectId, Arc<Object>) {
    match like.and_then(|like| like.objects.get_key_value(&object.id)) {
        Some((id, same)) if **same == object => (id.clone(), Arc::clone(same)),
        _ => (object.id.clone(), Arc::new(object)),
    }
}

/// A line each: the whole text of a large catalog is larger than what is made of it.
fn read_lines(file: File, like: Option<&Catalog>) -> std::io::Result<Catalog> {
    let mut file = BufReader::with_capacity(1 << 16, file);
    let mut line = Vec::new();
    file.read_until(b'\n', &mut line)?;
    let mut catalog: Catalog = serde_json::from_slice(&line)?;
    let (mut objects, mut origins) = (Vec::new(), Vec::new());
    loop {
        line.clear();
        if file.read_until(b'\n', &mut line)? == 0 {
            break;
        }
        let (object, origin): (Object, Option<Origin>) = serde_json::from_slice(&line)?;
        origins.extend(origin.map(|origin| (object.id.clone(), origin)));
        objects.push(shared(object, like));
    }
    catalog.objects = objects.into_iter().collect();
    catalog.origins = origins.into_iter().collect();
    Ok(catalog)
}

fn write_lines(file: &mut File, catalog: &Catalog) -> std::io::Result<()> {
    let mut out = BufWriter::new(file);
    serde_json::to_writer(&mut out, &catalog.without_objects())?;
    for object in catalog.objects.values() {
        out.write_all(b"\n")?;
        let mut value = serde_json::to_value((object.as_ref(), catalog.origin(&object.id)))?;
        leave_out_nulls(&mut value);
        serde_json::to_writer(&mut out, &value)?;
    }
    out.flush()
}

/// A field that is not there reads like one that is null, and half of the fields are.
fn leave_out_nulls(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, field| !field.is_null());
            fields.values_mut().for_each(leave_out_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(leave_out_nulls),
        _ => {}
    }
}

fn folder() -> Option<PathBuf> {
    cache_folder(None).ok().map(|folder| folder.join("catalogs"))
}

/// What the names of all catalogs of one hash begin with.
fn beginning(hash: &str) -> String {
    format!("{}-", hash.get(..32).unwrap_or(hash))
}

/// The version of the program that reads: another build may read other things.
fn reader() -> String {
    let built = std::env::current_exe()
        .and_then(std::fs::metadata)
        .ok()
        .map(|data| {
            let time = data
                .modified()
                .ok()
                .and_then(|time| time.duration_since(UNIX_EPOCH).ok());
            format!("{} {}", data.len(), time.unwrap_or_default().as_nanos())
        })
        .unwrap_or_default();
    format!("{} {built}", env!("CARGO_PKG_VERSION"))
}

fn forget_old(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    let mut files: Vec<_> = entries
        .flatten()
        .filter_map(|entry| {
            let data = entry.metadata().ok()?;
            Some((data.modified().ok()?, data.len(), entry.path()))
        })
        .collect();
    files.sort();
    let mut bytes = 0;
    for (number, (_, length, path)) in files.into_iter().rev().enumerate() {
        bytes += length;
        if number > 0 && (number >= KEPT || bytes > KEPT_BYTES) {
            let _ = std::fs::remove_file(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Body, Column, Expr, Ident, Kind, ObjectId, QualifiedName, TypeName};

    #[test]
    fn what_is_kept_comes_back_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let slot = Slot {
            path: Some(folder.path().join("catalog.jsonl")),
        };
        assert!(slot.read(None).is_none());
        let mut catalog = Catalog {
            server_version: 150_018,
            ..Catalog::default()
        };
        for default in [None, Some(Expr::new("'a\n\"b\"'::text"))] {
            let name = if default.is_some() { "with" } else { "without" };
            let table = QualifiedName::new("public", "t");
            let id = ObjectId::part(Kind::Column, &table, &Ident::new(name));
            let column = Column { default, ..column() };
            catalog.insert(Object::new(id, Body::Column(column)));
        }
        slot.write(&catalog);
        assert_eq!(slot.read(None), Some(catalog.clone()));
        let mut file = tempfile::tempfile().unwrap();
        write_lines(&mut file, &catalog).unwrap();
        for aside in [Aside::put(catalog.clone()), Aside::InFile(file)] {
            let back = aside.take(&catalog).unwrap();
            assert_eq!(back, catalog);
            let mut same = back.objects.iter();
            assert!(same.all(|(id, object)| Arc::ptr_eq(object, &catalog.objects[id])));
        }
        let text = std::fs::read_to_string(folder.path().join("catalog.jsonl")).unwrap();
        assert!(!text.contains(":null"), "{text}");
        std::fs::write(folder.path().join("catalog.jsonl"), &text[..text.len() - 9]).unwrap();
        assert!(slot.read(None).is_none(), "a file that was cut off is none");
    }

    fn column() -> Column {
        let json = serde_json::json!({
            "position": 1, "data_type": TypeName::new("text"), "not_null": false, "options": [], "inherited": false,
        });
        serde_json::from_value(json).unwrap()
    }
}
