//! Answers that send something back or settle it: verification, approval, refusal, rejection, closing.

use super::clauses::Part;
use super::{Context, Intent, IntentKind, requests};
use crate::core::patterns::{pattern, re};

const CHECK: &str =
    "(?:复查|验收|核查|复核|核验|验证|复验|抽查|查验|现场核查|现场检查|现场复查|督查|检查|审核|复检|初验|终验)";

static PASSED: std::sync::LazyLock<regex::Regex> = std::sync::LazyLock::new(|| {
    pattern(&format!(
        r"^(?:经|已|现场|我方|我局|今天|已经|专家|该项|此项|于|到现场|刚|\s)*{CHECK}(?:组|人员|结果|情况|意见|后|了|过|已|结论|,|:|\s|为)*(?:合格|通过|属实|符合要求|没问题|没有问题|无问题|达标|ok|pass(?:ed)?|可以|到位|同意销号)(?:了|,|同意销号|,?准予销号)*$|^(?:合格|通过|已通过|达标|符合要求|验讫|准予销号|同意销号|予以销号|可以销号)(?:了|{CHECK})?$|^已?通过(?:了)?{CHECK}(?:了)?$|^(?:verified|verification (?:passed|ok|successful)|inspection (?:passed|ok)|(?:it |this |item )?(?:has )?pass(?:ed|es)?(?: (?:the )?(?:inspection|verification|check|re-?inspection|review))?|inspected (?:and|&) (?:ok|approved|passed|accepted|fine)|checked (?:and|&) (?:ok|fine|verified|approved)|looks good to me|lgtm|verified (?:ok|on site|and (?:ok|closed)))$"
    ))
});
static FAILED: std::sync::LazyLock<regex::Regex> = std::sync::LazyLock::new(|| {
    pattern(&format!(
        r"^(?:经|已|现场|我方|我局|今天|已经|专家|该项|此项|\s)*{CHECK}(?:组|人员|结果|情况|意见|后|了|过|已|结论|,|:|\s|为|仍|还是|依然|均|都)*(?:不合格|不通过|未通过|没有?通过|未过|没过|不过关|不过|不达标|不符合(?:要求)?|不行|不到位|(?:发现)?(?:仍|还|仍然)?(?:有|存在)(?:\p{{Han}}{{0,4}})问题|发现(?:\p{{Han}}{{0,4}})问题|fail(?:ed)?)|^(?:仍|还是|依然|均|都|结果)?(?:不合格|不通过|未通过|没有?通过|不达标|不过关|不符合要求|返工|打回(?:重[办做搞新整改]+)?|重新?(?:整改|做|办|弄|搞|处理|返工)|退回(?:重[新办做]?|整改|返工|重新?整改)|推倒重来)(?:了|吧|处理|一下|一遍|整改)?(?:[,\s].*)?$|^(?:(?:verification|inspection|re-?inspection|check|it|this|item)?\s?(?:has )?(?:failed|fails|did not pass|didn't pass|does not pass|doesn't pass)(?: .{{0,20}})?|not (?:acceptable|accepted|good enough|up to standard|satisfactory|verified|passed|ok)|unacceptable|unsatisfactory|(?:please |pls )?(?:redo|rework|do (?:it |this )?(?:again|over)|fix (?:it )?again|try again)(?: .{{0,20}})?|send (?:it )?back (?:for|to) .*|rejected by (?:the )?(?:verifier|inspector)|needs? (?:rework|redoing|to be redone))$"
    ))
});
re!(
    APPROVE,
    r"^(?:(?:我|我局|领导|经研究|经审核|情况属实|好|ok|可以|原则上|已|予以|特)[\s,]*)*(?:同意|批准|准许|准予|核准|准了|照准|批了|予以批准|可以延期|同意延|准延|准予延)(?:.{0,16})$|^(?:(?:ok|yes|fine|request|extension)[\s,]*)*(?:approved?|agreed?|granted|authori[sz]ed|permitted|consent(?:ed)?|permission granted|go ahead|extension (?:ok|approved|granted|agreed)|i (?:agree|approve)|we (?:agree|approve))(?: .{0,30})?$"
);
re!(
    REFUSE,
    r"^(?:(?:我|我局|领导|经研究|情况不属实|原则上|抱歉|对不起|这次|本次)[\s,]*)*(?:不同意|不予?批准|不予同意|不予延期|不批|不准|不许|不得延期|不能延期|不可延期|不可以延期|驳回(?:申请|延期)?|拒绝延期|没批准|不予受理|延期不(?:批|行|同意|可以|准))(?:.{0,14})$|^(?:(?:no|sorry|request|extension)[\s,]*)*(?:no (?:extension|more time|extra time|postponement)|not (?:approved|granted|agreed|authori[sz]ed|permitted)|disapproved?|denied|i (?:disagree|don't agree|do not agree|don't approve|do not approve)|disagree|(?:the )?(?:extension|request)(?: is| was)? (?:denied|refused|rejected|declined|not approved|not granted)|(?:deny|refuse|reject|decline) (?:the )?(?:extension|request|postponement|transfer)|cannot (?:extend|approve)|can't (?:extend|approve)|do not extend|don't extend)(?: .{0,30})?$"
);
re!(
    CLOSE,
    r"^(?:已|已经|现已|可|全部|都|均|请)*(?:销号|结案|关闭|归档|核销)(?:了|处理|吧)?$|^(?:please |pls )?(?:close(?:d)?|closing)(?: (?:it|this|that|item|out|case|the (?:item|case|ticket)|ticket))*$|^(?:case|ticket|item) closed$"
);
re!(CLOSE_NOT, r"^请");
// 都, 两项均, "all", "all of them are": of how many it is said, at either end.
re!(
    SWEEPING,
    r"^(?:(?:这|以上|上述|其他|其它|其余)?(?:[一二两三四五六七八九十几\d]{1,3}[项条个件])?(?:全部|全都|全|都|均|皆|一律|统统)+)\s*|^(?:all of (?:them|these)|all (?:items|requests|\d+)|they all|the lot|all|both|everything)(?: are| is| have| has)?\s+|\s+(?:all of (?:them|these)|all (?:items|requests)|them all|them both|all|both|everything)$"
);
re!(NONE, r"^(?:none|neither)(?: of (?:them|these))?(?: is| are| was| were| have| has)?(?: been)?\s+");
re!(REFUSED, r"^(?:refuse|reject|decline|deny|disapprove)(?:d|ed)?$|^不(?:行|可以|可)$");
// 不合格：接地仍失效, "not approved: no guard": the reason behind the verdict.
re!(
    BECAUSE,
    r"^(?P<verdict>不合格|不通过|不同意|不予?批准|驳回|fails?|failed|not (?:approved|passed|ok)|refused?|denied)\s?(?:[:(-]|because )\s?(?P<why>.{2,}?)\)?$"
);

