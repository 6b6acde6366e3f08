//! A server that says one thing at the handshake: what no real server at hand would say.

use std::io::{Read, Write};
use std::net::TcpListener;

/// Answers every connection with these bytes behind its first message; returns the address.
pub fn that_says(answer: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for mut connection in listener.incoming().flatten() {
            let mut buffer = [0; 1024];
            let _ = connection.read(&mut buffer);
            let _ = connection.write_all(&answer);
            // The client ends the connection; closing first could lose the answer.
            let _ = connection.read(&mut buffer);
            let _ = connection.write_all(&answer);
            let _ = connection.read(&mut buffer);
        }
    });
    address
}

/// A message of the protocol: its letter, its length, its body.
fn message(letter: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 4).unwrap();
    let mut out = vec![letter];
    out.extend(length.to_be_bytes());
    out.extend(body);
    out
}

/// FATAL with this SQLSTATE.
pub fn fatal(sqlstate: &str, words: &str) -> Vec<u8> {
    let body = format!("SFATAL\0VFATAL\0C{sqlstate}\0M{words}\0\0");
    message(b'E', body.as_bytes())
}

/// Lets everyone in and says that it is this version.
pub fn of_version(version: &str) -> Vec<u8> {
    let mut out = message(b'R', &0u32.to_be_bytes());
    out.extend(message(b'S', format!("server_version\0{version}\0").as_bytes()));
    out.extend(message(b'Z', b"I"));
    out
}
