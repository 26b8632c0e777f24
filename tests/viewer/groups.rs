//! Health counts of groups follow what changes, and equal a count of everything.

use rand::{RngExt, SeedableRng};
use twinscape::model::{EquipmentId, GroupId, Health};
use twinscape::viewer::groups::GroupHealth;

use crate::support::{self, Rig};

#[test]
fn counts_of_a_group_equal_a_count_of_its_equipment_after_every_change() {
    let kind = support::kind(vec![support::signal("temperature", "°C")], Vec::new());
    let mut rig = Rig::new(support::plant(&kind, 60));
    let mut random = rand_pcg::Pcg64::seed_from_u64(3);
    for round in 1..40 {
        let secs = f64::from(round);
        for _ in 0..random.random_range(0..8) {
            let id = EquipmentId(random.random_range(0..60));
            let health = Health::ALL[random.random_range(0..Health::ALL.len())];
            rig.set_health(id, secs, health);
        }
        rig.at(secs + 0.5);
        let groups = rig.app.world().resource::<GroupHealth>();
        let shown = &rig.view().snapshot.health;
        for group in [GroupId(0), GroupId(1)] {
            assert_eq!(groups.size(group), 60);
            for health in Health::ALL {
                let expected = shown.iter().filter(|one| one.health == health).count();
                assert_eq!(groups.counts(group)[health as usize], expected);
            }
            let worst = shown.iter().map(|one| one.health).max().unwrap();
            assert_eq!(groups.worst(group), worst);
        }
    }
}