/// What a verifier or a supervisor decides.
pub(super) fn decision(part: &Part, plain: &str, ctx: &Context) -> Option<Intent> {
    if let Some(none) = NONE.find(plain) {
        let kind = match &plain[none.end()..] {
            rest if APPROVE.is_match(rest) => IntentKind::Refuse,
            rest if PASSED.is_match(rest) => IntentKind::VerifyFail,
            _ => return None,
        };
        return Some(Intent { items: super::Items::All, ..Intent::new(kind) });
    }
    let whole = plain;
    let plain = &*SWEEPING.replace(plain, "");
    if let Some(c) = BECAUSE.captures(plain) {
        let verdict = &c["verdict"];
        let kind = if verdict.contains('同')
            || verdict.contains('批')
            || REFUSE.is_match(verdict)
            || REFUSED.is_match(verdict)
            || verdict == "驳回"
        {
            IntentKind::Refuse
        } else {
            IntentKind::VerifyFail
        };
        return Some(Intent { reason: Some(c["why"].to_owned()), ..Intent::new(kind) });
    }
    if part.asked || plain.ends_with(['吗', '没', '么']) {
        return None;
    }
    let target = || {
        let words: [(&[&str], IntentKind); 4] = [
            (&["延", "exten", "postpone", "more time", "宽限"], IntentKind::Extend),
            (&["转", "移交", "transfer", "reassign"], IntentKind::Reassign),
            (&["作废", "取消", "void"], IntentKind::Void),
            (&["销号", "退回", "clos"], IntentKind::Close),
        ];
        words.iter().find(|(list, _)| list.iter().any(|w| plain.contains(w))).map(|(_, kind)| *kind)
    };
    let kind = if FAILED.is_match(plain) {
        IntentKind::VerifyFail
    } else if PASSED.is_match(plain) {
        IntentKind::VerifyPass
    } else if REFUSE.is_match(plain) || plain != whole && REFUSED.is_match(plain) {
        IntentKind::Refuse
    } else if APPROVE.is_match(plain) {
        IntentKind::Approve
    } else if CLOSE.is_match(plain) && !CLOSE_NOT.is_match(plain) {
        IntentKind::Close
    } else {
        return None;
    };
    let mut intent = Intent::new(kind);
    if matches!(kind, IntentKind::Approve | IntentKind::Refuse) {
        intent.target = target();
    }
    // 同意销号 passes what is to be verified and strikes off what is verified.
    if kind == IntentKind::VerifyPass && plain.contains("销号") {
        intent.target = Some(IntentKind::Close);
    }
    if kind == IntentKind::Approve {
        intent.postpone = requests::length(part, plain, ctx);
    }
    Some(intent)
}

