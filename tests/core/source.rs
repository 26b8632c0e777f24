//! Sources: real brokers, real clients, and what becomes of their messages.

mod broker;
mod listener;
mod outlet;
mod parse;
mod plain;
mod plant;
mod reconnect;
mod security;
