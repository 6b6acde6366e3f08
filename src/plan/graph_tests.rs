use super::graph::order;
use crate::change::{Context, Policy};
use crate::model::{Catalog, Kind, ObjectId, QualifiedName};
use crate::step::{Action, DoneWhen, Fact, Phase, Step, Undo, Verdict};

fn table(name: &str) -> ObjectId {
    ObjectId::named(Kind::Table, &QualifiedName::new("public", name))
}

fn step(name: &str, gives: &[&str], needs: &[&str]) -> Step {
    let mut step = Step::new(
        table(name),
        "create_object",
        Phase::Expand,
        format!("Create {name}"),
        Action::Statements(Vec::new()),
        Undo::Nothing,
        DoneWhen::Repeatable,
    );
    step.gives = gives.iter().map(|name| Fact::Exists(table(name))).collect();
    step.needs = needs.iter().map(|name| Fact::Exists(table(name))).collect();
    step
}

fn ordered(steps: Vec<Step>) -> (Vec<String>, Vec<String>) {
    let (from, to, policy) = (Catalog::default(), Catalog::default(), Policy::default());
    let users = crate::change::around::Users::of(&from);
    let context = Context {
        from: &from,
        to: &to,
        policy: &policy,
        seed: "seed",
        users: &users,
        renamings: &[],
        drops_first: false,
    };
    let ordered = order(&context, steps.into_iter().map(|step| vec![step]).collect());
    assert!(
        ordered
            .loops
            .iter()
            .all(|hazard| hazard.verdict == Verdict::Refuse)
    );
    (
        ordered.steps.into_iter().map(|each| each.step.title).collect(),
        ordered.loops.into_iter().map(|hazard| hazard.message).collect(),
    )
}

#[test]
fn who_needs_comes_behind_who_gives() {
    let (titles, loops) = ordered(vec![
        step("a", &["a"], &["b"]),
        step("b", &["b"], &["c"]),
        step("c", &["c"], &[]),
    ]);
    assert_eq!(titles, ["Create c", "Create b", "Create a"]);
    assert!(loops.is_empty());
}

#[test]
fn a_loop_is_said_and_every_step_is_still_there() {
    let (titles, loops) = ordered(vec![
        step("a", &["a"], &["b"]),
        step("b", &["b"], &["c"]),
        step("c", &["c"], &["a"]),
        step("d", &["d"], &["c"]),
    ]);
    assert_eq!(titles.len(), 4);
    assert_eq!(
        loops,
        [
            "these steps wait for each other: `Create a`, before `Create c`, before `Create b`, before `Create a`"
        ]
    );
}

#[test]
fn each_loop_is_said_by_itself() {
    let (titles, loops) = ordered(vec![
        step("a", &["a"], &["b"]),
        step("b", &["b"], &["a"]),
        step("c", &["c"], &["d"]),
        step("d", &["d"], &["c"]),
    ]);
    assert_eq!((titles.len(), loops.len()), (4, 2));
}
