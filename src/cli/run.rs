//! `parcelgate run`: the daemon.

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;

use super::ConfigArgs;
use super::exit::{Exit, Failure};
use crate::app::{self, exit_for_restart};
use crate::config::DaemonSettings;
use crate::telemetry::events::ScreeningPanicked;
use crate::telemetry::{MetricsHandle, init_logging, install_recorder};

pub(super) fn run(arguments: &ConfigArgs) -> Result<Exit, Failure> {
    let settings = DaemonSettings::load(&arguments.files, std::env::vars())?;
    init_logging(settings.log);
    log_panics();
    let metrics = recorder()?;
    let (reload, reloads) = mpsc::channel(1);
    app::run(&settings, &metrics, reloads, async {
        tokio::select! {
            () = asked_to_stop() => {}
            () = hear_reloads(reload) => {}
        }
    })?;
    Ok(Exit::Ok)
}

pub(super) fn recorder() -> Result<MetricsHandle, Failure> {
    install_recorder().map_err(|error| Failure::new(Exit::Internal, error))
}

/// A panic's message may quote what was declared; its place in the program does not.
pub(super) fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let location = panic.location().map(ToString::to_string).unwrap_or_default();
        ScreeningPanicked { location: &location }.emit();
    }));
}

/// Comes back at the first SIGTERM or SIGINT. A second one ends the process at once.
pub(super) async fn asked_to_stop() {
    let (Ok(mut terminate), Ok(mut interrupt)) =
        (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        // Without handlers the signals' own effect remains: they end the process.
        return std::future::pending().await;
    };
    either(&mut terminate, &mut interrupt).await;
    tokio::spawn(async move {
        either(&mut terminate, &mut interrupt).await;
        exit_for_restart();
    });
}

/// Passes on each SIGHUP; never comes back.
async fn hear_reloads(reload: mpsc::Sender<()>) {
    if let Ok(mut hangup) = signal(SignalKind::hangup()) {
        while hangup.recv().await.is_some() && reload.send(()).await.is_ok() {}
    }
    std::future::pending::<()>().await;
}

async fn either(terminate: &mut Signal, interrupt: &mut Signal) {
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}
