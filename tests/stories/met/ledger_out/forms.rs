//! Workbooks of every form come back as workbooks that other programs open.

use super::{export, hedong, import, input};
use crate::office_suite::{libreoffice, opened, openpyxl};

/// Every cell that was there is there, or was filled in; and the two sheets of ours are behind.
async fn comes_back(file: &str, sheet: &str) -> Vec<u8> {
    let story = hedong().await;
    let before = opened(&input(file));
    import(&story, file, &input(file)).await;
    let bytes = export(&story).await;
    let after = opened(&bytes);
    for ours in ["汇总", super::NOTES] {
        assert!(after.contains_key(ours), "{file}: {ours} is missing: {:?}", after.keys());
    }
    for (place, value) in &before[sheet] {
        assert!(after[sheet].contains_key(place), "{file}: {place} {value} is gone");
    }
    let again = import(&story, file, &bytes).await;
    assert!(again.is_quiet() && again.missing.is_empty(), "{file}: {again:#?}");
    // A second export of what came back is sound, too.
    opened(&export(&story).await);
    bytes
}

#[tokio::test]
async fn a_workbook_whose_elements_carry_a_prefix_comes_back_well_formed() {
    comes_back("r05-prefixed.xlsx", "台账").await;
}

#[tokio::test]
async fn a_strict_workbook_gets_strict_parts() {
    let bytes = comes_back("r04-strict.xlsx", "台账").await;
    let mut package = zip::ZipArchive::new(std::io::Cursor::new(bytes)).expect("a package");
    for n in 0..package.len() {
        let mut part = package.by_index(n).expect("a part");
        let (name, mut text) = (part.name().expect("a name").into_owned(), String::new());
        if name.starts_with("xl/") && std::io::Read::read_to_string(&mut part, &mut text).is_ok() {
            for loose in [
                "schemas.openxmlformats.org/spreadsheetml",
                "schemas.openxmlformats.org/officeDocument/2006/relationships",
                "schemas.openxmlformats.org/drawingml",
            ] {
                assert!(name.contains("theme") || !text.contains(loose), "{name} names {loose}");
            }
        }
    }
}

#[tokio::test]
async fn county_forms_and_repeated_headers_come_back() {
    comes_back("r08-county-template.xlsx", "11月排查").await;
    comes_back("t3-repeated-header.xlsx", "Sheet").await;
    comes_back("t1-header-variants.xlsx", "台账").await;
}

#[tokio::test]
async fn tables_drop_downs_colours_and_protection_come_back() {
    let bytes = comes_back("x1-table-dv-cf-protected.xlsx", "台账").await;
    let folder = tempfile::tempdir().expect("a folder");
    let (before, after) = (folder.path().join("before.xlsx"), folder.path().join("after.xlsx"));
    std::fs::write(&before, input("x1-table-dv-cf-protected.xlsx")).expect("writes");
    std::fs::write(&after, &bytes).expect("writes");
    let script = "
import sys, warnings, openpyxl
warnings.simplefilter('ignore')
s = openpyxl.load_workbook(sys.argv[1])['台账']
print(s.protection.sheet, [(t.name, t.ref) for t in s.tables.values()], [(str(v.sqref), v.formula1) for v in s.data_validations.dataValidation], len(list(s.conditional_formatting)))";
    let seen = |path: &std::path::Path| openpyxl(script, &[&path.display().to_string()]);
    assert_eq!(seen(&before), seen(&after));
}

/// Puts a prefix before every element of the main namespace, as some writers do.
const PREFIXED: &str = r#"
import re, sys, zipfile
MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
old, new = zipfile.ZipFile(sys.argv[1]), zipfile.ZipFile(sys.argv[2], 'w', zipfile.ZIP_DEFLATED)
for name in old.namelist():
    data = old.read(name)
    plain = sys.argv[3] == 'packages' and (name.endswith('.rels') or name == '[Content_Types].xml')
    if plain or f'xmlns="{MAIN}"'.encode() in data:
        text = data.decode('utf-8')
        text = re.sub(r'<(/?)([A-Za-z])', r'<\1q:\2', text).replace('<?q:xml', '<?xml')
        data = text.replace(' xmlns="', ' xmlns:q="', 1).encode('utf-8')
    new.writestr(name, data)
new.close()
"#;

#[tokio::test]
async fn prefixes_in_every_part_relations_and_types_too_are_kept_to() {
    for parts in ["sheets", "packages"] {
        let story = hedong().await;
        let folder = tempfile::tempdir().expect("a folder");
        let (plain, prefixed) = (folder.path().join("plain.xlsx"), folder.path().join("prefixed.xlsx"));
        std::fs::write(&plain, input("h19-v1.xlsx")).expect("writes");
        openpyxl(PREFIXED, &[&plain.display().to_string(), &prefixed.display().to_string(), parts]);
        let bytes = std::fs::read(&prefixed).expect("written");
        import(&story, "台账.xlsx", &bytes).await;
        let cells = opened(&export(&story).await);
        assert!(cells.contains_key("汇总") && cells["台账"]["M2"] == "已整改", "{parts}: {cells:#?}");
        let workbook = story.gateway.export("story", true).await.expect("exports").bytes;
        assert!(opened(&workbook).contains_key("汇总"));
    }
}

#[tokio::test]
async fn what_libreoffice_saved_comes_back_and_an_old_xls_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let source = folder.path().join("台账.xlsx");
    std::fs::write(&source, input("h19-v1.xlsx")).expect("writes");
    let saved = folder.path().join("saved");
    std::fs::create_dir(&saved).expect("a folder");
    for form in ["xlsx:Calc MS Excel 2007 XML", "xls:MS Excel 97"] {
        let file = libreoffice(&source, form, &saved);
        let story = hedong().await;
        let name = file.file_name().expect("a name").to_string_lossy().into_owned();
        import(&story, &name, &std::fs::read(&file).expect("reads")).await;
        let bytes = export(&story).await;
        let cells = opened(&bytes);
        assert!(cells.contains_key("汇总") && cells["台账"]["M7"] == "已销号", "{form}");
        let again = import(&story, "台账.xlsx", &bytes).await;
        assert!(again.is_quiet(), "{form}: {again:#?}");
    }
}