/// Why an item is sent back, first match counts.
static REASONS: std::sync::LazyLock<Vec<(regex::Regex, &'static str)>> = std::sync::LazyLock::new(|| {
    [
        (r"^不是我(?:们|的|呀|啊)*$|^错发|^误发|(?:发|找|搞|弄|派|通知|联系|推|认)错(?:了)?(?:人|对象|单位|部门|地方|群)|不是(?:找|发给)我|(?:此人|本人)?(?:不是|并非)(?:本人|此人|该单位|他本人)|号码(?:错|不对)|(?-u:\b)(?:wrong (?:person|guy|man|number|recipient|address|department|dept|unit|contact)|not (?:the right|me$|for me|meant for me|addressed)|you have the wrong|misdirected|mis-?sent)(?-u:\b)", "wrong_person"),
        (r"(?:已|我已|本人已|早已|刚|我|现已|人已)?(?:调离|调走|调任|调往|调到|调动|退休|离职|离任|卸任|转岗|辞职|换岗|调整岗位|借调|离岗|不在岗|不干了)(?:了|原|该|单位|岗位|$|别|到|去)|不在(?:这|该|原|那)个?(?:岗位?|单位|部门|科室|局|职务|位置)|不再(?:担任|分管|负责|从事|任|管)|不(?:再)?分管|不负责(?:这|该|此|那)(?:块|项|片|方面|工作)+了|(?-u:\b)(?:(?:don't|do not) work (?:here|there|in this|at this)|no longer (?:in charge|responsible|work|in this|with|hold|in that|at)|i(?:'ve| have)? (?:left|retired|moved on|been (?:moved|transferred|reassigned)|transferred|changed (?:jobs?|posts?|roles?))|i(?:'ve| have)? (?:moved|switched|transferred|changed) (?:to |jobs?|departments?|posts?)|retired|left the (?:post|company|job|position|office|department)|not (?:in|at) (?:this|that|the) (?:post|position|role|office|department) any)(?-u:\b)", "moved_post"),
        (r"(?:非|不是|不属于?|不在|不归|不应|不该|并非|不由)(?:是|由|属|归)?(?:于)?(?:我|我们?|本|咱|贵)(?:的|们)?(?:单位|局|科|部门|镇|乡|县|市|村|所|队|司|公司|站|办|处|室|厅|委|街道|社区|组|院|辖区|区|这边|厂|校|矿)(?:的)?(?:\p{Han}{0,4})?(?:职责|管辖?|范围|负责|辖区|职能|权限|业务|事|任务|主管|分管|承办|整改|处理|$)|(?:不|非|未|没)(?:属|在|归|是)?(?:于)?(?:我|本|其|该)?(?:们)?(?:的)?(?:职责|职能|管辖|辖区|权限|业务|责任)(?:范围|内|之内|区)*|超出(?:我|本)?(?:\p{Han}{0,4})(?:职责|职能|权限|范围)|我们?(?:单位|局|部门|镇|乡)?不(?:管|负责)这|无(?:此|该)?(?:管辖权|职责|执法权)|(?-u:\b)(?:not (?:our|within our|in our|under our|part of our|the duty) ?(?:\w+ )?(?:job|duty|dut\w+|responsib\w+|area|jurisdiction|remit|department|problem|business|task|scope|mandate|building|site|plant|premises|facility|land|road)|outside (?:our|my) (?:\w+)|isn't ours|is not ours|not ours|(?:we|our (?:unit|office|department)) (?:are|is|aren't|isn't) not? ?responsible|beyond our (?:remit|jurisdiction|scope|authority))(?-u:\b)", "not_our_duty"),
        (r"不(?:归|属|该|由|是|应)(?:由|归|属|是|于)?我(?:的)?(?:管|负责|的|事|活|任务|办|职责|分管|处理|整改|弄|做|干|来|这|项目)+|不是我(?:的|负责|管|分管|干|家|们的?|们管|们负责)|不归我们|(?:与|跟|和)(?:我|本人|我们|本|我们?局|我们?单位)(?:们|局|单位|镇|乡|村|科|部门|所|公司)?(?:无关|没关系|没有关系|不相干)|不关我(?:们)?(?:的)?事|我(?:们)?不(?:管|负责|分管)(?:这|该|此|那|了|$)|没我(?:的)?事|不该(?:我|找我|派给我)|不要(?:转|派|发)给我|(?-u:\b)(?:not (?:my|mine|for my)(?: \w+)?(?: (?:job|duty|responsibility|task|problem|item|business|area|department|work|thing))?|isn't (?:mine|my \w+)|is not (?:mine|my \w+)|i'?m not (?:responsible|in charge|the (?:owner|one|person))|i am not (?:responsible|in charge|the (?:owner|one|person))|nothing to do with (?:me|us)|don't (?:assign|send) (?:this|it) to me|none of my (?:business|responsibility))(?-u:\b)", "not_mine"),
        (r"(?:不属实|不实|不符合?(?:事实|实际|实情)|与(?:事实|实际|现场)(?:情况)?不符|情况不(?:对|符|真实)|(?:误报|虚假|失实|谎报|假的|乱报|反映有误|信息(?:有误|不准|错误|不对)|地址(?:有误|错误|不对)|描述(?:有误|不符|不准)))|(?-u:\b)(?:not true|untrue|false (?:alarm|report|information)|not (?:correct|accurate|factual|the case)|inaccurate|incorrect|misreport(?:ed)?|unfounded|baseless|(?:information|address|report|description) is wrong|wrong (?:information|address|info|location))(?-u:\b)", "not_true"),
        (r"(?:不存在(?:的|这|该|此|$|这样|上述|所述|任何|隐患|问题|啊|了)|(?:没有|没|无)(?:这|此|该|那)(?:个|项|条|种|样|处|家)?(?:的)?(?:隐患|问题|情况|事|项|企业|单位|地方|公司|人|工地|设备|厂|店)|查无(?:此|该|实)|(?:企业|公司|厂|店|商户|单位|业主|该处|老板|住户)[^,]{0,4}(?:已|早已|现已)(?:经)?(?:关门|倒闭|注销|拆迁|搬走|停业|歇业)(?:了|多年)?$|现场(?:没有|未发现|并无|无)(?:\p{Han}{0,4})(?:隐患|问题|情况))|(?-u:\b)(?:(?:does not|doesn't|did not|didn't|no longer) exist|no such (?:\w+)|non-?existent|never existed|there is no such|there's no such|not exist(?:ing)?|not found on site|cannot be found|can't be found)(?-u:\b)", "not_exist"),
        (r"重复(?:交办|派单|下发|派|了|的|任务|件|发|上报|登记|录入|提交|通知|推送|$)|(?:已有|已经有|之前有|前面有|上面有)(?:一|1|同样|相同|过)(?:条|项|个|单|件|的)?|(?:和|跟|与|同).{1,10}(?:重复|一样|相同|是同一|同一)|同一[个条项件](?:事|隐患|问题|任务)|(?-u:\b)(?:duplicate[sd]?|dupe?|double entry|same as (?:item|#|the|no|number|\d|another|[a-z]\d)|already (?:reported|listed|assigned|have (?:it|this|one)|on (?:the|my) list|received this (?:one|item)|got this)|(?:reported|sent|listed|issued|assigned) (?:twice|before|already)|repeated (?:item|task|entry)|repeat of)(?-u:\b)", "duplicate"),
    ]
    .into_iter()
    .map(|(source, name)| (pattern(source), name))
    .collect()
});
re!(
    PLAIN,
    r"^(?:申请|请|现|予以|已|我要|要求|现予|建议|需要?)*(?:退回|退件|退单|拒收|拒绝(?:签收|接收|接受|办理)?|驳回|不接(?:收|受|单|这个)?|不予(?:签收|接收|受理)|打回去?|退回去|退给你们?|我不干|退回(?:处理|重派|上级|给你们?|原单位|交办单位|安委办))(?:了|吧|处理|此件|该件|该任务|任务|$)|^(?:i |we |please |pls |must |to |have to )*(?:declined?|reject(?:ed|ing)?|refused?|send (?:it |this )?back|return(?:ed|ing)?(?: (?:it|this|to sender))?|not accept(?:ed|ing)?|(?:do not|don't|won't|cannot|can't) accept)(?: (?:this|it|the task|the item|item|that|to sender|assignment))*$"
);
re!(
    REJECT_NOT,
    r"(?:不是|并非|没有?|未|别|不要|不能|莫|不)(?:说)?(?:退回|拒绝|驳回|重复|发错|误报)|是不是|是否|不(?:再)?存在(?:了|任何)?问题|不存在了|(?:已|都|均|现已?)(?:经)?不(?:再|复)?存在|not (?:reject|duplicate|wrong)|防止重复|避免重复|不重复"
);

/// `Reject` with its reason, if the writer sends the item back.
pub(super) fn reject(part: &Part, plain: &str) -> Option<Intent> {
    if part.asked || REJECT_NOT.is_match(plain) || plain.ends_with(['吗', '么']) {
        return None;
    }
    let reason = REASONS.iter().find(|(regex, _)| regex.is_match(plain)).map(|(_, name)| (*name).to_string());
    if reason.is_none() && !PLAIN.is_match(plain) {
        return None;
    }
    let mut intent = Intent::new(IntentKind::Reject);
    intent.reason = reason;
    Some(intent)
}
