//! The frame around the plant: a top bar that says LIVE, REPLAY or WHAT-IF, panels at the sides, a
//! status line below, and the plant's picture with its labels in the middle.
//!
//! A panel is a function `x_ui(ui, data, memory, out)`: it reads [`PanelData`], keeps what only it
//! needs (a search text, a sort order) in its own memory, and pushes [`Command`]s. It changes
//! nothing else.

pub mod alarms;
pub mod help;
pub mod inspector;
pub mod keyboard;
pub mod legend;
pub mod log;
pub mod menu;
pub mod plant;
pub mod sources;
pub mod spark;
pub mod status_bar;
pub mod style;
pub mod top_bar;

use std::sync::Arc;

use bevy::prelude::*;
use bevy_egui::{EguiContexts, EguiInput, EguiPreUpdateSet, EguiPrimaryContextPass, egui};

use super::camera::CameraRig;
use super::commands::{CommandQueue, Incidents, Notices};
use super::diagnostics::{Diagnostics, diagnostics_ui};
use super::gesture::{Gesture, Hand};
use super::groups::GroupHealth;
use super::levels::{Plates, plates_ui};
use super::model::Loading;
use super::navigation::Navigation;
use super::overlay::{Tints, label, paint};
use super::quality::ShownQuality;
use super::selection::{Hovered, Proxies};
use super::viewport::{Redraw, Viewport};
use super::{TwinView, theme};
use crate::command::{Command, Panel, Visibility};
use crate::model::EquipmentId;

/// What panels may look at.
pub struct PanelData<'a> {
    /// The twin and the snapshot at the cursor.
    pub view: &'a TwinView,
    /// What the mouse is over in the plant.
    pub hovered: Option<EquipmentId>,
    /// Colours in force, with the heat scale.
    pub tints: &'a Tints,
    /// Quality in force.
    pub quality: &'a ShownQuality,
    /// Models on their way.
    pub loading: &'a Loading,
    /// What the user should read.
    pub notices: &'a Notices,
    /// Equipment whose health is abnormal.
    pub labels: &'a label::Labels,
    /// How many equipment of each group have which health.
    pub groups: &'a GroupHealth,
    /// Incidents that can be started, id and name.
    pub incidents: &'a [(Arc<str>, Arc<str>)],
}

/// What each panel keeps between frames.
#[derive(Resource, Default)]
pub struct PanelMemory {
    /// Menu.
    pub menu: menu::Memory,
    /// Plant tree.
    pub plant: plant::Memory,
    /// Inspector.
    pub inspector: inspector::Memory,
    /// Sources.
    pub sources: sources::Memory,
    /// Alarms.
    pub alarms: alarms::Memory,
    /// Log.
    pub log: log::Memory,
}

/// The labels drawn in the last frame.
#[derive(Resource, Clone, Debug, Default)]
pub struct DrawnLabels(pub Vec<label::DrawnLabel>);

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<PanelMemory>()
        .init_resource::<DrawnLabels>()
        .add_systems(
            PreUpdate,
            (drop_unchanged_modifiers, keyboard::correct_modifiers)
                .chain()
                .after(EguiPreUpdateSet::ProcessInput)
                .before(EguiPreUpdateSet::BeginPass),
        )
        .add_systems(EguiPrimaryContextPass, frame);
}

/// bevy_egui reports the modifier keys in every frame, and egui takes each report for news: it
/// would never rest.
fn drop_unchanged_modifiers(
    mut inputs: Query<&mut EguiInput>,
    mut last: Local<Option<egui::Modifiers>>,
) {
    for mut input in &mut inputs {
        input.0.events.retain(|event| match event {
            egui::Event::ModifiersChanged(modifiers) => {
                last.replace(*modifiers) != Some(*modifiers)
            }
            _ => true,
        });
    }
}

/// Width of the side panels at first, points.
const SIDE_WIDTH: f32 = 270.0;
/// Height of the panel below at first, points.
const BOTTOM_HEIGHT: f32 = 170.0;

