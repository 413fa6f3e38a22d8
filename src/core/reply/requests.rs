//! What a clause asks of the gateway or of the office, apart from saying how far the work is: help, undo,
//! a later reminder, a decision, more time, another person, "not mine", a list.
//!
//! Tried before completion, from the most specific to the least. Words of asking for time live in
//! `extension`, of handing on and sending back in `passing`. Does not know who writes.

use super::clauses::Part;
use super::judge::Weight;
use super::spans::What;
use super::words::re;
use super::{Context, Intent, IntentKind, Items, dates, extension, passing, people};
use chrono::{Duration, NaiveDateTime};

/// What a request reads as.
pub(super) type Found = Option<(Intent, Weight)>;

re!(
    HELP,
    r"^(?:请?(?:求)?帮助(?:一下|我)?|求?帮忙|使用(?:说明|方法|指南)|说明书?|指令(?:表|列表|大全)?|命令|菜单|功能|教程|用法|help(?: me)?(?: please)?|/?help|commands?|menu|usage|instructions?|man|guide|options)[!.。]*$|(?:怎么|怎样|如何|咋个?|点样)(?:回复|回答|答复|用|使用|操作|回|弄这个|填|填写|报(?:完成|延期)|申请|延期|撤销|签收|签|转交|转|改派|提交|上传|反馈|设置|发(?:照片|图片)?)|(?:回复?|发送?|输入|打|填)(?:个|什么|啥|哪个|几).{0,12}(?:有什么用|有啥用|什么意思|啥意思|会怎么?样|可以吗|才对)|(?:有什么用|有啥用|什么意思|啥意思|是干嘛的|干什么用|能做什么|会什么|有哪些(?:指令|命令|功能))|^(?:how (?:do|to|can|should|does)|what (?:do|can|should|shall|must) (?:i|we) (?:send|reply|say|type|do|write|answer|text)|what (?:can|does) (?:you|this|it) (?:do|mean)|what are (?:the|my) (?:options|commands)|which (?:word|command|words|commands)|can you help|i need help (?:with|using)|what is this|who are you|explain)(?-u:\b)"
);
re!(NOT_HELP, r"how (?:many|much|long)|how is|how's|how are|(?:没|未|整改|完成).{0,6}怎么办");
re!(
    UNDO,
    r"^(?:请|帮我|我要|要|需要|麻烦)?(?:撤销|撤回|收回|取消|作废|回退|恢复原状|反悔)(?:掉|了|一下|吧)?(?:我?(?:的)?(?:刚才|上一?[条次个]|之前|前面|最后|那|这)?的?(?:那|这)?(?:一?[条次个])?的?(?:消息|回复|操作|答复|确认|报告|记录|申请)?)?$|^(?:撤销|撤回|取消|收回|作废)(?:刚才的?|上[一]?[条次个]的?|对?)?(?:完成|办结|延期|签收|在办|受阻|退回|转交|转办|申请|报完成|已完成)(?:的)?(?:申请|报告|操作|状态)?$|^(?:刚才|刚刚|上一?[条个次]|上面|前面|之前|前一?[条个次]|方才)?(?:是|我|的|那|条|说|回复|消息|发|完成|延期|报|点|按|回|操作|申请|,|了)*(?:搞错|弄错|点错|按错|说错|填错|回错|报错|手滑|误触|误点|误发|误报|误操作|发错|写错|打错|不算|作废|撤销|撤回|取消|收回|无效|别算|不作数|错了|更正)(?:了|啦|哒|咯|的|数)?$|^(?:抱歉|不好意思|对不起)?[,]?(?:手滑|误触|误操作|点错|按错)|(?-u:\b)undo(?-u:\b)|^(?:please |pls )?(?:cancel|revert|retract|withdraw|recall|revoke|take back|disregard|ignore|scratch|delete|strike)(?: (?:that|this|it|my (?:last|previous|earlier|reply|answer|message|report).*|(?:the |my )?(?:last|previous|earlier) (?:one|message|reply|answer|report|entry)|what i (?:just )?said))?$|^(?:oops|whoops|sorry|my bad|my mistake)[, ]*(?:wrong (?:button|one|item|click|reply|message|key)|my (?:bad|mistake)|mis-?click(?:ed)?|(?:that was )?(?:a )?mistake|not that(?: one)?)|^(?:wrong (?:button|click|reply|key|item number|one)|mis-?click(?:ed)?|(?:that was )?(?:a |my )mistake|sent by mistake|typo|by accident|didn't mean (?:to|that).*|go back|roll ?back|i take (?:it|that) back)$"
);
re!(NOT_UNDO, r"(?:不|别|勿|莫|不要|不用|无需|don't |do not |not )(?:撤销|撤回|取消|作废|undo|cancel)|发错(?:了)?人|找错|派错|wrong (?:person|number|guy|man)");
re!(
    SNOOZE,
    r"(?:再|后|时|点|分|早|晚|午|日|天|周[一二三四五六日天]?|稍后|晚点|等会儿?|待会儿?|回头|过会儿?|到时候?|别的时间|一会儿?|节后)(?:再)?(?:来)?(?:提醒|通知|叫|喊|催|推送|发给?我|发消息)(?:我|一下|一次|吧)*$|^(?:请|麻烦)?(?:晚点|稍后|回头|等会儿?|待会儿?|过会儿?|晚些|等下|一会儿?|有空|迟点|迟啲|忙完|会后|散会后?|下班前?|开完会|等我(?:忙完|有空|回去|开完会)(?:了)?)(?:再|就|给你|给您|我)*(?:回复?|答复|联系|说|看|处理回复|弄|回你|回您|回电|搞|聊|谈|讲|提醒)(?:你|您|吧|哈)*$|(?:今天|今晚|今日|现在|这会儿?|暂时|上午|下午|晚上|夜里|半夜|周末)(?:先|就|都|请|可不可以|能不能)?(?:别|不要|莫|勿|不用|唔好)(?:再|老|总|来)?(?:发|提醒|催|吵|打扰|烦|推|通知|骚扰)|^(?:先|请先)?(?:别|不要|莫|勿)(?:再)?(?:提醒|吵|打扰|烦)我?|^(?:免打扰|勿扰|静音)(?:.{0,8})$|(?-u:\b)snooze(?-u:\b)|(?-u:\b)(?:remind|ping|nudge|ask|text|message|notify|call|alert|tell|bug) me (?:again )?(?:later|tomorrow|tonight|again|in |at |on |next|this|after|when|about this (?:later|tomorrow)|mon|tue|wed|thu|fri|sat|sun|\d)|(?:don't|do not|dont|stop|no more|quit) (?:remind(?:ing)?|bother(?:ing)?|ping(?:ing)?|text(?:ing)?|messag(?:e|ing)|disturb(?:ing)?|nag(?:ging)?|bug(?:ging)?)(?: me)? (?:today|tonight|now|until|till|before|for|this)|^(?:not now|later(?: please)?|maybe later|talk later|ask (?:me )?(?:again )?later|(?:i'll|will|i will|let me) (?:get back|reply|answer|respond|come back)(?: to you)?(?: (?:later|soon|tomorrow|asap|in .+|after .+|when .+|shortly))?|(?:i'm |i am )?(?:in a meeting|busy(?: now| right now)?|driving)[, ]*(?:later|reply later|talk later|call later|ping me later)|do not disturb|dnd)$"
);
re!(NOT_SNOOZE, r"^(?:已|刚)|提醒过|已提醒|已通知|谢谢提醒|感谢提醒");
re!(
    APPROVE,
    r"^(?:我|本人|领导|原则上)?(?:已)?(?:同意|批准|准予|准许|予以批准|核准|照准|准了|批了|可以延|可以延期|同意申请)(?:了|啦|吧)?(?:该|此|其|你|您|他|她|的|延期|申请|延长|转交|转办|请求|宽限|方案|到|至)*(?:\S{0,14})$|^(?:ok to extend|extension (?:is )?(?:granted|approved|ok|okay)|approve[d]?(?: (?:it|the extension|extension|request|the request|for .+|until .+))?|granted|agree[d]?|permission granted|i (?:approve|agree|consent))$"
);
re!(
    REFUSE,
    r"^(?:我|本人|领导|县里|上级)?(?:不同意|不批准|不予批准|不予同意|不批|不准|不许|未同意|不能同意|不予延期|不得延期|不可以延期|不能延期|驳回|否决|不允许|唔同意|唔批)(?:该|此|其|你|您|的|申请|延期|延长|转交|转办|请求|再延)*(?:\S{0,14})$|^(?:not (?:approved|granted|agreed|accepted)|den(?:y|ied)|(?:extension|request) (?:is )?(?:denied|refused|rejected|not (?:approved|granted))|refuse(?:d)? (?:the )?(?:extension|request)|disagree[d]?|disapprove[d]?|no extension(?: for you)?|i (?:refuse|object|disagree)|(?:cannot|can't|do not|don't) (?:approve|agree|grant)(?: .{0,20})?)$"
);
re!(
    PASS,
    r"^(?:经|已|现场)?(?:复查|验收|核查|复核|查验|核验|检查|验证|复验|审核|现场)?(?:结果|情况)?(?:为|:|均|都|全部|已|经)*(?:合格|通过|符合要求|符合标准|达标|验收通过|没毛病)(?:了|啦|哒|的)?$|^(?:i(?:'ve| have)? )?(?:verif(?:y|ied)(?: ok| pass(?:ed)?| and ok| as done)?|pass(?:ed|es)?(?: inspection| verification)?|inspection (?:ok|passed)|verification passed|checked(?: and)? (?:ok|okay|good|fine)|looks good(?: to me)?|lgtm|acceptable|confirmed (?:ok|fixed|done))$"
);
re!(
    FAIL,
    r"^(?:经|现场)?(?:复查|验收|核查|复核|查验|核验|检查|验证|复验|审核|现场)?(?:结果|情况)?(?:为|:|还|仍|仍然|依然|均|都|又)*(?:不合格|不通过|未通过|没通过|没过|不达标|未达标|不符合要求|不符合标准|不合要求|过不了关|不过关|唔合格|不行)(?:[:,，]?(.*))$|^(?:返工|重新整改|继续整改|打回(?:重做|整改|去)?|退回(?:重做|整改|重新整改)|重做|重新做|重新弄|需要?(?:重做|返工|重新整改)|请?(?:重新|继续|再次)(?:整改|处理))(?:[:,，]?(.*))$|^(?:re-?do(?: it| this| the work)?|rework(?: it| needed)?|do it (?:again|over)|not (?:acceptable|up to (?:standard|code)|good enough|passed|satisfactory|verified)|fail(?:s|ed)?(?: (?:the )?(?:inspection|verification|check|re-?inspection))?|(?:inspection|verification|check) failed|needs? (?:rework|redoing|to be redone)|unsatisfactory|did(?:n't| not) pass|does(?:n't| not) pass|send (?:it )?back for rework)(?:[:, ]+(.*))?$"
);
re!(
    CLOSE,
    r"^(?:同意|准予|予以|可以|已|申请|请求)?(?:予以)?(?:销号|消号|核销)(?:了|吧|处理)?$|^(?:please )?(?:close|strike off|sign off)(?: it| this| item| the item| off)?(?: please)?$|^(?:closed|struck off|signed off)$"
);
re!(
    NIL,
    r"^(?:今日|今天|本日|昨日|今晚|本班|当班|夜间|值班期间|截至目前|目前|现场|全镇|全县|我镇|我县|我单位|辖区|本单位|各点位?|一切)?(?:内|均|都|全部|均为|暂)?(?:无异常|无情况|无事故|无突发(?:事件|情况)?|平安|一切正常|正常|零报告|无报告事项|安全无事|平安无事|没有(?:异常|情况|突发)(?:情况)?|没异常|未发现(?:任何)?异常|无险情|无灾情|无警情|冇异常)(?:情况)?(?:报告)?$|^零报告|^(?:nil|zero) (?:report|return)$|^(?:nothing (?:unusual|new) to report|all (?:quiet|normal|clear)|no incidents?(?: today| to report)?|nothing to report(?: today)?)$"
);
re!(
    CHECK_IN,
    r"^(?:已|我已|现已|准时)?(?:到岗|在岗|到位值班|上岗|值班在岗|在岗在位|签到|打卡|报到|值守中|接班)(?:了|哒)?$|^(?:已)?(?:完成)?(交接班?|交班|换班)(?:工作|手续)?(?:已|均)?(?:完成|完毕|办理完毕|结束|了)?$|^(?:on (?:duty|post|site)|checked in|check in|signed in|(handed over|handover (?:done|complete|completed)|shift (?:handed over|change done)))$"
);
re!(
    OPT_OUT,
    r"^(?:stop|unsubscribe|opt ?out|td|退订|取消订阅|拒收消息|不要再(?:给我)?发(?:消息|信息|短信|了)*(?:给我)?(?:了)?|别再(?:给我)?发(?:消息|信息|短信)?(?:了)?|别发了|不想收(?:到)?(?:消息|提醒)?了?|拉黑|屏蔽|stop (?:it|sending|messaging|texting|this|all|these messages|spamming)(?: me)?(?: .{0,20})?|remove me(?: from .+)?|leave me alone)$"
);
re!(
    STATUS,
    r"^(?:请|帮我|我想|我要|想)?(?:查询?|查看|查一下|看看?|看一下|列出|显示|打开)?(?:一下)?(?:我|本人|自己|我们?|我单位|本单位|我局|我镇)?(?:名下|手上|手里|手头)?(?:的)?(?:所有|全部|还有哪些|有哪些|哪些|当前|目前|最新|剩余|剩下|未完成|没完成|未办结|待办|逾期|超期|到期|今天到期|今日到期|本周|今天|明天到期|本周到期)*(?:的)?(?:任务|清单|列表|待办(?:事项)?|台账|明细|事项|状态|进度|情况|进展|隐患|项目|工作|到期|逾期|查询)(?:清单|列表|情况|一览|有哪些|如何)?(?:的)?$|^查(?:询|一下|下)?$|^(?:未完成|没完成|未办结)(?:的|的?有哪些|清单|列表|的?任务)$|还(?:有|剩|差)(?:几|多少|哪些|什么)|(?:有|剩)(?:几|多少)(?:项|个|条|件)|^(?:今天|今日|明天|本周|这周|本月)(?:要?)?(?:到期|截止)(?:的|有哪些|的有哪些)?$|^(?:逾期|超期|到期)(?:的|了的)?(?:有哪些|有几项)?$|^(?:status|list|todo|to-?do(?: list)?|(?:my|open|pending|overdue|outstanding|remaining|all|show|list|view|check|see)(?: (?:me|my|all|the|open|pending|overdue|current|outstanding|remaining))* ?(?:tasks?|items?|list|status|hazards?|work|deadlines?|todos?|assignments?|progress)|overdue|pending|what'?s? (?:is |are )?(?:due|open|left|pending|overdue|outstanding|next|new|on my (?:list|plate)|my (?:status|list|tasks?)|not (?:done|finished)|still open|remaining|the status|unfinished).*|how many .*|how (?:is|are|'s) (?:it|things?|we|that|the .+) (?:going|doing|coming).*|when (?:is|are) .*due.*|any (?:news|updates?|progress).*|which (?:items?|ones?|tasks?) .*)$"
);
re!(DUE_TODAY, r"今天|今日|today");
re!(OPEN, r"未完成|没完成|未办结|not (?:done|finished)|(?-u:\b)(?:open|outstanding|unfinished|pending)(?-u:\b)");
re!(OVERDUE, r"逾期|超期|overdue");
re!(
    BUSY,
    r"^(?:我)?(?:正)?(?:在)?(?:开会|开车|出差|培训|学习|值班|下乡|现场|忙)(?:中|着|呢|里)?$|^(?:i'm |i am )?(?:in a meeting|busy|driving|on the road|travel(?:l)?ing)(?: now| right now)?$"
);

