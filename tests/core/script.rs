//! Scripts: commands with times, read with clear errors.

use std::time::Duration;

use twinscape::command::{Command, Overlay, Panel, Visibility};
use twinscape::script::{Script, ScriptError};

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
