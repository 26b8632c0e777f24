//! Panels at the sides of the screen: as tabs that can be dragged from side to side, with edges
//! that can be dragged, too.
//!
//! Which panel is where is the twin's to know ([`Docks`](crate::twin::Docks)); here is only what
//! a hand does just now.

use std::collections::BTreeMap;

use bevy_egui::egui;

use super::action::{self, Deed};
use super::{PanelData, PanelMemory, alarms, futures, inspector, log, plant, sources, style};
use crate::command::{Command, Panel, Side, Visibility};
use crate::viewer::theme;

/// What is kept between frames.
#[derive(Debug, Default)]
pub struct Memory {
    /// Sides whose edge is being dragged, and how large they are meanwhile, points.
    dragged: BTreeMap<Side, f32>,
    /// Where each open panel is on the screen.
    pub rects: BTreeMap<Panel, egui::Rect>,
}

/// Share of the screen that a side takes at most: the plant stays the largest thing.
const MOST: [f32; 2] = [0.32, 0.45];
/// Width of the edge that can be dragged, points.
const EDGE: f32 = 6.0;

/// Draws the sides, and returns the space that they leave.
pub fn docks_ui(
    root: &mut egui::Ui,
    data: &PanelData,
    memory: &mut PanelMemory,
    out: &mut Vec<Command>,
) -> egui::Rect {
    let whole = root.available_rect_before_wrap();
    memory.dock.rects.clear();
    for side in Side::ALL {
        if let Some(front) = data.view.twin.view().front_at(side) {
            side_ui(root, data, memory, side, front, out);
        }
    }
    drop_ui(root.ctx(), whole, out);
    root.available_rect_before_wrap()
}

fn side_ui(
    root: &mut egui::Ui,
    data: &PanelData,
    memory: &mut PanelMemory,
    side: Side,
    front: Panel,
    out: &mut Vec<Command>,
) {
    let screen = root.ctx().viewport_rect();
    let [wide, high] = MOST;
    let (id, most) = match side {
        Side::Left => ("left side", wide * screen.width()),
        Side::Right => ("right side", wide * screen.width()),
        Side::Bottom => ("lower side", high * screen.height()),
    };
    let chosen = f32::from(data.view.twin.view().docks.size(side));
    let dragged = memory.dock.dragged.get(&side).copied();
    let size = dragged.unwrap_or(chosen).min(most);
    let panel = match side {
        Side::Left => egui::Panel::left(id),
        Side::Right => egui::Panel::right(id),
        Side::Bottom => egui::Panel::bottom(id),
    };
    let ground = egui::Frame::new().fill(theme::of(root.ctx()).panel.egui());
    let rect = panel
        .exact_size(size)
        .resizable(false)
        .show_separator_line(true)
        .frame(ground)
        .show(root, |ui| {
            tabs_ui(ui, data, side, front, out);
            let contents = ui.available_rect_before_wrap();
            style::panel_frame(ui.ctx()).show(ui, |ui| {
                ui.set_min_size(ui.available_size());
                ui.push_id(front as u8, |ui| {
                    contents_ui(ui, data, memory, front, out);
                });
            });
            memory.dock.rects.insert(front, contents);
        })
        .response
        .rect;
    edge_ui(root, &mut memory.dock, side, rect, out);
}

fn contents_ui(
    ui: &mut egui::Ui,
    data: &PanelData,
    memory: &mut PanelMemory,
    panel: Panel,
    out: &mut Vec<Command>,
) {
    match panel {
        Panel::Plant => plant::plant_ui(ui, data, &mut memory.plant, out),
        Panel::Inspector => inspector::inspector_ui(ui, data, &mut memory.inspector, out),
        Panel::Alarms => alarms::alarms_ui(ui, data, &mut memory.alarms, out),
        Panel::Sources => sources::sources_ui(ui, data, &mut memory.sources, out),
        Panel::Log => log::log_ui(ui, data, &mut memory.log, out),
        Panel::Futures => futures::futures_ui(ui, data, &mut memory.timeline.futures, out),
        Panel::Legend
        | Panel::Help
        | Panel::Diagnostics
        | Panel::Palette
        | Panel::Tour
        | Panel::Timeline => {}
    }
}

