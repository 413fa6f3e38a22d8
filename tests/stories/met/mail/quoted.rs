//! What the writer said, what is a quotation, a signature or a disclaimer.

use super::Office;

const ONE: &[&str] = &["机床限位失灵"];

#[tokio::test]
async fn a_quotation_line_with_entities_in_the_text_part_ends_the_words_and_done_is_not_lost() {
    let mut office = Office::with(ONE).await;
    office.receives_input("71-qq-multipart").await;
    let item = office.item("机床限位失灵").await;
    assert_eq!((item.state.word(), item.percent), ("in_progress", Some(61)), "{:#?}", office.heard().last());
    office.receives_input("72-qq-multipart-done").await;
    assert_eq!(office.state("机床限位失灵").await, "reported_done", "{:#?}", office.heard().last());
}

#[tokio::test]
async fn entities_of_other_kinds_in_the_text_part_are_read_too() {
    for line in [
        "------------------&#160;原始邮件&#160;------------------",
        "------------------&#xA0;Original&#xa0;------------------",
        "&gt; 【催办】机床限位失灵\n&gt;",
        "发件人:&nbsp;&quot;bell&quot;&nbsp;&lt;bell@hedong.example&gt;\n发送时间:&nbsp;2026年11月30日\n收件人:&nbsp;周涛",
    ] {
        let mut office = Office::with(ONE).await;
        let gap = if line.ends_with("&gt;") { " " } else { "\n" };
        office.plain(&format!("已完成\n\n{line}{gap}完成｜在办｜延期2天｜转李四")).await;
        assert_eq!(office.state("机床限位失灵").await, "reported_done", "{line}: {:#?}", office.heard().last());
    }
}

#[tokio::test]
async fn digits_of_a_telephone_in_a_signature_are_no_item_numbers() {
    let mut office = Office::with(ONE).await;
    office.receives_input("73-sig-phone").await;
    let item = office.item("机床限位失灵").await;
    assert_eq!((item.state.word(), item.percent), ("in_progress", Some(62)), "{:#?}", office.heard().last());
    office.receives_input("74-sig-phone-done").await;
    assert_eq!(office.state("机床限位失灵").await, "reported_done", "{:#?}", office.heard().last());
}

#[tokio::test]
async fn signatures_of_other_shapes_name_no_item_and_close_no_other() {
    for signature in [
        "周涛\n顺达机械厂 厂长\n电话 0799-5551301 转 2",
        "周涛  13900000011",
        "Tao Zhou | Plant manager\nTel: +86 799 555 1301 ext. 2\nMobile: 139 0000 0011",
        "顺达机械厂\n地址：河东县城关镇工业路1号\n邮编：331200\n传真：0799-5551302",
        "此致\n敬礼\n周涛\n2026年12月1日",
    ] {
        let mut office = Office::with(&["机床限位失灵", "行车钢丝绳断股"]).await;
        let code = office.item("机床限位失灵").await.code;
        office.plain(&format!("{code} 已完成\n\n{signature}\n")).await;
        let states = (office.state("机床限位失灵").await, office.state("行车钢丝绳断股").await);
        assert_eq!(states.0, "reported_done", "{signature}: {:#?}", office.heard().last());
        assert_ne!(states.1, "reported_done", "{signature}");
    }
}

#[tokio::test]
async fn numbers_that_mean_items_still_count_below_one_another() {
    let mut office = Office::with(&["机床限位失灵", "行车钢丝绳断股"]).await;
    let last = office.heard().pop().expect("told");
    if last.contains('②') {
        office.plain("1完成\n2延期3天，原因：等配件，联系13900000011").await;
        let states = [office.item("机床限位失灵").await, office.item("行车钢丝绳断股").await];
        assert_eq!(states.iter().filter(|i| i.state.word() == "reported_done").count(), 1);
        assert_eq!(states.iter().filter(|i| i.extension.is_some()).count(), 1, "{:#?}", office.heard().last());
    }
}

#[tokio::test]
async fn a_letter_without_charset_that_is_not_utf_8_is_gb18030() {
    let mut office = Office::with(ONE).await;
    office.receives_input("78-nocharset").await;
    let item = office.item("机床限位失灵").await;
    assert_eq!((item.state.word(), item.percent), ("in_progress", Some(63)), "{:#?}", office.heard().last());
}

