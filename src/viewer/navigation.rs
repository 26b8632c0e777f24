//! Mouse and keys over the plant, as in CAD programs.
//!
//! [`GESTURES`] is the table of the mouse, which the help shows; the keys that give a command are in
//! the table of [`action`](super::ui::action).

use bevy::math::{Vec2, Vec3};
use bevy_egui::egui;

use super::camera::CameraRig;
use super::overlay::heat;
use super::overlay::label::DrawnLabel;
use super::selection::{Hovered, Proxies};
use super::ui::Keyboard;
use super::ui::keyboard::pressed_keys;
use super::viewport::{Redraw, Viewport};
use crate::command::{Command, Overlay};
use crate::model::{EquipmentId, Plant, Signal};

/// What a mouse gesture or a key that is held does, for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shortcut {
    /// Keys or gesture.
    pub keys: &'static str,
    /// What it does.
    pub does: &'static str,
}

const fn shortcut(keys: &'static str, does: &'static str) -> Shortcut {
    Shortcut { keys, does }
}

/// Every mouse gesture of the view, and the keys that do the same.
pub const GESTURES: &[Shortcut] = &[
    shortcut("Left click", "Select; on the floor: nothing"),
    shortcut("Double click", "Fly to equipment"),
    shortcut("Right click", "Menu of what is under the mouse"),
    shortcut("Left or middle drag", "Orbit; with Shift: pan"),
    shortcut("Right drag", "Pan"),
    shortcut("Wheel", "Zoom to what is under the mouse"),
    shortcut("Arrow keys", "Orbit; with Shift: pan"),
    shortcut("+ and −", "Zoom"),
    shortcut("Drag a tab", "Move a panel to another side"),
];

/// Radians per point of mouse travel.
const ORBIT_PER_POINT: f32 = 0.006;
/// Zoom per point of wheel travel, as an exponent.
const ZOOM_PER_POINT: f32 = 0.0025;
/// Radians per arrow key.
const ORBIT_PER_KEY: f32 = 0.12;
/// Points per arrow key.
const PAN_PER_KEY: f32 = 60.0;

/// What the navigation works on.
pub struct Navigation<'a> {
    /// The plant.
    pub plant: &'a Plant,
    /// Where the plant is on the screen.
    pub viewport: &'a Viewport,
    /// Boxes to pick.
    pub proxies: &'a Proxies,
    /// Labels as last drawn: a click on one means its equipment.
    pub labels: &'a [DrawnLabel],
    /// The camera.
    pub rig: &'a mut CameraRig,
    /// What the mouse is over.
    pub hovered: &'a mut Hovered,
    /// What the menu of the right mouse button was opened over.
    pub menu_of: &'a mut Option<EquipmentId>,
    /// To be told when the camera moves.
    pub redraw: &'a mut Redraw,
}

