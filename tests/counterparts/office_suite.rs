//! Other people's spreadsheet programs: LibreOffice (Debian) and openpyxl (PyPI), as writers and as readers.
#![allow(dead_code)] // each test uses a part of it

use std::path::{Path, PathBuf};
use std::process::Command;

/// Saves a document in another form with LibreOffice; gives the new file.
///
/// # Panics
/// When Debian's package libreoffice-calc-nogui is missing: `./test.sh --install-only` installs it.
pub fn libreoffice(document: &Path, form: &str, folder: &Path) -> PathBuf {
    // A profile of its own: two of them at once would wait for each other.
    let profile = tempfile::tempdir().expect("a temporary folder");
    let output = Command::new("soffice")
        .arg(format!("-env:UserInstallation=file://{}", profile.path().display()))
        .args(["--headless", "--convert-to", form, "--outdir"])
        .arg(folder)
        .arg(document)
        .output()
        .expect("LibreOffice starts; ./test.sh --install-only installs it");
    let ending = form.split(':').next().expect("a form");
    let file = folder.join(document.file_stem().expect("a name")).with_extension(ending);
    assert!(file.exists(), "{}", String::from_utf8_lossy(&output.stderr));
    file
}

/// Runs a script with openpyxl and gives what it printed.
///
/// # Panics
/// When the script fails.
pub fn openpyxl(script: &str, arguments: &[&str]) -> String {
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let output = Command::new(python).args(["-c", script]).args(arguments).output().expect("python starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}
