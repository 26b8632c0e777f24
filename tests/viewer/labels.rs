//! Labels never overlap and never leave the view.

use bevy_egui::egui;
use rand::{RngExt, SeedableRng};
use twinscape::command::CameraPose;
use twinscape::model::{EquipmentId, Health, OperatingState, Value};
use twinscape::viewer::camera::{CameraRig, Lens};
use twinscape::viewer::levels;
use twinscape::viewer::overlay::label::{self, Detail, Labels};
use twinscape::viewer::overlay::places::{Wish, place};
use twinscape::viewer::selection::Proxies;

use crate::support::{self, Rig};

fn overlapping(places: &[egui::Rect]) -> Option<(egui::Rect, egui::Rect)> {
    places.iter().enumerate().find_map(|(at, a)| {
        let b = places[at + 1..].iter().find(|b| a.intersects(**b))?;
        Some((*a, *b))
    })
}

#[test]
fn at_500_random_crowds_no_two_places_overlap() {
    let view = egui::Rect::from_min_size(egui::pos2(200.0, 40.0), egui::vec2(900.0, 600.0));
    let mut random = rand_pcg::Pcg64::seed_from_u64(5);
    for _ in 0..500 {
        let wishes: Vec<Wish> = (0..random.random_range(1..150))
            .map(|_| Wish {
                anchor: egui::pos2(
                    random.random_range(150.0..1150.0),
                    random.random_range(0.0..700.0),
                ),
                size: egui::vec2(random.random_range(20.0..180.0), 22.0),
                rank: random.random_range(-50.0..0.0),
            })
            .collect();
        let covered = [egui::Rect::from_min_size(view.min, egui::vec2(160.0, 24.0))];
        let places = place(&wishes, view, 40, &covered);
        assert!(
            places
                .iter()
                .flatten()
                .all(|place| !place.intersects(covered[0])),
            "what floats there is not written over"
        );
        let placed: Vec<egui::Rect> = places.iter().copied().flatten().collect();
        assert!(placed.len() <= 40);
        assert_eq!(overlapping(&placed), None);
        assert!(placed.iter().all(|rect| view.contains_rect(*rect)));
        // Whoever comes first gets a place if there is room for it at all.
        let first = (0..wishes.len())
            .filter(|at| view.shrink(190.0).contains(wishes[*at].anchor))
            .max_by(|a, b| wishes[*a].rank.total_cmp(&wishes[*b].rank));
        let top = (0..wishes.len()).max_by(|a, b| wishes[*a].rank.total_cmp(&wishes[*b].rank));
        if first == top
            && let Some(at) = first
        {
            assert!(places[at].is_some());
        }
    }
}

#[test]
fn at_500_random_views_of_a_plant_no_two_labels_overlap() {
    let kind = support::kind(vec![support::signal("temperature", "°C")], Vec::new());
    let mut rig = Rig::new(support::plant(&kind, 100));
    for id in 0..100 {
        let id = twinscape::model::EquipmentId(id);
        let signal = rig.plant.signal_named(id, "temperature").unwrap();
        rig.send(signal, 0.1, Value::Float(f64::from(id.0) * 1.37));
    }
    let ctx = egui::Context::default();
    let rect = egui::Rect::from_min_size(egui::pos2(0.0, 0.0), egui::vec2(1280.0, 720.0));
    let mut random = rand_pcg::Pcg64::seed_from_u64(6);
    let mut most = 0;
    for view in 0..500 {
        let mut camera = CameraRig::default();
        let pose = CameraPose {
            target: [
                random.random_range(0.0..40.0),
                0.5,
                random.random_range(0.0..40.0),
            ],
            yaw: random.random_range(-3.0..3.0),
            pitch: random.random_range(0.05..1.5),
            distance: random.random_range(4.0..60.0),
        };
        camera.jump(pose, Lens::Perspective);
        *rig.app.world_mut().resource_mut::<CameraRig>() = camera.clone();
        rig.at(0.2 + f64::from(view) * 0.001);
        let world = rig.app.world();
        let mut drawn = Vec::new();
        let input = egui::RawInput {
            screen_rect: Some(rect),
            ..Default::default()
        };
        let mut output = ctx.run_ui(input, |ui| {
            drawn = label::paint(
                ui.painter(),
                rect,
                rig.view(),
                &camera,
                world.resource::<Proxies>(),
                world.resource::<Labels>(),
                None,
                None,
                &[],
            );
        });
        output.textures_delta.clear();
        most = most.max(drawn.len());
        let places: Vec<egui::Rect> = drawn.iter().map(|label| label.rect).collect();
        assert_eq!(overlapping(&places), None);
        assert!(places.iter().all(|place| rect.contains_rect(*place)));
    }
    assert!(most > 10, "labels were drawn: {most}");
}

#[test]
fn a_label_says_the_key_value_with_its_unit() {
    assert_eq!(
        label::value_text(Value::Float(58.314), "°C"),
        "58.3\u{202f}°C"
    );
    assert_eq!(
        label::value_text(Value::Float(0.25), "m/s"),
        "0.250\u{202f}m/s"
    );
    assert_eq!(
        label::value_text(Value::Float(4123.7), "rpm"),
        "4124\u{202f}rpm"
    );
    assert_eq!(label::value_text(Value::Integer(12), ""), "12");
    assert_eq!(label::value_text(Value::Boolean(true), ""), "on");
    assert_eq!(label::value_text(Value::Float(f64::NAN), "°C"), "–");
}