#[expect(
    clippy::too_many_arguments,
    reason = "a Bevy system: each is a resource it needs"
)]
fn frame(
    mut contexts: EguiContexts,
    view: Res<TwinView>,
    mut viewport: ResMut<Viewport>,
    mut rig: ResMut<CameraRig>,
    mut hovered: ResMut<Hovered>,
    mut redraw: ResMut<Redraw>,
    proxies: Res<Proxies>,
    (tints, quality, loading, notices, labels, groups, incidents, diagnostics): (
        Res<Tints>,
        Res<ShownQuality>,
        Res<Loading>,
        Res<Notices>,
        Res<label::Labels>,
        Res<GroupHealth>,
        Res<Incidents>,
        Res<Diagnostics>,
    ),
    mut plates: ResMut<Plates>,
    mut memory: ResMut<PanelMemory>,
    mut queue: ResMut<CommandQueue>,
    mut drawn: ResMut<DrawnLabels>,
    mut requests: MessageWriter<bevy::window::RequestRedraw>,
    mut styled: Local<u8>,
    (mut gesture, mut keyboard): (Local<Gesture>, Local<Keyboard>),
) -> Result {
    let ctx = contexts.ctx_mut()?.clone();
    match *styled {
        0 => style::set_up(&ctx),
        // Fonts given in the first frame are there in the second.
        1 => style::warm_up(&ctx),
        _ => {}
    }
    *styled = styled.saturating_add(1);
    let zoom = f32::from(view.twin.view().ui_scale) / 100.0;
    if (ctx.zoom_factor() - zoom).abs() > 1e-3 {
        ctx.set_zoom_factor(zoom);
    }
    let mut out = Vec::new();
    let data = PanelData {
        view: &view,
        hovered: hovered.0,
        tints: &tints,
        quality: &quality,
        loading: &loading,
        notices: &notices,
        labels: &labels,
        groups: &groups,
        incidents: &incidents.0,
    };
    keyboard.begin_frame(&ctx);
    menu::keys(&ctx, &data, &mut memory.menu, &mut out);
    let mut root = egui::Ui::new(
        ctx.clone(),
        "root".into(),
        egui::UiBuilder::new()
            .layer_id(egui::LayerId::background())
            .max_rect(ctx.viewport_rect()),
    );
    let rect = panels(&mut root, &data, &mut memory, &mut out);
    let ratio = ctx.pixels_per_point();
    if viewport.rect != rect || viewport.pixels_per_point != ratio {
        viewport.rect = rect;
        viewport.pixels_per_point = ratio;
        redraw.moving();
    }
    let response = root.interact(rect, "plant".into(), egui::Sense::click_and_drag());
    let before = rig.pose();
    let mut navigated = rig.clone();
    Navigation {
        plant: view.twin.plant(),
        view: view.twin.view(),
        viewport: &viewport,
        proxies: &proxies,
        labels: &drawn.0,
        rig: &mut navigated,
        hovered: &mut hovered,
        redraw: &mut redraw,
    }
    .navigate(&root, &response, *keyboard, &mut out);
    let hand = if navigated.pose() != before || navigated.lens() != rig.lens() {
        *rig = navigated;
        Hand::Moves
    } else if response.is_pointer_button_down_on() {
        Hand::Holds
    } else {
        Hand::Rests
    };
    if let Some(pose) = gesture.follow(hand, &rig, view.now) {
        // First: where something else was asked for in this frame, the camera shall go there.
        out.insert(0, Command::SetCamera(pose));
    }
    if gesture.is_under_way() {
        redraw.waits();
    }
    let painter = root.painter().with_clip_rect(rect);
    let whole = egui::Rect::from_min_max(egui::pos2(0.0, 0.0), egui::pos2(1.0, 1.0));
    painter.image(viewport.texture, rect, whole, egui::Color32::WHITE);
    if let Some(proxy) = hovered.0.and_then(|id| proxies.get(id)) {
        paint::footprint(&painter, rect, &rig, proxy);
    }
    if let Some(proxy) = view.twin.view().selection.and_then(|id| proxies.get(id)) {
        paint::corners(&painter, rect, &rig, proxy);
    }
    plates_ui(&root, rect, &view, &rig, &groups, &mut plates, &mut out);
    drawn.0 = label::paint(&painter, rect, &view, &rig, &proxies, &labels, hovered.0);
    let legend = if view.twin.view().is_open(Panel::Legend) {
        legend::legend_ui(&ctx, rect, &data, &mut out)
    } else {
        None
    };
    if viewport.legend != legend {
        viewport.legend = legend;
    }
    if view.twin.view().is_open(Panel::Diagnostics) {
        diagnostics_ui(&ctx, rect.left_top() + egui::vec2(10.0, 10.0), &diagnostics);
    }
    if view.twin.view().is_open(Panel::Help) {
        help::help_ui(&ctx, &mut out);
    }
    mode_frame(&ctx, &view);
    keyboard.end_frame(&ctx);
    if !out.is_empty() {
        requests.write(bevy::window::RequestRedraw);
    }
    for command in out {
        queue.push(command);
    }
    Ok(())
}

