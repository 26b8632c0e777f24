//! Tests that link Bevy: the view's systems without a renderer, and its geometry.

#[path = "../peers/broker.rs"]
#[expect(dead_code, reason = "the core tests use more of it")]
mod broker;
mod budgets;
mod building;
mod camera;
mod commands;
#[path = "../peers/driver.rs"]
mod driver;
#[path = "../every_command.rs"]
mod every_command;
mod follow;
mod fuzzy;
mod gesture;
mod groups;
mod hands;
mod labels;
mod light;
mod motion;
mod no_adapter;
mod oracle;
mod picking;
mod pictures;
mod quality;
mod ribbons;
#[path = "../peers/running.rs"]
#[expect(dead_code, reason = "benchmarks ask what a process takes")]
mod running;
mod screen;
mod spark;
mod support;
mod theme;
mod workpieces;
