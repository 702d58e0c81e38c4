//! Reads the folders of `trials/` that contain answers to a step, one patch each.

pub mod right;
pub mod wrong;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::CliError;

/// Returns the text of each patch of a folder, by the name of its file without `.patch`.
///
/// # Errors
///
/// If the folder or a patch cannot be read, or there is no patch.
pub fn texts(folder: &Path) -> Result<BTreeMap<String, String>, CliError> {
    let entries = fs::read_dir(folder).map_err(|error| CliError::path("read", folder, &error))?;
    let mut texts = BTreeMap::new();
    for entry in entries {
        let path = entry.map_err(|error| CliError::path("read", folder, &error))?.path();
        if let Some(name) = path.file_name().and_then(|name| name.to_str()?.strip_suffix(".patch")) {
            let text = fs::read_to_string(&path).map_err(|error| CliError::path("read", &path, &error))?;
            texts.insert(name.to_owned(), text);
        }
    }
    if texts.is_empty() {
        return Err(format!("{} contains no patch.", folder.display()).into());
    }
    Ok(texts)
}
