//! The admin listener: `/livez`, `/readyz`, `/metrics`. Nothing on it changes anything.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Json;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use serde::Serialize;
use tokio::net::TcpListener;

use crate::telemetry::MetricsHandle;

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

#[derive(Serialize)]
struct Readiness {
    ready: bool,
    checks: Vec<Condition>,
}

struct Shared {
    health: Arc<dyn Health>,
    metrics: MetricsHandle,
}

/// Opens the listener.
///
/// # Errors
/// An address that cannot be bound.
pub async fn bind(address: SocketAddr) -> std::io::Result<TcpListener> {
    TcpListener::bind(address).await
}

/// Answers until the listener fails.
///
/// # Errors
/// A listener that fails.
pub async fn serve(
    listener: TcpListener,
    health: Arc<dyn Health>,
    metrics: MetricsHandle,
) -> std::io::Result<()> {
    let router = Router::new()
        .route("/livez", get(livez))
        .route("/readyz", get(readyz))
        .route("/metrics", get(render_metrics))
        .with_state(Arc::new(Shared { health, metrics }));
    axum::serve(listener, router).await
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
