//! What screening says of a parcel, and why.

use std::sync::Arc;

use super::{Channel, Direction, Field};

/// Hold or release, with reasons. Where the declaration came from and when it was decided
/// belong to the message that carries the decision, not to the decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    pub declaration_id: String,
    pub item_id: String,
    pub customs_district: String,
    pub channel: Channel,
    pub direction: Direction,
    pub verdict: Verdict,
    /// The sum of the findings' points; not clamped, so that holds can be ranked.
    pub score: i32,
    pub hold_threshold: i32,
    /// The random sample chose this parcel.
    pub sampled: bool,
    /// Most points first.
    pub findings: Vec<Finding>,
    pub versions: Arc<Versions>,
}

impl Decision {
    /// What a parcel is held for: the check of the weightiest finding, or the sample where the points alone would have let
    /// it go. `None` for a parcel that is released.
    #[must_use]
    pub fn held_for(&self) -> Option<CheckCode> {
        match self.verdict {
            Verdict::Release => None,
            Verdict::Hold(_) if self.score < self.hold_threshold => Some(CheckCode::RandomSample),
            Verdict::Hold(_) => self.findings.first().map(|finding| finding.check),
        }
    }
}

/// Whether a parcel may go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    Hold(HoldRoute),
    Release,
}

/// Who gets a held parcel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HoldRoute {
    /// A recorded right is involved.
    IntellectualProperty,
    Inspection,
}

impl Verdict {
    /// The customs receipt code that a single-window system expects.
    #[must_use]
    pub fn receipt_code(self) -> u32 {
        match self {
            Self::Hold(HoldRoute::IntellectualProperty) => 503,
            Self::Hold(HoldRoute::Inspection) => 500,
            Self::Release => 800,
        }
    }
}

/// One reason for a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub check: CheckCode,
    pub points: i32,
    /// The declared line number; 0 where the finding is about the whole parcel.
    pub line_no: u32,
    pub field: Field,
    /// First Unicode scalar value of the span in the field.
    pub start: u32,
    /// One past the last.
    pub end: u32,
    /// The declared text in the span.
    pub matched_text: String,
    pub recordal_no: String,
    pub mark: String,
    pub techniques: TechniqueSet,
    pub rule_id: String,
    /// One plain sentence an officer can read.
    pub note: String,
}

impl Finding {
    /// A finding about the whole parcel; the check fills in what it knows more.
    #[must_use]
    pub fn new(check: CheckCode, points: i32, note: String) -> Self {
        Self {
            check,
            points,
            line_no: 0,
            field: Field::Declaration,
            start: 0,
            end: 0,
            matched_text: String::new(),
            recordal_no: String::new(),
            mark: String::new(),
            techniques: TechniqueSet::default(),
            rule_id: String::new(),
            note,
        }
    }

    /// Whether it says that a rule or campaign could not be judged, for want of the field that it names. Where one is met
    /// the finding is about the whole parcel.
    #[must_use]
    pub fn is_unjudged(&self) -> bool {
        matches!(self.check, CheckCode::Rule | CheckCode::Campaign)
            && self.field != Field::Declaration
    }
}

/// The checks. The set is closed: these are message codes and metric labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CheckCode {
    RecordedMark,
    AuthorisedUser,
    CustomsAlert,
    CounterfeiterVerified,
    SellerPenalised,
    ListingRemoved,
    Complaints,
    AccountLinked,
    PartyHistory,
    Undervalued,
    PriceGap,
    VagueDescription,
    GiftPattern,
    NoBrandHighRiskGoods,
    PersonalQuantity,
    Campaign,
    Rule,
    RandomSample,
    DataQuality,
    InvalidDeclaration,
}

impl CheckCode {
    /// Every check, in the order of the enum.
    pub const ALL: [Self; 20] = [
        Self::RecordedMark,
        Self::AuthorisedUser,
        Self::CustomsAlert,
        Self::CounterfeiterVerified,
        Self::SellerPenalised,
        Self::ListingRemoved,
        Self::Complaints,
        Self::AccountLinked,
        Self::PartyHistory,
        Self::Undervalued,
        Self::PriceGap,
        Self::VagueDescription,
        Self::GiftPattern,
        Self::NoBrandHighRiskGoods,
        Self::PersonalQuantity,
        Self::Campaign,
        Self::Rule,
        Self::RandomSample,
        Self::DataQuality,
        Self::InvalidDeclaration,
    ];

