//! Misspellings and pinyin that people really send, folded into the word they stand for.
//!
//! Only whole words are folded, and only towards words of the grammar's tables. Works on normalised text
//! (`normalise` has dealt with width and script); knows nothing about meaning.

use super::words::re;

/// Wrong characters of the usual input methods: same sound, or one stroke apart.
const CHARACTERS: &[(&str, &str)] = &[
    ("以完成", "已完成"),
    ("己完成", "已完成"),
    ("以整改", "已整改"),
    ("己整改", "已整改"),
    ("以办结", "已办结"),
    ("己办结", "已办结"),
    ("以处理", "已处理"),
    ("己处理", "已处理"),
    ("以落实", "已落实"),
    ("己落实", "已落实"),
    ("以收到", "已收到"),
    ("己收到", "已收到"),
    ("完城", "完成"),
    ("完乘", "完成"),
    ("完程", "完成"),
    ("玩成", "完成"),
    ("办节", "办结"),
    ("办洁", "办结"),
    ("办接", "办结"),
    ("整该", "整改"),
    ("正改", "整改"),
    ("搞订", "搞定"),
    ("搞锭", "搞定"),
    ("延其", "延期"),
    ("沿期", "延期"),
    ("严期", "延期"),
    ("收道", "收到"),
    ("撒销", "撤销"),
    ("辙销", "撤销"),
    ("撤消", "撤销"),
    ("再办", "在办"),
    ("在半", "在办"),
];

/// Pinyin without tones, and English words with letters missing, doubled or swapped.
const WORDS: &[(&str, &str)] = &[
    ("yiwancheng", "已完成"),
    ("wancheng", "完成"),
    ("wanchengle", "完成了"),
    ("yijingwancheng", "已经完成"),
    ("meiwancheng", "没完成"),
    ("haimeiwancheng", "还没完成"),
    ("weiwancheng", "未完成"),
    ("haimei", "还没"),
    ("banjie", "办结"),
    ("yibanjie", "已办结"),
    ("gaoding", "搞定"),
    ("gaodingle", "搞定了"),
    ("shoudao", "收到"),
    ("yishoudao", "已收到"),
    ("haode", "好的"),
    ("mingbai", "明白"),
    ("zhidaole", "知道了"),
    ("zaiban", "在办"),
    ("zhenggaizhong", "整改中"),
    ("banlizhong", "办理中"),
    ("yanqi", "延期"),
    ("chexiao", "撤销"),
    ("bangzhu", "帮助"),
    ("meiqian", "没钱"),
    ("doen", "done"),
    ("dnoe", "done"),
    ("donne", "done"),
    ("doone", "done"),
    ("dond", "done"),
    ("complate", "complete"),
    ("complated", "completed"),
    ("compeleted", "completed"),
    ("finised", "finished"),
    ("fixxed", "fixed"),
    ("fixd", "fixed"),
    ("recieved", "received"),
    ("recived", "received"),
    ("exend", "extend"),
    ("extand", "extend"),
    ("tomorow", "tomorrow"),
    ("tommorow", "tomorrow"),
    ("tommorrow", "tomorrow"),
    ("cant", "can't"),
    ("blockd", "blocked"),
    ("wrok", "work"),
    ("inprogress", "in progress"),
];

/// Long words of the tables: a word with one letter missing, doubled, added or swapped is taken for one.
const KEYWORDS: &[&str] = &[
    "completed", "complete", "finished", "resolved", "rectified", "received", "progress", "blocked", "extension", "reassign", "waiting",
    "tomorrow", "yesterday", "acknowledged", "postpone", "incomplete", "unfinished", "approval",
];

re!(WORD, r"(?i)(?-u:\b)[a-z]{4,16}(?-u:\b)");

/// The text with known misspellings put right.
pub(super) fn fold(text: &str) -> String {
    let mut text = text.to_string();
    for (wrong, right) in CHARACTERS {
        if text.contains(wrong) {
            text = text.replace(wrong, right);
        }
    }
    WORD.replace_all(&text, |c: &regex::Captures| {
        let word = c[0].to_ascii_lowercase();
        match WORDS.iter().find(|(wrong, _)| *wrong == word) {
            Some((_, right)) => (*right).to_string(),
            None => KEYWORDS
                .iter()
                .find(|k| word.len() >= 7 && !KEYWORDS.contains(&word.as_str()) && is_slip(&word, k))
                .map_or_else(|| c[0].to_string(), |k| (*k).to_string()),
        }
    })
    .into_owned()
}

/// One letter missing, one too many, or two neighbours swapped; never at the ends, where endings differ
/// in meaning (complete, completes, completed).
fn is_slip(word: &str, keyword: &str) -> bool {
    let (w, k) = (word.as_bytes(), keyword.as_bytes());
    if w.first() != k.first() || w.last() != k.last() {
        return false;
    }
    let same = w.iter().zip(k).take_while(|(a, b)| a == b).count();
    match w.len() as i64 - k.len() as i64 {
        0 => {
            same + 2 < k.len()
                && w[same] == k[same + 1]
                && w[same + 1] == k[same]
                && w[same + 2..] == k[same + 2..]
        }
        -1 => w[same..] == k[same + 1..],
        1 => w[same + 1..] == k[same..],
        _ => false,
    }
}
