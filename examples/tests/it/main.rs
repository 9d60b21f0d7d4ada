//! The demo as its users have it: the program itself, over TCP.
#![forbid(unsafe_code)]

mod chat;
mod demo;
mod origins;
mod resume;
mod start;
mod stop;
mod streams;
