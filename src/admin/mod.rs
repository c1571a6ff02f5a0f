//! The admin listener: the status page, `/livez`, `/readyz`, `/metrics`. Nothing on it changes anything.

mod page;
mod server;
mod status;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

use crate::telemetry::MetricsHandle;
use server::Patience;

pub use status::{
    Board, FeedOrigin, FeedSituation, Situation, Status, WorkerSituation, WorkerState,
};

/// What the endpoints ask of the daemon.
pub trait Health: Send + Sync + 'static {
    /// Whether the processing loops come round; never whether brokers answer.
    fn alive(&self) -> bool;

    /// The conditions of readiness.
    fn readiness(&self) -> Vec<Condition>;
}

/// One condition of readiness.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Condition {
    pub check: &'static str,
    pub ok: bool,
    /// Why it holds or does not.
    pub reason: String,
}

/// The last status, written out once however many look at it.
#[derive(Debug, Clone, Default)]
pub struct Bulletin(Arc<ArcSwapOption<Bytes>>);

impl Bulletin {
    /// Puts a newer status in place of the last.
    pub fn post(&self, status: &Status) {
        // What is made of numbers and names is always written.
        if let Ok(text) = serde_json::to_vec(status) {
            self.0.store(Some(Arc::new(text.into())));
        }
    }
}

#[derive(Serialize)]
struct Readiness {
    ready: bool,
    checks: Vec<Condition>,
}

struct Shared {
    health: Arc<dyn Health>,
    metrics: MetricsHandle,
    bulletin: Bulletin,
}

/// An open listener that nobody serves yet.
#[derive(Debug)]
pub struct Listener {
    runtime: Runtime,
    listener: TcpListener,
}

impl Listener {
    /// Opens it.
    ///
    /// # Errors
    /// An address that cannot be bound.
    pub fn bind(address: SocketAddr) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let listener = runtime.block_on(TcpListener::bind(address))?;
        Ok(Self { runtime, listener })
    }

    /// Answers for ever, on the thread that calls this.
    pub fn serve(self, health: Arc<dyn Health>, metrics: MetricsHandle, bulletin: Bulletin) {
        let router = Router::new()
            .route("/", get(page::show))
            .route("/status.json", get(status))
            .route("/livez", get(livez))
            .route("/readyz", get(readyz))
            .route("/metrics", get(render_metrics))
            .with_state(Arc::new(Shared { health, metrics, bulletin }));
        self.runtime.block_on(server::serve(self.listener, router, Patience::default()));
    }
}

async fn status(State(shared): State<Arc<Shared>>) -> impl IntoResponse {
    let form = [
        (header::CONTENT_TYPE, "application/json"),
        // Yesterday's figures are worse than none.
        (header::CACHE_CONTROL, "no-store"),
    ];
    let last = shared.bulletin.0.load_full();
    let status = if last.is_some() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, form, last.as_deref().cloned().unwrap_or_default())
}

async fn livez(State(shared): State<Arc<Shared>>) -> impl IntoResponse {
    if shared.health.alive() {
        (StatusCode::OK, "alive\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "a processing loop does not come round\n")
    }
}

async fn readyz(State(shared): State<Arc<Shared>>) -> impl IntoResponse {
    let checks = shared.health.readiness();
    let ready = checks.iter().all(|condition| condition.ok);
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Readiness { ready, checks }))
}

async fn render_metrics(State(shared): State<Arc<Shared>>) -> impl IntoResponse {
    let text_form = "text/plain; version=0.0.4; charset=utf-8";
    ([(header::CONTENT_TYPE, text_form)], shared.metrics.render())
}
