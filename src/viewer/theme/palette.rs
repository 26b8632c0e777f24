//! The palettes: light and dark for bright and dim control rooms, high contrast for eyes and
//! screens that need it.
//!
//! Every palette is tested (`tests/viewer/theme.rs`): text reaches 4.5:1 on everything that it
//! stands on (7:1 with high contrast), symbols 3:1, and colours that mean something stay apart with
//! every kind of colour vision.

use super::Rgb;
use crate::command::Theme;
use crate::model::{Health, OperatingState};
use crate::twin::Mode;

/// The colours of a theme, by what they are for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Palette {
    /// Text.
    pub text: Rgb,
    /// Text of lesser weight.
    pub text_weak: Rgb,
    /// Panels.
    pub panel: Rgb,
    /// Behind lists, text fields and labels.
    pub field: Rgb,
    /// A row or button under the pointer.
    pub hover: Rgb,
    /// A chosen row or button.
    pub chosen: Rgb,
    /// Lines between things.
    pub line: Rgb,
    /// The top bar.
    pub bar: Rgb,
    /// Text on the top bar.
    pub bar_text: Rgb,
    /// Text of lesser weight on the top bar.
    pub bar_text_weak: Rgb,
    /// Buttons on the top bar: under the pointer, chosen.
    pub bar_chosen: Rgb,
    /// The selection, in 3D and in lists.
    pub selection: Rgb,
    /// The halo that sets lines off from what is behind them.
    pub halo: Rgb,
    /// A filled chip that carries a letter, for states that are worth a look but no fault.
    pub chip: Rgb,
    /// Behind the plant.
    pub background: Rgb,
    /// How much of the light of the hall's floor and walls is seen: white is all of it.
    pub hall: Rgb,
    /// Daylight in the windows of the hall.
    pub window: Rgb,
    /// Equipment of which nothing fresh is known.
    pub stale: Rgb,
    /// Live, replay, what-if.
    modes: [Rgb; 3],
    /// Good, unknown, maintenance required, out of specification, function check, failure.
    healths: [Rgb; 6],
    /// Unknown is [`Palette::stale`]; then execute, idle, starved, blocked, held, setup, stopped,
    /// maintenance.
    states: [Rgb; 8],
    /// Ribbons of the material flow.
    pub ribbon: Rgb,
    /// The arrows on them.
    pub ribbon_arrow: Rgb,
    /// Ways of which nobody can tell what flows there.
    pub ribbon_unknown: Rgb,
    /// What-ifs that stand side by side, the plant as it is first, in the colour of what-if: chosen to be
    /// as far apart as can be, with every colour vision.
    pub cases: [Rgb; 7],
}

/// For bright rooms.
pub const LIGHT: Palette = Palette {
    text: Rgb(31, 36, 42),
    text_weak: Rgb(82, 90, 99),
    panel: Rgb(240, 241, 243),
    field: Rgb(250, 250, 251),
    hover: Rgb(224, 228, 232),
    chosen: Rgb(203, 213, 222),
    line: Rgb(205, 209, 214),
    bar: Rgb(46, 53, 61),
    bar_text: Rgb(236, 239, 242),
    bar_text_weak: Rgb(178, 186, 195),
    bar_chosen: Rgb(74, 85, 97),
    selection: Rgb(18, 107, 128),
    halo: Rgb(255, 255, 255),
    chip: Rgb(200, 206, 212),
    background: Rgb(208, 213, 218),
    hall: Rgb(255, 255, 255),
    window: super::WALL_WINDOW,
    stale: Rgb(222, 223, 225),
    modes: [Rgb(52, 124, 96), Rgb(166, 86, 0), Rgb(122, 74, 168)],
    healths: [
        Rgb(104, 113, 122),
        Rgb(104, 109, 116),
        Rgb(37, 107, 207),
        Rgb(244, 196, 0),
        Rgb(238, 118, 11),
        Rgb(208, 28, 36),
    ],
    states: [
        Rgb(112, 146, 126),
        Rgb(176, 183, 189),
        Rgb(112, 182, 210),
        Rgb(206, 164, 96),
        Rgb(208, 28, 36),
        Rgb(146, 121, 181),
        Rgb(96, 103, 110),
        Rgb(37, 107, 207),
    ],
    ribbon: Rgb(62, 96, 134),
    ribbon_arrow: Rgb(236, 241, 246),
    ribbon_unknown: Rgb(236, 238, 240),
    cases: [
        Rgb(122, 74, 168),
        Rgb(46, 158, 65),
        Rgb(37, 71, 244),
        Rgb(199, 107, 145),
        Rgb(97, 5, 51),
        Rgb(4, 4, 73),
        Rgb(60, 79, 23),
    ],
};

