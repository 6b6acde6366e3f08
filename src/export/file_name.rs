//! File names for any identifier, on any file system: small letters, nothing that a shell, a drive or a case-blind disk takes amiss,
//! and no two objects in one file by accident.

use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Names that Windows keeps for devices, whatever their ending.
const DEVICES: &[&str] = &["aux", "con", "nul", "prn"];

/// The file names given so far, by folder.
#[derive(Debug, Default)]
pub(super) struct FileNames {
    given: BTreeMap<(String, String), String>,
}

impl FileNames {
    /// The name of the file of that object in the folder, without its ending: the object's own where that will do, else the nearest
    /// one, with a hash where another object has taken it. The same object gets the same name again.
    pub(super) fn name(&mut self, folder: &str, object: &str) -> String {
        let plain = plain(object);
        let marked = format!("{plain}_{}", hash(object));
        for name in [plain, marked] {
            let holder = self
                .given
                .entry((folder.to_owned(), name.clone()))
                .or_insert_with(|| object.to_owned());
            if holder == object {
                return name;
            }
        }
        // Two hashes alike, or an object that bears the marked name of another: its own hash in full.
        format!("{}_{}", self::plain(object), full_hash(object))
    }
}

/// The nearest name that is safe, without a thought for other objects.
pub(super) fn plain(object: &str) -> String {
    let lower = object.to_lowercase();
    let mut name: String = lower.chars().map(|c| if is_safe(c) { c } else { '_' }).collect();
    let letters = name.chars().any(char::is_alphanumeric);
    if !letters && object != "_" {
        name = format!("unnamed_{}", hash(object));
    }
    if is_device(&name) {
        name.push('_');
    }
    name
}

fn is_safe(c: char) -> bool {
    c == '_' || c == '-' || c.is_alphanumeric()
}

fn is_device(name: &str) -> bool {
    let port = |word: &str| {
        let digit = name.strip_prefix(word);
        digit.is_some_and(|rest| rest.chars().count() == 1 && rest.chars().all(|c| c.is_numeric()))
    };
    DEVICES.contains(&name) || port("com") || port("lpt")
}

fn full_hash(object: &str) -> String {
    Sha256::digest(object.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn hash(object: &str) -> String {
    full_hash(object)[..8].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_names_stay() {
        for name in ["orders", "order_2024", "größe", "注文", "_", "a-b"] {
            assert_eq!(plain(name), name);
        }
    }

    #[test]
    fn anything_else_becomes_safe() {
        for (name, safe) in [
            ("Orders", "orders"),
            ("a/b", "a_b"),
            ("..", "unnamed_5ec1f7e7"),
            ("../../etc/passwd", "______etc_passwd"),
            ("a\"b'c", "a_b_c"),
            ("a\\b:c*?", "a_b_c__"),
            ("nul", "nul_"),
            ("COM1", "com1_"),
            ("com10", "com10"),
            ("trailing. ", "trailing__"),
            ("new\nline", "new_line"),
        ] {
            assert_eq!(plain(name), safe);
        }
        for blank in [" ", "   ", "\u{200b}", "\u{a0}", "+"] {
            assert!(plain(blank).starts_with("unnamed_"), "{blank:?}");
        }
    }

    #[test]
    fn no_two_objects_share_a_file() {
        let mut names = FileNames::default();
        let all = [
            "orders",
            "Orders",
            "ORDERS",
            "a/b",
            "a_b",
            "a.b",
            " ",
            "  ",
            "nul",
            "nul_",
            "orders_7fe2b49d",
        ];
        let given: Vec<String> = all.iter().map(|name| names.name("tables/", name)).collect();
        let distinct: std::collections::BTreeSet<&String> = given.iter().collect();
        assert_eq!(distinct.len(), all.len(), "{given:?}");
        assert_eq!(
            names.name("tables/", "Orders"),
            given[1],
            "and the same one gets the same name"
        );
        assert_eq!(
            names.name("views/", "Orders"),
            "orders",
            "each folder has its own"
        );
    }

    #[test]
    fn long_names_fit() {
        let longest = "ü".repeat(31);
        assert!(plain(&longest).len() <= 63);
        assert!(FileNames::default().name("", &"長".repeat(21)).len() + ".yaml".len() < 255);
    }
}
