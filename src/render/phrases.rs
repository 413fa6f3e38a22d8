//! The catalogue of phrases: templates of one line each, per language.
//!
//! Built in; an office may put `messages/zh-CN.toml` and so on into its template folder to change
//! single phrases. Phrases see only the values they are given, under a fuel limit and with undefined
//! names refused. A phrase that does not work falls back to the built-in one, and [`Phrases::problems`]
//! says so.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;

use minijinja::{Environment, UndefinedBehavior, Value};

use crate::core::org::Locale;
use crate::core::words::Say;

const BUILT_IN: [(Locale, &str); 3] = [
    (Locale::ZhCn, include_str!("../../templates/messages/zh-CN.toml")),
    (Locale::ZhHant, include_str!("../../templates/messages/zh-Hant.toml")),
    (Locale::En, include_str!("../../templates/messages/en.toml")),
];

/// Steps a phrase may take; the built-in ones need a few dozen.
const FUEL: u64 = 20_000;

/// All phrases in all languages.
pub struct Phrases {
    built_in: Environment<'static>,
    office: Environment<'static>,
    problems: Mutex<Vec<String>>,
}

impl Phrases {
    /// The built-in catalogue.
    ///
    /// # Errors
    /// When the shipped files do not read; a test makes sure that they do.
    pub fn built_in() -> Result<Phrases, String> {
        let mut env = environment();
        for (locale, text) in BUILT_IN {
            for (key, phrase) in read(text)? {
                add(&mut env, locale, &key, phrase).map_err(|e| format!("{} {key}: {e}", locale.tag()))?;
            }
        }
        Ok(Phrases { built_in: env, office: environment(), problems: Mutex::new(Vec::new()) })
    }

    /// The catalogue with an office's own phrases laid over it. Unreadable files and phrases are
    /// reported by [`Phrases::problems`], never fatal.
    pub fn with_office(folder: &Path) -> Result<Phrases, String> {
        let mut phrases = Phrases::built_in()?;
        let mut problems = Vec::new();
        for (locale, _) in BUILT_IN {
            let file = folder.join("messages").join(format!("{}.toml", locale.tag()));
            let Ok(text) = std::fs::read_to_string(&file) else { continue };
            match read(&text) {
                Err(e) => problems.push(format!("{}: {e}", file.display())),
                Ok(own) => {
                    for (key, phrase) in own {
                        if phrases.built_in.get_template(&name(locale, &key)).is_err() {
                            problems.push(format!("{}: {key} is no known phrase", file.display()));
                        } else if let Err(e) = add(&mut phrases.office, locale, &key, phrase) {
                            problems.push(format!("{}: {key}: {e}", file.display()));
                        }
                    }
                }
            }
        }
        phrases.problems = Mutex::new(problems);
        Ok(phrases)
    }

    /// What did not work so far, in words for the administrator.
    pub fn problems(&self) -> Vec<String> {
        self.problems.lock().map(|p| p.clone()).unwrap_or_default()
    }

    /// Keys of the built-in catalogue in one language.
    pub fn keys(locale: Locale) -> Vec<String> {
        let text = BUILT_IN.iter().find(|(l, _)| *l == locale).map_or("", |(_, t)| t);
        read(text).map(|m| m.into_keys().collect()).unwrap_or_default()
    }

    fn report(&self, problem: String) {
        if let Ok(mut problems) = self.problems.lock()
            && problems.len() < 100
            && !problems.contains(&problem)
        {
            problems.push(problem);
        }
    }
}

impl Say for Phrases {
    fn say(&self, locale: Locale, key: &str, args: &[(&str, String)]) -> String {
        let name = name(locale, key);
        let context = Value::from_pairs(args.iter().map(|(k, v)| ((*k).to_owned(), v.clone())));
        for env in [&self.office, &self.built_in] {
            let Ok(template) = env.get_template(&name) else { continue };
            match template.render(&context) {
                Ok(text) => return text,
                Err(e) => self.report(format!("{name}: {e}")),
            }
        }
        // An unknown phrase still says something; the tests ask for every key that the code uses.
        let values: Vec<&str> = args.iter().map(|(_, v)| v.as_str()).collect();
        format!("{key}: {}", values.join(" "))
    }
}

fn environment() -> Environment<'static> {
    let mut env = Environment::new();
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.set_fuel(Some(FUEL));
    // Plain text: escaping is the dialect's task, once, in one place.
    env.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    env.add_filter("plural", plural);
    env
}

/// A count with its English noun: `1 working day`, `2 working days`.
fn plural(count: &str, noun: &str) -> String {
    let s = if count == "1" { "" } else { "s" };
    format!("{count} {noun}{s}")
}

fn name(locale: Locale, key: &str) -> String {
    format!("{}/{key}", locale.tag())
}

fn add(env: &mut Environment<'static>, locale: Locale, key: &str, phrase: String) -> Result<(), String> {
    env.add_template_owned(name(locale, key), phrase).map_err(|e| e.to_string())
}

fn read(text: &str) -> Result<BTreeMap<String, String>, String> {
    toml::from_str(text).map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_languages_have_the_same_phrases() {
        let keys = Phrases::keys(Locale::ZhCn);
        assert!(keys.len() > 100);
        assert_eq!(keys, Phrases::keys(Locale::En));
        assert_eq!(keys, Phrases::keys(Locale::ZhHant));
    }

    #[test]
    fn a_broken_phrase_of_the_office_falls_back_and_is_reported() {
        let folder = tempfile::tempdir().expect("temporary folder");
        std::fs::create_dir(folder.path().join("messages")).expect("folder");
        let own = "button_done = \"办好了\"\nbutton_ack = \"{{ config.token }}\"\nbutton_close = \"{% for i in range(1000000000) %}x{% endfor %}\"\n";
        std::fs::write(folder.path().join("messages/zh-CN.toml"), own).expect("file");
        let phrases = Phrases::with_office(folder.path()).expect("built-in phrases read");
        assert_eq!(phrases.say(Locale::ZhCn, "button_done", &[]), "办好了");
        assert_eq!(phrases.say(Locale::ZhCn, "button_ack", &[]), "收到");
        assert_eq!(phrases.say(Locale::ZhCn, "button_close", &[]), "销号");
        assert_eq!(phrases.problems().len(), 2);
    }
}
