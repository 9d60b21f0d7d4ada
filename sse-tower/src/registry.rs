//! Registers metrics with the recorder of the crate `metrics`.

use metrics::{Counter, Gauge, Histogram, Key, Label, Level, Metadata, Unit, with_recorder};

/// Registers metrics that share a set of labels.
pub(crate) struct Registry {
    labels: Vec<Label>,
}

/// The label that tells why something happened. Labels of the user cannot have this name.
const REASON: &str = "reason";

static METADATA: Metadata<'static> = Metadata::new("sse_tower", Level::INFO, Some(module_path!()));

impl Registry {
    pub(crate) fn new<K, V>(labels: impl IntoIterator<Item = (K, V)>) -> Self
    where
        K: Into<String>,
        V: Into<String>,
    {
        let labels = labels.into_iter();
        let labels = labels.map(|(name, value)| Label::new(name.into(), value.into()));
        Self {
            labels: labels.filter(|label| label.key() != REASON).collect(),
        }
    }

    pub(crate) fn counter(&self, name: &'static str, unit: Unit, text: &'static str) -> Counter {
        with_recorder(|recorder| {
            recorder.describe_counter(name.into(), Some(unit), text.into());
            recorder.register_counter(&self.key(name), &METADATA)
        })
    }

    /// Registers a counter for each reason.
    pub(crate) fn counters<const N: usize>(
        &self,
        name: &'static str,
        text: &'static str,
        reasons: [&'static str; N],
    ) -> [Counter; N] {
        with_recorder(|recorder| {
            recorder.describe_counter(name.into(), Some(Unit::Count), text.into());
            reasons.map(|reason| {
                let reason = vec![Label::from_static_parts(REASON, reason)];
                recorder.register_counter(&self.key(name).with_extra_labels(reason), &METADATA)
            })
        })
    }

    pub(crate) fn gauge(&self, name: &'static str, text: &'static str) -> Gauge {
        with_recorder(|recorder| {
            recorder.describe_gauge(name.into(), Some(Unit::Count), text.into());
            recorder.register_gauge(&self.key(name), &METADATA)
        })
    }

    pub(crate) fn seconds(&self, name: &'static str, text: &'static str) -> Histogram {
        with_recorder(|recorder| {
            recorder.describe_histogram(name.into(), Some(Unit::Seconds), text.into());
            recorder.register_histogram(&self.key(name), &METADATA)
        })
    }

    fn key(&self, name: &'static str) -> Key {
        Key::from_parts(name, self.labels.clone())
    }
}
