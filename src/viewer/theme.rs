//! Every colour and size of the view. Nothing else in the viewer writes a colour down.
//!
//! Colours of the user interface and of the hall come from the [`Palette`] of the theme in force:
//! [`of`] for who has an egui context, [`Palette::of`] for who has the theme.
//!
//! Calm grey after ISA-101: what is normal is grey, saturated colour is kept for what is abnormal,
//! and no meaning rests on colour alone: health has a shape, an operating state has a letter.

mod palette;

pub use palette::{Bar, Chip, DARK, HIGH_CONTRAST, LIGHT, Palette};

use bevy::color::Color;
use bevy_egui::egui::{self, Color32};

use crate::command::Theme;
use crate::model::OperatingState;
use crate::twin::Mode;

/// An opaque sRGB colour, for Bevy and for egui.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rgb(pub u8, pub u8, pub u8);

impl Rgb {
    /// For egui.
    pub const fn egui(self) -> Color32 {
        Color32::from_rgb(self.0, self.1, self.2)
    }

    /// For egui, `alpha` of 255 opaque.
    pub fn egui_alpha(self, alpha: u8) -> Color32 {
        Color32::from_rgba_unmultiplied(self.0, self.1, self.2, alpha)
    }

    /// For Bevy.
    pub fn bevy(self) -> Color {
        Color::srgb_u8(self.0, self.1, self.2)
    }

    /// Between this colour (0) and another (1), in sRGB.
    pub fn mix(self, other: Self, share: f32) -> Self {
        let mix =
            |a: u8, b: u8| (f32::from(a) + (f32::from(b) - f32::from(a)) * share).round() as u8;
        Self(
            mix(self.0, other.0),
            mix(self.1, other.1),
            mix(self.2, other.2),
        )
    }

    /// Relative luminance (WCAG 2.2), 0 to 1.
    pub fn luminance(self) -> f64 {
        let linear = |byte: u8| {
            let value = f64::from(byte) / 255.0;
            if value <= 0.040_45 {
                value / 12.92
            } else {
                ((value + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * linear(self.0) + 0.7152 * linear(self.1) + 0.0722 * linear(self.2)
    }

    /// Contrast ratio to another colour (WCAG 2.2), 1 to 21.
    pub fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }
}

/// The ground around the hall, which fades into the background.
pub const GROUND: Rgb = Rgb(178, 184, 189);
/// The hall's floor.
pub const FLOOR: Rgb = Rgb(164, 167, 170);
/// Joints between floor slabs.
pub const FLOOR_JOINT: Rgb = Rgb(132, 136, 140);
/// The floor where machines work.
pub const FLOOR_LINE: Rgb = Rgb(178, 181, 184);
/// The edge of the floor where machines work.
pub const FLOOR_WORK_LINE: Rgb = Rgb(214, 216, 217);
/// Aisles, where one drives.
pub const FLOOR_AISLE: Rgb = Rgb(150, 154, 158);
/// The marking along aisles.
pub const FLOOR_MARKING: Rgb = Rgb(214, 196, 132);
/// Where one walks.
pub const FLOOR_WALK: Rgb = Rgb(150, 163, 156);
/// The marking along a walk.
pub const FLOOR_WALK_LINE: Rgb = Rgb(220, 224, 222);
/// The marking around what a robot reaches.
pub const FLOOR_KEEP_OUT: Rgb = Rgb(206, 178, 96);
/// Walls.
pub const WALL: Rgb = Rgb(226, 229, 231);
/// Foot of the walls.
pub const WALL_PLINTH: Rgb = Rgb(172, 177, 181);
/// Seams and frames of the walls.
pub const WALL_SEAM: Rgb = Rgb(186, 190, 194);
/// Pillars of the walls.
pub const WALL_PILLAR: Rgb = Rgb(208, 212, 215);
/// The cut through a wall.
pub const WALL_CAP: Rgb = Rgb(122, 128, 134);
/// Daylight in the windows.
pub const WALL_WINDOW: Rgb = Rgb(226, 234, 240);
/// Darkness under equipment, where little light comes.
pub const SHADE: Rgb = Rgb(30, 34, 38);
/// The box that stands for equipment without a model.
pub const BOX: Rgb = Rgb(171, 178, 184);
/// A lamp that is lit, when its material has no colour of its own.
pub const LAMP: Rgb = Rgb(255, 236, 170);

/// The colours in force where something is drawn: those of the theme that [`put_on`] was last told.
pub fn of(ctx: &egui::Context) -> &'static Palette {
    let theme = ctx.data(|data| data.get_temp(egui::Id::new("theme")));
    Palette::of(theme.unwrap_or_default())
}

/// From now on [`of`] gives the colours of this theme.
pub fn put_on(ctx: &egui::Context, theme: Theme) {
    ctx.data_mut(|data| data.insert_temp(egui::Id::new("theme"), theme));
}

/// The letter of an operating state.
pub const fn state_letter(state: OperatingState) -> &'static str {
    match state {
        OperatingState::Unknown => "?",
        OperatingState::Execute => "E",
        OperatingState::Idle => "I",
        OperatingState::Starved => "S",
        OperatingState::Blocked => "B",
        OperatingState::Held => "H",
        OperatingState::Setup => "U",
        OperatingState::Stopped => "O",
        OperatingState::Maintenance => "M",
    }
}

/// The word of an operating state on screen.
pub const fn state_word(state: OperatingState) -> &'static str {
    match state {
        OperatingState::Unknown => "Unknown",
        OperatingState::Execute => "Execute",
        OperatingState::Idle => "Idle",
        OperatingState::Starved => "Starved",
        OperatingState::Blocked => "Blocked",
        OperatingState::Held => "Held",
        OperatingState::Setup => "Setup",
        OperatingState::Stopped => "Stopped",
        OperatingState::Maintenance => "Maintenance",
    }
}

