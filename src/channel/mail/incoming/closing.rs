//! What stands below somebody's words: a signature, a disclaimer. Neither is an answer, and the digits of a telephone
//! are no item's number.
//!
//! A paragraph that holds a telephone, an address or a mail address, and gives no instruction, is a signature; the
//! first one never is as a whole. When in doubt text is cut: a lost word is asked for again.

use dutybell_core::patterns::re;

re!(
    LABELLED,
    r"(?ix)^[\s\W]*(?:联系电话|聯絡電話|联系方式|办公电话|电话|電話|手机|手機|座机|传真|傳真|邮箱|郵箱|电邮|電郵|电子邮件|邮编|郵編|地址|微信|网址|網址|
        e-?mail|mail|tel(?:ephone)?|phone|mobile|cell|fax|address|web(?:site)?|wechat|skype|qq|[tmpfe])\s*[.:：|]"
);
// Nothing but an address, a link or a telephone.
re!(
    BARE,
    r"(?i)^[\s<(\[|]*(?:[\w.+-]+@[\w-]+(?:\.[\w-]+)+|(?:https?://|www\.)\S+|\+?[\d()（）][\d()（）\s./–—-]{5,}\d)[\s>)\]|]*$"
);
re!(
    TELEPHONE,
    r"(?:\+?\d{1,3}[\s-])?(?:1[3-9]\d(?:[\s-]?\d{4}){2}|\(?0\d{2,3}\)?[\s-]?\d{7,8}|\d{3,4}-\d{7,8}|\+\d[\d\s()-]{7,}\d)"
);
re!(
    INSTRUCTS,
    r"(?i)完成|整改|延|转|轉|交|请|請|不归|在办|正在|合格|同意|销号|受阻|困难|帮|催|已|未|done|extend|delay|reject|approve|assign|transfer|blocked|fixed|progress|not mine|pass|fail"
);
re!(
    FAREWELL,
    r"(?i)^\s*(?:此致|敬礼|敬禮|顺颂商祺|順頌商祺|顺祝商祺|祝好|祝工作顺利|(?:best|kind|warm|with (?:best|kind))\s+(?:regards|wishes)|regards|sincerely|yours (?:sincerely|faithfully|truly)|cheers|mit freundlichen grüßen|cordialement)[\s,，.。!！]*$"
);
re!(
    DISCLAIMER,
    r"(?ix)免责声明|免責聲明|保密(?:声明|提示|提醒|条款)|保密聲明
      |本(?:电子|電子)?(?:邮件|郵件|信件|邮箱)(?:及|和|与|以及)?.{0,12}(?:可能|含有|包含|仅|僅|只|属|屬|所载|內容|内容)
      |(?:confidentiality|privacy|legal)\s+(?:notice|disclaimer)|\bdisclaimer\b
      |this\s+(?:e-?mail|message|communication)\b.{0,80}(?:confidential|privileged|intended|proprietary)
      |intended\s+(?:solely|only)\s+for\s+the|if\s+you\s+are\s+not\s+the\s+intended\s+recipient|virus(?:es)?\s+.{0,20}(?:scanned|checked)|please\s+consider\s+the\s+environment"
);

/// The writer's words without what stands below them. `paragraphs` of lines.
pub(super) fn without<'t>(paragraphs: &[Vec<&'t str>]) -> Vec<Vec<&'t str>> {
    let mut kept: Vec<Vec<&str>> = Vec::new();
    for paragraph in paragraphs {
        let end = paragraph.iter().enumerate().position(|(n, line)| {
            let first = kept.is_empty() && n == 0;
            !first && (DISCLAIMER.is_match(line) || FAREWELL.is_match(line))
        });
        let lines = &paragraph[..end.unwrap_or(paragraph.len())];
        let is_signature = !kept.is_empty()
            && lines.iter().any(|line| is_contact(line))
            && !lines.iter().any(|line| !LABELLED.is_match(line) && INSTRUCTS.is_match(line));
        // In the words themselves only whole lines of a signature go.
        let own: Vec<&str> = match is_signature {
            true => Vec::new(),
            false => lines.iter().copied().filter(|line| !LABELLED.is_match(line) && !BARE.is_match(line)).collect(),
        };
        if !own.is_empty() {
            kept.push(own);
        }
        if end.is_some() {
            break;
        }
    }
    kept
}

/// A line that says how somebody is reached, and little else.
fn is_contact(line: &str) -> bool {
    if LABELLED.is_match(line) || BARE.is_match(line) {
        return true;
    }
    let rest = TELEPHONE.replace_all(line, "");
    rest.len() < line.len() && !INSTRUCTS.is_match(&rest) && rest.chars().filter(|c| c.is_alphanumeric()).count() <= 24
}

#[cfg(test)]
mod tests {
    use super::without;

    fn said(text: &str) -> String {
        let paragraphs: Vec<Vec<&str>> = text.split("\n\n").map(|p| p.lines().collect()).collect();
        without(&paragraphs).concat().join("|")
    }

    #[test]
    fn signatures_go_and_words_stay() {
        for (text, words) in [
            ("完成\n\n周涛\n顺达机械厂\n电话：0799-5551301", "完成"),
            ("完成\n\n周涛 13900000011", "完成"),
            ("完成\n电话：0799-5551301\n手机 13900000011", "完成|手机 13900000011"),
            ("转张强 13900000007", "转张强 13900000007"),
            ("K1完成\n\n第二项转张强 13900000007", "K1完成|第二项转张强 13900000007"),
            ("1完成\n\n2延期3天，联系13900000011", "1完成|2延期3天，联系13900000011"),
            ("done\n\nTao Zhou | Plant manager\nTel: +86 799 555 1301 ext. 2\nMobile: 139 0000 0011", "done"),
            ("完成\n\n此致\n敬礼\n周涛\n2026年12月1日", "完成"),
            ("完成\n\n【免责声明】本邮件含有保密信息，不得延期", "完成"),
            ("免责声明已贴在墙上，完成", "免责声明已贴在墙上，完成"),
            ("13900000011", ""),
            ("3", "3"),
            ("2026-12-18", ""),
        ] {
            assert_eq!(said(text), words, "{text}");
        }
    }
}
