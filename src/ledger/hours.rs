//! Hours of rest and time zones in a list of people, as people write them.

use chrono::NaiveTime;

use super::cells;

/// Reads spans of the day (`22:00 - 07:00`, `22点-7点`, `晚10点至次日早7点`, `10pm-7am`, two with 、 between) into
/// `22:00-07:00,12:00-14:00`. `None`: not read, or no rest at all or all day long.
#[must_use]
pub(super) fn quiet(text: &str) -> Option<String> {
    let text = cells::fold(text).to_lowercase().replace("：", ":");
    let spans: Vec<String> = text
        .split(['、', ',', ';', '和', '及'])
        .flat_map(|part| part.split(" and "))
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(span)
        .collect::<Option<_>>()?;
    (!spans.is_empty()).then(|| spans.join(","))
}

fn span(text: &str) -> Option<String> {
    let text: String = text.chars().filter(|c| *c != ' ').collect();
    let split = ["-", "~", "至", "到", "to", "until"].iter().find_map(|sign| text.split_once(sign));
    let (from, to) = split?;
    let (from, to) = (time(from)?, time(to)?);
    (from != to).then(|| format!("{}-{}", from.format("%H:%M"), to.format("%H:%M")))
}

fn time(text: &str) -> Option<NaiveTime> {
    let strip = |text: &str, words: &[&str]| -> (String, Option<String>) {
        let word = words.iter().find(|w| text.starts_with(**w));
        (text[word.map_or(0, |w| w.len())..].to_owned(), word.map(|w| (*w).to_owned()))
    };
    let (text, _) = strip(text.trim_matches(['-', '(', ')']), &["次日", "翌日", "第二天", "隔天", "nextday"]);
    let (text, day) = strip(
        &text,
        &["凌晨", "清晨", "早上", "早晨", "早", "上午", "中午", "下午", "傍晚", "晚上", "晚", "夜里", "夜间", "夜"],
    );
    let half = text.strip_suffix("am").map(|t| (t, 0)).or_else(|| text.strip_suffix("pm").map(|t| (t, 12)));
    let (text, half) = half.map_or((text.as_str(), None), |(t, h)| (t, Some(h)));
    let (hour, minute) = match text.split_once([':', '点', '时', '時', '點', '.', 'h']) {
        Some((hour, minute)) => (number(hour)?, minute),
        None if text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit()) => (number(&text[..2])?, &text[2..]),
        None => (number(text)?, ""),
    };
    let minute = match minute.trim_end_matches(['分', '钟']) {
        "" | "整" => 0,
        "半" => 30,
        "一刻" => 15,
        "三刻" => 45,
        digits => number(digits)?,
    };
    let late = matches!(day.as_deref(), Some("下午" | "傍晚" | "晚上" | "晚" | "夜里" | "夜间" | "夜"));
    let hour = match (half, day.as_deref()) {
        (Some(half), _) if (1..=12).contains(&hour) => hour % 12 + half,
        (Some(_), _) => return None,
        (None, Some("中午")) if hour < 3 => hour + 12,
        (None, _) if late && (5..12).contains(&hour) || late && day.as_deref() == Some("下午") && hour < 12 => {
            hour + 12
        }
        (None, _) if late && hour == 12 => 0,
        _ => hour,
    };
    // 24:00 is the next day's beginning.
    NaiveTime::from_hms_opt(if hour == 24 && minute == 0 { 0 } else { hour }, minute, 0)
}

fn number(text: &str) -> Option<u32> {
    if text.is_empty() || text.len() > 12 {
        return None;
    }
    text.parse().ok().or_else(|| cells::chinese_number(text))
}

/// The IANA name of a zone: 北京时间, UTC+8, 东八区 are Asia/Shanghai.
#[must_use]
pub(super) fn zone(text: &str) -> Option<String> {
    let text = cells::fold(text);
    if let Ok(zone) = text.parse::<chrono_tz::Tz>() {
        return Some(zone.name().to_owned());
    }
    if let Some(zone) = chrono_tz::TZ_VARIANTS.iter().find(|z| z.name().eq_ignore_ascii_case(&text)) {
        return Some(zone.name().to_owned());
    }
    let word = cells::squash(&text);
    let place = ["标准时间", "时间", "standardtime", "time"].iter().find_map(|end| word.strip_suffix(end));
    let named = match place.unwrap_or(&word).trim_start_matches("asia/") {
        "北京" | "beijing" | "中国" | "china" | "上海" | "shanghai" | "重庆" | "prc" => "Asia/Shanghai",
        "乌鲁木齐" | "新疆" | "urumqi" => "Asia/Urumqi",
        "香港" | "hongkong" => "Asia/Hong_Kong",
        "澳门" | "macau" => "Asia/Macau",
        "台北" | "taipei" => "Asia/Taipei",
        "新加坡" | "singapore" => "Asia/Singapore",
        "东京" | "日本" | "tokyo" | "japan" => "Asia/Tokyo",
        "伦敦" | "london" => "Europe/London",
        "utc" | "gmt" | "z" | "世界" => "Etc/UTC",
        other => return offset(other),
    };
    Some(named.to_owned())
}

