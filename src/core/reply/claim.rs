//! Completion: is it claimed, and is there anything that takes the claim back?
//!
//! A completion word is only the beginning. Everything in the clause that denies, asks, orders, promises,
//! weakens, postpones, quotes or makes it somebody else's word turns it into something less; what
//! remains without any of these is a claim. In doubt it is not.

use super::clauses::Part;
use super::judge::{self, Weight, not_done};
use super::spans::{What, share_of, slash_day};
use super::words::{pattern, re, words};
use super::{Context, Intent, IntentKind, dates, en, people, zh};
use chrono::{NaiveDate, NaiveDateTime};

words!(HARMLESS, "harmless", zh::HARMLESS, en::HARMLESS);
words!(FAULT, "description of the fault", zh::FAULT_THEN_FIXED, &[]);
words!(NEGATION, "negated by", zh::NEGATION, en::NEGATION);
words!(UNFINISHED, "unfinished", &[], en::UNFINISHED);
words!(QUESTION, "question", zh::QUESTION, &[]);
words!(FUTURE_HARMLESS, "harmless", zh::FUTURE_HARMLESS, &["no longer", "due to", "on schedule", "due diligence", "as planned", "as scheduled", "ahead of schedule", "before (?:the )?(?:deadline|due date)", "can (?:now )?(?:confirm|report|verify)", "(?:happy|pleased|glad) to", "to (?:confirm|report|inform you)", "by us", "starting work"]);
words!(FUTURE, "future", zh::FUTURE, en::FUTURE);
words!(HEDGE, "weakened by", zh::HEDGE, en::HEDGE);
words!(PARTIAL, "in part", zh::PARTIAL, en::PARTIAL);
words!(GUESS, "a guess", zh::GUESS, en::GUESS);
words!(CONDITION, "condition", zh::CONDITION, en::CONDITION);
words!(HEARSAY, "hearsay", zh::HEARSAY, en::HEARSAY);
words!(ORDER_HARMLESS, "harmless", zh::INSTRUCTION_HARMLESS, en::INSTRUCTION_HARMLESS);
words!(ORDER, "instruction", zh::INSTRUCTION, en::INSTRUCTION);
words!(PROMISE, "promise", zh::PROMISE, en::PROMISE);
words!(STEP, "a step on the way", zh::STEP, &[]);
words!(COMPLETE, "completion word", zh::COMPLETE, en::COMPLETE);
words!(FIRM_ORDER, "instruction", &["请", "必须", "务必", "要求", "责令", "敦促", "麻烦", "命令", "让他", "叫他", "你们?", "各单位", "各部门", "大家", "目标", "谁来"], &["please", "pls", "plz", "kindly", "must", "have to", "has to", "needs?(?: to)?", "get (?:it|this|that|them|these|everything|all)", "gotta", "make sure", "ensure", "be sure", "want (?:it|this|that)", "let's", "don't forget", "require[sd]?", "consider"]);
words!(FIRM_FUTURE, "future", &["将", "会", "马上", "立马", "即将", "预计", "预期", "争取", "力争", "尽快", "尽早", "尽量", "计划", "打算", "拟", "准备", "努力", "即可", "就能", "就可", "才能", "抓紧", "赶紧", "快要", "有望", "能", "可以", "想(?:要|在|把|今|明)"], &["will", "[a-z]+'ll", "going to", "gonna", "to be", "soon", "shortly", "should be", "can be", "expect(?:ed)?", "plan(?:ned)?", "aim(?:ing)?", "try(?:ing)?"]);

