//! Templates, patterns and Sparkplug groups worked out to one binding and one session per signal.

use twinscape::model::connection::SessionKind;
use twinscape::model::{Plant, SessionId};

use super::{Scene, help};

/// Two stations in a line, one directly in an area, and sources.
fn scene(sources: &str) -> Scene {
    Scene::new(&format!(
        "site = {{ id = \"works\" }}\narea = [{{ id = \"m\" }}]\nline = [{{ id = \"l\", in = \"m\" }}]\n\
         equipment = [{{ id = \"a\", in = \"m/l\", kind = \"k\" }}, {{ id = \"b\", in = \"m/l\", kind = \"k\" }}, {{ id = \"c\", in = \"m\", kind = \"k\" }}]\n{sources}"
    ))
    .kind("k", "size = [1, 1, 1]\n[signals.x]\n[signals.y]\n")
}

const BROKER: &str = "[[source]]\nid = \"s\"\nurl = \"mqtt://localhost\"\n";

fn bindings(plant: &Plant) -> Vec<(String, String, String)> {
    plant
        .bindings
        .iter()
        .map(|binding| {
            (
                plant.signal_path(binding.signal),
                binding.topic.to_string(),
                binding.field.to_string(),
            )
        })
        .collect()
}

fn row(path: &str, topic: &str, field: &str) -> (String, String, String) {
    (path.to_owned(), topic.to_owned(), field.to_owned())
}

#[test]
fn a_template_is_filled_for_every_signal_that_has_its_names() {
    let plant = scene(&format!(
        "{BROKER}[[source.topic]]\ntopic = \"{{site}}/{{area}}/{{line}}/{{equipment}}/{{signal}}\""
    ))
    .plant();
    assert_eq!(
        bindings(&plant),
        [
            row("m/l/a/x", "works/m/l/a/x", ""),
            row("m/l/a/y", "works/m/l/a/y", ""),
            row("m/l/b/x", "works/m/l/b/x", ""),
            row("m/l/b/y", "works/m/l/b/y", ""),
        ]
    );
    // c is in no line: the template does not apply, and nothing else is bound to it.
    let c = plant.find("m/c").expect("c");
    assert!(plant.equipment(c).expect("c").signal_ids().all(|id| {
        plant.binding(id).is_none() && plant.signal(id).is_some_and(|s| s.session.is_none())
    }));
}

#[test]
fn one_message_may_carry_many_signals() {
    let plant = scene(&format!(
        "{BROKER}[[source.topic]]\ntopic = \"{{path}}/{{equipment}}\"\npayload = {{ value = \"/v/{{signal}}\" }}"
    ))
    .plant();
    assert_eq!(bindings(&plant)[4], row("m/c/x", "m/c", "/v/x"));
    assert_eq!(plant.bindings.len(), 6);
}

#[test]
fn what_names_a_signal_more_closely_goes_first() {
    let plant = Scene::new(&format!(
        "area = [{{ id = \"m\" }}]\nline = [{{ id = \"l\", in = \"m\" }}]\n\
         [[equipment]]\nid = \"b\"\nin = \"m/l\"\nkind = \"k\"\n\
         [[equipment]]\nid = \"d\"\nin = \"m\"\nkind = \"k\"\n[equipment.signals.y]\ntopic = \"old/7\"\nfield = \"/w\"\n\
         {BROKER}[[source.topic]]\ntopic = \"rest/{{equipment}}/{{signal}}\"\n\
         [[source.topic]]\ntopic = \"line/{{equipment}}/{{signal}}\"\nonly = [\"m/l\"]\n\
         [[source.topic]]\ntopic = \"fast/{{equipment}}\"\nonly = [\"*/b/x\"]"
    ))
    .kind("k", "size = [1, 1, 1]\n[signals.x]\n[signals.y]\n")
    .plant();
    assert_eq!(
        bindings(&plant),
        [
            row("m/l/b/x", "fast/b", ""),
            row("m/l/b/y", "line/b/y", ""),
            row("m/d/x", "rest/d/x", ""),
            row("m/d/y", "old/7", "/w"),
        ]
    );
    let maps: Vec<usize> = plant.connections[0]
        .topics
        .iter()
        .map(|map| map.only.len())
        .collect();
    assert_eq!(
        maps,
        [1, 1, 1, 1],
        "each map holds the signals that it binds"
    );
}

#[test]
fn sparkplug_names_make_sessions_under_their_connection() {
    let plant = scene(&format!(
        "{BROKER}[[source.topic]]\ntopic = \"{{equipment}}/{{signal}}\"\nonly = [\"m/c\"]\n\
         [[source.sparkplug]]\ngroup = \"{{site}}\"\nnode = \"{{line}}\"\ndevice = \"{{equipment}}\"\nonly = [\"m/l\"]\n\
         [[source]]\nid = \"other\"\nurl = \"embedded\""
    ))
    .plant();
    assert_eq!(
        bindings(&plant)[0],
        row("m/l/a/x", "spBv1.0/works/+/l/a", "x")
    );
    let kinds: Vec<_> = plant.sessions.iter().map(|s| (&s.kind, s.parent)).collect();
    let node = SessionKind::Node {
        group: "works".into(),
        node: "l".into(),
    };
    let device = |device: &str| SessionKind::Device {
        group: "works".into(),
        node: "l".into(),
        device: device.into(),
    };
    assert_eq!(
        kinds,
        [
            (&SessionKind::Connection, None),
            (&SessionKind::Connection, None),
            (&node, Some(SessionId(0))),
            (&device("a"), Some(SessionId(2))),
            (&device("b"), Some(SessionId(2))),
        ]
    );
    let session_of = |path: &str| plant.signals[plant.find(path).expect("it").index() * 2].session;
    assert_eq!(session_of("m/l/b"), Some(SessionId(4)));
    assert_eq!(session_of("m/c"), Some(SessionId(0)));
}

