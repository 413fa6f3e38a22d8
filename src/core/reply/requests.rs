//! What the writer asks of the gateway, of his supervisor or of somebody else: undo, help, snooze, more
//! time, another person, sending back, how things stand; and what verifiers and supervisors answer.
//!
//! Tried before completion is looked for, in the order of how specific the words are. Does not know who
//! writes: whether he may approve or verify is decided by the caller.

use chrono::{Duration, NaiveDate, NaiveDateTime, NaiveTime};

use super::clauses::Part;
use super::span_days::slash_day;
use super::spans::What;
use super::{Context, Intent, IntentKind, Postponement, dates, handing, outlook, returning};
use crate::core::patterns::re;

/// The request in a clause, if there is one.
pub(super) fn read(part: &Part, plain: &str, ctx: &Context, why: &mut Vec<String>) -> Option<Intent> {
    let found = void(plain)
        .or_else(|| undo(plain))
        .or_else(|| help(part, plain))
        .or_else(|| opt_out(plain))
        .or_else(|| snooze(part, plain, ctx))
        .or_else(|| returning::decision(part, plain, ctx))
        .or_else(|| extension(part, plain, ctx))
        .or_else(|| handing::reassign(part, plain))
        .or_else(|| returning::reject(part, plain))
        .or_else(|| status(part, plain))
        .or_else(|| routine(part, plain))?;
    why.push(format!("request: {}", name(found.kind)));
    Some(found)
}

/// The kind as a word for the explanation.
fn name(kind: IntentKind) -> &'static str {
    match kind {
        IntentKind::Undo => "take back",
        IntentKind::Void => "void",
        IntentKind::Help => "how to use",
        IntentKind::OptOut => "no more messages",
        IntentKind::Snooze => "remind later",
        IntentKind::Extend => "more time",
        IntentKind::Reassign => "somebody else",
        IntentKind::Reject | IntentKind::VerifyFail | IntentKind::Refuse => "sent back or refused",
        IntentKind::VerifyPass | IntentKind::Approve | IntentKind::Close => "agreed",
        IntentKind::Status => "how it stands",
        _ => "report",
    }
}

re!(
    UNDO,
    r"^(?:(?:我要|请|帮我|麻烦|申请|不好意思|抱歉|哎呀?|啊|呃|刚才|刚刚|上面|前面|之前|那个|把)\s?)*(?:撤销|撤回|收回|作废|取消)\s?(?:了|吧|一下|掉|$|刚才|刚刚|上一?[条次个]|上次|之前|前面|前一|操作|第?\d|[a-z]\d|的|回复|报告|上报|完成|办结|申报|延期|转办|转交|转派|申请|提交|我的|那[条个]|此条|该条)|^(?:刚才|刚刚|上面|前面|之前|上一?[条次个]|前一?[条次个]|我上[条次个]|方才|刚|以上|那条|昨天)(?:的|那)?(?:条|个|次|一条)?(?:\p{Han}{0,8})(?:作废|不算数?|撤回|撤销|发错了?|写错了?|打错了?|说错了?|点错了?|弄错了?|搞错了?|报错了?|忽略|无效|取消|当我没说|有误)|^(?:我|不好意思|抱歉|哎呀?|呃|对不起|刚才|刚刚)?\s?(?:是我)?(?:搞错|弄错|说错|写错|打错|点错|按错|报错|填错|选错|手滑|手误|误操作|误触|误点|误按|误发|发错|回错|回复错|点快)(?:了|啦|哒|哦|的|$)(?:.{0,4})$|^(?:完成|延期|办结|上[条个]\p{Han}{0,6})(?:撤销|撤回|作废)$|^(?:当我没说|不算数|恢复到?原状|回退|返回上一步|反悔了?|收回前言)|^(?:(?:sorry|oops|ah|oh|no|wait|pls|please|hi|hey|my bad)\W*)*\W*(?:undo(?-u:\b)|i take (?:that|it|this) back|revert|retract|take (?:that|it) back|(?:please )?cancel (?:that|it|this|my|the last|last|previous|done|completion|extension)|scratch that|strike that|never ?mind(?: that)?$|my mistake|my bad|oops|wrong (?:button|item|number|key|one)|(?:please )?(?:ignore|disregard|forget|withdraw|recall|delete|cancel) (?:that|this|it|my (?:last|previous|earlier|reply|message|answer|done|request)|(?:the )?(?:last|previous|above) (?:message|reply|one|answer|text))|i (?:was|am) wrong|sent (?:that )?(?:by mistake|in error)|(?:that|it) was (?:a mistake|an error|wrong|sent by mistake)|(?:pressed|clicked|hit|typed|sent) (?:it |that |the )?(?:wrong|by (?:mistake|accident)|accidentally)|didn't mean (?:to|that)|typo|cancel$)"
);
re!(
    UNDO_NOT,
    r"(?:不要|别|勿|不用|不能|不许|无需|能否|能不能|可以.{0,4}吗|怎么|如何|不)(?:再)?(?:撤销|撤回|取消|作废)|don't (?:undo|cancel)|找错|发错人|错人|how|wrong (?:person|guy)"
);

