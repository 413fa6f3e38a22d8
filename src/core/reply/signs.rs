//! The signs by which a claim of completion is recognised and taken back: the word lists of `zh` and `en`
//! compiled, and the shapes (word beside word) that no list can hold. Knows nothing of their order; that
//! is `claim`.

use super::words::words;
use super::{en, zh};
use crate::core::patterns::{pattern, re};

words!(HARMLESS, "harmless", zh::HARMLESS, en::HARMLESS);
words!(FAULT, "description of the fault", zh::FAULT_THEN_FIXED, "");
words!(NEGATION, "negated by", zh::NEGATION, en::NEGATION);
words!(UNFINISHED, "unfinished", "", en::UNFINISHED);
words!(QUESTION, "question", zh::QUESTION, "");
words!(FUTURE_HARMLESS, "harmless", zh::FUTURE_HARMLESS, en::FUTURE_HARMLESS);
words!(FUTURE, "future", zh::FUTURE, en::FUTURE);
words!(HEDGE, "weakened by", zh::HEDGE, en::HEDGE);
words!(PARTIAL, "in part", zh::PARTIAL, en::PARTIAL);
words!(GUESS, "a guess", zh::GUESS, en::GUESS);
words!(CONDITION, "condition", zh::CONDITION, en::CONDITION);
words!(HEARSAY, "hearsay", zh::HEARSAY, en::HEARSAY);
words!(ORDER_HARMLESS, "harmless", zh::INSTRUCTION_HARMLESS, en::INSTRUCTION_HARMLESS);
words!(ORDER, "instruction", zh::INSTRUCTION, en::INSTRUCTION);
words!(PROMISE, "promise", zh::PROMISE, en::PROMISE);
words!(STEP, "a step on the way", zh::STEP, "");
words!(WORK, "work", zh::WORK, "");
words!(COMPLETE, "completion word", zh::COMPLETE, en::COMPLETE);
words!(FIRM_ORDER, "instruction", zh::FIRM_ORDER, en::FIRM_ORDER);
words!(FIRM_FUTURE, "future", zh::FIRM_FUTURE, en::FIRM_FUTURE);

words!(TO_COME, "future", zh::TO_COME, en::TO_COME);

