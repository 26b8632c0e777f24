//! Scripts: commands with times, read with clear errors.

use std::time::Duration;

use twinscape::command::{Command, Overlay, Panel, Visibility};
use twinscape::script::{RecordError, Recorder, Script, ScriptError};

use crate::every_command;

#[test]
fn steps_are_commands_in_order_of_their_time() {
    let text = r#"
        [[step]]
        at = "2.5s"
        do = "home"
        [[step]]
        at = "250ms"
        do = { select = "line1/cnc-03" }
        [[step]]
        at = "1m"
        do = { set-overlay = "data-age" }
        [[step]]
        at = "1m"
        do = { set-panel = ["log", "shown"] }
    "#;
    let script = Script::parse(text).unwrap();
    let steps: Vec<_> = script
        .steps()
        .iter()
        .map(|step| (step.at, step.command.clone()))
        .collect();
    let minute = Duration::from_secs(60);
    assert_eq!(
        steps,
        [
            (
                Duration::from_millis(250),
                Command::Select("line1/cnc-03".into())
            ),
            (Duration::from_millis(2_500), Command::Home),
            (minute, Command::SetOverlay(Overlay::DataAge)),
            (minute, Command::SetPanel(Panel::Log, Visibility::Shown)),
        ]
    );
    assert!(Script::parse("").unwrap().steps().is_empty());
}

#[test]
fn a_time_that_is_none_is_named_with_its_step() {
    let text = "[[step]]\nat = \"1s\"\ndo = \"home\"\n[[step]]\nat = \"soon\"\ndo = \"home\"\n";
    let error = Script::parse(text).unwrap_err();
    assert!(matches!(error, ScriptError::Time { step: 2, .. }));
    assert!(error.to_string().contains("soon"));
    for at in ["-1s", "NaNs", "1e400s", "5", "1 fortnight"] {
        let text = format!("[[step]]\nat = \"{at}\"\ndo = \"home\"\n");
        assert!(Script::parse(&text).is_err(), "{at}");
    }
}

#[test]
fn an_unknown_command_or_key_is_an_error_with_its_line() {
    for text in [
        "[[step]]\nat = \"1s\"\ndo = \"dance\"\n",
        "[[step]]\nat = \"1s\"\ndo = \"home\"\nwhen = 3\n",
        "[[steps]]\n",
        "[[step]]\ndo = \"home\"\n",
    ] {
        let error = Script::parse(text).unwrap_err().to_string();
        assert!(error.contains("line "), "{error}");
    }
}

#[test]
fn what_is_recorded_plays_again_as_the_same_commands() {
    let mut file = Vec::new();
    let mut recorder = Recorder::new(&mut file);
    for (command, at) in every_command::examples().iter().zip(1..) {
        recorder
            .record(Duration::from_millis(1_170 * at), command)
            .unwrap();
    }
    let text = String::from_utf8(file).unwrap();
    let script = Script::parse(&text).unwrap();
    let played: Vec<_> = script.steps().iter().map(|step| &step.command).collect();
    let given = every_command::examples();
    assert_eq!(played, given.iter().collect::<Vec<_>>(), "{text}");
    let names: Vec<_> = played.into_iter().map(every_command::name).collect();
    assert_eq!(names, every_command::NAMES);
    let at: Vec<_> = script.steps().iter().map(|step| step.at).collect();
    assert_eq!(at.first(), Some(&Duration::from_millis(1_170)));
    assert!(at.is_sorted());
    for name in every_command::NAMES {
        assert!(text.contains(name), "scripts write {name}: {text}");
    }
}

#[test]
fn what_was_recorded_before_a_disk_is_full_still_plays() {
    let mut room = [0_u8; 100];
    let mut recorder = Recorder::new(&mut room[..]);
    let mut written = 0;
    let error = loop {
        match recorder.record(Duration::from_secs(1), &Command::Home) {
            Ok(()) => written += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(error, RecordError::Write(_)), "{error}");
    assert!(written > 0);
}
