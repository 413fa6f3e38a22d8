//! Asking for more time, and how much.

use super::clauses::Part;
use super::judge::Weight;
use super::requests::Found;
use super::spans::{What, slash_day};
use super::words::re;
use super::{Context, Intent, IntentKind, Postponement};

re!(
    ASKS,
    r"延期|延长|延后|延缓|顺延|推迟|展期|宽限|宽延|缓期|暂缓|延时|延(?:个|上|到|至|一下|[\d一二两三四五六七八九十半几]|多)|缓(?:一缓|[\d一二两三四五六七八九十半几]|几|个)|(?:再|多|另|多再|再多)给(?:我|我们|咱)?(?:们)?(?:\S{0,3})?(?:[\d一二两三四五六七八九十半几]|点|些|多)|给(?:我|我们|多)(?:[\d一二两三四五六七八九十半几]+)?个?(?:天|日|周|星期|礼拜|月|时间|工作日)|(?:往后|向后|朝后|再往后)(?:推|挪|延|移|放)|推(?:到|至|后)|推[\d一二两三四五六七八九十几]|挪(?:到|至|后)|改期|改(?:到|至)(?:\d|[一二三四五六七八九十]|下|本|月|明|后|周|节|国庆|年)|(?:晚|迟)(?:[\d一二两三四五六七八九十半几]+)个?(?:天|日|周|星期|礼拜|工作日|月)|加(?:时|[\d一二两三四五六七八九十半几]+个?(?:天|日|周|星期|礼拜|工作日|月))|(?:需要?|要|还要|还需|需再|仍需)(?:更多|多点|再多|多些)(?:点|些)?时间|时间(?:不够|来不及|太紧|紧张).{0,4}(?:延|缓|宽|推)|(?-u:\b)(?:extend(?:ed|ing)?|extension|ext|postpone(?:d|ment)?|push(?:ed|ing)? (?:it |this |that |the (?:date|deadline) )?(?:back|to|out|by|until|till)|defer(?:red|ment)?|reschedule|prolong|pma|petition for modification)(?-u:\b)|(?-u:\b)(?:need|needs|want|require|requesting|request|give (?:me|us)|grant (?:me|us)|allow (?:me|us)|can (?:i|we) (?:have|get)|could (?:i|we) (?:have|get)|may (?:i|we) have|asking for|ask for|apply(?:ing)? for)(?: (?:a|an|some|another|about|just|at least|for))*(?: (?:[\d]+|one|two|three|four|five|six|seven|eight|nine|ten|couple of|few))?(?: (?:working|business|calendar))?(?: (?:more|extra|additional|further|longer))? ?(?:time|days?|weeks?|months?|hours?|until|till)(?-u:\b)|(?-u:\b)(?:[\d]+|one|two|three|four|five|another|few) (?:more|extra|additional) (?:working |business )?(?:days?|weeks?|months?)(?: (?:please|pls|needed|required))?|(?-u:\b)(?:delay|move)(?:ed)? (?:it |this |that |the (?:date|deadline) )?(?:to|until|till|by|back)(?-u:\b)|(?-u:\b)more time(?-u:\b)|^\+\s?\d{1,3}(?:\s?(?:wd|w|d|m|days?|weeks?|months?|天|日|周|个?工作日|个?月))?$"
);
re!(
    DENIED,
    r"(?:不|无需|不用|不需要?|不必|没有?|未|勿|莫|别|不要|不再|不想|不申请|无须|唔使|唔要|不会)(?:再|申请|要|用|需|能|得|打算)*(?:延期|延长|延后|推迟|顺延|宽限|展期|缓期|延)|(?-u:\b)(?:no|not|don't|do not|doesn't|without|never|won't)(?: (?:need|want|require|an|any|the|for|to|ask|request))* (?:extension|extend|postpone|more time|more days|pma)(?-u:\b)"
);
re!(
    ANSWERED,
    r"(?:延期|展期|宽限)(?:申请|请求)?(?:已|也|都|均|被)?(?:经)?(?:批准|批了|批复|同意|通过|批下来|获批|拒绝|驳回)|已(?:批准|同意|获批)(?:的)?延期|(?:extension|pma) (?:was|has been|is|got) (?:approved|granted|denied|refused|rejected)|already (?:extended|postponed)|已(?:经)?(?:延期|推迟|顺延|展期)(?:过|了|至|到)"
);
re!(LIMIT_ASKED, r"(?:最多|最长|最久|能|可以?)(?:能|可以?)?延(?:期|长)?(?:多久|多少|几天|几次|到什么时候|到何时)|how long can .*(?:extend|postpone)");
re!(
    REASON,
    r"(?:原因|理由|因为|因|由于|鉴于|考虑到|受)(?:是|为|:)?\s?(.{2,40}?)(?:,|;|$|的?(?:原因|影响)|需?申请延期|申请|需要?延|需延|延期|要求延|特申请|请求|推迟|故)|(?-u:\b)(?:because(?: of)?|due to|as|since|owing to|reason(?: is)?:?)(?-u:\b)\s*(.{2,60})$"
);
re!(TO_BEFORE, r"(?:到|至|为|(?-u:\b)(?:to|until|till|by|on|before))\s?(?:the )?$");

