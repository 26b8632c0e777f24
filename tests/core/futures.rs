//! Futures: begun in the state the plant is in, honest about what nobody measured, and repeatable.

mod aged;
mod calibrated;
mod commands;
mod conditional;
mod forked;
mod lived;
mod observed;
mod played;
mod rig;
mod scored;
mod watched;
