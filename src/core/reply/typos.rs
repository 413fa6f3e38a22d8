//! Slips and other spellings: wrong homophones, pinyin, keyboard slips, dialect words.
//!
//! Folds them into the words the tables know, before anything is read. Cautious where a slip could turn a
//! denial into a claim: 为完成 becomes 未完成, never the other way round, and an English word is corrected
//! only towards a word with the same ending. Knows no sentences.

use std::borrow::Cow;

use crate::patterns::re;

/// The text with slips mended; words that are `known` are none.
pub(super) fn mended(text: &str, known: impl Fn(&str) -> bool) -> String {
    let text = WITH.replace_all(text, |c: &regex::Captures| if c[1].len() > 2 { "without " } else { "with " });
    let text = NUMBER_SIGN.replace_all(&text, "#$1");
    let mut text = latin(&text, known).into_owned();
    for (slip, meant) in pairs(HOMOPHONES).chain(pairs(DIALECT)) {
        if text.contains(slip) {
            text = text.replace(slip, meant);
        }
    }
    let text = if SPACED.is_match(&text) { text.replace(' ', "") } else { text };
    let text = numbered(text);
    let text = ALREADY.replace_all(&text, "${1}已${2}");
    NOT.replace_all(&text, "${1}未${2}").into_owned()
}

// 以完成, 己整改, 巳办结: only where no other word can end (自己完成, 可以完成 stay).
re!(
    ALREADY,
    r"(^|[\s,。;、:!\d项条号均都全部也])(?:以|己|巳)((?:经|全部|全)?(?:完成|办结|整改|处理|落实|解决|修复|搞定|闭环|清理|更换|拆除|办理|办好|搞好|修好))"
);

// 为完成, 末整改: a denial, as 为 alone before the verb is rare in an answer.
re!(
    NOT,
    r"(^|[\s,。;、:!\d项条号均都还尚仍])(?:为|末)((?:能)?(?:按期|按时)?(?:完成|办结|整改|处理|落实|解决|修复|搞定|闭环))"
);

// 完 成: characters typed one by one.
re!(SPACED, r"^\s*(?:\p{Han} )+\p{Han}[!。.]?\s*$");
// 一完成,二在办 or 1号已整改,2号未整改: numbers at the head of at least two clauses are item numbers.
re!(HEAD, r"(^|[,;。\s])([一二三四五六七八九]|\d{1,2}号)[、.:)]?\s?(完成|已|在|正|未|没|延|转|办|搞|退|收|等|申|还)");

fn numbered(text: String) -> String {
    let heads: Vec<String> = HEAD.captures_iter(&text).map(|c| c[2].to_string()).collect();
    if heads.len() < 2 || heads.windows(2).any(|w| w[0] == w[1]) {
        return text;
    }
    HEAD.replace_all(&text, |c: &regex::Captures| format!("{}第{}项{}", &c[1], c[2].trim_end_matches('号'), &c[3]))
        .into_owned()
}

/// Slips of input methods, Chinese.
const HOMOPHONES: &str = "
    完城=完成 完程=完成 完呈=完成 玩成=完成 完乘=完成 完承=完成 完诚=完成 办节=办结 办劫=办结 办洁=办结 延其=延期
    沿期=延期 言期=延期 整该=整改 整盖=整改 收倒=收到 搞腚=搞定 稿定=搞定 未玩成=未完成 处里=处理 己经=已经
    以经=已经 以已=已 撒销=撤销 撤消=撤销 撤肖=撤销 知到=知道 名白=明白 批夏=批下 闭坏=闭环 己于=已于 以于=已于
";

