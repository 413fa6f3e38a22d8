//! Handing an item to somebody else: 转给李四, 这事归水利局管, @李四 你来处理, "fwd to Li Si".
//!
//! Finds who is named, persons and units apart, as written. Does not know who they are.

use super::clauses::Part;
use super::{Intent, IntentKind, people};
use crate::core::patterns::{pattern, re};

const DOING: &str = "(?:来|去|进行|全权|具体|牵头|直接|继续)*(?:办理|处理|负责|跟进|整改|落实|牵头|办|处置|解决|管|管理|接手|承办|主办|完成|弄|搞|做|看|看看|看一下|负责整改|对接|协调|认领)(?:一下|吧|了|下|的|即可|为宜|好了|比较合适)*";

static GIVEN: std::sync::LazyLock<regex::Regex> = std::sync::LazyLock::new(|| {
    pattern(&format!(
        r"^(?:(?:请|烦请|麻烦|建议|申请|应该?|应当|可以|可|我|我们|已经?|现|拟|需|需要|要|想|帮忙?|把|将|直接|还是|那|就|统一|此件|此事|此项工作|该项工作|这项工作|后续|此项|该项|该件|该问题|该隐患|这事|这项|这个|这件事?|这条|它|任务|这块|不归我管|其|所以|因此)\s?)*(?:转(?:给|交|办|派|送|到|由|至|请|呈)*|移(?:交|送|给)(?:给|到|至)?|交(?:给|由|办)|交由|改派(?:给)?|改由|改成由?|重新?派给|派(?:给|单给)|分(?:给|派给)|指派(?:给)?|指定|委托|推给|由|让|请|烦请|麻烦|找|叫|换|归|属于?|属|是|划归|归口)\s?:?\s?@?\s?(?P<who>[\p{{Han}}A-Za-z、,和与及\s]{{2,24}}?)\s?(?P<doing>{DOING}|同志|的(?:职责|事|活|职能|业务|范围|工作|辖区|管辖)(?:范围)?|管辖(?:范围)?|辖区|主管|来|吧|的)?\s?$"
    ))
});
static MENTIONED: std::sync::LazyLock<regex::Regex> = std::sync::LazyLock::new(|| {
    pattern(&format!(r"^@\s?(?P<who>[\p{{Han}}A-Za-z]{{2,12}})[\s,:]*(?:请|麻烦)?(?:你|您|您来|你来)?(?:{DOING})\s?$"))
});
static NAMED: std::sync::LazyLock<regex::Regex> = std::sync::LazyLock::new(|| {
    pattern(&format!(
        r"^(?:此事|这事|这个|这项|该项|应)?(?P<who>\p{{Han}}{{2,12}}?)(?:负责|来办|来处理|去处理|去办|主管|牵头|接手|承办)(?:的|了|吧|一下)?$|^(?:换|改)(?P<other>\p{{Han}}{{2,6}})$|^(?:{DOING})人(?:改为|换成|变更为|是|改成)(?P<new>\p{{Han}}{{2,8}})$"
    ))
});
re!(
    ENGLISH,
    r"(?i)^(?:(?:please|pls|plz|kindly|can you|could you|you should|should|ok|hi|must|i|we|we've|i've|have|already|let's|this should be|it should be|this|it|should|be|needs to be|has been|was|is|to) )*(?:(?:re-?assign(?:ed)?|assign(?:ed)?|forward(?:ed)?|fwd|fw|pass(?:ed)?|transfer(?:red)?|hand(?:ed)?|give|send|route|delegate[d]?|redirect(?:ed)?|refer(?:red)?|move)(?: (?:this|it|that|item|the item|these|them|all|on|over|along|task|the task))* (?:to|over to) |(?:this |it )?(?:belongs? to|falls? (?:under|to)|is (?:for|with)) )@?(?P<who>[a-z\p{Han}][a-z\p{Han}'.&, -]{1,40}?)(?: (?:to|please|pls|instead|now|(?:to )?(?:handle|do|take|deal|fix|manage|take over|look|take care)(?: .+)?|for (?:this|that|handling)))?[.!]?$|^(?:please |pls |kindly |can you |could you )*(?:ask|let|have|tell) (?P<asked>[a-z\p{Han}][a-z\p{Han}'. -]{1,30}?) (?:to )?(?:handle|do|take|deal|fix|manage|take over|look|take care)(?: .+)?$|^(?:please |pls |re-?)*assign (?P<direct>(?-i:[A-Z][a-z]+)(?: (?-i:[A-Z][a-z]+))?)$|(?-i)^@?(?P<doer>[A-Z][a-z]+(?: [A-Z][a-z]+)?|(?:the )?[a-z ]{2,24}(?:brigade|bureau|department|dept|office|authority|council|agency|police|team)) (?:should|will|can|could|must|is going to|to) (?:handle|do|take|take over|take care|deal|fix|manage)(?: .+)?$"
);
re!(
    NOT_HANDING,
    r"转(?:发|账|告|达|移资金|变|正|弯|换|岗|圈|好|了|载|包|让)|请(?:问|示|假|求|您|你|领导|上级|予|验|复|查|审|尽|及|按|立|务|核|确|谅|放|大家|各|稍|等|看|知|完|整改|处理|抓|组织|勿|不|注意|指示)|让(?:我|他|她|你|其|企业)|找(?:到|不到|人|资金|钱)|叫(?:我|他|你|停)|由于|属实|归(?:档|位|一|零|还)|是(?:在|正|否|的|不|我|因|否则|这|什么|谁|哪|怎么)|不(?:要|用|能|会|是|该)?(?:转|移交|交给)|由(?:我|本)|交给我|找我|属我|归我|(?:转|交)给?(?:谁|哪)|吗$|(?:没|未|尚未)(?:转|移交|交)|谁|哪个|(?-u:\b)(?:don't|not|never|can't|won't|who)(?-u:\b)"
);
re!(
    NO_TARGET,
    r"^(?:ok|i|we|it|this|that|they|he|she|going|yes|please|who|what|nothing|work|我|我们|本局|本人|他|她|他们|别人|其他人|你|你们|您|专人|人|企业|施工队|大家|领导|上级|有关部门|相关部门|有关单位|me|us|him|her|them|it|someone|somebody|you|be|know|everyone|do|get|done|have|the right person)$"
);