// Words that take back an answer, or strike the item itself.
re!(CANCELS, r"作废|取消|无效|(?-u:\b)(?:cancel|delete|withdraw)(?-u:\b)");
re!(
    OF_AN_ANSWER,
    r"刚才|刚刚|上面|前面|之前|上一|上次|上条|我上|前一|方才|操作|回复|报告|上报|完成|办结|申报|延期|转办|转交|转派|申请|提交|我的|那[条个]|(?-u:\b)(?:last|previous|earlier|above|my|message|reply|answer|request|that|extension|done|completion)(?-u:\b)"
);
// Said of the item, with or without the reason behind it.
re!(
    VOID,
    r"^(?:请|予以?|建议|申请|应当?|可以?|拟|现|已|把|将|它|其|该项|此项|本项|这项|该条|此条|该隐患|此隐患)*(?:予以?)?(?:作废处理|作废掉)(?:了|吧)?$|^(?:(?:请|建议|申请|应当?|拟|现)*予以?|(?:请|建议|把|将)?(?:该项|此项|本项|这项|该条|此条|该隐患|此隐患))(?:请|予以?)?(?:作废|取消)(?:了|吧)?$|^(?:请|建议)?(?:作废|取消)(?:该项|此项|本项|这项|该条|此条|该隐患|此隐患)$|^(?:please |pls |kindly )?void(?:ed)?(?: (?:it|this|this one|item|the item|this item|entry|this entry|please))*$"
);
re!(
    VOID_BECAUSE,
    r"^(?:请|予以?|建议|申请|(?:please |pls |kindly )?)*(?:作废|取消|(?:void|cancel)(?: (?:it|this|item|this item))?)\s?(?:[:(-]|因为?|原因是?|as |because )\s?(.{2,}?)\)?$"
);

fn void(plain: &str) -> Option<Intent> {
    if UNDO_NOT.is_match(plain) {
        return None;
    }
    let mut intent = Intent::new(IntentKind::Void);
    if let Some(c) = VOID_BECAUSE.captures(plain).filter(|_| !OF_AN_ANSWER.is_match(plain)) {
        intent.reason = Some(c[1].trim().to_owned());
        return Some(intent);
    }
    VOID.is_match(plain).then_some(intent)
}

re!(
    ASKS_INSPECTION,
    r"^(?:(?:我|我们|我单位|我司)?(?:现|特|已|可以?)*(?:申请|请求?|提请|报请|恳请|敬请|烦请|麻烦|望))(?:领导|上级|您|你们?|专家|贵局|安委办|及时|尽快|予以?|组织|安排|派人|现场|来人?|前来)*(?:验收|复查|核查|核验|复验|销号)(?:一下|吧|为盼|为荷|谢谢)*$|^(?:please |pls |kindly )?(?:verify|inspect|re-?inspect|come and (?:verify|check|inspect))(?: (?:it|this|now|please))*$|^(?:it is |it's |now |all )?ready (?:for (?:the |an? )?(?:inspection|re-?inspection|verification|check|checking|close-?out)|to be (?:inspected|verified|checked|closed))(?: now| please)?$|^(?:i |we )?(?:request|requesting|apply for|applying for|ask for|asking for) (?:an? |the )?(?:inspection|re-?inspection|verification|close-?out|closure)$"
);

/// Asks for the check or the close-out, and says nothing else.
pub(super) fn asks_inspection(low: &str) -> bool {
    ASKS_INSPECTION.is_match(low.trim())
}

fn undo(plain: &str) -> Option<Intent> {
    if !UNDO.is_match(plain) || UNDO_NOT.is_match(plain) {
        return None;
    }
    let mut intent = Intent::new(IntentKind::Undo);
    intent.confirm = CANCELS.is_match(plain) && !OF_AN_ANSWER.is_match(plain);
    let has = |words: &[&str]| words.iter().any(|w| plain.contains(w));
    intent.target = if has(&["延期", "extension", "extend"]) {
        Some(IntentKind::Extend)
    } else if has(&["转给", "转交", "转办", "转派", "reassign"]) {
        Some(IntentKind::Reassign)
    } else if has(&["完成", "办结", "搞定", "done", "complet", "finished", "fixed"]) {
        Some(IntentKind::Done)
    } else {
        None
    };
    Some(intent)
}

