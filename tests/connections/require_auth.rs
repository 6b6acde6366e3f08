//! `require_auth`: how a server may ask who we are.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::certificates::Authority;
use super::tls::{NAMES, Stage};

#[tokio::test]
async fn a_server_that_asks_in_another_way_is_left() {
    let stage = Stage::new().await;
    let ours = Authority::new("our authority");
    stage.shows(&ours.server(NAMES, 2090, 6)).await;
    let right = "user=app password='s:e/c@r et'";
    for (asks, method) in [
        ("scram-sha-256", "scram-sha-256"),
        ("password", "password"),
        ("trust", "none"),
    ] {
        stage.admits(&format!("host all app 127.0.0.1/32 {asks}")).await;
        for (mode, shown) in [
            ("disable", "plain"),
            ("prefer", "TLSv1.3"),
            ("require", "TLSv1.3"),
        ] {
            for (list, enters) in [
                (method.to_owned(), true),
                (format!("gss,{method}"), true),
                (format!("!{method}"), false),
                ("md5".to_owned(), false),
                ("!md5,!gss".to_owned(), true),
            ] {
                let came = stage
                    .comes_of(&format!("{right} sslmode={mode} require_auth={list}"))
                    .await;
                match enters {
                    true => assert_eq!(came, shown, "{asks} {mode} {list}"),
                    false => assert!(
                        came.contains("refused the connection: it asks for ")
                            && came.contains(&format!("which `require_auth` ({list}) does not allow")),
                        "{asks} {mode} {list}: {came}"
                    ),
                }
                assert!(!came.contains("s:e/c"), "{came}");
            }
        }
    }
    // A server without TLS, and one that takes nothing else.
    stage.admits("hostssl all app 127.0.0.1/32 scram-sha-256").await;
    let scram = [("PGREQUIREAUTH", "scram-sha-256")];
    assert_eq!(
        stage.with(&format!("{right} sslmode=allow"), &scram).await,
        "TLSv1.3"
    );
    stage.server.run("ALTER SYSTEM SET ssl = off").await;
    stage.admits("host all app 127.0.0.1/32 scram-sha-256").await;
    assert_eq!(
        stage.with(&format!("{right} sslmode=disable"), &scram).await,
        "plain"
    );
    assert_eq!(stage.with(right, &scram).await, "plain");
    let came = stage.with(&format!("{right} sslmode=require"), &scram).await;
    assert!(came.contains("does not support TLS"), "{came}");
    let came = stage
        .comes_of("user=app password=wrong require_auth=scram-sha-256")
        .await;
    assert!(came.contains("did not accept the password"), "{came}");
    let came = stage.comes_of("user=app require_auth=scram-sha-256").await;
    assert!(came.contains("asks for one, and none is set"), "{came}");
    let came = stage.comes_of("require_auth=scram").await;
    assert!(
        came.contains("`require_auth` cannot hold `scram` (it is a list"),
        "{came}"
    );

    // A socket, whose server trusts.
    let (folder, port) = (stage.server.socket(), stage.server.port);
    let socket = format!("host={folder} port={port} user=guest dbname=shop");
    assert_eq!(
        stage.of(&format!("{socket} require_auth=none"), &[]).await,
        "plain"
    );
    let came = stage.of(&socket, &scram).await;
    assert!(came.contains("it asks for no proof of who we are"), "{came}");
    let two = format!("host={folder},127.0.0.1 port={port} user=guest dbname=shop require_auth=none");
    let came = stage.of(&two, &[]).await;
    assert!(came.contains("`require_auth` goes with one socket"), "{came}");
}

/// Somebody in between asks for the password in clear text: it hears who wants to come in, and not a byte more.
#[tokio::test]
async fn nothing_is_sent_to_who_asks_for_something_else() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut bytes = vec![0; 4096];
        let startup = stream.read(&mut bytes).await.unwrap();
        stream.write_all(b"R\0\0\0\x08\0\0\0\x03").await.unwrap();
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).await.unwrap();
        (String::from_utf8_lossy(&bytes[..startup]).into_owned(), rest)
    });
    let text = format!("host=127.0.0.1 port={port} user=app dbname=shop password=secret sslmode=disable");
    let target = schemaplan::engine::Target::parse(
        &format!("{text} require_auth=scram-sha-256"),
        &std::iter::empty::<(&str, &str)>().collect(),
    )
    .unwrap();
    let error = schemaplan::engine::connect(&target, "test").await.unwrap_err();
    assert!(
        error.to_string().contains("in clear text, which `require_auth`"),
        "{error}"
    );
    let (startup, rest) = heard.await.unwrap();
    assert!(
        startup.contains("app") && !startup.contains("secret"),
        "{startup:?}"
    );
    assert_eq!(rest, Vec::<u8>::new());
}

/// A server that asks for GSSAPI, and one that is of another kind than those that are looked for.
#[tokio::test]
async fn what_cannot_be_is_said_with_what_to_do() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut bytes = vec![0; 4096];
        let _ = stream.read(&mut bytes).await.unwrap();
        stream.write_all(b"R\0\0\0\x08\0\0\0\x07").await.unwrap();
        let _ = stream.read(&mut bytes).await;
    });
    let nothing = std::iter::empty::<(&str, &str)>().collect();
    let asked = format!("host=127.0.0.1 port={port} user=app dbname=shop sslmode=disable");
    let stage = Stage::new().await;
    let port = stage.server.port;
    let primary = format!(
        "host=127.0.0.1 port={port} user=postgres dbname=shop sslmode=disable target_session_attrs=standby"
    );
    for (text, said, hint) in [
        (asked, "GSSAPI", "scram-sha-256"),
        (primary, "database is not read only", "`target_session_attrs`"),
    ] {
        let target = schemaplan::engine::Target::parse(&text, &nothing).unwrap();
        let error = schemaplan::engine::connect(&target, "test").await.unwrap_err();
        assert!(
            error.to_string().contains("refused the connection: ") && error.to_string().contains(said),
            "{error}"
        );
        assert!(error.hint().contains(hint), "{error}: {}", error.hint());
    }
}
