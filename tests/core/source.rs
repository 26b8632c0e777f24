//! Sources: real brokers, real clients, and what becomes of their messages.

pub mod listener;
mod outlet;
mod parse;
mod plain;
mod plant;
mod reconnect;
mod security;
