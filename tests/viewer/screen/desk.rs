//! The real screen without a window: its panels drawn by egui, hands by egui_kittest.

use std::sync::{Arc, Mutex};

use bevy::prelude::In;
use bevy_egui::egui;
use egui_kittest::{Harness, kittest::Queryable};
use twinscape::command::Command;
use twinscape::model::flow::{Flow, Route};
use twinscape::model::{EquipmentId, Health, OperatingState, Value};
use twinscape::twin::{Settings, Twin, ViewState};
use twinscape::viewer::TwinView;
use twinscape::viewer::commands::{CommandQueue, Host};
use twinscape::viewer::levels::Plates;
use twinscape::viewer::overlay::{Tint, Tints};
use twinscape::viewer::render::Stepped;
use twinscape::viewer::ui::{self, Screen as ScreenParam};
use twinscape::viewer::viewport::Viewport;

use crate::support::{self, Rig};

/// A host that remembers settings, and every command that was given.
#[derive(Clone, Default)]
pub struct Kept {
    /// `None`: this host keeps none.
    pub settings: Arc<Mutex<Option<Settings>>>,
    pub given: Arc<Mutex<Vec<Command>>>,
}

impl Kept {
    /// Of a user who was never here.
    pub fn new_user() -> Self {
        let kept = Self::default();
        *kept.settings.lock().unwrap() = Some(Settings::default());
        kept
    }
}

impl Host for Kept {
    fn trigger_incident(&mut self, _: &str) -> Result<(), String> {
        Ok(())
    }

    fn dump(
        &mut self,
        _: &std::path::Path,
        _: &twinscape::twin::Twin,
        _: &twinscape::model::Snapshot,
        _: &twinscape::state::ViewReport,
    ) -> Result<(), String> {
        Ok(())
    }

    fn record(&mut self, command: &Command) -> Result<(), String> {
        self.given.lock().unwrap().push(command.clone());
        Ok(())
    }

    fn settings(&mut self) -> Result<Option<Settings>, String> {
        Ok(self.settings.lock().unwrap().clone())
    }

    fn keep_settings(&mut self, settings: &Settings) -> Result<(), String> {
        *self.settings.lock().unwrap() = Some(settings.clone());
        Ok(())
    }

    fn incidents(&self) -> Vec<(Arc<str>, Arc<str>)> {
        vec![("jam".into(), "Jam at the gate".into())]
    }
}

/// The screen of a plant of twelve machines with two signals each and a flow that nothing counts,
/// and hands on it.
pub struct Screen {
    harness: Harness<'static, Rig>,
    kept: Kept,
}

impl Screen {
    /// A screen of so many points.
    pub fn open(size: [f32; 2], kept: &Kept) -> Self {
        let signals = vec![
            support::signal("temperature", "°C"),
            support::signal("load", "%"),
        ];
        let plant = support::plant(&support::kind(signals, Vec::new()), 12);
        let mut plant = Arc::unwrap_or_clone(plant);
        plant.flows = vec![Flow {
            from: EquipmentId(0),
            to: EquipmentId(1),
            fleet: None,
            route: Route::Any,
        }];
        let mut rig = Rig::with_host(Arc::new(plant.index()), Box::new(kept.clone()));
        // Indicators and rates are there in the frame that shows them.
        rig.app.insert_resource(Stepped);
        ui::memory(&mut rig.app);
        for id in (0..12).map(EquipmentId) {
            for name in ["temperature", "load"] {
                let signal = rig.plant.signal_named(id, name).unwrap();
                let value = Value::Float(f64::from(id.0) * 7.3);
                rig.send(signal, 0.1, value);
                rig.send(signal, 0.5, value);
            }
            rig.set_health(id, 0.1, Health::ALL[id.index() % Health::ALL.len()]);
            let state = OperatingState::ALL[id.index() % OperatingState::COUNT];
            rig.send(rig.plant.state_signal(id), 0.1, state.to_value());
        }
        let harness = Harness::builder()
            .with_size(size)
            .with_max_steps(40)
            .build_ui_state(draw, rig);
        let mut screen = Self {
            harness,
            kept: kept.clone(),
        };
        screen.settle();
        screen
    }