/// Cantonese, Hunan, Sichuan and north-eastern words in the common language; longer ones first.
const DIALECT: &str = "
    系咪=是不是 系唔系=是不是 有冇=有没有 使唔使=要不要 得唔得=行不行 可唔可以=可不可以 听日=明天 听朝=明早
    听晚=明晚 寻日=昨天 琴日=昨天 寻晚=昨晚 今朝=今早 头先=刚才 啱啱=刚刚 而家=现在 依家=现在 宜家=现在 迟啲=晚点
    快啲=快点 早啲=早点 等阵=等会 一阵间=一会 得闲=有空 几时=何时 点样=怎样 点解=为什么 点搞=怎么搞 边个=谁
    边度=哪里 乜嘢=什么 咩嘢=什么 咩事=什么事 我哋=我们 佢哋=他们 你哋=你们 佢=他 他话=他说 老板话=老板说 仲未=还没
    仲有=还有 仲差=还差 仲要=还要 仲系=还是 仲喺度=还在 重未=还没 未曾得=还没 唔关我事=不关我的事 唔系=不是
    唔使=不用 唔知=不知道 唔得=不行 唔可以=不可以 搞唔掂=搞不定 搞唔定=搞不定 做唔到=做不到 做唔完=做不完
    整唔好=修不好 搞惦=搞掂 搞店=搞掂 搞掂晒=全部搞掂 搞掂=搞定 整好=修好 整完=弄完 整妥=弄妥 整利索=弄好 嘅=的
    咗=了 完喇=完了 好喇=好了 定喇=定了 到喇=到了 了喇=了 㗎=的 喺度=正在 喺=在 俾=给 畀=给 啲=些 睇=看 攞=拿 嚟=来
    落雨=下雨 莫得=没有 冒得=没有 冒搞=没搞 冒做=没做 冒弄=没弄 冒完=没完 冒办=没办 啥子=什么 咋个=怎么 么子=什么
    何解=为什么 何嘎=怎么 弄巴适=弄好 搞巴适=搞好 弄撇脱=弄好 晓得不=知道吗 等哈=等会 一哈=一下 伐?=吗?
    弄好勒=弄好了 好勒=好了 侬=你 哪个时候=什么时候 搞醒=搞定 俺=我 咋整=怎么弄 咋还=怎么还 还木有=还没有 木有=没有
    米有=没有 么有=没有 酱紫=这样 肿么=怎么 神马=什么
";

re!(WITH, r"(?i)(?-u:\b)(w/o?)(?:\s|(?-u:\b)|$)");
re!(NUMBER_SIGN, r"(?i)(?-u:\b)no\. ?(\d)");
re!(LATIN_RUN, r"[A-Za-z][A-Za-z' ]*[A-Za-z]");

/// Pinyin and slips in English words.
fn latin(text: &str, known: impl Fn(&str) -> bool) -> Cow<'_, str> {
    LATIN_RUN.replace_all(text, |c: &regex::Captures| {
        let run = &c[0];
        if let Some(han) = pinyin(&run.replace([' ', '\''], "").to_ascii_lowercase(), 4) {
            return han;
        }
        run.split(' ')
            .map(|word| match known(&word.to_ascii_lowercase()) {
                // A word that is one is no slip of another.
                true => word.to_owned(),
                false => pinyin(&word.to_ascii_lowercase(), 6).unwrap_or_else(|| english(word)),
            })
            .collect::<Vec<_>>()
            .join(" ")
    })
}

/// Syllables and words typed without tones; the sense is the one these answers need.
const PINYIN: &str = "
    yijing=已经 wancheng=完成 wan=完 le=了 mei=没 you=有 hai=还 wei=未 bu=不 hao=好 haode=好的 de=的 shoudao=收到
    zhidao=知道 zhixi=知悉 mingbai=明白 banjie=办结 gaoding=搞定 zaiban=在办 zhengzai=正在 zhenggai=整改 chuli=处理
    yanqi=延期 tian=天 yi=已 er=二 liang=两 san=三 si=四 wu=五 liu=六 qi=七 shi=是 zhou=周 xingqi=星期 ge=个 yue=月
    dao=到 quanbu=全部 dou=都 ma=吗 ba=吧 ne=呢 a=啊 mingtian=明天 jintian=今天 houtian=后天 zuotian=昨天
    xiawu=下午 mashang=马上 jinkuai=尽快 yuji=预计 zhengqu=争取 yinggai=应该 keneng=可能 haoxiang=好像 jiben=基本
    chabuduo=差不多 kuai=快 wo=我 women=我们 ta=他 tamen=他们 shuo=说 chexiao=撤销 bangzhu=帮助 zenme=怎么
    shenme=什么 shibushi=是不是 shifou=是否 fou=否 xiexie=谢谢 deng=等 qing=请 bixu=必须 wufa=无法 zuo=做 ban=办
    gao=搞 nong=弄 xiu=修 gai=改 shenqing=申请 wenti=问题 jiejue=解决 luoshi=落实 daowei=到位 zhuangei=转给
    jiaogei=交给 renwu=任务 chaxun=查询 shaohou=稍后 tixing=提醒 qingkuang=情况 xiang=项 di=第 zai=在 zhong=中
    jinzhan=进展 ye=也 dan=但 danshi=但是 yiban=一半 bufen=部分 yidian=一点 shangwei=尚未 wanbi=完毕 tuoshan=妥善
    zijin=资金 xiufu=修复 hou=后 qian=前 nei=内 jiu=就 hui=会 jiang=将 nengfou=能否 neng=能 bang=帮 mang=忙
    zhunbei=准备 jihua=计划 yong=用 xuyao=需要 ruguo=如果 tingshuo=听说 genjin=跟进 anpai=安排 bihuan=闭环
    tuole=妥了 qita=其他 tuihui=退回 fan=返 cuo=错 fa=发 ren=人
