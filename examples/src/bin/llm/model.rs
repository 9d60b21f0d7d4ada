//! The model, which generates an answer as a stream of events: one for each token.

mod local;
mod openai;

use std::{fmt, pin::Pin, time::Duration};

use clap::Args;
use futures_util::Stream;
use serde::Deserialize;
use sse_tower::Event;

use local::Local;
use openai::OpenAi;

/// Which model is asked.
#[derive(Args)]
pub(crate) struct ModelOptions {
    /// The URL of a service with OpenAI's interface, up to /v1 or the like [default: a local fake]
    #[arg(long, env = "LLM_MODEL_URL", value_name = "URL")]
    model_url: Option<String>,
    /// The name of the service's model
    #[arg(
        long,
        env = "LLM_MODEL",
        value_name = "NAME",
        default_value = "gpt-5-mini"
    )]
    model: String,
    /// The key of the service; other users of the machine can read it in the list of processes, except in the variable
    #[arg(
        long,
        env = "LLM_MODEL_KEY",
        hide_env_values = true,
        value_name = "KEY",
        requires = "model_url"
    )]
    model_key: Option<String>,
    /// The usual pause of the local fake between two tokens, in milliseconds
    #[arg(
        long,
        env = "LLM_PAUSE",
        value_name = "MILLISECONDS",
        default_value_t = 60
    )]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pause: u64,
}

/// A question and its answer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Turn {
    question: String,
    answer: String,
}

pub(crate) enum Model {
    Local(Local),
    OpenAi(OpenAi),
}

/// The tokens of an answer. The model is asked when this is polled first, and stops when it is dropped.
pub(crate) type Tokens = Pin<Box<dyn Stream<Item = Result<Event, ModelError>> + Send>>;

/// The model has failed. The text is for the page, so it contains no secrets.
#[derive(Debug)]
pub(crate) struct ModelError(String);

impl ModelOptions {
    pub(crate) fn check(self) -> anyhow::Result<Model> {
        Ok(match self.model_url {
            Some(url) => Model::OpenAi(OpenAi::new(&url, self.model, self.model_key.as_deref())?),
            None => Model::Local(Local::new(Duration::from_millis(self.pause))),
        })
    }
}

impl Model {
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Local(_) => "a local fake".to_owned(),
            Self::OpenAi(model) => model.name(),
        }
    }

    /// Answers a question that follows these turns.
    pub(crate) fn answer(&self, question: String, earlier: Vec<Turn>) -> Tokens {
        match self {
            Self::Local(model) => model.answer(&question),
            Self::OpenAi(model) => model.answer(&question, &earlier),
        }
    }
}

impl fmt::Display for ModelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ModelError {}
