//! `sslmode` and its kin, against a server with an authority of its own.

use super::certificates::{Authority, Certified, self_signed};
use super::servers::Server;
use schemaplan::engine::{ConnectError, Environment, Target, connect};

pub struct Stage {
    pub server: Server,
    files: tempfile::TempDir,
}

impl Stage {
    pub async fn new() -> Self {
        Self::on(Server::new("password_encryption = 'scram-sha-256'").await).await
    }

    pub async fn on(server: Server) -> Self {
        server
            .run("CREATE ROLE app LOGIN PASSWORD 's:e/c@r et' SUPERUSER; CREATE ROLE guest LOGIN")
            .await;
        server.run("CREATE DATABASE shop").await;
        Self {
            server,
            files: tempfile::tempdir().unwrap(),
        }
    }

    /// The server answers with this certificate from now on.
    pub async fn shows(&self, shown: &Certified) {
        self.server.file("server.crt", &shown.certificate);
        self.server.file("server.key", &shown.key);
        self.server.run("ALTER SYSTEM SET ssl = on").await;
        self.reload().await;
    }

    /// From the next reload on it asks for certificates of clients that this authority has signed.
    pub async fn trusts_clients_of(&self, authority: &Authority) {
        self.server.file("clients.crt", &authority.pem());
        self.server
            .run("ALTER SYSTEM SET ssl_ca_file = 'clients.crt'")
            .await;
    }

    pub async fn admits(&self, lines: &str) {
        self.server
            .file("pg_hba.conf", &format!("local all all trust\n{lines}\n"));
        self.reload().await;
    }