re!(
    QUOTING,
    r#"(?:回复?|输入|发送|点击?|按|选择?|回|打|填写?|写)(?:个|一个|一下)?["'(]?(?:已?完成|办结|搞定|done|complete)|(?-u:\b)(?:reply|type|send|press|click|text|say|write|answer|enter|replying)(?: with| back)? ["'(]?(?:done|complete|finished)"#
);
re!(
    NOUN_AFTER,
    r"^(?:了|的|已)?\s?(?:情况|状况|表|清单|报告|汇总|统计|台账|率|时间|时限|期限|日期|标准|比例|数量|数|量|证明|进度|目标|名单|说明|通知|方案|计划|登记|一览|名册|明细|模板|格式|回执|确认单|截止|条件|要求|度|与否|才|就|的话|时|前|之前|以前|后|之后|以后|之日|之际|任务书|工作的|部分|一部|多少|的?(?:不|没)|的是|的(?:有|那|任务|项目|隐患|问题|事项|工作|部分|请|单位)|者|人|质量|程度|阶段|节点|指标)"
);
// A word right before the completion that keeps it from being reached.
re!(
    ON_THE_BRINK,
    r"(?:快要?|就要|(?:^|[^重主需必次首紧])要|将要?|待|正在?|去|着手|继续|接近|临近|趋于|近乎|只等|来不及|忙着|争着|抢着)\s?$"
);
re!(BEFORE_DAY, r"(?-u:\b)(?:before|until|till)(?-u:\b)");
re!(URGING, r"(?:督|交|转|催)办(?:完成|完毕|完|好|结|妥)?(?:完成)?$");
re!(WAITS_FOR, r"(?:等|待|到位|到了|下来|批了?)[^,]*(?:就|即|便|方|才)");
// 三个灭火器都…, "all three": a number of things of which all are meant.
re!(
    ALL_OF,
    r"(?:[一二两三四五六七八九十几]+|\d+)[个项条处台家户具](?:[^,]{0,10})(?:都|全|均)|(?-u:\b)(?:that|this|the|which|last) ones?(?:'s)?(?-u:\b)|(?-u:\b)(?:all|both|the) (?:one|two|three|four|five|six)(?-u:\b)"
);
// "Only 2 is done": of item 2 it is said without reserve.
re!(ONLY, r"只有|仅有|只|仅|(?-u:\b)only(?-u:\b)");
re!(ALREADY, r"已|(?-u:\b)(?:already|by now)(?-u:\b)");
re!(STEP_TO_RESULT, r"(?:完成|完毕|到位|好|完|妥|结束)$");
re!(
    STEP_DONE,
    r"^(?:了|对|项目|前期|相关|初步|现场|图纸|施工图?|工程|资金)*(?:招投?标|设计|立项|审批|报批|勘察|勘测|评估|询价|报价|预算|备料|围挡|合同|签约|拨款|论证|公示|申报|摸底|动员|部署|前期|交底|可研|编制|备案|采购|下单|定制|测绘|踏勘|对接|沟通|约谈|发文|通知|宣传)"
);
re!(OR_NOT, r"^(?:了)?(?:与否|没完成|不完成)|(?:^|[^效])率$|(?:之前|以前)$|^ in (?:my|your|his) dreams");
// Words at the head of a clause after which nothing that follows has happened, or not surely.
re!(
    TAKES_BACK,
    r"^(?:(?:我|我们|都|还|又|那)?(?:忘了|忘记)|待[^命业遇]|难(?:[^点题度处关]|处理|处置)|快(?:[^递餐捷速艇检报]|$)|刚要|正要|开始|协助|督促|催|希望[^小]|盼|最好|早日|就算|即使|哪怕|除非|(?:being|it would be|could be|i hope|before it is)(?-u:\b))"
);
re!(RHETORICAL, r"谁|别[^,]{0,4}[说讲]|[莫少][说讲]");
re!(URGED, r"请|务必|必须|要|须|尽快");
re!(OF_THOSE, r"^的(?:请|单位|企业|要|须|部门|同志|地方|乡镇|都要|报|回)");
re!(
    AFTERWARDS,
    r"^(?:了)?(?:之?后|以后)?(?:就|再|会|马上|立即|立刻|第一时间|我|给)(?:给|跟|向|会|来|再|就|马上|立即)*(?:告|报|发|说|通知|回|联系|汇报|上报|补|讲|反馈|拍)|^(?:了)?(?:之后|以后|后)(?:再|我再|会)"
);
re!(
    COUNT_AFTER,
    r"^(?:了)?\s?(?:约|近|超过?|共|仅|只)?(?:\d{1,5}|[一二两三四五六七八九十几数百]{1,4})\s?(?:项|条|个|处|件|家|户|座|台|栋|起|次|名|人|点|份|批|公里|米|吨|多|余|块|辆)"
);
re!(ABOUT_ME, r"^(?:i'?m|i am|we'?re|we are|im) ");
re!(
    IDIOM,
    r"(?-u:\b)(?:done deal|(?:i'?m|i am|we'?re|we are|im) (?:all |so |totally |completely |just )?(?:done|finished|complete|sorted|fixed)(?: with (?:this|it|you|that|these|those|them|your|the|my|all|work)(?-u:\b).*| with| here| for| in)?(?:$| now| today| thanks| bye|,|!)|well done|nicely done|easier said|said and done|done for(?:$| it)|done in$|done to death|done thing|overdone|over and done|get done|what'?s done|half-done|have done$|finished product|complete (?:mess|waste|disaster|nonsense|list|set|report|joke|failure|idiot|works|the|this|it|all|your|these|those|them|asap|task|item|rectification|form|details)|finished off$|fixed (?:asset|term|price|date|deadline|schedule|cost|income|rate|point|position|fee)|resolved to|done time|done talking|done waiting|done arguing|as good as done|^be done|^(?:so )?done with (?:it|this|that|you|them)|never done|done up|done over|completed? (?:report|form|checklist|list|application)s? (?:is |are )?(?:attached|required|needed)|sorted by|cleared to|settled for|settled in|handled by)(?-u:\b)?"
);
re!(
    ENGLISH_ASKS,
    r"^(?:so |and |ok |hi |hey )?(?:do (?:you|we|they|i|all|the|these|those)(?-u:\b)|(?:is|are|was|were|did|does|has|have|had|can|could|will|would|should|am|isn't|aren't|hasn't|haven't|didn't|won't) (?:it|this|that|these|those|they|you|we|he|she|i|all|everything|everyone|item|items|#|the|any|anyone|anybody|anything|there|code|your|our|both|each|[a-z]\d))|^(?:when|how|what|why|who|whose|which|where|any (?:news|update|progress))(?-u:\b)"
);
re!(
    TAG,
    r"^(?:right|no|yes|ok|okay|correct|eh|huh|really|is it|isn't it|aren't they|are you sure|you sure|sure|true|是吗|对吗|是吧|对吧|真的|真的吗|真的假的|吧|吗|嗯|啊|不是吗|好吗|行吗|确定|确定吗|你确定|是不是|对不对|信吗|可能吗|哈)$"
);