#[tokio::test]
async fn gbk_counts_whatever_a_wrong_label_says_in_one_part_or_in_many() {
    let gbk = |text: &str| -> Vec<u8> { encoding(text) };
    for kind in [
        "text/plain; charset=us-ascii",
        "text/plain; charset=utf-8",
        "text/plain; charset=iso-8859-1",
        "text/plain; charset=\"\"",
    ] {
        let mut office = Office::with(ONE).await;
        let address = office.address();
        let head = format!(
            "Authentication-Results: mx.hedong.example; dmarc=pass header.from=hedong.example\nFrom: zhout@hedong.example\nTo: {address}\n\
             Subject: Re: x\nMessage-ID: <g@client.example>\nContent-Type: {kind}\nContent-Transfer-Encoding: 8bit\n\n"
        );
        office.receives(&[head.as_bytes(), &gbk("已完成")].concat()).await;
        assert_eq!(office.state("机床限位失灵").await, "reported_done", "{kind}: {:#?}", office.heard().last());
    }
    // UTF-8 without a label stays UTF-8.
    let mut office = Office::with(ONE).await;
    office.answered("text/plain", "已完成").await;
    assert_eq!(office.state("机床限位失灵").await, "reported_done");
}

/// 已完成 in GB18030.
fn encoding(text: &str) -> Vec<u8> {
    assert_eq!(text, "已完成");
    vec![0xd2, 0xd1, 0xcd, 0xea, 0xb3, 0xc9]
}

#[tokio::test]
async fn rests_of_quotations_and_disclaimers_are_no_words_of_the_writer() {
    for (name, percent) in [("11-foxmail", 40), ("12-outlook-ja", 41), ("26-disclaimer", 55)] {
        let mut office = Office::with(ONE).await;
        office.receives_input(name).await;
        let item = office.item("机床限位失灵").await;
        assert_eq!((item.state.word(), item.percent), ("in_progress", Some(percent)), "{name}");
        assert!(item.extension.is_none(), "{name}: the disclaimer asks for nothing");
        let heard = office.heard().pop().unwrap_or_default();
        for rest in ["免责", "延期或转发", "差出人", "送信日時", "发件人", "没看懂", "zhout@hedong.example"]
        {
            assert!(!heard.contains(rest), "{name}: {rest}: {heard}");
        }
        assert!(
            !item.note.contains("延期") && !item.note.contains("差出人") && !item.note.contains('@'),
            "{name}: {}",
            item.note
        );
    }
}

#[tokio::test]
async fn disclaimers_and_headers_of_other_programs_are_cut_as_well() {
    for (form, rest) in [
        (
            "english disclaimer",
            "\nCONFIDENTIALITY NOTICE: This e-mail may contain privileged information. If it is not done, delay or cancel nothing.",
        ),
        (
            "english disclaimer in small letters",
            "\nThis email and any attachments are confidential and intended solely for the addressee. Extend or forward only with consent.",
        ),
        ("traditional", "\n本電子郵件及其附件含有機密資訊，未經許可不得延期或轉發。"),
        ("chinese without a bracket", "\n本邮件及其附件可能含有保密内容，延期、转发均须经许可。"),
        (
            "japanese",
            "\n差出人: bell@hedong.example\n送信日時: 2026年11月30日 11:00\n宛先: 周涛\n件名: 催办\n\n延期2天",
        ),
        (
            "korean",
            "\n보낸 사람: bell@hedong.example\n보낸 날짜: 2026년 11월 30일\n받는 사람: 周涛\n제목: 催办\n\n延期2天",
        ),
        (
            "german",
            "\nVon: bell@hedong.example\nGesendet: Montag, 30. November 2026 11:00\nAn: 周涛\nBetreff: 催办\n\n延期2天",
        ),
        (
            "french",
            "\nDe : bell@hedong.example\nEnvoyé : lundi 30 novembre 2026 11:00\nÀ : 周涛\nObjet : 催办\n\n延期2天",
        ),
        (
            "foxmail without a gap",
            "zhout@hedong.example\n发件人：bell@hedong.example\n发送时间：2026-11-30 11:00\n收件人：zhout\n主题：催办\n延期2天",
        ),
    ] {
        let mut office = Office::with(ONE).await;
        office.plain(&format!("已完成\n{rest}\n")).await;
        let item = office.item("机床限位失灵").await;
        assert_eq!(item.state.word(), "reported_done", "{form}: {:#?}", office.heard().last());
        assert!(item.extension.is_none(), "{form}");
    }
}
