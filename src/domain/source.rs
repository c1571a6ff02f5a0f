//! Where a declaration came from.

use std::fmt;

/// The place of a record: a topic, or `file` for line-by-line input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    pub topic: String,
    pub partition: i32,
    pub offset: i64,
}

impl Source {
    /// The place of a line of a file, counted from 0.
    #[must_use]
    pub fn file_line(line: u64) -> Self {
        Self {
            topic: "file".to_owned(),
            partition: 0,
            offset: i64::try_from(line).unwrap_or(i64::MAX),
        }
    }
}

/// The form that decision ids take: `<topic>/<partition>/<offset>`.
impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.topic, self.partition, self.offset)
    }
}
