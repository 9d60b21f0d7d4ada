//! The errors of this crate, one file for each.

mod too_large;

pub use too_large::TooLarge;
