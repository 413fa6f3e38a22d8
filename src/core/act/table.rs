//! The table of verbs. A new verb is a name and a line here, an event, and what the event does in `transition/rules`.

use super::{Ask, Own, Party, Pressed, Rule};
use crate::item::Role::{self, Assigner, Leader, Responsible, Supervisor, Verifier};
use crate::item::State::{self, *};
use crate::message::Action;
use crate::reply::IntentKind as Intent;

/// Whatever can happen to an item; the log, the phrases and the interface of programs call it by [`Rule::word`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verb {
    Ack,
    Progress,
    Block,
    Reject,
    Snooze,
    ClaimDone,
    RequestExtension,
    RequestHandover,
    VerifyPass,
    VerifyFail,
    ApproveExtension,
    RefuseExtension,
    Reassign,
    RefuseHandover,
    Void,
    RefuseVoid,
    Close,
    Reopen,
    Undo,
    Issue,
    Assign,
    MoveDue,
    CloseUnverified,
    Register,
    IssueReported,
    Amend,
    Record,
    Move,
    Pause,
    EndPause,
    Resend,
}

const WITH_FIXER: &[State] = &[Assigned, Acknowledged, InProgress, Blocked, Rejected, Reopened];
const OPEN: &[State] =
    &[Assigned, Acknowledged, InProgress, Blocked, Rejected, Reopened, ReportedDone, State::Verified];
/// Not with anybody who could work on it: not given out yet, or over.
const NOBODYS: &[State] = &[Draft, State::Verified, Closed, State::Void];
const UNFINISHED: &[State] =
    &[Draft, Assigned, Acknowledged, InProgress, Blocked, Rejected, Reopened, ReportedDone, State::Verified];
const MOVABLE: &[State] = &[Draft, Assigned, Acknowledged, InProgress, Blocked, Rejected, Reopened];
const ANY: &[State] = &State::ALL;

/// Roles in which somebody may be asked to decide about an item.
pub const DECIDING: &[Role] = &[Assigner, Supervisor, Leader, Verifier];
const IN_WORDS: Pressed = Pressed::Never("why, when or to whom is said in words");
const AT_THE_HOST: Pressed = Pressed::Never("the office does it at its host");
const BY_ITSELF: Pressed = Pressed::Never("it follows from the ledger or the register");

const fn verb(verb: Verb, word: &'static str, party: Party, states: &'static [State]) -> Rule {
    Rule {
        verb,
        word,
        party,
        own: Own::May,
        states,
        already: &[],
        finished: &[],
        state_first: false,
        answers: None,
        only_asked: false,
        undo: false,
        weighty: false,
        intents: &[],
        said_by: &[],
        pressed: BY_ITSELF,
        command: None,
    }
}

impl Rule {
    const fn own(self, own: Own) -> Rule {
        Rule { own, ..self }
    }
    const fn already(self, already: &'static [State]) -> Rule {
        Rule { already, ..self }
    }
    const fn finished(self, finished: &'static [State]) -> Rule {
        Rule { finished, ..self }
    }
    const fn state_first(self) -> Rule {
        Rule { state_first: true, ..self }
    }
    const fn answers(self, ask: Ask) -> Rule {
        Rule { answers: Some(ask), ..self }
    }
    const fn only_asked(self) -> Rule {
        Rule { only_asked: true, ..self }
    }
    const fn undo(self) -> Rule {
        Rule { undo: true, ..self }
    }
    const fn weighty(self) -> Rule {
        Rule { weighty: true, ..self }
    }
    const fn said(self, intents: &'static [Intent], said_by: &'static [Role]) -> Rule {
        Rule { intents, said_by, ..self }
    }
    const fn button(self, button: Action) -> Rule {
        Rule { pressed: Pressed::By(button), ..self }
    }
    const fn no_button(self, pressed: Pressed) -> Rule {
        Rule { pressed, ..self }
    }
    const fn command(self, command: &'static str) -> Rule {
        Rule { command: Some(command), ..self }
    }
}

/// What the fixer says of their own work.
const fn work(this: Verb, word: &'static str, intents: &'static [Intent]) -> Rule {
    verb(this, word, Party::Fixers, WITH_FIXER).finished(NOBODYS).said(intents, &[Responsible])
}

/// What the office does by itself, at its host.
const fn office(this: Verb, word: &'static str, states: &'static [State]) -> Rule {
    verb(this, word, Party::Office, states).no_button(AT_THE_HOST)
}

