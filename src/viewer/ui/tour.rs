//! The tour: what is where on the screen, in a minute. It stands beside what it speaks of, takes no
//! key but Enter and Esc, and can be left at once.

use bevy_egui::egui;

use super::{PanelData, style};
use crate::command::{Command, Panel, Visibility};
use crate::viewer::theme;

/// What is kept between frames.
#[derive(Debug, Default)]
pub struct Memory {
    step: usize,
}

/// Where the things that the tour speaks of are on the screen.
#[derive(Clone, Copy, Debug, Default)]
pub struct Places {
    /// What says live, replay or what-if.
    pub mode: Option<egui::Rect>,
    /// How many equipment are abnormal.
    pub health: Option<egui::Rect>,
    /// What colours the equipment.
    pub overlays: Option<egui::Rect>,
    /// The plant's picture.
    pub plant: Option<egui::Rect>,
    /// The tree.
    pub tree: Option<egui::Rect>,
    /// The inspector.
    pub inspector: Option<egui::Rect>,
    /// The alarms.
    pub alarms: Option<egui::Rect>,
    /// The timeline.
    pub timeline: Option<egui::Rect>,
}

struct Step {
    title: &'static str,
    text: &'static str,
    place: fn(&Places) -> Option<egui::Rect>,
}

const STEPS: [Step; 8] = [
    Step {
        title: "Your plant, as it is now",
        text: "Everything you see was reported by the plant; what is not known to move stands \
               still. Drag to look around, turn the wheel to come closer, press H to come home.",
        place: |places| places.plant,
    },
    Step {
        title: "Present, past or future",
        text: "This badge and the frame around the window say what you look at: LIVE, REPLAY or \
               WHAT-IF. You cannot mistake one for the other.",
        place: |places| places.mode,
    },
    Step {
        title: "What needs you",
        text: "Grey is good. Shapes count what is not: a circle with a cross has failed, a \
               triangle is out of its limits or under check, a square wants maintenance. Hold the \
               mouse over any symbol to read what it means.",
        place: |places| places.health,
    },
    Step {
        title: "Find a machine",
        text: "Click one in the plant or in the tree, or press Ctrl+K and type a part of its \
               name. A double click flies there, the right button offers more.",
        place: |places| places.tree,
    },
    Step {
        title: "Ask it",
        text: "The inspector shows every signal with its age, its limits and its last minutes. A \
               value that is too old looks old wherever it appears.",
        place: |places| places.inspector,
    },
    Step {
        title: "What happened",
        text: "Alarms say what is wrong, by which limit, and what to do. A flag marks the first of \
               its line: the likely cause.",
        place: |places| places.alarms,
    },
    Step {
        title: "Go back in time",
        text: "Drag on the ruler and the whole plant follows, to any instant that was recorded. \
               Space plays and pauses, J and L play either way, B keeps an instant under a name, \
               and End brings you back to the present.",
        place: |places| places.timeline,
    },
    Step {
        title: "Other colours, other questions",
        text: "Keys 1 to 6 colour the plant by health, state, heat or data age. Every command has \
               a name in Ctrl+K and a place in the menu; F1 shows all keys, Ctrl+Z takes back.",
        place: |places| places.overlays,
    },
];

/// Width of the card, points.
const WIDTH: f32 = 360.0;

/// The card and the mark around what it speaks of.
pub fn tour_ui(
    ctx: &egui::Context,
    data: &PanelData,
    places: &Places,
    memory: &mut Memory,
    is_entered: Entered,
    out: &mut Vec<Command>,
) {
    let at = memory.step.min(STEPS.len() - 1);
    let Some(step) = STEPS.get(at) else {
        return;
    };
    let palette = theme::of(ctx);
    let screen = ctx.content_rect();
    let place = (step.place)(places).map(|place| place.intersect(screen));
    if let Some(place) = place {
        let painter = ctx.layer_painter(egui::LayerId::new(
            egui::Order::Foreground,
            "tour mark".into(),
        ));
        for (width, colour) in [(5.0, palette.halo), (3.0, palette.selection)] {
            painter.rect_stroke(
                place.shrink(1.0),
                theme::ROUNDING,
                egui::Stroke::new(width, colour.egui()),
                egui::StrokeKind::Inside,
            );
        }
    }
    let middle = places.plant.unwrap_or(screen).center();
    let width = WIDTH.min(screen.width() - 2.0 * theme::SPACE_XL);
    let is_last = at + 1 == STEPS.len();
    let mut leave = false;
    let mut go = isize::from(is_entered == Entered::Yes);
    egui::Area::new("tour".into())
        .order(egui::Order::Foreground)
        .pivot(egui::Align2::CENTER_CENTER)
        .fixed_pos(middle)
        .constrain_to(screen.shrink(theme::SPACE_L))
        .show(ctx, |ui| {
            style::dialog_frame(ctx).show(ui, |ui| {
                ui.set_width(width);
                ui.label(style::small(format!(
                    "Tour of {}: {} of {}",
                    data.view.twin.plant().name,
                    at + 1,
                    STEPS.len()
                )));
                ui.label(
                    egui::RichText::new(step.title)
                        .size(theme::TEXT_SIZE_TITLE)
                        .strong(),
                );
                ui.add_space(theme::SPACE_S);
                ui.add(egui::Label::new(step.text).wrap());
                ui.add_space(theme::SPACE_L);
                ui.horizontal(|ui| {
                    let word = if is_last {
                        "Done (Enter)"
                    } else {
                        "Next (Enter)"
                    };
                    let next = egui::Button::new(egui::RichText::new(word).strong());
                    if ui.add(next.fill(palette.chosen.egui())).clicked() {
                        go = 1;
                    }
                    if at > 0 && ui.button("Back").clicked() {
                        go = -1;
                    }
                    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                        if !is_last && ui.button("Leave (Esc)").clicked() {
                            leave = true;
                        }
                    });
                });
            });
        });
    if leave || go > 0 && is_last {
        memory.step = 0;
        out.push(Command::SetPanel(Panel::Tour, Visibility::Hidden));
    } else {
        memory.step = at.saturating_add_signed(go);
    }
}

/// Whether Enter was pressed for the tour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entered {
    /// It was.
    Yes,
    /// It was not, or for something else.
    No,
}
