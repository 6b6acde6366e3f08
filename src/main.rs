fn main() -> std::process::ExitCode {
    schemaplan::cli::run()
}
