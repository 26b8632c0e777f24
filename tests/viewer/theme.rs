//! Colours can be read and told apart, in every theme and with every kind of colour vision, and
//! never carry a meaning alone.

use std::collections::BTreeSet;

use twinscape::command::Theme;
use twinscape::model::{Health, OperatingState};
use twinscape::twin::Mode;
use twinscape::viewer::theme::{self, Palette, Rgb};

const ABNORMAL: [Health; 4] = [
    Health::MaintenanceRequired,
    Health::OutOfSpecification,
    Health::FunctionCheck,
    Health::Failure,
];

/// What text and symbols stand on.
fn grounds(palette: &Palette) -> [Rgb; 5] {
    [
        palette.panel,
        palette.field,
        palette.hover,
        palette.chosen,
        palette.stale,
    ]
}

fn palettes() -> impl Iterator<Item = (Theme, &'static Palette)> {
    Theme::ALL
        .into_iter()
        .map(|theme| (theme, Palette::of(theme)))
}

#[test]
fn text_reaches_wcag_aa_on_everything_it_stands_on_and_aaa_with_high_contrast() {
    for (theme, palette) in palettes() {
        let least = match theme {
            Theme::HighContrast => 7.0,
            Theme::Light | Theme::Dark => 4.5,
        };
        for ground in grounds(palette) {
            for text in [palette.text, palette.text_weak] {
                let contrast = text.contrast(ground);
                assert!(
                    contrast >= least,
                    "{theme:?}: {text:?} on {ground:?}: {contrast}"
                );
            }
        }
        for text in [palette.bar_text, palette.bar_text_weak] {
            let contrast = text.contrast(palette.bar);
            assert!(
                contrast >= least,
                "{theme:?}: {text:?} on the bar: {contrast}"
            );
        }
        let contrast = palette.bar_text.contrast(palette.bar_chosen);
        assert!(
            contrast >= least,
            "{theme:?}: chosen on the bar: {contrast}"
        );
        for mode in [Mode::Live, Mode::Replay, Mode::WhatIf] {
            let bar = palette.top_bar(mode);
            for ground in [bar.ground, bar.chosen] {
                let contrast = bar.text.contrast(ground);
                assert!(contrast >= 4.5, "{theme:?}: {mode:?}: bar {contrast}");
            }
            let ground = palette.mode(mode);
            let contrast = palette.ink_on(ground).contrast(ground);
            assert!(contrast >= 4.5, "{theme:?}: {mode:?}: {contrast}");
        }
    }
}

#[test]
fn symbols_reach_3_to_1_on_everything_they_stand_on_and_what_is_in_them_too() {
    for (theme, palette) in palettes() {
        for health in Health::ALL {
            let (fill, edge) = (palette.health(health), palette.health_edge(health));
            for ground in grounds(palette) {
                let contrast = fill.contrast(ground).max(edge.contrast(ground));
                assert!(
                    contrast >= 3.0,
                    "{theme:?}: {health:?} on {ground:?}: {contrast}"
                );
            }
            let contrast = palette.ink_on(fill).contrast(fill);
            assert!(contrast >= 3.0, "{theme:?}: mark in {health:?}: {contrast}");
        }
        for ground in grounds(palette) {
            let contrast = palette.selection.contrast(ground);
            assert!(
                contrast >= 3.0,
                "{theme:?}: selection on {ground:?}: {contrast}"
            );
        }
    }
}

