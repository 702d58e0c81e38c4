//! The limit of open files.

use std::sync::Once;

use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// Enough for the connections and pipes of many tests at once: ten of step 5's have 220.
const OPEN_FILES: u64 = 4096;

/// Raises the limit of open files, which macOS sets to 256 and which a process may raise on most
/// systems. Later calls do nothing.
pub(crate) fn raise() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        if let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE)
            && soft < OPEN_FILES.min(hard)
        {
            // If it fails, a test that needs more files fails with its own message.
            let _ = setrlimit(Resource::RLIMIT_NOFILE, OPEN_FILES.min(hard), hard);
        }
    });
}
