//! The plans of `examples/`, from files to files: no database is asked, so every table counts as large.

use super::stage::Stage;
use schemaplan::output::svg;
use std::path::Path;

fn copy(from: &Path, to: &Path) {
    for entry in walkdir::WalkDir::new(from)
        .into_iter()
        .flatten()
        .filter(|entry| entry.file_type().is_file())
    {
        let target = to.join(entry.path().strip_prefix(from).unwrap());
        std::fs::create_dir_all(target.parent().unwrap()).unwrap();
        std::fs::copy(entry.path(), target).unwrap();
    }
}

/// The shop in `before/`, the shop with the example's files in `schema/`.
fn stage(example: &str) -> Stage {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let stage = Stage::new();
    copy(&root.join("schema"), &stage.path("before"));
    copy(&root.join("schema"), &stage.path("schema"));
    copy(
        &root.join("examples").join(example).join("schema"),
        &stage.path("schema"),
    );
    stage
}

fn plan_of(example: &str) {
    let mut stage = stage(example);
    stage
        .run("diff --from before")
        .run("plan --from before")
        .matches(&format!("example-{example}"));
}

#[test]
fn grow_the_shop() {
    plan_of("01-grow-the-shop");
}

#[test]
fn count_further() {
    plan_of("02-count-further");
}

#[test]
fn tighten_the_rules() {
    plan_of("03-tighten-the-rules");
}

#[test]
fn written_in_yaml() {
    plan_of("04-written-in-yaml");
}

#[test]
fn call_it_otherwise() {
    plan_of("05-call-it-otherwise");
}

#[test]
fn a_wider_key() {
    plan_of("06-a-wider-key");
}

#[test]
fn the_next_year() {
    plan_of("07-the-next-year");
}

#[test]
fn hide_the_hidden() {
    plan_of("08-hide-the-hidden");
}

#[test]
fn a_token_for_each_order() {
    plan_of("09-a-token-for-each-order");
}

#[test]
fn half_stars() {
    plan_of("10-half-stars");
}

#[test]
fn one_code_in_each_country() {
    plan_of("11-one-code-in-each-country");
}

#[test]
fn no_more_coupons() {
    plan_of("12-no-more-coupons");
}

#[test]
fn a_partition_for_each_year() {
    plan_of("13-a-partition-for-each-year");
}

#[test]
fn a_table_for_contacts() {
    plan_of("14-a-table-for-contacts");
}

#[test]
fn a_total_in_each_line() {
    plan_of("15-a-total-in-each-line");
}

#[test]
fn sent_not_shipped() {
    plan_of("16-sent-not-shipped");
}

/// What `PLAN.md` and `plan.yaml` say about application code.
fn which_code_may_run_when(example: &str) {
    let mut stage = stage(example);
    stage.run("plan --from before --out out --id 1 --name code");
    let read = |name: &str| std::fs::read_to_string(stage.path("out/1_code").join(name)).unwrap();
    let report = read("PLAN.md");
    let (_, section) = report.split_once("## Which code may run when\n").unwrap();
    let section = section.split("\n## ").next().unwrap().trim().to_owned();
    assert!(read("plan.yaml").contains("\napplication:\n"));
    stage.add(&section);
    stage.matches(&format!("code-{example}"));
}

#[test]
fn code_while_columns_are_renamed_filled_and_dropped() {
    which_code_may_run_when("01-grow-the-shop");
}

#[test]
fn code_while_rules_are_tightened() {
    which_code_may_run_when("03-tighten-the-rules");
}

#[test]
fn code_while_a_table_bears_two_names() {
    which_code_may_run_when("05-call-it-otherwise");
}

#[test]
fn code_while_a_key_widens() {
    which_code_may_run_when("06-a-wider-key");
}

#[test]
fn code_while_tables_go() {
    which_code_may_run_when("12-no-more-coupons");
}

#[test]
fn code_while_a_table_becomes_partitioned() {
    which_code_may_run_when("13-a-partition-for-each-year");
}

#[test]
fn code_while_columns_go_to_a_table_of_their_own() {
    which_code_may_run_when("14-a-table-for-contacts");
}

#[test]
fn code_while_a_label_gets_another_name() {
    which_code_may_run_when("16-sent-not-shipped");
}

/// The picture of the README; `INSTA_UPDATE=always` draws it anew.
#[test]
fn the_picture_shows_what_the_program_prints() {
    let output = stage("01-grow-the-shop")
        .command(&["plan", "--from", "before", "--color", "always"])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    // The hazards below the steps would make the picture too tall to read.
    let steps = text.split("\u{1b}[1m\u{1b}[33mwarning").next().unwrap();
    let mut drawn = svg::terminal("schemaplan plan", steps);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots/plan.svg");
    if std::env::var("INSTA_UPDATE").as_deref() == Ok("always") {
        std::fs::write(&path, &drawn).unwrap();
    }
    // The head names the plan and the server's version, which are this machine's.
    let mut there = std::fs::read_to_string(&path).unwrap();
    for picture in [&mut there, &mut drawn] {
        let kept: Vec<&str> = picture
            .lines()
            .filter(|line| !line.contains("PostgreSQL"))
            .collect();
        *picture = kept.join("\n");
    }
    assert_eq!(there, drawn, "snapshots/plan.svg is not what `plan` prints");
}
