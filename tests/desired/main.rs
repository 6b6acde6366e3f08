//! Schema files, executed by a real server and read back: what is said about wrong ones, and what only the files know.

use schemaplan::desired::{Desired, annotate, read_files};
use schemaplan::engine::{Engine, EngineOptions, LoadError, SessionSettings, load};
use schemaplan::introspect::{ReadOptions, read};
use schemaplan::model::Catalog;
use schemaplan::text::{Diagnostic, SourceFile, render_all};

mod annotated;
mod errors;
mod kept;
mod order;
mod yaml;

fn read_all(files: &[(&str, &str)]) -> Result<Desired, Vec<Diagnostic>> {
    let files: Vec<_> = files
        .iter()
        .map(|(path, text)| SourceFile::new(*path, *text))
        .collect();
    read_files(&files)
}

pub fn desired(files: &[(&str, &str)]) -> Desired {
    read_all(files).unwrap_or_else(|diagnostics| panic!("{}", render_all(&diagnostics, Default::default())))
}

/// The catalog of the files, or what the server said about them.
pub async fn build(files: &[(&str, &str)]) -> Result<(Catalog, Vec<Diagnostic>), Vec<Diagnostic>> {
    let engine = Engine::start(EngineOptions::default())
        .await
        .expect("a PostgreSQL on this machine");
    let built = build_on(&engine, files).await;
    engine.stop().await;
    built
}

/// [`build`] on a server that runs already.
pub async fn build_on(
    engine: &Engine,
    files: &[(&str, &str)],
) -> Result<(Catalog, Vec<Diagnostic>), Vec<Diagnostic>> {
    let desired = read_all(files)?;
    let scratch = engine
        .scratch(&SessionSettings::default())
        .await
        .expect("a database");
    let built = match load(engine, &scratch, &desired).await {
        Ok(_) => {
            let mut catalog = read(&scratch.client, &ReadOptions::default())
                .await
                .expect("a catalog");
            let diagnostics = annotate(&mut catalog, &desired);
            Ok((catalog, diagnostics))
        }
        Err(LoadError::Schema(diagnostics)) => Err(diagnostics),
        Err(LoadError::Engine(error)) => panic!("{error}"),
    };
    scratch.close().await.expect("the database goes");
    built
}

/// The catalog of files that nothing is wrong with.
pub async fn catalog(files: &[(&str, &str)]) -> Catalog {
    match build(files).await {
        Ok((catalog, diagnostics)) if diagnostics.is_empty() => catalog,
        Ok((_, diagnostics)) | Err(diagnostics) => panic!("{}", render_all(&diagnostics, Default::default())),
    }
}

/// All that is said about wrong files.
pub async fn said(files: &[(&str, &str)]) -> String {
    match build(files).await {
        Ok((_, diagnostics)) | Err(diagnostics) => render_all(&diagnostics, Default::default()),
    }
}