/// The edge towards the plant: a drag makes the side larger or smaller.
fn edge_ui(
    root: &egui::Ui,
    memory: &mut Memory,
    side: Side,
    rect: egui::Rect,
    out: &mut Vec<Command>,
) {
    let (edge, cursor) = match side {
        Side::Left => (
            rect.with_min_x(rect.right() - EDGE),
            egui::CursorIcon::ResizeHorizontal,
        ),
        Side::Right => (
            rect.with_max_x(rect.left() + EDGE),
            egui::CursorIcon::ResizeHorizontal,
        ),
        Side::Bottom => (
            rect.with_max_y(rect.top() + EDGE),
            egui::CursorIcon::ResizeVertical,
        ),
    };
    let id = egui::Id::new(("edge", side as u8));
    let response = root.interact(edge, id, egui::Sense::drag());
    if response.hovered() || response.dragged() {
        root.ctx().set_cursor_icon(cursor);
        let ink = theme::of(root.ctx()).selection.egui();
        root.painter().rect_filled(
            match side {
                Side::Left => edge.with_min_x(edge.right() - 2.0),
                Side::Right => edge.with_max_x(edge.left() + 2.0),
                Side::Bottom => edge.with_max_y(edge.top() + 2.0),
            },
            0.0,
            ink,
        );
    }
    if let Some(pos) = response
        .interact_pointer_pos()
        .filter(|_| response.dragged())
    {
        let size = match side {
            Side::Left => pos.x - rect.left(),
            Side::Right => rect.right() - pos.x,
            Side::Bottom => rect.bottom() - pos.y,
        };
        let [least, most] = crate::twin::Docks::SIZES.map(f32::from);
        memory.dragged.insert(side, size.clamp(least, most));
    }
    if response.drag_stopped()
        && let Some(size) = memory.dragged.remove(&side)
    {
        out.push(Command::SetDockSize(side, size.round() as u16));
    }
}

/// Word and icon of a panel.
fn title(panel: Panel) -> (&'static str, &'static str) {
    action::of(Deed::Panel(panel)).map_or(("", ""), |action| (action.icon, action.name))
}

/// The tabs of a side, with a button that closes the one before.
fn tabs_ui(ui: &mut egui::Ui, data: &PanelData, side: Side, front: Panel, out: &mut Vec<Command>) {
    let palette = theme::of(ui.ctx());
    let (bar, _) = ui.allocate_exact_size(
        egui::vec2(ui.available_width(), theme::TAB),
        egui::Sense::hover(),
    );
    ui.painter().hline(
        bar.x_range(),
        bar.bottom() - 0.5,
        egui::Stroke::new(1.0, palette.line.egui()),
    );
    let layout = egui::Layout::left_to_right(egui::Align::Center);
    let builder = egui::UiBuilder::new()
        .max_rect(bar.shrink2(egui::vec2(theme::SPACE_M, 0.0)))
        .layout(layout);
    ui.scope_builder(builder, |ui| {
        ui.spacing_mut().item_spacing.x = theme::SPACE_XS;
        for panel in data.view.twin.view().open_at(side) {
            tab_ui(ui, panel, panel == front, out);
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let close = egui::Button::new(egui_phosphor::regular::X).frame(false);
            if ui.add(close).on_hover_text("Close this panel").clicked() {
                out.push(Command::SetPanel(front, Visibility::Hidden));
            }
        });
    });
}

/// Narrower than this, a tab behind the others shows its icon only, points.
const NARROW: f32 = 400.0;

