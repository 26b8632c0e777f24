//! Colours can be read and told apart, and never carry a meaning alone.

use std::collections::BTreeSet;

use twinscape::model::OperatingState;
use twinscape::viewer::theme;

#[test]
fn text_reaches_wcag_aa_on_everything_it_stands_on() {
    for ground in [
        theme::PANEL,
        theme::FIELD,
        theme::HOVER,
        theme::CHOSEN,
        theme::STALE,
    ] {
        assert!(theme::TEXT.contrast(ground) >= 4.5, "{ground:?}");
    }
    for ground in [theme::PANEL, theme::FIELD] {
        assert!(theme::TEXT_WEAK.contrast(ground) >= 4.5, "{ground:?}");
    }
    for text in [theme::BAR_TEXT, theme::BAR_TEXT_WEAK] {
        assert!(text.contrast(theme::BAR) >= 4.5, "{text:?}");
    }
    for mode in [
        twinscape::twin::Mode::Live,
        twinscape::twin::Mode::Replay,
        twinscape::twin::Mode::WhatIf,
    ] {
        let ground = theme::mode(mode);
        assert!(
            theme::HALO.contrast(ground) >= 4.5,
            "{mode:?} {}",
            theme::HALO.contrast(ground)
        );
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
