//! [`Flow`]: what connects equipment.

use std::sync::Arc;

use super::EquipmentId;

/// Parts go from one equipment to another.
#[derive(Clone, Debug, PartialEq)]
pub struct Flow {
    /// From here.
    pub from: EquipmentId,
    /// To here.
    pub to: EquipmentId,
    /// Carried by a vehicle of this fleet; `None`: handed over directly.
    pub fleet: Option<Arc<str>>,
    /// Which parts take this way when there are several.
    pub route: Route,
}

/// Which parts take a flow.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Route {
    /// Any; several such flows of one equipment are served in turn, skipping what is full.
    #[default]
    Any,
    /// This share of the parts.
    Share(f64),
    /// Parts of these types.
    Types(Vec<Arc<str>>),
    /// Rejected parts.
    Rejected,
}
