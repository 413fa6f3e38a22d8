//! The configuration: where a mistake is, what was meant, and that secrets stay secret.

use std::path::{Path, PathBuf};

use dutybell::config::{Loaded, load};
use tempfile::TempDir;

struct Office {
    folder: TempDir,
}

impl Office {
    fn with(text: &str) -> Office {
        let office = Office { folder: tempfile::tempdir().expect("a folder") };
        office.write("dutybell.toml", text);
        office
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).expect("writes");
        path
    }

    fn load(&self, env: &[(&str, &str)]) -> Result<Loaded, String> {
        let env = env.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        load(Some(&self.folder.path().join("dutybell.toml")), env).map_err(|e| e.to_string())
    }

    fn refusal(&self, env: &[(&str, &str)]) -> String {
        self.load(env).expect_err("must be refused")
    }
}

#[test]
fn without_a_file_everything_is_as_built_in() {
    let loaded = load(None, std::iter::empty()).expect("reads");
    assert_eq!(loaded.config.office.policy, "cn-worksafety");
    assert_eq!(loaded.config.database.url, "sqlite:dutybell.db");
    assert!(loaded.config.channels() == ["desk"]);
}

#[test]
fn the_commented_example_reads_as_it_is_and_with_everything_switched_on() {
    let example = include_str!("../../dutybell.example.toml");
    Office::with(example).load(&[]).expect("the example reads");
    let on: String = example
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(rest) if rest.starts_with('[') || rest.split(' ').nth(1) == Some("=") => format!("{rest}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    let office = Office::with(&on);
    let secrets = [
        "telegram.token",
        "telegram.secret",
        "matrix.token",
        "wecom.secret",
        "wecom.token",
        "wecom.aes",
        "bot.secret",
        "feishu.secret",
        "feishu.key",
        "feishu.token",
        "smtp.password",
        "imap.password",
        "mail.secret",
        "dkim.pem",
        "portal.token",
        "assistant.token",
        "dingtalk.secret",
        "robot.url",
        "robot.secret",
        "robot.token",
    ];
    for file in secrets {
        office.write(file, "123:secret_of_the_office\n");
    }
    office.write("register.url", "postgres://reader@127.0.0.1/safety");
    let loaded = office.load(&[]).expect("every value of the example is known");
    let every: Vec<&str> = dutybell::channel::registry::REGISTRY.into_iter().map(|channel| channel.name).collect();
    assert_eq!(loaded.config.channels(), every);
    assert!(loaded.config.assistant.is_some());
    assert!(!loaded.shown.contains("secret_of_the_office"), "{}", loaded.shown);
    assert_eq!(loaded.config.sources.len(), 4);
}

#[test]
fn an_unknown_key_is_named_with_its_line_and_the_nearest_known_one() {
    let refusal = Office::with("[web]\nlisten = \"127.0.0.1:8484\"\n\n[office]\npolcy = \"x\"\n").refusal(&[]);
    assert!(refusal.contains("dutybell.toml:5") && refusal.contains("did you mean `policy`?"), "{refusal}");
    let refusal = Office::with("[telegran]\ntoken = \"1:a\"\n").refusal(&[]);
    assert!(refusal.contains("dutybell.toml:1") && refusal.contains("did you mean `telegram`?"), "{refusal}");
}

#[test]
fn broken_toml_is_named_with_its_line() {
    let refusal = Office::with("[web]\nlisten = \n").refusal(&[]);
    assert!(refusal.contains("dutybell.toml:2"), "{refusal}");
}

#[test]
fn variables_override_and_unknown_ones_are_refused() {
    let office = Office::with("[database]\nurl = \"sqlite:a.db\"\n");
    let env = [
        ("DUTYBELL_DATABASE__URL", "sqlite:/var/lib/b.db"),
        ("DUTYBELL_DESK__ENABLED", "false"),
        ("DUTYBELL_OFFICE__ALLOW_CHANNELS", "telegram, mail"),
        ("DUTYBELL_MAIL__FROM", "bell@example.org"),
        ("DUTYBELL_MAIL__MESSAGE_DOMAIN", "example.org"),
        ("DUTYBELL_MAIL__TRANSPORT__TYPE", "smtp"),
        ("DUTYBELL_MAIL__TRANSPORT__HOST", "smtp.example.org"),
        ("DUTYBELL_MAIL__TRANSPORT__PORT", "587"),
        ("DUTYBELL_MAIL__TRANSPORT__SECURITY", "starttls"),
        ("DUTYBELL_MAIL__TRANSPORT__USER", "bell"),
        ("DUTYBELL_MAIL__TRANSPORT__PASSWORD", "12345678"),
        ("HOME", "/root"),
    ];
    let loaded = office.load(&env).expect("reads");
    assert_eq!(loaded.config.database.url, "sqlite:/var/lib/b.db");
    assert!(loaded.config.section("desk").is_none());
    assert_eq!(loaded.config.office.allow_channels, ["telegram", "mail"]);
    assert!(loaded.config.section("mail").is_some(), "a password of digits stays a text");

    let refusal = office.refusal(&[("DUTYBELL_DATABASE_URL", "x")]);
    assert!(refusal.contains("DUTYBELL_DATABASE__URL"), "{refusal}");
    let refusal = office.refusal(&[("DUTYBELL_WEB__LISTNE", "x")]);
    assert!(refusal.contains("DUTYBELL_WEB__LISTNE") && refusal.contains("`listen`"), "{refusal}");
}

#[test]
fn secrets_come_from_files_and_are_never_shown() {
    let text = "[telegram]\ntoken_file = \"token\"\n";
    let office = Office::with(text);
    let file = office.write("token", "123:very_secret\n");
    let loaded = office.load(&[]).expect("reads");
    let everything = format!("{:?} {}", loaded.config, loaded.shown);
    assert!(!everything.contains("very_secret"), "{everything}");
    assert!(loaded.shown.contains("***"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).expect("changes");
        assert!(office.load(&[]).expect("reads").warnings[0].contains("chmod 600"));
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).expect("changes");
        assert!(office.load(&[]).expect("reads").warnings.is_empty());
    }
    std::fs::remove_file(&file).expect("removes");
    let refusal = office.refusal(&[]);
    assert!(refusal.contains("token_file") && refusal.contains("token"), "{refusal}");
    let both = Office::with("[telegram]\ntoken = \"123:very_secret\"\ntoken_file = \"token\"\n");
    both.write("token", "124:other");
    assert!(!both.refusal(&[]).contains("very_secret"));
    // A secret of the wrong type must not be quoted by the error.
    let wrong = Office::with("[telegram]\ntoken = 123456789\n").refusal(&[]);
    assert!(!wrong.contains("123456789"), "{wrong}");
}

