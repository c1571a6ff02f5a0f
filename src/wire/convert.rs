//! Generated messages to domain values and back. Texts are moved, not copied.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;

use super::v1;
use crate::domain::{
    ALIASES_MAX, AuthorisedUser, Category, Channel, CheckCode, CustomsAlert, DeadLetter,
    DeadLetterReason, Decision, Declaration, Direction, Field, Finding, HoldRoute, Holder, Line,
    Money, NoticeKind, Outcome, OutcomeKind, Party, PlatformNotice, PlatformOrder, PlatformSignal,
    Recordal, RecordalStatus, RightKind, SignalKind, Source, Technique, TechniqueSet, Verdict,
    Versions,
};

/// A domain value that has a message.
pub trait Message: Sized {
    /// The generated message.
    type Wire: prost::Message + Default + serde::Serialize + serde::de::DeserializeOwned;

    /// Reads the message.
    ///
    /// # Errors
    /// Which field cannot be read.
    fn from_wire(wire: Self::Wire) -> Result<Self, UnreadableField>;

    /// Writes the message.
    fn into_wire(self) -> Self::Wire;
}

/// A field whose text does not say what it should.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{field} is not {expected}")]
pub struct UnreadableField {
    pub field: &'static str,
    pub expected: &'static str,
}

/// A decision as published: with where the declaration came from and when it was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamped {
    pub decision: Decision,
    pub source: Source,
    pub decided_at: Timestamp,
}

/// Pairs the values of a domain enum with those of its message; numbers outside the schema are unspecified.
macro_rules! same_enum {
    ($name:ident: $($value:ident)*) => {
        impl From<v1::$name> for $name {
            fn from(wire: v1::$name) -> Self {
                match wire {
                    v1::$name::Unspecified => Self::Unspecified,
                    $(v1::$name::$value => Self::$value,)*
                }
            }
        }

        impl From<$name> for i32 {
            fn from(value: $name) -> Self {
                i32::from(match value {
                    $name::Unspecified => v1::$name::Unspecified,
                    $($name::$value => v1::$name::$value,)*
                })
            }
        }
    };
}

same_enum!(Channel: Post Express);
same_enum!(Direction: Export Import);
same_enum!(Category: SaleOfGoods Gift Documents CommercialSample ReturnedGoods Other);
same_enum!(RightKind: Trademark Copyright Patent);
same_enum!(RecordalStatus: Live Expired Revoked Cancelled);
same_enum!(SignalKind: CounterfeiterVerified SellerPenalised ListingRemoved Complaints AccountLinked);
same_enum!(OutcomeKind: Seized Cleared Returned);
same_enum!(NoticeKind: Held Seized);

fn date(text: &str, field: &'static str) -> Result<Option<Date>, UnreadableField> {
    if text.is_empty() {
        return Ok(None);
    }
    // jiff reads more forms than the contract's; a date that prints as it was written has the right one.
    text.parse::<Date>()
        .ok()
        .filter(|date| date.to_string() == text)
        .map(Some)
        .ok_or(UnreadableField { field, expected: "a date such as 2026-02-28" })
}

/// A time of reference data. Where there is one it has to be one: an expiry that nobody can read is not "never".
fn moment(
    time: Option<v1::Timestamp>,
    field: &'static str,
) -> Result<Option<Timestamp>, UnreadableField> {
    match time {
        Some(time) if !time.is_valid() => Err(UnreadableField { field, expected: "a time" }),
        time => Ok(time.and_then(v1::Timestamp::moment)),
    }
}

fn date_text(date: Option<Date>) -> String {
    date.map(|date| date.to_string()).unwrap_or_default()
}

pub(super) fn declaration(wire: v1::Declaration) -> Declaration {
    Declaration {
        channel: wire.channel().into(),
        direction: wire.direction().into(),
        category: wire.category().into(),
        declared_at: wire.declared_at.and_then(v1::Timestamp::moment),
        declaration_id: wire.declaration_id,
        item_id: wire.item_id,
        customs_district: wire.customs_district,
        origin_country: wire.origin_country,
        destination_country: wire.destination_country,
        consignor: wire.consignor.map(party),
        consignee: wire.consignee.map(party),
        platform_order: wire.platform_order.map(platform_order),
        lines: wire.lines.into_iter().map(line).collect(),
        gross_weight_grams: wire.gross_weight_grams,
        supervision_mode: wire.supervision_mode,
    }
}

