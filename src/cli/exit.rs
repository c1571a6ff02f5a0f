//! How the program ends: the exit codes of sysexits.h, one place for which failure has which.

use std::fmt;
use std::process::ExitCode;

use crate::app::{AppError, EXIT_RETRY};
use crate::config::ConfigError;
use crate::feeds::FeedError;
use crate::kafka::{AdminError, TopicError};
use crate::pipeline::ports::Fault;

/// What `--help` says of exit codes.
pub(super) const HELP: &str = "Exit codes: 0 done; 64 usage; 65 some input lines were rejected; \
    69 broker unavailable; 70 internal error; 74 input or output error; 75 fenced or told to retry; \
    78 configuration.";

/// An exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    Ok,
    Usage,
    /// Some input lines were rejected; the rest was screened.
    Rejected,
    Unavailable,
    Internal,
    InputOutput,
    Retry,
    Configuration,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Ok => 0,
            Exit::Usage => 64,
            Exit::Rejected => 65,
            Exit::Unavailable => 69,
            Exit::Internal => 70,
            Exit::InputOutput => 74,
            Exit::Retry => EXIT_RETRY,
            Exit::Configuration => 78,
        })
    }
}

/// A message for standard error, and the code to exit with.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) exit: Exit,
    message: String,
}

impl Failure {
    pub(super) fn new(exit: Exit, message: impl fmt::Display) -> Self {
        Self { exit, message: message.to_string() }
    }

    /// A failure to write to standard output. That its reader has seen enough, as `head` has, is none.
    pub(super) fn output(error: &std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::BrokenPipe => Self { exit: Exit::Ok, message: String::new() },
            _ => Self::io("output", error),
        }
    }

    /// A failure to read or write.
    pub(super) fn io(what: impl fmt::Display, error: &std::io::Error) -> Self {
        Self::new(Exit::InputOutput, format!("{what}: {error}"))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::new(Exit::Configuration, error)
    }
}

impl From<FeedError> for Failure {
    fn from(error: FeedError) -> Self {
        Self::new(Exit::Configuration, error)
    }
}

impl From<AdminError> for Failure {
    fn from(error: AdminError) -> Self {
        let exit = match error {
            // Starting again cannot help: somebody has to mend it.
            AdminError::Settings(_) | AdminError::Refused { .. } => Exit::Configuration,
            // A certificate that is renewed mends it.
            AdminError::Unreachable { .. }
            | AdminError::Insecure { .. }
            | AdminError::NotCreated { .. } => Exit::Unavailable,
        };
        Self::new(exit, error)
    }
}

impl From<TopicError> for Failure {
    fn from(error: TopicError) -> Self {
        if error.is_refusal() {
            let remedy = "check that it exists and that this user may use it";
            return Self::new(Exit::Configuration, format!("{error}; {remedy}"));
        }
        Self::new(
            Exit::Unavailable,
            format!("{error}; check kafka.bootstrap_servers and that a broker is up"),
        )
    }
}

impl From<AppError> for Failure {
    fn from(error: AppError) -> Self {
        let exit = match error {
            AppError::Config(error) => return error.into(),
            AppError::Feed(error) => return error.into(),
            AppError::Cluster(error) => return error.into(),
            AppError::Live(_) => Exit::Unavailable,
            AppError::MissingTopic(_) => Exit::Configuration,
            AppError::Listen { .. } => Exit::InputOutput,
            AppError::Worker { ref fault, .. } => of_fault(fault),
            AppError::Deadline => Exit::Retry,
            AppError::System(_) | AppError::FeedsLost => Exit::Internal,
        };
        Self::new(exit, error)
    }
}

fn of_fault(fault: &Fault) -> Exit {
    match fault {
        Fault::Fenced(_) | Fault::Replaced(_) => Exit::Retry,
        // Starting again cannot help: somebody has to choose.
        Fault::OffsetOutOfRange(_) | Fault::Refused(_) => Exit::Configuration,
        Fault::Unavailable(_) => Exit::Unavailable,
        Fault::Abort(_) | Fault::Fatal(_) => Exit::Internal,
    }
}