#[test]
fn the_letter_of_a_state_can_be_read_on_its_chip_and_only_a_fault_has_a_colour() {
    for (theme, palette) in palettes() {
        for state in OperatingState::ALL {
            let chip = palette.state_chip(state);
            let least = match chip.fill {
                Some(fill) => chip.ink.contrast(fill),
                None => grounds(palette)
                    .map(|ground| chip.ink.contrast(ground))
                    .into_iter()
                    .fold(f64::INFINITY, f64::min),
            };
            let enough = if state == OperatingState::Held {
                3.0
            } else {
                4.5
            };
            assert!(least >= enough, "{theme:?}: {state:?}: {least}");
            let is_grey = [chip.fill, Some(chip.edge), Some(chip.ink)]
                .into_iter()
                .flatten()
                .all(|colour| saturation(colour) < 0.2);
            assert_eq!(
                is_grey,
                state != OperatingState::Held,
                "{theme:?}: {state:?}"
            );
            let colour = palette.state(state);
            let contrast = palette.ink_on(colour).contrast(colour);
            assert!(
                contrast >= 3.0,
                "{theme:?}: letter of {state:?}: {contrast}"
            );
        }
    }
}

/// Largest difference of two channels, 0 to 1.
fn saturation(colour: Rgb) -> f64 {
    let channels = [colour.0, colour.1, colour.2];
    let (least, most) = (
        channels.iter().min().unwrap(),
        channels.iter().max().unwrap(),
    );
    f64::from(most - least) / 255.0
}