impl Message for Declaration {
    type Wire = v1::Declaration;

    fn from_wire(wire: v1::Declaration) -> Result<Self, UnreadableField> {
        Ok(declaration(wire))
    }

    fn into_wire(self) -> v1::Declaration {
        v1::Declaration {
            declaration_id: self.declaration_id,
            item_id: self.item_id,
            channel: self.channel.into(),
            direction: self.direction.into(),
            customs_district: self.customs_district,
            declared_at: self.declared_at.map(Into::into),
            origin_country: self.origin_country,
            destination_country: self.destination_country,
            consignor: self.consignor.map(party_wire),
            consignee: self.consignee.map(party_wire),
            category: self.category.into(),
            platform_order: self.platform_order.map(platform_order_wire),
            lines: self.lines.into_iter().map(line_wire).collect(),
            gross_weight_grams: self.gross_weight_grams,
            supervision_mode: self.supervision_mode,
        }
    }
}

fn line(wire: v1::Line) -> Line {
    Line {
        line_no: wire.line_no,
        description: wire.description,
        brand: wire.brand,
        model: wire.model,
        hs_code: wire.hs_code,
        origin_country: wire.origin_country,
        quantity: wire.quantity,
        unit: wire.unit,
        net_weight_grams: wire.net_weight_grams,
        value: wire.value.map(money),
    }
}

fn line_wire(line: Line) -> v1::Line {
    v1::Line {
        line_no: line.line_no,
        description: line.description,
        brand: line.brand,
        model: line.model,
        hs_code: line.hs_code,
        origin_country: line.origin_country,
        quantity: line.quantity,
        unit: line.unit,
        net_weight_grams: line.net_weight_grams,
        value: line.value.map(money_wire),
    }
}

fn party(wire: v1::Party) -> Party {
    Party {
        party_id: wire.party_id,
        name: wire.name,
        country: wire.country,
        address: wire.address,
        phone: wire.phone,
    }
}

fn party_wire(party: Party) -> v1::Party {
    v1::Party {
        party_id: party.party_id,
        name: party.name,
        country: party.country,
        address: party.address,
        phone: party.phone,
    }
}

fn platform_order(wire: v1::PlatformOrder) -> PlatformOrder {
    PlatformOrder {
        platform: wire.platform,
        seller_id: wire.seller_id,
        order_id: wire.order_id,
        listing_id: wire.listing_id,
        listed_price: wire.listed_price.map(money),
    }
}

fn platform_order_wire(order: PlatformOrder) -> v1::PlatformOrder {
    v1::PlatformOrder {
        platform: order.platform,
        seller_id: order.seller_id,
        order_id: order.order_id,
        listing_id: order.listing_id,
        listed_price: order.listed_price.map(money_wire),
    }
}

fn money(wire: v1::Money) -> Money {
    Money { currency: wire.currency, amount: wire.amount }
}

fn money_wire(money: Money) -> v1::Money {
    v1::Money { currency: money.currency, amount: money.amount }
}

/// Without the spare room that it grew while it was read: a register holds its recordals for long.
fn exact<T>(mut list: Vec<T>) -> Vec<T> {
    list.shrink_to_fit();
    list
}

impl Message for Recordal {
    type Wire = v1::Recordal;

    fn from_wire(wire: v1::Recordal) -> Result<Self, UnreadableField> {
        if wire.recordal_no.is_empty() {
            return Err(UnreadableField { field: "recordal_no", expected: "present" });
        }
        if wire.aliases.len() > ALIASES_MAX {
            return Err(UnreadableField { field: "aliases", expected: "a list of at most 65536" });
        }
        let holder = wire.holder.clone().unwrap_or_default();
        Ok(Self {
            right_kind: wire.right_kind().into(),
            status: wire.status().into(),
            valid_from: date(&wire.valid_from, "valid_from")?,
            valid_until: date(&wire.valid_until, "valid_until")?,
            recordal_no: wire.recordal_no,
            right_name: wire.right_name,
            aliases: exact(wire.aliases),
            right_no: wire.right_no,
            holder: Holder { name: holder.name, country: holder.country },
            nice_classes: exact(wire.nice_classes),
            hs_codes: exact(wire.hs_codes),
            goods: exact(wire.goods),
            authorised_users: wire
                .authorised_users
                .into_iter()
                .map(|user| AuthorisedUser { party_id: user.party_id, name: user.name })
                .collect(),
            key_enterprise: wire.key_enterprise,
        })
    }