re!(
    HELP,
    r"^怎么办$|(?:怎么办|怎么打)$|^(?:我|我们)?(?:只)?(?:回复?|点|发|打|按)(?:了)?[^,]{0,6}(?:之?后)?(?:还)?(?:要|该)?(?:干|做)(?:什么|啥|嘛)$|^(?:只)?(?:回复?|点|发|打|按)\p{Han}{0,4}(?:就)?(?:行|可以|够)了?(?:吗|么)|^(?:can|could) (?:you|someone|anyone) (?:please )?(?:explain|tell me how|show me how|help)|^(?:(?:请问|请教|你好|您好|我想问|问一?下|那个?|这个?|领导|老师|hi|hello|hey)[\s,]*)*(?:(?:帮助|帮帮?忙?|救助|使用(?:说明|方法|指南|帮助)?|操作(?:说明|指南|手册|方法)|说明书?|指令(?:列表|大全|说明)?|命令(?:列表)?|菜单|功能(?:列表|介绍|说明)?|有(?:什么|哪些)(?:指令|命令|功能|用法)|用法|教程|回复格式|格式|帮助一下|帮我一下|求助客服|客服|人工)(?:$|是什么|有哪些|吗|呢|啊|在哪|怎么)|.{0,10}?(?:怎么|怎样|如何|咋|咋个|怎)(?:样)?(?:来|去|进行|个|才能|才算|在这|在群里|在系统|给你|给你们|跟你)*\s?(?:回复?|用|使用|操作|填报?|写|报|上报|申请|申报|延期|转(?:办|交|给|派)?|撤(?:销|回)|提交|反馈|答复|发|弄|点|销号|标记|上传|报完成|确认|登记|绑定|查|查询|设置|取消|退回|搞|处理这|完成)|.{0,12}(?:有(?:什么|啥)用|(?:是)?(?:什么|啥|何)意思|的意思是?$|什么作用|干(?:什么|嘛|啥)用的?|做什么用|会怎么?样)|.{0,12}(?:回复?|发送?|输入?|填|写|打)(?:个)?(?:什么|啥|哪个|哪些|几)|你(?:是谁|是什么|会(?:什么|干|做)|能(?:干|做|帮))|.{0,8}(?:要|该|应该|需要)(?:回复?|发|填|写|输|点|按)(?:什么|啥|哪|完成还是)|.{0,8}能(?:不能|否)?(?:撤销|撤回)吗?$|.{0,8}可以(?:撤销|撤回)吗?|不会(?:用|操作|弄|回|填)|(?:可以|能|能不能|可不可以)(?:发|传|上传)(?:图|照片|视频|语音|文件).{0,4}|(?:点|按|回复?|发|输入?)(?:一?下|个)?(?:完成|办结|done)(?:就|也|键|按钮)?(?:行|可以|好|够|成)(?:了)?(?:吗|么|不))|^(?:\W*)(?:help(?: me| please| pls)?$|please help$|commands?(?: list)?$|menu$|usage$|manual$|options$|instructions\??$|guide$|how\??$|(?:so |and |ok |sorry )?how (?:do|can|should|does|to|would|could)\b|how to\b|what (?:do|should|can|must|shall|could) i (?:send|reply|type|write|say|do|answer|enter|text|put)|what (?:is|are|does) (?:this|the commands?|the options|that mean|it mean|you|'?done'?|\S+ mean|\S+ do)\b|what(?:'s| is) this (?:bot|about|for|number)?|what are (?:my|the) options|which (?:word|command|words|button)|what happens (?:if|when)|who (?:are you|is this)|explain\b|how does (?:this|it) work|i don't (?:understand|know how|get it)|not sure how to)"
);
re!(
    HELP_NOT,
    r"怎么(?:样了?|还|回事|说|这么|又|可能|会|没|不|个情况|搞的|弄的|办的|都)|怎样了|如何了|咋样|咋还|咋没|what(?:'s| is| are) (?:due|open|left|overdue|the status|outstanding|pending|not|still)|how (?:is|are|far|many|much|long)|怎么(?:搞|弄|办|处理|整改)(?:得|了)"
);

fn help(part: &Part, plain: &str) -> Option<Intent> {
    if plain.is_empty() && part.asked {
        return Some(Intent::new(IntentKind::Help));
    }
    (HELP.is_match(plain) && !HELP_NOT.is_match(plain)).then(|| Intent::new(IntentKind::Help))
}