/// `Reassign` with the persons or the unit named.
pub(super) fn reassign(part: &Part, plain: &str) -> Option<Intent> {
    if part.asked || (NOT_HANDING.is_match(plain) && !part.text.starts_with('@')) {
        return None;
    }
    let text = part.text.trim().trim_end_matches(['!', '.', '~', ' ']);
    let at = text.starts_with('@');
    let (who, certain) = if let Some(c) = MENTIONED.captures(text) {
        (c.name("who")?.as_str(), true)
    } else if let Some(c) = GIVEN.captures(text) {
        (
            c.name("who")?.as_str(),
            text.contains(['转', '移', '派', '@']) || text.contains("交给") || text.contains("交由"),
        )
    } else if let Some(c) = ENGLISH.captures(text) {
        (
            c.name("who").or_else(|| c.name("doer")).or_else(|| c.name("asked")).or_else(|| c.name("direct"))?.as_str(),
            true,
        )
    } else {
        let c = NAMED.captures(text)?;
        (c.name("who").or_else(|| c.name("other")).or_else(|| c.name("new"))?.as_str(), false)
    };
    let mut intent = Intent::new(IntentKind::Reassign);
    for name in split(who) {
        let name = tidy(name);
        if name.chars().count() < 2 || NO_TARGET.is_match(&name.to_lowercase()) {
            continue;
        }
        let unit = people::is_unit(&name);
        if !unit && !people::is_person(&name) && !(certain && (at || name.is_ascii() || name.chars().count() <= 4)) {
            continue;
        }
        if unit && intent.to_unit.is_none() { intent.to_unit = Some(name) } else { intent.to.push(name) }
    }
    (intent.to_unit.is_some() || !intent.to.is_empty()).then_some(intent)
}

re!(BETWEEN, r"(?i)[、,和与及]|\s(?:and|&)\s");

fn split(who: &str) -> Vec<&str> {
    BETWEEN.split(who).collect()
}

re!(TITLES, r"(?:同志|那边|他们|同事|来|去|吧|的)+$");

fn tidy(name: &str) -> String {
    let name = name.trim().trim_start_matches(['@', '给', '由']).trim();
    let name = TITLES.replace(name, "");
    let lower = name.to_ascii_lowercase();
    let name = if lower.starts_with("the ") { &name[4..] } else { &name };
    name.trim().trim_end_matches(['.', ',']).to_string()
}