#[test]
fn paths_count_from_the_folder_of_the_file() {
    let office = Office::with(
        "[database]\nurl = \"sqlite:office.db\"\n[[source]]\nname = \"a\"\npath = \"in/l.csv\"\ncron = \"0 9 * * *\"\n",
    );
    let loaded = office.load(&[]).expect("reads");
    let base: &Path = office.folder.path();
    assert_eq!(loaded.config.sources[0].path, Some(base.join("in/l.csv")));
    assert_eq!(loaded.config.database.url, format!("sqlite:{}", base.join("office.db").display()));
}

#[test]
fn what_types_cannot_say_is_checked_too() {
    let source = "[[source]]\nname = \"a\"\npath = \"a.csv\"\ncron = \"0 9 31 * *\"\n";
    assert!(Office::with(source).refusal(&[]).contains("last day"));
    let good = source.replace("0 9 31 * *", "0 9 * * *");
    assert!(Office::with(&format!("{good}{good}")).refusal(&[]).contains("two [[source]]"));
    let hook = "[telegram]\ntoken = \"1:a\"\nmode = \"webhook\"\n";
    assert!(Office::with(hook).refusal(&[]).contains("public_url"));
}

#[test]
fn a_source_is_one_place_with_its_promises() {
    let with = |lines: &str| Office::with(&format!("[[source]]\nname = \"hazards\"\ncron = \"0 9 * * *\"\n{lines}\n"));
    let good = [
        "folder = \"inbox\"\nzone = \"Asia/Urumqi\"\nshrink_percent = 10\nmax_age = \"36h\"",
        "path = \"l.csv\"\ncolumns = { \"整改时间点\" = \"due\", \"path\" = \"place\", \"token_file\" = \"note\" }",
        "sql = { url = \"mysql://reader@127.0.0.1/safety\", query = \"SELECT * FROM hazards\" }",
        "[source.http]\nurl = \"https://ledger.qingshi.example/items\"\nformat = \"csv\"\nmax_bytes = 1000\ntimeout_seconds = 5",
    ];
    for lines in good {
        with(lines).load(&[]).expect(lines);
    }
    let columns = &with(good[1]).load(&[]).expect("reads").config.sources[0].columns;
    assert_eq!(columns["path"], "place", "a ledger's own words are no settings");
    let wrong = [
        ("", "path, folder, sql or http"),
        ("path = \"a.csv\"\nfolder = \"b\"", "more than one"),
        ("path = \"a.csv\"\nzone = \"Qingshi\"", "Asia/Shanghai"),
        ("path = \"a.csv\"\nmax_age = \"soon\"", "36h"),
        ("path = \"a.csv\"\nshrink_percent = 101", "0 to 100"),
        ("path = \"a.csv\"\nshrink_precent = 10", "did you mean `shrink_percent`?"),
        ("sql = { url = \"postgres://h/d\", query = \"DELETE FROM t\" }", "SELECT or WITH"),
        ("sql = { url = \"postgres://h/d\", query = \"SELECT 1; SELECT 2\" }", "more than one statement"),
        ("sql = { url = \"oracle://h/d\", query = \"SELECT 1\" }", "postgres:"),
        ("sql = { url = \"postgres://h/d\", query = \"SELECT 1\", timeout_seconds = 0 }", "timeout_seconds"),
        ("sql = { url = \"postgres://h/d\", qurey = \"SELECT 1\" }", "dutybell.toml:4"),
        ("http = { url = \"file:///etc/passwd\" }", "https://"),
        ("http = { url = \"https://h/\", allow_private = [\"10.0.0.0/99\"] }", "10.0.0.0/99"),
        ("http = { url = \"https://h/\", max_bytes = 100000000 }", "max_bytes"),
        ("http = { url = \"http://h/\", token = \"very_secret\" }", "in the clear"),
    ];
    for (lines, wanted) in wrong {
        let refusal = with(lines).refusal(&[]);
        assert!(refusal.contains(wanted), "{lines}: {refusal}");
        assert!(refusal.contains("hazards") || refusal.contains("dutybell.toml:"), "{lines}: {refusal}");
        assert!(!refusal.contains("very_secret"), "{refusal}");
    }
    let slash = with("path = \"a.csv\"");
    slash.write("dutybell.toml", "[[source]]\nname = \"a/b\"\npath = \"a.csv\"\ncron = \"0 9 * * *\"\n");
    assert!(slash.refusal(&[]).contains("slash"));
}

#[test]
fn the_address_of_another_database_is_a_secret() {
    let lines = "[[source]]\nname = \"hazards\"\ncron = \"0 9 * * *\"\nsql = { url_file = \"register.url\", query = \"SELECT 1\" }\n";
    let office = Office::with(lines);
    office.write("register.url", "postgres://reader:very_secret@db.qingshi.example/safety\n");
    let loaded = office.load(&[]).expect("reads");
    let everything = format!("{:?} {}", loaded.config, loaded.shown);
    assert!(!everything.contains("very_secret") && loaded.shown.contains("reader:***@db"), "{everything}");
    office.write("register.url", "postgres://reader:very_secret@db:port/safety\n");
    let refusal = office.refusal(&[]);
    assert!(refusal.contains("hazards") && !refusal.contains("very_secret"), "{refusal}");
    for (url, shown) in [
        ("https://h/items?key=very_secret", "https://h/items?***"),
        ("postgres://u:p?very_secret@h/d", "postgres://u:***@h/d"),
        ("postgres://h/d?password=very_secret", "postgres://h/d?***"),
        ("postgres://h/d?sslmode=require", "postgres://h/d?sslmode=require"),
    ] {
        assert_eq!(dutybell::config::without_password(url), shown);
    }
}
