//! The user that the server process becomes when schemaplan runs as root: PostgreSQL refuses to run as root.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::unistd::{Gid, Uid, User, chown, geteuid};

use super::error::EngineError;

/// `postgres` where the machine has such a user, else `nobody`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ServerUser {
    pub(super) name: String,
    pub(super) uid: u32,
    pub(super) gid: u32,
}

impl ServerUser {
    /// The user to become; `None` where schemaplan does not run as root and the server runs as the same user.
    pub(super) fn needed() -> Option<Self> {
        if !geteuid().is_root() {
            return None;
        }
        let user = ["postgres", "nobody"]
            .into_iter()
            .find_map(|name| User::from_name(name).ok().flatten())
            .filter(|user| !user.uid.is_root());
        Some(match user {
            Some(user) => Self {
                name: user.name,
                uid: user.uid.as_raw(),
                gid: user.gid.as_raw(),
            },
            // A container without a user table: the numbers need no entry there.
            None => Self {
                name: "nobody".to_owned(),
                uid: 65534,
                gid: 65534,
            },
        })
    }

    /// The user that owns `folder`, unless that is root.
    pub(super) fn owner_of(folder: &Path) -> Option<Self> {
        let meta = fs::metadata(folder).ok()?;
        let uid = Uid::from_raw(meta.uid());
        let name = User::from_uid(uid)
            .ok()
            .flatten()
            .map_or_else(|| uid.to_string(), |user| user.name);
        (!uid.is_root()).then_some(Self {
            name,
            uid: meta.uid(),
            gid: meta.gid(),
        })
    }

    /// The first folder on the way to `path` (itself included) that this user cannot enter, if there is one.
    /// Folders that do not exist yet are passed over: they are made enterable.
    pub(super) fn stopped_at(&self, path: &Path) -> Option<PathBuf> {
        path.ancestors()
            .filter(|folder| !folder.as_os_str().is_empty())
            .find(|folder| fs::metadata(folder).is_ok_and(|meta| !self.may_enter(&meta)))
            .map(Path::to_path_buf)
    }

    fn may_enter(&self, meta: &fs::Metadata) -> bool {
        let bit = if meta.uid() == self.uid {
            0o100
        } else if meta.gid() == self.gid {
            0o010
        } else {
            0o001
        };
        meta.mode() & bit != 0
    }
}

/// Lets `command` run as the server's user, where it is not the caller.
pub(super) fn run_as(command: &mut Command, user: Option<&ServerUser>) {
    if let Some(user) = user {
        command.uid(user.uid).gid(user.gid);
    }
}

/// Makes `folder` with mode 0700 for the server's user alone.
pub(super) fn make_private_folder(folder: &Path, user: Option<&ServerUser>) -> Result<(), EngineError> {
    fs::create_dir(folder).map_err(|error| EngineError::file("make the folder", folder, error))?;
    give_away(folder, user)
}

/// Gives an existing folder to the server's user, with mode 0700.
pub(super) fn give_away(folder: &Path, user: Option<&ServerUser>) -> Result<(), EngineError> {
    fs::set_permissions(folder, Permissions::from_mode(0o700))
        .map_err(|error| EngineError::file("set the rights of", folder, error))?;
    if let Some(user) = user {
        chown(
            folder,
            Some(Uid::from_raw(user.uid)),
            Some(Gid::from_raw(user.gid)),
        )
        .map_err(|error| EngineError::file("change the owner of", folder, error.into()))?;
    }
    Ok(())
}

/// Makes `folder` and its missing parents so that the server's user can enter them.
pub(super) fn make_open_folder(folder: &Path, user: Option<&ServerUser>) -> Result<(), EngineError> {
    if folder.is_dir() {
        return Ok(());
    }
    if let Some(parent) = folder.parent() {
        make_open_folder(parent, user)?;
    }
    match fs::create_dir(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
            return Err(EngineError::file("make the folder", folder, error));
        }
        _ => {}
    }
    let mode = if user.is_some() { 0o755 } else { 0o700 };
    fs::set_permissions(folder, Permissions::from_mode(mode))
        .map_err(|error| EngineError::file("set the rights of", folder, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_closed_to_others_stops_the_user_below_it() {
        let outer = tempfile::tempdir().unwrap();
        let inner = outer.path().join("a/b");
        fs::create_dir_all(&inner).unwrap();
        let stranger = ServerUser {
            name: "stranger".into(),
            uid: 54321,
            gid: 54321,
        };
        fs::set_permissions(outer.path(), Permissions::from_mode(0o700)).unwrap();
        assert_eq!(stranger.stopped_at(&inner).as_deref(), Some(outer.path()));
        assert_eq!(
            stranger.stopped_at(&inner.join("not/there")).as_deref(),
            Some(outer.path())
        );
        fs::set_permissions(outer.path(), Permissions::from_mode(0o711)).unwrap();
        assert_eq!(stranger.stopped_at(&inner), None);
    }
}
