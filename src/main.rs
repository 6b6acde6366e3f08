//! The `schemaplan` command.

fn main() -> std::process::ExitCode {
    schemaplan::cli::run()
}