#[test]
fn a_signal_that_two_templates_give_is_refused() {
    let scene = scene(&format!(
        "{BROKER}[[source.topic]]\ntopic = \"a/{{equipment}}/{{signal}}\"\n\
         [[source]]\nid = \"t\"\nurl = \"mqtt://other\"\n[[source.topic]]\ntopic = \"b/{{path}}/{{equipment}}/{{signal}}\" # here"
    ));
    let mistake =
        scene.only_mistake("signal bound twice: \"m/l/a/x\" and 5 more are already bound by topic");
    assert!(help(&mistake).contains("only"));
}

#[test]
fn a_topic_and_field_for_two_signals_is_refused() {
    scene(&format!(
        "{BROKER}[[source.topic]]\ntopic = \"a/{{signal}}\" # here"
    ))
    .only_mistake("one topic and field for two signals: \"m/l/a/x\" and \"m/l/b/x\", and 3 more");
}

#[test]
fn a_template_that_a_named_signal_cannot_fill_is_refused() {
    scene(&format!(
        "{BROKER}[[source.topic]]\nonly = [\"m/c\"]\ntopic = \"{{line}}/{{equipment}}/{{signal}}\" # here"
    ))
    .only_mistake("{line} cannot be filled in for \"m/c/x\", and 1 more");
}

#[test]
fn malformed_templates_pointers_and_patterns_are_refused() {
    let topic = |text: &str| scene(&format!("{BROKER}[[source.topic]]\n{text} # here"));
    let mistake =
        topic("topic = \"{site}/{equipmnet}\"").only_mistake("unknown placeholder \"equipmnet\"");
    assert_eq!(help(&mistake), "did you mean \"equipment\"?");
    topic("topic = \"a/{site\"").only_mistake("has a brace without its other half");
    topic("topic = \"a+/{site}\"").only_mistake("'+' must be a whole level");
    topic("topic = \"#/{site}\"").only_mistake("'#' must be the whole last level");
    topic("topic = \"\"").only_mistake("it is empty");
    topic("topic = \"{equipment}\"\npayload = { value = \"{signal}\" }")
        .only_mistake("is not a JSON pointer");
    topic("topic = \"{equipment}/{signal}\"\nonly = [\"m/l/z\"]")
        .only_mistake("\"m/l/z\" is no signal, equipment or group");
    topic("topic = \"{equipment}/{signal}\"\nonly = [\"*zz*\"]").only_mistake("nothing fits");
}

#[test]
fn a_broker_without_a_proper_url_or_with_a_password_in_it_is_refused() {
    let source = |text: &str| scene(&format!("[[source]]\nid = \"s\"\n{text} # here"));
    source("url = \"tcp://x\"").only_mistake("it begins with neither mqtt:// nor mqtts://");
    source("url = \"mqtt://\"").only_mistake("it has no host");
    source("url = \"mqtt://x:0\"").only_mistake("its port is not a number");
    source("url = \"mqtt://x:1/y\"").only_mistake("something follows the port");
    let mistake = source("url = \"mqtt://me:geheim@x\"").only_mistake("it holds a user name");
    assert!(!mistake.to_string().contains("geheim"));
    source("url = \"mqtt://x\"\npassword_env = \"P\"").only_mistake("a password needs a username");
    source("username = \"u\"\npassword_env = \"P\"\nurl = \"mqtt://x\"\npassword_file = \"p\"")
        .only_mistake("a source has one password");
    source("client_key = \"k\"\nclient_certificate = \"c\"\nurl = \"mqtt://x\"")
        .only_mistake("certificates are used with mqtts:// only");
}

#[test]
fn explicit_bindings_need_a_source_that_exists() {
    let explicit = |text: &str| {
        Scene::new(&format!(
            "[[source]]\nid = \"s\"\nurl = \"mqtt://x\"\n[[source]]\nid = \"t\"\nurl = \"mqtt://y\"\n\
             [[equipment]]\nid = \"a\"\nkind = \"station\"\n[equipment.signals.produced]\n{text} # here"
        ))
    };
    explicit("topic = \"x\"").only_mistake("the topic needs the source that it comes from");
    explicit("topic = \"x\"\nsource = \"u\"").only_mistake("unknown source \"u\"");
    explicit("source = \"s\"").only_mistake("\"source\" needs a topic beside it");
    assert_eq!(
        explicit("topic = \"x\"\nsource = \"t\"").plant().bindings[0].connection,
        1
    );
}
