//! Plant tree: areas, lines and equipment with search, counts and the worst health below each.

use std::collections::BTreeSet;

use bevy_egui::egui;

use super::equipment_menu::equipment_menu_ui;
use super::{PanelData, style};
use crate::command::Command;
use crate::model::{EquipmentId, GroupId, Health};
use crate::viewer::overlay::symbol;
use crate::viewer::theme;

/// What this panel keeps between frames.
#[derive(Debug, Default)]
pub struct Memory {
    /// What is searched for.
    search: String,
    /// Groups that are folded.
    folded: BTreeSet<u32>,
    rows: Vec<Row>,
    /// Of what the rows were made: plant size and search.
    made_of: Option<(usize, String, usize)>,
    last_selection: Option<EquipmentId>,
    /// Rows that were on the screen in the last frame.
    visible: std::ops::Range<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Row {
    Group(GroupId, usize),
    Equipment(EquipmentId, usize),
}

/// Indent of a level, points.
const INDENT: f32 = 14.0;

/// The tree; a click selects and a double click flies there.
pub fn plant_ui(ui: &mut egui::Ui, data: &PanelData, memory: &mut Memory, out: &mut Vec<Command>) {
    let hint = format!("{} Search", egui_phosphor::regular::MAGNIFYING_GLASS);
    ui.add(
        egui::TextEdit::singleline(&mut memory.search)
            .hint_text(hint)
            .desired_width(f32::INFINITY),
    );
    ui.add_space(2.0);
    make_rows(data, memory);
    if memory.rows.is_empty() {
        let (says, next) = if memory.search.trim().is_empty() {
            (
                "No equipment",
                "Describe some in the scene: scenes/README.md shows how",
            )
        } else {
            (
                "Nothing is called so",
                "Names, paths and kinds of equipment are searched; Ctrl+K also finds signals",
            )
        };
        style::empty_ui(ui, egui_phosphor::regular::TREE_STRUCTURE, says, next);
        return;
    }
    let selection = data.view.twin.view().selection;
    let mut scroll = egui::ScrollArea::vertical().auto_shrink(false);
    if selection != memory.last_selection {
        memory.last_selection = selection;
        let at = memory.rows.iter().position(|row| {
            selection.is_some_and(|id| matches!(row, Row::Equipment(one, _) if *one == id))
        });
        // Only where it is out of sight: what a hand has just clicked does not jump away.
        if let Some(at) = at.filter(|at| !memory.visible.contains(at)) {
            let middle = ui.available_height() / 2.0;
            scroll = scroll.vertical_scroll_offset((at as f32 * theme::ROW - middle).max(0.0));
        }
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    let rows = std::mem::take(&mut memory.rows);
    scroll.show_rows(ui, theme::ROW, rows.len(), |ui, range| {
        memory.visible = range.clone();
        for row in rows.get(range).unwrap_or_default() {
            match *row {
                Row::Group(id, depth) => group_row(ui, data, memory, id, depth, out),
                Row::Equipment(id, depth) => equipment_row(ui, data, id, depth, out),
            }
        }
    });
    memory.rows = rows;
}

fn make_rows(data: &PanelData, memory: &mut Memory) {
    let plant = data.view.twin.plant();
    let search = memory.search.trim().to_lowercase();
    let made_of = (plant.equipment.len(), search.clone(), memory.folded.len());
    if memory.made_of.as_ref() == Some(&made_of) {
        return;
    }
    memory.made_of = Some(made_of);
    memory.rows.clear();
    if !search.is_empty() {
        let found = plant.equipment.iter().zip(0..).filter(|(one, _)| {
            [&one.name, &one.path, &one.kind.name]
                .iter()
                .any(|text| text.to_lowercase().contains(&search))
        });
        memory
            .rows
            .extend(found.map(|(_, id)| Row::Equipment(EquipmentId(id), 0)));
        return;
    }
    // The site itself is the panel: its groups are the top level.
    let mut stack: Vec<(GroupId, usize)> = vec![(GroupId(0), 0)];
    while let Some((id, depth)) = stack.pop() {
        let Some(group) = plant.group(id) else {
            continue;
        };
        let is_site = group.parent.is_none();
        if !is_site {
            memory.rows.push(Row::Group(id, depth));
            if memory.folded.contains(&id.0) {
                continue;
            }
        }
        let below = if is_site { depth } else { depth + 1 };
        memory.rows.extend(
            group
                .equipment
                .iter()
                .map(|one| Row::Equipment(*one, below)),
        );
        stack.extend(group.children.iter().rev().map(|child| (*child, below)));
    }
}

fn group_row(
    ui: &mut egui::Ui,
    data: &PanelData,
    memory: &mut Memory,
    id: GroupId,
    depth: usize,
    out: &mut Vec<Command>,
) {
    let plant = data.view.twin.plant();
    let Some(group) = plant.group(id) else {
        return;
    };
    let is_folded = memory.folded.contains(&id.0);
    let (count, worst) = (data.groups.size(id), data.groups.worst(id));
    let icon = if is_folded {
        egui_phosphor::regular::CARET_RIGHT
    } else {
        egui_phosphor::regular::CARET_DOWN
    };
    let response = row_ui(ui, &group.name, false, depth, |ui| {
        ui.label(style::small(icon));
        ui.add(egui::Label::new(egui::RichText::new(&*group.name).strong()).truncate());
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.label(style::small(count.to_string()))
                .on_hover_text("Pieces of equipment");
            if worst != Health::Good {
                symbol::health_ui(ui, worst);
            }
        });
    });
    if response.double_clicked() {
        out.push(Command::Focus(group.path.clone()));
    } else if response.clicked() {
        if !memory.folded.remove(&id.0) {
            memory.folded.insert(id.0);
        }
        memory.made_of = None;
    }
}