/// How colours look with a colour vision: matrices in linear RGB by Machado, Oliveira and Fernandes
/// (2009), severity 1.
const VISIONS: [(&str, [[f64; 3]; 3]); 4] = [
    ("all", [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
    (
        "no red cones",
        [
            [0.152_286, 1.052_583, -0.204_868],
            [0.114_503, 0.786_281, 0.099_216],
            [-0.003_882, -0.048_116, 1.051_998],
        ],
    ),
    (
        "no green cones",
        [
            [0.367_322, 0.860_646, -0.227_968],
            [0.280_085, 0.672_501, 0.047_413],
            [-0.011_820, 0.042_940, 0.968_881],
        ],
    ),
    (
        "no blue cones",
        [
            [1.255_528, -0.076_749, -0.178_779],
            [-0.078_411, 0.930_809, 0.147_602],
            [0.004_733, 0.691_367, 0.303_900],
        ],
    ),
];

/// CIE L*a*b* (D65) of a colour as it is seen.
fn seen(vision: &[[f64; 3]; 3], colour: Rgb) -> [f64; 3] {
    let linear = [colour.0, colour.1, colour.2].map(|byte| {
        let value = f64::from(byte) / 255.0;
        if value <= 0.040_45 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    });
    let row = |row: &[f64; 3]| row.iter().zip(linear).map(|(a, b)| a * b).sum::<f64>();
    let [red, green, blue] =
        [row(&vision[0]), row(&vision[1]), row(&vision[2])].map(|channel| channel.clamp(0.0, 1.0));
    let curve = |value: f64| {
        if value > 0.008_856 {
            value.cbrt()
        } else {
            7.787 * value + 16.0 / 116.0
        }
    };
    let x = curve((0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505);
    let y = curve(0.2126 * red + 0.7152 * green + 0.0722 * blue);
    let z = curve((0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089);
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

fn difference(vision: &[[f64; 3]; 3], a: Rgb, b: Rgb) -> f64 {
    let (a, b) = (seen(vision, a), seen(vision, b));
    let squares = a.iter().zip(b).map(|(a, b)| (a - b) * (a - b));
    squares.sum::<f64>().sqrt()
}

#[test]
fn colours_of_health_stay_apart_with_every_colour_vision() {
    for (theme, palette) in palettes() {
        for (name, vision) in &VISIONS {
            for (at, a) in ABNORMAL.into_iter().enumerate() {
                for b in ABNORMAL.into_iter().skip(at + 1) {
                    let apart = difference(vision, palette.health(a), palette.health(b));
                    assert!(apart >= 15.0, "{theme:?}, {name}: {a:?} and {b:?}: {apart}");
                }
                let apart = difference(vision, palette.health(a), palette.stale);
                assert!(apart >= 25.0, "{theme:?}, {name}: {a:?} and stale: {apart}");
                let good = difference(vision, palette.health(a), theme::BOX);
                assert!(good >= 20.0, "{theme:?}, {name}: {a:?} and normal: {good}");
            }
        }
    }
}

#[test]
fn colours_of_states_stay_apart_and_carry_their_letter_in_every_theme() {
    for (theme, palette) in palettes() {
        assert_eq!(palette.state(OperatingState::Unknown), palette.stale);
        for (at, a) in OperatingState::ALL.into_iter().enumerate() {
            let colour = palette.state(a);
            let letter = palette.ink_on(colour).contrast(colour);
            assert!(letter >= 4.0, "{theme:?}: letter of {a:?}: {letter}");
            for b in OperatingState::ALL.into_iter().skip(at + 1) {
                for (name, vision) in &VISIONS {
                    let apart = difference(vision, colour, palette.state(b));
                    assert!(apart >= 9.0, "{theme:?}, {name}: {a:?} and {b:?}: {apart}");
                }
            }
        }
    }
}

#[test]
fn ribbons_their_arrows_and_hatched_ways_can_be_seen_in_every_theme() {
    for (theme, palette) in palettes() {
        // The floor as the hall's light shows it.
        let hall = |colour: Rgb| {
            let by = |a: u8, b: u8| (f32::from(a) * f32::from(b) / 255.0) as u8;
            Rgb(
                by(colour.0, palette.hall.0),
                by(colour.1, palette.hall.1),
                by(colour.2, palette.hall.2),
            )
        };
        for floor in [theme::FLOOR, theme::FLOOR_LINE, theme::FLOOR_AISLE].map(hall) {
            let ribbon = palette.ribbon.contrast(floor);
            assert!(ribbon >= 2.2, "{theme:?}: ribbon on {floor:?}: {ribbon}");
            let unknown = palette.ribbon_unknown.contrast(floor);
            assert!(unknown >= 1.5, "{theme:?}: hatched on {floor:?}: {unknown}");
        }
        let arrow = palette.ribbon_arrow.contrast(palette.ribbon);
        assert!(arrow >= 4.5, "{theme:?}: arrow: {arrow}");
        for (name, vision) in &VISIONS {
            let apart = difference(vision, palette.ribbon, palette.ribbon_unknown);
            assert!(
                apart >= 15.0,
                "{theme:?}, {name}: ribbon and hatched: {apart}"
            );
        }
    }
}

#[test]
fn every_state_has_its_own_letter() {
    let letters: BTreeSet<_> = OperatingState::ALL.map(theme::state_letter).into();
    assert_eq!(letters.len(), OperatingState::ALL.len());
}

#[test]
fn the_heat_map_grows_brighter_all_the_way() {
    let brightness: Vec<f64> = (0..=100)
        .map(|share| theme::heat(f64::from(share) / 100.0).luminance())
        .collect();
    assert!(brightness.windows(2).all(|pair| pair[0] <= pair[1] + 1e-6));
    assert_eq!(theme::heat(f64::NAN), theme::heat(0.0));
    assert_eq!(theme::heat(7.0), theme::heat(1.0));
}

#[test]
fn what_ifs_that_stand_side_by_side_can_be_told_apart_with_every_colour_vision() {
    for (theme, palette) in palettes() {
        for (at, a) in palette.cases.into_iter().enumerate() {
            for ground in [palette.field, palette.panel] {
                let contrast = a.contrast(ground);
                assert!(contrast >= 3.0, "{theme:?}: case {at}: {contrast}");
            }
            for (name, vision) in &VISIONS {
                for b in palette.cases.into_iter().skip(at + 1) {
                    let apart = difference(vision, a, b);
                    assert!(apart >= 24.0, "{theme:?}, {name}: {a:?} and {b:?}: {apart}");
                }
            }
        }
        let as_it_is = palette.cases[0];
        assert_eq!(as_it_is, palette.mode(Mode::WhatIf));
    }
}
