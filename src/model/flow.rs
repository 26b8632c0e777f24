//! [`Flow`]: what connects equipment.

use std::sync::Arc;

use super::EquipmentId;
use super::distribution::DistributionSpec;

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
    /// Any; of several such flows of one equipment a part takes the one to who holds the fewest.
    #[default]
    Any,
    /// The flows of the equipment strictly in turn; a part waits for its own.
    InTurn,
    /// The first of the equipment's flows, in their order, at whose end there is room.
    FirstFree,
    /// This share of the parts.
    Share(f64),
    /// Parts of these types.
    Types(Vec<Arc<str>>),
    /// Rejected parts.
    Rejected,
}

/// The way of all parts of one type, whatever the flows say of them.
#[derive(Clone, Debug, PartialEq)]
pub struct PartRoute {
    /// The type.
    pub part_type: Arc<str>,
    /// Equipment by equipment; a flow leads from each to the next.
    pub visits: Vec<Visit>,
}

/// One visit of a part to an equipment; it may come several times.
#[derive(Clone, Debug, PartialEq)]
pub struct Visit {
    /// Where.
    pub equipment: EquipmentId,
    /// Time of the operation at this visit; `None`: as the equipment says.
    pub cycle: Option<DistributionSpec>,
}