";

static SOUNDS: std::sync::LazyLock<Vec<(&str, &str)>> = std::sync::LazyLock::new(|| pairs(PINYIN).collect());

/// The pairs of a table `slip=meant`, with spaces between.
fn pairs(table: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    table.split_whitespace().filter_map(|pair| pair.split_once('='))
}

/// Pinyin of at least `least` letters in characters, if the dictionary covers it from end to end with at
/// least one word of two syllables.
fn pinyin(letters: &str, least: usize) -> Option<String> {
    if letters.len() < least || letters.len() > 60 {
        return None;
    }
    // best[i]: the reading of the first i letters with the fewest words.
    let mut best: Vec<Option<(usize, bool, String)>> = vec![None; letters.len() + 1];
    best[0] = Some((0, false, String::new()));
    for at in 0..letters.len() {
        let Some((words, long, text)) = best[at].clone() else { continue };
        for (sound, han) in SOUNDS.iter() {
            if letters[at..].starts_with(sound) {
                let end = at + sound.len();
                let next = (words + 1, long || han.chars().count() > 1, format!("{text}{han}"));
                if best[end].as_ref().is_none_or(|b| next.0 < b.0) {
                    best[end] = Some(next);
                }
            }
        }
    }
    let (_, long, text) = best.pop()??;
    // 已 before a unit of time is the number one.
    let text = text.replace("已天", "一天").replace("已周", "一周").replace("已个", "一个");
    long.then_some(text)
}

/// Words that are mended when a letter is missing, doubled, wrong or swapped.
const ENGLISH: &str = "
    finished completed complete resolved rectified repaired replaced extend extension received acknowledged
    progress working waiting approval approved tomorrow yesterday monday tuesday wednesday thursday friday almost
    nearly already still please reassign forward blocked thanks noted status cancel remind budget corrected
";
/// Slips of short words, where one letter decides too much to be guessed.
const SHORT: &str = "
    doen=done dnoe=done odne=done donne=done doone=done donee=done fixd=fixed fxied=fixed fixxed=fixed fiexd=fixed
    nto=not hlep=help udno=undo recieved=received exend=extend extned=extend alredy=already finshed=finished
    noty=not yse=yes tomorow=tomorrow tommorow=tomorrow tmrw=tomorrow tmr=tomorrow 2moro=tomorrow tmw=tomorrow tonite=tonight ystd=yesterday dint=didn't
    didnt=didn't isnt=isn't hasnt=hasn't havent=haven't wasnt=wasn't arent=aren't dont=don't doesnt=doesn't
    wont=won't cant=can't cannt=can't couldnt=couldn't im=i'm ive=i've whats=what's its=it's thats=that's
    aint=ain't
";
/// Real words that lie one letter from a word above.
const REAL: &str = "
    competed extent expend extends still skill stall steal noted notes voted toted forwards completes monday stills
    remand rewind thank revolved reserved deceived relieved repaid pleased statue blacked clocked locked flocked
    noticed
";

fn english(word: &str) -> String {
    let low = word.to_ascii_lowercase();
    if let Some((_, meant)) = pairs(SHORT).find(|(slip, _)| *slip == low) {
        return meant.to_string();
    }
    if low.len() < 5 || REAL.split_whitespace().any(|w| w == low) || ENGLISH.split_whitespace().any(|w| w == low) {
        return word.to_string();
    }
    let near = ENGLISH.split_whitespace().find(|meant| {
        low.get(low.len() - 2..) == meant.get(meant.len() - 2..) && one_slip(low.as_bytes(), meant.as_bytes())
    });
    near.map_or_else(|| word.to_string(), |meant| meant.to_string())
}

/// True if `a` becomes `b` by one letter added, left out, changed or swapped with its neighbour; the first
/// letter has to be right.
fn one_slip(a: &[u8], b: &[u8]) -> bool {
    if a.first() != b.first() || a.len().abs_diff(b.len()) > 1 {
        return false;
    }
    let head = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[head..], &b[head..]);
    match a.len().cmp(&b.len()) {
        std::cmp::Ordering::Less => a == &b[1..],
        std::cmp::Ordering::Greater => &a[1..] == b,
        std::cmp::Ordering::Equal => {
            a.len() > 1 && (a[1..] == b[1..] || (a[0] == b[1] && a[1] == b[0] && a[2..] == b[2..]))
        }
    }
}
