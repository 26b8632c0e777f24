//! The legend of the overlay in force, floating over the plant.

use bevy_egui::egui;

use super::{PanelData, style};
use crate::command::{Command, Overlay};
use crate::kpi::{RibbonScale, Untold};
use crate::model::{Health, OperatingState};
use crate::viewer::overlay::{age, heat, state, symbol};
use crate::viewer::theme;

/// Size of a scale's bar, points.
const BAR: egui::Vec2 = egui::vec2(180.0, 12.0);

/// The legend, in the lower left corner of `rect`, and what it covers.
pub fn legend_ui(
    ctx: &egui::Context,
    rect: egui::Rect,
    data: &PanelData,
    memory: &mut Memory,
    out: &mut Vec<Command>,
) -> Option<egui::Rect> {
    let overlay = data.view.twin.view().overlay;
    if overlay == Overlay::None {
        return None;
    }
    let legend = egui::Area::new("legend".into())
        .fade_in(false)
        .order(egui::Order::Middle)
        .pivot(egui::Align2::LEFT_BOTTOM)
        .fixed_pos(rect.left_bottom() + egui::vec2(12.0, -12.0))
        .show(ctx, |ui| {
            style::floating_frame(ctx).show(ui, |ui| match overlay {
                Overlay::None => {}
                Overlay::Health => health_legend(ui, data),
                Overlay::State => state_legend(ui, data),
                Overlay::Heat => heat_legend(ui, data, memory, out),
                Overlay::DataAge => age_legend(ui),
                Overlay::Flow => flow_legend(ui, data),
            });
        });
    Some(legend.response.rect)
}

fn health_legend(ui: &mut egui::Ui, data: &PanelData) {
    ui.label(style::small("Health (NAMUR NE 107)"));
    let counts = data.groups.of_plant();
    egui::Grid::new("health legend")
        .min_col_width(0.0)
        .spacing([8.0, 3.0])
        .show(ui, |ui| {
            for health in Health::ALL.into_iter().rev() {
                symbol::health_ui(ui, health);
                ui.label(match health {
                    Health::Unknown => "Unknown: nothing fresh",
                    other => other.label(),
                });
                let count = counts.get(health as usize).copied().unwrap_or_default();
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    ui.label(style::weak(count.to_string()));
                });
                ui.end_row();
            }
        });
}

fn state_legend(ui: &mut egui::Ui, data: &PanelData) {
    ui.label(style::small("Operating state"));
    let counts = state::counts(data.view);
    egui::Grid::new("state legend")
        .min_col_width(0.0)
        .spacing([8.0, 3.0])
        .show(ui, |ui| {
            for state in OperatingState::ALL {
                let count = counts.get(state as usize).copied().unwrap_or_default();
                symbol::state_colour_ui(ui, state);
                ui.label(theme::state_word(state));
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    ui.label(style::weak(count.to_string()));
                });
                ui.end_row();
            }
        });
}

fn heat_legend(ui: &mut egui::Ui, data: &PanelData, memory: &mut Memory, out: &mut Vec<Command>) {
    let scale = &data.tints.heat;
    let names = heat::signals(data.view.twin.plant());
    if names.is_empty() {
        ui.label("No signal of this plant has a range");
        ui.label(style::small(
            "Give a signal a `range` or limits in its kind",
        ));
        return;
    }
    egui::ComboBox::from_id_salt("heat signal")
        .selected_text(words(&scale.signal))
        .width(BAR.x)
        .show_ui(ui, |ui| {
            for (name, count) in names {
                let text = format!("{} ({count})", words(&name));
                if ui.selectable_label(name == scale.signal, text).clicked() {
                    out.push(Command::SetHeatSignal(name));
                }
            }
        });
    bar_ui(ui, theme::heat);
    range_ui(ui, scale, memory, out);
    ui.label(style::small("Pale grey: no fresh value"));
}

/// What is being typed into the ends of the heat range.
#[derive(Debug, Default)]
pub struct Memory {
    typed: [Option<String>; 2],
}

/// Width of the field of an end, points.
const FIELD: f32 = 54.0;

/// The ends of the heat range, which can be typed over, and the way back.
fn range_ui(
    ui: &mut egui::Ui,
    scale: &heat::HeatScale,
    memory: &mut Memory,
    out: &mut Vec<Command>,
) {
    let ends = [scale.low, scale.high];
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = theme::SPACE_S;
        for (at, typed) in memory.typed.iter_mut().enumerate() {
            let Some(end) = ends.get(at).copied() else {
                continue;
            };
            let (word, says) = match at {
                0 => ("From", "Type another cold end to pin the range"),
                _ => ("to", "Type another hot end to pin the range"),
            };
            let mut text = typed.clone().unwrap_or_else(|| number_text(end));
            let name = ui.label(style::small(word));
            let field = egui::TextEdit::singleline(&mut text)
                .id_salt(("heat range", at))
                .char_limit(12)
                .horizontal_align(egui::Align::RIGHT)
                .desired_width(FIELD);
            let field = ui.add(field).labelled_by(name.id).on_hover_text(says);
            if field.lost_focus() {
                let is_left = ui.input(|input| input.key_pressed(egui::Key::Escape));
                // People write a comma, too.
                let number = text
                    .trim()
                    .replace(',', ".")
                    .replace('−', "-")
                    .parse::<f64>();
                *typed = None;
                if let Ok(number) = number
                    && !is_left
                    && number_text(number) != number_text(end)
                {
                    let mut ends = ends;
                    ends[at] = number;
                    out.push(Command::SetHeatRange(scale.signal.clone(), ends));
                }
            } else if field.has_focus() {
                *typed = Some(text);
            }
        }
        ui.label(style::small(scale.unit));
    });
    ui.horizontal(|ui| {
        if scale.is_pinned {
            ui.label(style::small("Pinned"));
            let button = ui.small_button("Automatic");
            let says = "Back to the limits that the equipment declares";
            if button.on_hover_text(says).clicked() {
                out.push(Command::ResetHeatRange(scale.signal.clone()));
            }
        } else {
            ui.label(style::small("Automatic: the declared limits"));
        }
    });
}

