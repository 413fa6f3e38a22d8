//! The ways to reach somebody, by name: what ledgers call them, and whose their addresses are.
//!
//! How each is spoken with is a folder of `channel`. A new one is that folder, a line in its registry
//! and a line here; a test of the registry holds the two together.

/// One channel, as far as the rules know it.
#[derive(Clone, Copy, Debug)]
pub struct ChannelKind {
    /// As the configuration and contact points call it.
    pub name: &'static str,
    /// What a list of people may call it besides, without spaces and in small letters.
    pub spellings: &'static [&'static str],
    /// An account says who writes from it and belongs to one person: it is learnt from a code that is sent there. Otherwise
    /// it is an address that several may share (a mailbox, a telephone), or a robot's.
    pub linked: bool,
    /// What people write there comes back.
    pub answers: bool,
}

const fn account(name: &'static str, spellings: &'static [&'static str]) -> ChannelKind {
    ChannelKind { name, spellings, linked: true, answers: true }
}

/// All channels; of several in use the first is offered first.
pub const CHANNELS: [ChannelKind; 10] = [
    account("telegram", &["tg", "电报"]),
    account("matrix", &["element"]),
    account("wecom", &["企业微信", "企微"]),
    account("wecom_bot", &["企业微信机器人", "企微机器人"]),
    account("feishu", &["飞书", "lark"]),
    account("dingtalk", &["钉钉"]),
    account("desk", &["工作台"]),
    ChannelKind { name: "mail", spellings: &["邮箱", "邮件", "email", "e-mail"], linked: false, answers: true },
    ChannelKind { name: "sms", spellings: &["短信", "手机短信"], linked: false, answers: false },
    ChannelKind { name: "webhook", spellings: &[], linked: false, answers: false },
];

/// The channel of this name.
#[must_use]
pub fn of(name: &str) -> Option<&'static ChannelKind> {
    CHANNELS.iter().find(|c| c.name == name)
}

/// Whether accounts there are learnt from a code; see [`ChannelKind::linked`]. An unknown channel has none.
#[must_use]
pub fn is_linked(name: &str) -> bool {
    of(name).is_some_and(|c| c.linked)
}

/// The channels whose accounts are learnt from a code.
pub fn linked() -> impl Iterator<Item = &'static str> {
    CHANNELS.iter().filter(|c| c.linked).map(|c| c.name)
}

/// The name of the channel that a word of a list means.
#[must_use]
pub fn spelt(word: &str) -> Option<&'static str> {
    CHANNELS.iter().find(|c| c.name == word || c.spellings.contains(&word)).map(|c| c.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_channels_share_a_name_or_a_spelling() {
        let mut words: Vec<&str> =
            CHANNELS.iter().flat_map(|c| [c.name].into_iter().chain(c.spellings.iter().copied())).collect();
        let all = words.len();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), all);
        assert_eq!(spelt("企微"), Some("wecom"));
        assert!(of("mail").is_some_and(|c| !c.linked) && of("fax").is_none());
    }
}
