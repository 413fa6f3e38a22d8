//! Forms in which common programs answer, and what their writers said.

use super::*;

use mail_parser::MessageParser;

const SUBJECT: &str = "回复：【催办】A7K2 第三小学消防通道堵塞";
/// What our mail said, as an unmarked quotation.
const OURS: &str = "【催办】A7K2 第三小学消防通道堵塞\n今天17:30到期\n可直接回复：完成｜在办｜延期2天";

fn said(body: &str) -> String {
    let mail = format!("Content-Type: text/plain; charset=utf-8\r\n\r\n{body}");
    new_words(&MessageParser::default().parse(mail.as_bytes()).unwrap(), SUBJECT).text
}

fn said_html(body: &str) -> String {
    let mail = format!("Content-Type: text/html; charset=utf-8\r\n\r\n{body}");
    new_words(&MessageParser::default().parse(mail.as_bytes()).unwrap(), SUBJECT).text
}

fn marked(text: &str) -> String {
    text.lines().map(|l| format!("> {l}\n")).collect()
}

#[test]
fn every_program_quotes_in_its_own_way() {
    let quote = marked(OURS);
    let forms: Vec<(&str, String)> = vec![
        ("bare", "完成".to_owned()),
        ("gmail", format!("完成\n\nOn Fri, Sep 25, 2026 at 9:00 AM 督办 <bell@example.org> wrote:\n\n{quote}")),
        (
            "gmail, wrapped",
            format!(
                "完成\n\nOn Fri, Sep 25, 2026 at 9:00 AM 督办\n<bell+dabcdefghijklmnopqrstuvwxyz@example.org>\nwrote:\n\n{quote}"
            ),
        ),
        ("gmail zh", format!("完成\n\n督办 <bell@example.org> 于2026年9月25日周五 09:00写道：\n\n{quote}")),
        (
            "apple",
            format!(
                "完成\n\n发自我的 iPhone\n\n> 在 2026年9月25日，09:00，督办 <bell@example.org> 写道：\n> \n{quote}"
            ),
        ),
        (
            "apple en",
            format!(
                "完成\n\nSent from my iPad\n\n> On Sep 25, 2026, at 09:00, Bell <bell@example.org> wrote:\n>\n{quote}"
            ),
        ),
        ("apple desktop", format!("完成\n\n> 2026年9月25日 09:00，督办 <bell@example.org> 写道：\n> \n{quote}")),
        ("thunderbird", format!("完成\n\n在 2026/9/25 09:00, 督办 写道:\n{quote}\n\n-- \n张三")),
        (
            "outlook",
            format!(
                "完成\n\n________________________________\nFrom: Bell <bell@example.org>\nSent: Friday, September 25, 2026 9:00 AM\nTo: zhang@example.org\nSubject: x\n\n{OURS}"
            ),
        ),
        (
            "outlook zh",
            format!(
                "完成\n\n发件人: 督办 <bell@example.org>\n发送时间: 2026年9月25日 9:00\n收件人: zhang@example.org\n主题: 催办\n\n{OURS}"
            ),
        ),
        (
            "outlook hant",
            format!(
                "完成\n\n寄件者: 督辦 <bell@example.org>\n寄件日期: 2026年9月25日 上午 09:00\n收件者: zhang@example.org\n主旨: 催辦\n\n{OURS}"
            ),
        ),
        ("old outlook", format!("完成\n\n-----Original Message-----\nFrom: Bell\nSent: Friday\n\n{OURS}")),
        ("old outlook zh", format!("完成\n\n-----邮件原件-----\n发件人: 督办\n\n{OURS}")),
        (
            "qq",
            format!(
                "完成\n\n\n------------------ 原始邮件 ------------------\n发件人: \"督办\" <bell@example.org>;\n发送时间: 2026年9月25日(星期五) 上午9:00\n收件人: \"张三\"<zhang@example.org>;\n主题: 催办\n\n\n\n{OURS}"
            ),
        ),
        ("qq, nbsp", format!("完成\n\n------------------\u{a0}原始邮件\u{a0}------------------\n{OURS}")),
        (
            "qq en",
            format!(
                "完成\n\n------------------ Original ------------------\nFrom: \"Bell\"<bell@example.org>;\n{OURS}"
            ),
        ),
        ("163", format!("完成\n\n\n\n\n\n在 2026-09-25 09:00:00，\"督办\" <bell@example.org> 写道：\n\n{OURS}")),
        ("163 en", format!("完成\n\nAt 2026-09-25 09:00:00, \"Bell\" <bell@example.org> wrote:\n\n{OURS}")),
        (
            "netease master",
            format!(
                "完成\n\n---- 回复的原邮件 ----\n| 发件人 | 督办<bell@example.org> |\n| 日期 | 2026年09月25日 09:00 |\n{OURS}"
            ),
        ),
        ("netease master en", format!("完成\n\n---- Replied Message ----\n| From | Bell<bell@example.org> |\n{OURS}")),
        (
            "netease table only",
            format!("完成\n\n| From | Bell<bell@example.org> |\n| Date | 09/25/2026 09:00 |\n{OURS}"),
        ),
        (
            "foxmail",
            format!("完成\n\n\n\n发件人： 督办\n发送时间： 2026-09-25 09:00\n收件人： zhang\n主题： 催办\n{OURS}"),
        ),
        ("bottom", format!("On Fri, Sep 25, 2026, Bell <bell@example.org> wrote:\n{quote}\n完成\n")),
        ("bottom without attribution", format!("{quote}\n完成\n")),
        ("bottom with signature", format!("在 2026/9/25 09:00, 督办 写道:\n{quote}\n完成\n-- \n张三\n安监站")),
        ("our own line, no marks", format!("完成\n\n{OURS}")),
        ("signature", "完成\n-- \n张三 完成\n13800000003".to_owned()),
    ];
    for (form, body) in forms {
        assert_eq!(said(&body), "完成", "{form}");
        assert_eq!(said(&body.replace('\n', "\r\n")), "完成", "{form} with CRLF");
    }
}