    /// The code used in messages, logs and metrics.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::RecordedMark => "recorded_mark",
            Self::AuthorisedUser => "authorised_user",
            Self::CustomsAlert => "customs_alert",
            Self::CounterfeiterVerified => "counterfeiter_verified",
            Self::SellerPenalised => "seller_penalised",
            Self::ListingRemoved => "listing_removed",
            Self::Complaints => "complaints",
            Self::AccountLinked => "account_linked",
            Self::PartyHistory => "party_history",
            Self::Undervalued => "undervalued",
            Self::PriceGap => "price_gap",
            Self::VagueDescription => "vague_description",
            Self::GiftPattern => "gift_pattern",
            Self::NoBrandHighRiskGoods => "no_brand_high_risk_goods",
            Self::PersonalQuantity => "personal_quantity",
            Self::Campaign => "campaign",
            Self::Rule => "rule",
            Self::RandomSample => "random_sample",
            Self::DataQuality => "data_quality",
            Self::InvalidDeclaration => "invalid_declaration",
        }
    }
}

/// How a mark was written. The set is closed: these are message codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Technique {
    Exact,
    Case,
    Diacritics,
    Width,
    Homoglyph,
    ZeroWidth,
    Separator,
    Spelled,
    Joined,
    Split,
    Leet,
    Repeated,
    Transposed,
    Inserted,
    Deleted,
    Substituted,
    Glued,
    Traditional,
    Homophone,
    Pinyin,
    LookalikeHan,
    Alias,
}

impl Technique {
    /// Every technique, in the order of the enum.
    pub const ALL: [Self; 22] = [
        Self::Exact,
        Self::Case,
        Self::Diacritics,
        Self::Width,
        Self::Homoglyph,
        Self::ZeroWidth,
        Self::Separator,
        Self::Spelled,
        Self::Joined,
        Self::Split,
        Self::Leet,
        Self::Repeated,
        Self::Transposed,
        Self::Inserted,
        Self::Deleted,
        Self::Substituted,
        Self::Glued,
        Self::Traditional,
        Self::Homophone,
        Self::Pinyin,
        Self::LookalikeHan,
        Self::Alias,
    ];

    /// The code used in messages.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Case => "case",
            Self::Diacritics => "diacritics",
            Self::Width => "width",
            Self::Homoglyph => "homoglyph",
            Self::ZeroWidth => "zero_width",
            Self::Separator => "separator",
            Self::Spelled => "spelled",
            Self::Joined => "joined",
            Self::Split => "split",
            Self::Leet => "leet",
            Self::Repeated => "repeated",
            Self::Transposed => "transposed",
            Self::Inserted => "inserted",
            Self::Deleted => "deleted",
            Self::Substituted => "substituted",
            Self::Glued => "glued",
            Self::Traditional => "traditional",
            Self::Homophone => "homophone",
            Self::Pinyin => "pinyin",
            Self::LookalikeHan => "lookalike_han",
            Self::Alias => "alias",
        }
    }
}

/// A set of [`Technique`]s.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct TechniqueSet(u32);

impl TechniqueSet {
    /// These techniques.
    #[must_use]
    pub const fn of(mut techniques: &[Technique]) -> Self {
        let mut set = 0;
        while let [technique, more @ ..] = techniques {
            set |= 1 << *technique as u32;
            techniques = more;
        }
        Self(set)
    }

    /// Whether no technique is in the set.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether any technique is in both sets.
    #[must_use]
    pub fn overlaps(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether all of the set's techniques are in the other.
    #[must_use]
    pub fn is_within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// The same set with one technique more.
    #[must_use]
    pub fn with(self, technique: Technique) -> Self {
        Self(self.0 | 1 << technique as u32)
    }

    /// The techniques of both sets.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether the technique is in the set.
    #[must_use]
    pub fn contains(self, technique: Technique) -> bool {
        self.0 & (1 << technique as u32) != 0
    }

    /// The techniques of the set, in the order of the enum.
    pub fn iter(self) -> impl Iterator<Item = Technique> {
        Technique::ALL.into_iter().filter(move |technique| self.contains(*technique))
    }
}

/// What was in force when a decision was made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Versions {
    /// The program's version.
    pub engine: String,
    /// Content hash of the policy.
    pub policy: String,
    /// Content hash of the register.
    pub register: String,
    /// Content hash of platform signals, customs alerts and outcomes.
    pub signals: String,
}
