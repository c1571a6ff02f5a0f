//! `parcelgate demo`: the whole daemon, unmodified, on an in-process broker with generated parcels.

mod screen;
mod traffic;

use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use clap::Args;

use super::exit::{Exit, Failure};
use super::run::{asked_to_stop, log_panics, recorder};
use crate::app;
use crate::config::DaemonSettings;
use crate::kafka::InProcessBroker;
use crate::pipeline::Stop;
use crate::sample;
use crate::telemetry::init_logging;
use screen::Screen;
use traffic::Traffic;

/// Enough partitions that every worker has some.
const PARTITIONS: i32 = 8;
/// How often the screen is drawn, and plain lines are printed.
const REDRAW_INTERVAL: Duration = Duration::from_millis(500);
const PLAIN_INTERVAL: Duration = Duration::from_secs(2);

/// What an in-process broker cannot promise.
const CAVEAT: &str = "\
The broker of this demo lives inside the process: it keeps nothing on disk, drops the
offsets of transactions and shows aborted records. What parcelgate promises, each parcel
decided exactly once, needs a real Kafka: see `make kafka`.";

#[derive(Debug, Args)]
pub(super) struct DemoArgs {
    /// End after so many seconds; without it at Ctrl-C
    #[arg(long, value_name = "N")]
    seconds: Option<u64>,
    /// Parcels per second
    #[arg(long, value_name = "R", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    rate: u32,
    /// The same seed gives the same parcels
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Threads that screen
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=8))]
    workers: u32,
}

pub(super) fn run(arguments: &DemoArgs) -> Result<Exit, Failure> {
    let folder = tempfile::tempdir().map_err(|error| Failure::io("temporary folder", &error))?;
    let register = folder.path().join("recordals.ndjson");
    std::fs::write(&register, sample::RECORDALS)
        .map_err(|error| Failure::io(register.display(), &error))?;
    let broker = start_broker()?;
    let settings = settings(arguments, &broker, &register.display().to_string())?;
    init_logging(settings.log);
    log_panics();
    let metrics = recorder()?;

    introduce(arguments, &settings);
    let stop = Stop::default();
    let traffic = Arc::new(Mutex::new(Traffic::default()));
    let helpers = [
        spawn(
            "generator",
            traffic::send(&settings, arguments.seed, arguments.rate, &traffic, &stop)?,
        )?,
        spawn("reader", traffic::watch(&settings, &traffic, &stop)?)?,
        spawn("screen", draw(Arc::clone(&traffic), stop.clone()))?,
    ];
    // Nothing of the demo can be reloaded.
    let (_reload, reloads) = tokio::sync::mpsc::channel(1);
    let ended = app::run(&settings, &metrics, reloads, stop_after(arguments.seconds));
    stop.request();
    for helper in helpers {
        helper
            .join()
            .map_err(|_| Failure::new(Exit::Internal, "a thread of the demo failed"))??;
    }
    ended?;
    if let Ok(traffic) = traffic.lock() {
        screen::summary(&traffic);
    }
    println!("\n{CAVEAT}");
    Ok(Exit::Ok)
}

fn start_broker() -> Result<InProcessBroker, Failure> {
    let topics = DaemonSettings::load(&[], std::iter::empty())?.topics;
    let names = [&topics.declarations, &topics.decisions, &topics.dead_letters];
    InProcessBroker::start(&names.map(String::as_str), PARTITIONS)
        .map_err(|error| Failure::new(Exit::Internal, format!("in-process broker: {error}")))
}

/// The default settings but for what the demo has to change.
fn settings(
    arguments: &DemoArgs,
    broker: &InProcessBroker,
    register: &str,
) -> Result<DaemonSettings, Failure> {
    let changes = [
        ("HUB__NAME", "demo".to_owned()),
        ("KAFKA__BOOTSTRAP_SERVERS", broker.bootstrap_servers()),
        ("KAFKA__WORKERS", arguments.workers.to_string()),
        ("REFERENCE__REGISTER", format!("file:{register}")),
        ("ADMIN__LISTEN", free_admin_address().to_string()),
        ("LOG__LEVEL", "error".to_owned()),
    ];
    let variables = changes.into_iter().map(|(key, value)| (format!("PARCELGATE__{key}"), value));
    Ok(DaemonSettings::load(&[], variables)?)
}

/// The usual address where it is free, else one that the system chooses.
fn free_admin_address() -> SocketAddr {
    let usual = SocketAddr::from(([127, 0, 0, 1], 9464));
    let free = |address| TcpListener::bind(address).and_then(|listener| listener.local_addr());
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    free(usual).or_else(|_| free(any)).unwrap_or(usual)
}

fn introduce(arguments: &DemoArgs, settings: &DaemonSettings) {
    println!(
        "parcelgate demo: {} generated parcels a second, an in-process broker",
        arguments.rate
    );
    println!("status page: http://{}/", settings.admin_listen);
    match arguments.seconds {
        Some(seconds) => println!("ends after {seconds} s, or at Ctrl-C\n"),
        None => println!("ends at Ctrl-C\n"),
    }
}

type Helper = thread::JoinHandle<Result<(), Failure>>;

fn spawn(
    name: &str,
    work: impl FnOnce() -> Result<(), Failure> + Send + 'static,
) -> Result<Helper, Failure> {
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(work)
        .map_err(|error| Failure::io("start a thread", &error))
}

async fn stop_after(seconds: Option<u64>) {
    let time_is_up = async {
        match seconds {
            Some(seconds) => tokio::time::sleep(Duration::from_secs(seconds)).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = asked_to_stop() => {}
        () = time_is_up => {}
    }
}

fn draw(
    traffic: Arc<Mutex<Traffic>>,
    stop: Stop,
) -> impl FnOnce() -> Result<(), Failure> + Send + 'static {
    move || {
        let mut screen = Screen::new();
        let interval = if screen.is_live() { REDRAW_INTERVAL } else { PLAIN_INTERVAL };
        let mut next = Instant::now() + interval;
        while !stop.requested() {
            thread::sleep(Duration::from_millis(50));
            if Instant::now() >= next {
                next += interval;
                if let Ok(mut traffic) = traffic.lock() {
                    screen.draw(&mut traffic, interval);
                }
            }
        }
        Ok(())
    }
}
