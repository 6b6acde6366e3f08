//! TLS as libpq speaks of it (PostgreSQL documentation, section 34.19), over rustls.

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    SupportedProtocolVersion, version,
};
use rustls_platform_verifier::Verifier;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::target_text::Parameters;
use super::tls_key;

/// What `sslmode` asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// No TLS.
    Disable,
    /// TLS where the server takes nothing else.
    Allow,
    /// TLS where the server has it.
    Prefer,
    /// TLS with whoever answers; with the authority's certificate at hand, as `verify-ca`.
    Require,
    /// A certificate of an authority that is known.
    VerifyCa,
    /// The same, with the name of the host in it.
    VerifyFull,
}

impl Mode {
    /// The mode that the parameters name; libpq's default is `prefer`.
    pub(super) fn of(given: &Parameters) -> Self {
        match given.get("sslmode").map(String::as_str) {
            Some("disable") => Self::Disable,
            Some("allow") => Self::Allow,
            Some("require") if given.contains_key("sslrootcert") => Self::VerifyCa,
            Some("require") => Self::Require,
            Some("verify-ca") => Self::VerifyCa,
            Some("verify-full") => Self::VerifyFull,
            _ if trusts_the_system(given) => Self::VerifyFull,
            _ => Self::Prefer,
        }
    }

    fn verifies(self) -> bool {
        matches!(self, Self::VerifyCa | Self::VerifyFull)
    }
}

fn trusts_the_system(given: &Parameters) -> bool {
    given.get("sslrootcert").is_some_and(|file| file == "system")
}

/// Why the files and parameters make no TLS configuration.
#[derive(Debug)]
pub(super) struct TlsError {
    /// What is wrong.
    pub said: String,
    /// What to do next.
    pub hint: String,
}

pub(super) fn wrong(said: impl Into<String>, hint: impl Into<String>) -> TlsError {
    TlsError {
        said: said.into(),
        hint: hint.into(),
    }
}

/// What makes TLS of a connection, from the parameters and the files that they name.
///
/// # Errors
/// Where a file cannot be read, or holds something else.
pub(super) fn connector(given: &Parameters) -> Result<MakeRustlsConnect, TlsError> {
    let mode = Mode::of(given);
    if trusts_the_system(given) && mode != Mode::VerifyFull {
        return Err(wrong(
            "`sslrootcert=system` goes with `sslmode=verify-full` alone",
            "anybody can have a certificate of a public authority: say sslmode=verify-full, or name a file",
        ));
    }
    let provider = Arc::new(ring::default_provider());
    let verifier: Arc<dyn ServerCertVerifier> = match mode.verifies() {
        true => verifier(given, mode == Mode::VerifyFull, &provider)?,
        false => Arc::new(Unverified(Arc::clone(&provider))),
    };
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&versions(given)?)
        .map_err(|error| wrong(error.to_string(), "leave the protocol versions out"))?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    let mut config = match client_certificate(given)? {
        Some((chain, key)) => config.with_client_auth_cert(chain, key).map_err(|error| {
            wrong(
                format!("the client certificate and its key are not usable: {error}"),
                "sslcert and sslkey must belong together",
            )
        })?,
        None => config.with_no_client_auth(),
    };
    config.enable_sni = given.get("sslsni").is_none_or(|value| value != "0");
    if given.get("sslnegotiation").is_some_and(|value| value == "direct") {
        config.alpn_protocols = vec![b"postgresql".to_vec()];
    }
    Ok(MakeRustlsConnect::new(config))
}