/// A request for more time.
pub(super) fn read(part: &Part, plain: &str, ctx: &Context, why: &mut Vec<String>) -> Found {
    let unknown = |weight| Some((Intent::new(IntentKind::Unknown), weight));
    if DENIED.is_match(plain) {
        why.push("wants no more time".into());
        return unknown(Weight::Neutral);
    }
    let found = ASKS.find(plain)?;
    if LIMIT_ASKED.is_match(plain) {
        why.push("asks for the rule".into());
        return Some((Intent::new(IntentKind::Help), Weight::Says));
    }
    if ANSWERED.is_match(plain) {
        why.push("speaks of an extension, asks for none".into());
        return unknown(Weight::Doubt);
    }
    why.push(format!("more time '{}'", found.as_str().trim()));
    let mut intent = Intent::new(IntentKind::Extend);
    intent.postpone = Some(postponed(part, ctx).unwrap_or(Postponement::Vague));
    intent.reason = REASON
        .captures(&part.low)
        .and_then(|c| c.get(1).or_else(|| c.get(2)))
        .map(|m| m.as_str().trim_matches([',', ' ', ':']).to_string())
        .filter(|r| !r.is_empty() && !super::spans::spans(r, ctx).iter().any(|s| s.end - s.start == r.len()));
    Some((intent, Weight::Says))
}

/// How much time the clause names: a day after "to" first, else a length, else any day.
pub(super) fn postponed(part: &Part, ctx: &Context) -> Option<Postponement> {
    let text = part.low.as_str();
    if let Some(n) = text.trim().strip_prefix('+').and_then(|n| n.trim().parse::<i64>().ok()) {
        return Some(Postponement::Days(n));
    }
    let spans = super::spans::spans(text, ctx);
    let directed = spans.iter().find(|s| TO_BEFORE.is_match(&text[..s.start]) && day(&s.what, ctx).is_some());
    let length = || {
        spans.iter().find_map(|s| match &s.what {
            What::Length(length) => Some(length.clone()),
            What::Minutes(n) => Some(if *n % 1440 == 0 { Postponement::Days(n / 1440) } else { Postponement::Vague }),
            _ => None,
        })
    };
    let any = || spans.iter().find_map(|s| day(&s.what, ctx));
    directed.and_then(|s| day(&s.what, ctx)).or_else(length).or_else(any)
}

fn day(what: &What, ctx: &Context) -> Option<Postponement> {
    let today = ctx.now.date();
    let date = match what {
        What::Day(day) => day.next,
        What::Moment(at) => at.date(),
        What::Ahead(date) | What::Behind(date) => *date,
        What::Slash(a, b) => match slash_day(*a, *b, ctx) {
            Some(day) => day.next,
            None => return Some(Postponement::Invalid(format!("invalid {a}/{b}"))),
        },
        What::BadDay(text) => return Some(Postponement::Invalid(format!("invalid {text}"))),
        _ => return None,
    };
    Some(if date < today { Postponement::Invalid(format!("past {date}")) } else { Postponement::Until(date) })
}
