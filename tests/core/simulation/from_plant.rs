//! What a described plant becomes in the kernel.

use crate::scene::Scene;
use twinscape::model::Timestamp;
use twinscape::simulation::{FromPlantError, PlantNetwork, Process};

/// Two vehicles carry parts from a source to a sink.
fn carried(first: &str, second: &str) -> Result<PlantNetwork, Vec<FromPlantError>> {
    let plant = Scene::new(&format!(
        "equipment = [{{ id = \"in\", kind = \"source\" }}, {{ id = \"out\", kind = \"sink\" }},\n\
         {{ id = \"cart-1\", kind = \"agv\", process = {{ {first} }} }},\n\
         {{ id = \"cart-2\", kind = \"agv\", process = {{ {second} }} }}]\n\
         [[flow]]\nfrom = \"in\"\nto = \"out\"\nby = \"agv\"",
    ))
    .plant();
    PlantNetwork::new(&plant, Timestamp::from_secs(0))
}

#[test]
fn vehicles_carry_as_many_parts_as_the_scene_says() {
    let network = carried("capacity = 4", "capacity = 4")
        .expect("a plant")
        .network;
    let fleet = network
        .elements
        .iter()
        .find_map(|element| match &element.process {
            Process::Fleet(fleet) => Some((fleet.vehicles, fleet.capacity)),
            _ => None,
        });
    assert_eq!(fleet, Some((2, 4)));
}

#[test]
fn unequal_vehicles_of_one_fleet_are_refused() {
    let errors = carried("capacity = 4", "speed = 2").expect_err("unequal vehicles");
    let [FromPlantError::UnequalVehicles { fleet, vehicle }] = errors.as_slice() else {
        panic!("{errors:?}");
    };
    assert_eq!((&**fleet, &**vehicle), ("agv", "cart-2"));
}
