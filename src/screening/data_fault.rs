//! What can be wrong with declared data: what the check finds and the notes explain.

use crate::domain::Field;

/// A fault, and where it shows.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) kind: DataFault,
    /// 0 is the parcel itself.
    pub(super) line_no: u32,
    pub(super) field: Field,
    /// What stands there, where it can be shown.
    pub(super) declared: String,
}

/// One kind of fault in declared data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DataFault {
    S10Form,
    S10ReservedIndicator,
    S10CheckDigit,
    S10Country,
    Channel,
    Direction,
    District,
    DeclaredAt,
    DeclaredAtFarOff,
    Consignor,
    Country,
    SupervisionMode,
    HsCode,
    Quantity,
    ValueMissing,
    ValueNotPositive,
    Currency,
    NegativeWeight,
    GrossBelowNet,
    Description,
}

#[cfg(test)]
impl DataFault {
    /// Every fault, in the order of the enum.
    pub(super) const ALL: [Self; 20] = [
        Self::S10Form,
        Self::S10ReservedIndicator,
        Self::S10CheckDigit,
        Self::S10Country,
        Self::Channel,
        Self::Direction,
        Self::District,
        Self::DeclaredAt,
        Self::DeclaredAtFarOff,
        Self::Consignor,
        Self::Country,
        Self::SupervisionMode,
        Self::HsCode,
        Self::Quantity,
        Self::ValueMissing,
        Self::ValueNotPositive,
        Self::Currency,
        Self::NegativeWeight,
        Self::GrossBelowNet,
        Self::Description,
    ];
}