fn versions(given: &Parameters) -> Result<Vec<&'static SupportedProtocolVersion>, TlsError> {
    let bound = |keyword: &str| given.get(keyword).map(String::as_str);
    let mut versions = vec![&version::TLS12, &version::TLS13];
    if bound("ssl_min_protocol_version") == Some("TLSv1.3") {
        versions.retain(|version| **version == version::TLS13);
    }
    match bound("ssl_max_protocol_version") {
        None | Some("TLSv1.3") => {}
        Some("TLSv1.2") => versions.retain(|version| **version == version::TLS12),
        Some(_) => versions.clear(),
    }
    match versions.is_empty() {
        false => Ok(versions),
        true => Err(wrong(
            "no version of TLS is left between ssl_min_protocol_version and ssl_max_protocol_version",
            "TLSv1.2 and TLSv1.3 are there; older ones are not safe",
        )),
    }
}

fn verifier(
    given: &Parameters,
    by_name: bool,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, TlsError> {
    if trusts_the_system(given) {
        let verifier = Verifier::new(Arc::clone(provider)).map_err(|error| {
            wrong(
                format!("the system's certificates cannot be read: {error}"),
                "name a file with `sslrootcert=FILE`",
            )
        })?;
        return Ok(Arc::new(verifier));
    }
    let Some(file) = given.get("sslrootcert") else {
        return Err(wrong(
            "no certificate of an authority is named, and ~/.postgresql/root.crt is not there",
            "name its file with `sslrootcert=FILE` or PGSSLROOTCERT; `sslrootcert=system` takes those of the operating system",
        ));
    };
    let trusted = certificates("sslrootcert", file)?;
    let mut roots = RootCertStore::empty();
    for certificate in &trusted {
        roots.add(certificate.clone()).map_err(|error| {
            wrong(
                format!("a certificate in `{file}` cannot be used: {error}"),
                "it has to be an X.509 certificate of version 3",
            )
        })?;
    }
    let roots = Arc::new(roots);
    let unusable = |error: &dyn std::fmt::Display| {
        wrong(
            format!("the certificates of `{file}` cannot be used: {error}"),
            "name a file with the certificate of the authority that signed the server's",
        )
    };
    let builder = || WebPkiServerVerifier::builder_with_provider(Arc::clone(&roots), Arc::clone(provider));
    let revoked = revoked(given)?;
    let mut each_list = Vec::new();
    for list in revoked.iter().filter(|_| revoked.len() > 1) {
        let alone = builder().with_crls([list.clone()]);
        let alone = alone
            .only_check_end_entity_revocation()
            .allow_unknown_revocation_status();
        each_list.push(alone.build().map_err(|error| unusable(&error))?);
    }
    let all = match revoked.is_empty() {
        true => builder(),
        false => builder().with_crls(revoked).only_check_end_entity_revocation(),
    };
    let inner = all.build().map_err(|error| unusable(&error))?;
    Ok(Arc::new(Verified {
        inner,
        each_list,
        trusted,
        by_name,
    }))
}

/// What authorities have taken back: one file, and all files of a folder, whatever they are called.
fn revoked(given: &Parameters) -> Result<Vec<CertificateRevocationListDer<'static>>, TlsError> {
    let lists = |keyword: &str, file: &str| {
        let found: Result<Vec<_>, _> =
            CertificateRevocationListDer::pem_file_iter(file).and_then(Iterator::collect);
        found.map_err(|error| unreadable(keyword, file, &error))
    };
    let mut found = match given.get("sslcrl") {
        Some(file) => lists("sslcrl", file)?,
        None => Vec::new(),
    };
    let Some(folder) = given.get("sslcrldir") else {
        return Ok(found);
    };
    let unlisted = |error: std::io::Error| {
        wrong(
            format!("`sslcrldir` names `{folder}`, which cannot be read: {error}"),
            "it has to be a folder of PEM files with certificate revocation lists",
        )
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unlisted)? {
        let path = entry.map_err(unlisted)?.path();
        if path.is_file() {
            files.push(path.display().to_string());
        }
    }
    files.sort();
    let before = found.len();
    for file in &files {
        found.extend(lists("sslcrldir", file)?);
    }
    match found.len() > before {
        true => Ok(found),
        // A folder that says nothing is taken for a mistake, not for leave to trust everybody.
        false => Err(wrong(
            format!("`sslcrldir` names `{folder}`, and no file there holds a certificate revocation list"),
            "put the lists there as PEM files, or leave it out",
        )),
    }
}

