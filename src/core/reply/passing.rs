//! Handing on and sending back: to whom, or why not mine.

use super::clauses::Part;
use super::judge::Weight;
use super::people::{is_person, is_unit};
use super::requests::Found;
use super::words::re;
use super::{Intent, IntentKind};

re!(
    HAND_ON,
    r"(?i)^(?:请|麻烦|烦请|建议|申请|应|应该|应当|我想|我要|要求|需|需要|可|能否|能不能|可以|该项|此项|这项|这个|该件|此件|这事|此事|请求|已)*(?:把|将)?(?:它|此事|这事|该项|这项|任务|该任务|此件|这条|该隐患|这个)*(?:转(?:交|办|派|给|送|由|至|到|请|呈)*给?|移交|移送|交(?:给|由|办给)|改派|改由|派给|派|分(?:给|派给|配给)|让给|甩给|指派给?|安排给|划给|推给|报给|交接给|换成|换)(?:给|到|至)?\s?(.{1,30}?)(?:来|去|负责|办理|处理|整改|落实|跟进|牵头|承办|解决|接手|处置|做|办|管|吧|了|啦|协助|一下)*$"
);
re!(
    BY,
    r"(?i)^(?:请|由|让|应由|应该由|改由|建议由|叫|须由|需由|麻烦)\s?(.{1,20}?)(?:来|去|负责|同志)*(?:办理|处理|负责|整改|落实|跟进|牵头|承办|解决|接手|处置|做|办|管|弄|搞|对接)(?:吧|了|一下|即可|为妥)?$"
);
re!(
    MENTION,
    r"(?i)^@\s?(\S{1,20}?)[\s,:]*(?:你|您|请|请你|请您|麻烦)*(?:来|去)?(?:办理|处理|负责|整改|落实|跟进|牵头|承办|解决|接手|处置|做|办|弄|搞|看)(?:一下|吧|下|理)?$"
);
re!(
    BELONGS,
    r"(?i)^(?:这|该|此|这个|这项|该项|此项|这件|这事|此事|该隐患|隐患|任务|应|应该|应当|是)*(?:归|属于?|隶属|是|应由|该由|由|应归|该归|要找|找|应找)\s?(.{2,16}?)(?:的)?(?:来)?(?:管|负责|管理|管辖|主管|职责|职责范围|的事|事情|业务|管的|负责的|的活|辖区|范围)(?:的|吧|才对|,.*)?$"
);
re!(
    EN,
    r"(?i)^(?:please |pls |kindly |could you |can you |can we |i'd like to |i want to |want to )?(?:re-?assign(?:ed)?|transfer(?:red)?|hand(?:ed)? (?:it |this |that )?over|hand(?:ed)?|forward(?:ed)?|fwd|pass(?:ed)?|give|assign|send|delegate|redirect|route|move|re-?direct|switch|refer)(?: (?:it|this|that|item|the item|this item|task|the task|this one|them|on))* (?:on )?to (.{2,40}?)(?: please| pls| instead| to (?:handle|fix|do|deal with).*| for (?:action|handling|repair).*)?$"
);
re!(EN_BELONGS, r"(?i)^(?:this |it |that )?(?:is|belongs to|should (?:go to|be (?:with|handled by))|falls under|is for|is the responsibility of)(?: the responsibility of)? ((?:the )?[a-z' ]{3,40}?)(?:'s (?:job|responsibility|task|duty|area))?$");
re!(NOT_A_NAME, r"^(?:你们?|您|我们?|他们?|她们?|谁|大家|自己|上级|领导|下面|别人|其他人?|有关|相关|相应|对口|抓紧|尽快|及时|马上|立即|完成|在办|正常|处理|整改|好|到|变|向|发|换|为|成|入|变|折|眼|化|移|运|型|账|me|you|us|him|her|them|someone|somebody|anyone|it|that)");
re!(NEGATED, r"(?i)^(?:不|别|莫|勿|无需|不用|不要|不能|无法|未|没)(?:要|用|能|想|必|再|需)*(?:转|移|交|派)|(?-u:\b)(?:don't|do not|not|never|can't|cannot) (?:re-?assign|transfer|forward|pass|hand|give|send)");

