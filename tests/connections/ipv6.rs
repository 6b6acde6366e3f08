//! A server at an IPv6 address, by every way to write one.

use std::process::Command;

use super::certificates::Authority;
use super::servers::Server;
use super::tls::Stage;
use schemaplan::engine::{Environment, Target, connect};

#[tokio::test]
async fn addresses_in_urls_in_words_and_in_variables() {
    if std::net::TcpListener::bind("[::1]:0").is_err() {
        println!("skipped: this machine has no ::1");
        return;
    }
    let stage = Stage::on(Server::new("listen_addresses = '::1'").await).await;
    let port = stage.server.port;
    let ours = Authority::new("our authority");
    stage.shows(&ours.server(&["::1"], 2090, 6)).await;
    stage.admits("host all all ::1/128 trust").await;
    let root = stage.file("root.crt", &ours.pem());
    let port_text = port.to_string();
    let full = format!("sslmode=verify-full sslrootcert={root}");
    for (text, variables) in [
        (
            format!("postgres://guest@[::1]:{port}/shop?sslmode=disable"),
            vec![],
        ),
        (
            format!("postgres://guest@[::1]:{port}/shop?sslmode=verify-full&sslrootcert={root}"),
            vec![],
        ),
        (
            format!("postgres://guest@[::2]:1,[::1]:{port}/shop?connect_timeout=3"),
            vec![],
        ),
        (format!("host=::1 port={port} user=guest dbname=shop"), vec![]),
        (
            format!("host=::1 port={port} user=guest dbname=shop {full}"),
            vec![],
        ),
        (format!("hostaddr=::1 port={port} user=guest dbname=shop"), vec![]),
        (
            "user=guest dbname=shop".to_owned(),
            vec![("PGHOST", "::1"), ("PGPORT", port_text.as_str())],
        ),
        (
            "user=guest dbname=shop".to_owned(),
            vec![("PGHOSTADDR", "::1"), ("PGPORT", port_text.as_str())],
        ),
    ] {
        let environment: Environment = variables.iter().copied().collect();
        let target = Target::parse(&text, &environment).unwrap_or_else(|error| panic!("{text}: {error}"));
        let client = connect(&target, "test")
            .await
            .unwrap_or_else(|error| panic!("{text}: {error}"));
        let sql = "SELECT host(inet_server_addr()) || ' ' || coalesce((SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()), '')";
        let came: String = client.query_one(sql, &[]).await.unwrap().get(0);
        let wanted = if text.contains("verify-full") {
            "::1 TLSv1.3"
        } else {
            "::1 "
        };
        assert!(came.starts_with(wanted), "{text}: {came}");
    }
    // A whole run, whose pg_dump goes the same way.
    let client = stage.server.client("shop").await;
    client
        .batch_execute("CREATE TABLE town (id int PRIMARY KEY); INSERT INTO town VALUES (1)")
        .await
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let after = "CREATE TABLE town (id int PRIMARY KEY, name text);";
    std::fs::write(folder.path().join("after.sql"), after).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_schemaplan"))
        .args("apply --target after.sql --yes --phase all --backup dumps".split(' '))
        .current_dir(folder.path())
        .env(
            "DATABASE_URL",
            format!("postgres://app@[::1]:{port}/shop?sslmode=verify-full&sslrootcert={root}"),
        )
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let dumps = std::fs::read_dir(folder.path().join("dumps")).unwrap();
    assert_eq!(dumps.count(), 1);
}