re!(
    OPT_OUT,
    r"^(?:stop|unsubscribe|opt[- ]?out|quit|remove me.*|stop (?:sending|texting|messaging|contacting|e-?mailing|these|all|reminders?|notifications?|messages?|spamming).*|(?:please |pls )?(?:take me off|remove me from|don't (?:send|text|message|contact|e-?mail) me).*|no more (?:messages|reminders|texts|emails|notifications).*|leave me alone|退订|td|取消订阅|取消提醒|取消通知|关闭(?:提醒|通知|推送)|(?:请|麻烦)?(?:不要|别|莫|勿)再?(?:给我)?(?:再)?(?:发|推送|骚扰|打扰|通知|提醒)(?:我|短信|消息|信息|了|通知)*|不想(?:再)?(?:收|接)到?.{0,8}|拉黑|屏蔽|停止(?:发送|推送|提醒|通知)|把我(?:移除|移出|删).{0,6})[.!~\s]*$"
);
re!(TODAY_ONLY, r"今天|今日|今晚|先|现在|暂时|today|tonight|now|until|till|for a while");

fn opt_out(plain: &str) -> Option<Intent> {
    (OPT_OUT.is_match(plain) && !TODAY_ONLY.is_match(plain)).then(|| Intent::new(IntentKind::OptOut))
}

re!(
    SNOOZE,
    r"提醒(?:我|一下|下|一声|一次)?(?:$|吧|哈|啊|谢谢)|(?:再|后)(?:提醒|叫|喊|催|通知|问)(?:我|一下)?|^(?:今天|今晚|现在|暂时|这会儿?|目前|上午|下午|中午|明天)?(?:请|先)?(?:先|暂时)(?:别|不要|莫|勿|不用)(?:再)?(?:发|催|提醒|吵|打扰|推|通知|问)|^(?:今天|今晚|现在|中午|明天|周末|晚上)(?:请)?(?:别|不要|莫|勿)(?:再)?(?:发|催|提醒|吵|打扰|推|通知)|^(?:我)?(?:正?在)?(?:开会|忙|开车|出差|会议|路上|太忙|很忙|外面?|上课|培训|接待|睡觉|休息|吃饭|下乡|飞机上)(?:中|着|呢)?(?:[\s,].*)?$|^(?:稍后|晚点|晚些|待会儿?|等会儿?|等下|一会儿?|回头|过会儿?|有空|空了|忙完|开完会|会后|散会后|得空|晚一点|迟点|过一?阵|回来|到办公室|下班前?|明天|下午|晚上|改天)(?:我)?(?:再|就|来|给你们?|跟你们?)*(?:回复?|答复|说|聊|报|汇报|看|讲|联系|告诉|反馈|处理回复|回你们?|回信|回电|提醒|叫|填报?)(?:了|你|您|吧|一下|下|哈|啊|看|的|给你)*$|^(?:稍后|晚点|待会儿?|回头|晚些|过会儿?|等会儿?先?|先?等等|等下先?|先等一?下)$|延后提醒|静音|免打扰|(?-u:\b)(?:remind (?:me|us)|snooze|ping me|nudge me|^not (?:today|right now|this week)$|not now|ask (?:me )?(?:again|later)|(?:try|ask|call|text|message|contact) (?:me )?(?:again )?(?:later|tomorrow|in an? |in \d)|(?:will|i'll|i will|let me|can i) (?:reply|answer|respond|get back|report|text|call|update you|let you know)(?: to you)?(?: \w+)?(?: (?:later|soon|shortly|tomorrow|tonight|then|after .+|in .+|when .+))?$|get back to you|busy(?: right)?(?: now| at the moment)?$|can't (?:talk|answer|reply|text)|in a meeting|i'm (?:busy|driving|in a|travelling|traveling)|driving|mute|quiet (?:until|for|today)|don't (?:disturb|remind me (?:today|until|before|now))|later$|maybe later|talk later|no (?:more )?reminders (?:today|until|before|tonight)|(?:leave|send) (?:it|this|me)?.{0,12}(?:till|until) (?:tomorrow|monday|next))"
);
re!(
    SNOOZE_NOT,
    r"不(?:用|要|必|需要)再?提醒|(?:谢谢|感谢|多谢|已|收到)(?:您|你)?的?提醒|提醒(?:过|了)(?:他|她|企业|业主|他们|对方)|no need to remind|thanks? for (?:the )?remind|(?:何时|什么时候|几点)提醒"
);
re!(LENGTH, r"小时|钟头|分钟|刻钟|(?-u:\b)(?:h|hrs?|hours?|mins?|minutes?)(?-u:\b)|(?-u:\d)(?:h|hrs?|mins?)(?-u:\b)");

