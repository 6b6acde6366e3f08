//! The key to a client certificate, with or without a passphrase.

use std::path::Path;

use pkcs8::{EncryptedPrivateKeyInfoRef, SecretDocument};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use super::libpq_files;
use super::tls::{TlsError, unreadable, wrong};

/// Reads a key's file.
///
/// # Errors
/// Where others may read it, it holds something else, or the passphrase is not the right one.
pub(super) fn read(file: &str, passphrase: Option<&str>) -> Result<PrivateKeyDer<'static>, TlsError> {
    if !libpq_files::is_private(Path::new(file)) {
        return Err(wrong(
            format!("`sslkey` names `{file}`, which is not there or which others may read"),
            "the key's file has to be its owner's alone: chmod 0600",
        ));
    }
    let text = std::fs::read_to_string(file).map_err(|error| unreadable("sslkey", file, &error))?;
    if !text.contains("ENCRYPTED") {
        return PrivateKeyDer::from_pem_slice(text.as_bytes())
            .map_err(|error| unreadable("sslkey", file, &error));
    }
    if text.contains("Proc-Type:") {
        return Err(wrong(
            format!("the key in `{file}` is encrypted in a form of old that is not safe and not read here"),
            "write it in the form of today, with the same passphrase: openssl pkcs8 -topk8 -in FILE -out OTHER",
        ));
    }
    let Some(passphrase) = passphrase else {
        return Err(wrong(
            format!("the key in `{file}` is encrypted, and there is no passphrase to it"),
            "give it as `sslpassword` in a service file, or the key without one: openssl pkey -in FILE -out OTHER",
        ));
    };
    let (_, document) =
        SecretDocument::from_pem(&text).map_err(|error| unreadable("sslkey", file, &error))?;
    let sealed = EncryptedPrivateKeyInfoRef::try_from(document.as_bytes())
        .map_err(|error| unreadable("sslkey", file, &error))?;
    let key = sealed.decrypt(passphrase).map_err(|error| {
        wrong(
            format!("the passphrase does not open the key in `{file}`: {error}"),
            "`sslpassword` is the passphrase of `sslkey`, not the role's password",
        )
    })?;
    Ok(PrivatePkcs8KeyDer::from(key.as_bytes().to_vec()).into())
}