/// For dim rooms.
pub const DARK: Palette = Palette {
    text: Rgb(226, 230, 234),
    text_weak: Rgb(172, 180, 188),
    panel: Rgb(34, 38, 43),
    field: Rgb(26, 29, 33),
    hover: Rgb(45, 51, 57),
    chosen: Rgb(54, 65, 75),
    line: Rgb(62, 69, 76),
    bar: Rgb(22, 25, 29),
    bar_text: Rgb(230, 234, 238),
    bar_text_weak: Rgb(164, 173, 182),
    bar_chosen: Rgb(54, 63, 72),
    selection: Rgb(92, 193, 214),
    halo: Rgb(14, 16, 18),
    chip: Rgb(70, 78, 86),
    background: Rgb(44, 48, 53),
    hall: Rgb(118, 122, 128),
    window: Rgb(84, 92, 100),
    stale: Rgb(58, 62, 67),
    modes: [Rgb(62, 158, 122), Rgb(214, 132, 40), Rgb(160, 118, 208)],
    healths: [
        Rgb(150, 158, 167),
        Rgb(156, 162, 169),
        Rgb(96, 160, 245),
        Rgb(250, 208, 40),
        Rgb(245, 136, 40),
        Rgb(236, 70, 74),
    ],
    states: [
        Rgb(92, 128, 106),
        Rgb(126, 133, 140),
        Rgb(110, 180, 204),
        Rgb(214, 168, 92),
        Rgb(236, 70, 74),
        Rgb(150, 104, 190),
        Rgb(206, 211, 216),
        Rgb(70, 130, 240),
    ],
    ribbon: Rgb(132, 172, 216),
    ribbon_arrow: Rgb(24, 34, 46),
    ribbon_unknown: Rgb(150, 156, 162),
    cases: [
        Rgb(160, 118, 208),
        Rgb(61, 245, 153),
        Rgb(181, 212, 227),
        Rgb(203, 203, 77),
        Rgb(185, 13, 242),
        Rgb(27, 126, 101),
        Rgb(178, 136, 77),
    ],
};

/// For eyes and screens that need it: black and white, and lines between all things.
pub const HIGH_CONTRAST: Palette = Palette {
    text: Rgb(255, 255, 255),
    text_weak: Rgb(226, 226, 226),
    panel: Rgb(0, 0, 0),
    field: Rgb(0, 0, 0),
    hover: Rgb(42, 42, 42),
    chosen: Rgb(68, 68, 68),
    line: Rgb(168, 168, 168),
    bar: Rgb(0, 0, 0),
    bar_text: Rgb(255, 255, 255),
    bar_text_weak: Rgb(226, 226, 226),
    bar_chosen: Rgb(68, 68, 68),
    selection: Rgb(0, 220, 255),
    halo: Rgb(0, 0, 0),
    chip: Rgb(74, 74, 74),
    background: Rgb(24, 24, 24),
    hall: Rgb(92, 92, 92),
    window: Rgb(60, 60, 60),
    stale: Rgb(64, 64, 64),
    modes: [Rgb(64, 190, 142), Rgb(255, 166, 64), Rgb(196, 158, 250)],
    healths: [
        Rgb(190, 190, 190),
        Rgb(200, 200, 200),
        Rgb(110, 175, 255),
        Rgb(255, 221, 51),
        Rgb(255, 143, 46),
        Rgb(255, 84, 84),
    ],
    states: [
        Rgb(70, 158, 112),
        Rgb(150, 150, 150),
        Rgb(130, 216, 240),
        Rgb(255, 196, 100),
        Rgb(255, 84, 84),
        Rgb(176, 104, 214),
        Rgb(240, 240, 240),
        Rgb(96, 160, 255),
    ],
    ribbon: Rgb(150, 205, 255),
    ribbon_arrow: Rgb(0, 0, 0),
    ribbon_unknown: Rgb(210, 210, 210),
    cases: [
        Rgb(196, 158, 250),
        Rgb(37, 244, 140),
        Rgb(181, 219, 227),
        Rgb(149, 11, 218),
        Rgb(22, 105, 78),
        Rgb(168, 36, 146),
        Rgb(99, 99, 29),
    ],
};