fn snooze(part: &Part, plain: &str, ctx: &Context) -> Option<Intent> {
    if !SNOOZE.is_match(plain) || SNOOZE_NOT.is_match(plain) || outlook::has_completion(plain) {
        return None;
    }
    let mut intent = Intent::new(IntentKind::Snooze);
    let today = ctx.now.date();
    let (mut day, mut moment) = (None, None);
    for span in &part.spans {
        match &span.what {
            What::Day(d) => day = Some(d.next),
            What::Ahead(d) => day = Some(*d),
            What::Length(length) => day = dates::after_length(ctx, length),
            What::Minutes(n) => intent.snooze_for = Some(*n),
            What::Moment(m) if LENGTH.is_match(&part.low[span.start..span.end]) => {
                intent.snooze_for = Some((*m - ctx.now).num_minutes());
            }
            What::Moment(m) => moment = Some(*m),
            _ => {}
        }
    }
    if let Some(minutes) = intent.snooze_for {
        intent.snooze_until = ctx.now.checked_add_signed(Duration::minutes(minutes.clamp(1, 600_000)));
        return Some(intent);
    }
    // 今天先别发: "not today" is the next morning.
    let morning =
        |date: NaiveDate| at_hour(if date <= today { dates::shift(today, 1) } else { date }, part_of_day(plain));
    let silent_now = moment.is_none()
        && (plain.contains("先别") || plain.contains("别发") || plain.contains("别催") || plain.contains("不要"));
    intent.snooze_until = match (moment, day) {
        (Some(m), _) if m > ctx.now => Some(m),
        (Some(m), _) => Some(m + Duration::days(1)),
        (None, Some(date)) if date > today => Some(morning(date)),
        (None, Some(date)) if silent_now || plain.contains("today") => Some(morning(date)),
        (None, Some(date)) => later_today(date, plain, ctx),
        _ => None,
    };
    Some(intent)
}

/// The hour meant by a part of the day; nine, the usual hour of reminders, if none is named.
fn part_of_day(plain: &str) -> u32 {
    if plain.contains("下午") || plain.contains("afternoon") {
        14
    } else if plain.contains('晚') || plain.contains("evening") || plain.contains("tonight") {
        19
    } else {
        9
    }
}

fn at_hour(date: NaiveDate, hour: u32) -> NaiveDateTime {
    date.and_time(NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or(NaiveTime::MIN))
}

fn later_today(date: NaiveDate, plain: &str, ctx: &Context) -> Option<NaiveDateTime> {
    let at = at_hour(date, part_of_day(plain));
    (at > ctx.now).then_some(at)
}

