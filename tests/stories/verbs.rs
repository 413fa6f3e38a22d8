//! The table of verbs, walked: each can be said, pressed or entered, and is put into words in all languages.

use std::collections::BTreeSet;

use dutybell::core::act::{Pressed, Verb, meant_by};
use dutybell::core::item::State;
use dutybell::core::message::Action;
use dutybell::core::org::Locale;
use dutybell::core::reply::IntentKind;
use dutybell::render::Phrases;

/// Intents that say nothing about an item on record.
const OTHERS: [&str; 7] = ["status", "help", "register", "absence", "report", "checkin", "optout"];

#[test]
fn every_verb_is_in_its_own_row_under_its_own_word() {
    let words: BTreeSet<&str> = Verb::all().map(Verb::word).collect();
    assert_eq!(words.len(), Verb::all().count(), "a word means one verb");
    for verb in Verb::all() {
        assert_eq!(verb.rule().verb, verb);
    }
    for action in Action::all() {
        assert_eq!(Action::parse(action.word()), Some(action));
    }
}

#[test]
fn every_verb_has_its_words_in_all_languages() {
    for locale in Locale::ALL {
        let keys: BTreeSet<String> = Phrases::keys(locale).into_iter().collect();
        let has = |key: String| assert!(keys.contains(&key), "{locale:?} lacks {key}");
        for verb in Verb::all() {
            let (rule, word) = (verb.rule(), verb.word());
            has(format!("event_{word}"));
            // Whoever can say, press or enter it hears what it did.
            if !rule.intents.is_empty() || rule.command.is_some() || matches!(rule.pressed, Pressed::By(_)) {
                has(format!("echo_{word}"));
            }
            if rule.undo {
                has(format!("did_{word}"));
            }
            rule.intents.iter().for_each(|kind| has(format!("mean_{}", kind.name())));
        }
        Action::all().map(Action::label).filter(|label| !label.is_empty()).for_each(|label| has(label.to_owned()));
    }
}

#[test]
fn every_verb_has_a_button_or_a_reason_why_none() {
    for verb in Verb::all() {
        match verb.rule().pressed {
            Pressed::By(action) => assert!(!action.label().is_empty(), "{verb:?}: nothing is on its button"),
            Pressed::Never(why) => assert!(!why.is_empty(), "{verb:?}"),
        }
    }
    // A press is what its words would be: what a button means is one intent, whatever of it applies.
    for verb in Verb::all().filter(|verb| !verb.rule().intents.is_empty()) {
        if let Pressed::By(action) = verb.rule().pressed {
            assert!(meant_by(action).is_some(), "{verb:?}");
        }
    }
}

#[test]
fn every_intent_that_changes_something_leads_to_a_verb() {
    let keys = Phrases::keys(Locale::En);
    let kinds = keys.iter().filter_map(|key| key.strip_prefix("mean_")).filter(|name| *name != "other");
    let mut seen = 0;
    for name in kinds {
        let kind = IntentKind::named(name).unwrap_or_else(|| panic!("mean_{name} is of no intent"));
        let verbs = Verb::all().filter(|verb| verb.rule().intents.contains(&kind)).count();
        assert_eq!(verbs == 0, OTHERS.contains(&name), "{name}: {verbs} verbs");
        seen += 1;
    }
    assert!(seen > 20, "{seen} intents");
}

#[test]
fn in_every_state_something_is_done_already_or_can_be_done_or_is_refused_for_one_reason() {
    for rule in Verb::all().map(Verb::rule) {
        assert!(!rule.states.is_empty(), "{:?} is never possible", rule.verb);
        for state in State::ALL {
            let named = [rule.states, rule.already, rule.finished];
            let times = named.iter().filter(|states| states.contains(&state)).count();
            assert!(times <= 1, "{:?} in {state:?}", rule.verb);
        }
        assert!(!rule.only_asked || rule.answers.is_some(), "{:?} waits for a request of nothing", rule.verb);
    }
}