/// Reads a request, if the clause is one.
pub(super) fn read(part: &Part, plain: &str, ctx: &Context, why: &mut Vec<String>) -> Found {
    service(part, plain, ctx, why)
        .or_else(|| decision(part, plain, ctx, why))
        .or_else(|| extension::read(part, plain, ctx, why))
        .or_else(|| passing::read(part, plain, why))
        .or_else(|| status(part, plain, why))
}

/// What the gateway itself is asked for.
fn service(part: &Part, plain: &str, ctx: &Context, why: &mut Vec<String>) -> Found {
    let mut says = |kind, text: &str| {
        why.push(text.to_string());
        Some((Intent::new(kind), Weight::Says))
    };
    if OPT_OUT.is_match(plain) && !part.asked {
        return says(IntentKind::OptOut, "wants no more messages");
    }
    if HELP.is_match(plain) && !NOT_HELP.is_match(plain) {
        return says(IntentKind::Help, "asks how to use the gateway");
    }
    if NIL.is_match(plain) && !part.asked {
        let (mut intent, weight) = says(IntentKind::Report, "nil report")?;
        intent.reason = Some("nil".to_string());
        return Some((intent, weight));
    }
    if let Some(c) = CHECK_IN.captures(plain).filter(|_| !part.asked) {
        let (mut intent, weight) = says(IntentKind::CheckIn, "on post")?;
        intent.reason = (c.get(1).is_some() || c.get(2).is_some()).then(|| "handover".to_string());
        return Some((intent, weight));
    }
    if UNDO.is_match(plain) && !NOT_UNDO.is_match(plain) && !part.asked {
        let (mut intent, weight) = says(IntentKind::Undo, "takes something back")?;
        intent.target = undone(plain);
        return Some((intent, weight));
    }
    if SNOOZE.is_match(plain) && !NOT_SNOOZE.is_match(plain) {
        let (mut intent, weight) = says(IntentKind::Snooze, "wants to be reminded later")?;
        intent.snooze_until = later(part, plain, ctx);
        return Some((intent, weight));
    }
    if BUSY.is_match(plain) && !part.asked {
        why.push("is busy".into());
        return Some((Intent::new(IntentKind::Unknown), Weight::Neutral));
    }
    None
}

