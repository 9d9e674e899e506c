//! How long a compilation takes, and how much memory: `cargo bench`.
//!
//! The workload is N three-tier apps, each declared in about 28 lines through one component and turned into 25 objects. Figures of whole
//! processes come first: the release binary, started cold, its output read through a pipe and thrown away; the median of several runs, taken
//! in turn with those of any yardstick. Each program is copied first, as it is when it is installed: what a linker has written lies in the system's
//! memory page by page, and takes a few tenths of a millisecond more to be mapped. Then the time by stage, from the library in this process.
//!
//! Yardsticks are other programs for the same manifests, named by the environment: `BAYPLAN_FLOOR` and `BAYPLAN_MINIJINJA` are commands, split
//! at blanks, in which `{n}` becomes the number of apps. Each prints its manifests on standard output.
//! `BAYPLAN_SIZES` (1 10 100 1000), `BAYPLAN_RUNS` (11) and `BAYPLAN_THREADS` (2) change the run.
#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]

use bayplan::diagnostic::Diagnostics;
use bayplan::workers::Workers;
use bayplan::world::MemoryWorld;
use bayplan::{assets, check, emit, output, plan, prove, syntax};
use std::fmt::Write as _;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sizes: Vec<usize> = setting("BAYPLAN_SIZES", "1 10 100 1000").split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
    let runs: usize = setting("BAYPLAN_RUNS", "11").parse()?;
    let threads: usize = setting("BAYPLAN_THREADS", "2").parse()?;
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("compile");
    let yardsticks: Vec<(&str, String)> = [("floor", "BAYPLAN_FLOOR"), ("minijinja", "BAYPLAN_MINIJINJA")]
        .into_iter()
        .filter_map(|(name, variable)| Some((name, std::env::var(variable).ok()?)))
        .collect();

    println!("whole process, cold, {threads} threads, median of {runs} runs taken in turn (user, system, wall in ms; peak in MiB)");
    println!("{:<22} {:>5} {:>9} {:>9} {:>9} {:>8} {:>12}  times the floor's", "", "N", "user", "system", "wall", "peak", "bytes");
    let mut walls = Vec::new();
    for &n in &sizes {
        let good = file(&folder.join(n.to_string()), &program(n, 0))?;
        let mut commands = vec![("bayplan build".to_owned(), bayplan("build", &good, threads))];
        if n == 1000 {
            let wrong = file(&folder.join("wrong"), &program(n, 3))?;
            commands.push(("check, three errors".to_owned(), bayplan("check", &wrong, threads)));
        }
        commands.extend(yardsticks.iter().map(|(name, line)| ((*name).to_owned(), split(line, n))));
        let mut measured: Vec<Vec<Run>> = vec![Vec::new(); commands.len()];
        // One more that is not counted: the first brings files into the page cache.
        for round in 0..=runs {
            for ((_, command), all) in commands.iter().zip(&mut measured) {
                let run = once(command)?;
                if round > 0 {
                    all.push(run);
                }
            }
        }
        let medians: Vec<Run> = measured.iter().map(|all| median(all)).collect();
        let floor = commands.iter().position(|(name, _)| name == "floor").and_then(|i| medians.get(i)).map(|m| m.wall);
        for ((name, _), m) in commands.iter().zip(&medians) {
            let ratio = floor.map_or(String::new(), |floor| format!("{:.2}", m.wall.as_secs_f64() / floor.as_secs_f64()));
            let peak = m.peak as f64 / 1024.0;
            println!(
                "{name:<22} {n:>5} {:>9.1} {:>9.1} {:>9.1} {peak:>8.1} {:>12}  {ratio}",
                ms(m.user),
                ms(m.system),
                ms(m.wall),
                m.bytes
            );
        }
        walls.extend(medians.first().map(|m| (n, m.wall)));
    }
    for pair in walls.windows(2) {
        if let [(a, x), (b, y)] = pair {
            let exponent = (y.as_secs_f64() / x.as_secs_f64()).ln() / (*b as f64 / *a as f64).ln();
            println!("growth from N = {a} to {b}: exponent {exponent:.2}");
        }
    }
    errors_are_shown(&folder, threads)?;

    println!("\nby stage, ms, median of {runs} compilations in one process");
    println!("{:>5} {}", "N", STAGES.iter().fold(String::new(), |all, stage| format!("{all} {stage:>8}")));
    for &n in &sizes {
        let text = program(n, 0);
        let all: Vec<[Duration; STAGES.len()]> = (0..runs).map(|_| stages(&text, threads)).collect::<Result<_, _>>()?;
        let columns = (0..STAGES.len()).map(|i| middle(all.iter().filter_map(|times| times.get(i)).copied().collect()));
        println!("{n:>5} {}", columns.fold(String::new(), |line, time| format!("{line} {:>8.2}", ms(time))));
    }
    Ok(())
}

