//! What must be seen in the whole message before its clauses: accidents, machines writing, commands
//! smuggled into text.
//!
//! An accident word alone does not page anybody: 火灾隐患, 防爆柜 and "fire drill" are the trade's daily
//! words. When a real event cannot be excluded, the alarm is raised.

use crate::core::patterns::re;

re!(
    TRADE,
    r"(?:消防|防火|防爆|防溺水|防中毒|防坍塌|防滑坡|防触电|防坠落|防汛|防泄漏|灭火器?|火灾(?:自动)?报警|火灾(?:隐患|风险|危险|防控|防范|警示|荷载|形势|扑救演练|探测|应急|逃生|案例|教训|事故教训|事故调查)|烟感|爆炸(?:物品?|性|危险|风险|隐患|极限|场所|品)|(?:坍塌|垮塌|滑坡|泥石流|泄漏|泄露|中毒|窒息|触电|溺水|坠落|伤亡|死亡|透水|冒顶|踩踏|被困|受伤|爆燃|燃爆|起火|着火|失火|火灾|爆炸)(?:和|及|、|或|与)?(?:\p{Han}{0,6})?(?:隐患|风险|危险源?|演练|预案|检测|监测|报警器?|探测器?|警示|教育|培训|案例|事故案例|应急处置|防控|防范|预防|防护|保护器?|率|数据|人数统计|统计|通报|点已|问题已|点整改|处已|部位已|讲座|知识|宣传)|(?:预防|防止|防范|避免|杜绝|以防|谨防|严防|防|排除|消除|遏制|减少|如遇|如果?发生|万一|一旦)[^,。;]{0,12}(?:火灾|起火|着火|失火|爆炸|坍塌|垮塌|滑坡|泄漏|泄露|中毒|触电|溺水|坠落|伤亡|死亡|透水|踩踏|被困|受伤|事故)|(?:无|未|没有?|未曾|未再|零)(?:人员?|发生|出现|造成|任何|发现|产生|再|有|存在|重大|一起)*[^,。;]{0,6}(?:火灾|起火|着火|失火|爆炸|坍塌|垮塌|滑坡|泄漏|泄露|中毒|触电|溺水|坠落|伤亡|死亡|透水|踩踏|被困|受伤|出事|事故|险情|警情))"
);
re!(
    TRADE_EN,
    r"(?i)(?-u:\b)(?:fire[- ](?:drills?|doors?|extinguishers?|hydrants?|alarms?|safety|brigade|department|dept|hazards?|risks?|exits?|escape|lanes?|hoses?|code|station|prevention|protection|pump|systems?|inspection|trucks?|plan|equipment|wall|proof|sprinklers?|detectors?|suppression|compartment|engine|service|panel|stopping|training|certificate)|fireproof|fireworks?|explosion[- ]proof|explosives?|leak[- ](?:test|detection|detector|check|proof)s?|emergency (?:exits?|plans?|lights?|lighting|drills?|contacts?|doors?|numbers?|response|preparedness|management|bureau|supplies|routes?|stops?|kit|shower|power|generator|procedures?|training|equipment|office)|(?:no|without|zero|prevent(?:ed|ing)?|avoid(?:ed|ing)?|risk of|danger of|in case of|hazard of|drill for|possible) (?:any )?(?:\w+ )?(?:fires?|explosions?|leaks?|leakage|collapse|casualt\w+|injur\w+|deaths?|victims?|emergenc\w+)|not (?:an )?emergency|dead(?:line| battery| bolt)|(?:the )?(?:gas |oil |water |roof |pipe )?leak(?:age|s|ing)?(?: \w+)? (?:is |are |was |has been |have been |now )*(?:fixed|repaired|sealed|stopped|done|resolved|plugged|patched)|(?:fixed|repaired|sealed|stopped|patched|plugged) (?:the |a |all )?(?:\w+ )?leaks?|data leak\w*)(?-u:\b)"
);
re!(
    LEAK_MENDED,
    r"(?:泄漏|泄露|漏气|漏油|滑坡|坍塌|塌方|塌陷|垮塌|冒烟|积水|起火点)(?:点|处|部位|问题|隐患|的)*(?:均|都|全部)?(?:已|已经)(?:全部)?(?:整改|修复|处理|堵|消除|排除|修|封堵|清理|治理|加固|完成)"
);
re!(
    ACCIDENT,
    r"着火|起火|失火|火灾|火警|大火|火势|火情|爆炸|爆燃|燃爆|炸了|坍塌|垮塌|塌方|塌了|倒塌|垮了|泄漏|泄露|漏气|漏油|中毒|溺水|落水|触电|伤亡|死亡|死了人|死人|死了|身亡|遇难|丧生|致死|有人(?:受伤|被困|死|晕倒?|昏|掉|坠|落|埋|被埋|中毒|溺|触电|失踪|倒|不行|跳|摔)|人员?(?:受伤|被困|失踪|被埋|伤亡)|\d+(?:人|名)(?:受伤|被困|死亡|失踪|被埋|伤|亡|遇难|重伤|轻伤)|[一二三四五六七八九十两几多]+[人名]\p{Han}{0,3}(?:受伤|被困|死亡|失踪|被埋|遇难|重伤|轻伤)|被困|被埋|埋了|受伤|重伤|伤了人|坠落|坠亡|坠楼|摔下|滑坡|泥石流|决堤|溃坝|溃堤|决口|管涌|透水|冒顶|瓦斯突出|瓦斯超限|翻车|车祸|撞车|踩踏|救命|快来救|快救|出大?事了|出事故|出人命|发生(?:了)?\p{Han}{0,6}事故|事故发生|险情|冒(?:浓)?烟|浓烟|烧起来|燃起来|烧着|叫救护车|打119|打120|拨打?119|拨打?120|紧急情况|十万火急|山火|森林火|洪水|山洪|沉船|脱轨|断裂倒|求救|闹出人命|昏迷|晕倒|窒息"
);
re!(
    ACCIDENT_EN,
    r"(?i)(?-u:\b)(?:explosions?|explod(?:ed|ing|es)|blown up|blew up|blast|on fire|caught fire|catching fire|fire (?:broke out|has broken out|breaking out|started|spreading|spreads|at|in|on|now|out of control|alert)|(?:a|big|huge|large|there's|there is|major|is|forest|wild|still a) (?:\w+ )?fire|wildfire|^\W*fires?\W*$|fire!+|burning|in flames|collaps(?:ed?|ing|es)|cave[- ]?in|caved in|(?:gas|oil|chemical|ammonia|chlorine|toxic|acid|fuel|big|major|serious) (?:is )?(?:leaks?|leaking|leaked|leakage|spill(?:ed)?)|leaking|leak(?:age)?|spill(?:age|ed)?|casualt(?:y|ies)|trapped|injur(?:ed|ies|y)|wounded|dead|died|deaths?|dying|killed|fatalit(?:y|ies)|drown(?:ed|ing|s)?|poison(?:ed|ing)|electrocut(?:ed|ion)|sos|mayday|landslides?|mudslides?|emergency|call (?:119|120|911|999|112|an ambulance|the fire brigade|for help)|ambulance|smoke (?:everywhere|coming|rising|is)|flood(?:ed|ing)|unconscious|buried alive|evacuat(?:e|ed|ing)|dam (?:break|burst|failure)|crashed|derailed|missing persons?|bleeding|help!+ )(?-u:\b)?"
);
re!(
    AUTOMATIC,
    r"(?i)自动(?:回复|答复|应答)|\[?auto(?:matic)?[- ]?(?:reply|response|answer)|autoreply|out of (?:the )?office|(?-u:\b)ooo(?-u:\b)|(?:on|taking) (?:annual |maternity |sick |paternity |my )?(?:leave|vacation)(?-u:\b)|on holiday until|away (?:from (?:my desk|the office)|until|on)|(?:i am|i'm|currently) away|limited access to (?:my )?e-?mail|正?在?休假|年假|外出期间|休假期间|不在办公室|不在(?:公司|单位)期间|假期内无法|将在.{0,12}(?:返回|回来后)(?:回复|处理)|will (?:respond|reply|get back|return).{0,30}(?:return|back|as soon as)|thank you for your (?:e-?mail|message)|您的(?:邮件|来信|消息)(?:已收到|我已收到)|邮件已收到|delivery status notification|undeliverable|mail delivery (?:failed|subsystem)|delivery (?:has )?failed|退信|do not reply to this|此邮件(?:为|由)系统|系统自动发送|vacation (?:reply|responder|note)|no longer monitored"
);
re!(
    READ_RECEIPT,
    r"(?i)^\s*(?:\[?(?:已读|已读回执|已阅读|阅读回执|已送达|消息已读|对方已读|已读取|未读|read|seen|delivered|read receipt|message read|read:.*|已读:.*|your message .{0,80}was read.*|disposition-notification.*|return receipt.*|receipt: read)\]?)\s*[.。!]*\s*$"
);
re!(
    SMUGGLED,
    r"(?i)(?:标记|设置?|改|置|更新|批量|处理|视|当)(?:成|为|作)?\p{Han}{0,4}(?:完成|办结|已完成|销号|闭环|关闭)\p{Han}{0,6}(?:删|清|并|全部)|删除?(?:所有|全部|记录|数据|台账|日志|隐患|任务|库)|清空|(?:所有|全部|一切)\p{Han}{0,6}(?:标记|设置?为|改为|置为|标为|标成|改成|设成)|把(?:所有|全部|一切)|将(?:所有|全部|一切)\p{Han}{0,8}(?:关闭|完成|销号|删除|办结)|忽略(?:之?前|以上|上述|所有|前面|一切|你)|无视(?:之?前|以上|上述|所有|规则)|忘(?:记|掉)(?:之?前|以上|所有)|系统提示|提示词|你现在是|从现在起|假装你|扮演|(?-u:\b)(?:ignore|disregard|forget|bypass|override) (?:all |any |the |your |every )*(?:previous|prior|above|earlier|rules?|instructions?|polic(?:y|ies)|system|prompts?|restrictions?|safeguards?)|(?:close|complete|finish|resolve|approve|delete|remove|wipe|clear) (?:all|every(?:thing|one)?|the whole|any)(?-u:\b)|(?:mark|set|flag|make|change|update) (?:all|every(?:thing)?|them all|the whole|each)|mark .{0,20}as (?:done|complete|closed|finished|resolved)|drop table|delete from|select \*|update .{1,20} set |system prompt|you are now|act as|sudo |<script|\{\{|jailbreak|developer mode|admin mode|rm -rf|--\s*$|';|\$\{"
);