    async fn reload(&self) {
        let client = self.server.client("postgres").await;
        let ask = "SELECT clock_timestamp()::text, pg_reload_conf()";
        let asked: String = client.query_one(ask, &[]).await.unwrap().get(0);
        // A new session has the settings that the server had when it began.
        let heard = format!("SELECT pg_conf_load_time() >= '{asked}'");
        let begun = std::time::Instant::now();
        loop {
            let client = self.server.client("postgres").await;
            if client.query_one(&heard, &[]).await.unwrap().get(0) {
                return;
            }
            assert!(begun.elapsed() < std::time::Duration::from_secs(60));
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }

    pub fn file(&self, name: &str, text: &str) -> String {
        use std::os::unix::fs::PermissionsExt;
        let path = self.files.path().join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        path.display().to_string()
    }

    /// What comes of a connection with these parameters: the version of TLS, `plain`, or the error and its hint.
    pub async fn comes_of(&self, parameters: &str) -> String {
        self.with(parameters, &[]).await
    }

    pub async fn with(&self, parameters: &str, variables: &[(&str, &str)]) -> String {
        let port = self.server.port;
        let text =
            format!("host=localhost hostaddr=127.0.0.1 port={port} user=guest dbname=shop {parameters}");
        self.of(&text, variables).await
    }

    pub async fn of(&self, text: &str, variables: &[(&str, &str)]) -> String {
        let environment: Environment = variables.iter().copied().collect();
        let target = match Target::parse(text, &environment) {
            Ok(target) => target,
            Err(error) => return format!("{error} ({})", error.hint),
        };
        match connect(&target, "test").await {
            Ok(client) => {
                let sql = "SELECT coalesce(version, 'plain') FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
                client.query_one(sql, &[]).await.unwrap().get(0)
            }
            Err(error) => {
                assert!(!matches!(error, ConnectError::Failed { .. }), "{error:?}");
                format!("{error} ({})", error.hint())
            }
        }
    }
}

pub const NAMES: &[&str] = &["localhost", "127.0.0.1"];

#[tokio::test]
async fn every_mode_with_every_certificate() {
    let stage = Stage::new().await;
    let everybody = "host all all 127.0.0.1/32 trust";
    stage.admits(everybody).await;
    for (mode, wanted) in [
        ("disable", "plain"),
        ("allow", "plain"),
        ("prefer", "plain"),
        ("require", "does not support TLS"),
        ("verify-full sslrootcert=system", "does not support TLS"),
    ] {
        let came = stage.comes_of(&format!("sslmode={mode}")).await;
        assert!(came.contains(wanted), "{mode} without TLS on the server: {came}");
    }

    let ours = Authority::new("our authority");
    let root = stage.file("root.crt", &ours.pem());
    let other = stage.file("other.crt", &Authority::new("another one").pem());
    let revoked = stage.file("root.crl", &ours.revoked(7));
    let good = ours.server(NAMES, 2090, 6);
    stage.shows(&good).await;
    for (parameters, wanted) in [
        ("sslmode=disable".to_owned(), "plain"),
        ("sslmode=allow".to_owned(), "plain"),
        (String::new(), "TLSv1.3"),
        ("sslmode=prefer".to_owned(), "TLSv1.3"),
        ("sslmode=require".to_owned(), "TLSv1.3"),
        (
            "sslmode=require ssl_max_protocol_version=TLSv1.2".to_owned(),
            "TLSv1.2",
        ),
        (
            "sslmode=require ssl_max_protocol_version=TLSv1.1".to_owned(),
            "no version of TLS is left",
        ),
        (format!("sslmode=require sslrootcert={other}"), "UnknownIssuer"),
        (format!("sslmode=verify-ca sslrootcert={root}"), "TLSv1.3"),
        (format!("sslmode=verify-full sslrootcert={root}"), "TLSv1.3"),
        (
            format!("sslmode=verify-full sslrootcert={root} host=127.0.0.1"),
            "TLSv1.3",
        ),
        (
            format!("sslmode=verify-full sslrootcert={root} sslcrl={revoked}"),
            "TLSv1.3",
        ),
        (
            format!("sslmode=verify-full sslrootcert={root} host=db.example"),
            "not valid for name \"db.example\"",
        ),
        (
            format!("sslmode=verify-ca sslrootcert={root} host=db.example"),
            "TLSv1.3",
        ),
        (format!("sslmode=verify-ca sslrootcert={other}"), "UnknownIssuer"),
        (
            "sslmode=verify-full".to_owned(),
            "~/.postgresql/root.crt is not there",
        ),
        (
            "sslmode=verify-full sslrootcert=system".to_owned(),
            "UnknownIssuer",
        ),
        (
            "sslmode=require sslrootcert=system".to_owned(),
            "goes with `sslmode=verify-full` alone",
        ),
        (
            format!("sslmode=verify-full sslrootcert={root}.gone"),
            "cannot be read",
        ),
        (
            "sslmode=require gssencmode=require".to_owned(),
            "`gssencmode=require` cannot be kept",
        ),
    ] {
        let came = stage.comes_of(&parameters).await;
        assert!(came.contains(wanted), "{parameters}: {came}");
    }

    stage.shows(&ours.server(NAMES, 2021, 5)).await;
    let came = stage
        .comes_of(&format!("sslmode=verify-full sslrootcert={root}"))
        .await;
    assert!(
        came.contains("expired") && came.contains("needs a new certificate"),
        "{came}"
    );
    assert_eq!(stage.comes_of("sslmode=require").await, "TLSv1.3");

    stage.shows(&ours.server(NAMES, 2090, 7)).await;
    let folder = stage.files.path().join("lists");
    std::fs::create_dir(&folder).unwrap();
    let folder = folder.display().to_string();
    let listed = format!("sslmode=verify-ca sslrootcert={root} sslcrldir={folder}");
    let came = stage.comes_of(&listed).await;
    assert!(
        came.contains("no file there holds a certificate revocation list"),
        "{came}"
    );
    stage.file("lists/11111111.r0", &ours.revoked(6));
    stage.file("lists/22222222.r0", &ours.revoked(7));
    for parameters in [
        format!("sslmode=verify-ca sslrootcert={root} sslcrl={revoked}"),
        listed,
    ] {
        let came = stage.comes_of(&parameters).await;
        assert!(came.contains("Revoked") && came.contains("taken"), "{came}");
    }
    let came = stage
        .comes_of(&format!(
            "sslmode=verify-ca sslrootcert={root} sslcrldir={folder}/none"
        ))
        .await;
    assert!(
        came.contains("`sslcrldir` names") && came.contains("cannot be read"),
        "{came}"
    );

    let own = self_signed("localhost");
    let itself = stage.file("itself.crt", &own.certificate);
    stage.shows(&own).await;
    for (parameters, wanted) in [
        ("sslmode=require".to_owned(), "TLSv1.3"),
        (format!("sslmode=verify-full sslrootcert={itself}"), "TLSv1.3"),
        (
            format!("sslmode=verify-full sslrootcert={itself} host=db.example"),
            "not valid for name",
        ),
        (format!("sslmode=verify-full sslrootcert={root}"), "authority"),
    ] {
        let came = stage.comes_of(&parameters).await;
        assert!(came.contains(wanted), "{parameters}: {came}");
    }
}

#[tokio::test]
async fn files_below_the_home_folder_and_variables() {
    let stage = Stage::new().await;
    stage.admits("hostssl all all 127.0.0.1/32 trust").await;
    let ours = Authority::new("our authority");
    stage.shows(&ours.server(NAMES, 2090, 6)).await;
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir(home.path().join(".postgresql")).unwrap();
    std::fs::write(home.path().join(".postgresql/root.crt"), ours.pem()).unwrap();
    let home = home.path().display().to_string();
    let full = [("HOME", home.as_str()), ("PGSSLMODE", "verify-full")];
    assert_eq!(stage.with("", &full).await, "TLSv1.3");
    let came = stage.with("host=db.example", &full).await;
    assert!(came.contains("not valid for name"), "{came}");
    let low = [("PGSSLMODE", "require"), ("PGSSLMAXPROTOCOLVERSION", "TLSv1.2")];
    assert_eq!(stage.with("", &low).await, "TLSv1.2");
    // The other way is tried where pg_hba.conf has no line for the first one.
    assert_eq!(stage.comes_of("sslmode=allow").await, "TLSv1.3");
    let came = stage.comes_of("sslmode=disable").await;
    assert!(
        came.contains("no encryption") && came.contains("sslmode=require"),
        "{came}"
    );
    stage.admits("hostnossl all all 127.0.0.1/32 trust").await;
    assert_eq!(stage.comes_of("sslmode=prefer").await, "plain");
    let came = stage.comes_of("sslmode=require").await;
    assert!(came.contains("pg_hba.conf"), "{came}");
}

#[tokio::test]
async fn passwords_bound_to_the_channel_and_certificates_of_clients() {
    let stage = Stage::new().await;
    let ours = Authority::new("our authority");
    stage.trusts_clients_of(&ours).await;
    stage.shows(&ours.server(NAMES, 2090, 6)).await;
    stage
        .admits("host all app 127.0.0.1/32 scram-sha-256\nhostssl all guest 127.0.0.1/32 cert")
        .await;
    let right = "user=app password='s:e/c@r et'";
    for (parameters, wanted) in [
        (
            format!("{right} sslmode=require channel_binding=require"),
            "TLSv1.3",
        ),
        (
            format!("{right} sslmode=require channel_binding=disable"),
            "TLSv1.3",
        ),
        (format!("{right} sslmode=disable"), "plain"),
        (
            format!("{right} sslmode=disable channel_binding=require"),
            "channel binding",
        ),
        (
            "user=app password=wrong sslmode=require".to_owned(),
            "did not accept the password",
        ),
    ] {
        let came = stage.comes_of(&parameters).await;
        assert!(came.contains(wanted), "{parameters}: {came}");
        assert!(!came.contains("s:e/c"), "{came}");
    }

    let guest = ours.client("guest");
    let certificate = stage.file("guest.crt", &guest.certificate);
    let key = stage.file("guest.key", &guest.key);
    let stranger = Authority::new("another one").client("guest");
    let strange = stage.file("strange.crt", &stranger.certificate);
    let strange_key = stage.file("strange.key", &stranger.key);
    let encrypted = stage.file(
        "encrypted.key",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
    );
    let open = stage.file("open.key", &guest.key);
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o644)).unwrap();
    }
    for (parameters, wanted) in [
        (format!("sslcert={certificate} sslkey={key}"), "TLSv1.3"),
        (String::new(), "valid client certificate"),
        (
            format!("sslcert={certificate} sslkey={key} sslcertmode=disable"),
            "valid client certificate",
        ),
        (
            format!("sslcert={strange} sslkey={strange_key}"),
            "sslcert, sslkey",
        ),
        (format!("sslcert={certificate}"), "no key to it"),
        (format!("sslcert={certificate} sslkey={open}"), "chmod 0600"),
        (
            format!("sslcert={certificate} sslkey={encrypted}"),
            "is encrypted, and there is no passphrase to it (give it as `sslpassword`",
        ),
        (
            format!("sslcert={certificate} sslkey={encrypted} sslpassword=x"),
            "cannot be read",
        ),
        (
            format!("sslcert={certificate} sslkey={strange_key}"),
            "not usable",
        ),
    ] {
        let came = stage.comes_of(&format!("sslmode=require {parameters}")).await;
        assert!(came.contains(wanted), "{parameters}: {came}");
    }
}