re!(
    WRONG_PERSON,
    r"(?:发|找|派|认|搞|弄|打|联系|@|艾特|通知|送|交办|转)错(?:了)?(?:人|对象|单位|部门|地方|号|群)(?:了|啦|吧)?|^(?:我)?不是(?:责任人|这个人|本人|机主|他本人|该单位的?(?:人)?|[\p{Han}]{2,3})$|你找错|(?-u:\b)wrong (?:person|number|guy|man|woman|recipient|contact|addressee|department|office|unit|one to ask)(?-u:\b)|not the right person|(?:i'm|i am) not (?:him|her|that person|the person|the right (?:one|person|contact)|responsible for this one)|^not me$|who is this|don't know (?:what|why) (?:this|you)"
);
re!(
    NOT_DUTY,
    r"(?:不|非|冇|唔|并不|并非|不是|不应|不该|不在|不属于?|不归|不关|与|跟|和|没有?|无)(?:应|该|应该|应当|是|属于?|归|在|由|系|关|属)*(?:我|我们|咱|咱们|俺|本人|我单位|本单位|我局|本局|我镇|本镇|我县|我村|本村|我司|本公司|我公司|我部门|本部门|我科|我队|我街道|我厂|我处|我站|我院|我校|我所|我乡|我社区|该单位)(?:们)?(?:单位|部门|局|镇|县|村|司|公司|厂|科室?|队|街道|这边|这里)?(?:的)?(?:来|去)?(?:管|管辖|管理|职责|职能|职权|责任|范围|辖区|负责|业务|事|事情|管的|权限|主管|监管|工作|任务|无关|没关系|关系|活|地盘|分管)|(?:超出|不在|不属于?|非)(?:我|我们|本|我单位|本单位|我局|我镇)?(?:的)?(?:职责|职权|管辖|辖区|权限|业务|管理|监管)(?:范围)?|(?:与|跟|和|同)(?:我|我们|本单位|我单位|我局|我镇|我司)(?:们)?(?:无关|没关系|不相干|冇关系|无涉)|不(?:归|由|是|属)(?:我|我们|咱们?|本单位|我单位|我局|我镇|我司)(?:们)?(?:的)?(?:管|负责|整改|办|处理|做|弄|搞)|(?-u:\b)(?:not|isn't|ain't|never) (?:within |in |under |part of )?(?:our|my) (?:job|responsibility|responsibilities|duty|duties|department|dept|task|area|jurisdiction|problem|business|remit|scope|department's|dep|district|item|hazard|site|concern)(?-u:\b)|(?-u:\b)(?:outside|beyond|out of) (?:our|my) (?:scope|remit|jurisdiction|responsibility|area|authority|duties)|(?-u:\b)not (?:mine|ours)(?-u:\b)|(?:we|i) (?:are|am|'re|'m) not responsible(?: for (?:this|it|that))?|nothing to do with (?:us|me)|doesn't belong to (?:us|me)"
);
re!(MINE, r"(?-u:\b)my(?-u:\b)|not mine|to me(?-u:\b)|with me(?-u:\b)");
re!(
    NOT_TRUE,
    r"不属实|不符合?(?:事实|实际)|与(?:事实|实际)不符|情况不实|不是事实|没有?这(?:回|个)?事|冇(?:咁|这)?回?事|子虚乌有|误报|虚报|反映不实|举报不实|不实(?:信息|举报|情况)?$|(?-u:\b)(?:not true|untrue|false (?:report|alarm|claim)|inaccurate|incorrect information|that's (?:not true|false|incorrect)|isn't true|not accurate|unfounded)(?-u:\b)"
);
re!(
    NOT_EXIST,
    r"(?:隐患|问题|情况|点位|单位|设备|场所|地址|企业)(?:根本|并|本来就|从来|实际)?(?:不存在|没有的?|并不存在|无此)$|^(?:根本|并)?不存在(?:该|这|此|这个|此类|所述)?(?:隐患|问题|情况)?$|查无此|(?:没|没有|无)(?:这个|该|此|这家|这处)(?:单位|隐患|点位|企业|地方|设备|问题)|现场(?:没有|未发现|没发现)(?:该|此|这个|所述)?(?:隐患|问题)|(?-u:\b)(?:no such (?:hazard|issue|thing|problem|place|item|unit|defect)|(?:does not|doesn't|do not|don't) exist|non-?existent|there(?:'s| is) no (?:such )?(?:hazard|issue|problem|defect)(?: here| there)?)(?-u:\b)"
);
re!(GONE_NOW, r"已(?:经)?不存在|已(?:经)?没有|现(?:在)?已|no longer exist");
re!(
    DUPLICATE,
    r"^(?:与?.{0,10})?重复(?:交办|派发|下发|派单|任务|工单|登记|上报|件|项|的|了|报送|发)*(?:了|的)?$|已有一?(?:条|项|件)(?:一样的|相同的|了)?$|(?:跟|与|和)(?:上|前|之前|第|另|上面|前面|其他).{0,8}(?:重复|一样|相同)|(?:收到|发)(?:过|了)(?:两|2|三)(?:次|遍|条)|(?-u:\b)(?:duplicate[ds]?|dup|repeated item|same as (?:item|#|no|the (?:other|previous|last)).*|already (?:have|got|listed|on the list|assigned)(?: (?:this|it|one))?)(?-u:\b)"
);
re!(
    MOVED,
    r"(?:已|已经|早已|早就|现已|刚)(?:经)?(?:调离|调走|调岗|调任|调动|调到|离职|离任|退休|卸任|换岗|转岗|辞职|离开|不在)|(?:我)?(?:不在(?:这个|该|原|那个|此|这)?(?:岗位?|职位|单位|部门|科室|局里?|镇里?|村里?|厂里?)(?:了|工作)?|不(?:再)?(?:分管|负责|担任|管)(?:这|该|此|这块|这个|安全|该项)?.{0,6}了|调走了|退休了|离职了|换人了|人已走)|(?-u:\b)(?:no longer (?:in charge|work|working|with|in (?:this|that) (?:post|position|role|job)|responsible|here|at)|(?:i've |i have |i )?(?:retired|resigned|left (?:the )?(?:company|post|unit|office|job|department|position)|moved (?:post|to another|on|departments?)|changed (?:jobs?|posts?|positions?)|been transferred|transferred (?:out|to another)))(?-u:\b)"
);
re!(
    SEND_BACK,
    r"^(?:请|予以|申请|要求|我要|作)?(?:退回|打回|退件|退单|拒收|拒绝|拒接|不接受|不接|拒签|不签收|不认可|不认|无法接受|不能接受|驳回|退回去|退回重派|退)(?:该|此|这|项|件|任务|交办|单|条|处理|了|吧|重派)*$|^(?:decline[ds]?|reject(?:ed|s)?|refuse[ds]?|return(?:ed)?(?: (?:it|this|to sender))?|send (?:it |this )?back|sent back|(?:can't|cannot|won't|do not|don't|not) accept(?:ed)?(?: (?:it|this|that))?|bounce(?:d)?)(?: (?:it|this|that|item|the item|task))?$"
);