/// Whom the keyboard speaks to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keyboard {
    /// The plant.
    #[default]
    Plant,
    /// A text field, an entry chosen with Tab, or an open menu.
    Widget,
}

impl Keyboard {
    /// What was so at the end of the last frame counts, too: the Escape that leaves a field has
    /// already done so when this frame begins, and shall do nothing else.
    fn begin_frame(&mut self, ctx: &egui::Context) {
        if Self::of(ctx) == Self::Widget {
            *self = Self::Widget;
        }
    }

    fn end_frame(&mut self, ctx: &egui::Context) {
        *self = Self::of(ctx);
    }

    fn of(ctx: &egui::Context) -> Self {
        if ctx.egui_wants_keyboard_input() || egui::Popup::is_any_open(ctx) {
            Self::Widget
        } else {
            Self::Plant
        }
    }
}

/// Draws bars and panels, and returns the space that they leave to the plant.
fn panels(
    root: &mut egui::Ui,
    data: &PanelData,
    memory: &mut PanelMemory,
    out: &mut Vec<Command>,
) -> egui::Rect {
    let chosen = data.view.twin.view();
    egui::Panel::top("top bar")
        .frame(style::bar_frame())
        .show_separator_line(false)
        .show(root, |ui| {
            top_bar::top_bar_ui(ui, data, &mut memory.menu, out);
        });
    egui::Panel::bottom("status bar")
        .frame(style::status_frame())
        .show(root, |ui| status_bar::status_bar_ui(ui, data));
    if chosen.is_open(Panel::Plant) {
        egui::Panel::left("plant panel")
            .resizable(true)
            .default_size(SIDE_WIDTH)
            .size_range(180.0..=480.0)
            .frame(style::panel_frame())
            .show(root, |ui| {
                style::heading_ui(ui, "Plant", Panel::Plant, out);
                plant::plant_ui(ui, data, &mut memory.plant, out);
            });
    }
    if chosen.is_open(Panel::Inspector) {
        egui::Panel::right("inspector panel")
            .resizable(true)
            .default_size(SIDE_WIDTH + 30.0)
            .size_range(200.0..=560.0)
            .frame(style::panel_frame())
            .show(root, |ui| {
                style::heading_ui(ui, "Inspector", Panel::Inspector, out);
                inspector::inspector_ui(ui, data, &mut memory.inspector, out);
            });
    }
    let below: Vec<Panel> = [Panel::Alarms, Panel::Sources, Panel::Log]
        .into_iter()
        .filter(|panel| chosen.is_open(*panel))
        .collect();
    if !below.is_empty() {
        egui::Panel::bottom("lower panel")
            .resizable(true)
            .default_size(BOTTOM_HEIGHT)
            .size_range(80.0..=500.0)
            .frame(style::panel_frame())
            .show(root, |ui| {
                ui.columns(below.len(), |columns| {
                    for (ui, panel) in columns.iter_mut().zip(below) {
                        ui.push_id(panel as u8, |ui| match panel {
                            Panel::Alarms => {
                                style::heading_ui(ui, "Alarms", panel, out);
                                alarms::alarms_ui(ui, data, &mut memory.alarms, out);
                            }
                            Panel::Sources => {
                                style::heading_ui(ui, "Sources", panel, out);
                                sources::sources_ui(ui, data, &mut memory.sources, out);
                            }
                            _ => {
                                style::heading_ui(ui, "Log", panel, out);
                                log::log_ui(ui, data, &mut memory.log, out);
                            }
                        });
                    }
                });
            });
    }
    root.available_rect_before_wrap()
}

/// A command that opens what is closed and closes what is open.
pub fn toggle(data: &PanelData, panel: Panel) -> Command {
    let shown = if data.view.twin.view().is_open(panel) {
        Visibility::Hidden
    } else {
        Visibility::Shown
    };
    Command::SetPanel(panel, shown)
}

/// The frame around the whole window, in the colour of what the cursor reads: nobody shall take
/// the past or a forecast for the present.
fn mode_frame(ctx: &egui::Context, view: &TwinView) {
    let painter = ctx.layer_painter(egui::LayerId::new(
        egui::Order::Foreground,
        "mode frame".into(),
    ));
    painter.rect_stroke(
        ctx.viewport_rect(),
        0.0,
        egui::Stroke::new(theme::MODE_FRAME, theme::mode(view.twin.mode()).egui()),
        egui::StrokeKind::Inside,
    );
}