re!(
    EXTEND,
    r"^延$|^ext(?:n|d)?\.?\s?\+?\d|^(?:i |we )?needs? (?:about |another )?(?:\d+|a|an|one|two|three|four|five) (?:more )?(?:working )?(?:days?|weeks?|months?)(?: more)?$|^new (?:date|deadline|due date)|^(?:until|till|til) |(?-u:\b)(?:\d+|two|three|four|five|six|seven|ten) (?:days?|weeks?|months?|working days?) more(?-u:\b)|(?-u:\b)needs? (?:it |\w+ )?until(?-u:\b)|延期|展期|宽限|宽延|延长|顺延|延缓|推迟|缓期|缓一?缓|缓(?:几|\d|[一二两三四五六七八九十])|延(?:[到至后]|\s?-?\d|[一二两三四五六七八九十半几])|(?:再|多|能)?(?:多给|再给|给)(?:我|我们|点|些|几|一点|一些)*(?:\d|[一二两三四五六七八九十半几]|时间|点时间|些时间|一段)|再(?:要|需)(?:要)?(?:\d|[一二两三四五六七八九十半几])|(?:往|向)后(?:推|延|拖|挪|移)|推后|延后|拖后|后延|拖(?:几|两|\d)|通融|改期|(?:推|改|放宽|放|调整?|挪|移|限)到|限期(?:改|调|放)|晚(?:几|\d+|[一二两三四五六七八九十])个?(?:天|日|周|工作)(?:交|报|完成|整改|办)?|(?:期限|时限|截止)[^,]{0,6}(?:到|至|改|放宽|延)|(?:申请|希望|要求|请求|需要?|还要|还需|再需)(?:再|多|延)?(?:\d|[一二两三四五六七八九十半几])+个?(?:天|日|周|工作日|月|星期)|时间不够|(?:加|补)(?:\d|[一二两三四五六七八九十])+个?(?:天|日|周|工作日)|(?:^|\s)\+\s?\d{1,4}(?:\s|$|\D)|(?-u:\b)(?:extend(?:ed|ing)?|extension|exten|postpone|defer|put (?:it )?off|push (?:it |this |the (?:date|deadline|due date) )?(?:back|out|to|till|until)|delay (?:it |this )?(?:until|till|to|by|for)|(?:more|extra|additional|another|further) (?:\w+ )?(?:time|days?|weeks?|months?|working|business|wk|wks)|(?:\d+|two|three|four|five|six|seven|ten|a few|couple of|an?) (?:more|extra|additional|further|other) (?:\w+ )?(?:days?|weeks?|months?|d|w)|(?:have|need|give (?:me|us)|want|get) (?:it )?(?:until|till|til)|give (?:me|us) (?:a |an |\d|two|three|four|five|another|some|more|one)|(?:move|shift|change|reschedule) (?:it|this|the (?:date|deadline|due date)|deadline|due date)? ?(?:back |out )?(?:to|till|until|by)|deadline (?:be |to be )?(?:moved|changed|extended|shifted|pushed|postponed)|grace period|pma|petition for modification|new deadline|later deadline)"
);
re!(
    EXTEND_NOT,
    r"(?:不|无需|不用|不需要?|不再|没有?|不必|不申请|毋须|无须|勿)(?:再|申请|想|会|需|要|能|得|用|必)*(?:延期|展期|宽限|推迟|延长|延后|顺延)|(?:not|n't|without|no need for|don't need|no need to) (?:an? |any |to |ask for )*(?:extend|extension|more time|postpone|defer)|no extension (?:needed|required|necessary)"
);
re!(
    ABOUT_EXTENSION,
    r"以为|本来要|原本要|extension .*(?:approved|granted|accepted)|(?:延期|延长|宽限)(?:了|的)?(?:那|这|第|申请)?(?:\p{Han}{0,6})(?:批|通过|同意|批准|下来)了?(?:没|吗|否|么)|延期(?:是)?(?:什么|啥)|延长线|延长(?:段|杆|管)|无限延期|推迟了"
);
re!(
    DONE_ANYWAY,
    r"(?:已|都|均|全部|现)[^,]{0,8}(?:完成|办结|整改|搞定|完毕|处理|闭环)|(?-u:\b)(?:is|was|already|now|all) (?:done|finished|fixed|completed)"
);

/// The writer says that he needs no more time: takes nothing back and asks for nothing.
pub(super) fn needs_no_time(plain: &str) -> bool {
    EXTEND_NOT.is_match(plain)
        && !outlook::has_completion(plain)
        && !outlook::doubtful(&EXTEND_NOT.replace_all(plain, ""))
}

fn extension(part: &Part, plain: &str, ctx: &Context) -> Option<Intent> {
    let lone = lone_plus(plain);
    if lone.is_none() && !EXTEND.is_match(plain) || EXTEND_NOT.is_match(plain) || ABOUT_EXTENSION.is_match(plain) {
        return None;
    }
    let asked = lone.or_else(|| length(part, plain, ctx));
    let named = [
        "延",
        "until",
        "need",
        "ext",
        "new d",
        "宽限",
        "推",
        "缓",
        "exten",
        "postpone",
        "defer",
        "push",
        "more",
        "additional",
        "extra",
        "+",
        "pma",
        "another",
    ];
    let firm = named.iter().any(|w| plain.contains(w));
    // 还需3天完成 says when it will be finished; 延期3天完成 asks for time.
    if (outlook::has_completion(plain) && !firm) || (asked.is_none() && DONE_ANYWAY.is_match(plain)) {
        return None;
    }
    if asked.is_none() && !firm && !plain.contains('时') && !plain.contains("time") && !plain.contains("通融") {
        return None;
    }
    if outlook::is_conditional(plain) && asked.is_none() || outlook::is_hearsay(plain) {
        return None;
    }
    let mut intent = Intent::new(IntentKind::Extend);
    intent.postpone = Some(asked.unwrap_or(Postponement::Vague));
    intent.reason = reason(&part.text);
    Some(intent)
}

re!(PLUS, r"^\+\s?(\d{1,4})$");

/// `+3`: days, as the field's short form has it.
fn lone_plus(plain: &str) -> Option<Postponement> {
    let c = PLUS.captures(plain)?;
    c[1].parse().ok().map(Postponement::Days)
}

