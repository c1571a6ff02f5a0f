//! What a declarant says of a parcel.

use jiff::Timestamp;

use super::Money;

/// Longest declaration id, in Unicode scalar values.
pub const DECLARATION_ID_CHARS_MAX: usize = 64;
/// Longest item id, in Unicode scalar values.
pub const ITEM_ID_CHARS_MAX: usize = 80;
/// Most lines of one declaration.
pub const LINES_MAX: usize = 99;

/// One parcel as declared. A value of this type has both ids and 1 to 99 lines;
/// everything else may be missing, odd or wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Declaration {
    /// 1 to [`DECLARATION_ID_CHARS_MAX`] characters.
    pub declaration_id: String,
    /// 1 to [`ITEM_ID_CHARS_MAX`] characters: UPU S10 number on post, carrier waybill on express.
    pub item_id: String,
    pub channel: Channel,
    pub direction: Direction,
    /// Four digits of the customs administration; the first two name the hub.
    pub customs_district: String,
    pub declared_at: Option<Timestamp>,
    /// ISO 3166-1 alpha-2.
    pub origin_country: String,
    /// ISO 3166-1 alpha-2.
    pub destination_country: String,
    pub consignor: Option<Party>,
    pub consignee: Option<Party>,
    pub category: Category,
    pub platform_order: Option<PlatformOrder>,
    /// 1 to [`LINES_MAX`].
    pub lines: Vec<Line>,
    pub gross_weight_grams: i64,
    /// `9610`, `1210`, `9710`, `9810`, `1039` or empty.
    pub supervision_mode: String,
}

/// One kind of goods in a parcel.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    pub line_no: u32,
    pub description: String,
    pub brand: String,
    pub model: String,
    pub hs_code: String,
    pub origin_country: String,
    /// Pieces.
    pub quantity: u32,
    pub unit: String,
    pub net_weight_grams: i64,
    /// The line's total.
    pub value: Option<Money>,
}

/// A consignor or consignee.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Party {
    /// Unified social credit code, or any other stable id.
    pub party_id: String,
    pub name: String,
    pub country: String,
    pub address: String,
    pub phone: String,
}

/// The order on an e-commerce platform that the parcel fulfils.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlatformOrder {
    pub platform: String,
    pub seller_id: String,
    pub order_id: String,
    pub listing_id: String,
    pub listed_price: Option<Money>,
}

/// The channel by which a parcel travels.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Channel {
    #[default]
    Unspecified,
    Post,
    Express,
}

/// Seen from the customs territory that screens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Direction {
    #[default]
    Unspecified,
    Export,
    Import,
}

/// The reason for export, as on forms CN22 and CN23.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Category {
    #[default]
    Unspecified,
    SaleOfGoods,
    Gift,
    Documents,
    CommercialSample,
    ReturnedGoods,
    Other,
}

/// A declared field that a finding can point at, under the name it has in the messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Field {
    Declaration,
    ItemId,
    Channel,
    Direction,
    CustomsDistrict,
    DeclaredAt,
    OriginCountry,
    DestinationCountry,
    Consignor,
    Consignee,
    Category,
    PlatformOrder,
    GrossWeightGrams,
    SupervisionMode,
    Description,
    Brand,
    Model,
    HsCode,
    Quantity,
    NetWeightGrams,
    Value,
}

impl Field {
    /// Every field, in the order of the enum.
    pub const ALL: [Self; 21] = [
        Self::Declaration,
        Self::ItemId,
        Self::Channel,
        Self::Direction,
        Self::CustomsDistrict,
        Self::DeclaredAt,
        Self::OriginCountry,
        Self::DestinationCountry,
        Self::Consignor,
        Self::Consignee,
        Self::Category,
        Self::PlatformOrder,
        Self::GrossWeightGrams,
        Self::SupervisionMode,
        Self::Description,
        Self::Brand,
        Self::Model,
        Self::HsCode,
        Self::Quantity,
        Self::NetWeightGrams,
        Self::Value,
    ];

    /// The field's name in messages; empty for the declaration as a whole.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Declaration => "",
            Self::ItemId => "item_id",
            Self::Channel => "channel",
            Self::Direction => "direction",
            Self::CustomsDistrict => "customs_district",
            Self::DeclaredAt => "declared_at",
            Self::OriginCountry => "origin_country",
            Self::DestinationCountry => "destination_country",
            Self::Consignor => "consignor",
            Self::Consignee => "consignee",
            Self::Category => "category",
            Self::PlatformOrder => "platform_order",
            Self::GrossWeightGrams => "gross_weight_grams",
            Self::SupervisionMode => "supervision_mode",
            Self::Description => "description",
            Self::Brand => "brand",
            Self::Model => "model",
            Self::HsCode => "hs_code",
            Self::Quantity => "quantity",
            Self::NetWeightGrams => "net_weight_grams",
            Self::Value => "value",
        }
    }
}
