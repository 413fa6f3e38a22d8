//! Invented names: counties, townships, enterprises, people. All are combined from short lists, none is a real county,
//! firm or official.

/// First characters of two-character place names.
const PLACE_FIRST: [&str; 20] = [
    "青", "白", "松", "竹", "柳", "枫", "杏", "芦", "雁", "鹭", "雀", "霜", "葵", "荻", "莲", "橘", "藤", "茶", "苇",
    "蕨",
];
/// Their second characters; 20 × 10 combinations.
const PLACE_SECOND: [&str; 10] = ["石", "坪", "塘", "渡", "坳", "垭", "冲", "湾", "沙", "坡"];
/// Third characters, where two hundred names are too few.
const PLACE_THIRD: [&str; 20] = [
    "口", "铺", "头", "尾", "关", "寨", "集", "店", "营", "堡", "圩", "亭", "井", "墩", "坝", "埠", "滩", "洞", "凹",
    "垅",
];
/// Different place names.
pub(super) const PLACES: usize = 20 * 10 * 21;

/// The place name of a number; the first two hundred have two characters, the next four thousand three.
pub(super) fn place(n: usize) -> String {
    let n = n % PLACES;
    let two = |n: usize| format!("{}{}", PLACE_FIRST[n % 20], PLACE_SECOND[(n / 20 + n) % 10]);
    match n.checked_sub(200) {
        None => two(n),
        Some(rest) => two(rest) + PLACE_THIRD[rest / 200],
    }
}

/// What a prefecture is called: 甲市, 乙市, ….
pub(super) fn prefecture(n: usize) -> String {
    const SIGNS: [&str; 14] = ["甲", "乙", "丙", "丁", "戊", "己", "庚", "辛", "壬", "癸", "子", "丑", "寅", "卯"];
    format!("{}市", SIGNS[n % SIGNS.len()])
}

/// What a province is called, by the sixty pairs of the old calendar: 甲子省, 乙丑省, ….
pub(super) fn province(n: usize) -> String {
    const STEMS: [&str; 10] = ["甲", "乙", "丙", "丁", "戊", "己", "庚", "辛", "壬", "癸"];
    const BRANCHES: [&str; 12] = ["子", "丑", "寅", "卯", "辰", "巳", "午", "未", "申", "酉", "戌", "亥"];
    format!("{}{}省", STEMS[n % 10], BRANCHES[n % 12])
}

const BRAND_FIRST: [&str; 10] = ["红", "青", "橙", "蓝", "紫", "白", "玄", "丹", "碧", "墨"];
const BRAND_SECOND: [&str; 10] = ["星", "雀", "枫", "鲤", "菱", "鹿", "蝶", "鲸", "篷", "葫"];

/// The enterprise of a number among those of one kind in one place: 青石红星花炮厂; beyond a hundred 青石红星2号花炮厂.
pub(super) fn enterprise(place: &str, kind: &str, n: usize) -> String {
    let brand = format!("{}{}", BRAND_FIRST[n % 10], BRAND_SECOND[(n + n / 10) % 10]);
    match n / 100 {
        0 => format!("{place}{brand}{kind}"),
        more => format!("{place}{brand}{}号{kind}", more + 1),
    }
}

/// Family names; with the number as a given name 张三, 李四, 王五, 赵六, 钱七, 孙八, 周九 and 吴十 are among them.
const FAMILIES: [&str; 50] = [
    "张", "李", "王", "赵", "钱", "孙", "周", "吴", "郑", "冯", "陈", "褚", "卫", "蒋", "沈", "韩", "杨", "朱", "秦",
    "尤", "许", "何", "吕", "施", "孔", "曹", "严", "华", "金", "魏", "陶", "姜", "戚", "谢", "邹", "喻", "柏", "窦",
    "章", "苏", "潘", "葛", "奚", "范", "彭", "郎", "鲁", "韦", "昌", "马",
];
/// Different names of people.
const NAMES: usize = FAMILIES.len() * 999;

/// The name of a person's number, the number written out sign by sign: 张三, 吴十, 李二七.
pub(super) fn person(n: usize) -> String {
    const SIGNS: [char; 10] = ['〇', '一', '二', '三', '四', '五', '六', '七', '八', '九'];
    let n = n % NAMES;
    let (family, given) = (FAMILIES[n % FAMILIES.len()], n / FAMILIES.len() + 1);
    let given = match given {
        10 => "十".to_owned(),
        _ => given.to_string().bytes().map(|b| SIGNS[usize::from(b - b'0')]).collect(),
    };
    format!("{family}{given}")
}

/// A phone of the range kept for examples; a name and its phone together are repeated only after millions of people.
pub(super) fn phone(n: usize) -> String {
    format!("138000{:05}", (n + 1) % 100_000)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{PLACES, enterprise, person, phone, place};

    #[test]
    fn names_are_different_ones() {
        let places: HashSet<String> = (0..PLACES).map(place).collect();
        assert_eq!((places.len(), place(0).as_str(), place(1).as_str()), (PLACES, "青石", "白坪"));
        let firms: HashSet<String> = (0..5_000).map(|n| enterprise("青石", "加油站", n)).collect();
        assert_eq!(firms.len(), 5_000);
        let people: HashSet<String> = (0..41_000).map(person).collect();
        assert_eq!(people.len(), 41_000);
        let both: HashSet<(String, String)> = (0..200_000).map(|n| (person(n), phone(n))).collect();
        assert_eq!(both.len(), 200_000);
        assert!(people.iter().all(|name| name.chars().count() <= 4));
        for name in ["张三", "李四", "王五", "赵六", "钱七", "孙八", "周九", "吴十"] {
            assert!(people.contains(name), "{name}");
        }
    }
}
