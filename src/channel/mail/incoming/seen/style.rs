//! How text looks, as far as it decides whether it is seen: size, colour on its ground, place, and what hides.

use std::collections::BTreeMap;

use dutybell_core::patterns::re;

/// Rules of style sheets that are looked at.
const MAX_RULES: usize = 300;
/// Text below this size, in pixels, is not read by anybody.
const TINY: f64 = 4.0;
/// Text this far away, in pixels, is out of the picture.
const FAR: f64 = 500.0;
/// Colours closer than this, all three parts together, look alike.
const ALIKE: u32 = 60;

re!(SHEET, r"(?is)<style\b[^>]*>(.*?)(?:</style|\z)");
re!(REMARK, r"(?s)/\*.*?(?:\*/|\z)|<!--|-->");
re!(NUMBER, r"(?i)([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)([a-z%]*)");
re!(IDLE, r"(?i):(?::?before|:?after|hover|active|focus|visited|target|checked)");

#[derive(Clone, Debug, PartialEq)]
enum Ink {
    Rgb(u8, u8, u8),
    /// No ink at all.
    Clear,
    /// A name that is not known here.
    Named(String),
}

const WHITE: Ink = Ink::Rgb(255, 255, 255);
const BLACK: Ink = Ink::Rgb(0, 0, 0);

/// How the text of an element looks.
#[derive(Clone, Debug)]
pub(super) struct Looks {
    /// Nothing inside brings it back.
    gone: bool,
    invisible: bool,
    /// In pixels.
    size: f64,
    ink: Ink,
    ground: Ink,
}

impl Default for Looks {
    fn default() -> Self {
        Self { gone: false, invisible: false, size: 16.0, ink: BLACK, ground: WHITE }
    }
}

impl Looks {
    /// A reader sees it.
    pub(super) fn seen(&self) -> bool {
        !self.gone && !self.invisible && self.size >= TINY && !alike(&self.ink, &self.ground)
    }

    pub(super) fn hide(&mut self) {
        self.gone = true;
    }

    /// Of an element inside.
    pub(super) fn inside(&self, name: &str, attributes: &BTreeMap<String, String>, rules: &Rules) -> Looks {
        let mut looks = self.clone();
        let of = |name: &str| attributes.get(name).map(String::as_str);
        looks.gone |= attributes.contains_key("hidden");
        if name == "font" {
            looks.ink = of("color").and_then(|c| ink(c, true)).unwrap_or(looks.ink);
            looks.size = if attributes.contains_key("size") { 16.0 } else { looks.size };
        }
        looks.ground = of("bgcolor").and_then(|c| ink(c, true)).filter(|g| *g != Ink::Clear).unwrap_or(looks.ground);
        let own = declarations(of("style").unwrap_or_default());
        let mut all: Vec<&Declaration> = rules.of(name, attributes).chain(&own).collect();
        // Of two the later counts, unless the other is important.
        all.sort_by_key(|d| d.important);
        let (mut small, mut cut) = (false, false);
        for declaration in all {
            looks.apply(declaration, self.size);
            small |=
                matches!(declaration.name.as_str(), "width" | "height" | "max-width" | "max-height" | "line-height")
                    && numbers(&declaration.value).next().is_some_and(|(n, unit)| {
                        n.abs() < 3.0
                            && (unit != "em" && unit != "rem" && unit != "%" && declaration.name != "line-height"
                                || n == 0.0)
                    });
            cut |= declaration.name.starts_with("overflow") && declaration.value != "visible";
        }
        looks.gone |= small && cut;
        looks
    }

