//! Where what was measured is written: a JSON file of each run, a Prometheus text file of the newest.

use super::backup::{file_name, writable};
use super::failure::Failure;
use super::run_flags::RunFlags;
use super::terminal::Terminal;
use super::workbench::Workbench;
use crate::execute::{Metrics, prometheus};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// The places.
enum Place {
    Folder(PathBuf),
    Json(PathBuf),
    Prometheus(PathBuf),
}

/// Writes the document, again and again as a run goes on.
pub struct MetricsFiles {
    place: Place,
    /// The JSON file of this run, once it has one.
    json: RefCell<Option<PathBuf>>,
    /// What was measured at this and the other members of a fleet.
    measured: Rc<RefCell<BTreeMap<String, Metrics>>>,
    terminal: Terminal,
    /// Said once.
    failed: RefCell<bool>,
}

impl MetricsFiles {
    /// The places that flags or settings name.
    ///
    /// # Errors
    /// A folder that cannot be written.
    pub fn of(flags: &RunFlags, bench: &Workbench) -> Result<Option<Self>, Failure> {
        let path = match (&flags.metrics, &bench.settings.metrics.path) {
            (Some(path), _) => bench.folder.join(path),
            (None, Some(path)) => bench.settings.folder.join(path),
            (None, None) => return Ok(None),
        };
        let place = match path.extension().and_then(|ending| ending.to_str()) {
            Some("json") => Place::Json(of_member(path, bench)),
            Some("prom") => Place::Prometheus(path),
            _ => Place::Folder(path),
        };
        let folder = match &place {
            Place::Folder(folder) => folder.as_path(),
            Place::Json(file) | Place::Prometheus(file) => file.parent().unwrap_or(Path::new(".")),
        };
        writable(folder).map_err(|error| {
            Failure::new(
                "metrics",
                format!("metrics cannot be written into `{}`: {error}", folder.display()),
                "name a folder or a file with `--metrics`, or as `path` of `metrics:` in schemaplan.yaml",
            )
        })?;
        Ok(Some(Self {
            place,
            json: RefCell::default(),
            measured: Rc::clone(&bench.measured),
            terminal: bench.terminal.clone(),
            failed: RefCell::default(),
        }))
    }

    /// Writes the document as it stands; what goes wrong is said and ends nothing.
    pub fn write(&self, metrics: &Metrics) {
        if let Err(error) = self.try_write(metrics)
            && !self.failed.replace(true)
        {
            self.terminal.say(&format!("metrics cannot be written: {error}"));
        }
    }

    fn try_write(&self, metrics: &Metrics) -> std::io::Result<()> {
        let json = || serde_json::to_string_pretty(metrics).map(|text| text + "\n");
        match &self.place {
            Place::Json(file) => replace(file, &json()?),
            Place::Prometheus(file) => match &metrics.member {
                None => replace(file, &prometheus([metrics])),
                Some(member) => {
                    let mut all = self.measured.borrow_mut();
                    all.insert(member.clone(), metrics.clone());
                    replace(file, &prometheus(all.values()))
                }
            },
            Place::Folder(folder) => {
                let file = self.of_run(folder, metrics)?;
                replace(&file, &json()?)?;
                let name = file_name(&format!("{}_{}", metrics.server, of(metrics)));
                replace(
                    &folder.join(format!("schemaplan_{name}.prom")),
                    &prometheus([metrics]),
                )
            }
        }
    }

    /// The file of this run in a folder: it takes the place of no other run's.
    fn of_run(&self, folder: &Path, metrics: &Metrics) -> std::io::Result<PathBuf> {
        if let Some(file) = &*self.json.borrow() {
            return Ok(file.clone());
        }
        let id = metrics.plan.get(..12).unwrap_or(&metrics.plan);
        let moment: String = metrics
            .started_at
            .chars()
            .filter(|c| c.is_ascii_digit())
            .collect();
        let name = format!("{}-{id}-{}-{moment}", file_name(&of(metrics)), metrics.verb);
        let names = std::iter::once(name.clone()).chain((2..1000).map(|n| format!("{name}-{n}")));
        for name in names {
            let file = folder.join(format!("{name}.json"));
            match std::fs::File::create_new(&file) {
                Ok(_) => {
                    self.json.replace(Some(file.clone()));
                    return Ok(file);
                }
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(std::io::Error::other("no name is free"))
    }

    /// The JSON file of this run, where there is one.
    pub fn file(&self) -> Option<PathBuf> {
        match &self.place {
            Place::Json(file) => Some(file.clone()),
            Place::Prometheus(_) => None,
            Place::Folder(_) => self.json.borrow().clone(),
        }
    }

    /// What to call it.
    pub fn shown(&self) -> String {
        match (&self.place, self.file()) {
            (Place::Prometheus(file), _) => file.display().to_string(),
            (_, Some(file)) => file.display().to_string(),
            (Place::Folder(folder) | Place::Json(folder), None) => folder.display().to_string(),
        }
    }
}

/// Each member of a fleet has a document of its own: `m.json` is `m-north.json` for the member north.
fn of_member(file: PathBuf, bench: &Workbench) -> PathBuf {
    match (&bench.member, file.file_stem().and_then(|stem| stem.to_str())) {
        (Some(member), Some(stem)) => file.with_file_name(format!("{stem}-{}.json", file_name(&member.name))),
        _ => file,
    }
}

/// The database, and the member of a fleet where it is one.
fn of(metrics: &Metrics) -> String {
    match &metrics.member {
        Some(member) => format!("{}-{member}", metrics.database),
        None => metrics.database.clone(),
    }
}

/// Whoever reads the file finds the old text or the new one, never a part.
fn replace(file: &Path, text: &str) -> std::io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    let mut new = tempfile::Builder::new()
        .prefix(".schemaplan-")
        .tempfile_in(folder)?;
    new.write_all(text.as_bytes())?;
    // A collector runs as another user.
    use std::os::unix::fs::PermissionsExt;
    new.as_file()
        .set_permissions(std::fs::Permissions::from_mode(0o644))?;
    new.persist(file).map(drop).map_err(|error| error.error)
}
