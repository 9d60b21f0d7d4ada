//! Facts about the server that one scene learns and later requests and scenes use.

/// Facts that were learned about the server so far.
///
/// A fact that is `None` is not known yet. A scene that needs it plays the scene that finds it out.
#[derive(Clone, Debug, Default)]
pub(crate) struct Learned {
    /// The control hook has the action `publish`.
    pub(crate) can_publish: bool,
    /// The server sends a response head only once an event is published, as long polling does.
    pub(crate) head_needs_event: bool,
    /// A stream has ended by itself.
    pub(crate) ends_streams: bool,
    /// The server refused a client that came back sooner than `retry` says.
    pub(crate) insists_on_retry: bool,
    /// Published events arrive. `None` until the scene of single events has been played.
    pub(crate) delivers: Option<bool>,
    /// Missed events are sent again. `None` until a scene has tried to resume a stream. The scene begins with
    /// `false`, so that a scene that is cut off by its time limit is not played again.
    pub(crate) resumes: Option<bool>,
    /// The idle stream sets IDs. `None` until the idle stream has been watched.
    pub(crate) idle_sets_id: Option<bool>,
    /// The idle stream has heartbeats. `None` until the idle stream has been watched.
    pub(crate) has_heartbeats: Option<bool>,
    /// The reason why there is no HTTP/2. A server that does not answer in HTTP/2 is asked only once.
    pub(crate) no_http2: Option<String>,
    /// The number of published events that did not arrive in time.
    pub(crate) lost_events: usize,
}
