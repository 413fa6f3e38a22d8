//! Languages of people and levels of units, with their words.

use serde::{Deserialize, Serialize};

/// Language in which a person is addressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Locale {
    #[default]
    #[serde(rename = "zh-CN")]
    ZhCn,
    #[serde(rename = "zh-Hant")]
    ZhHant,
    #[serde(rename = "en")]
    En,
}

impl Locale {
    pub const ALL: [Locale; 3] = [Locale::ZhCn, Locale::ZhHant, Locale::En];

    /// The tag as written in ledgers and in the store.
    pub fn tag(self) -> &'static str {
        match self {
            Locale::ZhCn => "zh-CN",
            Locale::ZhHant => "zh-Hant",
            Locale::En => "en",
        }
    }

    /// Reads a tag; unknown languages fall back to English, unknown Chinese to zh-CN.
    pub fn from_tag(tag: &str) -> Locale {
        let tag = tag.trim().to_ascii_lowercase();
        match tag.as_str() {
            "zh-tw" | "zh-hk" | "zh-mo" => Locale::ZhHant,
            t if t.starts_with("zh-hant") => Locale::ZhHant,
            t if t.is_empty() || t.starts_with("zh") => Locale::ZhCn,
            _ => Locale::En,
        }
    }
}

/// Where a unit stands in the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    Province,
    Prefecture,
    County,
    Township,
    Enterprise,
    Department,
}

impl Level {
    /// The word in ledgers, packs and the store.
    pub fn word(self) -> &'static str {
        match self {
            Level::Province => "province",
            Level::Prefecture => "prefecture",
            Level::County => "county",
            Level::Township => "township",
            Level::Enterprise => "enterprise",
            Level::Department => "department",
        }
    }

    /// Reads the English or the Chinese word.
    pub fn parse(word: &str) -> Option<Level> {
        Some(match word.trim() {
            "province" | "省" | "省级" => Level::Province,
            "prefecture" | "市" | "市州" | "地级" => Level::Prefecture,
            "county" | "县" | "县区" | "县市区" => Level::County,
            "township" | "乡镇" | "街道" | "乡镇街道" => Level::Township,
            "enterprise" | "企业" | "单位" => Level::Enterprise,
            "department" | "部门" => Level::Department,
            _ => return None,
        })
    }
}