fn equipment_row(
    ui: &mut egui::Ui,
    data: &PanelData,
    id: EquipmentId,
    depth: usize,
    out: &mut Vec<Command>,
) {
    let Some(one) = data.view.twin.plant().equipment(id) else {
        return;
    };
    let snapshot = &data.view.snapshot;
    let health = snapshot.health.get(id.index()).map(|status| status.health);
    let state = snapshot.states.get(id.index()).copied().unwrap_or_default();
    let is_chosen = data.view.twin.view().selection == Some(id);
    let response = row_ui(ui, &one.name, is_chosen, depth, |ui| {
        symbol::state_ui(ui, state);
        let text = egui::RichText::new(&*one.name);
        let text = if health == Some(Health::Unknown) {
            text.weak().italics()
        } else {
            text
        };
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if let Some(health) = health.filter(|health| *health != Health::Good) {
                symbol::health_ui(ui, health);
            }
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                ui.add(egui::Label::new(text).truncate());
            });
        });
    });
    response.context_menu(|ui| equipment_menu_ui(ui, data, id, out));
    if response.double_clicked() {
        out.push(Command::Focus(one.path.clone()));
    } else if response.clicked() {
        out.push(Command::Select(one.path.clone()));
    }
}

/// A row over the whole width that can be clicked anywhere.
fn row_ui(
    ui: &mut egui::Ui,
    name: &str,
    is_chosen: bool,
    depth: usize,
    contents: impl FnOnce(&mut egui::Ui),
) -> egui::Response {
    let size = egui::vec2(ui.available_width(), theme::ROW);
    let (rect, response) = ui.allocate_exact_size(size, egui::Sense::click());
    response.widget_info(|| {
        egui::WidgetInfo::selected(egui::WidgetType::SelectableLabel, true, is_chosen, name)
    });
    if is_chosen || response.hovered() {
        let palette = theme::of(ui.ctx());
        let fill = if is_chosen {
            palette.chosen
        } else {
            palette.hover
        };
        ui.painter().rect_filled(rect, theme::ROUNDING, fill.egui());
    }
    let mut inner = rect.shrink2(egui::vec2(4.0, 0.0));
    inner.min.x += depth as f32 * INDENT;
    let layout = egui::Layout::left_to_right(egui::Align::Center);
    ui.scope_builder(
        egui::UiBuilder::new().max_rect(inner).layout(layout),
        contents,
    );
    response
}
