//! The status page: one document that brings all it needs and may load nothing else.

use std::sync::LazyLock;

use axum::http::header;
use axum::response::IntoResponse;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest as _, Sha256};

const FRAME: &str = include_str!("page/status.html");
const STYLE: &str = include_str!("page/status.css");
const SCRIPT: &str = include_str!("page/status.js");

struct Page {
    document: String,
    /// Style and script are allowed by their digests: nothing that got into the document by another way would run.
    policy: String,
}

static PAGE: LazyLock<Page> = LazyLock::new(|| Page {
    document: FRAME.replace("{style}", STYLE).replace("{script}", SCRIPT),
    policy: format!(
        "default-src 'none'; style-src '{}'; script-src '{}'; connect-src 'self'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'",
        digest(STYLE),
        digest(SCRIPT)
    ),
});

/// As a content security policy names a text.
fn digest(text: &str) -> String {
    format!("sha256-{}", BASE64_STANDARD.encode(Sha256::digest(text)))
}

pub(super) async fn show() -> impl IntoResponse {
    let Page { document, policy } = &*PAGE;
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, policy.as_str()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        // A daemon of a newer version brings a newer page.
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, document.as_str())
}
