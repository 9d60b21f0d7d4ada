//! The scenes that are played with a server. Several cases can look at the observation of one
//! scene.

pub(crate) mod deliver;
pub(crate) mod feed;
pub(crate) mod http2;
pub(crate) mod leave;
pub(crate) mod lost;
pub(crate) mod play;
pub(crate) mod question;
pub(crate) mod quiet;
pub(crate) mod resume;
pub(crate) mod scene;
pub(crate) mod stalled;
pub(crate) mod steps;
pub(crate) mod streams;
pub(crate) mod together;
pub(crate) mod values;