    /// A screen of a plant that has worked for so many seconds: every machine reports each second, and
    /// holds for a quarter of the time in the middle. The connection was gone for the last fifth.
    pub fn worked(size: [f32; 2], kept: &Kept, secs: u32) -> Self {
        let mut screen = Self::open(size, kept);
        let rig = screen.harness.state_mut();
        for second in 1..=secs {
            let share = f64::from(second) / f64::from(secs);
            for id in (0..12).map(EquipmentId) {
                let signal = rig.plant.signal_named(id, "temperature").unwrap();
                if share < 0.8 {
                    let value = 20.0 + f64::from(id.0) + 10.0 * share;
                    rig.send(signal, f64::from(second), Value::Float(value));
                }
            }
        }
        for id in (0..12).map(EquipmentId) {
            let state = rig.plant.state_signal(id);
            let whole = f64::from(secs);
            for (at, state_then) in [
                (1.0, OperatingState::Execute),
                (whole * 0.4, OperatingState::Held),
                (whole * 0.6, OperatingState::Execute),
            ] {
                rig.send(state, at, state_then.to_value());
            }
            rig.set_health(id, 1.0, Health::Good);
            rig.set_health(id, whole * 0.4, Health::Failure);
            rig.set_health(id, whole * 0.6, Health::Good);
        }
        rig.now = f64::from(secs);
        screen.settle();
        screen.give(Command::ShowAllTime);
        screen.settle();
        screen
    }

    /// Shows the same past as a recording of its own, with nothing live.
    pub fn as_recording(&mut self) {
        let world = self.harness.state_mut().app.world_mut();
        let mut view = world.resource_mut::<TwinView>();
        let (plant, history) = (view.twin.plant().clone(), view.twin.history().clone());
        view.twin = Twin::of_recording(plant, history);
        self.settle();
    }

    /// The twin that is shown.
    pub fn twin(&self) -> &twinscape::twin::Twin {
        &self.harness.state().view().twin
    }

    /// Seconds from the start to the instant that is shown of the plant.
    pub fn shown_at(&self) -> f64 {
        let view = self.harness.state().view();
        assert_eq!(view.snapshot.time, view.twin.timeline().cursor());
        view.snapshot.time.secs_since(support::START)
    }

    /// The state of a machine as it is shown.
    pub fn state_of(&self, id: EquipmentId) -> OperatingState {
        self.harness.state().view().snapshot.states[id.index()]
    }

    /// Lets the plant work on: it is so many seconds after the start.
    pub fn wait_until(&mut self, secs: f64) {
        self.harness.state_mut().now = secs;
        self.settle();
    }

    /// What the ingest would have raised just now, as the newest of the live list.
    pub fn raise(&mut self, alarm: twinscape::model::alarm::Alarm) {
        self.harness.state().board.set_alarms([alarm].into());
        self.settle();
    }

    /// Where the timeline is.
    pub fn timeline(&self) -> egui::Rect {
        let world = self.harness.state().app.world();
        world
            .resource::<ui::PanelMemory>()
            .timeline
            .rect
            .expect("it is always there")
    }

    /// Lets what was done have its effect.
    pub fn settle(&mut self) {
        self.harness.run_steps(6);
    }

    pub fn view(&self) -> &ViewState {
        self.harness.state().view().twin.view()
    }

    /// The colour class of an equipment.
    pub fn tint(&self, id: EquipmentId) -> Tint {
        self.harness.state().app.world().resource::<Tints>().get(id)
    }

    /// Where labels of machines and plates of lines are.
    pub fn labels_and_plates(&self) -> [Vec<egui::Rect>; 2] {
        let world = self.harness.state().app.world();
        let labels = world.resource::<ui::DrawnLabels>().0.iter();
        let plates = world.resource::<Plates>().drawn.iter();
        [
            labels.map(|label| label.rect).collect(),
            plates.map(|plate| plate.rect).collect(),
        ]
    }

    /// What the legend covers.
    pub fn legend(&self) -> Option<egui::Rect> {
        self.harness
            .state()
            .app
            .world()
            .resource::<Viewport>()
            .legend
    }

    /// Gives a command as a script does.
    pub fn give(&mut self, command: Command) {
        let world = self.harness.state_mut().app.world_mut();
        world.resource_mut::<CommandQueue>().push(command);
        self.settle();
    }

    /// Every command that was given so far.
    pub fn given(&self) -> Vec<Command> {
        self.kept.given.lock().unwrap().clone()
    }

    pub fn key(&mut self, held: egui::Modifiers, key: egui::Key) {
        self.harness.key_press_modifiers(held, key);
        self.settle();
    }

    /// Keys, a text and Enter, all within one frame, as when frames are slow.
    pub fn type_at_once(&mut self, keys: &[(egui::Modifiers, egui::Key)], text: &str) {
        let press = |key, modifiers| egui::Event::Key {
            key,
            physical_key: None,
            pressed: true,
            repeat: false,
            modifiers,
        };
        let mut events: Vec<_> = keys.iter().map(|(held, key)| press(*key, *held)).collect();
        for letter in text.chars().map(String::from) {
            let key = egui::Key::from_name(&letter.to_uppercase());
            events.push(egui::Event::Text(letter));
            events.extend(key.map(|key| press(key, egui::Modifiers::NONE)));
        }
        events.push(press(egui::Key::Enter, egui::Modifiers::NONE));
        self.harness.input_mut().events.extend(events);
        self.settle();
    }