const STAGES: [&str; 7] = ["load", "parse", "check", "plan", "emit", "prove", "write"];

/// One compilation, stage by stage, as `bayplan::compile` goes through them.
fn stages(text: &str, threads: usize) -> io::Result<[Duration; STAGES.len()]> {
    let workers = &Workers::new(threads);
    let world = MemoryWorld::new([("apps.bay", text)]);
    let mut said = Diagnostics::default();
    let mut clock = Clock(Instant::now());
    let loaded = syntax::load::load(&world, &["apps.bay".to_owned()], &mut said);
    let load = clock.lap();
    let units = syntax::parse_all(&loaded, workers, &mut said);
    let parse = clock.lap();
    let program = check::check(units, workers, &mut said);
    let checked = clock.lap();
    let assets = assets::load(&world, &program, &loaded.sources, &mut said);
    let inputs = plan::inputs::read(&world, &program, &[], None, &mut said);
    let sources = &loaded.sources;
    let setting = plan::Setting { environment: None, kubernetes: None, inputs: &inputs, assets: &assets, sources, workers };
    let mut planned = plan::plan(&program, &setting, &mut said);
    drop(program);
    plan::refuse_collisions(&mut planned, sources, &mut said);
    let plan = clock.lap();
    let emitted = emit::emit_last(&mut planned.plan, workers);
    let emit = clock.lap();
    let order = OnceLock::new();
    prove::prove(&planned, &emitted.bundle, sources, workers, &|| drop(order.set(emitted.order())), &mut said);
    let bundle = emitted.ordered(order.into_inner().unwrap_or_default());
    let prove = clock.lap();
    output::write_on(workers, &bundle, output::Format::Yaml, &mut io::sink())?;
    let write = clock.lap();
    if !said.is_ok() {
        return Err(io::Error::other("the workload has errors"));
    }
    Ok([load, parse, checked, plan, emit, prove, write])
}

struct Clock(Instant);

impl Clock {
    fn lap(&mut self) -> Duration {
        let now = Instant::now();
        now - std::mem::replace(&mut self.0, now)
    }
}

/// `check` of a thousand apps with three mistakes must show all three.
fn errors_are_shown(folder: &Path, threads: usize) -> Result<(), Box<dyn std::error::Error>> {
    let wrong = file(&folder.join("wrong"), &program(1000, 3))?;
    let (name, arguments) = bayplan("check", &wrong, threads);
    let output = Command::new(name).args(arguments).output()?;
    let text = String::from_utf8_lossy(&output.stderr);
    let shown = text.lines().filter(|line| line.starts_with("error[")).count();
    println!("check with three type errors shows {shown}");
    if shown == 3 { Ok(()) } else { Err(format!("three errors were expected:\n{text}").into()) }
}

/// What one process took.
#[derive(Clone, Copy, Default)]
struct Run {
    user: Duration,
    system: Duration,
    wall: Duration,
    /// KiB.
    peak: u64,
    bytes: u64,
}

type Line = (PathBuf, Vec<String>);

/// A copy of a program; itself where it is found by its name, or not at all.
fn installed(program: &Path) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("installed");
    let copy = folder.join(program.file_name().unwrap_or_default());
    let copied = std::fs::create_dir_all(&folder).and_then(|()| std::fs::copy(program, &copy));
    if copied.is_ok() { copy } else { program.to_owned() }
}

fn bayplan(verb: &str, folder: &Path, threads: usize) -> Line {
    let arguments = [verb, "--threads", &threads.to_string(), &folder.to_string_lossy()].map(str::to_owned);
    (installed(Path::new(env!("CARGO_BIN_EXE_bayplan"))), arguments.into())
}

fn split(line: &str, n: usize) -> Line {
    let mut words = line.split_whitespace().map(|word| word.replace("{n}", &n.to_string()));
    (installed(Path::new(&words.next().unwrap_or_default())), words.collect())
}

/// Runs a process to its end, and then once more under GNU time, where there is one, for what the kernel counted: that takes a millisecond itself, as
/// long as the smallest of these. Without it only the wall clock is known.
fn once((program, arguments): &Line) -> io::Result<Run> {
    const TIME: &str = "/usr/bin/time";
    let mut run = Run::default();
    let start = Instant::now();
    let mut child = Command::new(program).args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    if let Some(mut stream) = child.stdout.take() {
        let mut buffer = vec![0; 1 << 16];
        loop {
            match stream.read(&mut buffer)? {
                0 => break,
                read => run.bytes += read as u64,
            }
        }
    }
    child.wait()?;
    run.wall = start.elapsed();
    if Path::new(TIME).exists() {
        let output = Command::new(TIME).args(["-f", "\n%U %S %M"]).arg(program).args(arguments).output()?;
        let text = String::from_utf8_lossy(&output.stderr);
        let numbers: Vec<f64> = text.lines().last().unwrap_or("").split(' ').filter_map(|word| word.parse().ok()).collect();
        if let [user, system, peak] = numbers.as_slice() {
            (run.user, run.system, run.peak) = (Duration::from_secs_f64(*user), Duration::from_secs_f64(*system), *peak as u64);
        }
    }
    Ok(run)
}