re!(QUOTING, r#"(?:回复?|输入|发送|点击?|按|选择?|回|打|填写?|写)(?:个|一个|一下)?["'(]?(?:已?完成|办结|搞定|done|complete)|(?-u:\b)(?:reply|type|send|press|click|text|say|write|answer|enter|replying)(?: with| back)? ["'(]?(?:done|complete|finished)"#);
re!(NOUN_AFTER, r"^(?:了|的|已)?\s?(?:情况|状况|表|清单|报告|汇总|统计|台账|率|时间|时限|期限|日期|标准|比例|数量|数|量|证明|进度|目标|名单|说明|通知|方案|计划|登记|一览|名册|明细|模板|格式|回执|确认单|截止|条件|要求|度|与否|才|就|的话|时|前|之前|以前|后|之后|以后|之日|之际|任务书|工作的|部分|一部|多少|的?(?:不|没)|的是|的(?:有|那|任务|项目|隐患|问题|事项|工作|部分|请|单位)|者|人|质量|程度|阶段|节点|指标)");
// A word right before the completion that keeps it from being reached.
re!(ON_THE_BRINK, r"(?:快要?|就要|(?:^|[^重主需必次首紧])要|将要?|待|正在?|去|着手|继续|接近|临近|趋于|近乎|只等|来不及|忙着|争着|抢着)\s?$");
re!(BEFORE_DAY, r"(?-u:\b)(?:before|until|till)(?-u:\b)");
re!(WAITS_FOR, r"(?:等|待|到位|到了|下来|批了?)[^,]*(?:就|即|便|方|才)");
// 三个灭火器都…, "all three": a number of things of which all are meant.
re!(ALL_OF, r"(?:[一二两三四五六七八九十几]+|\d+)[个项条处台家户具](?:[^,]{0,10})(?:都|全|均)|(?-u:\b)(?:all|both|the) (?:one|two|three|four|five|six)(?-u:\b)");
// "Only 2 is done": of item 2 it is said without reserve.
re!(ONLY, r"只有|仅有|只|仅|(?-u:\b)only(?-u:\b)");
re!(ALREADY, r"已|(?-u:\b)(?:already|by now)(?-u:\b)");
re!(STEP_TO_RESULT, r"(?:完成|完毕|到位|好|完|妥|结束)$");
re!(STEP_DONE, r"^(?:了|对|项目|前期|相关|初步|现场|图纸|施工图?|工程|资金)*(?:招投?标|设计|立项|审批|报批|勘察|勘测|评估|询价|报价|预算|备料|围挡|合同|签约|拨款|论证|公示|申报|摸底|动员|部署|前期|交底|可研|编制|备案|采购|下单|定制|测绘|踏勘|对接|沟通|约谈|发文|通知|宣传)");
re!(OR_NOT, r"^(?:了)?(?:与否|没完成|不完成)");
re!(URGED, r"请|务必|必须|要|须|尽快");
re!(OF_THOSE, r"^的(?:请|单位|企业|要|须|部门|同志|地方|乡镇|都要|报|回)");
re!(AFTERWARDS, r"^(?:了)?(?:之?后|以后)?(?:就|再|会|马上|立即|立刻|第一时间|我|给)(?:给|跟|向|会|来|再|就|马上|立即)*(?:告|报|发|说|通知|回|联系|汇报|上报|补|讲|反馈|拍)|^(?:了)?(?:之后|以后|后)(?:再|我再|会)");
re!(COUNT_AFTER, r"^(?:了)?\s?(?:约|近|超过?|共|仅|只)?(?:\d{1,5}|[一二两三四五六七八九十几数百]{1,4})\s?(?:项|条|个|处|件|家|户|座|台|栋|起|次|名|人|点|份|批|公里|米|吨|多|余|块|辆)");
re!(ABOUT_ME, r"^(?:i'?m|i am|we'?re|we are|im) ");
re!(IDIOM, r"(?-u:\b)(?:done deal|(?:i'?m|i am|we'?re|we are|im) (?:all |so |totally |completely |just )?(?:done|finished|complete|sorted|fixed)(?: with (?:this|it|you|that|these|those|them|your|the|my|all|work)(?-u:\b).*| with| here| for| in)?(?:$| now| today| thanks| bye|,|!)|well done|nicely done|easier said|said and done|done for(?:$| it)|done in$|done to death|done thing|overdone|over and done|get done|what'?s done|half-done|have done$|finished product|complete (?:mess|waste|disaster|nonsense|list|set|report|joke|failure|idiot|works|the|this|it|all|your|these|those|them|asap|task|item|rectification|form|details)|finished off$|fixed (?:asset|term|price|date|deadline|schedule|cost|income|rate|point|position|fee)|resolved to|done time|done talking|done waiting|done arguing|as good as done|never done|done up|done over|completed? (?:report|form|checklist|list|application)s? (?:is |are )?(?:attached|required|needed)|sorted by|cleared to|settled for|settled in|handled by)(?-u:\b)?");
re!(ENGLISH_ASKS, r"^(?:so |and |ok |hi |hey )?(?:do (?:you|we|they|i|all|the|these|those)(?-u:\b)|(?:is|are|was|were|did|does|has|have|had|can|could|will|would|should|am|isn't|aren't|hasn't|haven't|didn't|won't) (?:it|this|that|these|those|they|you|we|he|she|i|all|everything|everyone|item|items|#|the|any|anyone|anybody|anything|there|code|your|our|both|each|[a-z]\d))|^(?:when|how|what|why|who|whose|which|where|any (?:news|update|progress))(?-u:\b)");
re!(TAG, r"^(?:right|no|yes|ok|okay|correct|eh|huh|really|is it|isn't it|aren't they|are you sure|you sure|sure|true|是吗|对吗|是吧|对吧|真的|真的吗|真的假的|吧|吗|嗯|啊|不是吗|好吗|行吗|确定|确定吗|你确定|是不是|对不对|信吗|可能吗|哈)$");

/// Verb plus complement, `已` plus verb, verb plus `了`.
static RESULT: std::sync::LazyLock<regex::Regex> = std::sync::LazyLock::new(|| {
    let work = zh::WORK.join("|");
    let short = zh::SHORT_WORK;
    let more = zh::SHORT_WORK_MORE;
    let result = "(?:完成|完毕|完|好|妥当|妥|到位|结束|结|掉|清楚|毕|归一|归位|清|干净|落地|齐全|齐|撇脱|断根|下来|出来|上去|熨帖|抻抖|巴适|妥帖|上)";
    let perf = "(?:已经|早已|均已|业已|都已|现已|全已|也已|已|刚刚|刚|曾)";
    pattern(&format!(
        r"^(?:都|已|全)?结了|(?:{work})(?:完成|完毕|完|好|妥当|妥|到位|结束|结|掉|清楚|毕|归一|清|干净|落地|齐全|齐)|{short}{result}|{perf}[^,。;]{{0,8}}?(?:{work})|{perf}(?:经)?(?:办|做|弄|搞|修|改|换|拆|装|补|清)|(?:{work})(?:了|啦|咯|哒|咗|嘞)|(?:办|修|换|拆|做)(?:了|咗|哒)$|{short}(?:走|新的?|上去|上|下去|平|牢|稳|全|实|净|利索|归位|回去|进去|出去|通)(?:了|啦|咯)|{more}(?:好|完|掉|上|高|牢|走|净|满|平|齐|断|住|紧|死|回去|下来)(?:了|啦|咯|哒)|{perf}\p{{Han}}{{0,4}}{more}(?:好|完|掉|上|高|牢|走|净|满|平|齐|断|住|紧|死)|(?:都|全部?|均|已经?|终于)(?:弄|搞|做|办|修)?(?:好|妥|ok|行)(?:了|啦|咯|哒)|{perf}\s?(?:fix|done|finish|ok|complete)(?:ed)?"
    ))
});
re!(MARK, r"已|业|了|哒|咗|啦|咯|嘎|噶|早就|刚|终于|总算|曾|(?-u:\b)(?:completed|finished|fixed|resolved|sorted|solved|rectified|repaired|replaced|corrected|abated|handled|settled|submitted|remedied|addressed|cleared|been|have|has|had|was|were|already|just|took|wrapped|did|'ve|removed|installed|cleaned|eliminated|delivered|carried|finalised|finalized|concluded|accomplished)(?-u:\b)");
re!(PERFECT_EN, r"(?-u:\b)(?:was|were|has|have|had|been|already|just|'ve|got|(?:^|and )(?:i|we|they|he|she|(?:the )?(?:team|crew|contractor)) (?:[a-z]+ed))(?-u:\b)");
re!(MORNING, r"as of today|this morning|今早|今晨|今天早上|今天上午");
re!(PERFECT, r"已|业已|早就");
re!(DEADLINE_AFTER, r"^\s?(?:之|以)?(?:前|内|里)");
re!(BY_BEFORE, r"(?:(?-u:\b)(?:by|before|until|till|no later than|not later than|due|for|within)\s?(?:the )?|最迟|最晚|截至|截止)$");
re!(OK_AFTER_ZH, r"^(?:整改|任务|工作|处理|办理|落实|治理|处置|该项|此项|本项|这项|事项|隐患|清理|维修|更换|整治|了|的|啦|哒|咯|嘞|噶|嘎|咗|哈|嘛|哟|喔|哩|乐|勒|叻|哦|呀|啊|哇|呐|耶|嗷|咧|好|全部|所有|都|及?销号|闭环|完毕|完成|到位|归一|[\s!~.:_\-)（]|\(.*\))*$");
re!(OK_BEFORE_ZH, r"(?:整改|处理|处置|办理|落实|治理|隐患|问题|任务|工作|整治|事项|事情|项目|现场|维修|清理|拆除|更换|安装|消除|修复|排查|检查|自查|[\s_:\-)])+$");
re!(OK_ALONE_ZH, r"^(?:全部|都|均|全|所有|皆|其他|其余|其它|剩下的?|剩余的?|我们?|本单位|我单位|我局|我县|我镇|我乡|我村|本局|我司|本公司|我公司|现|现在|目前|今天|今日|昨天|这边|那边|这|该|此|本|项|条|号|的|也|整改|处理|处置|办理|落实|治理|隐患|问题|任务|工作|事项|事|全数|按要求|经|当场|现场|立行立改|立即|收到|好的?|ok|嗯|是|位|对|恭喜|大|圆满|顺利|成功|报告|领导|[\s_:!,.\-)(])*$");
re!(OK_AFTER_EN, r"^(?:[\s_!.,:)(-]|now|already|today|yesterday|thanks?|thx|sir|boss|too|also|here|as|of|requested|required|instructed|instructions?|orders?|plan|per|well|ok|okay|for|with|on|at|of|and|verified|tested|cleaned|dusted|signed|off|both|all|everything|it|items?|the|this|morning|photos?|pics?|attached|below|see|ahead|schedule|planned|same|day|earlier|week|last|already|by|me|us|our|team|just|fully|properly|in|full|time|work|order|inspection|task|job|a|days?|successfully|safely|long|ago|hours?|is|that|closed|finished|complete|completed|fixed|report|tick|check|yep|yes|mate|guys|everyone|team|folks|please|pls|verify|kindly|confirm|\d+)*$");
re!(OK_BEFORE_EN, r"^(?:[\s_!.,:)('-]|it|it's|its|is|was|has|have|had|been|i|i've|ive|we|we've|they|they've|he|she|got|this|that|these|those|are|all|both|everything|every|item|items|job|work|task|tasks|now|already|just|finally|ok|okay|yes|yep|yeah|yup|hi|dear|sir|boss|the|rectification|repairs?|hazards?|issues?|problems?|fix|inspection|ones?|list|others?|rest|and|fully|successfully|completely|properly|totally|100|matter|today|yesterday|as|of|so|well|been|being|other|remaining|corrective|actions?|action|point|points|same|here|good|news|happy|to|report|pleased|confirm|inform|you|my|our|part|side|end|a|status|update|complete|completed|done|finished|line|lines|no|number|code|\d+)*$");

/// Reads completion out of a clause; `None` if no completion word stands in it.
pub(super) fn read(part: &Part, plain: &str, ctx: &Context, why: &mut Vec<String>) -> Option<(Intent, Weight)> {
    let calm = FAULT.mask(&HARMLESS.mask(plain));
    if let Some(found) = unfinished(part, &calm, why) {
        return Some(found);
    }
    let (start, end) = completion(&calm)?;
    why.push(format!("completion word '{}'", &plain[start..end]));
    let spoken = STILL_NOT.replace(&calm, "$1");
    if GUESSING.is_match(&calm) && !part.asked {
        why.push("a guess that asks to be confirmed".into());
        return Some(doubt());
    }
    if WHEN_DONE.is_match(&calm) && !part.asked {
        why.push("tells what comes afterwards".into());
        return Some(doubt());
    }
    let asked = part.asked || QUESTION.hit(&spoken) || ENGLISH_ASKS.is_match(&calm) || part.low.ends_with('?');
    let masked = CANNOT_SAY.replace_all(&calm, "不");
    if asked && !part.asked && UNSURE.is_match(&calm) {
        why.push("does not know whether".into());
        return Some(doubt());
    }
    if asked && !judge::CANNOT.hit(&masked) {
        why.push(QUESTION.why(&calm).unwrap_or_else(|| "question".into()));
        let mut intent = Intent::new(IntentKind::Status);
        intent.by = people::claimed_for(&part.text).filter(|n| !n.is_empty());
        return Some((intent, Weight::Says));
    }
    if judge::CANNOT.hit(&masked) {
        return Some((judge::blocked(plain, why)?, Weight::Says));
    }
    let clause = Clause { part, plain, calm: &calm, start, end, ctx };
    Some(clause.weigh(why))
}

/// First completion in the clause: the longest reading at the earliest place, negative parts included.
fn completion(calm: &str) -> Option<(usize, usize)> {
    let a = RESULT.find(calm).map(|m| (m.start(), m.end()));
    let b = COMPLETE.find(calm);
    match (a, b) {
        (Some(a), Some(b)) if a.0 < b.0 || (a.0 == b.0 && a.1 >= b.1) => {
            // 已…整改 followed by 完成: the claim ends with the later word.
            Some((a.0, a.1.max(if b.0 <= a.1 + 3 { b.1 } else { a.1 })))
        }
        (Some(a), Some(b)) => Some((b.0, b.1.max(if a.0 <= b.1 { a.1 } else { b.1 }))),
        (a, b) => a.or(b),
    }
}

// 还没弄完呢 tells, it does not ask.
re!(STILL_NOT, r"^(.*(?:还|尚|仍|都|才|压根|根本)(?:没|未|冇|不).*?)呢$");
re!(GUESSING, r"(?:应该|应当|大概|可能|好像|估计|算是|似乎|多半|差不多).*吧$");
re!(WHEN_DONE, r"^when .*(?:i'll|we'll|i will|we will|let you know|tell you)");
re!(UNSURE, r"不(?:太|大|是很)?(?:知道|清楚|确定|晓得|了解|明白|好说)|没(?:有)?(?:问|看|核实|去看)|(?:要|得|还要|还得)看|看看|待(?:核|确认)|去(?:问|看|核)");
re!(CANNOT_SAY, r"能不能|可不可以|会不会|不(?:能|敢|好|便)(?:说|算|讲|保证|确定|称)|can't (?:really )?(?:say|claim|call)|cannot (?:say|claim|call)");
re!(WHETHER, r"有没有|有无|有冇|是否|是不是|能不能|办没办|做没做|改没改|完没完|搞没搞|弄没弄|成没成|修没修|好没好|整没整");
re!(NOT_WORK, r"(?:未|没有?|冇|还没有?|尚未|并未|从未)(?:被|能|有|曾|经|完全|全部|全|都|及时|按期|按时|如期|按要求|真正|彻底|得到|进行|开展|开始|动手?)*(?:整改|处理|处置|办理|落实|解决|消除|排除|修复|维修|更换|清理|拆除|弄|搞|办|做|改|修|整|治理|恢复|安装|行动|动工|动|来得及|顾得?上)|(?:整改|处理|处置|落实|办理|解决|清理|治理|修复|排查)(?:的)?(?:得)?(?:还)?(?:不|未|没有?)(?:到位|彻底|完全|完|好|干净|够|妥|全|力|清)");

/// `未整改`, `整改不到位`, `incomplete`: not finished, without any completion word that could count.
fn unfinished(part: &Part, calm: &str, why: &mut Vec<String>) -> Option<(Intent, Weight)> {
    let word = UNFINISHED.why(calm);
    let hit = NOT_WORK.find(calm).map(|m| m.as_str().to_string());
    if word.is_none() && (hit.is_none() || completion(&NOT_WORK.replace_all(calm, " ")).is_some()) {
        return None;
    }
    let negations = NEGATION.count(calm) + usize::from(word.is_some());
    why.push(word.or(hit).unwrap_or_default());
    if part.asked || WHETHER.is_match(calm) || QUESTION.hit(&NOT_WORK.replace_all(&STILL_NOT.replace(calm, "$1"), "").replace(['没', '未'], "")) || ENGLISH_ASKS.is_match(calm) {
        return Some((Intent::new(IntentKind::Status), Weight::Says));
    }
    if negations >= 2 || CONDITION.hit(calm) {
        why.push("double negation or condition".into());
        return Some((Intent::new(IntentKind::Unknown), Weight::Doubt));
    }
    if judge::CANNOT.hit(calm) || judge::WAIT.hit(calm) && judge::cause(calm).is_some() {
        return None;
    }
    Some((not_done(), Weight::Says))
}

/// A clause with a completion word, and where it stands.
struct Clause<'a, 'c> {
    part: &'a Part,
    plain: &'a str,
    calm: &'a str,
    start: usize,
    end: usize,
    ctx: &'a Context<'c>,
}

impl Clause<'_, '_> {
    /// Everything that could take the claim back, the gravest first.
    fn weigh(&self, why: &mut Vec<String>) -> (Intent, Weight) {
        let negated = NEGATION.count(self.calm);
        if negated >= 2 {
            why.push("double negation".into());
            return doubt();
        }
        let rest = self.outside();
        let after = &self.calm[self.end..];
        if OR_NOT.is_match(after) || OF_THOSE.is_match(after) {
            why.push("leaves open whether".into());
            return doubt();
        }
        if AFTERWARDS.is_match(after) && negated == 0 && !URGED.is_match(after) {
            why.push("tells what comes afterwards".into());
            return self.in_progress();
        }
        if negated == 0 && self.in_quotes() {
            why.push("stands in quotation marks".into());
            return doubt();
        }
        if let Some(found) = self.spoken_for_another(negated, why) {
            return found;
        }
        if negated == 1 {
            why.extend(NEGATION.why(self.calm));
            let (_, behind) = NEGATION.find(self.calm).unwrap_or_default();
            let follows = rest.get(behind..self.start).unwrap_or("");
            let named = matches!(self.part.items, super::Items::Lines(_) | super::Items::Codes(_));
            let rest = if named { ONLY.replace_all(&rest, "______") } else { rest.as_str().into() };
            return match (CONDITION.hit(&rest), FIRM_FUTURE.hit(follows)) {
                (true, true) => self.in_progress(),
                (true, false) => doubt(),
                _ => (not_done(), Weight::Says),
            };
        }
        if let Some(found) = self.share_or_promise(&rest, why) {
            return found;
        }
        if let Some(found) = self.weakened(&rest, why) {
            return found;
        }
        if let Some(found) = self.ahead(&rest, why) {
            return found;
        }
        self.proven(&rest, why)
    }

    /// The clause without the completion words and without harmless phrases.
    fn outside(&self) -> String {
        let mut text = self.calm.as_bytes().to_vec();
        text[self.start..self.end].fill(b'_');
        let text = String::from_utf8(text).unwrap_or_default();
        FUTURE_HARMLESS.mask(&text)
    }

    /// The completion word is quoted, with words outside the quotation.
    fn in_quotes(&self) -> bool {
        // The closing mark may have been trimmed at the end of the clause.
        self.plain[..self.start].matches('"').count() % 2 == 1 && self.plain.split('"').step_by(2).any(|outside| outside.chars().any(char::is_alphanumeric))
    }

    fn marked(&self) -> bool {
        let near = &self.calm[self.end..];
        MARK.is_match(&self.calm[..self.end]) || near.starts_with(['了', '哒', '啦', '咗', '咯'])
    }

    /// Quoted, reported, conditional, idiomatic.
    fn spoken_for_another(&self, negated: usize, why: &mut Vec<String>) -> Option<(Intent, Weight)> {
        if QUOTING.is_match(self.plain) {
            why.push("quotes the word".into());
            return Some(doubt());
        }
        // "I'm done" may be temper; "I'm done with item 3" is not.
        let named = self.part.items != super::Items::Unspecified;
        let idiom = IDIOM.find(self.plain).filter(|m| negated == 0 && !(named && ABOUT_ME.is_match(m.as_str())));
        if let Some(m) = idiom {
            why.push(format!("idiom '{}'", m.as_str()));
            return Some(doubt());
        }
        // Some of these words are only recognised by the completion that follows (讲已…), so both are tried.
        let masked = FUTURE_HARMLESS.mask(self.calm);
        if let Some(text) = HEARSAY.why(&self.outside()).or_else(|| HEARSAY.why(&masked)) {
            let rhetorical = text.contains('谁');
            why.push(text);
            if negated > 0 && !rhetorical {
                return Some((not_done(), Weight::Says));
            }
            let (mut intent, weight) = doubt();
            intent.by = people::claimed_for(&self.part.text).filter(|n| !n.is_empty());
            return Some((intent, weight));
        }
        None
    }

    fn share_or_promise(&self, rest: &str, why: &mut Vec<String>) -> Option<(Intent, Weight)> {
        let deadline = BEFORE_DAY.replace_all(rest, "_");
        if let Some(text) = CONDITION.why(if self.has_day() { &deadline } else { rest }) {
            why.push(text);
            if FIRM_FUTURE.hit(rest) || WAITS_FOR.is_match(rest) {
                return Some(self.in_progress());
            }
            return Some(doubt());
        }
        if let Some(text) = PROMISE.why(rest) {
            why.push(text);
            if eta(self.part, self.ctx).is_some() {
                return Some(self.in_progress());
            }
            return Some((Intent::new(IntentKind::Ack), Weight::Says));
        }
        if let Some(percent) = share(self.part, self.ctx).filter(|p| *p < 100) {
            why.push(format!("{percent} percent"));
            return Some(self.in_progress());
        }
        let orders = ORDER_HARMLESS.mask(rest);
        let firm = FIRM_ORDER.why(&orders).filter(|t| !(t.contains("'get") && FIRM_FUTURE.hit(rest)));
        let loose = ORDER.why(&orders).filter(|_| !FIRM_FUTURE.hit(rest) && !self.marked() && !self.has_length());
        if let Some(text) = firm.or(loose) {
            why.push(text);
            return Some(doubt());
        }
        None
    }

    /// `text` without its dates and lengths of time.
    fn undated(&self, text: &str) -> String {
        let mut out = text.as_bytes().to_vec();
        for span in super::spans::spans(self.plain, self.ctx) {
            if !matches!(span.what, What::Share(_) | What::Slash(..)) && span.end <= out.len() {
                out[span.start..span.end].fill(b'_');
            }
        }
        String::from_utf8(out).unwrap_or_default()
    }

    fn has_length(&self) -> bool {
        self.part.spans.iter().any(|s| matches!(s.what, What::Length(_) | What::Minutes(_)))
    }

    fn weakened(&self, rest: &str, why: &mut Vec<String>) -> Option<(Intent, Weight)> {
        if let Some(m) = ON_THE_BRINK.find(&rest[..self.start]) {
            why.push(format!("not yet '{}'", m.as_str()));
            return Some(self.in_progress());
        }
        if self.calm[self.end..].starts_with('中') {
            why.push("under way".into());
            return Some(self.in_progress());
        }
        let undated = self.undated(rest);
        let whole = ALL_OF.replace_all(&undated, "_");
        let named = matches!(self.part.items, super::Items::Lines(_) | super::Items::Codes(_)) && !self.part.counted;
        let whole = if named { ONLY.replace_all(&whole, "_") } else { whole };
        if let Some(text) = HEDGE.why(rest).or_else(|| PARTIAL.why(&whole)) {
            why.push(text);
            return Some(self.in_progress());
        }
        if COUNT_AFTER.is_match(&self.calm[self.end..]) {
            why.push("counts some".into());
            return Some(self.in_progress());
        }
        if let Some(text) = GUESS.why(rest) {
            let should = text.contains("should");
            why.push(text);
            let said = self.calm[self.end..].starts_with(['了', '啦', '哒', '咗']);
            let only_should = should && !self.has_day() && !self.has_length();
            let past = ALREADY.is_match(self.plain) || said && !FIRM_FUTURE.hit(rest) && !self.day_ahead() || only_should && !FIRM_FUTURE.hit(&rest.replace("should be", "")) ;
            if !past && (FIRM_FUTURE.hit(rest) || self.ahead(rest, &mut Vec::new()).is_some()) {
                return Some(self.in_progress());
            }
            return Some(doubt());
        }
        let after = &self.calm[self.end..];
        let before = &self.calm[..self.start];
        let inside = &self.calm[self.start..self.end];
        let step = STEP.why(inside).or_else(|| STEP.why(&before[floor(before, before.len().saturating_sub(18))..]).filter(|_| !before.contains('已')));
        let brought_about = STEP_TO_RESULT.is_match(&self.calm[..self.end]);
        let step = step.filter(|t| !(brought_about && ["安排", "联系", "委托", "协调", "派", "开展", "启动", "采购"].iter().any(|ok| t.contains(ok))));
        let step = step.filter(|t| !["排查", "检查", "巡查", "提交", "登记", "设计", "调查"].iter().any(|ok| t.contains(ok)));
        if let Some(text) = step.or_else(|| self.step_after(after)) {
            why.push(text);
            return Some(self.in_progress());
        }
        if NOUN_AFTER.is_match(after) {
            why.push("part of a name or of a time clause".into());
            return Some(doubt());
        }
        None
    }

    /// 已整改方案…, 已下达整改通知书, 已完成招标: what is finished is a paper or a step.
    fn step_after(&self, after: &str) -> Option<String> {
        let head = after.trim_start_matches(['了', '的', ' ']);
        if let Some(m) = STEP_DONE.find(head) {
            return Some(format!("a step on the way '{}'", m.as_str()));
        }
        ["方案", "计划", "通知", "报告", "函", "措施", "意见", "台账", "申请", "指令", "预案", "期限"]
            .iter()
            .find(|w| head.starts_with(*w))
            .map(|w| format!("a step on the way '{w}'"))
    }

    /// Dates and words that put the completion into the future.
    fn ahead(&self, rest: &str, why: &mut Vec<String>) -> Option<(Intent, Weight)> {
        let marked = self.marked();
        let perfect = PERFECT.is_match(&self.calm[..self.end]) || PERFECT_EN.is_match(&self.calm[..self.end]);
        let words = FUTURE.find(rest);
        if let Some((at, _)) = words {
            let past = self.part.spans.iter().any(|s| matches!(s.what, What::Behind(_))) && !FIRM_FUTURE.hit(rest);
            let weak_before_perfect = past || perfect && !FIRM_FUTURE.hit(rest) && at < self.start;
            if !weak_before_perfect {
                why.extend(FUTURE.why(rest));
                return Some(self.in_progress());
            }
        }
        let today = self.ctx.now.date();
        for span in &self.part.spans {
            let before = &self.part.low[..span.start];
            let after = &self.part.low[span.end..];
            let deadline = DEADLINE_AFTER.is_match(after) || BY_BEFORE.is_match(before.trim_end_matches(' '))
                || BY_BEFORE.is_match(before);
            let future = match &span.what {
                What::Ahead(_) => true,
                What::Day(_) if MORNING.is_match(&self.part.low[span.start.saturating_sub(6).max(floor(&self.part.low, span.start.saturating_sub(6)))..span.end]) && !deadline => false,
                What::Day(d) if deadline => !perfect || d.next > today,
                What::Day(d) if d.next == d.last => d.next > today || (d.next == today && !marked),
                What::Day(d) => d.next >= today && !(perfect && (today - d.last).num_days() < 60),
                What::Moment(m) => *m > self.ctx.now,
                What::Length(_) | What::Minutes(_) => !self.calm.contains('用') && !self.calm.contains("历时") && !self.calm.contains("花"),
                _ => false,
            };
            if future {
                why.push("a day or time ahead".into());
                return Some(self.in_progress());
            }
        }
        None
    }

    fn has_day(&self) -> bool {
        self.part.spans.iter().any(|s| matches!(s.what, What::Day(_) | What::Ahead(_) | What::Moment(_)))
    }

    fn day_ahead(&self) -> bool {
        self.part.spans.iter().any(|s| match &s.what {
            What::Ahead(_) => true,
            What::Day(d) => d.last > self.ctx.now.date(),
            _ => false,
        })
    }

    fn in_progress(&self) -> (Intent, Weight) {
        let mut intent = Intent::new(IntentKind::InProgress);
        intent.percent = share(self.part, self.ctx).filter(|p| *p < 100);
        if intent.percent.is_none() {
            intent.eta = eta(self.part, self.ctx);
        }
        (intent, Weight::Says)
    }

    /// Nothing speaks against it; a bare completion word still has to stand in known company.
    fn proven(&self, rest: &str, why: &mut Vec<String>) -> (Intent, Weight) {
        let english = self.calm.as_bytes()[self.start].is_ascii();
        let company = self.company();
        let known = if english { self.english_company(&company) } else { self.chinese_company(&company) };
        let unclear_day = self.part.spans.iter().any(|s| matches!(s.what, What::BadDay(_)))
            || (english && !self.marked() && self.today() && !MORNING.is_match(self.plain));
        if !known || unclear_day || self.part.counted {
            why.push("bare word in unknown company".into());
            return doubt();
        }
        let mut intent = Intent::new(IntentKind::Done);
        intent.done_at = done_at(self.part, self.ctx);
        let other = people::claimed_for(&self.part.text);
        if other.is_some() && !self.marked() {
            why.push("names somebody, not clear whether done".into());
            return doubt();
        }
        intent.confirm = other.is_some() || self.plain.contains("落实") || matches!(self.part.items, super::Items::All | super::Items::Rest);
        intent.by = other.filter(|n| !n.is_empty());
        intent.evidence_later = judge::EVIDENCE.hit(rest) && judge::LATER.hit(rest);
        (intent, Weight::Says)
    }

    fn today(&self) -> bool {
        let today = self.ctx.now.date();
        self.part.spans.iter().any(|s| matches!(&s.what, What::Day(d) if d.next == today))
    }

    /// What stands before and after the completion, dates removed.
    fn company(&self) -> (String, String) {
        let mut text = self.calm.as_bytes().to_vec();
        for span in super::spans::spans(self.plain, self.ctx) {
            text[span.start..span.end].fill(b'_');
        }
        // A second claim beside the first is good company: "done 已整改".
        for m in RESULT.find_iter(self.calm) {
            text[m.start()..m.end()].fill(b'_');
        }
        let text = String::from_utf8(text).unwrap_or_default();
        let cut = |r: std::ops::Range<usize>| text.get(r).unwrap_or("").replace('_', " ");
        (cut(0..self.start), cut(self.end..text.len()))
    }

    fn chinese_company(&self, (before, after): &(String, String)) -> bool {
        if !self.marked() && people::is_person(before.trim()) {
            return false;
        }
        if OK_AFTER_ZH.is_match(after) && OK_ALONE_ZH.is_match(before) {
            return true;
        }
        let behind = self.part.spans.iter().any(|s| matches!(s.what, What::Behind(_) | What::Day(_)));
        let compound = self.end - self.start >= 12 || OK_BEFORE_ZH.is_match(before);
        if self.marked() || behind {
            return after.chars().count() <= 40;
        }
        compound && before.chars().count() <= 16 && OK_AFTER_ZH.is_match(after)
    }

    fn english_company(&self, (before, after): &(String, String)) -> bool {
        let after_ok = OK_AFTER_EN.is_match(after);
        let word = &self.calm[self.start..self.end];
        let adjective = matches!(word, "done" | "complete" | "all set");
        let words_before = before.split_whitespace().count();
        let verb = MARK.is_match(before) || before.trim_end().ends_with(" is") || before.trim_end().ends_with(" are");
        if OK_BEFORE_EN.is_match(before) {
            return after_ok || (!adjective && after.split_whitespace().count() <= 8);
        }
        let chinese_before = before.chars().any(|c| !c.is_ascii());
        words_before <= 6 && !chinese_before && (after_ok && (verb || words_before <= 3) || (!adjective && after.split_whitespace().count() <= 8))
    }
}

/// A completion word that does not count.
fn doubt() -> (Intent, Weight) {
    (Intent::new(IntentKind::Unknown), Weight::Doubt)
}

/// Share finished, in percent, if the clause names one.
pub(super) fn share(part: &Part, ctx: &Context) -> Option<u8> {
    part.spans.iter().find_map(|s| match s.what {
        What::Share(p) => Some(p),
        What::Slash(a, b) => {
            let before = part.low[..s.start].trim_end();
            let dated = before.ends_with("on") || before.ends_with('于') || before.ends_with("at");
            // 9/20 已完成: a day of the last weeks, not a share; 3/5 stays a share.
            let recent = slash_day(a, b, ctx).is_some_and(|d| b > 12 && (0..60).contains(&(ctx.now.date() - d.last).num_days()));
            let dated = dated || (recent && part.low[s.end..].trim_start().starts_with(['已', '完', '办', '整']));
            match share_of(a, b) {
                Some(What::Share(p)) if !dated => Some(p),
                _ => None,
            }
        }
        _ => None,
    })
}

/// When it will be finished; a day without an hour is its last minute.
pub(super) fn eta(part: &Part, ctx: &Context) -> Option<NaiveDateTime> {
    part.spans.iter().find_map(|s| match &s.what {
        What::Day(d) => Some(dates::end_of_day(d.next)),
        What::Ahead(d) => Some(dates::end_of_day(*d)),
        What::Moment(m) => Some(*m),
        What::Length(l) => dates::after_length(ctx, l).map(dates::end_of_day),
        What::Minutes(n) => ctx.now.checked_add_signed(chrono::Duration::minutes(*n)),
        _ => None,
    })
}

fn done_at(part: &Part, ctx: &Context) -> Option<NaiveDate> {
    let today = ctx.now.date();
    part.spans.iter().find_map(|s| match &s.what {
        What::Day(d) if d.last <= today => Some(d.last),
        What::Behind(d) => Some(*d),
        What::Moment(m) if *m <= ctx.now => Some(m.date()),
        What::Slash(a, b) => slash_day(*a, *b, ctx).map(|d| d.last).filter(|d| *d <= today),
        _ => None,
    })
}

re!(AUXILIARY, r"^(?:did|has|have|is|are|was|were|does|will|can|could) ");
re!(ASKED_WORK, r"(?-u:\b)(?:finish|fix|complete|do|resolve|repair|handle|start|work|progress|ready)(?-u:\b)");
re!(DOES, zh::SHORT_WORK);
re!(LOOKS_AHEAD, r"立即|立刻|即刻|这就|随即|加快|加紧|全力|马上|尽快|抓紧|立马|安排");
// 马上处理, "will fix it": a promise to act, with no day and no word of completion.
re!(AT_ONCE, r"^(?:我们?|我会|会)?(?:马上|立即|立马|即刻|立刻|尽快|尽早|抓紧|这就|随即|一定|会)|^(?:i |we )?(?:will|'ll|i'll|we'll|shall) ");
re!(TO_THE_END, r"[好完成结妥定]|(?-u:\b)(?:finish|complete|ready|done|end)(?-u:\b)");
re!(START_PROMISE, r"^(?:我们?)?(?:会|将|马上|立即|立马|抓紧|尽快|这就|即刻|立刻|稍后|晚点|待会|回头|明天|今天|下午|尽早|准备|计划|打算|争取|预计)");

/// Clauses without a completion word: the future, a date alone, negation with items, questions.
pub(super) fn without_completion(part: &Part, plain: &str, ctx: &Context, why: &mut Vec<String>) -> (Intent, Weight) {
    let calm = FUTURE_HARMLESS.mask(&HARMLESS.mask(plain));
    if part.asked && TAG.is_match(plain) {
        why.push("asks back".into());
        return (Intent::new(IntentKind::Status), Weight::Doubt);
    }
    if TAG.is_match(plain) {
        return (Intent::new(IntentKind::Unknown), Weight::Doubt);
    }
    if let Some(text) = HEARSAY.why(&calm).or_else(|| CONDITION.why(&calm)) {
        why.push(text);
        let future = FIRM_FUTURE.hit(&calm) && !part.asked;
        if future && CONDITION.hit(&calm) {
            return (Intent::new(IntentKind::InProgress), Weight::Governs);
        }
        let mut intent = Intent::new(IntentKind::Unknown);
        intent.by = people::claimed_for(&part.text).filter(|n| !n.is_empty());
        return (intent, Weight::Governs);
    }
    if let Some(percent) = share(part, ctx) {
        let mut intent = Intent::new(IntentKind::InProgress);
        if percent < 100 {
            why.push(format!("{percent} percent"));
            intent.percent = Some(percent);
            return (intent, Weight::Says);
        }
    }
    if part.asked && (ENGLISH_ASKS.is_match(&calm) || AUXILIARY.is_match(&calm)) && ASKED_WORK.is_match(&calm) {
        why.push("asks about the work".into());
        return (Intent::new(IntentKind::Status), Weight::Says);
    }
    if part.asked || QUESTION.hit(&calm) {
        why.push("question".into());
        return (Intent::new(IntentKind::Unknown), Weight::Doubt);
    }
    if NEGATION.hit(&calm) && part.items != super::Items::Unspecified && part.low.len() <= 12 {
        why.extend(NEGATION.why(&calm));
        return (not_done(), Weight::Says);
    }
    if let Some(text) = PROMISE.why(&calm) {
        why.push(text);
        return (Intent::new(IntentKind::Ack), Weight::Says);
    }
    if let Some(text) = HEDGE.why(&calm).filter(|_| plain.chars().count() <= 12) {
        why.push(text);
        return (Intent::new(IntentKind::InProgress), Weight::Says);
    }
    if STEP.hit(&calm) && (calm.contains('已') || calm.contains('了')) {
        why.extend(STEP.why(&calm));
        return (Intent::new(IntentKind::InProgress), Weight::Says);
    }
    let ahead = part.spans.iter().any(|s| matches!(s.what, What::Day(_) | What::Ahead(_) | What::Moment(_)));
    let work = zh::WORK.iter().any(|w| plain.contains(w)) || FUTURE.hit(&calm) || DOES.is_match(plain);
    let order = FIRM_ORDER.hit(&ORDER_HARMLESS.mask(&calm));
    if work && !order && (FUTURE.hit(&calm) || ahead) && (START_PROMISE.is_match(plain) || ahead || plain.is_ascii()) {
        why.extend(FUTURE.why(&calm));
        let mut intent = Intent::new(if eta(part, ctx).is_none() && AT_ONCE.is_match(plain) && !TO_THE_END.is_match(plain) { IntentKind::Ack } else { IntentKind::InProgress });
        intent.eta = eta(part, ctx);
        return (intent, Weight::Says);
    }
    let weight = if order || GUESS.hit(&calm) { Weight::Governs } else { Weight::Neutral };
    (Intent::new(IntentKind::Unknown), weight)
}

/// A word that could claim completion stands in the clause.
pub(super) fn has_completion(plain: &str) -> bool {
    completion(&FAULT.mask(&HARMLESS.mask(plain))).is_some()
}

/// The reading rests on a step on the way (通知已下发, 培训已开展).
pub(super) fn is_step(why: &[String]) -> bool {
    why.iter().any(|w| STEP.named(w))
}

/// The clause states a condition.
pub(super) fn is_conditional(plain: &str) -> bool {
    CONDITION.hit(plain)
}

/// The clause repeats what somebody said.
pub(super) fn is_hearsay(plain: &str) -> bool {
    HEARSAY.hit(plain)
}

/// The clause speaks of what is to come.
pub(super) fn looks_ahead(part: &Part) -> bool {
    let calm = FUTURE_HARMLESS.mask(&HARMLESS.mask(&part.low));
    FIRM_FUTURE.hit(&calm) || LOOKS_AHEAD.is_match(&calm) || part.spans.iter().any(|s| matches!(s.what, What::Ahead(_) | What::Day(_) | What::Moment(_)))
}

/// A clause about a day to come, other than the day of the inspection.
pub(super) fn has_day_ahead(part: &Part) -> bool {
    let inspection = ["验", "复查", "核查", "检查", "inspect", "verif", "照片", "photo", "材料", "资料"].iter().any(|w| part.low.contains(w));
    !inspection && part.spans.iter().any(|s| matches!(&s.what, What::Ahead(_) | What::Length(_)) || matches!(&s.what, What::Day(d) if d.next == d.last))
}

/// Words in a clause nobody understood that may take back the claim beside it.
pub(super) fn doubtful(low: &str) -> bool {
    let calm = ORDER_HARMLESS.mask(&FUTURE_HARMLESS.mask(&FAULT.mask(&HARMLESS.mask(low))));
    [&*NEGATION, &*FIRM_FUTURE, &*HEDGE, &*GUESS, &*CONDITION, &*HEARSAY].iter().any(|list| list.hit(&calm))
}

fn floor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at += 1;
    }
    at
}
