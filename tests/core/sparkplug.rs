//! Sparkplug B: bytes to samples, and the lives of edge nodes and devices.
//!
//! The specification's statements about a host application (chapters 4 to 6 of Sparkplug 3.0, ids
//! without their `tck-id-`) are named at the tests that hold them. Not applicable here: statements
//! about edge nodes, which this program only plays in its emulator; the reorder timeout (messages of
//! one TCP connection cannot overtake each other); several servers for one edge node.

mod births;
mod deaths;
mod hostile;
mod losses;
mod peers;
mod publishing;
mod rig;
mod values;
mod wire;
