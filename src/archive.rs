//! Policies and registers that decisions were made under, kept under their versions, so that decisions can be verified
//! later: a folder with one compressed file each.
//!
//! Knows nothing of what is in them.

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Quick to write, and a register is text that repeats itself.
const COMPRESSION_LEVEL: i32 = 3;

/// What is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    Policy,
    Register,
}

impl Kept {
    const ALL: [Self; 2] = [Self::Policy, Self::Register];

    fn file_name(self, version: &str) -> String {
        let (prefix, suffix) = self.affixes();
        format!("{prefix}{version}{suffix}")
    }

    fn affixes(self) -> (&'static str, &'static str) {
        match self {
            Self::Policy => ("policy-", ".txt.zst"),
            Self::Register => ("register-", ".ndjson.zst"),
        }
    }
}

/// The folder, and for how long things stay in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archive {
    dir: PathBuf,
    keep_for: Duration,
}

impl Archive {
    /// The archive in a folder, which is made where it is not there when something is kept. What was not in force for so
    /// long goes.
    #[must_use]
    pub fn new(dir: PathBuf, keep_for: Duration) -> Self {
        Self { dir, keep_for }
    }

    /// Where it is.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Keeps a version: as `write` writes it where it is not there yet, and from now on longer where it is. Nobody ever sees
    /// half of it. `true` where it was written.
    ///
    /// # Errors
    /// As the folder has them.
    pub fn keep(
        &self,
        kept: Kept,
        version: &str,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<bool> {
        let path = self.dir.join(kept.file_name(version));
        match File::options().append(true).open(&path) {
            Ok(file) => file.set_modified(SystemTime::now()).map(|()| false),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                fs::create_dir_all(&self.dir)?;
                self.write(&path, write).map(|()| true)
            }
            Err(error) => Err(error),
        }
    }

    fn write(
        &self,
        path: &Path,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<()> {
        let unfinished = tempfile::NamedTempFile::with_prefix_in("unfinished-", &self.dir)?;
        let mut encoder =
            zstd::Encoder::new(BufWriter::new(unfinished.as_file()), COMPRESSION_LEVEL)?;
        encoder.include_checksum(true)?;
        write(&mut encoder)?;
        encoder.finish()?.flush()?;
        unfinished.as_file().sync_all()?;
        unfinished.persist(path).map_err(|error| error.error)?;
        Ok(())
    }

    /// Reads a version that is kept; `None` where it is not.
    ///
    /// # Errors
    /// As the folder has them.
    pub fn read(&self, kept: Kept, version: &str) -> io::Result<Option<impl Read + use<>>> {
        match File::open(self.dir.join(kept.file_name(version))) {
            Ok(file) => zstd::Decoder::new(BufReader::new(file)).map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Removes what was not in force for too long, and how much that was. Other files of the folder stay.
    ///
    /// # Errors
    /// As the folder has them.
    pub fn prune(&self) -> io::Result<usize> {
        let mut removed = 0;
        for entry in fs::read_dir(&self.dir)? {
            let entry = entry?;
            let name = entry.file_name();
            let is_ours = |kept: Kept| {
                let (prefix, suffix) = kept.affixes();
                let name = name.to_string_lossy();
                name.starts_with(prefix) && name.ends_with(suffix)
            };
            if !Kept::ALL.into_iter().any(is_ours) {
                continue;
            }
            // A clock that was set back makes nothing old.
            let age = entry.metadata()?.modified()?.elapsed().unwrap_or_default();
            if age > self.keep_for {
                fs::remove_file(entry.path())?;
                removed += 1;
            }
        }
        Ok(removed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_hours(24);

    fn read(archive: &Archive, version: &str) -> Option<String> {
        let mut text = String::new();
        archive.read(Kept::Policy, version).unwrap()?.read_to_string(&mut text).unwrap();
        Some(text)
    }

    fn keep(archive: &Archive, version: &str, text: &str) -> bool {
        archive.keep(Kept::Policy, version, |to| to.write_all(text.as_bytes())).unwrap()
    }

    #[test]
    fn a_version_is_written_once_and_read_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let archive = Archive::new(folder.path().join("not/there/yet"), DAY);
        let text = "hold_threshold = 60\n".repeat(10_000);
        assert!(keep(&archive, "a1", &text));
        assert!(!keep(&archive, "a1", "never written"));
        assert_eq!(read(&archive, "a1").as_deref(), Some(&*text));
        assert_eq!(read(&archive, "b2"), None);
        assert!(archive.read(Kept::Register, "a1").unwrap().is_none());
        let size = fs::metadata(archive.dir.join("policy-a1.txt.zst")).unwrap().len();
        assert!(size < 1_000, "{size}");
    }

    #[test]
    fn what_fails_half_way_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let archive = Archive::new(folder.path().to_owned(), 5 * DAY);
        let broken = |to: &mut dyn Write| {
            to.write_all(b"half")?;
            Err(io::Error::other("the disk is full"))
        };
        assert!(archive.keep(Kept::Register, "a1", broken).is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_was_not_in_force_for_long_goes_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let archive = Archive::new(folder.path().to_owned(), 5 * DAY);
        fs::write(folder.path().join("notes.txt"), "mine").unwrap();
        for version in ["old", "used", "new"] {
            keep(&archive, version, version);
        }
        for version in ["old", "used"] {
            let path = folder.path().join(Kept::Policy.file_name(version));
            let file = File::options().append(true).open(path).unwrap();
            file.set_modified(SystemTime::now() - 10 * DAY).unwrap();
        }
        // Back in force.
        assert!(!keep(&archive, "used", ""));
        assert_eq!(archive.prune().unwrap(), 1);
        assert_eq!((read(&archive, "old"), read(&archive, "used").is_some()), (None, true));
        assert!(folder.path().join("notes.txt").exists());
    }
}
