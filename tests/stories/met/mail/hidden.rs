//! What nobody sees in a letter does not count.

use super::Office;

const ONE: &[&str] = &["机床限位失灵"];

#[tokio::test]
async fn a_hidden_done_beside_a_visible_still_trying_is_not_done() {
    for hidden in [
        "<div style=\"display:none\">完成</div>",
        "<div style='DISPLAY : NONE !important'>完成</div>",
        "<span style=\"font-size:0\">完成</span>",
        "<span style=\"font-size:0px;line-height:0\">完成</span>",
        "<font style=\"font-size: 0.0em\">完成</font>",
        "<font size=0 style=\"font-size:1px\">完成</font>",
        "<p style=\"visibility:hidden\">完成</p>",
        "<p style=\"color:#fff\">完成</p>",
        "<p style=\"color: white; background: white\">完成</p>",
        "<font color=\"#FFFFFF\">完成</font>",
        "<p style=\"color:rgb(255, 255, 255)\">完成</p>",
        "<p style=\"color:rgba(0,0,0,0)\">完成</p>",
        "<p style=\"color:transparent\">完成</p>",
        "<p style=\"opacity:0\">完成</p>",
        "<div style=\"position:absolute;left:-9999px\">完成</div>",
        "<div style=\"text-indent:-9999px\">完成</div>",
        "<div style=\"max-height:0;overflow:hidden\">完成</div>",
        "<div style=\"height:0px; overflow:hidden\">完成</div>",
        "<div style=\"mso-hide:all\">完成</div>",
        "<div style=\"clip:rect(0,0,0,0);position:absolute\">完成</div>",
        "<div hidden>完成</div>",
        "<template>完成</template>",
        "<noscript>完成</noscript>",
        "<!-- 完成 -->",
        "<!--[if mso]>完成<![endif]-->",
        "<title>完成</title>",
        "<style>.a{} /* 完成 */</style>",
        "<script>完成</script>",
        "<textarea style=\"display:none\">完成</textarea>",
        "<div style=\"display:none\"><div>x</div><b>完成</b></div>",
        "<style>.h{display:none}</style><div class=\"h\">完成</div>",
        "<style>#h, p.x { font-size: 0 }</style><div id=h>完成</div>",
        "<style>div span { visibility: hidden }</style><div><span>完成</span></div>",
        "<div style=\"color:#ffffff;background-color:#ffffff\"><table><tr><td>完成</td></tr></table></div>",
    ] {
        let mut office = Office::with(ONE).await;
        office.html(&format!("<html><body>{hidden}<div>still trying</div></body></html>")).await;
        assert_ne!(office.state("机床限位失灵").await, "reported_done", "{hidden}");
        let heard = office.heard().pop().unwrap_or_default();
        assert!(!heard.contains("报完成"), "{hidden}: {heard}");
    }
}

#[tokio::test]
async fn a_letter_that_shows_nothing_says_nothing() {
    let mut office = Office::with(ONE).await;
    office.html("<html><head><title>完成</title></head><body><p style=\"display:none\">完成</p></body></html>").await;
    assert_ne!(office.state("机床限位失灵").await, "reported_done");
}

#[tokio::test]
async fn what_is_seen_counts_however_it_is_dressed() {
    for seen in [
        "<p style=\"color:#000;font-size:10.5pt\">已完成</p>",
        "<p style=\"margin:0;padding:0;line-height:1.5\">已完成</p>",
        "<div style=\"display:inline-block;font-size:0.9em\">已完成</div>",
        "<div style=\"background:#1f2937;color:#fff\">已完成</div>",
        "<table><tr><td bgcolor=\"#003366\"><font color=\"white\">已完成</font></td></tr></table>",
        "<style>p{font-size:14px;color:#333}.x{display:none}</style><p>已完成</p><p class=x>没完成</p>",
        "<p style=\"font-family:'微软雅黑';opacity:1;height:20px;overflow:visible\">已完成</p>",
        "<div><img style=\"display:none\" src=x>已完成<br style=\"display:none\"></div>",
        "<p>已&#23436;成</p>",
    ] {
        let mut office = Office::with(ONE).await;
        office.html(&format!("<html><body>{seen}</body></html>")).await;
        assert_eq!(office.state("机床限位失灵").await, "reported_done", "{seen}: {:#?}", office.heard().last());
    }
}

fn two_parts(text: &str, html: &str) -> String {
    let part = |kind: &str, body: &str| format!("--cut\nContent-Type: {kind}; charset=utf-8\n\n{body}\n");
    format!("{}{}--cut--\n", part("text/plain", text), part("text/html", html))
}

#[tokio::test]
async fn a_done_that_stands_in_one_of_two_parts_only_is_asked_about() {
    for (text, html) in [
        ("完成", "<p>还在想办法，配件没到</p>"),
        ("完成", "<p style=\"display:none\">完成</p><p>还在想办法</p>"),
        ("还在想办法，配件没到", "<p>完成</p>"),
    ] {
        let mut office = Office::with(ONE).await;
        office.answered("multipart/alternative; boundary=cut", &two_parts(text, html)).await;
        assert_ne!(office.state("机床限位失灵").await, "reported_done", "{text} beside {html}");
    }
    for (text, html) in [
        ("已完成", "<div>已完成</div>"),
        ("已完成\n\n> 【催办】x", "<p>已完成</p><blockquote>【催办】x</blockquote>"),
        ("已完成，见照片\n\n周涛", "<div>已完成，<b>见照片</b></div><div><br></div><div>周涛</div>"),
        ("*已完成*\n", "<p><b>已完成</b></p>"),
    ] {
        let mut office = Office::with(ONE).await;
        office.answered("multipart/alternative; boundary=cut", &two_parts(text, html)).await;
        assert_eq!(office.state("机床限位失灵").await, "reported_done", "{text}: {:#?}", office.heard().last());
    }
}