// What an approver says of all that they were asked; the list is shown and confirmed.
re!(DECIDES_ALL, r"(?i)^\s*(?:please )?(?:approve|close) (?:all(?: of (?:them|these))?|them all)[.!\s]*$");
re!(
    PAST_OR_PLAYED,
    r"(?:去年|前年|上个?月|上周|以前|之前|往年|历史上?|曾经?|多年前|前几[天年]|\d{4}年)[^,。;!\n]{0,10}(?:发生过?|出过|有过)?[^,。;!\n]{0,6}(?:火灾|起火|着火|失火|爆炸|坍塌|垮塌|塌方|滑坡|泄漏|中毒|触电|溺水|坠落|伤亡|死亡|透水|踩踏|事故|翻车|车祸)|(?:会不会|是否会|容易|可能(?:会)?|怕|担心|以免|导致|引发|造成)[^,。;!\n]{0,6}(?:火灾|起火|着火|失火|爆炸|坍塌|垮塌|塌方|滑坡|泄漏|中毒|触电|溺水|坠落|伤亡|死亡|透水|踩踏)"
);
re!(DRILL, r"(?i)演练|演习|模拟|桌面推演|(?-u:\b)(?:drill|exercise|simulat(?:ed|ion)|mock|training)(?-u:\b)");
re!(REAL, r"(?i)真的?|不是演|非演|快来|救命|(?-u:\b)(?:real|not a drill|actual(?:ly)?)(?-u:\b)");

/// An accident seems to be under way.
pub(in crate::core) fn accident(text: &str) -> bool {
    if DRILL.is_match(text) && !REAL.is_match(text) {
        return false;
    }
    let text = &*PAST_OR_PLAYED.replace_all(text, "__");
    let text = TRADE.replace_all(text, "__");
    let text = TRADE_EN.replace_all(&text, "__");
    let text = LEAK_MENDED.replace_all(&text, "__");
    ACCIDENT.is_match(&text) || ACCIDENT_EN.is_match(&text)
}

/// Written by a machine, not by the person.
pub(in crate::core) fn automatic(text: &str) -> bool {
    AUTOMATIC.is_match(text) || READ_RECEIPT.is_match(text)
}

/// A command to the gateway smuggled into a reply; always refused.
pub(in crate::core) fn smuggled(text: &str) -> bool {
    SMUGGLED.is_match(text) && !DECIDES_ALL.is_match(text)
}
