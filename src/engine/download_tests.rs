use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use super::*;

/// An archive with programs that only say a version.
fn fake_archive(version: &str) -> Vec<u8> {
    let mut tar = tar::Builder::new(flate2::write::GzEncoder::new(
        Vec::new(),
        flate2::Compression::fast(),
    ));
    for program in ["postgres", "initdb"] {
        let script = format!("#!/bin/sh\necho '{program} (PostgreSQL) {version}'\n");
        let mut header = tar::Header::new_gnu();
        header.set_size(script.len() as u64);
        header.set_mode(0o755);
        tar.append_data(
            &mut header,
            format!("postgresql-{version}/bin/{program}"),
            script.as_bytes(),
        )
        .unwrap();
    }
    tar.into_inner().unwrap().finish().unwrap()
}

/// Serves files by path on loopback, and remembers what was asked for.
struct Server {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn start(files: Vec<(String, Vec<u8>)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
                let first = lines.next().unwrap().unwrap();
                while lines
                    .next()
                    .is_some_and(|line| line.is_ok_and(|line| !line.is_empty()))
                {}
                let path = first.split_whitespace().nth(1).unwrap().to_owned();
                let found = files
                    .iter()
                    .find(|(name, _)| *name == path)
                    .map(|(_, bytes)| bytes.as_slice());
                let status = if found.is_some() {
                    "200 OK"
                } else {
                    "404 Not Found"
                };
                let bytes = found.unwrap_or_default();
                let head = format!(
                    "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                    bytes.len()
                );
                log.lock().unwrap().push(path);
                stream.write_all(head.as_bytes()).unwrap();
                stream.write_all(bytes).unwrap();
            }
        });
        Self { url, asked }
    }

    /// A place with one archive for this machine, and `checksum` beside it.
    fn with_archive(archive: Vec<u8>, checksum: Option<String>) -> Self {
        let path = format!("/17.6.0/postgresql-17.6.0-{}.tar.gz", platform().unwrap());
        let mut files = vec![(path.clone(), archive)];
        files.extend(checksum.map(|text| (format!("{path}.sha256"), text.into_bytes())));
        Self::start(files)
    }
}

fn request(place: &str, cache: &Path) -> (Request, std::sync::mpsc::Receiver<EngineEvent>) {
    let (sender, heard) = std::sync::mpsc::channel();
    let request = Request {
        place: Some(place.to_owned()),
        major: Some(17),
        cache: cache.to_path_buf(),
        user: None,
        listener: Listener::new(move |event| drop(sender.send(event.clone()))),
    };
    (request, heard)
}

fn checksum_of(archive: &[u8]) -> String {
    format!("{}  postgresql.tar.gz\n", hex(&Sha256::digest(archive)))
}

/// What is in the folder of downloads beside its lock.
fn left_in(cache: &Path) -> Vec<String> {
    let entries = fs::read_dir(cache.join("downloads")).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "lock")
        .collect()
}

#[tokio::test]
async fn an_archive_is_verified_unpacked_and_used_again_without_the_network() {
    let cache = tempfile::tempdir().unwrap();
    let archive = fake_archive("17.6");
    let size = archive.len() as u64;
    let server = Server::with_archive(archive.clone(), Some(checksum_of(&archive)));
    let (request, heard) = request(&format!("{}/", server.url), cache.path());
    let killed = cache
        .path()
        .join("downloads")
        .join(format!("{UNFINISHED}abc/bin"));
    fs::create_dir_all(&killed).unwrap();

    let found = download(request.clone()).await.unwrap();
    assert_eq!((found.major, found.version_full.as_str()), (17, "17.6"));
    assert!(found.bin_dir.starts_with(fs::canonicalize(cache.path()).unwrap()));
    assert_eq!(left_in(cache.path()).len(), 1, "what a killed one left is gone");
    let events: Vec<EngineEvent> = heard.try_iter().collect();
    assert!(
        events.iter().any(|event| matches!(
            event,
            EngineEvent::Downloading { done, total: Some(total), .. } if *done == size && *total == size
        )),
        "{events:?}"
    );

    let asked = server.asked.lock().unwrap().len();
    assert_eq!(download(request).await.unwrap(), found);
    assert_eq!(server.asked.lock().unwrap().len(), asked);
}

#[tokio::test]
async fn an_archive_that_does_not_match_is_refused_and_leaves_nothing() {
    let archive = fake_archive("17.6");
    for (checksum, what) in [
        (
            Some(checksum_of(b"something else")),
            "what came is not what was published",
        ),
        (Some("<html>not here</html>".to_owned()), "no SHA-256"),
        (None, "there is no checksum to verify"),
    ] {
        let cache = tempfile::tempdir().unwrap();
        let server = Server::with_archive(archive.clone(), checksum);
        let (request, _heard) = request(&server.url, cache.path());
        let error = download(request).await.unwrap_err();
        assert!(error.to_string().contains(what), "{error}");
        assert!(
            error.hint().contains("SCHEMAPLAN_POSTGRES_URL"),
            "{}",
            error.hint()
        );
        assert_eq!(left_in(cache.path()), Vec::<String>::new());
    }
}

#[tokio::test]
async fn an_archive_without_a_server_or_none_at_all_is_refused() {
    let cache = tempfile::tempdir().unwrap();
    let archive = b"no archive".to_vec();
    let server = Server::with_archive(archive.clone(), Some(checksum_of(&archive)));
    let (request_17, _heard) = request(&server.url, cache.path());
    assert!(download(request_17.clone()).await.is_err());
    let error = download(Request {
        major: Some(16),
        ..request_17
    })
    .await
    .unwrap_err();
    assert!(error.to_string().contains("404"), "{error}");
    assert_eq!(left_in(cache.path()), Vec::<String>::new());

    let error = download(request("http://127.0.0.1:1", cache.path()).0)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("127.0.0.1:1"), "{error}");
}

#[tokio::test]
async fn one_archive_can_be_named_by_its_whole_address() {
    let cache = tempfile::tempdir().unwrap();
    let archive = fake_archive("16.2");
    let files = vec![
        ("/mine.tar.gz".to_owned(), archive.clone()),
        (
            "/mine.tar.gz.sha256".to_owned(),
            checksum_of(&archive).into_bytes(),
        ),
    ];
    let server = Server::start(files);
    let (request, _heard) = request(&format!("{}/mine.tar.gz", server.url), cache.path());
    assert_eq!(download(request).await.unwrap().major, 16);
}