    pub fn write(&mut self, text: &str) {
        self.harness.event(egui::Event::Text(text.to_owned()));
        self.settle();
    }

    /// Where what is called so, or has it in its name, is on the screen; the first of several from
    /// above.
    pub fn find(&self, label: &str) -> egui::Rect {
        self.rects(label)[0]
    }

    /// The field that stands behind a word and is called so.
    pub fn field(&self, label: &str) -> egui::Rect {
        let rects = self.rects(label).into_iter();
        let last = rects.max_by(|a, b| a.left().total_cmp(&b.left()));
        last.expect("something is called so")
    }

    /// The last of several from above.
    pub fn find_lowest(&self, label: &str) -> egui::Rect {
        *self.rects(label).last().unwrap()
    }

    fn rects(&self, label: &str) -> Vec<egui::Rect> {
        let exact = self.harness.query_all_by_label(label);
        let mut rects: Vec<_> = exact.map(|node| node.rect()).collect();
        if rects.is_empty() {
            let all = self.harness.query_all_by_label_contains(label);
            rects.extend(all.map(|node| node.rect()));
        }
        assert!(
            !rects.is_empty(),
            "nothing on the screen is called {label:?}"
        );
        rects.sort_by(|a, b| a.top().total_cmp(&b.top()));
        rects
    }

    /// Whether anything on the screen says so.
    pub fn says(&self, text: &str) -> bool {
        self.texts().iter().any(|shown| shown.text.contains(text))
    }

    pub fn click(&mut self, label: &str) {
        self.click_at(self.find(label).center(), egui::PointerButton::Primary);
    }

    pub fn right_click(&mut self, label: &str) {
        self.click_at(self.find(label).center(), egui::PointerButton::Secondary);
    }

    pub fn click_at(&mut self, pos: egui::Pos2, button: egui::PointerButton) {
        self.harness.hover_at(pos);
        for pressed in [true, false] {
            self.harness.event(egui::Event::PointerButton {
                pos,
                button,
                pressed,
                modifiers: egui::Modifiers::NONE,
            });
        }
        self.settle();
    }

    /// Drags from a point to another with the left button.
    pub fn drag(&mut self, from: egui::Pos2, to: egui::Pos2) {
        self.harness.hover_at(from);
        self.harness.drag_at(from);
        for step in 1_u8..=8 {
            let pos = from.lerp(to, f32::from(step) / 8.0);
            self.harness.hover_at(pos);
        }
        self.harness.run_steps(1);
        self.harness.drop_at(to);
        self.settle();
    }

    /// Every text of the last frame, as it was laid out and cut.
    pub fn texts(&self) -> Vec<Shown> {
        let mut texts = Vec::new();
        for clipped in &self.harness.output().shapes {
            collect(&clipped.shape, clipped.clip_rect, &mut texts);
        }
        texts
    }

    pub fn visuals(&self) -> egui::Visuals {
        self.harness.ctx.global_style().visuals.clone()
    }

    pub fn rect(&self) -> egui::Rect {
        self.harness.ctx.viewport_rect()
    }
}

/// A text on the screen.
#[derive(Clone, Debug)]
pub struct Shown {
    pub text: String,
    pub rect: egui::Rect,
    /// Beyond this, nothing of it is seen.
    pub clip: egui::Rect,
    /// Whether it ends in `…` for want of room.
    pub is_elided: bool,
}

fn collect(shape: &egui::Shape, clip: egui::Rect, out: &mut Vec<Shown>) {
    match shape {
        egui::Shape::Vec(shapes) => shapes.iter().for_each(|one| collect(one, clip, out)),
        egui::Shape::Text(text) if !text.galley.is_empty() => out.push(Shown {
            text: text.galley.text().to_owned(),
            rect: text.galley.rect.translate(text.pos.to_vec2()),
            clip,
            is_elided: text.galley.elided,
        }),
        _ => {}
    }
}

fn draw(ui: &mut egui::Ui, rig: &mut Rig) {
    rig.at(rig.now);
    let show = |In(ctx): In<egui::Context>, mut screen: ScreenParam| screen.show(&ctx);
    let ctx = ui.ctx().clone();
    rig.app
        .world_mut()
        .run_system_cached_with(show, ctx)
        .unwrap();
}