    fn apply(&mut self, declaration: &Declaration, around: f64) {
        let value = declaration.value.as_str();
        let has = |words: &[&str]| words.iter().any(|word| value.contains(word));
        if declaration.name.contains('\\') || has(&["var(", "env(", "attr("]) {
            self.gone = true; // what it comes to is not known here
            return;
        }
        match declaration.name.as_str() {
            "display" => self.gone |= value.starts_with("none") || value.contains('\\'),
            "visibility" if has(&["hidden", "collapse", "\\"]) => self.invisible = true,
            "visibility" if value.starts_with("visible") => self.invisible = false,
            "content-visibility" | "mso-hide" => self.gone |= has(&["hidden", "all"]),
            "opacity" | "zoom" => {
                self.gone |= numbers(value).next().is_some_and(|(n, unit)| n < if unit == "%" { 10.0 } else { 0.1 });
            }
            "font-size" => self.size = size(value, around).unwrap_or(self.size),
            "font" => {
                let size_of = |word: &str| size(word.split('/').next().unwrap_or_default(), around);
                let with_digit = value
                    .split_whitespace()
                    .find(|word| word.starts_with(|c: char| c.is_ascii_digit() || c == '.') && !word.ends_with("00"));
                self.size = with_digit.and_then(size_of).unwrap_or(self.size);
            }
            "color" | "-webkit-text-fill-color" => self.ink = ink(value, false).unwrap_or(self.ink.clone()),
            "background" | "background-color" => {
                let words = value.split_inclusive(')').flat_map(|part| {
                    if part.contains('(') { vec![part.trim()] } else { part.split_whitespace().collect() }
                });
                let ground = words.filter_map(|word| ink(word, false)).find(|i| matches!(i, Ink::Rgb(..)));
                let named = ink(value, false).filter(|i| declaration.name == "background-color" && *i != Ink::Clear);
                self.ground = ground.or(named).unwrap_or(self.ground.clone());
            }
            "text-decoration" | "text-decoration-line" => self.gone |= has(&["line-through"]),
            "clip" => self.gone |= has(&["rect("]),
            "clip-path" | "mask" | "mask-image" | "-webkit-mask" => self.gone |= value != "none",
            "filter" => self.gone |= has(&["opacity(", "blur("]),
            "z-index" => self.gone |= value.starts_with('-'),
            "transform" => self.gone |= has(&["scale", "rotate", "matrix"]) || far(value),
            "left" | "right" | "top" | "bottom" | "inset" | "text-indent" | "letter-spacing" | "word-spacing" => {
                self.gone |= far(value);
            }
            name if name.starts_with("margin") => self.gone |= far(value),
            _ => {}
        }
    }
}

/// `color: white`, in small letters.
#[derive(Clone, Debug)]
struct Declaration {
    name: String,
    value: String,
    important: bool,
}

fn declarations(style: &str) -> Vec<Declaration> {
    let read = |text: &str| {
        let (name, value) = text.split_once(':')?;
        let value = value.trim().to_ascii_lowercase();
        let bare = value.split('!').next().unwrap_or_default().trim().to_owned();
        let important = value.contains('!');
        Some(Declaration { name: name.trim().to_ascii_lowercase(), value: bare, important })
    };
    REMARK.replace_all(style, "").split(';').filter_map(read).collect()
}

/// What a rule is about: the last part of its selector.
#[derive(Debug, Default)]
struct About {
    tag: String,
    id: String,
    classes: Vec<String>,
}

/// The rules of a letter's style sheets.
#[derive(Debug, Default)]
pub(super) struct Rules(Vec<(About, Vec<Declaration>)>);

impl Rules {
    pub(super) fn read(html: &str) -> Rules {
        let mut rules = Rules::default();
        for sheet in SHEET.captures_iter(html).filter_map(|found| found.get(1)) {
            let sheet = REMARK.replace_all(sheet.as_str(), "").into_owned();
            let mut rest = sheet.as_str();
            while let Some((before, after)) = rest.split_once('{') {
                let selectors = before.rsplit(['}', ';']).next().unwrap_or_default().trim();
                rest = after;
                let groups = ["@media", "@supports", "@layer", "@container"];
                if groups.iter().any(|group| selectors.to_ascii_lowercase().starts_with(group)) {
                    continue; // what stands inside is read as if it always held
                }
                let end = rest.find('}').unwrap_or(rest.len());
                let declared = declarations(&rest[..end]);
                rest = &rest[end..];
                for selector in selectors.split(',').filter(|s| !s.trim().starts_with('@') && !IDLE.is_match(s)) {
                    if rules.0.len() < MAX_RULES {
                        rules.0.push((about(selector), declared.clone()));
                    }
                }
            }
        }
        rules
    }

    fn of<'r>(
        &'r self,
        name: &'r str,
        attributes: &'r BTreeMap<String, String>,
    ) -> impl Iterator<Item = &'r Declaration> {
        let id = attributes.get("id").map_or("", String::as_str);
        let classes = attributes.get("class").map_or("", String::as_str);
        let fits = move |about: &About| {
            (about.tag.is_empty() || about.tag == name)
                && (about.id.is_empty() || about.id.eq_ignore_ascii_case(id))
                && about.classes.iter().all(|c| classes.split_whitespace().any(|own| own.eq_ignore_ascii_case(c)))
        };
        self.0.iter().filter(move |(about, _)| fits(about)).flat_map(|(_, declared)| declared)
    }
}

fn about(selector: &str) -> About {
    let last = selector.trim().rsplit(|c: char| c.is_whitespace() || matches!(c, '>' | '+' | '~')).next();
    let last = last.unwrap_or_default().split([':', '[']).next().unwrap_or_default();
    let mut about = About::default();
    let mut from = 0;
    let bounds = last.char_indices().skip(1).filter(|(_, c)| matches!(c, '.' | '#')).map(|(at, _)| at);
    for end in bounds.chain([last.len()]).collect::<Vec<_>>() {
        let part = &last[from..end];
        from = end;
        match (part.strip_prefix('.'), part.strip_prefix('#')) {
            (Some(class), _) => about.classes.push(class.to_owned()),
            (_, Some(id)) => about.id = id.to_owned(),
            _ => about.tag = part.trim_matches('*').to_ascii_lowercase(),
        }
    }
    about
}

