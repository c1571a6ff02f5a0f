//! Word back to a platform.

use jiff::Timestamp;

/// What became of an order; carries no personal data.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlatformNotice {
    pub notice_id: String,
    pub platform: String,
    pub seller_id: String,
    pub order_id: String,
    pub listing_id: String,
    pub kind: NoticeKind,
    pub recordal_nos: Vec<String>,
    pub reason: String,
    pub occurred_at: Option<Timestamp>,
}

/// What a notice tells.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum NoticeKind {
    #[default]
    Unspecified,
    Held,
    Seized,
}
