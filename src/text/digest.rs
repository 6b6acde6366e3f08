//! Hashes by which things are known again.

use sha2::{Digest, Sha256};

/// SHA-256 of texts, each with its length, so that no two lists run together the same; in hexadecimal.
pub fn digest<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut hasher = Sha256::new();
    for text in texts {
        hasher.update((text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    }
    hasher
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