/// The labels of one machine of health `health` that runs, `distance` from the eye.
fn label_from(distance: f32, health: Health) -> Vec<label::DrawnLabel> {
    label_with(distance, health, None)
}

fn label_with(
    distance: f32,
    health: Health,
    ahead: Option<&label::AllAhead>,
) -> Vec<label::DrawnLabel> {
    let kind = support::kind(vec![support::signal("temperature", "°C")], Vec::new());
    let mut rig = Rig::new(support::plant(&kind, 1));
    let id = EquipmentId(0);
    let signal = rig.plant.signal_named(id, "temperature").unwrap();
    rig.send(signal, 0.1, Value::Float(58.3));
    rig.send(
        rig.plant.state_signal(id),
        0.1,
        OperatingState::Execute.to_value(),
    );
    rig.set_health(id, 0.1, health);
    let mut camera = CameraRig::default();
    let pose = CameraPose {
        target: [0.0, 1.8, 0.0],
        yaw: 0.3,
        pitch: 0.4,
        distance,
    };
    camera.jump(pose, Lens::Perspective);
    *rig.app.world_mut().resource_mut::<CameraRig>() = camera.clone();
    rig.at(0.2);
    let ctx = egui::Context::default();
    let rect = egui::Rect::from_min_size(egui::pos2(0.0, 0.0), egui::vec2(1280.0, 720.0));
    let input = egui::RawInput {
        screen_rect: Some(rect),
        ..Default::default()
    };
    let mut drawn = Vec::new();
    let mut output = ctx.run_ui(input, |ui| {
        let world = rig.app.world();
        let (proxies, labels) = (world.resource::<Proxies>(), world.resource::<Labels>());
        let painter = ui.painter();
        drawn = label::paint(
            painter,
            rect,
            rig.view(),
            &camera,
            proxies,
            labels,
            None,
            ahead,
            &[],
        );
    });
    output.textures_delta.clear();
    drawn
}

#[test]
fn a_label_says_all_when_near_letter_and_shape_when_far_and_only_alarms_are_seen_beyond() {
    let words = |label: &label::DrawnLabel| label.words.clone().map(|word| word.is_some());
    for health in [Health::Good, Health::Failure] {
        let near = label_from(20.0, health);
        assert_eq!(
            words(&near[0]),
            [true, true, false],
            "{health:?}: name and value"
        );
        assert_eq!(near[0].detail, Detail::Near);
        let far = label_from(50.0, health);
        assert_eq!(words(&far[0]), [false; 3], "{health:?}");
        assert_eq!(far[0].detail, Detail::Far);
        assert!(far[0].rect.width() > 15.0 && far[0].rect.width() < near[0].rect.width() / 2.0);
    }
    let letter = label_from(50.0, Health::Good)[0].rect.width();
    let both = label_from(50.0, Health::Failure)[0].rect.width();
    assert!(
        both > letter + 10.0,
        "the shape of the alarm is beside the letter"
    );
    assert!(label_from(90.0, Health::Good).is_empty());
    let beyond = label_from(90.0, Health::Failure);
    assert_eq!(beyond.len(), 1);
    assert_eq!(words(&beyond[0]), [false; 3]);
}

#[test]
fn the_label_of_the_bottleneck_of_what_could_be_says_so_near_and_far() {
    let says = |distance: f32, holds_back: Option<f32>| {
        let ahead = label::Ahead {
            holds_back,
            ..label::Ahead::default()
        };
        let all = label::AllAhead::from([(EquipmentId(0), ahead)]);
        let [drawn] = label_with(distance, Health::Good, Some(&all))
            .try_into()
            .unwrap();
        let words = drawn.words.iter().flatten();
        words.map(|word| word.text().to_owned()).collect::<Vec<_>>()
    };
    for distance in [20.0, 50.0] {
        let words = says(distance, Some(0.624));
        assert_eq!(words.last().unwrap(), "holds back 62 %", "{words:?}");
        assert!(words.len() > 1, "whose label that is: {words:?}");
        let others = says(distance, None);
        assert!(!others.concat().contains("holds back"), "{others:?}");
    }
}

#[test]
fn a_plate_can_be_read_or_is_not_there_and_an_abnormal_one_never_steps_back() {
    for metres in 0..200_u16 {
        let from = |health| levels::opacity(f32::from(metres), health);
        let calm = from(Health::Good);
        assert!(
            calm.is_none_or(|opacity| (0.75..=1.0).contains(&opacity)),
            "{metres} m: {calm:?}"
        );
        assert_eq!(from(Health::Failure), calm.map(|_| 1.0), "{metres} m");
    }
    assert_eq!(
        levels::opacity(10.0, Health::Failure),
        None,
        "near by there are labels"
    );
    assert_eq!(levels::opacity(150.0, Health::Good), Some(1.0));
}