fn tab_ui(ui: &mut egui::Ui, panel: Panel, is_front: bool, out: &mut Vec<Command>) {
    let palette = theme::of(ui.ctx());
    let (icon, word) = title(panel);
    let text = if is_front || ui.max_rect().width() > NARROW {
        format!("{icon}  {word}")
    } else {
        icon.to_owned()
    };
    let ink = if is_front {
        palette.text
    } else {
        palette.text_weak
    };
    let font = egui::FontId::proportional(theme::TEXT_SIZE);
    let galley = ui.painter().layout_no_wrap(text, font, ink.egui());
    let size = egui::vec2(galley.size().x + 2.0 * theme::SPACE_M, theme::TAB);
    let (rect, _) = ui.allocate_exact_size(size, egui::Sense::hover());
    let id = egui::Id::new(("tab", panel as u8));
    let response = ui.interact(rect, id, egui::Sense::click_and_drag());
    response.widget_info(|| {
        egui::WidgetInfo::selected(egui::WidgetType::SelectableLabel, true, is_front, word)
    });
    if response.hovered() && !is_front {
        ui.painter()
            .rect_filled(rect.shrink(2.0), theme::ROUNDING, palette.hover.egui());
    }
    let at = rect.center() - galley.size() / 2.0;
    ui.painter().galley(at, galley, ink.egui());
    if is_front {
        let line = egui::Stroke::new(2.0, palette.text.egui());
        ui.painter().hline(
            rect.x_range().shrink(theme::SPACE_S),
            rect.bottom() - 1.0,
            line,
        );
    }
    response.dnd_set_drag_payload(panel);
    response.context_menu(|ui| place_menu_ui(ui, panel, out));
    let response =
        response.on_hover_text("Drag it to another side, or click with the right button");
    if response.clicked() {
        out.push(Command::SetPanel(panel, Visibility::Shown));
    }
}

/// Word of a side.
pub const fn side_word(side: Side) -> &'static str {
    match side {
        Side::Left => "left",
        Side::Right => "right",
        Side::Bottom => "bottom",
    }
}

fn place_menu_ui(ui: &mut egui::Ui, panel: Panel, out: &mut Vec<Command>) {
    use egui_phosphor::regular as icon;
    for (side, picture) in [
        (Side::Left, icon::ARROW_LINE_LEFT),
        (Side::Right, icon::ARROW_LINE_RIGHT),
        (Side::Bottom, icon::ARROW_LINE_DOWN),
    ] {
        let text = format!("Move to the {}", side_word(side));
        if super::menu::entry_ui(ui, picture, &text, "") {
            out.push(Command::DockPanel(panel, side));
        }
    }
    if super::menu::entry_ui(ui, icon::X, "Close", "") {
        out.push(Command::SetPanel(panel, Visibility::Hidden));
    }
}

/// While a tab is dragged, shows where it would go; lets it go there.
fn drop_ui(ctx: &egui::Context, whole: egui::Rect, out: &mut Vec<Command>) {
    let Some(panel) = egui::DragAndDrop::payload::<Panel>(ctx) else {
        return;
    };
    let Some(pos) = ctx.pointer_interact_pos() else {
        return;
    };
    let third = whole.size() / 3.0;
    let zones = [
        (Side::Left, whole.with_max_x(whole.left() + third.x)),
        (Side::Right, whole.with_min_x(whole.right() - third.x)),
        (Side::Bottom, whole.with_min_y(whole.bottom() - third.y)),
    ];
    let target = zones.into_iter().find(|(_, zone)| zone.contains(pos));
    let layer = egui::LayerId::new(egui::Order::Tooltip, "drop".into());
    let painter = ctx.layer_painter(layer);
    let palette = theme::of(ctx);
    if let Some((_, zone)) = target {
        painter.rect(
            zone.shrink(theme::SPACE_S),
            theme::ROUNDING,
            palette.selection.egui_alpha(40),
            egui::Stroke::new(2.0, palette.selection.egui()),
            egui::StrokeKind::Inside,
        );
    }
    let (icon, word) = title(*panel);
    let font = egui::FontId::proportional(theme::TEXT_SIZE);
    let galley = painter.layout_no_wrap(format!("{icon}  {word}"), font, palette.text.egui());
    let box_of = egui::Rect::from_min_size(pos + egui::vec2(14.0, 10.0), galley.size());
    painter.rect_filled(
        box_of.expand(theme::SPACE_S),
        theme::ROUNDING,
        palette.chosen.egui(),
    );
    painter.galley(box_of.min, galley, palette.text.egui());
    ctx.set_cursor_icon(egui::CursorIcon::Grabbing);
    if ctx.input(|input| input.pointer.any_released())
        && let Some((side, _)) = target
    {
        egui::DragAndDrop::clear_payload(ctx);
        out.push(Command::DockPanel(*panel, side));
    }
}