/// UTC+8, GMT+08:00, +0800, 东八区.
fn offset(word: &str) -> Option<String> {
    let (sign, hours, minutes) = match word.strip_suffix('区') {
        Some(area) => {
            let (sign, n) =
                area.strip_prefix('东').map(|n| (1, n)).or_else(|| area.strip_prefix('西').map(|n| (-1, n)))?;
            (sign, number(n)?, 0)
        }
        None => {
            let rest = word.strip_prefix("utc").or_else(|| word.strip_prefix("gmt")).unwrap_or(word);
            let (sign, digits) =
                rest.strip_prefix('+').map(|n| (1, n)).or_else(|| rest.strip_prefix('-').map(|n| (-1, n)))?;
            let (hours, minutes) = match digits.split_once(':') {
                Some((hours, minutes)) => (number(hours)?, number(minutes)?),
                None if digits.len() == 4 => (number(digits.get(..2)?)?, number(digits.get(2..)?)?),
                None => (number(digits)?, 0),
            };
            (sign, hours, minutes)
        }
    };
    Some(match (sign, hours, minutes) {
        (1, 8, 0) => "Asia/Shanghai".to_owned(),
        (1, 5, 30) => "Asia/Kolkata".to_owned(),
        (1, 5, 45) => "Asia/Kathmandu".to_owned(),
        (1, 9, 30) => "Australia/Darwin".to_owned(),
        (_, 0, 0) => "Etc/UTC".to_owned(),
        // The signs of these names are the other way round (IANA, file etcetera).
        (1, 1..=14, 0) => format!("Etc/GMT-{hours}"),
        (-1, 1..=12, 0) => format!("Etc/GMT+{hours}"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{quiet, zone};

    #[test]
    fn hours_of_rest_are_read_in_the_forms_that_people_use() {
        for text in [
            "22:00-07:00",
            "22:00 - 07:00",
            "22点-7点",
            "22：00—07：00",
            "22:00至7:00",
            "晚10点-早7点",
            "2200-0700",
            "10pm-7am",
            "22:00-次日07:00",
            "22时至次日7时",
            "22:00～7:00",
            "22-7",
            "晚上十点到早上七点",
            "10 PM to 7 AM",
            "22.00-7.00",
        ] {
            assert_eq!(quiet(text).as_deref(), Some("22:00-07:00"), "{text}");
        }
        for text in ["12:00-14:00、22:00-7:00", "12:00-14:00，22:00-07:00", "中午12点-下午2点；22点-7点"] {
            assert_eq!(quiet(text).as_deref(), Some("12:00-14:00,22:00-07:00"), "{text}");
        }
        assert_eq!(quiet("22:00-24:00").as_deref(), Some("22:00-00:00"));
        assert_eq!(quiet("晚10点半-早7点半").as_deref(), Some("22:30-07:30"));
        for text in ["周末", "0:00-24:00", "22:00-22:00", "25:00-7:00", "晚上", "22:00", ""] {
            assert_eq!(quiet(text), None, "{text}");
        }
    }

    #[test]
    fn zones_are_read_in_the_forms_that_people_use() {
        for text in [
            "Asia/Shanghai",
            "asia/shanghai",
            "北京",
            "北京时间",
            "Asia/Beijing",
            "UTC+8",
            "GMT+08:00",
            "GMT+8",
            "东八区",
            "+0800",
            "China Standard Time",
            "ＵＴＣ＋８",
        ] {
            assert_eq!(zone(text).as_deref(), Some("Asia/Shanghai"), "{text}");
        }
        assert_eq!(zone("UTC-5").as_deref(), Some("Etc/GMT+5"));
        assert_eq!(zone("UTC+5:30").as_deref(), Some("Asia/Kolkata"));
        assert_eq!(zone("utc").as_deref(), Some("UTC"));
        assert_eq!(zone("火星时间"), None);
    }
}