/// In the order of [`Verb`].
pub(super) const TABLE: [Rule; 31] = [
    work(Verb::Ack, "ack", &[Intent::Ack]).already(&[ReportedDone]).button(Action::Ack),
    work(Verb::Progress, "progress", &[Intent::InProgress]).already(&[ReportedDone]).undo().button(Action::InProgress),
    work(Verb::Block, "block", &[Intent::Blocked]).undo().no_button(IN_WORDS),
    // Whose work it is sends it back where others void it.
    work(Verb::Reject, "reject", &[Intent::Reject, Intent::Void]).undo().no_button(IN_WORDS),
    work(Verb::Snooze, "snooze", &[Intent::Snooze]).no_button(IN_WORDS),
    work(Verb::ClaimDone, "claim_done", &[Intent::Done]).already(&[ReportedDone]).undo().weighty().button(Action::Done),
    work(Verb::RequestExtension, "request_extension", &[Intent::Extend]).undo().button(Action::Extend).command("due"),
    work(Verb::RequestHandover, "request_handover", &[Intent::Reassign]).undo().no_button(IN_WORDS).command("assign"),
    verb(Verb::VerifyPass, "verify_pass", Party::Verifiers, &[ReportedDone])
        .already(&[State::Verified, Closed])
        .own(Own::Refused)
        .answers(Ask::Verify)
        .undo()
        .weighty()
        .said(&[Intent::VerifyPass], &[Verifier])
        .button(Action::VerifyPass)
        .command("verify"),
    verb(Verb::VerifyFail, "verify_fail", Party::Verifiers, &[ReportedDone])
        .own(Own::Refused)
        .answers(Ask::Verify)
        .undo()
        .said(&[Intent::VerifyFail], &[Verifier])
        .button(Action::VerifyFail)
        .command("verify"),
    verb(Verb::ApproveExtension, "approve_extension", Party::Approvers, WITH_FIXER)
        .own(Own::Refused)
        .answers(Ask::Extension)
        .only_asked()
        .state_first()
        .undo()
        .weighty()
        .said(&[Intent::Approve], DECIDING)
        .button(Action::Approve),
    verb(Verb::RefuseExtension, "refuse_extension", Party::Approvers, WITH_FIXER)
        .own(Own::Refused)
        .answers(Ask::Extension)
        .only_asked()
        .state_first()
        .undo()
        .said(&[Intent::Refuse], DECIDING)
        .button(Action::Refuse),
    // To whom is asked when it is pressed.
    verb(Verb::Reassign, "reassign", Party::Assigning, WITH_FIXER)
        .answers(Ask::Handover)
        .undo()
        .said(&[Intent::Approve], DECIDING)
        .button(Action::Reassign)
        .command("assign"),
    verb(Verb::RefuseHandover, "refuse_handover", Party::Assigning, WITH_FIXER)
        .answers(Ask::Handover)
        .only_asked()
        .undo()
        .said(&[Intent::Refuse], DECIDING)
        .button(Action::Refuse),
    verb(Verb::Void, "void", Party::Voiders, UNFINISHED)
        .finished(&[Closed, State::Void])
        .state_first()
        .own(Own::Second)
        .answers(Ask::Void)
        .undo()
        .said(&[Intent::Void, Intent::Approve], DECIDING)
        .button(Action::Void)
        .command("void"),
    verb(Verb::RefuseVoid, "refuse_void", Party::Voiders, OPEN)
        .answers(Ask::Void)
        .only_asked()
        .state_first()
        .undo()
        .said(&[Intent::Refuse], DECIDING)
        .button(Action::Refuse),
    verb(Verb::Close, "close", Party::Closers, &[State::Verified])
        .already(&[Closed])
        .own(Own::Refused)
        .answers(Ask::Close)
        .undo()
        .weighty()
        .said(&[Intent::Close, Intent::VerifyPass, Intent::Approve], &[Assigner, Supervisor])
        .button(Action::Close)
        .command("close"),
    verb(Verb::Reopen, "reopen", Party::Reopeners, &[Closed, State::Verified])
        .state_first()
        .undo()
        .no_button(IN_WORDS)
        .command("reopen"),
    verb(Verb::Undo, "undo", Party::Author, ANY).said(&[Intent::Undo], &[Responsible]).button(Action::Undo),
    verb(Verb::Issue, "issue", Party::Assigning, &[Draft]).state_first().no_button(AT_THE_HOST).command("issue"),
    // Of who fixes an item that was issued it is a reassignment.
    office(Verb::Assign, "assign", UNFINISHED).finished(&[Closed, State::Void]).command("assign"),
    office(Verb::MoveDue, "move_due", MOVABLE).finished(&[State::Void]).command("due"),
    office(Verb::CloseUnverified, "close_unverified", OPEN)
        .already(&[Closed])
        .finished(&[State::Void])
        .command("close"),
    verb(Verb::Register, "register", Party::Office, ANY),
    verb(Verb::IssueReported, "issue_reported", Party::Office, &[Draft]),
    verb(Verb::Amend, "amend", Party::Office, UNFINISHED).finished(&[Closed, State::Void]),
    verb(Verb::Record, "record", Party::Office, UNFINISHED).already(&[Closed]).finished(&[State::Void]),
    verb(Verb::Move, "move", Party::Assigning, UNFINISHED).finished(&[Closed, State::Void]),
    office(Verb::Pause, "pause", ANY),
    office(Verb::EndPause, "end_pause", ANY),
    office(Verb::Resend, "resend", ANY),
];