/// The length or the new date a clause asks for.
pub(super) fn length(part: &Part, plain: &str, ctx: &Context) -> Option<Postponement> {
    let today = ctx.now.date();
    let until = |date: NaiveDate| {
        if date < today { Postponement::Invalid(format!("past {date}")) } else { Postponement::Until(date) }
    };
    let mut found = None;
    for span in &part.spans {
        found = match &span.what {
            What::BadDay(text) => Some(Postponement::Invalid(format!("invalid {text}"))),
            What::Day(d) => Some(until(d.next)),
            What::Ahead(d) | What::Behind(d) => Some(until(*d)),
            What::Moment(m) => Some(until(m.date())),
            What::Length(length) => Some(length.clone()),
            What::Slash(a, b) => slash_day(*a, *b, ctx).map(|d| until(d.next)),
            _ => continue,
        };
        // 从9月25日延到9月30日: the later one counts.
        if found.is_some()
            && !part.low[..span.start].ends_with(['从', '由', '原'])
            && !part.low[..span.start].ends_with("from ")
        {
            break;
        }
    }
    if found.is_none()
        && let Some(c) = BARE_NUMBER.captures(plain)
    {
        return c[1].parse().ok().map(Postponement::Days);
    }
    found
}

re!(BARE_NUMBER, r"^(?:延期?|\+|extend|exten|extension)\s?(\d{1,3})$");
re!(
    REASON,
    r"(?:因为?|由于|原因(?:是|为|:)?|理由(?:是|为|:)?|(?-u:\b)(?:because(?: of)?|due to|since|reason(?: is|:)?|as the|owing to))\s?:?\s?(.+?)\s?(?:$|,|;|申请|请求|特?申|需要?|要求|要|故|特此|导致|致使|延|恳请|望|so we|we need|need)"
);

/// The writer's reason, if the text gives one in so many words.
pub(super) fn reason(text: &str) -> Option<String> {
    let c = REASON.captures(text)?;
    let reason = c[1].trim().trim_matches(['(', ')', ':', '"']).trim();
    (reason.chars().count() >= 2).then(|| reason.to_string())
}

re!(
    STATUS,
    r"(?:现在|目前|那边)?(?:是)?(?:什么|啥)(?:进度|情况|进展|状态)|谁(?:负责|在办|在弄|牵头|在管|处理)|^(?:我要|请|帮我|麻烦|想|给我|那|我想|请问|问一?下|领导|查一下|看看|看下)*\s?(?:查询|查看|看看|查一?[查下]|看一?下|列一?下|列出|显示)(?:任务|待办|进度|状态|清单|我的|一下|全部|所有|还有|哪些|隐患|情况|台账|$)|^(?:我的?(?:待办|任务|清单|事项|隐患|工作)|(?:任务|待办|隐患|事项|未办|未完成|逾期|超期|到期)(?:列表|清单|情况|事项|的|任务|项目|有哪些|查询|一览|多少|几.)|待办|列表|清单|台账|状态|进度|进展|情况|汇总|统计)(?:有哪些|是什么|多少|几.|呢|查询|怎么样|如何|咋样|$)|还(?:有|剩|差|欠)(?:多少|几|哪|什么|啥)|(?:剩|差|欠)(?:下|余)?(?:多少|几|哪)|有(?:几|多少|哪)[项条个件些](?:没|未|还|要|逾|超|任务|待|到期|快)?|(?:今天|今日|明天|本周|这周|下周|本月|这个?月)(?:要|有|会)?(?:到期|截止|超期|逾期)|到期的|逾期的|(?:哪|那)(?:些|几[项条个])(?:.{0,8})(?:没|未|到期|逾期|超期|完|办|要)|(?:没|未)(?:完成|办结|办|做|整改)(?:完)?的?(?:有|还有|是)?(?:哪|几|多少|清单|列表)|(?:什么时候|何时|几号|哪天|多久|几时|啥时候?)(?:到期|截止|要交|之前|必须|要完成|前)|(?:截止|到期)(?:日期|时间|日)?(?:是)?(?:什么|哪|几|多)|(?:进度|进展|情况|状态|事情|办|搞|弄|整改|处理|那边|这边|现在|目前)(?:得|的)?(?:怎么?样|如何|咋样|怎样|咋个样|到哪|什么程度)|(?:延期|申请|转办|退回)[^,]{0,8}(?:批|通过|同意|下来)[^,]{0,3}(?:没|吗|否|么)|(?-u:\b)(?:what do i (?:still )?(?:have|need) to do|what(?:'s|s| is| are)? (?:is |are )?(?:still |my |the )?(?:due|open|left|overdue|outstanding|pending|remaining|not (?:done|finished|complete)|status|on my (?:list|plate)|deadline|progress|items?|tasks?|late)|which (?:ones|items?|tasks?|one).*(?:due|open|left|overdue|late|outstanding|pending|not done)|(?:my|open|pending|outstanding|overdue|remaining) (?:tasks?|items?|list|to-?dos?|ones)$|how many\b|how (?:is it going|far|are we|much)|when (?:is|are) .*(?:due|deadline)|status(?: of .+| report| please| pls| check)?$|list(?: all| items| tasks| open| my .+)?$|show (?:me )?(?:my |all |open |the |what)?.*|any (?:updates?|news|progress)|extension .*(?:approved|granted|accepted)|(?:what's|where) (?:is )?the (?:status|progress)|where are we|due today|overdue\??$|anything (?:due|overdue|open|left)|todo list|is anything)"
);
re!(STATUS_NOT, r"(?:状态|情况|进度|进展)(?::|良好|正常|不变|不错|顺利)|不(?:清楚|知道)");

