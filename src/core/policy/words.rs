//! The short words of a pack: `due-3d`, `post:head`, and what they mean.

use super::{Anchor, Target, Trigger};

use crate::deadline::Span;
use crate::item::Role;
use crate::org::Level;

impl TryFrom<String> for Trigger {
    type Error = String;

    fn try_from(text: String) -> Result<Trigger, String> {
        let wrong = || {
            format!(
                "trigger {text:?}: write T-3wd, T, T+1wd, I+4h, C+3wd, V+1wd, B+1wd, R+1wd, X+2wd, H+2wd or \"left 30%\""
            )
        };
        if let Some(rest) = text.strip_prefix("left") {
            let percent: u8 = rest.trim().trim_end_matches('%').parse().map_err(|_| wrong())?;
            return if (1..100).contains(&percent) { Ok(Trigger::Left { percent }) } else { Err(wrong()) };
        }
        let mut chars = text.chars();
        let anchor = match chars.next() {
            Some('T') => Anchor::Due,
            Some('I') => Anchor::Issue,
            Some('C') => Anchor::Claim,
            Some('V') => Anchor::Verified,
            Some('B') => Anchor::Blocked,
            Some('R') => Anchor::Rejected,
            Some('X') => Anchor::Extension,
            Some('H') => Anchor::Heard,
            _ => return Err(wrong()),
        };
        let (before, rest) = match chars.next() {
            None => return Ok(Trigger::Offset { anchor, before: false, span: Span::Minutes(0) }),
            Some('-') => (true, chars.as_str()),
            Some('+') => (false, chars.as_str()),
            Some(_) => return Err(wrong()),
        };
        let span: Span = rest.parse().map_err(|_| wrong())?;
        Ok(Trigger::Offset { anchor, before, span })
    }
}

impl TryFrom<String> for Target {
    type Error = String;

    fn try_from(text: String) -> Result<Target, String> {
        if text == "administrator" {
            return Ok(Target::Administrator);
        }
        if let Some(role) = Role::parse(&text) {
            return Ok(Target::Role(role));
        }
        let wrong = || {
            format!(
                "addressee {text:?}: write a role (responsible, assigner, leader, supervisor, verifier, cc), administrator, or POSTROLE@LEVEL such as head@township, leader@unit"
            )
        };
        let (role, level) = text.split_once('@').ok_or_else(wrong)?;
        let level = match level {
            "unit" => None,
            word => Some(Level::parse(word).ok_or_else(wrong)?),
        };
        Ok(Target::Post { role: role.to_owned(), level })
    }
}
