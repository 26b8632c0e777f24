//! Commands go through one queue, and what cannot be done is said.

use std::path::Path;
use std::sync::{Arc, Mutex};

use bevy::prelude::*;
use twinscape::command::{CameraPose, Command, Overlay, Panel, Visibility};
use twinscape::model::{EquipmentId, Snapshot};
use twinscape::state::ViewReport;
use twinscape::twin::{Twin, Viewpoints};
use twinscape::viewer::commands::{CommandQueue, Host, HostLink, Incidents, Notices};

use crate::every_command;
use crate::support::{self, Rig};

#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Vec<String>>>, Arc<Mutex<Vec<Command>>>);

const POSE: CameraPose = CameraPose {
    target: [1.0, 0.0, 2.0],
    yaw: 0.5,
    pitch: 0.6,
    distance: 12.0,
};

impl Host for Recorder {
    fn trigger_incident(&mut self, id: &str) -> Result<(), String> {
        self.0.lock().unwrap().push(format!("incident {id}"));
        Ok(())
    }

    fn record(&mut self, command: &Command) -> Result<(), String> {
        self.1.lock().unwrap().push(command.clone());
        Ok(())
    }

    fn saved_views(&mut self) -> Result<Viewpoints, String> {
        Ok(Viewpoints::from([("old".into(), POSE)]))
    }

    fn keep_views(&mut self, views: &Viewpoints) -> Result<(), String> {
        let names: Vec<&str> = views.keys().map(|name| &**name).collect();
        self.0.lock().unwrap().push(format!("keep {names:?}"));
        Ok(())
    }

    fn incidents(&self) -> Vec<(Arc<str>, Arc<str>)> {
        vec![("jam".into(), "Jam at the gate".into())]
    }

    fn dump(&mut self, file: &Path, _: &Twin, _: &Snapshot, _: &ViewReport) -> Result<(), String> {
        self.0
            .lock()
            .unwrap()
            .push(format!("dump {}", file.display()));
        Err("disk full".to_owned())
    }
}

fn rig() -> Rig {
    Rig::new(support::plant(&support::kind(Vec::new(), Vec::new()), 5))
}

fn hosted(host: &Recorder) -> Rig {
    let plant = support::plant(&support::kind(Vec::new(), Vec::new()), 5);
    Rig::with_host(plant, Box::new(host.clone()))
}

fn give(rig: &mut Rig, command: Command) {
    assert!(
        rig.app
            .world_mut()
            .resource_mut::<CommandQueue>()
            .push(command)
    );
    rig.at(1.0);
}

#[test]
fn a_command_changes_the_twin_in_the_next_frame() {
    let mut rig = rig();
    give(&mut rig, Command::Select("thing-3".into()));
    assert_eq!(rig.view().twin.view().selection, Some(EquipmentId(3)));
    give(&mut rig, Command::SetOverlay(Overlay::Heat));
    assert_eq!(rig.view().twin.view().overlay, Overlay::Heat);
    give(&mut rig, Command::SetPanel(Panel::Log, Visibility::Shown));
    assert!(rig.view().twin.view().is_open(Panel::Log));
    give(&mut rig, Command::Deselect);
    assert_eq!(rig.view().twin.view().selection, None);
}

#[test]
fn what_cannot_be_done_is_a_notice_for_the_user() {
    let mut rig = rig();
    give(&mut rig, Command::Select("nobody".into()));
    let said = |rig: &Rig| {
        rig.app
            .world()
            .resource::<Notices>()
            .last()
            .map(|last| last.text.to_string())
    };
    assert!(said(&rig).unwrap().contains("nobody"));
    give(&mut rig, Command::TriggerIncident("fire".into()));
    assert!(said(&rig).unwrap().contains("never commands a real plant"));
}

#[test]
fn what_needs_the_program_goes_to_its_host() {
    let mut rig = rig();
    let recorder = Recorder::default();
    rig.app
        .insert_resource(HostLink(Box::new(recorder.clone())));
    give(&mut rig, Command::TriggerIncident("jam".into()));
    give(&mut rig, Command::Dump("/tmp/x.json".into()));
    assert_eq!(
        *recorder.0.lock().unwrap(),
        ["incident jam", "dump /tmp/x.json"]
    );
    let notices = rig.app.world().resource::<Notices>();
    assert_eq!(&*notices.last().unwrap().text, "disk full");
}

#[test]
fn a_saved_viewpoint_is_the_present_view() {
    let mut rig = rig();
    let pose = rig
        .app
        .world()
        .resource::<twinscape::viewer::camera::CameraRig>()
        .pose();
    give(&mut rig, Command::SaveViewpoint("mine".into()));
    assert_eq!(rig.view().twin.view().viewpoints.get("mine"), Some(&pose));
}

#[test]
fn every_command_is_recorded_also_one_that_cannot_be_done() {
    let recorder = Recorder::default();
    let mut rig = hosted(&recorder);
    for command in every_command::examples() {
        give(&mut rig, command);
    }
    let recorded = recorder.1.lock().unwrap();
    assert_eq!(*recorded, every_command::examples());
}

#[test]
fn saved_views_come_from_the_host_and_go_back_to_it() {
    let recorder = Recorder::default();
    let mut rig = hosted(&recorder);
    assert_eq!(rig.view().twin.view().viewpoints.get("old"), Some(&POSE));
    give(&mut rig, Command::SaveViewpoint("mine".into()));
    give(&mut rig, Command::DeleteViewpoint("old".into()));
    give(&mut rig, Command::DeleteViewpoint("old".into()));
    assert_eq!(
        *recorder.0.lock().unwrap(),
        [r#"keep ["mine", "old"]"#, r#"keep ["mine"]"#],
        "a command that could not be done changes no file"
    );
    assert_eq!(rig.app.world().resource::<Incidents>().0.len(), 1);
}

#[test]
fn quit_ends_the_program() {
    let mut rig = rig();
    give(&mut rig, Command::Quit);
    assert_eq!(rig.app.should_exit(), Some(AppExit::Success));
}

#[test]
fn the_queue_is_bounded() {
    let mut queue = CommandQueue::default();
    let pushed = (0..5_000).filter(|_| queue.push(Command::Home)).count();
    assert_eq!(pushed, CommandQueue::MOST);
}
