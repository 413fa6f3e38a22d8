//! Every state, every actor, every event: what may never happen, and that refusals name who may.

use chrono::{DateTime, Duration, Utc};
use dutybell::core::calendar::Calendar;
use dutybell::core::deadline::Due;
use dutybell::core::item::{Assignment, Extension, Item, ItemId, Role, Severity, State};
use dutybell::core::org::{Directory, Level, Locale, Person, PersonId, Post, PostId, Tenure, Unit, UnitId, Who};
use dutybell::core::policy::Policy;
use dutybell::core::transition::{Actor, Event, Refusal, apply};
use dutybell::core::world::{Calendars, World};

const FIXER: PersonId = PersonId(1);
const ASSIGNER: PersonId = PersonId(2);
const LEADER: PersonId = PersonId(3);
const SUPERVISOR: PersonId = PersonId(4);
const VERIFIER: PersonId = PersonId(5);
const OUTSIDER: PersonId = PersonId(6);
const OFFICE: PersonId = PersonId(7);

fn now() -> DateTime<Utc> {
    "2022-09-27T02:00:00Z".parse().expect("an instant")
}

fn directory() -> Directory {
    let people = (1..=7)
        .map(|id| Person {
            id: PersonId(id),
            name: format!("P{id}"),
            english: String::new(),
            phone: String::new(),
            locale: Locale::ZhCn,
            zone: chrono_tz::Asia::Shanghai,
            quiet: None,
            administrator: false,
            gone: false,
        })
        .collect();
    let unit = Unit {
        id: UnitId(1),
        parent: None,
        name: "青石县".into(),
        level: Level::County,
        calendar: String::new(),
        phone: String::new(),
    };
    let post = Post { id: PostId(1), unit: UnitId(1), title: "安委办主任".into(), role: "safety_office".into() };
    let tenure = Tenure { post: PostId(1), person: OFFICE, since: now() - Duration::days(900), until: None };
    Directory::new(people, vec![unit], vec![post], vec![tenure], Vec::new())
}

fn item(state: State, severity: Severity) -> Item {
    let since = now() - Duration::days(5);
    let assigned = |role, who| Assignment { role, who: Who::Person(who), since, until: None };
    let due = "2022-09-30T09:30:00Z".parse().expect("an instant");
    let claimed = matches!(state, State::ReportedDone | State::Verified | State::Closed);
    Item {
        id: ItemId(1),
        code: "A0A0".into(),
        title: "t".into(),
        description: String::new(),
        severity,
        state,
        due: Due::At(due),
        original_due: Some(due),
        current_due: Some(due),
        issued_at: Some(since),
        claimed_at: claimed.then_some(since),
        claimed_by: claimed.then_some(FIXER),
        state_since: since,
        extension: state.is_with_fixer().then(|| Extension {
            until: due + Duration::days(3),
            reason: "r".into(),
            interim: "i".into(),
            by: FIXER,
            at: since,
        }),
        version: 3,
        assignments: vec![
            assigned(Role::Responsible, FIXER),
            assigned(Role::Assigner, ASSIGNER),
            assigned(Role::Leader, LEADER),
            assigned(Role::Supervisor, SUPERVISOR),
            assigned(Role::Verifier, VERIFIER),
        ],
        ..Item::draft(since)
    }
}

fn events() -> Vec<Event> {
    let until = "2022-10-10T09:30:00Z".parse().expect("an instant");
    let text = || "原因".to_owned();
    vec![
        Event::Issue,
        Event::Ack,
        Event::Progress { percent: Some(50), eta: None, note: text() },
        Event::Block { reason: text() },
        Event::Reject { reason: text() },
        Event::RequestHandover { to: Who::Person(OUTSIDER), reason: text() },
        Event::Reassign { to: Who::Person(OUTSIDER) },
        Event::RefuseHandover,
        Event::RequestExtension { until, reason: text(), interim: text() },
        Event::DecideExtension { approve: true, reason: text() },
        Event::DecideExtension { approve: false, reason: text() },
        Event::ClaimDone { at: None, note: text() },
        Event::VerifyPass { note: text() },
        Event::VerifyFail { reason: text() },
        Event::Close { document: text() },
        Event::Reopen { reason: text() },
        Event::Void { reason: text() },
        Event::Snooze { until },
    ]
}

/// How far an item has come; a late, weaker word of the fixer must not take it back.
fn rank(state: State) -> u8 {
    match state {
        State::Draft => 0,
        State::Assigned | State::Reopened => 1,
        State::Acknowledged => 2,
        State::InProgress | State::Blocked | State::Rejected => 3,
        State::ReportedDone => 4,
        State::Verified => 5,
        State::Closed | State::Void => 6,
    }
}