/// Verb plus complement, `已` plus verb, verb plus `了`.
pub(super) static RESULT: std::sync::LazyLock<regex::Regex> = std::sync::LazyLock::new(|| {
    let work = super::words::alternation(zh::WORK);
    let short = zh::SHORT_WORK;
    let more = zh::SHORT_WORK_MORE;
    let result = "(?:完成|完毕|完|好|妥当|妥|到位|结束|结|掉|清楚|毕|归一|归位|清|干净|落地|齐全|齐|撇脱|断根|下来|出来|上去|熨帖|抻抖|巴适|妥帖|上)";
    let perf = "(?:已经|早已|均已|业已|都已|现已|全已|也已|已|刚刚|刚|曾)";
    pattern(&format!(
        r"^(?:都|已|全)?结了|(?:{work})(?:完成|完毕|完|好|妥当|妥|到位|结束|结|掉|清楚|毕|归一|清|干净|落地|齐全|齐)|{short}{result}|{perf}[^,。;]{{0,8}}?(?:{work})|{perf}(?:经)?(?:办|做|弄|搞|修|改|换|拆|装|补|清)|(?:{work})(?:了|啦|咯|哒|咗|嘞)|(?:办|修|换|拆|做|装|清|改|补)(?:了|咗|哒)$|恢复(?:正常|使用|原状)(?:了|$)|换了(?:一?个|一批|一套)?新|{short}(?:走|新的?|上去|上|下去|平|牢|稳|全|实|净|利索|归位|回去|进去|出去|通)(?:了|啦|咯)|{more}(?:好|完|掉|上|高|牢|走|净|满|平|齐|断|住|紧|死|回去|下来)(?:了|啦|咯|哒)|{perf}\p{{Han}}{{0,4}}{more}(?:好|完|掉|上|高|牢|走|净|满|平|齐|断|住|紧|死)|(?:都|全部?|均|已经?|终于)(?:弄|搞|做|办|修)?(?:好|妥|ok|行)(?:了|啦|咯|哒)|{perf}\s?(?:fix|done|finish|ok|complete)(?:ed)?"
    ))
});
re!(
    MARK,
    r"已|业|了|哒|咗|啦|咯|嘎|噶|早就|刚|终于|总算|曾|(?-u:\b)(?:completed|finished|fixed|resolved|sorted|solved|rectified|repaired|replaced|corrected|abated|handled|settled|submitted|remedied|addressed|cleared|been|have|has|had|was|were|already|just|took|wrapped|did|'ve|removed|installed|cleaned|eliminated|delivered|carried|finalised|finalized|concluded|accomplished)(?-u:\b)"
);
re!(
    PERFECT_EN,
    r"(?-u:\b)(?:was|were|has|have|had|been|already|just|'ve|got|(?:^|and )(?:i|we|they|he|she|(?:the )?(?:team|crew|contractor)) (?:[a-z]+ed))(?-u:\b)"
);
re!(MORNING, r"as of today|this morning|今早|今晨|今天早上|今天上午");
re!(PERFECT, r"已|业已|早就");
re!(DEADLINE_AFTER, r"^\s?(?:之|以)?(?:前|内|里)");
re!(
    BY_BEFORE,
    r"(?:(?-u:\b)(?:by|before|until|till|no later than|not later than|due|for|within)\s?(?:the )?|最迟|最晚|截至|截止)$"
);
re!(
    OK_AFTER_ZH,
    r"^(?:整改|任务|工作|处理|办理|落实|治理|处置|该项|此项|本项|这项|事项|隐患|清理|维修|更换|整治|了|的|啦|哒|咯|嘞|噶|嘎|咗|哈|嘛|哟|喔|哩|乐|勒|叻|哦|呀|啊|哇|呐|耶|嗷|咧|好|晒|嗮|全部|所有|都|及?销号|闭环|完毕|完成|到位|归一|[\s!~.:_\-)（]|\(.*)*$"
);
re!(
    OK_BEFORE_ZH,
    r"(?:整改|处理|处置|办理|落实|治理|隐患|问题|任务|工作|整治|事项|事情|项目|现场|维修|清理|拆除|更换|安装|消除|修复|排查|检查|自查|[\s_:\-)])+$"
);
re!(
    OK_ALONE_ZH,
    r"^(?:全部|都|均|全|所有|皆|其他|其余|其它|剩下的?|剩余的?|我们?|本单位|我单位|我局|我县|我镇|我乡|我村|本局|我司|本公司|我公司|现|现在|目前|今天|今日|昨天|这边|那边|这|该|此|本|项|条|号|的|也|整改|处理|处置|办理|落实|治理|隐患|问题|任务|工作|事项|事|全数|按要求|经|当场|现场|立行立改|立即|收到|好的?|ok|嗯|是|位|对|恭喜|大|圆满|顺利|成功|报告|领导|[\s_:!,.\-)(])*$"
);
re!(
    OK_AFTER_EN,
    r"^(?:[\s_!.,:)(-]|now|already|today|yesterday|thanks?|thx|sir|boss|too|also|here|as|of|requested|required|instructed|instructions?|orders?|plan|per|well|ok|okay|for|with|on|at|of|and|verified|tested|cleaned|dusted|signed|off|both|all|everything|it|items?|the|this|morning|photos?|pics?|attached|below|see|ahead|schedule|planned|same|day|earlier|week|last|already|by|me|us|our|team|just|fully|properly|in|full|time|work|order|inspection|task|job|a|days?|successfully|safely|long|ago|hours?|is|that|closed|finished|complete|completed|fixed|report|tick|check|yep|yes|mate|guys|everyone|team|folks|please|pls|verify|kindly|confirm|\d+)*$"
);
re!(
    OK_BEFORE_EN,
    r"^(?:[\s_!.,:)('-]|it|it's|its|is|was|has|have|had|been|i|i've|ive|we|we've|they|they've|he|she|got|this|that|these|those|are|all|both|everything|every|item|items|job|work|task|tasks|now|already|just|finally|ok|okay|yes|yep|yeah|yup|hi|dear|sir|boss|the|rectification|repairs?|hazards?|issues?|problems?|fix|inspection|ones?|list|others?|rest|and|fully|successfully|completely|properly|totally|100|matter|today|yesterday|as|of|so|well|been|being|other|remaining|corrective|actions?|action|point|points|same|here|good|news|happy|to|report|pleased|confirm|inform|you|my|our|part|side|end|a|status|update|complete|completed|done|finished|line|lines|no|number|code|\d+)*$"
);

