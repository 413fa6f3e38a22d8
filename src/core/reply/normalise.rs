//! One spelling for what people type: width, script, quotes, invisible characters, emoji.
//!
//! Full width becomes half width, the traditional characters the grammar looks for become simplified,
//! zero-width and bidi controls vanish (they are used to hide words), chat emoji codes become emoji.
//! Names keep their case. Called once at the top of `read`; knows nothing about meaning.

/// Longest text that is read, in bytes. A longer one is cut: nobody reports completion in a novel.
pub(super) const MAX_BYTES: usize = 4096;

/// Traditional and simplified, pair by pair; only characters that occur in the word lists.
const SCRIPTS: &str = "辦办結结處处畢毕還还沒没狀状態态經经該该請请問问題题雖虽這这個个們们時时間间開开關关閉闭發发\
務务責责轉转給给對对錯错銷销號号撤撤復复覆复覈核驗验過过報报導导審审準准備备計计劃划預预應应將将會会來来\
後后從从無无與与為为實实際际證证據据傳传達达調调動动離离職职單单區区縣县鎮镇鄉乡長长張张陳陈劉刘楊杨趙赵\
黃黄吳吴鄭郑孫孙馬马羅罗許许鄧邓馮冯葉叶蘇苏蔣蒋盧卢賈贾範范產产業业環环節节\
現现場场護护設设線线電电氣气車车輛辆煙烟爆爆災灾傷伤亡亡燒烧著着倒倒場场險险隱隐漏漏斷断續续繼继緊紧\
資资金金錢钱費费審审批批機机構构員员誰谁麼么嗎吗嗯嗯啲的搞搞掂掂妥妥齊齐協协調调困困難难讓让讀读寫写聽听\
說说講讲認认識识試试議议記记錄录詢询訊讯論论訂订許许請请謝谢覺觉見见視视規规軍军運运進进遲迟適适選选遠远邊边\
連连週周階阶陽阳隊队隨随雙双雲云靜静頁页項项順顺須须顯显風风餘余館馆點点黨党龍龙齡龄準准儘尽盡尽歸归幾几\
條条樣样標标樓楼檢检權权歲岁殘残氣气決决沖冲沒没淨净滅灭溫温滿满潔洁牆墙獎奖獲获瑣琐產产當当療疗\
確确禮礼種种積积稱称穩稳競竞簡简糾纠紅红級级組组細细終终統统經经維维網网綜综緩缓練练績绩總总缺缺罰罚聯联聲声\
脫脱舊旧蓋盖衛卫術术裏里裡里製制複复觸触訴诉評评詳详誤误課课課课議议貨货貼贴買买賣卖質质購购趕赶軌轨輕轻較较\
載载輸输辭辞農农遞递遺遗鄰邻釋释針针鈴铃鋼钢鎖锁鏈链鐵铁鑰钥閥阀閱阅闖闯陸陆陰阴階阶隔隔雜杂雞鸡難难霧雾靠靠頂顶\
頭头頻频題题額额願愿類类飛飞飯饭駐驻驗验魚鱼麥麦黏粘齊齐撥拨擋挡擔担據据擴扩擺摆攔拦敗败敵敌數数斃毙於于昇升曆历\
暫暂會会東东業业極极槍枪樹树橋桥殺杀毀毁濕湿滲渗漲涨滯滞澇涝災灾煩烦熱热燈灯營营爛烂爐炉狹狭獨独瘋疯眾众睏困碼码礙碍\
禁禁稅税窩窝築筑籤签籌筹糧粮紀纪約约納纳紙纸紹绍給给絕绝絡络絲丝緒绪編编縮缩織织繞绕繼继纜缆罷罢羣群習习聞闻職职肅肃腦脑臨临\
舉举荒荒莊庄華华萬万著着蝕蚀補补裝装襲袭訪访詐诈詞词該该誠诚諮咨讚赞豐丰負负財财貢贡貸贷賠赔賬账贈赠躍跃軟软轟轰迴回郵邮鄭郑\
醫医釘钉鈕钮銀银銅铜鋪铺鍋锅錶表鎮镇鏟铲鑒鉴鑽钻閃闪閒闲閘闸闊阔陣阵陷陷隧隧雖虽靈灵頓顿頒颁預预領领顧顾飄飘飲饮馳驰駛驶騎骑騙骗驚惊";

