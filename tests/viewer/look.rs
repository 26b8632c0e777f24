//! The whole view, off-screen: a picture of a scene, to be looked at.
//!
//! `cargo test --test viewer -- --ignored look` with `LOOK_SCENE` and `LOOK_OUT` set.
