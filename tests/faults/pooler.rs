//! pgbouncer in transaction mode in front of the server.

use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::{Duration, Instant};

use super::application::{AFTER, Application};
use super::servers::{Server, free_port};
use super::stage::{Stage, asked, said};

struct Pooler {
    port: u16,
    process: Child,
}

impl Pooler {
    fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/shop?sslmode=disable", self.port)
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn program() -> Option<PathBuf> {
    let named = std::env::var_os("SCHEMAPLAN_PGBOUNCER").map(PathBuf::from);
    let usual = [
        "/usr/sbin/pgbouncer",
        "/usr/bin/pgbouncer",
        "/usr/local/bin/pgbouncer",
    ];
    let mut all = named.into_iter().chain(usual.map(PathBuf::from));
    let found = all.find(|path| path.exists());
    if found.is_none() {
        println!("there is no pgbouncer here: left out");
    }
    found
}

async fn in_front_of(server: &Server, program: &Path, size: u32) -> Pooler {
    let port = free_port();
    let settings = format!(
        "[databases]\nshop = host=127.0.0.1 port={}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n\
         auth_type = any\npool_mode = transaction\ndefault_pool_size = {size}\nignore_startup_parameters = extra_float_digits\n",
        server.port
    );
    let settings = settings.replace("shop = ", "shop = user=postgres ");
    let file = server.file("pgbouncer.ini", &settings);
    let mut command = server.command_of(program);
    let process = command
        .arg(file)
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let began = Instant::now();
    while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
        assert!(
            began.elapsed() < Duration::from_secs(10),
            "the pooler does not start"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Pooler { port, process }
}

#[tokio::test]
async fn runs_go_past_a_pooler_and_are_refused_through_it() {
    let Some(program) = program() else { return };
    let (_, seed) = asked();
    let stage = Stage::new("").await;
    let before = stage.dumped();
    let pooler = in_front_of(&stage.server, &program, 10).await;
    let through = pooler.url();
    let application = Application::start(&through.parse().unwrap(), 3, seed);

    let looked = stage
        .command(&through, "diff --target after.sql")
        .output()
        .unwrap();
    assert_eq!(looked.status.code(), Some(2), "{}", said(&looked));
    let words = "apply --target after.sql --strategy online --phase all --yes --allow tightens";
    let refused = stage.command(&through, words).output().unwrap();
    let why = said(&refused);
    assert_eq!(refused.status.code(), Some(3), "{why}");
    // By name: the index is the only step of the plan that needs a session.
    for part in [
        "error[pooler]",
        "1 step needs a session",
        "direct_url",
        "Create index schemaplan_new_account_balance_idx on public.account concurrently",
        "cannot be in a transaction",
    ] {
        assert!(why.contains(part), "{part}: {why}");
    }
    assert_eq!(stage.dumped(), before, "a refused run has changed something");

    let settings = format!(
        "default_environment: shop\nenvironments:\n  shop: {{url: '{through}', direct_url: '{}'}}\n",
        stage.url()
    );
    stage.write("schemaplan.yaml", &settings);
    for (words, code) in [
        (words, 0),
        ("diff --target after.sql", 0),
        ("status", 0),
        ("rollback --phase all --yes", 0),
        ("diff --target before.sql", 0),
    ] {
        let ran = stage.command_without_url(words).output().unwrap();
        assert_eq!(ran.status.code(), Some(code), "{words}: {}", said(&ran));
    }
    application.judged(&stage.server.client("shop").await).await;
}

/// What the sessions that come behind a run find set.
const SET: &str = "SELECT string_agg(name || ' = ' || setting, ', ' ORDER BY name) FROM pg_settings WHERE name IN ('search_path', \
     'lock_timeout', 'statement_timeout', 'row_security', 'check_function_bodies', 'client_min_messages', \
     'synchronous_commit', 'idle_in_transaction_session_timeout', 'default_transaction_isolation')";

#[tokio::test]
async fn a_plan_of_transactions_passes_through_a_pooler() {
    let Some(program) = program() else { return };
    for size in [1, 2] {
        passes_through(&program, size).await;
    }
}

async fn passes_through(program: &Path, size: u32) {
    let (_, seed) = asked();
    let stage = Stage::new("").await;
    let direct = stage.server.client("shop").await;
    let set_before: String = direct.query_one(SET, &[]).await.unwrap().get(0);
    let without_index = AFTER.lines().filter(|line| !line.contains("account_balance_idx"));
    stage.write("after.sql", &without_index.collect::<Vec<_>>().join("\n"));
    let before = stage.dumped();
    let pooler = in_front_of(&stage.server, program, size).await;
    let through = pooler.url();
    let application = Application::start(&through.parse().unwrap(), 3, seed);

    // Killed while it waits for a lock; a minute later, as far as the lease is concerned, another one takes over.
    let there =
        "apply --target after.sql --strategy online --phase all --yes --batch-time 20ms --allow tightens";
    direct
        .batch_execute("BEGIN; SELECT count(*) FROM account")
        .await
        .unwrap();
    let mut killed = stage.command(&through, there).spawn().unwrap();
    let beside = stage.server.client("shop").await;
    let began = Instant::now();
    let waits = "SELECT FROM schemaplan.attempt WHERE sqlstate = '55P03'";
    while !beside.query(waits, &[]).await.is_ok_and(|rows| !rows.is_empty()) {
        assert!(
            began.elapsed() < Duration::from_secs(120),
            "it never waits for the lock"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    killed.kill().unwrap();
    killed.wait().unwrap();
    direct.batch_execute("COMMIT").await.unwrap();
    let expire = "UPDATE schemaplan.lease SET expires_at = clock_timestamp() WHERE pid IS NULL";
    assert_eq!(direct.execute(expire, &[]).await.unwrap(), 1);

    for (words, code) in [
        ("status", 2),
        (there, 0),
        ("diff --target after.sql", 0),
        ("status", 0),
        ("rollback --phase all --yes --batch-time 20ms", 0),
        ("diff --target before.sql", 0),
    ] {
        let ran = stage.command(&through, words).output().unwrap();
        assert_eq!(
            ran.status.code(),
            Some(code),
            "pool of {size}: {words}: {}",
            said(&ran)
        );
    }
    assert_eq!(stage.leftovers().await, Vec::<String>::new());
    assert_eq!(stage.dumped(), before, "the way back leads elsewhere");
    let booked = application.judged(&direct).await;
    let found = asked_through(&through).await;
    assert_eq!(found, set_before, "a run leaves settings behind");
    println!("a pool of {size}: there and back beside {booked} bookings");
}

/// What a session of the pooler's finds set.
async fn asked_through(url: &str) -> String {
    let config: tokio_postgres::Config = url.parse().unwrap();
    let (client, connection) = config.connect(tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let answers = client.simple_query(SET).await.unwrap();
    let mut rows = answers.iter().filter_map(|answer| match answer {
        tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0),
        _ => None,
    });
    rows.next().unwrap_or_default().to_owned()
}