/// A key of nobody's, and the same under a passphrase in the two forms that OpenSSL writes, and in its old one.
pub const KEYS: &str = include_str!("keys.pem");

#[tokio::test]
async fn a_client_key_may_have_a_passphrase() {
    let stage = Stage::new().await;
    let ours = Authority::new("our authority");
    stage.shows(&ours.server(NAMES, 2090, 6)).await;
    stage.trusts_clients_of(&ours).await;
    stage.admits("hostssl all guest 127.0.0.1/32 cert").await;
    let keys: Vec<&str> = KEYS.split("\n\n# \n").collect();
    let [plain, by_hash, by_scrypt, of_old] = keys.as_slice() else {
        panic!("{} keys", keys.len());
    };
    let certificate = stage.file("guest.crt", &ours.client_of(plain, "guest"));
    for (key, password, wanted) in [
        (plain, "", "TLSv1.3"),
        (by_hash, "sslpassword='open sesame'", "TLSv1.3"),
        (by_scrypt, "sslpassword='open sesame'", "TLSv1.3"),
        (by_hash, "sslpassword='open barley'", "does not open the key"),
        (by_scrypt, "", "there is no passphrase to it"),
        (of_old, "sslpassword=x", "openssl pkcs8 -topk8"),
    ] {
        let file = stage.file("guest.key", key);
        let parameters = format!("sslmode=require sslcert={certificate} sslkey={file} {password}");
        let came = stage.comes_of(&parameters).await;
        assert!(came.contains(wanted), "{parameters}: {came}");
        assert!(!came.contains("open barley"), "{came}");
    }
}

#[tokio::test]
async fn a_sockets_server_has_to_run_as_who_is_named() {
    use std::os::unix::fs::MetadataExt;
    let stage = Stage::new().await;
    let (folder, port) = (stage.server.socket(), stage.server.port);
    let owner = std::fs::metadata(format!("{folder}/.s.PGSQL.{port}"))
        .unwrap()
        .uid();
    let owner = nix::unistd::User::from_uid(owner.into()).unwrap().unwrap().name;
    let socket = format!("host={folder} port={port}");
    for (parameters, wanted) in [
        (format!("{socket} requirepeer={owner}"), "plain"),
        (
            format!("{socket} requirepeer=nobody_of_ours"),
            "and `requirepeer` asks for nobody_of_ours",
        ),
        (
            format!("host={folder},{folder} port={port} requirepeer={owner}"),
            "goes with one socket",
        ),
        (
            format!("{socket} requirepeer={owner} target_session_attrs=primary"),
            "goes with one socket",
        ),
    ] {
        let came = stage
            .of(&format!("user=guest dbname=shop {parameters}"), &[])
            .await;
        assert!(came.contains(wanted), "{parameters}: {came}");
    }
}
