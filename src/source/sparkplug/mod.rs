//! Sparkplug B 3.0: bytes of NBIRTH, DBIRTH, NDATA, DDATA, NDEATH and DDEATH to samples.

pub mod proto;
pub mod value;
pub mod wire;
