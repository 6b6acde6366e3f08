//! libpq's two files: passwords and services. Forms: PostgreSQL documentation, sections 34.16 and 34.17.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// True where the file is there and no one else may read it.
pub(super) fn is_private(file: &Path) -> bool {
    fs::metadata(file).is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o077 == 0)
}

/// The password for a server, from a `.pgpass` file. Like libpq, a file that others can read is not used.
pub(super) fn password(file: &Path, host: &str, port: u16, database: &str, user: &str) -> Option<String> {
    if !is_private(file) {
        return None;
    }
    password_in(&fs::read_to_string(file).ok()?, host, port, database, user)
}

fn password_in(text: &str, host: &str, port: u16, database: &str, user: &str) -> Option<String> {
    let port = port.to_string();
    let wanted = [host, &port, database, user];
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .find_map(|line| {
            let fields = fields(line);
            let (password, pattern) = fields.split_last()?;
            let fits = pattern.len() == wanted.len()
                && pattern
                    .iter()
                    .zip(wanted)
                    .all(|(field, value)| field == "*" || field == value);
            fits.then(|| password.clone())
        })
}

/// Splits at the first four colons; `\:` and `\\` stand for themselves.
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        let letter = match letter {
            ':' if fields.len() < 5 => {
                fields.push(String::new());
                continue;
            }
            '\\' => letters.next().unwrap_or('\\'),
            other => other,
        };
        if let Some(field) = fields.last_mut() {
            field.push(letter);
        }
    }
    fields
}

/// The `key=value` lines of one section of a service file; `None` where the file or the section is not there.
pub(super) fn service(file: &Path, name: &str) -> Option<Vec<(String, String)>> {
    service_in(&fs::read_to_string(file).ok()?, name)
}

fn service_in(text: &str, name: &str) -> Option<Vec<(String, String)>> {
    let mut found: Option<Vec<(String, String)>> = None;
    for line in text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        if let Some(section) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            if found.is_some() {
                break;
            }
            if section == name {
                found = Some(Vec::new());
            }
        } else if let (Some(found), Some((key, value))) = (&mut found, line.split_once('=')) {
            found.push((key.trim().to_owned(), value.trim().to_owned()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_that_fits_gives_the_password() {
        let text = "# ours\ndb:5432:shop:app:one\ndb:*:*:app:t\\:wo\n*:*:*:*:three:3\n";
        assert_eq!(
            password_in(text, "db", 5432, "shop", "app").as_deref(),
            Some("one")
        );
        assert_eq!(
            password_in(text, "db", 5433, "shop", "app").as_deref(),
            Some("t:wo")
        );
        assert_eq!(
            password_in(text, "other", 1, "x", "y").as_deref(),
            Some("three:3")
        );
        assert_eq!(
            password_in("db:5432:shop:app:one", "db", 5432, "shop", "root"),
            None
        );
        assert_eq!(password_in("too:short", "too", 1, "", ""), None);
    }

    #[test]
    fn a_password_file_that_others_can_read_is_not_used() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "*:*:*:*:secret\n").unwrap();
        fs::set_permissions(file.path(), fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(password(file.path(), "h", 1, "d", "u"), None);
        fs::set_permissions(file.path(), fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(password(file.path(), "h", 1, "d", "u").as_deref(), Some("secret"));
    }

    #[test]
    fn a_service_is_one_section() {
        let text = "[a]\nhost=one\n\n# note\n[b]\nhost = two\nport=5433\n[c]\nhost=three\n";
        let b = vec![
            ("host".to_owned(), "two".to_owned()),
            ("port".to_owned(), "5433".to_owned()),
        ];
        assert_eq!(service_in(text, "b"), Some(b));
        assert_eq!(service_in(text, "d"), None);
    }
}