impl Palette {
    /// The colours of a theme.
    pub const fn of(theme: Theme) -> &'static Self {
        match theme {
            Theme::Light => &LIGHT,
            Theme::Dark => &DARK,
            Theme::HighContrast => &HIGH_CONTRAST,
        }
    }

    /// Colour of a health, as NE 107 has it; [`Health::Good`] is grey, for it needs no attention.
    pub const fn health(&self, health: Health) -> Rgb {
        let [good, unknown, maintenance, specification, check, failure] = self.healths;
        match health {
            Health::Good => good,
            Health::Unknown => unknown,
            Health::MaintenanceRequired => maintenance,
            Health::OutOfSpecification => specification,
            Health::FunctionCheck => check,
            Health::Failure => failure,
        }
    }

    /// Colour of equipment in an operating state, where the state overlay was asked for; lists and
    /// labels have [`Palette::state_chip`].
    pub const fn state(&self, state: OperatingState) -> Rgb {
        let [
            execute,
            idle,
            starved,
            blocked,
            held,
            setup,
            stopped,
            maintenance,
        ] = self.states;
        match state {
            OperatingState::Unknown => self.stale,
            OperatingState::Execute => execute,
            OperatingState::Idle => idle,
            OperatingState::Starved => starved,
            OperatingState::Blocked => blocked,
            OperatingState::Held => held,
            OperatingState::Setup => setup,
            OperatingState::Stopped => stopped,
            OperatingState::Maintenance => maintenance,
        }
    }

    /// The outline that sets a symbol of a health off from any surface.
    pub fn health_edge(&self, health: Health) -> Rgb {
        self.health(health).mix(self.text, 0.5)
    }

    /// Colour of the frame around the whole window.
    pub const fn mode(&self, mode: Mode) -> Rgb {
        let [live, replay, what_if] = self.modes;
        match mode {
            Mode::Live => live,
            Mode::Replay => replay,
            Mode::WhatIf => what_if,
        }
    }

    /// Colours of the top bar: calm while it is live, and else in the colour of what is shown, so that
    /// nobody takes it for the present.
    pub fn top_bar(&self, mode: Mode) -> Bar {
        if mode == Mode::Live {
            return Bar {
                ground: self.bar,
                text: self.bar_text,
                text_weak: self.bar_text_weak,
                chosen: self.bar_chosen,
            };
        }
        let ground = self.mode(mode);
        let ink = self.ink_on(ground);
        // Away from the text, so that it is read on what is chosen, too.
        let away = if ink.luminance() > ground.luminance() {
            Rgb(0, 0, 0)
        } else {
            Rgb(255, 255, 255)
        };
        Bar {
            ground,
            text: ink,
            text_weak: ink,
            chosen: ground.mix(away, 0.3),
        }
    }

    /// Text or its opposite, whichever is read better on a ground.
    pub fn ink_on(&self, ground: Rgb) -> Rgb {
        if ground.contrast(self.text) >= ground.contrast(self.halo) {
            self.text
        } else {
            self.halo
        }
    }

    /// How the letter of an operating state looks in lists and labels. Calm, after ISA-101: what
    /// runs or rests is an outline, what waits or is set aside a grey chip, and only a machine that
    /// holds for a fault of its own has a colour.
    pub fn state_chip(&self, state: OperatingState) -> Chip {
        match state {
            OperatingState::Unknown | OperatingState::Execute | OperatingState::Idle => Chip {
                fill: None,
                edge: self.text_weak,
                ink: self.text_weak,
            },
            OperatingState::Starved
            | OperatingState::Blocked
            | OperatingState::Setup
            | OperatingState::Stopped
            | OperatingState::Maintenance => Chip {
                fill: Some(self.chip),
                edge: self.text_weak,
                ink: self.text,
            },
            OperatingState::Held => {
                let fill = self.health(Health::Failure);
                Chip {
                    fill: Some(fill),
                    edge: self.health_edge(Health::Failure),
                    ink: self.ink_on(fill),
                }
            }
        }
    }
}

/// Colours of the top bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bar {
    /// Behind everything.
    pub ground: Rgb,
    /// Text.
    pub text: Rgb,
    /// Text of lesser weight.
    pub text_weak: Rgb,
    /// Buttons: under the pointer, chosen.
    pub chosen: Rgb,
}

/// How the letter of an operating state looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chip {
    /// Behind the letter; `None`: what the chip stands on.
    pub fill: Option<Rgb>,
    /// Its outline.
    pub edge: Rgb,
    /// The letter.
    pub ink: Rgb,
}