    fn into_wire(self) -> v1::Recordal {
        v1::Recordal {
            recordal_no: self.recordal_no,
            right_kind: self.right_kind.into(),
            right_name: self.right_name,
            aliases: self.aliases,
            right_no: self.right_no,
            holder: Some(v1::Holder { name: self.holder.name, country: self.holder.country }),
            nice_classes: self.nice_classes,
            hs_codes: self.hs_codes,
            goods: self.goods,
            status: self.status.into(),
            valid_from: date_text(self.valid_from),
            valid_until: date_text(self.valid_until),
            authorised_users: self
                .authorised_users
                .into_iter()
                .map(|user| v1::AuthorisedUser { party_id: user.party_id, name: user.name })
                .collect(),
            key_enterprise: self.key_enterprise,
        }
    }
}

impl Message for PlatformSignal {
    type Wire = v1::PlatformSignal;

    fn from_wire(wire: v1::PlatformSignal) -> Result<Self, UnreadableField> {
        if wire.seller_id.is_empty() && wire.listing_id.is_empty() {
            return Err(UnreadableField { field: "seller_id", expected: "present" });
        }
        Ok(Self {
            kind: wire.kind().into(),
            observed_at: moment(wire.observed_at, "observed_at")?,
            expires_at: moment(wire.expires_at, "expires_at")?,
            platform: wire.platform,
            seller_id: wire.seller_id,
            listing_id: wire.listing_id,
            recordal_no: wire.recordal_no,
            linked_seller_id: wire.linked_seller_id,
            complaints_per_thousand: wire.complaints_per_thousand,
        })
    }

    fn into_wire(self) -> v1::PlatformSignal {
        v1::PlatformSignal {
            platform: self.platform,
            seller_id: self.seller_id,
            kind: self.kind.into(),
            listing_id: self.listing_id,
            recordal_no: self.recordal_no,
            linked_seller_id: self.linked_seller_id,
            complaints_per_thousand: self.complaints_per_thousand,
            observed_at: self.observed_at.map(Into::into),
            expires_at: self.expires_at.map(Into::into),
        }
    }
}

impl Message for CustomsAlert {
    type Wire = v1::CustomsAlert;

    fn from_wire(wire: v1::CustomsAlert) -> Result<Self, UnreadableField> {
        if wire.alert_id.is_empty() {
            return Err(UnreadableField { field: "alert_id", expected: "present" });
        }
        Ok(Self {
            direction: wire.direction().into(),
            channel: wire.channel().into(),
            valid_from: date(&wire.valid_from, "valid_from")?,
            valid_until: date(&wire.valid_until, "valid_until")?,
            alert_id: wire.alert_id,
            source: wire.source,
            party_id: wire.party_id,
            party_name: wire.party_name,
            address: wire.address,
            mark: wire.mark,
            recordal_no: wire.recordal_no,
            hs_codes: wire.hs_codes,
            origin_countries: wire.origin_countries,
            destination_countries: wire.destination_countries,
            points: wire.points,
            note: wire.note,
        })
    }

    fn into_wire(self) -> v1::CustomsAlert {
        v1::CustomsAlert {
            alert_id: self.alert_id,
            source: self.source,
            direction: self.direction.into(),
            channel: self.channel.into(),
            party_id: self.party_id,
            party_name: self.party_name,
            address: self.address,
            mark: self.mark,
            recordal_no: self.recordal_no,
            hs_codes: self.hs_codes,
            origin_countries: self.origin_countries,
            destination_countries: self.destination_countries,
            points: self.points,
            valid_from: date_text(self.valid_from),
            valid_until: date_text(self.valid_until),
            note: self.note,
        }
    }
}

impl Message for Outcome {
    type Wire = v1::Outcome;

