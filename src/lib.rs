//! Twinscape: a 3D digital twin of a plant on one desktop.
