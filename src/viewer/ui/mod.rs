//! The frame around the plant: a top bar that says LIVE, REPLAY or WHAT-IF, panels at the sides, a
//! status line below, and the plant's picture with its labels in the middle.
//!
//! A panel is a function `x_ui(ui, data, memory, out)`: it reads [`PanelData`], keeps what only it
//! needs (a search text, a sort order) in its own memory, and pushes [`Command`]s. It changes
//! nothing else.

pub mod action;
pub mod alarms;
pub mod breadcrumb;
pub mod dock;
pub mod equipment_menu;
pub mod futures;
pub mod fuzzy;
pub mod help;
pub mod inspector;
pub mod keyboard;
pub mod kpi;
pub mod legend;
pub mod log;
pub mod menu;
mod mode_frame;
pub mod palette;
pub mod plant;
pub mod sources;
pub mod spark;
pub mod status_bar;
pub mod style;
pub mod timeline;
pub mod top_bar;
pub mod tour;

use std::sync::Arc;

use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use bevy_egui::{EguiContexts, EguiInput, EguiPreUpdateSet, EguiPrimaryContextPass, egui};

use super::camera::CameraRig;
use super::commands::{CommandQueue, Incidents, Notices};
use super::diagnostics::{Diagnostics, diagnostics_ui};
use super::gesture::{Gesture, Hand};
use super::groups::GroupHealth;
use super::kpi::ShownKpis;
use super::lanes::ShownLanes;
use super::levels::{Plates, plates_ui};
use super::model::Loading;
use super::navigation::Navigation;
use super::overlay::{Tints, label, paint};
use super::quality::ShownQuality;
use super::selection::{Hovered, Proxies};
use super::viewport::{Redraw, Viewport};
use super::{TwinView, theme};
use crate::command::{Command, Panel, Theme, Visibility};
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
    /// Indicators of the plant, once there are any.
    pub kpis: Option<&'a crate::kpi::Kpis>,
    /// Parts per hour along every flow, while the overlay shows them.
    pub rates: Option<&'a crate::kpi::FlowRates>,
    /// What is drawn along the timeline.
    pub lanes: &'a ShownLanes,
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
    /// Sides of the screen.
    pub dock: dock::Memory,
    /// Command palette.
    pub palette: palette::Memory,
    /// Where one is.
    pub breadcrumb: breadcrumb::Memory,
    /// Legend.
    pub legend: legend::Memory,
    /// Tour.
    pub tour: tour::Memory,
    /// Timeline.
    pub timeline: timeline::Memory,
    /// What the menu of the right mouse button is about: what it was opened over.
    menu_of: Option<EquipmentId>,
    /// What the hand does with the camera.
    gesture: Gesture,
    keyboard: Keyboard,
    ahead: keyboard::TypeAhead,
    look: Look,
}

/// How far egui was told how things look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Look {
    #[default]
    New,
    /// Fonts given in one frame are there in the next.
    HasFonts,
    Worn(Theme),
}

/// The labels drawn in the last frame.
#[derive(Resource, Clone, Debug, Default)]
pub struct DrawnLabels(pub Vec<label::DrawnLabel>);

/// What a [`Screen`] keeps, without the systems that draw it in a window: for tests.
pub fn memory(app: &mut App) {
    app.init_resource::<PanelMemory>()
        .init_resource::<DrawnLabels>()
        .add_message::<bevy::window::RequestRedraw>();
}

