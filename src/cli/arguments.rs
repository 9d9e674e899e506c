//! Verbs and flags. This one definition gives the parser, the help, the completions and the man page.

use clap::builder::NonEmptyStringValueParser;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use std::ffi::OsString;

const EXIT_CODES: &str = "Exit codes:
  0    done
  1    the program has errors
  2    wrong use, or a file that this machine does not let us use
  5    stopped by a safety rule; nothing was written
  130  interrupted";

/// Compiles a description of an application into its whole, proven Kubernetes manifests.
#[derive(Parser, Debug)]
#[command(name = "bayplan", version, after_help = EXIT_CODES, disable_help_subcommand = true)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub verb: Verb,
}

#[derive(Args, Debug)]
#[command(next_help_heading = "Messages")]
pub struct Global {
    /// How messages are written to standard error
    #[arg(long, global = true, value_enum, default_value_t = Messages::Human, value_name = "FORM")]
    pub diagnostics: Messages,
    /// When messages have colours; `auto` is a terminal without NO_COLOR
    #[arg(long, global = true, value_enum, default_value_t = Colour::Auto, value_name = "WHEN")]
    pub color: Colour,
    /// Say nothing but errors
    #[arg(long, short, global = true)]
    pub quiet: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum, Debug)]
pub enum Messages {
    /// Excerpts of the program with marks, reasons and fixes
    Human,
    /// One JSON object a line
    Json,
    /// One SARIF 2.1.0 document
    Sarif,
    /// Annotations of GitHub Actions
    Github,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum, Debug)]
pub enum Colour {
    Auto,
    Always,
    Never,
}

#[derive(Subcommand, Debug)]
pub enum Verb {
    /// Print the manifests of a program, or write them to a folder
    #[command(after_help = "Examples:
  bayplan build examples/shop | kubectl apply -f -
  bayplan build --env staging --set version=1.21.3 --out manifests")]
    Build(Build),
    /// Check a program in all its environments, and print nothing but messages
    #[command(after_help = "Example:
  bayplan check examples/shop --diagnostics github")]
    Check(Check),
    /// Foretell a rollout: shares, pods and quota over time, and when a person is waited for
    #[command(after_help = "Examples:
  bayplan timeline examples/cases/canary.bay
  bayplan timeline --tier shop.frontend --svg rollout.svg")]
    Timeline(Timeline),
    /// Explain a code of a message; without one, list all
    #[command(after_help = "Example:
  bayplan explain E0203")]
    Explain(Explain),
    /// Start a project in a new or empty folder
    #[command(after_help = "Example:
  bayplan new hello && bayplan build hello")]
    New(New),
    /// Print the reference of all blocks and attributes, in Markdown
    #[command(after_help = "Example:
  bayplan docs > reference.md")]
    Docs(Docs),
    /// Print the completions for a shell
    #[command(after_help = "Example:
  bayplan completions bash > ~/.local/share/bash-completion/completions/bayplan")]
    Completions(Completions),
    /// Print the manual page of the program or of one verb
    #[command(after_help = "Example:
  bayplan man build > bayplan-build.1")]
    Man(Man),
}

/// What makes a program: its files, its inputs and the cluster it is for.
#[derive(Args, Debug)]
pub struct Program {
    /// Files, or folders whose `.bay` files are meant; together they are one program. `-` is standard input
    #[arg(default_value = ".", value_name = "PATHS", value_parser = NonEmptyStringValueParser::new())]
    pub paths: Vec<String>,
    /// Value of an `input` of the program, once per input
    #[arg(long, value_name = "NAME=VALUE", value_parser = setting)]
    pub set: Vec<(String, String)>,
    /// YAML file of inputs; `--set` goes before it
    #[arg(long, value_name = "FILE", value_parser = NonEmptyStringValueParser::new())]
    pub inputs: Option<String>,
    /// Minor version of Kubernetes, such as 1.34, in place of `target.kubernetes`
    #[arg(long, value_name = "MINOR", value_parser = minor)]
    pub kubernetes: Option<String>,
    /// Threads to use; as many as there are processors, eight at most, if not said
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
}

#[derive(Args, Debug)]
pub struct Build {
    #[command(flatten)]
    pub program: Program,
    /// Environment to build; without one, the program itself
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub env: Option<String>,
    /// What goes to standard output; with `--out`, `json` is a report of what was written
    #[arg(long, value_enum, default_value_t = Output::Yaml, value_name = "FORM")]
    pub format: Output,
    /// Print this file of the cluster, `kubeadm-config.yaml` for one, in place of the objects
    #[arg(long, conflicts_with = "out", value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub file: Option<String>,
    /// Write one file per object below this folder, and delete those of removed objects
    #[arg(long, value_name = "DIR", value_parser = NonEmptyStringValueParser::new())]
    pub out: Option<String>,
    /// Overwrite and delete in DIR even what was changed by hand
    #[arg(long, requires = "out")]
    pub force: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum, Debug)]
