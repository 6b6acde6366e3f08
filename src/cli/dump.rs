//! `dump`: a database as schema files.

use super::arguments::{DumpFlags, SchemaFormat};
use super::database::Purpose;
use super::failure::{Exit, Failure};
use super::schema_folder::{self, Written};
use super::settings::ManageWord;
use super::source::Source;
use super::workbench::Workbench;
use super::{pipeline, unmanaged};
use crate::engine::SessionSettings;
use crate::export::{self, Language, Options};
use crate::model::{Catalog, Ident};
use std::path::Path;

/// Writes the schema of a source.
///
/// # Errors
/// Where the source cannot be read, or what should hold the files cannot be written.
pub async fn run(flags: &DumpFlags, bench: &Workbench) -> Result<Exit, Failure> {
    let format = format_of(flags)?;
    // What stands in the way is said before anything is read.
    if let Some(out) = &flags.out {
        schema_folder::check(out, is_file(out), flags.replace)?;
    }
    let source = match &flags.source {
        Some(word) => Source::parse(word, Path::new("schema")),
        None => bench.from(),
    };
    let (catalog, options) = read(&source, bench).await?;
    write(&catalog, &options, format, flags, bench)?;
    match unmanaged::report(&catalog.unmanaged, bench) {
        true => Ok(Exit::CouldNot),
        false => Ok(Exit::Done),
    }
}

fn write(
    catalog: &Catalog,
    options: &Options,
    format: SchemaFormat,
    flags: &DumpFlags,
    bench: &Workbench,
) -> Result<(), Failure> {
    match &flags.out {
        None => bench
            .terminal
            .answer(&export::one_text(catalog, format.into(), options)),
        Some(path) if is_file(path) => {
            schema_folder::write_file(path, &export::one_text(catalog, format.into(), options))?;
            bench.terminal.answer(&format!("+ {}\n", path.display()));
        }
        Some(path) => {
            let written = schema_folder::write(path, &export::folder(catalog, format.into(), options))?;
            say(path, &written, bench);
        }
    }
    Ok(())
}

/// The catalog of a source, and how its names are written: without `public` only where that is what a name without a schema
/// means there.
///
/// # Errors
/// Where the source cannot be read.
pub async fn read(source: &Source, bench: &Workbench) -> Result<(Catalog, Options), Failure> {
    let mut options = Options::default();
    let manage = bench.settings.manage;
    let wanted = |word: Option<ManageWord>| word != Some(ManageWord::None);
    options.grants = wanted(manage.grants);
    options.owners = wanted(manage.owners);
    options.comments = wanted(manage.comments);
    let Source::Live(word) = source else {
        let catalog = pipeline::catalog(source, &SessionSettings::default(), None, None, bench).await?;
        return Ok((catalog, options));
    };
    let live = bench.live(word.as_deref(), Purpose::Read).await?;
    let read = pipeline::read_live(&live, bench, false).await;
    let first = SessionSettings::first_schema(&live.client).await;
    live.close().await;
    let (catalog, _) = read?;
    options.short = first?.filter(|schema| schema == "public").map(Ident::new);
    Ok((catalog, options))
}

/// Says what was written, and which files went because nothing stands in them any more.
pub fn say(path: &Path, written: &Written, bench: &Workbench) {
    let mut text = String::new();
    for stale in &written.removed {
        text.push_str(&format!("- {}\n", stale.display()));
    }
    let files = match written.files {
        1 => "1 file".to_owned(),
        count => format!("{count} files"),
    };
    text.push_str(&format!(
        "+ {}/: {files}\n",
        path.display().to_string().trim_end_matches('/')
    ));
    bench.terminal.answer(&text);
}

/// True where the words after `--out` name a file.
fn is_file(path: &Path) -> bool {
    ending(path).is_some()
}

fn ending(path: &Path) -> Option<String> {
    let ending = path.extension()?.to_string_lossy().to_ascii_lowercase();
    ["sql", "yaml", "yml"]
        .contains(&ending.as_str())
        .then_some(ending)
}

fn format_of(flags: &DumpFlags) -> Result<SchemaFormat, Failure> {
    let by_name = flags.out.as_deref().and_then(ending);
    let of_name = by_name.as_deref().map(|ending| match ending {
        "sql" => SchemaFormat::Sql,
        _ => SchemaFormat::Yaml,
    });
    match (flags.format, of_name, by_name) {
        (Some(wanted), Some(other), Some(ending)) if wanted != other => Err(Failure::new(
            "out-and-format",
            format!("`--out` names a .{ending} file, and `--format` another language"),
            "leave one of them out",
        )),
        (wanted, of_name, _) => Ok(wanted.or(of_name).unwrap_or_default()),
    }
}

impl From<SchemaFormat> for Language {
    fn from(format: SchemaFormat) -> Self {
        match format {
            SchemaFormat::Sql => Language::Sql,
            SchemaFormat::Yaml => Language::Yaml,
        }
    }
}