pub(super) fn plugin(app: &mut App) {
    memory(app);
    app.add_systems(
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

fn frame(mut contexts: EguiContexts, mut screen: Screen) -> Result {
    let ctx = contexts.ctx_mut()?.clone();
    screen.show(&ctx);
    Ok(())
}

/// Everything that the screen is drawn from, and what a hand on it moves.
#[derive(SystemParam)]
pub struct Screen<'w> {
    view: Res<'w, TwinView>,
    viewport: ResMut<'w, Viewport>,
    rig: ResMut<'w, CameraRig>,
    hovered: ResMut<'w, Hovered>,
    redraw: ResMut<'w, Redraw>,
    proxies: Res<'w, Proxies>,
    tints: Res<'w, Tints>,
    quality: Res<'w, ShownQuality>,
    loading: Res<'w, Loading>,
    notices: Res<'w, Notices>,
    labels: Res<'w, label::Labels>,
    groups: Res<'w, GroupHealth>,
    kpis: Res<'w, ShownKpis>,
    lanes: Res<'w, ShownLanes>,
    incidents: Res<'w, Incidents>,
    memory: ResMut<'w, PanelMemory>,
    queue: ResMut<'w, CommandQueue>,
    drawn: ResMut<'w, DrawnLabels>,
    requests: MessageWriter<'w, bevy::window::RequestRedraw>,
    diagnostics: Res<'w, Diagnostics>,
    plates: ResMut<'w, Plates>,
}

impl Screen<'_> {
    /// Draws one frame of the whole screen and puts what its user asks for into the queue.
    pub fn show(&mut self, ctx: &egui::Context) {
        let Self {
            view,
            viewport,
            rig,
            hovered,
            redraw,
            proxies,
            memory,
            drawn,
            ..
        } = self;
        let memory = &mut **memory;
        let chosen = view.twin.view();
        dress(ctx, chosen.theme, memory);
        let zoom = f32::from(chosen.ui_scale) / 100.0;
        if (ctx.zoom_factor() - zoom).abs() > 1e-3 {
            ctx.set_zoom_factor(zoom);
        }
        let mut out = Vec::new();
        let data = PanelData {
            view,
            hovered: hovered.0,
            tints: &self.tints,
            quality: &self.quality,
            loading: &self.loading,
            notices: &self.notices,
            labels: &self.labels,
            groups: &self.groups,
            kpis: self.kpis.kpis.as_ref(),
            rates: self.kpis.rates.as_ref(),
            lanes: &self.lanes,
            incidents: &self.incidents.0,
        };
        let palette = if chosen.is_open(Panel::Palette) {
            Visibility::Shown
        } else {
            Visibility::Hidden
        };
        memory.ahead.begin_frame(ctx, palette);
        memory.keyboard.begin_frame(ctx);
        let keyboard = memory.keyboard;
        memory.ahead.wait(ctx, keyboard, palette);
        for deed in action::deeds_of_keys(ctx, keyboard) {
            deed.give(&data, memory, &mut out);
        }
        let entered = tour_is_entered(ctx, keyboard);
        let mut root = egui::Ui::new(
            ctx.clone(),
            "root".into(),
            egui::UiBuilder::new()
                .layer_id(egui::LayerId::background())
                .max_rect(ctx.viewport_rect()),
        );
        let mut places = tour::Places::default();
        bars(&mut root, &data, memory, &mut places, &mut out);
        timeline::timeline_ui(&mut root, &data, &mut memory.timeline, &mut out);
        places.timeline = memory.timeline.rect;
        let rect = dock::docks_ui(&mut root, &data, memory, &mut out);
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
            viewport,
            proxies,
            labels: &drawn.0,
            rig: &mut navigated,
            hovered,
            menu_of: &mut memory.menu_of,
            redraw,
        }
        .navigate(&root, &response, keyboard, &mut out);
        let hand = if navigated.pose() != before || navigated.lens() != rig.lens() {
            **rig = navigated;
            Hand::Moves
        } else if response.is_pointer_button_down_on() {
            Hand::Holds
        } else {
            Hand::Rests
        };
        if let Some(pose) = memory.gesture.follow(hand, rig, view.now) {
            // First: where something else was asked for in this frame, the camera shall go there.
            out.insert(0, Command::SetCamera(pose));
        }
        if memory.gesture.is_under_way() {
            redraw.waits();
        }
        response.context_menu(|ui| match memory.menu_of {
            Some(id) => equipment_menu::equipment_menu_ui(ui, &data, id, &mut out),
            None => equipment_menu::floor_menu_ui(ui, &data, &mut out),
        });
        let painter = root.painter().with_clip_rect(rect);
        let whole = egui::Rect::from_min_max(egui::pos2(0.0, 0.0), egui::pos2(1.0, 1.0));
        painter.image(viewport.texture, rect, whole, egui::Color32::WHITE);
        if let Some(proxy) = hovered.0.and_then(|id| proxies.get(id)) {
            paint::footprint(&painter, rect, rig, proxy);
        }
        if let Some(proxy) = chosen.selection.and_then(|id| proxies.get(id)) {
            paint::corners(&painter, rect, rig, proxy);
        }
        let pose = rig.pose();
        let crumbs =
            breadcrumb::breadcrumb_ui(ctx, rect, &data, pose, &mut memory.breadcrumb, &mut out);
        let mut covered = vec![crumbs];
        if chosen.is_open(Panel::Diagnostics) {
            // Below the breadcrumb.
            let corner = rect.left_top() + egui::vec2(theme::SPACE_L, 3.5 * theme::SPACE_L);
            covered.push(diagnostics_ui(ctx, corner, &self.diagnostics));
        }
        let legend = if chosen.is_open(Panel::Legend) {
            legend::legend_ui(ctx, rect, &data, &mut memory.legend, &mut out)
        } else {
            None
        };
        if viewport.legend != legend {
            viewport.legend = legend;
        }
        covered.extend(legend);
        covered.extend(timeline::selection::selection_ui(
            ctx,
            rect,
            &data,
            &mut memory.timeline,
            &mut out,
        ));
        // What floats over the plant is on a layer above: labels and plates keep beside it, and
        // beside each other.
        let plates = &mut self.plates;
        let groups = &self.groups;
        plates_ui(&root, rect, view, rig, groups, plates, &covered, &mut out);
        covered.extend(plates.drawn.iter().map(|plate| plate.rect));
        let labels = &self.labels;
        let ahead = match chosen.is_open(Panel::Futures) {
            true => memory.timeline.futures.ahead(&data),
            false => None,
        };
        drawn.0 = label::paint(
            &painter, rect, view, rig, proxies, labels, hovered.0, ahead, &covered,
        );
        places.plant = Some(rect);
        let place_of = |panel| memory.dock.rects.get(&panel).copied();
        places.tree = place_of(Panel::Plant);
        places.inspector = place_of(Panel::Inspector);
        places.alarms = place_of(Panel::Alarms);
        if let Some(below) = memory.timeline.rect {
            let writing = &mut memory.timeline.bookmark;
            timeline::bookmark::bookmark_ui(ctx, below, &data, writing, &mut out);
        }
        if chosen.is_open(Panel::Tour) {
            tour::tour_ui(ctx, &data, &places, &mut memory.tour, entered, &mut out);
        }
        if chosen.is_open(Panel::Help) {
            help::help_ui(ctx, &mut out);
        }
        if chosen.is_open(Panel::Palette)
            && let Some(deed) = palette::palette_ui(ctx, &data, &mut memory.palette, &mut out)
        {
            deed.give(&data, memory, &mut out);
        }
        mode_frame::mode_frame(ctx, view);
        memory.keyboard.end_frame(ctx);
        if !out.is_empty() || memory.menu.is_asking() {
            self.requests.write(bevy::window::RequestRedraw);
        }
        for command in out {
            self.queue.push(command);
        }
    }
}