impl Navigation<'_> {
    /// Acts on what the mouse and the keys did over the plant's picture.
    pub fn navigate(
        &mut self,
        ui: &egui::Ui,
        response: &egui::Response,
        keyboard: Keyboard,
        out: &mut Vec<Command>,
    ) {
        self.drag(ui, response);
        self.wheel(ui, response);
        self.point(response, out);
        if keyboard == Keyboard::Plant {
            self.keys(ui);
        }
    }

    /// The view coordinate (−1 to 1) of a point of the screen.
    fn at(&self, pos: egui::Pos2) -> Vec2 {
        let rect = self.viewport.rect;
        Vec2::new(
            (pos.x - rect.center().x) / (rect.width() / 2.0).max(1.0),
            (rect.center().y - pos.y) / (rect.height() / 2.0).max(1.0),
        )
    }

    fn pick(&self, pos: egui::Pos2) -> Option<EquipmentId> {
        if let Some(label) = self.labels.iter().find(|label| label.rect.contains(pos)) {
            return Some(label.equipment);
        }
        let ray = self.rig.ray(self.at(pos), self.viewport.aspect());
        self.proxies.pick(&ray).map(|(id, _)| id)
    }

    /// The point of the plant under the mouse: on equipment, else on the floor.
    fn anchor(&self, pos: egui::Pos2) -> Option<Vec3> {
        let ray = self.rig.ray(self.at(pos), self.viewport.aspect());
        let hit = self.proxies.pick(&ray).map(|(_, distance)| distance);
        let floor = (ray.direction.y < -1e-3).then(|| -ray.origin.y / ray.direction.y);
        hit.or(floor)
            .filter(|distance| *distance < 3.0 * self.rig.pose().distance)
            .map(|distance| ray.get_point(distance))
    }

    fn drag(&mut self, ui: &egui::Ui, response: &egui::Response) {
        let delta = response.drag_delta();
        if delta == egui::Vec2::ZERO {
            return;
        }
        let is_shift = ui.input(|input| input.modifiers.shift);
        let by = |button| response.dragged_by(button);
        if by(egui::PointerButton::Secondary)
            || (by(egui::PointerButton::Middle) || by(egui::PointerButton::Primary)) && is_shift
        {
            self.rig
                .pan(Vec2::new(delta.x, delta.y), self.viewport.rect.height());
        } else if by(egui::PointerButton::Middle) || by(egui::PointerButton::Primary) {
            self.rig
                .orbit(-delta.x * ORBIT_PER_POINT, delta.y * ORBIT_PER_POINT);
        }
        self.redraw.moving();
    }

    fn wheel(&mut self, ui: &egui::Ui, response: &egui::Response) {
        if !response.hovered() {
            return;
        }
        let (scroll, pinch) = ui.input(|input| (input.smooth_scroll_delta().y, input.zoom_delta()));
        if scroll == 0.0 && pinch == 1.0 {
            return;
        }
        let factor = (-scroll * ZOOM_PER_POINT).exp() / pinch;
        let anchor = response.hover_pos().and_then(|pos| self.anchor(pos));
        self.rig.zoom(factor, anchor);
        self.redraw.moving();
    }

    fn point(&mut self, response: &egui::Response, out: &mut Vec<Command>) {
        let hovered = response
            .hover_pos()
            .filter(|_| response.hovered() && !response.dragged())
            .and_then(|pos| self.pick(pos));
        if self.hovered.0 != hovered {
            self.hovered.0 = hovered;
        }
        if response.secondary_clicked() {
            let pos = response.interact_pointer_pos();
            *self.menu_of = pos.and_then(|pos| self.pick(pos));
        }
        let path = |id: EquipmentId| self.plant.equipment(id).map(|one| one.path.clone());
        if response.clicked() {
            let picked = response
                .interact_pointer_pos()
                .and_then(|pos| self.pick(pos));
            out.push(
                picked
                    .and_then(path)
                    .map_or(Command::Deselect, Command::Select),
            );
        }
        if response.double_clicked()
            && let Some(path) = hovered.and_then(path)
        {
            out.push(Command::Focus(path));
        }
    }

    fn keys(&mut self, ui: &egui::Ui) {
        use egui::Key;
        let keys = pressed_keys(ui.ctx());
        // By the modifiers that were held when the key was pressed; with Ctrl they mean something
        // else.
        let arrow = |wanted| {
            let stroke = keys.iter().find(|(key, _)| *key == wanted);
            stroke
                .map(|(_, modifiers)| *modifiers)
                .filter(|modifiers| !modifiers.command)
        };
        for (key, x, y) in [
            (Key::ArrowLeft, 1.0, 0.0),
            (Key::ArrowRight, -1.0, 0.0),
            (Key::ArrowUp, 0.0, 1.0),
            (Key::ArrowDown, 0.0, -1.0),
        ] {
            if let Some(modifiers) = arrow(key) {
                if modifiers.shift {
                    let by = Vec2::new(x, y) * PAN_PER_KEY;
                    self.rig.pan(by, self.viewport.rect.height());
                } else {
                    self.rig.orbit(x * ORBIT_PER_KEY, y * ORBIT_PER_KEY);
                }
                self.redraw.moving();
            }
        }
        for (key, factor) in [(Key::Plus, 0.8), (Key::Equals, 0.8), (Key::Minus, 1.25)] {
            if arrow(key).is_some() {
                self.rig.zoom(factor, None);
                self.redraw.moving();
            }
        }
    }
}

/// Shows a signal as heat on every equipment that has it; nothing where it has no range to colour.
pub fn heat_map(signal: &Signal) -> Vec<Command> {
    if !heat::suits(signal) {
        return Vec::new();
    }
    vec![
        Command::SetHeatSignal(signal.spec.name.clone()),
        Command::SetOverlay(Overlay::Heat),
    ]
}