/// What is taken back, if the clause names it.
fn undone(plain: &str) -> Option<IntentKind> {
    let has = |words: &[&str]| words.iter().any(|w| plain.contains(w));
    if has(&["完成", "办结", "搞定", "done", "complete", "finished"]) {
        Some(IntentKind::Done)
    } else if has(&["延期", "extend", "extension"]) {
        Some(IntentKind::Extend)
    } else if has(&["转交", "转办", "reassign"]) {
        Some(IntentKind::Reassign)
    } else {
        None
    }
}

/// When the next reminder is wanted: an hour as said; a day at nine in the morning.
fn later(part: &Part, plain: &str, ctx: &Context) -> Option<NaiveDateTime> {
    let morning = |date: chrono::NaiveDate| date.and_hms_opt(9, 0, 0);
    let quiet_today = plain.contains('别') || plain.contains("不要") || plain.contains('莫') || plain.contains('勿')
        || ["don't", "do not", "dont", "stop", "no more", "quit"].iter().any(|w| plain.starts_with(w));
    let hours = super::spans::spans(&part.low, ctx);
    hours.iter().find_map(|s| match &s.what {
        What::Moment(at) if *at > ctx.now => Some(*at),
        What::Moment(at) => at.checked_add_signed(Duration::days(1)),
        What::Minutes(n) => ctx.now.checked_add_signed(Duration::minutes((*n).min(100_000))),
        What::Day(day) if day.next <= ctx.now.date() => {
            quiet_today.then(|| morning(dates::shift(ctx.now.date(), 1))).flatten()
        }
        What::Day(day) => morning(day.next),
        What::Ahead(date) => morning(*date),
        What::Length(length) => dates::after_length(ctx, length).and_then(morning),
        _ => None,
    })
}