/// A hand-over or a rejection.
pub(super) fn read(part: &Part, plain: &str, why: &mut Vec<String>) -> Found {
    if let Some(found) = reject_with_reason(part, plain, why) {
        return Some(found);
    }
    if let Some(found) = hand_on(part, why) {
        return Some(found);
    }
    if SEND_BACK.is_match(plain) && !part.asked {
        why.push("sends it back".into());
        return Some((Intent::new(IntentKind::Reject), Weight::Says));
    }
    None
}

fn reject_with_reason(part: &Part, plain: &str, why: &mut Vec<String>) -> Found {
    let english = plain.is_ascii();
    let reason = if WRONG_PERSON.is_match(plain) {
        "wrong_person"
    } else if NOT_DUTY.is_match(plain) {
        if english && MINE.is_match(plain) { "not_mine" } else { "not_our_duty" }
    } else if NOT_TRUE.is_match(plain) {
        "not_true"
    } else if NOT_EXIST.is_match(plain) && !GONE_NOW.is_match(plain) {
        "not_exist"
    } else if DUPLICATE.is_match(plain) {
        "duplicate"
    } else if MOVED.is_match(plain) {
        "moved_post"
    } else {
        return None;
    };
    if part.asked && reason != "wrong_person" {
        why.push("asks whether it is his".into());
        return Some((Intent::new(IntentKind::Unknown), Weight::Doubt));
    }
    why.push(format!("sends it back: {reason}"));
    let mut intent = Intent::new(IntentKind::Reject);
    intent.reason = Some(reason.to_string());
    Some((intent, Weight::Says))
}

/// Somebody else named to take it: a person or a unit, as written.
fn hand_on(part: &Part, why: &mut Vec<String>) -> Found {
    let text = part.text.trim().trim_end_matches(['!', '.', '。', '~', ' ']);
    if NEGATED.is_match(text) {
        return None;
    }
    let sure = [&*HAND_ON, &*MENTION, &*EN].into_iter().find_map(|r| r.captures(text));
    let loose = || [&*BY, &*BELONGS, &*EN_BELONGS].into_iter().find_map(|r| r.captures(text));
    let (captures, known_only) = match sure {
        Some(c) => (c, false),
        None => (loose()?, true),
    };
    let target = captures.get(1)?.as_str().trim().trim_matches(['@', ' ', '"', '\'']);
    if target.is_empty() || NOT_A_NAME.is_match(&target.to_lowercase()) {
        return None;
    }
    let names: Vec<String> = target
        .split(['、', ',', '&', '和', '及', '与'])
        .flat_map(|n| n.split(" and "))
        .map(|n| n.trim().trim_matches('@').trim_start_matches("the ").trim_start_matches("The ").to_string())
        .filter(|n| !n.is_empty())
        .collect();
    let english = target.is_ascii();
    let person = |n: &String| is_person(n) || (english && n.chars().next().is_some_and(char::is_uppercase));
    let unit = names.len() == 1 && is_unit(&names[0]) && !is_person_with_title(&names[0]);
    let plausible = unit || names.iter().all(person) || (!known_only && names.iter().all(|n| n.chars().count() <= if english { 30 } else { 8 }));
    if !plausible {
        return None;
    }
    why.push(format!("names {target}"));
    let mut intent = Intent::new(IntentKind::Reassign);
    if unit {
        intent.to_unit = names.into_iter().next();
    } else {
        intent.to = names;
    }
    Some((intent, Weight::Says))
}

/// 李局长, 王科: ends like a unit but is a person.
fn is_person_with_title(name: &str) -> bool {
    is_person(name) && name.chars().count() <= 4 && name.ends_with(['长', '任', '记', '总', '员', '工', '师'])
}