// 还没弄完呢 tells, it does not ask.
re!(STILL_NOT, r"^(.*(?:还|尚|仍|都|才|压根|根本)(?:没|未|冇|不).*?)呢$");
re!(GUESSING, r"(?:应该|应当|大概|可能|好像|估计|算是|似乎|多半|差不多).*吧$");
re!(WHEN_DONE, r"^when .*(?:i'll|we'll|i will|we will|let you know|tell you)");
re!(
    UNSURE,
    r"不(?:太|大|是很)?(?:知道|清楚|确定|晓得|了解|明白|好说)|没(?:有)?(?:问|看|核实|去看)|(?:要|得|还要|还得)看|看看|待(?:核|确认)|再(?:确认|核实|看)|去(?:问|看|核)"
);
re!(
    CANNOT_SAY,
    r"能不能|可不可以|会不会|不(?:能|敢|好|便)(?:说|算|讲|保证|确定|称)|can't (?:really )?(?:say|claim|call)|cannot (?:say|claim|call)"
);
re!(
    WHETHER,
    r"有没有|有无|有冇|是否|是不是|能不能|办没办|做没做|改没改|完没完|搞没搞|弄没弄|成没成|修没修|好没好|整没整"
);
re!(
    NOT_WORK,
    r"(?:未|没有?|冇|还没有?|尚未|并未|从未)(?:被|能|有|曾|经|完全|全部|全|都|及时|按期|按时|如期|按要求|真正|彻底|得到|进行|开展|开始|动手?)*(?:整改|处理|处置|办理|落实|解决|消除|排除|修复|维修|更换|清理|拆除|弄|搞|办|做|改|修|整|治理|恢复|安装|行动|动工|动|来得及|顾得?上|(?:空|时间|工夫)(?:去)?(?:弄|办|做|搞|改|处理|整))|(?:整改|处理|处置|落实|办理|解决|清理|治理|修复|排查)(?:的)?(?:得)?(?:还)?(?:不|未|没有?)(?:到位|彻底|完全|完|好|干净|够|妥|全|力|清)"
);
re!(ASKED_ZH, r"(?:验收|复查|审核|批|通过|核查|处理|整改|落实|办|弄|搞|修)[^,]{0,4}(?:没有?|吗|么|没|否)$");
re!(AUXILIARY, r"^(?:did|has|have|is|are|was|were|does|will|can|could) ");
re!(ASKED_WORK, r"(?-u:\b)(?:finish|fix|complete|do|resolve|repair|handle|start|work|progress|ready)(?-u:\b)");
re!(STILL_OPEN, r"(?:还|尚|仍|一直|也|都)(?:没|未|冇)(?:有)?[^,事核看确问验]{0,6}$");
re!(DOES, "[办做弄搞修改换拆清装补整干]");
re!(LOOKS_AHEAD, r"立即|立刻|即刻|这就|随即|加快|加紧|全力|马上|尽快|抓紧|立马|安排");
// 马上处理, "will fix it": a promise to act, with no day and no word of completion.
re!(
    AT_ONCE,
    r"^(?:我们?|我会|会)?(?:马上|立即|立马|即刻|立刻|尽快|尽早|抓紧|这就|随即|一定|会)|^(?:i |we )?(?:will|'ll|i'll|we'll|shall) "
);
re!(TO_THE_END, r"[好完成结妥定]|(?-u:\b)(?:finish|complete|ready|done|end)(?-u:\b)");
re!(
    START_PROMISE,
    r"^(?:我们?)?(?:会|将|马上|立即|立马|抓紧|尽快|这就|即刻|立刻|稍后|晚点|待会|回头|明天|今天|下午|尽早|准备|计划|打算|争取|预计)"
);
re!(DID_IT, r"^did (?:it|that|this)(?: (?:yesterday|today|already|now|this morning|last .*|on .*|myself|ages ago))?$");
re!(
    NOT_WORK_EN,
    r"(?-u:\b)(?:didn't|did not|haven't|have not|hasn't|has not|don't|yet to|never|not) (?:\w+ )?(?:finish|fix|complete|do|done|start|begin|begun|get to|got to|touch|repair|resolve|handle|look at)(?:ed)?(?-u:\b)"
);
re!(DUE_FIELD, r"^(?:时间|时限|日期|期限|节点)");
