//! What a machine answered is nobody's word.

use super::Office;

#[tokio::test]
async fn vacation_notes_without_headers_never_count_as_the_officials_own() {
    for name in ["75-autoreply-datfu-moved", "76-autoreply-en-subject", "77-autoreply-en-ooo"] {
        let mut office = Office::with(&["机床限位失灵"]).await;
        let (before, state) = (office.heard().len(), office.state("机床限位失灵").await);
        office.receives_input(name).await;
        assert_eq!(office.state("机床限位失灵").await, state, "{name}");
        let item = office.item("机床限位失灵").await;
        assert_eq!((item.heard_at, item.acked_at), (None, None), "{name}: nobody was heard");
        assert_eq!(office.heard().len(), before, "{name}: a machine is not answered: {:#?}", office.heard().last());
    }
}

#[tokio::test]
async fn subjects_of_vacation_notes_in_other_words_do_not_count_either() {
    for subject in [
        "自动答复: 【催办】",
        "自動答覆：【催辦】",
        "自动应答：x",
        "自动回信: x",
        "Re: 自动回复: x",
        "【自动答复】x",
        "[Auto-Reply] x",
        "AutoReply: x",
        "Auto: x",
        "Auto Response: x",
        "Automatic response: x",
        "Out of Office AutoReply: x",
        "OOO: x",
        "OOF: x",
        "Out-of-office: x",
        "On leave: x",
        "On vacation Re: x",
        "Away from the office: x",
        "Vacation reply: x",
        "休假自动回复 Re: x",
        "外出自动回复：x",
        "不在办公室: x",
        "自動返信: x",
        "Abwesenheitsnotiz: x",
        "Automatische Antwort: x",
        "Réponse automatique : x",
        "Respuesta automática: x",
    ] {
        let mut office = Office::with(&["机床限位失灵"]).await;
        let address = office.address();
        let before = office.heard().len();
        let letter = format!(
            "Authentication-Results: mx.hedong.example; dmarc=pass header.from=hedong.example\nFrom: zhout@hedong.example\nTo: {address}\n\
             Subject: {subject}\nMessage-ID: <v@client.example>\nContent-Type: text/plain; charset=utf-8\n\n收到，已完成\n"
        );
        office.receives(letter.as_bytes()).await;
        assert_eq!(office.item("机床限位失灵").await.heard_at, None, "{subject}");
        assert_eq!(office.heard().len(), before, "{subject}");
    }
}

#[tokio::test]
async fn a_person_who_writes_about_such_a_note_is_heard() {
    for subject in ["Re: 【催办】自动喷淋失效", "回复：自动回复已关闭", "Re: Automatic doors fail", "自动喷淋"]
    {
        let mut office = Office::with(&["机床限位失灵"]).await;
        let address = office.address();
        let letter = format!(
            "Authentication-Results: mx.hedong.example; dmarc=pass header.from=hedong.example\nFrom: zhout@hedong.example\nTo: {address}\n\
             Subject: {subject}\nMessage-ID: <v@client.example>\nContent-Type: text/plain; charset=utf-8\n\n已完成\n"
        );
        office.receives(letter.as_bytes()).await;
        assert_eq!(office.state("机床限位失灵").await, "reported_done", "{subject}");
    }
}