pub enum Output {
    /// A stream of documents for kubectl
    Yaml,
    /// One object a line
    Json,
    /// Who may talk to whom
    Connections,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum, Debug)]
pub enum Format {
    /// For people
    Text,
    /// For programs
    Json,
}

/// `--format` of the verbs that print no manifests.
#[derive(Args, Debug)]
pub struct Form {
    /// What goes to standard output
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORM")]
    pub format: Format,
}

impl Form {
    pub fn is_json(&self) -> bool {
        self.format == Format::Json
    }
}

#[derive(Args, Debug)]
pub struct Check {
    #[command(flatten)]
    pub program: Program,
    #[command(flatten)]
    pub form: Form,
}

#[derive(Args, Debug)]
pub struct Timeline {
    #[command(flatten)]
    pub program: Program,
    /// Environment that is meant; without one, the program itself
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub env: Option<String>,
    /// Tier that is meant, as APP.TIER or TIER, once per tier; without one, those that are rolled out in steps, or else all
    #[arg(long, value_name = "TIER", value_parser = NonEmptyStringValueParser::new())]
    pub tier: Vec<String>,
    /// Replicas that an autoscaler has chosen; without it, its least
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(1..=10_000))]
    pub replicas: Option<i64>,
    /// Write the picture to this file too
    #[arg(long, value_name = "FILE", value_parser = NonEmptyStringValueParser::new())]
    pub svg: Option<String>,
    #[command(flatten)]
    pub form: Form,
}

#[derive(Args, Debug)]
pub struct Explain {
    /// The code, such as E0203
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub code: Option<String>,
    #[command(flatten)]
    pub form: Form,
}

#[derive(Args, Debug)]
pub struct New {
    /// The folder; it is made if it does not exist
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub dir: String,
    #[command(flatten)]
    pub form: Form,
}

#[derive(Args, Debug)]
pub struct Docs {
    #[command(flatten)]
    pub form: Form,
}

#[derive(Args, Debug)]
pub struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
    #[command(flatten)]
    pub form: Form,
}

#[derive(Args, Debug)]
pub struct Man {
    /// The verb; without one, the page of the program
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub verb: Option<String>,
    #[command(flatten)]
    pub form: Form,
}

/// What the parser cannot say by itself: nothing may be given twice.
pub fn checked(cli: Cli, arguments: &[OsString]) -> Result<Cli, clap::Error> {
    let program = match &cli.verb {
        Verb::Build(build) => Some(&build.program),
        Verb::Check(check) => Some(&check.program),
        _ => None,
    };
    let wrong = |kind, text: String| Cli::command().error(kind, text);
    if let Some(program) = program {
        for (i, (name, _)) in program.set.iter().enumerate() {
            if program.set.iter().take(i).any(|(other, _)| other == name) {
                return Err(wrong(ErrorKind::ArgumentConflict, format!("--set gives '{name}' twice")));
            }
        }
        let stdin = program.paths.iter().chain(&program.inputs).filter(|p| *p == crate::world::STDIN).count();
        if stdin > 1 {
            return Err(wrong(ErrorKind::ArgumentConflict, "standard input ('-') can be read only once".to_owned()));
        }
    }
    // The parser lets a flag stand both before and after the verb.
    let before_operands = arguments.iter().skip(1).take_while(|a| *a != "--");
    let flags = before_operands.filter_map(|a| Some(a.to_str()?.split('=').next().unwrap_or("")));
    let mut seen = Vec::new();
    for flag in flags.map(|f| if f == "-q" { "--quiet" } else { f }) {
        if ["--quiet", "--color", "--diagnostics"].contains(&flag) {
            if seen.contains(&flag) {
                let mut error = clap::Error::new(ErrorKind::ArgumentConflict).with_cmd(&Cli::command());
                let name = ContextValue::String(flag.to_owned());
                error.insert(ContextKind::InvalidArg, name.clone());
                error.insert(ContextKind::PriorArg, name);
                return Err(error);
            }
            seen.push(flag);
        }
    }
    Ok(cli)
}

fn setting(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write it as name=value".to_owned()),
    }
}

fn minor(text: &str) -> Result<String, String> {
    let number = |part: &str| !part.is_empty() && part.len() <= 3 && part.bytes().all(|b| b.is_ascii_digit());
    match text.split_once('.') {
        Some((major, minor)) if number(major) && number(minor) => Ok(text.to_owned()),
        _ => Err("write a minor version, such as 1.34".to_owned()),
    }
}
