//! A fake that says the same to every question, with the pauses of a real model.

use std::time::Duration;

use futures_util::stream;
use sse_tower::Event;
use tokio::time::sleep;

use super::{ModelError, Tokens};

/// The longest token, in characters. Models cut long words too.
const TOKEN: usize = 6;

/// The number of characters of a question that the answer repeats.
const QUOTED: usize = 200;

/// The number of tokens before the failure that a question has asked for.
const BEFORE_FAILURE: usize = 20;

const TEXT: &str = "\n\nI am not a real model: I say the same to every question, at the pace of one that thinks. \
    But everything around me is real. This answer is a run. The server asks the model once, and keeps each token \
    in a log, whoever reads it.\n\nSo try this while I am talking:\n\
    - Reload the page. It shows the first tokens again, and then goes on.\n\
    - Open the page in a second tab. Both show the same answer, and nobody asks me twice.\n\
    - Cut the network for a moment. The page comes back with the ID of its last event, and gets what it has missed.\n\
    - Press Stop in either tab. I am told to stop, and both tabs say so.\n\n\
    If the server is killed in the middle of an answer, and it keeps its answers in Redis, the page hears of that \
    too: fifteen seconds after the last sign of life, the answer is marked as interrupted. Nobody has to wait for a \
    token that never comes.";

pub(crate) struct Local {
    pause: Duration,
}

impl Local {
    pub(crate) const fn new(pause: Duration) -> Self {
        Self { pause }
    }

    pub(crate) fn answer(&self, question: &str) -> Tokens {
        let has_to_fail = question.to_lowercase().contains("fail");
        let tokens = tokens(&text(question));
        let pause = self.pause;
        Box::pin(stream::try_unfold(0, move |number| {
            let token = tokens.get(number).cloned();
            let before = number.checked_sub(1).and_then(|before| tokens.get(before));
            let time = pause.mul_f64(factor(number, before.map_or("", |token| token)));
            async move {
                let Some(token) = token else { return Ok(None) };
                sleep(time).await;
                if has_to_fail && number == BEFORE_FAILURE {
                    let text = "The local model has failed, since the question says “fail”.";
                    return Err(ModelError(text.to_owned()));
                }
                Ok(Some((Event::new(token), number + 1)))
            }
        }))
    }
}

fn text(question: &str) -> String {
    let quoted: String = question.chars().take(QUOTED).collect();
    let dots = if quoted.len() < question.len() {
        "…"
    } else {
        ""
    };
    format!("You ask: “{}{dots}”{TEXT}", quoted.trim())
}

/// Cuts a text into words, each with the space before it, and long words into parts.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut token = String::new();
    for char in text.chars() {
        let is_space = char.is_whitespace();
        let begins_word = is_space && !token.ends_with(char::is_whitespace);
        if !token.is_empty() && (begins_word || token.chars().count() >= TOKEN && !is_space) {
            tokens.push(std::mem::take(&mut token));
        }
        token.push(char);
    }
    tokens.extend((!token.is_empty()).then_some(token));
    tokens
}

/// Returns how much longer than usual the pause before a token is.
fn factor(number: usize, before: &str) -> f64 {
    // Without a random generator, so that an answer always takes the same time.
    let varied = [0.4, 1.3, 0.7, 1.9, 0.5, 1.0, 0.6, 1.4][number % 8];
    match before.chars().next_back() {
        None => 8.0,
        Some('.' | ':') => 5.0 * varied,
        Some(',' | '\n') => 2.5 * varied,
        Some(_) => varied,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_short_and_together_are_the_text() {
        for question in [
            "why?",
            "an extraordinarily long word",
            "ü\n\n漢字漢字漢字漢字",
            &"x".repeat(999),
        ] {
            let text = text(question);
            let tokens = tokens(&text);
            assert_eq!(tokens.concat(), text);
            assert!(
                tokens
                    .iter()
                    .all(|token| token.trim().chars().count() <= TOKEN)
            );
            assert!(tokens.len() > 150);
        }
    }
}