#[test]
fn nothing_but_a_quotation_says_nothing() {
    for body in [
        marked(OURS),
        OURS.to_owned(),
        format!("\n\nOn Fri, Sep 25, 2026 at 9:00 AM Bell <bell@example.org> wrote:\n{}", marked("完成")),
        "在 2026-09-25 09:00:00，\"督办\" <bell@example.org> 写道：\n\n完成".to_owned(),
        "------------------ 原始邮件 ------------------\n完成".to_owned(),
        "---------- Forwarded message ---------\nFrom: x\n\n完成".to_owned(),
        "Begin forwarded message:\n\n完成".to_owned(),
        "发自我的 iPhone\n\n> 完成".to_owned(),
        String::new(),
    ] {
        assert_eq!(said(&body), "", "{body}");
    }
}

#[test]
fn html_mails_are_cut_as_well() {
    for body in [
        "<div>完成</div><div><br></div><div id=\"divRplyFwdMsg\"><b>From:</b> x</div><div>完成｜在办</div>",
        "<p>完成</p><blockquote type=\"cite\"><p>在办</p><blockquote>x</blockquote>延期2天</blockquote>",
        "<blockquote>在办</blockquote><p>完成</p>",
        "<div>完成</div><includetail><div>------------------ 原始邮件 ------------------</div>在办</includetail>",
        "<div>完成</div><div class=\"gmail_quote\">On x wrote:<blockquote>在办</blockquote></div>",
        "<div>完成</div><div id='isReplyContent'>在办</div>",
        "<div>完成</div><div>------------------&nbsp;原始邮件&nbsp;------------------</div><div>在办</div>",
        "<style>p { color: red }</style><p>完成</p><BLOCKQUOTE>在办",
    ] {
        assert_eq!(said_html(body), "完成", "{body}");
    }
}

#[test]
fn words_that_look_like_an_attribution_stay() {
    let quote = marked(OURS);
    let zh = format!("在办3天\n在 2026-09-25 09:00:00，\"督办\" <bell@example.org> 写道：\n{quote}");
    assert_eq!(said(&zh), "在办3天");
    assert_eq!(said(&format!("在办\n\n在 2026-09-25，督办 写道：\n{OURS}")), "在办");
    assert_eq!(said(&format!("On it, 80%\n\nOn Fri, Sep 25, 2026 Bell wrote:\n{quote}")), "On it, 80%");
}

#[test]
fn several_lines_stay() {
    assert_eq!(said("1完成\n2延期3天，等配件\n\n3在办\n\n> x"), "1完成\n2延期3天，等配件\n3在办");
    assert_eq!(said("在办，明天完成。\n\n在现场看过了"), "在办，明天完成。\n在现场看过了");
}

#[test]
fn the_subject_speaks_only_for_an_empty_mail_that_is_no_answer() {
    let words = |subject: &str, body: &str| {
        let mail = format!("Content-Type: text/plain; charset=utf-8\r\n\r\n{body}");
        new_words(&MessageParser::default().parse(mail.as_bytes()).unwrap(), subject)
    };
    assert_eq!(words("完成 A7K2", "\n发自我的iPhone").text, "完成 A7K2");
    assert_eq!(words("完成 A7K2", "在办").text, "在办");
    for subject in ["Re: 完成 A7K2", "回复：完成", "【催办】A7K2 完成防火门", "[Reminder] done", "Fwd: 完成"]
    {
        assert_eq!(words(subject, "").text, "", "{subject}");
    }
    assert!(words("转发：催办", "请看").forwarded);
    assert!(words("Re: Fw: x", "done").forwarded);
    assert!(!words("Re: x", "done").forwarded);
}

#[test]
fn chinese_charsets_are_read() {
    // 完成 in GB18030.
    let mail = b"Content-Type: text/plain; charset=gb18030\r\nContent-Transfer-Encoding: base64\r\n\r\nzeqzyQ==\r\n";
    assert_eq!(new_words(&MessageParser::default().parse(mail.as_slice()).unwrap(), "x").text, "完成");
}

#[test]
fn a_picture_in_the_middle_hides_no_words() {
    let part = |kind: &str, text: &str| format!("--cut\r\nContent-Type: {kind}\r\n\r\n{text}\r\n");
    let plain = "text/plain; charset=utf-8";
    let mail = format!(
        "Content-Type: multipart/mixed; boundary=cut\r\n\r\n{}{}{}--cut--\r\n",
        part(plain, "\r\n"),
        part("image/jpeg\r\nContent-Disposition: inline; filename=x.jpg", "JFIF"),
        part(plain, "完成，见照片\r\n\r\n> 在办"),
    );
    assert_eq!(new_words(&MessageParser::default().parse(mail.as_bytes()).unwrap(), SUBJECT).text, "完成，见照片");
}
