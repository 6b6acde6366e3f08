//! Recipes under concurrent writers: old and new code write through all phases and all the way back, and every row is what a
//! model of the writes predicts.
//!
//! `SCHEMAPLAN_LIVE` names a part of a recipe's name, `SCHEMAPLAN_LIVE_SEED`, `SCHEMAPLAN_LIVE_ROWS` and
//! `SCHEMAPLAN_LIVE_MILLISECONDS` (between two phases) lead away from the short run.
#![allow(clippy::unwrap_used)]

mod dialect;
#[path = "../cases/random/dice.rs"]
mod dice;
mod model;
mod recipes;
mod stage;
mod watcher;
mod writer;

use stage::Setup;

#[tokio::test(flavor = "current_thread")]
async fn no_write_fails_and_none_is_lost() {
    let only = std::env::var("SCHEMAPLAN_LIVE").unwrap_or_default();
    let setup = Setup::from_environment();
    println!("seed {}", setup.seed);
    let mut failures = Vec::new();
    for recipe in recipes::all()
        .into_iter()
        .filter(|recipe| recipe.name.contains(&only))
    {
        match stage::play(&setup, &recipe).await {
            Ok(said) => println!("{}: {said}", recipe.name),
            Err(why) => {
                println!("{} FAILED: {why}", recipe.name);
                failures.push(recipe.name);
            }
        }
    }
    assert!(failures.is_empty(), "seed {}: {failures:?}", setup.seed);
}