/// Gives egui fonts and the colours of the theme in force.
fn dress(ctx: &egui::Context, theme: Theme, memory: &mut PanelMemory) {
    match memory.look {
        Look::Worn(worn) if worn == theme => {}
        Look::New => {
            style::set_up(ctx);
            style::put_on(ctx, theme);
            memory.look = Look::HasFonts;
        }
        Look::HasFonts | Look::Worn(_) => {
            style::put_on(ctx, theme);
            style::warm_up(ctx);
            memory.look = Look::Worn(theme);
        }
    }
}

fn tour_is_entered(ctx: &egui::Context, keyboard: Keyboard) -> tour::Entered {
    let is_pressed = keyboard == Keyboard::Plant
        && keyboard::pressed_keys(ctx)
            .iter()
            .any(|(key, held)| *key == egui::Key::Enter && held.is_none());
    if is_pressed {
        tour::Entered::Yes
    } else {
        tour::Entered::No
    }
}

/// The top bar and the status bar.
fn bars(
    root: &mut egui::Ui,
    data: &PanelData,
    memory: &mut PanelMemory,
    places: &mut tour::Places,
    out: &mut Vec<Command>,
) {
    egui::Panel::top("top bar")
        .frame(style::bar_frame(root.ctx(), data.view.twin.mode()))
        .show_separator_line(false)
        .show(root, |ui| {
            top_bar::top_bar_ui(ui, data, &mut memory.menu, places, out);
        });
    if kpi::is_told(data.kpis) {
        egui::Panel::top("indicators")
            .frame(style::status_frame(root.ctx()))
            .show(root, |ui| kpi::kpi_ui(ui, data, out));
    }
    egui::Panel::bottom("status bar")
        .frame(style::status_frame(root.ctx()))
        .show(root, |ui| status_bar::status_bar_ui(ui, data));
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

/// A command that opens what is closed and closes what is open.
pub fn toggle(data: &PanelData, panel: Panel) -> Command {
    let shown = if data.view.twin.view().is_open(panel) {
        Visibility::Hidden
    } else {
        Visibility::Shown
    };
    Command::SetPanel(panel, shown)
}
