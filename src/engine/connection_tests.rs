use std::io::{Read, Write};
use std::net::TcpListener;

use super::*;
use crate::engine::Environment;

/// One message of PostgreSQL's protocol, version 3.
fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 4).unwrap();
    [&[kind], length.to_be_bytes().as_slice(), body].concat()
}

fn error_message(code: &str, text: &str) -> Vec<u8> {
    message(b'E', format!("SFATAL\0VFATAL\0C{code}\0M{text}\0\0").as_bytes())
}

/// A server that reads the first packet and answers with `answer`. Returns its port.
fn server_that_says(answer: Vec<u8>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut first = [0u8; 1024];
        let _ = stream.read(&mut first);
        stream.write_all(&answer).unwrap();
        // Until the client goes.
        let _ = stream.read(&mut first);
    });
    port
}

async fn refused(text: &str) -> ConnectError {
    let target = Target::parse(text, &Environment::default()).unwrap();
    match open(&target, "test").await {
        Ok(_) => panic!("{text} must not connect"),
        Err(error) => error,
    }
}

#[tokio::test]
async fn each_refusal_says_what_happened_and_what_to_do() {
    let old = [
        message(b'R', &[0; 4]),
        message(b'S', b"server_version\09.6.24\0"),
        message(b'Z', b"I"),
    ]
    .concat();
    let password = [
        message(b'R', &[0, 0, 0, 3]),
        error_message("28P01", "authentication failed for \"app\""),
    ];
    for (answer, what, hint) in [
        (
            old,
            "runs PostgreSQL 9.6.24, and 14 is the oldest",
            "upgrade the server",
        ),
        (
            password.concat(),
            "did not accept the password: authentication failed",
            "the password comes from",
        ),
        (
            error_message("3D000", "no \"shop\""),
            "no such database",
            "createdb shop",
        ),
        (
            error_message("53300", "too many clients"),
            "too many clients",
            "wait until sessions",
        ),
        (error_message("57P03", "starting up"), "starting up", "try again"),
        (
            error_message("28000", "no entry in pg_hba.conf, no encryption"),
            "no TLS connection",
            "sslmode=require",
        ),
        (
            error_message("28000", "role \"app\" does not exist"),
            "does not exist",
            "pg_hba.conf",
        ),
        (error_message("XX000", "out of luck"), "out of luck", "log"),
    ] {
        let port = server_that_says(answer);
        let error = refused(&format!(
            "postgres://app:secret@127.0.0.1:{port}/shop?sslmode=disable"
        ))
        .await;
        assert!(error.to_string().contains(what), "{error}");
        assert!(
            error.to_string().contains(&format!("app@127.0.0.1:{port}/shop")),
            "{error}"
        );
        assert!(error.hint().contains(hint), "{error}: {}", error.hint());
        assert!(!format!("{error} {error:?}").contains("secret"), "{error:?}");
    }
}

#[tokio::test]
async fn a_password_that_is_asked_for_and_not_set_is_said() {
    let port = server_that_says(message(b'R', &[0, 0, 0, 3]));
    let error = refused(&format!("postgres://app@127.0.0.1:{port}/shop?sslmode=disable")).await;
    assert!(matches!(error, ConnectError::WrongPassword { .. }), "{error:?}");
    assert!(error.hint().contains("PGPASSWORD"), "{}", error.hint());
}

#[tokio::test]
async fn where_nothing_answers_that_is_said_within_the_time() {
    let error = refused("postgres://app@127.0.0.1:1/shop").await;
    assert!(matches!(error, ConnectError::NoServer { .. }), "{error:?}");
    let error = refused("host=/nowhere/at/all user=app").await;
    assert!(error.hint().contains("socket"), "{error}: {}", error.hint());

    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let error = refused(&format!("postgres://app@127.0.0.1:{port}/shop?connect_timeout=1")).await;
    assert!(error.to_string().contains("did not answer within 1 s"), "{error}");
}
