//! Tests that link Bevy: the view's systems without a renderer, and its geometry.

mod camera;
mod commands;
mod follow;
mod labels;
mod motion;
mod picking;
mod support;
mod theme;
