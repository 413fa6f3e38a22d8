//! What a configuration may not be, or should not be, so that nobody else can speak in somebody's name.

use std::net::{IpAddr, SocketAddr};

use toml::{Table, Value};

use super::WebConfig;

/// What proves that a call or a mail comes from where it says, and is chosen by the office: whoever guesses it can
/// report hazards done.
const PROOFS: [&str; 5] = ["webhook_secret", "callback_token", "verification_token", "encrypt_key", "token_secret"];
/// What a platform gave us: only a word left over from an example is no secret.
const GIVEN: [&str; 7] = ["token", "access_token", "secret", "app_secret", "client_secret", "aes_key", "private_key"];
/// Shortest proof: 16 letters and digits by chance take longer to guess than there is time.
const SHORTEST: usize = 16;
/// Fewer different signs are no secret, however many there are.
const FEWEST_SIGNS: usize = 6;
/// Words that stand in examples and at the head of every list of passwords.
const WELL_KNOWN: [&str; 16] = [
    "changeme",
    "changeit",
    "replaceme",
    "example",
    "dutybell",
    "password",
    "passwort",
    "secret",
    "default",
    "webhook",
    "letmein",
    "qwerty",
    "abcdef",
    "token",
    "admin",
    "test",
];
/// Words that nobody but an example holds.
const PLACEHOLDERS: [&str; 6] = ["changeme", "replaceme", "yoursecret", "yourtoken", "xxx", "todo"];

/// Looks at every secret of a configuration; no text contains one.
pub(super) fn check_secrets(table: &Table) -> Result<(), String> {
    check(table, "")
}

fn check(table: &Table, section: &str) -> Result<(), String> {
    for (key, value) in table {
        let named = |inner: &str| if section.is_empty() { inner.to_owned() } else { format!("{section}.{inner}") };
        match value {
            Value::Table(inner) => check(inner, &named(key))?,
            Value::Array(list) => {
                list.iter().filter_map(Value::as_table).try_for_each(|inner| check(inner, &named(key)))?;
            }
            Value::String(secret) => {
                if let Some(why) = weakness(key, secret) {
                    let way = if PROOFS.contains(&key.as_str()) { "; make one: openssl rand -hex 16" } else { "" };
                    return Err(format!("[{section}] {key} {why}{way}"));
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// Why a secret is none.
fn weakness(key: &str, secret: &str) -> Option<&'static str> {
    let plain: String = secret.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
    if GIVEN.contains(&key) {
        return PLACEHOLDERS.contains(&plain.as_str()).then_some("is still the word of an example");
    }
    if !PROOFS.contains(&key) {
        return None;
    }
    let signs: std::collections::BTreeSet<char> = secret.chars().collect();
    if is_well_known(&plain) {
        Some("is well known: anybody could speak in the platform's name")
    } else if secret.chars().count() < SHORTEST {
        Some("is shorter than 16 characters: it could be guessed, and whoever guesses it speaks in the platform's name")
    } else if signs.len() < FEWEST_SIGNS {
        Some("has hardly any different characters: it could be guessed")
    } else {
        None
    }
}

/// Nothing but such words, one or several, with digits around them.
fn is_well_known(plain: &str) -> bool {
    let mut rest = plain.to_owned();
    for word in WELL_KNOWN {
        rest = rest.replace(word, "");
    }
    rest.chars().all(|c| c.is_ascii_digit()) && plain.chars().count() < 2 * SHORTEST
}

/// What should be mended, but may be meant so: a proxy or a closed network may protect it.
pub(super) fn warnings(web: &WebConfig) -> Vec<String> {
    let is_https = web.public_url.as_ref().is_some_and(|url| url.to_ascii_lowercase().starts_with("https://"));
    let mut all = Vec::new();
    if let Some(url) = web.public_url.as_ref().filter(|url| !is_https && !is_here(url)) {
        all.push(format!(
            "[web] public_url = \"{url}\" is not https: whoever is on the way reads messages, links and sessions"
        ));
    }
    let open = |address: &SocketAddr| match address.ip() {
        IpAddr::V4(ip) => !ip.is_loopback(),
        IpAddr::V6(ip) => !ip.is_loopback(),
    };
    if open(&web.listen) && !is_https {
        all.push(format!(
            "[web] listen = \"{}\" is open to the network without encryption; listen on 127.0.0.1 behind a proxy with https, \
             and name it in public_url",
            web.listen
        ));
    }
    if let Some(address) = web.metrics_listen.as_ref().filter(|address| open(address)) {
        all.push(format!("[web] metrics_listen = \"{address}\": the figures are open to the network"));
    }
    all
}

/// An address of this machine.
fn is_here(url: &str) -> bool {
    let host = url.split("://").nth(1).unwrap_or_default();
    ["localhost", "127.", "[::1]"].iter().any(|here| host.starts_with(here))
}

#[cfg(test)]
mod tests {
    use super::weakness;

    #[test]
    fn what_could_be_guessed_is_no_proof_and_what_is_made_by_chance_is() {
        for weak in [
            "",
            "x",
            "changeme",
            "change-me",
            "secret",
            "Password123",
            "s3cretX",
            "aaaaaaaaaaaaaaaaaaaa",
            "changemechangeme",
            "1234567890123456",
            "secret-secret-12",
            "webhook_secret_1",
        ] {
            assert!(weakness("webhook_secret", weak).is_some(), "{weak}");
        }
        for good in ["6f1ed002ab5595859014ebf0951522d9", "QDG6eK-mvPw_4cTz9", "正确的马电池订书钉其余十六个汉字"]
        {
            assert_eq!(weakness("callback_token", good), None, "{good}");
        }
        assert_eq!(weakness("token", "t"), None, "the platform's own word");
        assert!(weakness("token", "CHANGE_ME").is_some());
        assert_eq!(weakness("user", "changeme"), None);
    }
}