fn numbers(value: &str) -> impl Iterator<Item = (f64, &str)> {
    NUMBER.captures_iter(value).filter_map(|found| {
        let (number, unit) = (found.get(1)?.as_str(), found.get(2)?.as_str());
        Some((number.parse().ok()?, unit))
    })
}

/// A size in pixels; `None`: it does not change.
fn size(value: &str, around: f64) -> Option<f64> {
    let Some((n, unit)) = numbers(value).next() else {
        let named = ["small", "medium", "large"].iter().any(|word| value.contains(word)) && !value.ends_with("er");
        return named.then_some(13.0);
    };
    Some(match unit {
        "em" => around * n,
        "ex" | "ch" => around * n / 2.0,
        "%" => around * n / 100.0,
        "rem" => 16.0 * n,
        "pt" => n * 4.0 / 3.0,
        "pc" => n * 16.0,
        "in" => n * 96.0,
        "cm" => n * 38.0,
        "mm" => n * 3.8,
        "vw" | "vh" | "vmin" | "vmax" => n * 8.0,
        _ => n,
    })
}

/// Moved out of the picture.
fn far(value: &str) -> bool {
    numbers(value).any(|(n, unit)| match unit {
        "%" | "vw" | "vh" => n.abs() >= 100.0,
        unit => size(&format!("{}{unit}", n.abs()), 16.0).is_some_and(|pixels| pixels >= FAR),
    })
}

fn alike(one: &Ink, other: &Ink) -> bool {
    match (one, other) {
        (Ink::Clear, _) => true,
        (Ink::Rgb(a, b, c), Ink::Rgb(x, y, z)) => {
            let apart: u32 = [(a, x), (b, y), (c, z)].into_iter().map(|(a, b)| u32::from(a.abs_diff(*b))).sum();
            apart < ALIKE
        }
        (one, other) => one == other,
    }
}

/// A colour; `None`: none is named. `bare`: as attributes have it, where "ffffff" is one.
fn ink(value: &str, bare: bool) -> Option<Ink> {
    let value = value.trim().to_ascii_lowercase();
    if let Some(hex) = value.strip_prefix('#').or_else(|| Some(value.as_str()).filter(|v| bare && v.len() == 6)) {
        let digits: Vec<u8> =
            hex.chars().map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok())).collect::<Option<_>>()?;
        let parts: Vec<u8> = match digits.len() {
            3 | 4 => digits.iter().map(|d| d * 17).collect(),
            6 | 8 => digits.chunks(2).map(|pair| pair[0] * 16 + pair[1]).collect(),
            _ => return None,
        };
        return Some(if parts.get(3).is_some_and(|alpha| *alpha < 26) {
            Ink::Clear
        } else {
            Ink::Rgb(parts[0], parts[1], parts[2])
        });
    }
    if let Some((kind, rest)) = value.split_once('(') {
        let found: Vec<(f64, &str)> = numbers(rest).collect();
        let [first, second, third, alpha @ ..] = found.as_slice() else { return None };
        if alpha.first().is_some_and(|(a, unit)| *a < if *unit == "%" { 10.0 } else { 0.1 }) {
            return Some(Ink::Clear);
        }
        let part = |(n, unit): &(f64, &str)| (if *unit == "%" { n * 2.55 } else { *n }).clamp(0.0, 255.0) as u8;
        return match kind.trim() {
            "rgb" | "rgba" => Some(Ink::Rgb(part(first), part(second), part(third))),
            // Only how light it is can hide it.
            "hsl" | "hsla" if third.0 >= 95.0 => Some(WHITE),
            "hsl" | "hsla" if third.0 <= 5.0 => Some(BLACK),
            _ => None,
        };
    }
    let light = [
        "white",
        "snow",
        "ivory",
        "whitesmoke",
        "ghostwhite",
        "floralwhite",
        "azure",
        "mintcream",
        "honeydew",
        "aliceblue",
        "seashell",
        "lavenderblush",
        "oldlace",
        "linen",
        "cornsilk",
        "lightyellow",
        "lightcyan",
        "window",
        "canvas",
    ];
    match value.as_str() {
        "" | "inherit" | "unset" | "currentcolor" | "none" => None,
        "transparent" => Some(Ink::Clear),
        "initial" | "black" | "windowtext" | "canvastext" => Some(BLACK),
        name if light.contains(&name) => Some(WHITE),
        name if name.chars().all(|c| c.is_ascii_alphabetic()) => Some(Ink::Named(name.to_owned())),
        _ => None,
    }
}
