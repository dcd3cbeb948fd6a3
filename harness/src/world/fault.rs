//! What can befall a call to a server: as data, so that a search can let each befall each call.

use std::time::Duration;

use super::call::{Operation, operation};

/// What a client is told to wait for by a server that has too many requests.
pub const RETRY_AFTER: Duration = Duration::from_secs(30);

/// What befalls a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// The request never arrives, and the caller gets no answer.
    RequestLost,
    /// The server does what was asked, and its answer never comes back.
    AnswerLost,
    /// A 503, and nothing was done.
    ErrorBefore,
    /// A 503 from something in between, after the server has done what was asked.
    ErrorAfter,
    /// A 429 with [`RETRY_AFTER`] (RFC 6585, section 4), and nothing was done.
    TooManyRequests,
    /// A refusal without cause, and nothing was done: of a token endpoint, `invalid_grant`.
    Refused,
    /// The server does what was asked, and its answer cannot be read.
    Garbled,
}

/// How the label of a step begins that is such a call's arrival, after the operation.
static SAMPLE: Operation = operation!("", Network, Fault::ALL);

impl Fault {
    /// All kinds.
    pub const ALL: &[Fault] = &[
        Fault::RequestLost,
        Fault::AnswerLost,
        Fault::ErrorBefore,
        Fault::ErrorAfter,
        Fault::TooManyRequests,
        Fault::Refused,
        Fault::Garbled,
    ];

    /// Those that can befall a server which has no refusal to answer with.
    pub const ALL_BUT_REFUSED: &[Fault] = &[
        Fault::RequestLost,
        Fault::AnswerLost,
        Fault::ErrorBefore,
        Fault::ErrorAfter,
        Fault::TooManyRequests,
        Fault::Garbled,
    ];

    /// Its name in every output.
    pub fn as_str(self) -> &'static str {
        match self {
            Fault::RequestLost => "request-lost",
            Fault::AnswerLost => "answer-lost",
            Fault::ErrorBefore => "error-before",
            Fault::ErrorAfter => "error-after",
            Fault::TooManyRequests => "too-many-requests",
            Fault::Refused => "refused",
            Fault::Garbled => "garbled",
        }
    }

    /// Whether the server has done what was asked, though the caller does not hear of it.
    pub fn is_after_commit(self) -> bool {
        matches!(self, Fault::AnswerLost | Fault::ErrorAfter | Fault::Garbled)
    }

    /// Which fault a step's label names, and whether it lasts.
    pub(super) fn named_in(label: &str) -> Option<(Fault, Lasts)> {
        let does = &label[label.find(' ')?..];
        Fault::ALL.iter().find_map(|&fault| {
            let lasts = [Lasts::Once, Lasts::FromThenOn].into_iter();
            lasts
                .map(|lasts| (fault, lasts))
                .find(|&(fault, lasts)| SAMPLE.labels.of_fault(fault, lasts) == does)
        })
    }
}

/// How long a fault lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Lasts {
    /// It befalls one call.
    Once,
    /// It befalls that call and all of the same operation that arrive after it.
    FromThenOn,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_label_names_its_fault_and_no_other() {
        static TOKEN: Operation = operation!("token", Network, Fault::ALL);
        for &fault in Fault::ALL {
            for lasts in [Lasts::Once, Lasts::FromThenOn] {
                let label = TOKEN.labels.of_fault(fault, lasts);
                assert_eq!(Fault::named_in(label), Some((fault, lasts)), "{label}");
            }
        }
        assert_eq!(Fault::named_in(TOKEN.labels.arrives), None);
    }
}
