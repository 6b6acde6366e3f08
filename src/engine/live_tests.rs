//! The engine on a real server. Each test has its own cache folder, so that none meets another's clusters.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::*;

/// A folder that the server's user can enter, also where the tests run as root.
pub(super) fn open_folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    folder
}

pub(super) fn options(cache: &Path) -> EngineOptions {
    EngineOptions {
        cache: Some(cache.to_path_buf()),
        ..EngineOptions::default()
    }
}

/// The processes whose command line names `folder`: the servers and watchers of one test.
pub(super) fn processes_of(folder: &Path) -> Vec<String> {
    let asked = Command::new("ps")
        .args(["-eo", "pid=,command="])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&asked.stdout).into_owned();
    let name = folder.display().to_string();
    said.lines()
        .filter(|line| line.contains(&name))
        .map(str::to_owned)
        .collect()
}

pub(super) fn wait_until(what: &str, done: impl Fn() -> bool) {
    let until = Instant::now() + Duration::from_secs(60);
    while !done() {
        assert!(Instant::now() < until, "waited too long until {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn slots(cache: &Path) -> Vec<String> {
    let clusters = fs::read_dir(cache.join("clusters"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let mut found: Vec<String> = fs::read_dir(clusters)
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    found.sort();
    found
}

#[tokio::test]
async fn a_scratch_is_an_empty_database_with_the_settings_of_the_live_session() {
    let cache = open_folder();
    let engine = Engine::start(options(cache.path())).await.unwrap();
    assert!(engine.major() >= OLDEST_MAJOR);
    assert!(engine.version().starts_with(&engine.major().to_string()));

    let mut settings = SessionSettings {
        time_zone: "Europe/Vienna".into(),
        date_style: "German, DMY".into(),
        search_path: "shop, public".into(),
        ..SessionSettings::default()
    };
    settings
        .defaults
        .insert("default_table_access_method".into(), "columnar".into());
    settings
        .defaults
        .insert("default_tablespace".into(), "fast".into());
    let mut scratch = engine.scratch(&settings).await.unwrap();
    assert_eq!(scratch.notes.len(), 1, "{:?}", scratch.notes);
    assert!(scratch.notes[0].contains("columnar"), "{:?}", scratch.notes);

    let read = SessionSettings::of(&scratch.client).await.unwrap();
    assert_eq!(
        (read.time_zone.as_str(), read.date_style.as_str()),
        ("Europe/Vienna", "German, DMY")
    );
    assert_eq!(
        (read.search_path.as_str(), read.major),
        ("shop, public", engine.major())
    );
    assert_eq!(read.defaults["default_tablespace"], "fast");

    scratch
        .client
        .batch_execute("CREATE TABLE public.t (); DROP TABLE IF EXISTS nothing_here")
        .await
        .unwrap();
    let notice = scratch.notices.recv().await.unwrap();
    assert!(notice.message().contains("nothing_here"), "{notice}");

    let name = scratch.name().to_owned();
    scratch.close().await.unwrap();
    let next = engine.scratch(&SessionSettings::default()).await.unwrap();
    let known: i64 = next
        .client
        .query_one("SELECT count(*) FROM pg_database WHERE datname = $1", &[&name])
        .await
        .unwrap()
        .get(0);
    assert_eq!(known, 0, "a closed scratch is removed");
    next.close().await.unwrap();
    engine.stop().await;
    assert_eq!(processes_of(cache.path()), Vec::<String>::new());
}

#[tokio::test]
async fn the_database_that_was_made_ahead_is_as_empty_as_a_new_one() {
    let cache = open_folder();
    for _ in 0..2 {
        let engine = Engine::start(options(cache.path())).await.unwrap();
        let scratch = engine.scratch(&SessionSettings::default()).await.unwrap();
        let tables = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace";
        assert_eq!(
            scratch
                .client
                .query_one(tables, &[])
                .await
                .unwrap()
                .get::<_, i64>(0),
            0
        );
        scratch.client.batch_execute("CREATE TABLE t ()").await.unwrap();
        scratch.close().await.unwrap();
        engine.stop().await;
    }
}

#[tokio::test]
async fn stand_ins_are_marked_and_made_once() {
    let cache = open_folder();
    let engine = Engine::start(options(cache.path())).await.unwrap();
    assert!(engine.ensure_role("Shop \"owner\"").await.unwrap());
    assert!(!engine.ensure_role("Shop \"owner\"").await.unwrap());
    assert!(!engine.ensure_role("postgres").await.unwrap());
    let scratch = engine.scratch(&SessionSettings::default()).await.unwrap();
    let row = scratch
        .client
        .query_one(
            "SELECT rolcanlogin, shobj_description(oid, 'pg_authid') FROM pg_roles WHERE rolname = 'Shop \"owner\"'",
            &[],
        )
        .await
        .unwrap();
    assert_eq!(
        (row.get::<_, bool>(0), row.get::<_, &str>(1)),
        (false, admin::STAND_IN)
    );
    scratch.close().await.unwrap();
    engine.stop().await;
}

#[tokio::test]
async fn the_servers_programs_see_none_of_the_users_variables() {
    let cache = open_folder();
    let engine = Engine::start(options(cache.path())).await.unwrap();
    let watcher = processes_of(cache.path())
        .into_iter()
        .find(|line| line.contains("schemaplan-watcher"))
        .unwrap();
    let pid = watcher.split_whitespace().next().unwrap();
    let Ok(environment) = fs::read(format!("/proc/{pid}/environ")) else {
        return engine.stop().await;
    };
    let names: Vec<String> = String::from_utf8_lossy(&environment)
        .split('\0')
        .filter_map(|pair| Some(pair.split_once('=')?.0.to_owned()))
        .filter(|name| {
            !["PATH", "LANG", "LC_ALL", "TZ", "PWD", "OLDPWD", "SHLVL", "_"].contains(&name.as_str())
        })
        .collect();
    assert_eq!(names, Vec::<String>::new());
    engine.stop().await;
}

#[tokio::test]
async fn two_commands_at_once_use_two_clusters_and_one_after_the_other_use_the_same() {
    let cache = open_folder();
    let (first, second) = tokio::join!(
        Engine::start(options(cache.path())),
        Engine::start(options(cache.path()))
    );
    let (first, second) = (first.unwrap(), second.unwrap());
    let settings = SessionSettings::default();
    let (one, two) = (
        first.scratch(&settings).await.unwrap(),
        second.scratch(&settings).await.unwrap(),
    );
    one.client
        .batch_execute("CREATE TABLE only_here ()")
        .await
        .unwrap();
    assert!(two.client.batch_execute("TABLE only_here").await.is_err());
    first.stop().await;
    two.client.batch_execute("SELECT 1").await.unwrap();
    assert_eq!(slots(cache.path()), ["slot-0", "slot-1"]);
    second.stop().await;
    for _ in 0..2 {
        Engine::start(options(cache.path())).await.unwrap().stop().await;
    }
    assert_eq!(slots(cache.path()), ["slot-0", "slot-1"]);
}

#[tokio::test]
async fn a_cluster_in_pieces_is_made_afresh() {
    let cache = open_folder();
    Engine::start(options(cache.path())).await.unwrap().stop().await;
    let clusters = fs::read_dir(cache.path().join("clusters"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    fs::remove_file(clusters.join("slot-0/global/pg_control")).unwrap();
    let engine = Engine::start(options(cache.path())).await.unwrap();
    engine
        .scratch(&SessionSettings::default())
        .await
        .unwrap()
        .close()
        .await
        .unwrap();
    drop(engine);
    assert_eq!(
        processes_of(cache.path()),
        Vec::<String>::new(),
        "dropping stops the server too"
    );
}

/// Names the cache folder to the copy of this test program that is to be killed.
const HELPER: &str = "SCHEMAPLAN_TEST_ENGINE_HELPER";

/// What [`start_helper`] runs. It starts an engine, says so, and waits to be killed.
#[tokio::test]
#[ignore = "the tests of killed commands run it"]
async fn helper_that_waits_to_be_killed() {
    let Some(cache) = std::env::var_os(HELPER) else {
        return;
    };
    let engine = Engine::start(options(Path::new(&cache))).await.unwrap();
    let scratch = engine.scratch(&SessionSettings::default()).await.unwrap();
    fs::write(Path::new(&cache).join("ready"), scratch.name()).unwrap();
    std::future::pending::<()>().await;
}

fn start_helper(cache: &Path) -> Child {
    let helper = Command::new(std::env::current_exe().unwrap())
        .args([
            "--ignored",
            "--exact",
            "engine::live_tests::helper_that_waits_to_be_killed",
        ])
        .env(HELPER, cache)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    wait_until("the helper has started", || cache.join("ready").exists());
    helper
}

#[tokio::test]
async fn a_killed_command_leaves_no_server_and_the_next_one_no_database() {
    let cache = open_folder();
    let mut helper = start_helper(cache.path());
    assert!(!processes_of(cache.path()).is_empty());
    helper.kill().unwrap();
    helper.wait().unwrap();
    wait_until("the server is gone", || processes_of(cache.path()).is_empty());

    let engine = Engine::start(options(cache.path())).await.unwrap();
    let scratch = engine.scratch(&SessionSettings::default()).await.unwrap();
    let left = fs::read_to_string(cache.path().join("ready")).unwrap();
    let found = scratch
        .client
        .query("SELECT FROM pg_database WHERE datname = $1", &[&left])
        .await
        .unwrap()
        .len();
    assert_eq!(found, 0);
    assert_eq!(slots(cache.path()), ["slot-0"]);
    engine.stop().await;
}

#[tokio::test]
async fn a_server_whose_watcher_was_killed_too_is_stopped_by_the_next_command() {
    let cache = open_folder();
    let mut helper = start_helper(cache.path());
    for line in processes_of(cache.path())
        .iter()
        .filter(|line| line.contains("schemaplan-watcher"))
    {
        let pid = line.split_whitespace().next().unwrap();
        assert!(
            Command::new("kill")
                .args(["-KILL", pid])
                .status()
                .unwrap()
                .success()
        );
    }
    helper.kill().unwrap();
    helper.wait().unwrap();
    let orphans = processes_of(cache.path());
    assert!(!orphans.is_empty(), "the server itself goes on");

    let engine = Engine::start(options(cache.path())).await.unwrap();
    let now = processes_of(cache.path());
    assert!(
        orphans.iter().all(|orphan| !now.contains(orphan)),
        "{orphans:?} {now:?}"
    );
    assert_eq!(slots(cache.path()), ["slot-0"]);
    engine.stop().await;
}

#[tokio::test]
async fn a_shadow_server_is_left_as_it_was() {
    let cache = open_folder();
    let ours = Engine::start(options(cache.path())).await.unwrap();
    let sockets = match &ours.connect_options().get_hosts()[0] {
        tokio_postgres::config::Host::Unix(path) => path.display().to_string(),
        tokio_postgres::config::Host::Tcp(name) => name.clone(),
    };
    let admin = ours.scratch(&SessionSettings::default()).await.unwrap();
    let client = &admin.client;
    // One leftover that is old, one that may still be wanted, and a database of the user's with such a name.
    for name in [
        "schemaplan_scratch_1_1700000000_00000001",
        "schemaplan_scratch_old",
    ] {
        client
            .batch_execute(&format!("CREATE DATABASE {name}"))
            .await
            .unwrap();
    }
    let young = admin::create_scratch(client).await.unwrap();
    let names = async || -> Vec<String> {
        let list = "SELECT datname::text FROM pg_database UNION ALL SELECT rolname FROM pg_roles ORDER BY 1";
        client
            .query(list, &[])
            .await
            .unwrap()
            .iter()
            .map(|row| row.get(0))
            .collect()
    };
    let before = names().await;

    let url = format!("host={sockets} user=postgres dbname=postgres");
    let shadow = Engine::start(EngineOptions {
        shadow: Some(url),
        ..options(cache.path())
    })
    .await
    .unwrap();
    assert_eq!(shadow.major(), ours.major());
    let scratch = shadow.scratch(&SessionSettings::default()).await.unwrap();
    shadow.ensure_role("shop_owner").await.unwrap();
    assert!(names().await.contains(&"shop_owner".to_owned()));
    scratch.close().await.unwrap();
    shadow.stop().await;

    let expected: Vec<String> = before
        .into_iter()
        .filter(|name| name != "schemaplan_scratch_1_1700000000_00000001")
        .collect();
    assert_eq!(names().await, expected);
    assert!(expected.contains(&young) && expected.contains(&"schemaplan_scratch_old".to_owned()));
    ours.stop().await;
}