#[test]
fn over_all_states_actors_and_events() {
    let directory = directory();
    let policy = Policy::from_toml(include_str!("../../packs/cn-worksafety.toml")).expect("pack reads");
    let calendars = Calendars::new(vec![Calendar::weekdays("cn")]);
    let world = World { directory: &directory, policy: &policy, calendars: &calendars, now: now() };
    let (mut accepted, mut refused) = (0, 0);
    for state in State::ALL {
        for severity in [Severity::General, Severity::Major] {
            for actor in (1..=7).map(PersonId) {
                for event in events() {
                    let before = item(state, severity);
                    let case = format!("{state:?} {severity:?} {actor:?} {event:?}");
                    match apply(&before, Actor::Person(actor), &event, &world) {
                        Ok(change) => {
                            accepted += 1;
                            let after = &change.item;
                            assert_ne!(actor, OUTSIDER, "an outsider changes nothing: {case}");
                            assert_eq!(after.version, before.version + 1, "{case}");
                            assert_eq!(after.original_due, before.original_due, "{case}");
                            if actor == FIXER {
                                assert!(
                                    !matches!(after.state, State::Verified | State::Closed | State::Void)
                                        || after.state == before.state,
                                    "{case}"
                                );
                                assert!(
                                    rank(after.state) >= rank(before.state) || before.state == State::Reopened,
                                    "lowered: {case}"
                                );
                                assert_eq!(after.current_due, before.current_due, "{case}");
                            }
                            if after.state == State::Closed && before.state != State::Closed {
                                let by_right = matches!(event, Event::VerifyPass { .. })
                                    && actor == VERIFIER
                                    && severity == Severity::General
                                    || matches!(event, Event::Close { .. })
                                        && before.state == State::Verified
                                        && actor == ASSIGNER;
                                assert!(by_right, "closed by the wrong way: {case}");
                            }
                            let moved = after.current_due != before.current_due;
                            assert!(!moved || matches!(event, Event::DecideExtension { approve: true, .. }), "{case}");
                            // A snooze is the wish to be told oneself, later.
                            let wished = matches!(event, Event::Snooze { .. });
                            assert!(
                                wished || change.tell.iter().all(|t| t.person != actor),
                                "nobody is told of his own act: {case}"
                            );
                        }
                        Err(refusal) => {
                            refused += 1;
                            match refusal {
                                Refusal::NotYours { who_may } | Refusal::OwnWork { who_may } => {
                                    assert!(!who_may.contains(&actor), "{case}");
                                    assert!(!who_may.is_empty(), "a refusal says who may: {case}");
                                }
                                _ => {}
                            }
                        }
                    }
                }
            }
        }
    }
    println!("{accepted} accepted, {refused} refused");
    assert!(accepted > 150 && refused > 2_000, "{accepted} / {refused}");
}

#[test]
fn two_people_are_needed_to_void() {
    let directory = directory();
    let policy = Policy::from_toml(include_str!("../../packs/cn-worksafety.toml")).expect("pack reads");
    let calendars = Calendars::new(vec![Calendar::weekdays("cn")]);
    let world = World { directory: &directory, policy: &policy, calendars: &calendars, now: now() };
    let event = Event::Void { reason: "重复".into() };
    let first =
        apply(&item(State::Assigned, Severity::General), Actor::Person(ASSIGNER), &event, &world).expect("recorded");
    assert_eq!(first.item.state, State::Assigned);
    assert!(matches!(apply(&first.item, Actor::Person(ASSIGNER), &event, &world), Err(Refusal::SecondPerson { .. })));
    let second = apply(&first.item, Actor::Person(SUPERVISOR), &event, &world).expect("agreed");
    assert_eq!(second.item.state, State::Void);
}

#[test]
fn a_major_hazard_needs_reason_and_interim_measures_for_more_time() {
    let directory = directory();
    let policy = Policy::from_toml(include_str!("../../packs/cn-worksafety.toml")).expect("pack reads");
    let calendars = Calendars::new(vec![Calendar::weekdays("cn")]);
    let world = World { directory: &directory, policy: &policy, calendars: &calendars, now: now() };
    let until = "2022-10-10T09:30:00Z".parse().expect("an instant");
    let ask = |reason: &str, interim: &str| {
        let event = Event::RequestExtension { until, reason: reason.into(), interim: interim.into() };
        apply(&item(State::InProgress, Severity::Major), Actor::Person(FIXER), &event, &world)
    };
    assert_eq!(ask("", ""), Err(Refusal::NeedsReason));
    assert_eq!(ask("配件未到", ""), Err(Refusal::NeedsInterim));
    assert!(ask("配件未到", "专人看守").is_ok());
}
