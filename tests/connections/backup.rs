//! What pg_dump is told of a connection: a backup over TLS.

use std::process::Command;

use super::certificates::Authority;
use super::tls::{KEYS, NAMES, Stage};

/// Applies a change to a table, with a backup before it; returns how it ended and what it said.
fn applied(stage: &Stage, folder: &std::path::Path, parameters: &str) -> (Option<i32>, String) {
    let url = format!(
        "host=localhost hostaddr=127.0.0.1 port={} dbname=shop {parameters}",
        stage.server.port
    );
    let output = Command::new(env!("CARGO_BIN_EXE_schemaplan"))
        .args("apply --target after.sql --yes --phase expand --backup dumps --url".split(' '))
        .arg(url)
        .current_dir(folder)
        .env_remove("PGSSLROOTCERT")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code(), said)
}

#[tokio::test]
async fn a_backup_goes_over_the_same_tls() {
    let stage = Stage::new().await;
    let ours = Authority::new("our authority");
    stage.trusts_clients_of(&ours).await;
    stage.shows(&ours.server(NAMES, 2090, 6)).await;
    stage
        .admits("hostssl all app 127.0.0.1/32 scram-sha-256\nhostssl all guest 127.0.0.1/32 cert")
        .await;
    let client = stage.server.client("shop").await;
    client
        .batch_execute("CREATE TABLE town (id int PRIMARY KEY); INSERT INTO town VALUES (1); ALTER TABLE town OWNER TO guest; GRANT ALL ON DATABASE shop TO guest; GRANT ALL ON SCHEMA public TO guest")
        .await
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let root = stage.file("root.crt", &ours.pem());
    let other = stage.file("other.crt", &Authority::new("another one").pem());
    let certificate = {
        let plain = KEYS.split("\n\n# \n").next().unwrap();
        stage.file("guest.crt", &ours.client_of(plain, "guest"))
    };
    let key = stage.file("guest.key", KEYS.split("\n\n# \n").nth(2).unwrap());
    let by_password = "user=app password='s:e/c@r et' sslmode=verify-full";
    let by_key = format!(
        "user=guest sslmode=verify-full sslcert={certificate} sslkey={key} sslpassword='open sesame'"
    );
    for (number, parameters) in [
        format!("{by_key} sslrootcert={root}"),
        format!("{by_password} sslrootcert={root} channel_binding=require"),
    ]
    .iter()
    .enumerate()
    {
        let after = format!(
            "CREATE TABLE town (id int PRIMARY KEY{});",
            (0..=number).map(|n| format!(", c{n} int")).collect::<String>()
        );
        std::fs::write(folder.path().join("after.sql"), after).unwrap();
        let (code, said) = applied(&stage, folder.path(), parameters);
        assert_eq!(code, Some(0), "{parameters}: {said}");
        assert!(said.contains("backup: `"), "{said}");
        for secret in ["s:e/c", "sesame"] {
            assert!(!said.contains(secret), "{said}");
        }
    }
    let dumps = std::fs::read_dir(folder.path().join("dumps")).unwrap();
    let dumps: Vec<_> = dumps.map(|entry| entry.unwrap().path()).collect();
    assert_eq!(dumps.len(), 2, "{dumps:?}");
    for dump in dumps {
        let copy = stage.server.file("copy.dump", "");
        std::fs::write(&copy, std::fs::read(dump).unwrap()).unwrap();
        let list = stage.server.output("pg_restore", &["--list", &copy]);
        assert!(list.contains("TABLE DATA public town"), "{list}");
    }
    // Nothing is run where the server is not who it should be.
    let (code, said) = applied(
        &stage,
        folder.path(),
        &format!("{by_password} sslrootcert={other}"),
    );
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("UnknownIssuer"), "{said}");
}