    fn from_wire(wire: v1::Outcome) -> Result<Self, UnreadableField> {
        if wire.declaration_id.is_empty() {
            return Err(UnreadableField { field: "declaration_id", expected: "present" });
        }
        Ok(Self {
            kind: wire.kind().into(),
            channel: wire.channel().into(),
            direction: wire.direction().into(),
            concluded_at: moment(wire.concluded_at, "concluded_at")?,
            declaration_id: wire.declaration_id,
            item_id: wire.item_id,
            recordal_no: wire.recordal_no,
            pieces: wire.pieces,
            value: wire.value.map(money),
            customs_district: wire.customs_district,
            consignor: wire.consignor.map(party),
            consignee: wire.consignee.map(party),
            platform: wire.platform,
            seller_id: wire.seller_id,
        })
    }

    fn into_wire(self) -> v1::Outcome {
        v1::Outcome {
            declaration_id: self.declaration_id,
            item_id: self.item_id,
            kind: self.kind.into(),
            recordal_no: self.recordal_no,
            pieces: self.pieces,
            value: self.value.map(money_wire),
            concluded_at: self.concluded_at.map(Into::into),
            customs_district: self.customs_district,
            channel: self.channel.into(),
            direction: self.direction.into(),
            consignor: self.consignor.map(party_wire),
            consignee: self.consignee.map(party_wire),
            platform: self.platform,
            seller_id: self.seller_id,
        }
    }
}

impl Message for PlatformNotice {
    type Wire = v1::PlatformNotice;

    fn from_wire(wire: v1::PlatformNotice) -> Result<Self, UnreadableField> {
        Ok(Self {
            kind: wire.kind().into(),
            occurred_at: wire.occurred_at.and_then(v1::Timestamp::moment),
            notice_id: wire.notice_id,
            platform: wire.platform,
            seller_id: wire.seller_id,
            order_id: wire.order_id,
            listing_id: wire.listing_id,
            recordal_nos: wire.recordal_nos,
            reason: wire.reason,
        })
    }

    fn into_wire(self) -> v1::PlatformNotice {
        v1::PlatformNotice {
            notice_id: self.notice_id,
            platform: self.platform,
            seller_id: self.seller_id,
            order_id: self.order_id,
            listing_id: self.listing_id,
            kind: self.kind.into(),
            recordal_nos: self.recordal_nos,
            reason: self.reason,
            occurred_at: self.occurred_at.map(Into::into),
        }
    }
}

pub(super) fn decision(decision: Decision, source: &Source, decided_at: Timestamp) -> v1::Decision {
    let (verdict, hold_route) = match decision.verdict {
        Verdict::Hold(HoldRoute::IntellectualProperty) => {
            (v1::Verdict::Hold, v1::HoldRoute::IntellectualProperty)
        }
        Verdict::Hold(HoldRoute::Inspection) => (v1::Verdict::Hold, v1::HoldRoute::Inspection),
        Verdict::Release => (v1::Verdict::Release, v1::HoldRoute::Unspecified),
    };
    v1::Decision {
        decision_id: source.to_string(),
        declaration_id: decision.declaration_id,
        item_id: decision.item_id,
        customs_district: decision.customs_district,
        channel: decision.channel.into(),
        direction: decision.direction.into(),
        verdict: verdict.into(),
        hold_route: hold_route.into(),
        receipt_code: decision.verdict.receipt_code(),
        score: decision.score,
        hold_threshold: decision.hold_threshold,
        sampled: decision.sampled,
        findings: decision.findings.into_iter().map(finding_wire).collect(),
        versions: Some(versions_wire(&decision.versions)),
        source: Some(source_wire(source.clone())),
        decided_at: Some(decided_at.into()),
    }
}

impl Message for Stamped {
    type Wire = v1::Decision;

