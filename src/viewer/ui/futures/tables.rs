//! Why: the bottleneck, the orders, what machines do, and what of the start nobody has measured.

use bevy_egui::egui;

use crate::command::Command;
use crate::model::{OperatingState, Plant, Timestamp};
use crate::simulation::experiment::{ElementSummary, Summary};
use crate::twin::Outlook;
use crate::viewer::theme;
use crate::viewer::ui::alarms::clock_text;
use crate::viewer::ui::{PanelData, style};

/// Rows of a list at most.
const ROWS: usize = 12;
/// Height of a bar of shares, points.
const BAR: f32 = 12.0;

pub(super) fn percent(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
}

pub(super) fn heading_ui(ui: &mut egui::Ui, text: &str) {
    ui.add_space(theme::SPACE_M);
    ui.label(egui::RichText::new(text).strong());
}

/// A name that selects the equipment that has it as its path.
pub(super) fn element_ui(ui: &mut egui::Ui, plant: &Plant, path: &str, out: &mut Vec<Command>) {
    let found = plant.find(path).and_then(|id| plant.equipment(id));
    match found {
        Some(one) => {
            if ui.link(&*one.name).on_hover_text(&*one.path).clicked() {
                out.push(Command::Select(one.path.clone()));
                out.push(Command::Focus(one.path.clone()));
            }
        }
        None => {
            ui.label(path);
        }
    }
}

/// What holds the plant back, and for how much of the time.
pub fn bottleneck_ui(
    ui: &mut egui::Ui,
    data: &PanelData,
    summary: &Summary,
    out: &mut Vec<Command>,
) {
    if summary.standstills > 0 {
        heading_ui(ui, "Standstill");
        let of = summary.replications;
        let cycle = summary.standstill.as_ref();
        let cycle = cycle.map_or_else(String::new, |still| still.cycle.join(" → "));
        let says = format!(
            "In {} of {of} futures nothing moves any more: {cycle}",
            summary.standstills
        );
        ui.add(egui::Label::new(says).wrap());
    }
    heading_ui(ui, "What holds it back");
    if summary.bottlenecks.is_empty() {
        ui.label(style::weak("Nothing: no machine was busy without a break"));
    }
    for each in summary.bottlenecks.iter().take(4) {
        ui.horizontal(|ui| {
            element_ui(ui, data.view.twin.plant(), &each.name, out);
            let half = each.share.half_width;
            let half = half.map_or_else(String::new, |half| format!(" ± {:.0}", 100.0 * half));
            ui.label(style::small(format!(
                "bottleneck {}{half} % of the time, alone {}",
                (100.0 * each.share.mean).round(),
                percent(each.sole.mean)
            )))
            .on_hover_text(
                "The machine that has been busy without a break for longest holds back all others \
                 (active periods: Roser, Nakano, Tanaka 2002)",
            );
        });
    }
}

/// Orders with a due time, the least likely first.
pub fn orders_ui(ui: &mut egui::Ui, data: &PanelData, from: Timestamp, summary: &Summary) {
    if summary.orders.is_empty() {
        return;
    }
    heading_ui(ui, "Orders in time");
    let mut orders: Vec<_> = summary.orders.iter().collect();
    orders.sort_by(|a, b| a.in_time.share().total_cmp(&b.in_time.share()));
    for order in orders.iter().take(ROWS) {
        let due = from + std::time::Duration::from_secs_f64(order.due_secs.max(0.0));
        let [low, high] = [order.in_time.low, order.in_time.high].map(percent);
        ui.label(format!(
            "Order {} ({} pcs) by {}: {}",
            order.order,
            order.quantity,
            clock_text(data, due),
            percent(order.in_time.share())
        ))
        .on_hover_text(format!("95 % sure that it is between {low} and {high}"));
    }
}

/// What the machines do, those that hold back most first.
pub fn states_ui(ui: &mut egui::Ui, data: &PanelData, summary: &Summary, out: &mut Vec<Command>) {
    heading_ui(ui, "What machines do");
    let mean = |of: &ElementSummary, state: OperatingState| of.share(state);
    let mut machines: Vec<_> = summary
        .elements
        .iter()
        .filter(|element| element.kind == "station")
        .collect();
    machines.sort_by(|a, b| {
        let busy = |of| mean(of, OperatingState::Execute);
        busy(b).total_cmp(&busy(a))
    });
    for machine in machines.into_iter().take(ROWS) {
        element_ui(ui, data.view.twin.plant(), &machine.name, out);
        let size = egui::vec2(ui.available_width(), BAR);
        let (place, response) = ui.allocate_exact_size(size, egui::Sense::hover());
        let palette = theme::of(ui.ctx());
        let mut x = place.left();
        let mut says = String::new();
        for state in OperatingState::ALL {
            let share = mean(machine, state);
            if share <= 0.0 {
                continue;
            }
            let wide = share as f32 * place.width();
            let part = egui::Rect::from_x_y_ranges(x..=x + wide, place.y_range());
            ui.painter()
                .rect_filled(part, 0.0, palette.state(state).egui());
            x += wide;
            says += &format!("{} {}\n", theme::state_word(state), percent(share));
        }
        response.on_hover_text(says.trim_end());
    }
}

/// What nobody has measured.
pub fn inferred_ui(ui: &mut egui::Ui, outlook: &Outlook) {
    let Some(fork) = outlook.fork() else {
        return;
    };
    ui.add_space(theme::SPACE_M);
    let title = format!("{} things of the start are inferred", fork.inferred.len());
    ui.collapsing(title, |ui| {
        for each in fork.inferred.iter().take(200) {
            ui.label(&each.element);
            let says = format!("{}: {}", each.taken, each.from);
            ui.add(egui::Label::new(style::small(says)).wrap());
        }
    });
}
