//! The suite's own tests: what judges others is judged here.

mod decoder;
mod flawed;
mod model;
