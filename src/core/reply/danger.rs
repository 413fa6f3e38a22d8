//! What must be seen in the whole message before its clauses: machines writing, commands smuggled into text.

use crate::patterns::re;

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
    r"(?i)(?:标记|设置?|改|置|更新|批量|处理|视|当)(?:成|为|作)?\p{Han}{0,4}(?:完成|办结|已完成|销号|闭环|关闭)\p{Han}{0,6}(?:删|清|并|全部)|删除?(?:所有|全部|记录|数据|台账|日志|隐患|任务|库)|清空(?:所有|全部|记录|数据|台账|日志|列表|清单|任务|库)|(?:所有|全部|一切)\p{Han}{0,6}(?:标记|设置?为|改为|置为|标为|标成|改成|设成)|把(?:所有|全部|一切)|将(?:所有|全部|一切)\p{Han}{0,8}(?:关闭|完成|销号|删除|办结)|忽略(?:之?前|以上|上述|所有|前面|一切|你)|无视(?:之?前|以上|上述|所有|规则)|忘(?:记|掉)(?:之?前|以上|所有)|系统提示|提示词|你现在是|从现在起|假装你|扮演|(?-u:\b)(?:ignore|disregard|forget|bypass|override) (?:all |any |the |your |every )*(?:previous|prior|above|earlier|rules?|instructions?|polic(?:y|ies)|system|prompts?|restrictions?|safeguards?)|(?:close|complete|finish|resolve|approve|delete|remove|wipe|clear) (?:all|every(?:thing|one)?|the whole|any)(?-u:\b)|(?:mark|set|flag|make|change|update) (?:all|every(?:thing)?|them all|the whole|each)|mark .{0,20}as (?:done|complete|closed|finished|resolved)|drop table|delete from|select \*|update .{1,20} set |system prompt|you are now|act as|sudo |<script|\{\{|jailbreak|developer mode|admin mode|rm -rf|--\s*$|';|\$\{"
);

// What an approver says of all that they were asked; the list is shown and confirmed.
re!(DECIDES_ALL, r"(?i)^\s*(?:please )?(?:approve|close) (?:all(?: of (?:them|these))?|them all)[.!\s]*$");
/// Written by a machine, not by the person.
pub(super) fn automatic(text: &str) -> bool {
    AUTOMATIC.is_match(text) || READ_RECEIPT.is_match(text)
}

/// A command to the gateway smuggled into a reply; always refused.
pub(super) fn smuggled(text: &str) -> bool {
    SMUGGLED.is_match(text) && !DECIDES_ALL.is_match(text)
}