/// The median of each figure by itself.
fn median(runs: &[Run]) -> Run {
    let of = |figure: fn(&Run) -> Duration| middle(runs.iter().map(figure).collect());
    Run {
        user: of(|r| r.user),
        system: of(|r| r.system),
        wall: of(|r| r.wall),
        peak: runs.iter().map(|r| r.peak).max().unwrap_or(0),
        bytes: runs.first().map_or(0, |r| r.bytes),
    }
}

fn middle(mut all: Vec<Duration>) -> Duration {
    all.sort_unstable();
    all.get(all.len() / 2).copied().unwrap_or_default()
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn setting(name: &str, default: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| default.to_owned())
}

/// Writes a program into a folder of its own.
fn file(folder: &Path, text: &str) -> io::Result<PathBuf> {
    std::fs::create_dir_all(folder)?;
    std::fs::write(folder.join("apps.bay"), text)?;
    Ok(folder.to_owned())
}

/// N apps, no two alike; in `wrong` of them, spread from the first to the last, a number of replicas is a text.
fn program(n: usize, wrong: usize) -> String {
    let mut text = COMPONENT.to_owned();
    for i in 1..=n {
        let broken = (1..=wrong).any(|w| i == (n * w).div_ceil(wrong));
        let (name, set, level) = (format!("app-{i:04}"), i % 5, ["info", "debug"].get(i % 2).unwrap_or(&""));
        let registry = format!("registry.example.com/{name}");
        let replicas = if broken { "\"three\"".to_owned() } else { format!("{}..{}", 2 + i % 3, 10 + i % 3) };
        let (front, back, memory) = (100 + 50 * (i % 3), 250 + 50 * (i % 3), 256 + 64 * (i % 2));
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            r#"
namespace {name} {{
  quota {{ cpu = 20..40, memory = 20Gi..40Gi, pods = 40 }}
  default {{ cpu = 100m..500m, memory = 128Mi..512Mi }}
}}
app {name} = three-tier(team = "team-{team}", host = "{name}.example.com") {{
  tier frontend {{
    image = "{registry}/frontend:1.{version}.0"
    replicas = {replicas}
    cpu = {front}m..{front_limit}m
    memory = 128Mi..256Mi
  }}
  tier backend {{
    image = "{registry}/backend:2.{version}.1"
    replicas = {least}..{most}
    cpu = {back}m..{back_limit}m
    memory = {memory}Mi..{memory_limit}Mi
    env FEATURE_FLAGS = "set-{set}"
    env LOG_LEVEL = "{level}"
  }}
  tier database {{
    image = "{registry}/postgres:16.{minor}"
    cpu = 500m..1000m
    memory = 1024Mi..2048Mi
    volume data = claim("/var/lib/postgresql/data", size = {size}Gi, class = "standard")
  }}
}}
"#,
            team = i % 7,
            version = i % 10,
            front_limit = 2 * front,
            least = 3 + i % 2,
            most = 12 + i % 2,
            back_limit = 2 * back,
            memory_limit = 2 * memory,
            minor = i % 4,
            size = 10 + 10 * (i % 5),
        );
    }
    text
}

const COMPONENT: &str = r#"target { kubernetes = 1.34, ingress = istio, monitoring = prometheus-operator }

/// A web front, an API and a database, with their network, autoscalers and disruption budgets.
component three-tier(team: String, host: Host) -> app {
  owner  = team
  prefix = "${self.name}-"
  labels = { team = team }

  tier frontend {
    port http = 8080
    health = http("/healthz")
    env APP_NAME    = self.name
    env TIER        = "frontend"
    env POD_IP      = pod.ip
    env BACKEND_URL = backend.http.url
    expose "${host}" {}
    scale { cpu = 70%, memory = 80%, down { window = 5m, at-most = 20% per 60s } }
  }
  tier backend {
    port http = 9090
    health = http("/healthz")
    env APP_NAME    = self.name
    env TIER        = "backend"
    env POD_IP      = pod.ip
    monitor {}
    env DB_HOST     = database.host
    env DB_PORT     = "${database.postgres.number}"
    env DB_PASSWORD = secret("db", "password")
    scale { cpu = 70%, memory = 80%, down { window = 5m, at-most = 20% per 60s } }
  }
  tier database {
    port postgres = 5432
    replicas = 3
    health = tcp()
    grace  = 60s
    env APP_NAME = self.name
    env TIER     = "database"
    env POD_IP   = pod.ip
    env PGDATA   = "/var/lib/postgresql/data/pgdata"
  }
}
"#;
