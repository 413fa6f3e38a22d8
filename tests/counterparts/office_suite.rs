//! Other people's spreadsheet programs: LibreOffice (Debian) and openpyxl (PyPI), as writers and as readers.

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

/// What a workbook holds for other programs: the parts that are not well-formed, then every cell as openpyxl sees it.
const OPENED: &str = r#"
import datetime, json, sys, warnings, zipfile, xml.etree.ElementTree as xml, openpyxl
warnings.simplefilter('ignore')
package = zipfile.ZipFile(sys.argv[1])
names = package.namelist()
broken = [n for n in set(names) if names.count(n) > 1]
for name in names:
    if name.endswith(('.xml', '.rels', '.vml')):
        try: xml.fromstring(package.read(name))
        except xml.ParseError as error: broken.append(f'{name}: {error}')
def value(v):
    if isinstance(v, (datetime.datetime, datetime.date, datetime.time)): return v.isoformat()
    if isinstance(v, bool): return str(v)
    if isinstance(v, (int, float)): return f'{v:.10g}'
    return str(v)
cells = {}
if not broken:
    for sheet in openpyxl.load_workbook(sys.argv[1]):
        cells[sheet.title] = {c.coordinate: value(c.value) for line in sheet.iter_rows() for c in line if c.value is not None}
print(json.dumps({'broken': broken, 'cells': cells}))
"#;

/// Cells by sheet and place, such as `H2`.
pub type Cells = std::collections::BTreeMap<String, std::collections::BTreeMap<String, String>>;

fn cells_of(file: &Path) -> Cells {
    let said = openpyxl(OPENED, &[&file.display().to_string()]);
    let said: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!(said["broken"], serde_json::json!([]), "{}: parts that are not well-formed", file.display());
    serde_json::from_value(said["cells"].clone()).expect("cells by sheet")
}

/// The sheets and cells of a workbook of ours, after two other programs have agreed on them: every part is well-formed,
/// openpyxl opens it, LibreOffice opens it and saves the same cells. openpyxl shows nothing of a strict workbook
/// (ISO/IEC 29500-1): then it is LibreOffice's word alone.
///
/// # Panics
/// When one of them sees something else.
pub fn opened(bytes: &[u8]) -> Cells {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (given, saved) = (folder.path().join("given.xlsx"), folder.path().join("saved"));
    std::fs::write(&given, bytes).expect("writes");
    std::fs::create_dir(&saved).expect("a folder");
    let seen = cells_of(&given);
    let converted = cells_of(&libreoffice(&given, "xlsx", &saved));
    if seen.is_empty() {
        assert!(!converted.is_empty(), "no program shows a sheet");
        return converted;
    }
    let sheets = |cells: &Cells| cells.keys().cloned().collect::<Vec<_>>();
    assert_eq!(sheets(&seen), sheets(&converted), "sheets for openpyxl, and for LibreOffice");
    for (sheet, cells) in &seen {
        let other = &converted[sheet];
        for (place, value) in cells.iter().filter(|(_, value)| !value.starts_with('=')) {
            let there = other.get(place).map(String::as_str).unwrap_or_default();
            assert_eq!(there, value, "{sheet} {place} for LibreOffice, and for openpyxl");
        }
    }
    seen
}