pub(super) fn unreadable(keyword: &str, file: &str, error: &dyn std::fmt::Display) -> TlsError {
    wrong(
        format!("`{keyword}` names `{file}`, which cannot be read: {error}"),
        "it has to be a PEM file",
    )
}

fn certificates(keyword: &str, file: &str) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_file_iter(file).and_then(Iterator::collect);
    let found = found.map_err(|error| unreadable(keyword, file, &error))?;
    match found.is_empty() {
        false => Ok(found),
        true => Err(unreadable(keyword, file, &"there is no certificate in it")),
    }
}

type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn client_certificate(given: &Parameters) -> Result<Option<Identity>, TlsError> {
    if given.get("sslcertmode").is_some_and(|mode| mode == "disable") {
        return Ok(None);
    }
    let Some(file) = given.get("sslcert") else {
        return Ok(None);
    };
    let chain = certificates("sslcert", file)?;
    let Some(key) = given.get("sslkey") else {
        return Err(wrong(
            format!("there is a client certificate, `{file}`, and no key to it"),
            "name the key's file with `sslkey=FILE` or PGSSLKEY",
        ));
    };
    let read = tls_key::read(key, given.get("sslpassword").map(String::as_str))?;
    Ok(Some((chain, read)))
}

/// Takes any certificate, and has the server prove that it holds the key to it.
#[derive(Debug)]
struct Unverified(Arc<CryptoProvider>);

/// Looks at a signature as a version of TLS has it.
type LookAtSignature = fn(
    &[u8],
    &CertificateDer<'_>,
    &DigitallySignedStruct,
    &WebPkiSupportedAlgorithms,
) -> Result<HandshakeSignatureValid, Error>;

impl Unverified {
    fn signature(
        &self,
        look: LookAtSignature,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        match look(
            message,
            certificate,
            signed,
            &self.0.signature_verification_algorithms,
        ) {
            // A certificate that cannot be read proves nothing by its signature either; here nobody looks at it.
            Err(Error::InvalidCertificate(CertificateError::BadEncoding | CertificateError::Other(_))) => {
                Ok(HandshakeSignatureValid::assertion())
            }
            outcome => outcome,
        }
    }
}

impl ServerCertVerifier for Unverified {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.signature(
            rustls::crypto::verify_tls12_signature,
            message,
            certificate,
            signed,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.signature(
            rustls::crypto::verify_tls13_signature,
            message,
            certificate,
            signed,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// Takes certificates of these authorities, with or without a look at the name.
#[derive(Debug)]
struct Verified {
    inner: Arc<WebPkiServerVerifier>,
    /// Of several lists of one authority the library reads the first alone, which may be the older one: what any of them takes back
    /// is taken back.
    each_list: Vec<Arc<WebPkiServerVerifier>>,
    trusted: Vec<CertificateDer<'static>>,
    by_name: bool,
}

impl ServerCertVerifier for Verified {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        for one in &self.each_list {
            let outcome = one.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
            if let Err(Error::InvalidCertificate(CertificateError::Revoked)) = outcome {
                return outcome;
            }
        }
        let outcome =
            self.inner
                .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        let Err(Error::InvalidCertificate(why)) = &outcome else {
            return outcome;
        };
        match why {
            // The name is looked at last.
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. }
                if !self.by_name =>
            {
                Ok(ServerCertVerified::assertion())
            }
            // A server's own certificate, signed by itself, that is trusted as it is. How long it is valid was looked at before.
            CertificateError::Other(_) if self.trusted.contains(&end_entity.clone().into_owned()) => {
                if self.by_name {
                    rustls::client::verify_server_name(
                        &ParsedCertificate::try_from(end_entity)?,
                        server_name,
                    )?;
                }
                Ok(ServerCertVerified::assertion())
            }
            _ => outcome,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}
