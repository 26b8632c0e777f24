//! The story of the demo: what fails shows in its sensors, and in what its neighbours do.

use super::*;

#[test]
fn a_worn_bearing_shows_fails_starves_and_blocks_and_is_repaired() {
    let readings = run(&mut emulation(1), 600);
    let lathe = "machining/line2/lathe-2";
    let wear = numbers(&readings, &format!("{lathe}/bearing_wear"));
    assert!(
        wear.iter().all(|(_, value)| (0.0..=100.0).contains(value)),
        "nothing is worn by more than all of it"
    );
    let vibration = numbers(&readings, &format!("{lathe}/vibration"));
    let temperature = numbers(&readings, &format!("{lathe}/bearing_temperature"));
    let states = words(&readings, &format!("{lathe}/state"));
    let fault = states
        .iter()
        .find(|(_, state)| state == "FAULT")
        .map(|(at, _)| *at)
        .unwrap();
    let back = states
        .iter()
        .find(|(at, state)| *at > fault && state == "RUN")
        .map(|(at, _)| *at)
        .unwrap();
    // First signs within two minutes, then in the order in which a machine fails.
    let order = [
        first(&wear, 0.0, |value| value > 30.0),
        first(&vibration, 0.0, |value| value > 2.8),
        first(&temperature, 0.0, |value| value > 72.0),
        first(&temperature, 0.0, |value| value > 92.0),
        fault,
        back,
    ];
    assert!(order[0] < 120.0, "{order:?}");
    assert!(order.is_sorted(), "{order:?}");
    assert!(back < 480.0, "{order:?}");
    // Vibration while cutting only rises until then.
    let mean = |from: f64| {
        let cutting: Vec<_> = vibration
            .iter()
            .filter(|(at, value)| (from..from + 50.0).contains(at) && *value > 0.8)
            .map(|(_, value)| *value)
            .collect();
        cutting.iter().sum::<f64>() / cutting.len() as f64
    };
    let means = [10.0, 60.0, 110.0, 160.0, 210.0, 255.0].map(mean);
    assert!(means.is_sorted(), "{means:?}");
    assert!(means[5] > 5.0 && means[0] < 2.0, "{means:?}");
    assert!(
        mean(back + 60.0) < 2.0,
        "new bearing: {}",
        mean(back + 60.0)
    );
    // The neighbours, as their own controllers say.
    let during = |path: &str, state: &str| {
        words(&readings, path)
            .iter()
            .any(|(at, word)| (fault..back).contains(at) && word == state)
    };
    assert!(during("machining/line2/hobber-2/state", "WAIT_IN"));
    let before_lathe = word_at(&readings, "machining/line2/robot-21/state", back - 1.0);
    assert_eq!(before_lathe, "WAIT_OUT");
    assert!(during("machining/line2/light-lathe-2/lamp_red", "true"));
    // Its spindle stands.
    assert!(
        numbers(&readings, &format!("{lathe}/spindle_speed"))
            .iter()
            .filter(|(at, _)| (fault + 1.0..back).contains(at))
            .all(|(_, speed)| *speed == 0.0)
    );
}

#[test]
fn a_jam_starves_what_follows_and_blocks_what_comes_before() {
    // The story lets screwdriving 1 jam from 100 s to 200 s.
    let readings = run(&mut emulation(1), 260);
    let said = |path: &str, at: f64| word_at(&readings, path, at);
    assert_eq!(said("assembly/assembly/screw-1/state", 150.0), "11", "held");
    assert_eq!(said("assembly/assembly/screw-1/fault", 150.0), "true");
    assert_eq!(
        said("assembly/assembly/screw-2/state", 199.0),
        "51",
        "suspended: no part"
    );
    assert_eq!(
        said("assembly/assembly/conveyor-a6/state", 199.0),
        "WAIT_OUT"
    );
    assert_eq!(said("assembly/assembly/screw-1/fault", 210.0), "false");
    assert_eq!(
        said("assembly/assembly/screw-1/state", 210.0),
        "6",
        "execute"
    );
}

#[test]
fn an_incident_can_be_triggered_and_only_one_of_the_scene() {
    let mut emulation = emulation(5);
    run(&mut emulation, 900);
    assert!(emulation.trigger("jam"));
    let readings = run(&mut emulation, 5);
    assert_eq!(
        word_at(&readings, "assembly/assembly/screw-1/state", f64::INFINITY),
        "11"
    );
    assert!(!emulation.trigger("no such thing"));
}

#[test]
fn a_compressor_that_trips_stops_all_of_assembly_and_nothing_of_machining() {
    let mut emulation = emulation(5);
    run(&mut emulation, 900);
    assert!(emulation.trigger("air-dip"));
    let readings = run(&mut emulation, 40);
    let stopped: Vec<_> = PLANT
        .equipment
        .iter()
        .filter(|equipment| {
            let path = format!("{}/state", equipment.path);
            PLANT
                .signal_named(PLANT.find(&equipment.path).unwrap(), "state")
                .is_some()
                && words(&readings, &path)
                    .iter()
                    .any(|(_, word)| word == "2" || word == "STOP")
        })
        .map(|equipment| &*equipment.path)
        .collect();
    assert!(stopped.len() > 8, "{stopped:?}");
    assert!(
        stopped.iter().all(|path| path.starts_with("assembly/")),
        "{stopped:?}"
    );
    let pressure = numbers(&readings, "assembly/air/compressor-1/pressure");
    assert!(pressure.last().unwrap().1 < 6.0);
}

#[test]
fn a_stuck_sensor_repeats_itself_and_a_drifting_one_walks_away() {
    let mut emulation = emulation(2);
    run(&mut emulation, 900);
    assert!(emulation.trigger("stuck-sensor") && emulation.trigger("sensor-drift"));
    let readings = run(&mut emulation, 230);
    let stuck = numbers(&readings, "machining/line1/washer-1/bath_temperature");
    assert!(stuck.len() > 50);
    assert!(stuck.iter().all(|(_, value)| *value == stuck[0].1));
    let other = numbers(&readings, "machining/line2/washer-2/bath_temperature");
    assert!(other.iter().any(|(_, value)| *value != other[0].1));
    let drifting = numbers(&readings, "assembly/finishing/test-1/oil_temperature");
    let walked = drifting.last().unwrap().1 - drifting[0].1;
    assert!((4.0..12.0).contains(&walked), "130 K/h for 230 s: {walked}");
    // Both are mended.
    let after = run(&mut emulation, 600);
    let moving = numbers(&after, "machining/line1/washer-1/bath_temperature");
    assert!(moving.iter().any(|(_, value)| *value != moving[0].1));
}
