//! Files that only their owner may read: they hold telephones, answers and tokens.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

fn for_the_owner(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// Opens a file for writing from its beginning; one that was there is emptied and taken from everybody else.
///
/// # Errors
/// When it cannot be written.
pub fn private(path: &Path) -> io::Result<File> {
    let file = for_the_owner(OpenOptions::new().write(true).create(true).truncate(true)).open(path)?;
    close_to_others(path)?;
    Ok(file)
}

/// The same for a file that must not be there yet.
///
/// # Errors
/// [`io::ErrorKind::AlreadyExists`], or when it cannot be written.
pub fn private_new(path: &Path) -> io::Result<File> {
    for_the_owner(OpenOptions::new().write(true).create_new(true)).open(path)
}

/// The same for a file to which is only added.
///
/// # Errors
/// When it cannot be written.
pub fn private_append(path: &Path) -> io::Result<File> {
    for_the_owner(OpenOptions::new().append(true).create(true)).open(path)
}

/// Writes a file whole, beside its place first: who reads it meanwhile sees the old one or the new one.
///
/// # Errors
/// When it cannot be written.
pub fn put_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let part = beside(path, ".part");
    let mut file = private(&part)?;
    io::Write::write_all(&mut file, bytes)?;
    std::fs::rename(&part, path)
}

/// A path with an ending more.
pub fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Takes a file from everybody but its owner.
///
/// # Errors
/// When it belongs to somebody else, or is not there.
#[cfg(unix)]
pub fn close_to_others(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mut permissions = std::fs::metadata(path)?.permissions();
    if permissions.mode() & 0o077 == 0 {
        return Ok(());
    }
    permissions.set_mode(permissions.mode() & !0o077);
    std::fs::set_permissions(path, permissions)
}

/// Takes a file from everybody but its owner.
///
/// # Errors
/// None here: such rights are not known.
#[cfg(not(unix))]
pub fn close_to_others(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Whether anybody but its owner may read or write a file.
#[cfg(unix)]
pub fn is_open_to_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|m| m.permissions().mode() & 0o077 != 0)
}

/// Whether anybody but its owner may read or write a file.
#[cfg(not(unix))]
pub fn is_open_to_others(_: &Path) -> bool {
    false
}
