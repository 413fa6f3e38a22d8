//! Who answers what and when in the headless demo.
//!
//! Times are local (Asia/Shanghai). Items are named by their ledger key, because codes are made at import.

/// One scripted answer on the desk.
pub struct Answer {
    /// `09-22 10:00`
    pub at: &'static str,
    pub login: &'static str,
    /// `{KEY}` becomes the item's code.
    pub text: &'static str,
}

const fn answer(at: &'static str, login: &'static str, text: &'static str) -> Answer {
    Answer { at, login, text }
}

/// The script, in order of time. 张三 leaves QS-2022-003 unanswered on purpose: it is the one to
/// watch (nudges on 27, 29 and 30 September, silence in the holiday, first escalation on 8 October).
pub const SCRIPT: &[Answer] = &[
    answer("09-22 09:10", "zhangsan", "{QS-2022-001} 已完成"),
    answer("09-22 09:40", "zhoujiu", "收到"),
    answer("09-22 10:00", "sunba", "{QS-2022-010} 正在整改，预计明天完成"),
    answer("09-22 10:05", "zhuming", "{QS-2022-012} 还没完成"),
    answer("09-22 11:00", "lisi", "{QS-2022-001} 合格"),
    answer("09-22 15:00", "sunba", "{QS-2022-010} 已完成"),
    answer("09-22 15:04", "sunba", "撤销"),
    answer("09-23 09:30", "sunba", "{QS-2022-010} 整改完毕，照片稍后补"),
    answer("09-23 10:30", "lisi", "{QS-2022-010} 不合格，箱盖未锁"),
    answer("09-23 14:30", "zhoujiu", "{QS-2022-015} 已更换完毕"),
    answer("09-23 15:30", "hansong", "合格"),
    answer("09-26 09:20", "sunba", "{QS-2022-010} 已完成"),
    answer("09-26 10:20", "lisi", "{QS-2022-010} 复查合格"),
    answer("09-26 11:00", "zhuming", "{QS-2022-012} 等设备"),
    answer("09-27 09:30", "qinchuan", "{QS-2022-021} 延期3天"),
    answer("09-27 10:30", "zhaoliu", "{QS-2022-021} 同意"),
    answer("09-27 11:00", "zhangsan", "{QS-2022-004} 不归我管，应由市场管理办负责"),
    answer("09-27 14:10", "zhaoliu", "{QS-2022-004} 转给卫平"),
    answer("09-28 09:30", "weiping", "收到，马上整改"),
    answer("09-28 15:00", "fenger", "{QS-2022-020} +3d"),
    answer("09-29 09:30", "qinchuan", "{QS-2022-018} 已完成"),
    answer("09-29 10:00", "hansong", "{QS-2022-018} 通过"),
    answer("09-29 16:00", "zhangsan", "{QS-2022-002} 已停产清运完成"),
    answer("09-30 09:30", "lisi", "{QS-2022-002} 合格"),
    answer("09-30 10:00", "lisi", "{QS-2022-002} 销号"),
    answer("09-30 10:30", "weiping", "{QS-2022-004} 完成"),
    answer("09-30 11:00", "lisi", "合格"),
    answer("10-08 09:30", "qinchuan", "{QS-2022-019} 已完成"),
    answer("10-08 10:30", "hansong", "合格"),
    answer("10-09 09:30", "zhangsan", "完成"),
    answer("10-09 09:32", "zhangsan", "5"),
];