/// A number as short as it is exact enough to be typed over.
fn number_text(number: f64) -> String {
    let rounded = format!("{number:.3}");
    let short = rounded.trim_end_matches('0').trim_end_matches('.');
    if short == "-0" { "0" } else { short }.to_owned()
}

/// Points per metre of a ribbon's width in the legend.
const RIBBON_POINTS: f64 = 7.0;

fn flow_legend(ui: &mut egui::Ui, data: &PanelData) {
    ui.label(style::small("Material flow, parts per hour"));
    let Some(rates) = data.rates else {
        ui.label("Being counted…");
        return;
    };
    if rates.of.is_empty() {
        ui.label("The scene describes no material flow");
        return;
    }
    let palette = theme::of(ui.ctx());
    let scale = rates.scale();
    let row = |ui: &mut egui::Ui, text: String, paint: &dyn Fn(&egui::Painter, egui::Rect)| {
        ui.horizontal(|ui| {
            let size = egui::vec2(
                56.0,
                RibbonScale::WIDEST as f32 * RIBBON_POINTS as f32 + 2.0,
            );
            let (rect, _) = ui.allocate_exact_size(size, egui::Sense::hover());
            paint(ui.painter(), rect);
            ui.label(text);
        });
    };
    // Widths mean nothing yet where no rate is known.
    let is_known = rates.of.iter().any(|rate| rate.per_hour().is_some());
    let examples = if is_known { &scale.examples()[..] } else { &[] };
    for &rate in examples {
        let high = (scale.width(rate) * RIBBON_POINTS) as f32;
        row(ui, number_text(rate), &|painter, rect| {
            let ribbon = egui::Rect::from_center_size(rect.center(), egui::vec2(56.0, high));
            painter.rect_filled(ribbon, 0.0, palette.ribbon.egui());
            if high >= 5.0 {
                let (centre, half) = (rect.center(), high * 0.3);
                for x in [-14.0, 14.0] {
                    let at = centre + egui::vec2(x, 0.0);
                    let corners = vec![
                        at + egui::vec2(-half, -half),
                        at + egui::vec2(half, 0.0),
                        at + egui::vec2(-half, half),
                    ];
                    let arrow = egui::Shape::convex_polygon(
                        corners,
                        palette.ribbon_arrow.egui(),
                        egui::Stroke::NONE,
                    );
                    painter.add(arrow);
                }
            }
        });
    }
    if is_known {
        ui.label(style::small("Paler: told by its neighbours"));
    }
    for (reason, words) in [
        (Untold::Silent, "counter is stale"),
        (Untold::TooNew, "counted for under a minute"),
        (Untold::Uncounted, "nothing counts there"),
    ] {
        let count = rates.untold(reason);
        if count > 0 {
            row(ui, format!("{count} unknown: {words}"), &|painter, rect| {
                hatch(painter, rect, palette.ribbon_unknown, palette.text_weak);
            });
        }
    }
}

/// A piece of a hatched way.
fn hatch(painter: &egui::Painter, rect: egui::Rect, colour: theme::Rgb, edge: theme::Rgb) {
    let mut left = rect.left() + 4.0;
    while left < rect.right() - 4.0 {
        let corner = |x: f32, y: f32| egui::pos2(left + x, rect.center().y + y);
        painter.add(egui::Shape::convex_polygon(
            vec![
                corner(-3.0, -4.0),
                corner(3.0, -4.0),
                corner(7.0, 4.0),
                corner(1.0, 4.0),
            ],
            colour.egui(),
            egui::Stroke::new(0.5, edge.egui()),
        ));
        left += 12.0;
    }
}

fn age_legend(ui: &mut egui::Ui) {
    ui.label(style::small("Age of the newest value"));
    bar_ui(ui, theme::age);
    ui.horizontal(|ui| {
        ui.set_width(BAR.x);
        ui.label(style::small("0\u{202f}s"));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.label(style::small(format!("{:.0}\u{202f}s", age::OLDEST_SECS)));
        });
    });
    ui.label(style::small("Pale grey: stale"));
}

/// `spindle_temperature` as people write it.
pub fn words(name: &str) -> String {
    let mut text = name.replace('_', " ");
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    text
}

fn bar_ui(ui: &mut egui::Ui, colour: impl Fn(f64) -> theme::Rgb) {
    let (rect, _) = ui.allocate_exact_size(BAR, egui::Sense::hover());
    let steps = 60;
    for step in 0..steps {
        let share = f64::from(step) / f64::from(steps - 1);
        let left = rect.left() + rect.width() * step as f32 / steps as f32;
        let part = egui::Rect::from_min_max(
            egui::pos2(left, rect.top()),
            egui::pos2(left + rect.width() / steps as f32 + 0.5, rect.bottom()),
        );
        ui.painter().rect_filled(part, 0.0, colour(share).egui());
    }
}