/// The word of the frame around the whole window.
pub const fn mode_word(mode: Mode) -> &'static str {
    match mode {
        Mode::Live => "LIVE",
        Mode::Replay => "REPLAY",
        Mode::WhatIf => "WHAT-IF",
    }
}

/// The heat map *viridis* (van der Walt and Smith, 2015; CC0): perceptually uniform, readable in
/// grey and with any colour vision. Nine stops, 0 to 1.
const VIRIDIS: [Rgb; 9] = [
    Rgb(68, 1, 84),
    Rgb(71, 45, 123),
    Rgb(59, 82, 139),
    Rgb(44, 114, 142),
    Rgb(33, 145, 140),
    Rgb(40, 174, 128),
    Rgb(94, 201, 98),
    Rgb(173, 220, 48),
    Rgb(253, 231, 37),
];

/// Colour of a share of the heat range, 0 to 1; what lies outside takes the colour of the end.
pub fn heat(share: f64) -> Rgb {
    let last = VIRIDIS.len() - 1;
    let at = if share.is_finite() {
        share.clamp(0.0, 1.0) * last as f64
    } else {
        0.0
    };
    let below = (at as usize).min(last - 1);
    VIRIDIS[below].mix(VIRIDIS[below + 1], (at - below as f64) as f32)
}

/// Colour of a data age as a share of what is still fresh: pale when new, dark when old.
pub fn age(share: f64) -> Rgb {
    let share = if share.is_finite() {
        share.clamp(0.0, 1.0) as f32
    } else {
        1.0
    };
    Rgb(206, 219, 228).mix(Rgb(74, 59, 96), share)
}

/// Steps in which a continuous colour is drawn on equipment: few enough to share materials.
pub const COLOUR_STEPS: u8 = 64;

/// Width of the frame that says live, replay or what-if, points.
pub const MODE_FRAME: f32 = 3.0;
/// Width of the frame while what is shown is not the present, points.
pub const MODE_FRAME_LOUD: f32 = 6.0;
/// Rounding of boxes, points.
pub const ROUNDING: u8 = 4;
/// Body text, points.
pub const TEXT_SIZE: f32 = 13.0;
/// Small text, points.
pub const TEXT_SIZE_SMALL: f32 = 11.0;
/// Headings, points.
pub const TEXT_SIZE_HEADING: f32 = 15.0;
/// The one line that is read first, points.
pub const TEXT_SIZE_TITLE: f32 = 19.0;
/// Height of a row in a list, points.
pub const ROW: f32 = 22.0;
/// Height of a tab and of a panel's heading, points.
pub const TAB: f32 = 26.0;
/// Room between a letter and its neighbour: the smallest step of the spacing scale, points.
pub const SPACE_XS: f32 = 2.0;
/// Room between things that belong together, points.
pub const SPACE_S: f32 = 4.0;
/// Room between things of a row, points.
pub const SPACE_M: f32 = 8.0;
/// Room around groups, points.
pub const SPACE_L: f32 = 12.0;
/// Room around what stands alone, points.
pub const SPACE_XL: f32 = 20.0;
/// Edge of a health symbol, points.
pub const SYMBOL_SIZE: f32 = 16.0;
/// Labels are gone at this many metres of distance from the eye, and begin to fade at two thirds of it.
pub const LABEL_DISTANCE: f32 = 60.0;
/// At most this many labels at once: more cannot be read.
pub const LABELS_MOST: usize = 40;
/// Below this distance from the eye models are drawn in full, m, at high quality.
pub const MODEL_NEAR: f32 = 45.0;
/// Shares of the distance at which models are drawn in full, below which workpieces are, and beyond
/// which they are too small to be seen.
pub const PART_NEAR: f32 = 0.4;
/// See [`PART_NEAR`].
pub const PART_FAR: f32 = 4.0;
/// Edge of the box that stands for a part of which the scene says nothing, m.
pub const UNKNOWN_PART: f32 = 0.2;
