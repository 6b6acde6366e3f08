//! The embedded database on a real server.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use super::live_tests::{open_folder, options, processes_of, wait_until};
use super::*;

async fn rows(embedded: &Embedded) -> i64 {
    let client = connect(embedded.target(), "test").await.unwrap();
    client
        .query_one("SELECT count(*) FROM kept", &[])
        .await
        .unwrap()
        .get(0)
}

async fn execute(embedded: &Embedded, statements: &str) {
    connect(embedded.target(), "test")
        .await
        .unwrap()
        .batch_execute(statements)
        .await
        .unwrap();
}

#[tokio::test]
async fn it_keeps_its_data_between_two_commands_and_durably() {
    let project = open_folder();
    let first = Embedded::start(project.path(), &options(project.path()))
        .await
        .unwrap();
    assert_eq!(first.target().to_string(), "embedded");
    execute(&first, "CREATE TABLE kept AS SELECT 1").await;
    first.stop().await;
    assert_eq!(processes_of(project.path()), Vec::<String>::new());

    let again = Embedded::start(project.path(), &options(project.path()))
        .await
        .unwrap();
    assert_eq!(rows(&again).await, 1);
    let client = connect(again.target(), "test").await.unwrap();
    let row = client
        .query_one("SELECT current_setting('fsync'), current_database()::text", &[])
        .await
        .unwrap();
    assert_eq!((row.get::<_, &str>(0), row.get::<_, &str>(1)), ("on", "embedded"));
    assert_eq!(
        fs::read_to_string(project.path().join(".schemaplan/.gitignore")).unwrap(),
        "*\n"
    );
    again.stop().await;
}

#[tokio::test]
async fn a_second_command_uses_the_same_server_and_the_last_one_stops_it() {
    let project = open_folder();
    let first = Embedded::start(project.path(), &options(project.path()))
        .await
        .unwrap();
    execute(&first, "CREATE TABLE kept AS SELECT 1").await;
    let second = Embedded::start(project.path(), &options(project.path()))
        .await
        .unwrap();
    let session = connect(second.target(), "test").await.unwrap();
    first.stop().await;
    session
        .batch_execute("INSERT INTO kept VALUES (2)")
        .await
        .unwrap();
    let third = Embedded::start(project.path(), &options(project.path()))
        .await
        .unwrap();
    drop(second);
    assert_eq!(rows(&third).await, 2);
    third.stop().await;
    assert_eq!(processes_of(project.path()), Vec::<String>::new());
}

#[tokio::test]
async fn commands_that_come_and_go_at_once_never_meet_a_server_that_is_going() {
    let project = open_folder();
    let path = project.path();
    Embedded::start(path, &options(path)).await.unwrap().stop().await;
    let come_and_go = async || {
        for _ in 0..5 {
            let embedded = Embedded::start(path, &options(path)).await.unwrap();
            execute(&embedded, "SELECT 1").await;
            embedded.stop().await;
        }
    };
    tokio::join!(come_and_go(), come_and_go(), come_and_go());
    wait_until("the server is gone", || processes_of(path).is_empty());
}

/// Names the project folder to the copy of this test program that is to be killed.
const HELPER: &str = "SCHEMAPLAN_TEST_EMBEDDED_HELPER";

#[tokio::test]
#[ignore = "the test of a killed command runs it"]
async fn helper_that_waits_to_be_killed() {
    let Some(project) = std::env::var_os(HELPER) else {
        return;
    };
    let project = Path::new(&project);
    let embedded = Embedded::start(project, &options(project)).await.unwrap();
    execute(&embedded, "CREATE TABLE kept AS SELECT 1").await;
    fs::write(project.join("ready"), "").unwrap();
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn a_killed_command_loses_nothing_and_leaves_no_server() {
    let project = open_folder();
    let mut helper = Command::new(std::env::current_exe().unwrap())
        .args([
            "--ignored",
            "--exact",
            "engine::embedded_tests::helper_that_waits_to_be_killed",
        ])
        .env(HELPER, project.path())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    wait_until("the helper has started", || project.path().join("ready").exists());
    helper.kill().unwrap();
    helper.wait().unwrap();
    wait_until("the server is gone", || processes_of(project.path()).is_empty());
    let embedded = Embedded::start(project.path(), &options(project.path()))
        .await
        .unwrap();
    assert_eq!(rows(&embedded).await, 1);
    embedded.stop().await;
}

#[tokio::test]
async fn a_project_that_the_servers_user_cannot_enter_has_its_data_elsewhere() {
    if !nix::unistd::geteuid().is_root() {
        return;
    }
    let (project, cache) = (tempfile::tempdir().unwrap(), open_folder());
    fs::set_permissions(project.path(), fs::Permissions::from_mode(0o700)).unwrap();
    let (sender, heard) = std::sync::mpsc::channel();
    let listener = Listener::new(move |event| drop(sender.send(event.clone())));
    let options = EngineOptions {
        progress: listener,
        ..options(cache.path())
    };
    for round in 0..2 {
        let embedded = Embedded::start(project.path(), &options).await.unwrap();
        match round {
            0 => execute(&embedded, "CREATE TABLE kept AS SELECT 1").await,
            _ => assert_eq!(rows(&embedded).await, 1),
        }
        embedded.stop().await;
    }
    let note = heard
        .try_iter()
        .find(|event| matches!(event, EngineEvent::Note(_)))
        .unwrap();
    let shown = format!("{note:?}");
    assert!(shown.contains(&cache.path().display().to_string()), "{shown}");
    assert!(shown.contains(&project.path().display().to_string()), "{shown}");
}

#[tokio::test]
async fn a_database_of_a_major_that_is_not_here_is_refused_and_left_alone() {
    let project = open_folder();
    let data = project.path().join(".schemaplan/postgres-99");
    fs::create_dir_all(&data).unwrap();
    fs::write(data.join("PG_VERSION"), "99\n").unwrap();
    let Err(error) = Embedded::start(project.path(), &options(project.path())).await else {
        panic!("a server of another major must not run on it");
    };
    assert!(error.to_string().contains("made by PostgreSQL 99"), "{error}");
    assert!(error.hint().contains("install PostgreSQL 99"), "{}", error.hint());
    assert_eq!(fs::read_dir(&data).unwrap().count(), 1);
}
