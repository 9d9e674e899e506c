//! The program `bayplan`: all of it is the library's `cli`.

fn main() -> std::process::ExitCode {
    bayplan::cli::main()
}