    fn from_wire(wire: v1::Decision) -> Result<Self, UnreadableField> {
        let verdict = match (wire.verdict(), wire.hold_route()) {
            (v1::Verdict::Release, _) => Verdict::Release,
            (v1::Verdict::Hold, v1::HoldRoute::IntellectualProperty) => {
                Verdict::Hold(HoldRoute::IntellectualProperty)
            }
            (v1::Verdict::Hold, _) => Verdict::Hold(HoldRoute::Inspection),
            (v1::Verdict::Unspecified, _) => {
                return Err(UnreadableField { field: "verdict", expected: "present" });
            }
        };
        let versions = wire.versions.clone().unwrap_or_default();
        Ok(Self {
            source: source(wire.source.clone().unwrap_or_default()),
            decided_at: wire
                .decided_at
                .and_then(v1::Timestamp::moment)
                .ok_or(UnreadableField { field: "decided_at", expected: "a time" })?,
            decision: Decision {
                channel: wire.channel().into(),
                direction: wire.direction().into(),
                declaration_id: wire.declaration_id,
                item_id: wire.item_id,
                customs_district: wire.customs_district,
                verdict,
                score: wire.score,
                hold_threshold: wire.hold_threshold,
                sampled: wire.sampled,
                findings: wire.findings.into_iter().map(finding).collect::<Result<_, _>>()?,
                versions: Arc::new(Versions {
                    engine: versions.engine,
                    policy: versions.policy,
                    register: versions.register,
                    signals: versions.signals,
                }),
            },
        })
    }

    fn into_wire(self) -> v1::Decision {
        decision(self.decision, &self.source, self.decided_at)
    }
}

fn finding_wire(finding: Finding) -> v1::Finding {
    v1::Finding {
        check: finding.check.code().to_owned(),
        points: finding.points,
        line_no: finding.line_no,
        field: finding.field.name().to_owned(),
        start: finding.start,
        end: finding.end,
        matched_text: finding.matched_text,
        recordal_no: finding.recordal_no,
        mark: finding.mark,
        techniques: finding.techniques.iter().map(|it| it.code().to_owned()).collect(),
        rule_id: finding.rule_id,
        note: finding.note,
    }
}

fn finding(wire: v1::Finding) -> Result<Finding, UnreadableField> {
    let check = CheckCode::ALL
        .into_iter()
        .find(|check| check.code() == wire.check)
        .ok_or(UnreadableField { field: "findings.check", expected: "a known check" })?;
    let field = Field::ALL
        .into_iter()
        .find(|field| field.name() == wire.field)
        .ok_or(UnreadableField { field: "findings.field", expected: "a known field" })?;
    let techniques = wire.techniques.iter().try_fold(TechniqueSet::default(), |set, code| {
        Technique::ALL
            .into_iter()
            .find(|technique| technique.code() == code)
            .map(|technique| set.with(technique))
            .ok_or(UnreadableField { field: "findings.techniques", expected: "known techniques" })
    })?;
    Ok(Finding {
        check,
        points: wire.points,
        line_no: wire.line_no,
        field,
        start: wire.start,
        end: wire.end,
        matched_text: wire.matched_text,
        recordal_no: wire.recordal_no,
        mark: wire.mark,
        techniques,
        rule_id: wire.rule_id,
        note: wire.note,
    })
}

fn versions_wire(versions: &Versions) -> v1::Versions {
    v1::Versions {
        engine: versions.engine.clone(),
        policy: versions.policy.clone(),
        register: versions.register.clone(),
        signals: versions.signals.clone(),
    }
}

fn source(wire: v1::Source) -> Source {
    Source { topic: wire.topic, partition: wire.partition, offset: wire.offset }
}

fn source_wire(source: Source) -> v1::Source {
    v1::Source { topic: source.topic, partition: source.partition, offset: source.offset }
}

pub(super) fn dead_letter(letter: DeadLetter) -> v1::DeadLetter {
    v1::DeadLetter {
        source: Some(source_wire(letter.source)),
        reason: letter.reason.code().to_owned(),
        detail: letter.detail,
        content_type: letter.content_type,
        payload_sha256: letter.payload_sha256,
        payload: letter.payload.unwrap_or_default(),
    }
}

impl Message for DeadLetter {
    type Wire = v1::DeadLetter;

    fn from_wire(wire: v1::DeadLetter) -> Result<Self, UnreadableField> {
        let reason = DeadLetterReason::ALL
            .into_iter()
            .find(|reason| reason.code() == wire.reason)
            .ok_or(UnreadableField { field: "reason", expected: "a known reason" })?;
        Ok(Self {
            source: source(wire.source.unwrap_or_default()),
            reason,
            detail: wire.detail,
            content_type: wire.content_type,
            payload_sha256: wire.payload_sha256,
            payload: Some(wire.payload).filter(|payload| !payload.is_empty()),
        })
    }

    fn into_wire(self) -> v1::DeadLetter {
        dead_letter(self)
    }
}
