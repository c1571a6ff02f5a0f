//! What e-commerce platforms tell of their sellers.

use jiff::Timestamp;

/// One thing a platform knows of a seller.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlatformSignal {
    pub platform: String,
    pub seller_id: String,
    pub kind: SignalKind,
    pub listing_id: String,
    pub recordal_no: String,
    /// The other account, with [`SignalKind::AccountLinked`].
    pub linked_seller_id: String,
    /// Per 1,000 orders, with [`SignalKind::Complaints`].
    pub complaints_per_thousand: u32,
    pub observed_at: Option<Timestamp>,
    pub expires_at: Option<Timestamp>,
}

/// What kind of thing the platform knows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum SignalKind {
    #[default]
    Unspecified,
    CounterfeiterVerified,
    SellerPenalised,
    ListingRemoved,
    Complaints,
    AccountLinked,
}
