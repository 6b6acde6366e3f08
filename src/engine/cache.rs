//! Where clusters, downloads and cached catalogs are kept.

use std::env;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

use super::error::EngineError;
use super::server_user::{ServerUser, make_open_folder};

/// For root, whose own cache folder the server's user cannot enter.
const SYSTEM_CACHE: &str = "/var/cache/schemaplan";

/// The cache folder, made when it is not there: `wanted`, else `SCHEMAPLAN_CACHE`, else `schemaplan` in the user's
/// cache folder; for root, whose home others cannot enter, `/var/cache/schemaplan`.
///
/// # Errors
/// When the folder cannot be made, or when one that was asked for cannot be entered by the server's user.
pub fn cache_folder(wanted: Option<&Path>) -> Result<PathBuf, EngineError> {
    cache_for(wanted, ServerUser::needed().as_ref())
}

pub(super) fn cache_for(wanted: Option<&Path>, user: Option<&ServerUser>) -> Result<PathBuf, EngineError> {
    let asked = set_cache(wanted);
    let folder = match asked {
        Some(asked) => {
            let asked =
                std::path::absolute(&asked).map_err(|error| EngineError::file("find", &asked, error))?;
            refuse_closed(&asked, user)?;
            asked
        }
        None => match users_own().filter(|own| user.is_none_or(|user| user.stopped_at(own).is_none())) {
            Some(own) => own,
            None if user.is_some() => system_cache(),
            None => return Err(no_home()),
        },
    };
    make_open_folder(&folder, user)?;
    Ok(folder)
}

/// The cache folder that was asked for, by option or by `SCHEMAPLAN_CACHE`.
pub(super) fn set_cache(wanted: Option<&Path>) -> Option<PathBuf> {
    let variable = || {
        env::var_os("SCHEMAPLAN_CACHE")
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    wanted.map(Path::to_path_buf).or_else(variable)
}

fn users_own() -> Option<PathBuf> {
    let strategy = etcetera::choose_base_strategy().ok()?;
    Some(strategy.cache_dir().join("schemaplan")).filter(|folder| folder.is_absolute())
}

fn no_home() -> EngineError {
    EngineError::file(
        "find a cache folder beside",
        Path::new("$HOME"),
        std::io::Error::other("this user has no home folder"),
    )
}

pub(super) fn system_cache() -> PathBuf {
    PathBuf::from(SYSTEM_CACHE)
}

fn refuse_closed(folder: &Path, user: Option<&ServerUser>) -> Result<(), EngineError> {
    let Some(user) = user else { return Ok(()) };
    match user.stopped_at(folder) {
        None => Ok(()),
        Some(closed) => Err(EngineError::NotEnterable {
            hint: format!(
                "PostgreSQL refuses to run as root, so its process becomes `{}`; set SCHEMAPLAN_CACHE to a folder \
                 that this user can enter, or `chmod o+x {}`",
                user.name,
                closed.display()
            ),
            user: user.name.clone(),
            path: closed,
        }),
    }
}
