//! What is drawn, judged by a script that shares no code with the program: it moves the machines of
//! a plant that nobody tuned over a real broker, and reads transforms, colours and labels back.

use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::broker::{self, Broker};
use crate::driver::{Oracle, Program, json, judge, python, skip};

const SCENE: &str = "tests/scenes/cell";

fn step(at: &str, what: &str) -> String {
    format!("[[step]]\nat = \"{at}\"\ndo = {what}\n")
}

fn into(file: &Path) -> String {
    // A path as a TOML string: as Rust's debug format writes it.
    format!("{file:?}")
}

#[test]
fn what_is_drawn_is_what_an_independent_script_expects_from_what_it_sent() {
    let Some(python) = python() else {
        return skip("no python with paho-mqtt and pysparkplug here");
    };
    if !broker::is_installed() {
        return;
    }
    for seed in [3, 4] {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        let (expected, health, state) = (file("expected"), file("health"), file("state"));
        // The last message is sent within some five seconds. Motion is drawn a little behind.
        let script = [
            step("1s", "{ set-panel = [\"timeline\", \"hidden\"] }"),
            step("20s", &format!("{{ dump = {} }}", into(&health))),
            step("20s", "{ set-overlay = \"state\" }"),
            step("22300ms", &format!("{{ dump = {} }}", into(&state))),
            step(
                "22300ms",
                &format!("{{ screenshot = {} }}", into(&file("view.png"))),
            ),
            step("23s", "\"quit\""),
        ]
        .concat();
        fs::write(file("script.toml"), script).unwrap();
        let broker = Broker::open();
        let program = Program::start(&[
            SCENE,
            "--headless",
            "--size",
            "960x690",
            "--mqtt",
            &broker.url(),
            "--script",
            file("script.toml").to_str().unwrap(),
        ]);
        std::thread::sleep(Duration::from_secs(4));
        let oracle = Oracle::publish(&python, SCENE, broker.port(), seed, 600, &expected);
        json(&state, Duration::from_secs(60));
        program.wait();
        drop(oracle);
        if let Ok(keep) = std::env::var("TWINSCAPE_KEEP") {
            for name in ["expected", "health", "state", "view.png"] {
                fs::copy(file(name), Path::new(&keep).join(name)).unwrap();
            }
        }
        judge(&python, "look", &[&expected, &health, &state]);
        judge(&python, "compare", &[&expected, &state]);
    }
}