fn status(part: &Part, plain: &str) -> Option<Intent> {
    if !STATUS.is_match(plain) || STATUS_NOT.is_match(plain) && !part.asked {
        return None;
    }
    let mut intent = Intent::new(IntentKind::Status);
    let has = |words: &[&str]| words.iter().any(|w| plain.contains(w));
    let filter = if has(&["今天到期", "今日到期", "due today", "今天截止", "今天要到期", "今日截止"])
    {
        Some("due_today")
    } else if has(&["逾期", "超期", "overdue", "late"]) {
        Some("overdue")
    } else if has(&[
        "not done",
        "not finished",
        "not complete",
        "open",
        "outstanding",
        "pending",
        "未完成",
        "没完成",
        "未办",
        "没办",
    ]) && !plain.contains("多少")
    {
        Some("open")
    } else {
        None
    };
    intent.reason = filter.map(str::to_string);
    Some(intent)
}

re!(
    NIL,
    r"^(?:(?:今[天日]|本[日周月]|昨[天日]|当[天日]|目前|辖区|本镇|本乡|本县|本单位|我镇|我乡|我县|我单位|全[镇乡县]|值班|夜间|截至目前|一切|各[^,]{0,4}|日报|周报|:|\s)*)(?:零报告|零上报|无异常(?:情况)?|无情况|零事故|零事件|零隐患|无事故|无险情|无灾情|无警情|平安(?:无事)?|一切正常|一切平安|正常|无(?:重大|突发|特殊|异常|新增)(?:\p{Han}{0,4})(?:情况|事件|事项|隐患)|没有?异常(?:情况)?|未发现异常(?:情况)?|未发生(?:\p{Han}{0,6})(?:事故|事件|险情|火灾|灾情|情况)|无事)(?:发生|报告|上报)?$|^(?:nil(?: report)?|zero report|no incidents?(?: today| to report)?|nothing to report(?: today)?|all (?:clear|quiet|normal)(?: today)?|nothing unusual(?: today)?)$"
);
re!(
    HANDOVER,
    r"^(?:值班)?(?:已)?(?:交接班?|交班|接班|换班|轮班)(?:完成|完毕|了|已完成|顺利|结束|手续已?办?完?)?$|^(?:交接|换岗)(?:班)?(?:已)?(?:完成|完毕|结束)|(?-u:\b)(?:handover|hand-over|shift change|shift handed over) ?(?:done|complete|completed|finished)?$"
);
re!(
    ON_POST,
    r"^(?:我)?(?:已|现)?(?:到岗|在岗|上岗|到位值班|值班签到|签到|打卡|到岗在位|在岗在位|值守|值班)(?:到位|了|中|签到|打卡|履职|在位)?$|^(?:on (?:duty|post|shift)|checked in|checking in|clocked in|reporting for duty)$"
);

/// Daily reports and attendance.
fn routine(part: &Part, plain: &str) -> Option<Intent> {
    if part.asked {
        return None;
    }
    let (kind, reason) = if NIL.is_match(plain) {
        (IntentKind::Report, "nil")
    } else if HANDOVER.is_match(plain) {
        (IntentKind::CheckIn, "handover")
    } else if ON_POST.is_match(plain) {
        (IntentKind::CheckIn, "on_post")
    } else {
        return None;
    };
    let mut intent = Intent::new(kind);
    intent.reason = Some(reason.into());
    Some(intent)
}
