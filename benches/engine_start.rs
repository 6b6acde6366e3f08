//! How long the engine takes from nothing to a scratch database, and back: `cargo bench --bench engine_start`.

use std::time::{Duration, Instant};

use schemaplan::engine::{Engine, EngineOptions, SessionSettings};

fn main() {
    // `cargo test --all-targets` runs it without the flag: once, to see that it works.
    let rounds = if std::env::args().any(|argument| argument == "--bench") {
        20
    } else {
        1
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let first = runtime.block_on(round());
    println!("with a fresh cluster, or one that is there:  {}", line(&first));
    let mut rounds: Vec<[Duration; 4]> = (0..rounds).map(|_| runtime.block_on(round())).collect();
    rounds.sort_by_key(|steps| steps[0]);
    println!(
        "median of {:>2} starts on an initialised one:  {}",
        rounds.len(),
        line(&rounds[rounds.len() / 2])
    );
}

fn line(steps: &[Duration; 4]) -> String {
    let names = ["start", "scratch", "close", "stop"];
    let shown: Vec<String> = names
        .iter()
        .zip(steps)
        .map(|(name, time)| format!("{name} {} ms", time.as_millis()))
        .collect();
    shown.join(", ")
}

async fn round() -> [Duration; 4] {
    let mut clock = Instant::now();
    let mut lap = || std::mem::replace(&mut clock, Instant::now()).elapsed();
    let engine = Engine::start(EngineOptions::default()).await.expect("an engine");
    let start = lap();
    let scratch = engine
        .scratch(&SessionSettings::default())
        .await
        .expect("a scratch");
    let open = lap();
    scratch.close().await.expect("a closed scratch");
    let close = lap();
    engine.stop().await;
    [start, open, close, lap()]
}