/// Emoji codes that chat programs send as text.
const EMOJI_CODES: &[(&str, &str)] = &[
    ("[ok]", "👌"),
    ("[强]", "👍"),
    ("[赞]", "👍"),
    ("[抱拳]", "🙏"),
    ("[合十]", "🙏"),
    ("[握手]", "🤝"),
    ("[敬礼]", "🫡"),
    ("[鼓掌]", "👏"),
    ("[加油]", "💪"),
    ("[奋斗]", "💪"),
    ("[好的]", "👌"),
    ("[收到]", "👌"),
    ("[胜利]", "👍"),
    ("[耶]", "👍"),
    ("[thumbsup]", "👍"),
    ("[+1]", "👍"),
    ("[get]", "👌"),
    ("[点赞]", "👍"),
    ("[ok手势]", "👌"),
    ("[完成]", "✅"),
    ("[done]", "✅"),
    ("[打勾]", "✅"),
    ("[对勾]", "✅"),
    ("[勾]", "✅"),
    ("[checkmark]", "✅"),
    ("[勾选]", "✅"),
    ("[笑哭]", "😂"),
    ("[捂脸]", "😂"),
    ("[破涕为笑]", "😂"),
    ("[偷笑]", "😏"),
    ("[奸笑]", "😏"),
    ("[旺柴]", "😏"),
    ("[doge]", "😏"),
    ("[白眼]", "🙄"),
    ("[弱]", "👎"),
    ("[叉]", "❌"),
    ("[玫瑰]", "🌹"),
    ("[微笑]", "🙂"),
];

/// The text in one spelling.
pub(super) fn normalise(raw: &str) -> String {
    let cut = floor_boundary(raw, MAX_BYTES);
    // Some gateways and spreadsheets hand line breaks over as the two characters `\n`.
    let text = cut.replace("\\n", "\n").replace("\r\n", "\n");
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if let Some(c) = one_char(c) {
            out.push(simplified(c));
        }
    }
    emoji_codes(out)
}

/// Largest cut not beyond `limit` that does not split a character.
fn floor_boundary(text: &str, limit: usize) -> &str {
    if text.len() <= limit {
        return text;
    }
    let mut end = limit;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

fn one_char(c: char) -> Option<char> {
    Some(match c {
        '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2069}'
        | '\u{feff}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{00ad}'
        | '\u{034f}'
        | '\u{180e}'
        | '\u{20e3}'
        | '\u{1f3fb}'..='\u{1f3ff}'
        | '\u{e0000}'..='\u{e007f}' => return None,
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        '\u{3000}' | '\u{00a0}' | '\u{2000}'..='\u{200a}' | '\t' => ' ',
        '\n' => '\n',
        c if c.is_control() => ' ',
        '’' | '‘' | '´' | '`' => '\'',
        '“' | '”' | '「' | '」' | '『' | '』' => '"',
        '【' => '[',
        '】' => ']',
        '—' | '–' | '−' | '‐' | '‑' | '﹣' => '-',
        '〜' => '~',
        '｡' => '。',
        '､' => '、',
        '⒈'..='⒛' => char::from_u32(c as u32 - '⒈' as u32 + '①' as u32).unwrap_or(c),
        '⑴'..='⒇' => char::from_u32(c as u32 - '⑴' as u32 + '①' as u32).unwrap_or(c),
        '㈠'..='㈩' => char::from_u32(c as u32 - '㈠' as u32 + '①' as u32).unwrap_or(c),
        '❶'..='❿' => char::from_u32(c as u32 - '❶' as u32 + '①' as u32).unwrap_or(c),
        '✔' | '☑' | '√' | '✓' | '🗹' => '✅',
        '✘' | '✗' | '✖' | '❎' => '❌',
        c => c,
    })
}

fn simplified(c: char) -> char {
    if c.is_ascii() {
        return c;
    }
    TABLE.get(&c).copied().unwrap_or(c)
}

static TABLE: std::sync::LazyLock<std::collections::HashMap<char, char>> =
    std::sync::LazyLock::new(|| {
        let pairs: Vec<char> = SCRIPTS.chars().filter(|c| !c.is_whitespace()).collect();
        pairs.chunks_exact(2).map(|p| (p[0], p[1])).collect()
    });

fn emoji_codes(text: String) -> String {
    if !text.contains('[') {
        return text;
    }
    let mut text = text;
    for (code, emoji) in EMOJI_CODES {
        while let Some(at) = find_ignoring_case(&text, code) {
            text.replace_range(at..at + code.len(), emoji);
        }
    }
    text
}

fn find_ignoring_case(text: &str, needle: &str) -> Option<usize> {
    text.to_ascii_lowercase().find(needle)
}
