//! From what somebody enters about an item, at the host or by a program, to the event that it means.

use chrono::{DateTime, Utc};

use crate::item::{Item, Role, State};
use crate::org::Who;
use crate::transition::{Actor, Event};
use crate::world::World;

/// What is entered. The office decides by itself what a person asks for as by an answer of theirs.
#[derive(Clone, Debug, PartialEq)]
pub enum Entered {
    Assign { role: Role, to: Who },
    Due { until: DateTime<Utc>, interim: String },
    Verify { passed: bool },
    Void,
    Reopen,
    Close,
    Issue,
}

impl Entered {
    /// The event of this actor on an item.
    ///
    /// # Errors
    /// The phrase that says why there is none.
    pub fn event(self, actor: &Actor, item: &Item, world: &World, reason: &str) -> Result<Event, &'static str> {
        let reason = reason.to_owned();
        Ok(match (self, actor.person()) {
            (Entered::Assign { role, .. }, Some(_)) if role != Role::Responsible => {
                return Err("verb_only_office");
            }
            (Entered::Assign { to, .. }, Some(p)) if world.holders(item, Role::Responsible).contains(&p) => {
                Event::RequestHandover { to, reason }
            }
            (Entered::Assign { role, to }, _) => Event::Assign { role, to, reason },
            (Entered::Due { until, .. }, None) => Event::MoveDue { until, reason },
            (Entered::Due { until, interim }, Some(_)) => Event::RequestExtension { until, reason, interim },
            // A verification is somebody's own; the office by itself can only send back.
            (Entered::Verify { passed: true }, None) => return Err("verb_needs_verifier"),
            (Entered::Verify { passed: true }, Some(_)) => Event::VerifyPass { note: reason },
            (Entered::Verify { passed: false }, _) => Event::VerifyFail { reason },
            (Entered::Void, _) => Event::Void { reason },
            (Entered::Reopen, _) => Event::Reopen { reason },
            (Entered::Close, None) if item.state != State::Verified || item.verified_by.is_none() => {
                Event::CloseUnverified { reason }
            }
            (Entered::Close, _) => Event::Close { document: reason },
            (Entered::Issue, _) => Event::Issue,
        })
    }
}