/// A supervisor's or verifier's word.
fn decision(part: &Part, plain: &str, ctx: &Context, why: &mut Vec<String>) -> Found {
    if part.asked {
        return None;
    }
    let says = |kind| Some((Intent::new(kind), Weight::Says));
    if REFUSE.is_match(plain) {
        why.push("does not agree".into());
        let (mut intent, weight) = says(IntentKind::Refuse)?;
        intent.target = (plain.contains('延') || plain.contains("exten")).then_some(IntentKind::Extend);
        return Some((intent, weight));
    }
    if APPROVE.is_match(plain) && !plain.contains("完成") {
        why.push("agrees".into());
        let (mut intent, weight) = says(IntentKind::Approve)?;
        intent.postpone = extension::postponed(part, ctx);
        return Some((intent, weight));
    }
    if let Some(c) = FAIL.captures(plain) {
        why.push("sends the work back".into());
        let (mut intent, weight) = says(IntentKind::VerifyFail)?;
        let reason = (1..=3).find_map(|n| c.get(n)).map_or("", |m| m.as_str().trim());
        intent.reason = (!reason.is_empty()).then(|| reason.to_string());
        return Some((intent, weight));
    }
    if PASS.is_match(plain) {
        why.push("found good".into());
        return says(IntentKind::VerifyPass);
    }
    if CLOSE.is_match(plain) {
        why.push("wants it struck off".into());
        return says(IntentKind::Close);
    }
    None
}

fn status(part: &Part, plain: &str, why: &mut Vec<String>) -> Found {
    if !STATUS.is_match(plain) {
        return None;
    }
    why.push("asks how things stand".into());
    let mut intent = Intent::new(IntentKind::Status);
    intent.by = people::claimed_for(&part.text).filter(|n| !n.is_empty());
    intent.reason = if DUE_TODAY.is_match(plain) {
        Some("due_today".into())
    } else if OVERDUE.is_match(plain) {
        Some("overdue".into())
    } else if OPEN.is_match(plain) && !plain.contains("多少") && part.items == Items::Unspecified {
        Some("open".into())
    } else {
        None
    };
    Some((intent, Weight::Says))
}
