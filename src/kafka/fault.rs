//! Kafka's errors, classified once by what has to be done.

use rdkafka::types::RDKafkaErrorCode as Code;

use crate::pipeline::ports::Fault;

/// An error of a call, as librdkafka describes it.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{call}: {message} ({code:?})")]
pub(super) struct CallError {
    pub(super) call: &'static str,
    pub(super) code: Code,
    pub(super) message: String,
    /// The client is dead.
    pub(super) fatal: bool,
    /// The same call may be repeated.
    pub(super) retriable: bool,
    /// The open transaction is dead.
    pub(super) requires_abort: bool,
}

impl CallError {
    /// An error of a call that says no more than its code.
    pub(super) fn plain(call: &'static str, code: Code, message: String) -> Self {
        Self { call, code, message, fatal: false, retriable: false, requires_abort: false }
    }
}

impl From<CallError> for Fault {
    fn from(error: CallError) -> Self {
        let text = error.to_string();
        match error.code {
            Code::FencedInstanceId => Self::Replaced(text),
            // Before all else: to abort and try again would be refused again, and again.
            code if is_refusal(code) => Self::Refused(text),
            _ if error.requires_abort && !error.fatal => Self::Abort(text),
            // A timed-out transaction bumps the epoch just as a newer producer does; the two look the same from here.
            Code::Fenced
            | Code::ProducerFenced
            | Code::InvalidProducerEpoch
            | Code::InvalidTransactionalState
            | Code::UnknownProducerId
            | Code::InvalidProducerIdMapping => Self::Fenced(text),
            Code::AutoOffsetReset | Code::OffsetOutOfRange => Self::OffsetOutOfRange(text),
            code if is_outage(code) => Self::Unavailable(text),
            _ => Self::Fatal(text),
        }
    }
}

/// The brokers answer, and say no.
pub(super) fn is_refusal(code: Code) -> bool {
    matches!(
        code,
        Code::TopicAuthorizationFailed
            | Code::GroupAuthorizationFailed
            | Code::ClusterAuthorizationFailed
            | Code::TransactionalIdAuthorizationFailed
            | Code::SaslAuthenticationFailed
            | Code::Authentication
            | Code::UnsupportedSASLMechanism
            | Code::IllegalSASLState
    )
}

/// The brokers do not answer, or not in time.
fn is_outage(code: Code) -> bool {
    matches!(
        code,
        Code::BrokerTransportFailure
            | Code::AllBrokersDown
            | Code::Resolve
            | Code::SSL
            | Code::OperationTimedOut
            | Code::RequestTimedOut
            | Code::MessageTimedOut
            | Code::CoordinatorNotAvailable
            | Code::NotCoordinator
            | Code::CoordinatorLoadInProgress
            | Code::WaitingForCoordinator
            | Code::LeaderNotAvailable
            | Code::NotLeaderForPartition
            | Code::NetworkException
            | Code::UnknownPartition
            | Code::UnknownTopic
            | Code::UnknownTopicOrPartition
            | Code::State
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(code: Code, fatal: bool, requires_abort: bool) -> Fault {
        let error =
            CallError { fatal, requires_abort, ..CallError::plain("commit", code, String::new()) };
        error.into()
    }

    #[test]
    fn each_error_has_its_remedy() {
        use Fault::{Abort, Fatal, Fenced, OffsetOutOfRange, Refused, Replaced, Unavailable};
        type Is = fn(&Fault) -> bool;
        let cases: [(Code, bool, bool, Is); 13] = [
            (Code::IllegalGeneration, false, true, |it| matches!(it, Abort(_))),
            (Code::UnknownMemberId, false, true, |it| matches!(it, Abort(_))),
            (Code::MessageTimedOut, false, true, |it| matches!(it, Abort(_))),
            (Code::FencedInstanceId, false, true, |it| matches!(it, Replaced(_))),
            (Code::FencedInstanceId, true, false, |it| matches!(it, Replaced(_))),
            (Code::ProducerFenced, true, false, |it| matches!(it, Fenced(_))),
            (Code::InvalidProducerEpoch, true, true, |it| matches!(it, Fenced(_))),
            (Code::AutoOffsetReset, false, false, |it| matches!(it, OffsetOutOfRange(_))),
            (Code::BrokerTransportFailure, false, false, |it| matches!(it, Unavailable(_))),
            (Code::TopicAuthorizationFailed, false, true, |it| matches!(it, Refused(_))),
            (Code::TransactionalIdAuthorizationFailed, true, false, |it| matches!(it, Refused(_))),
            (Code::Authentication, false, false, |it| matches!(it, Refused(_))),
            (Code::InvalidMessageSize, false, false, |it| matches!(it, Fatal(_))),
        ];
        for (code, fatal, requires_abort, expected) in cases {
            let fault = fault(code, fatal, requires_abort);
            assert!(expected(&fault), "{code:?}: {fault:?}");
        }
    }
}
