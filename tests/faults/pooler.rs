//! pgbouncer in transaction mode in front of the server.

use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::{Duration, Instant};

use super::application::Application;
use super::servers::{Server, free_port};
use super::stage::{Stage, asked, said};

struct Pooler {
    port: u16,
    process: Child,
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn program() -> Option<PathBuf> {
    [
        "/usr/sbin/pgbouncer",
        "/usr/bin/pgbouncer",
        "/usr/local/bin/pgbouncer",
    ]
    .into_iter()
    .map(PathBuf::from)
    .find(|path| path.exists())
}

async fn in_front_of(server: &Server, program: &Path) -> Pooler {
    let port = free_port();
    let settings = format!(
        "[databases]\nshop = host=127.0.0.1 port={}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n\
         auth_type = any\npool_mode = transaction\ndefault_pool_size = 10\nignore_startup_parameters = extra_float_digits\n",
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
    let Some(program) = program() else {
        println!("there is no pgbouncer here: left out");
        return;
    };
    let (_, seed) = asked();
    let stage = Stage::new("").await;
    let pooler = in_front_of(&stage.server, &program).await;
    let through = format!(
        "postgres://postgres@127.0.0.1:{}/shop?sslmode=disable",
        pooler.port
    );
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
    for part in [
        "error[pooler]",
        "direct_url",
        "cannot be in a transaction",
        "account_balance_idx",
    ] {
        assert!(why.contains(part), "{part}: {why}");
    }

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
