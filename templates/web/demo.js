// The demo page: four phones, the items, the timeline and the clock.
//
// Draws what the server tells and hands it the clock's commands; decides nothing.

import { arrange, el, get, lang, languageButton, listen, paced, post, speak, t, wall, words } from "/web/page.js";
import { Phone } from "/web/phone.js";

const PHONES = 4;
/// Real seconds a simulated day takes.
const SPEEDS = [600, 120, 60, 20, 5];
/// Codes that a gathered line of the timeline names before it only counts.
const NAMED = 12;

Object.assign(words.zh, {
  tagline: "该谁办、何时办，到点就响",
  clock: "模拟时钟",
  phones: "四部手机",
  play: "▶ 开始",
  pause: "❚❚ 暂停",
  plus_hour: "+1 小时",
  plus_day: "+1 天",
  next: "下一响 »",
  speed: "快慢：现实中几秒为一天",
  speed_of: (seconds) => (seconds >= 60 ? `${seconds / 60} 分钟/天` : `${seconds} 秒/天`),
  rest: (name) => `休 · ${name}`,
  makeup: "班 · 调休上班",
  workday: "工作日",
  ended: "模拟的日子已经过完；重新启动即可再来一遍。",
  rehearsal: "排练：这是贵单位数据的副本，任何消息都不会发出，正式数据不会改动。",
  total_sent: "已发",
  total_replies: "答复",
  total_open: "未销号",
  total_overdue: "逾期",
  total_closed: "已销号",
  items: "隐患台账",
  items_hint: "要紧的在上；点编号看来龙去脉",
  col_level: "灯",
  col_code: "编号",
  col_title: "隐患",
  col_state: "状态",
  col_due: "期限",
  col_people: "责任 / 复查",
  level: ["正常", "催办", "督办函", "县级督办"],
  finished: "已了结",
  major: "重大",
  larger: "较大",
  no_due: "无固定期限",
  late: (days) => `逾期 ${days} 个工作日`,
  nobody: "（无）",
  timeline: "时间线",
  timeline_hint: "什么时候、给谁、走哪条渠道、为什么",
  unpick: (code) => `只看 ${code} ×`,
  nothing: "还没有动静；让时钟走起来。",
  channel: { desk: "手机", mail: "邮件", system: "系统", import: "台账" },
  kind: { sent: "发出", reply: "答复", event: "记录", alarm: "系统提醒" },
  office: "系统",
  gathered: (codes) => `${codes.length} 项：${codes.slice(0, NAMED).join(" ")}${codes.length > NAMED ? " …" : ""}`,
});

Object.assign(words.en, {
  tagline: "Who acts, by when. It rings.",
  clock: "Simulated clock",
  phones: "Four phones",
  play: "▶ Play",
  pause: "❚❚ Pause",
  plus_hour: "+1 hour",
  plus_day: "+1 day",
  next: "Next ring »",
  speed: "Speed: real seconds a day takes",
  speed_of: (seconds) => (seconds >= 60 ? `${seconds / 60} min a day` : `${seconds} s a day`),
  rest: () => "Rest day",
  makeup: "Makeup workday",
  workday: "Workday",
  ended: "The simulated days are over; start it again for another round.",
  rehearsal: "Rehearsal: a copy of your office's data. Nothing is sent, and nothing is written to your office.",
  total_sent: "sent",
  total_replies: "answers",
  total_open: "open",
  total_overdue: "overdue",
  total_closed: "closed",
  items: "Hazards",
  items_hint: "what matters comes first; a code shows its story",
  col_level: "Light",
  col_code: "Code",
  col_title: "Hazard",
  col_state: "State",
  col_due: "Due",
  col_people: "Responsible / verifier",
  level: ["on time", "urged", "letter", "county"],
  finished: "finished",
  major: "major",
  larger: "larger",
  no_due: "no fixed deadline",
  late: (days) => `${days} working day${days === 1 ? "" : "s"} late`,
  nobody: "(nobody)",
  timeline: "Timeline",
  timeline_hint: "when, to whom, through which channel, and why",
  unpick: (code) => `Only ${code} ×`,
  nothing: "Nothing yet; let the clock run.",
  channel: { desk: "phone", mail: "mail", system: "system", import: "ledger" },
  kind: { sent: "sent", reply: "answer", event: "record", alarm: "notice" },
  office: "System",
  gathered: (codes) => `${codes.length} items: ${codes.slice(0, NAMED).join(" ")}${codes.length > NAMED ? " …" : ""}`,
});

const STATES = {
  draft: "draft", assigned: "assigned", acknowledged: "acknowledged", in_progress: "in progress", blocked: "blocked",
  rejected: "sent back", reported_done: "to verify", verified: "verified", closed: "closed", reopened: "reopened", void: "void",
};
const STATES_ZH = {
  draft: "草稿", assigned: "已交办", acknowledged: "已签收", in_progress: "整改中", blocked: "受阻", rejected: "已退回",
  reported_done: "待复查", verified: "复查合格", closed: "已销号", reopened: "重新整改", void: "已作废",
};
/// Causes of messages and changes: [pattern, Chinese, English]. What is not here is shown as it is.
const CAUSES = [
  [/^issue$/, "交办", "assigned"],
  [/^no-ack$/, "未签收，再提醒", "not acknowledged"],
  [/^no-ack-liaison$/, "未签收，告知联络员", "not acknowledged, liaison told"],
  [/^L0-1w?d$/, "到期前一天", "a day before due"],
  [/^L0-(\d+)d$/, "到期前 $1 天", "$1 days before due"],
  [/^L0-(\d+)wd$/, "到期前 $1 个工作日", "$1 working days before due"],
  [/^L0-day$/, "今天到期", "due today"],
  [/^L0-afternoon$/, "今天到期，再提醒", "due today, again"],
  [/^pre.?holiday$/, "节前提醒", "before the holiday"],
  [/^L1$/, "逾期催办", "overdue: urging"],
  [/^L2$/, "逾期督办函", "overdue: letter"],
  [/^L3$/, "升级到县级督办", "escalated to county"],
  [/^L4$/, "升级到市级督办", "escalated to prefecture"],
  [/^L5$/, "升级到省级督办", "escalated to province"],
  [/^again$/, "仍未办结，再催", "still open, again"],
  [/^verify-(\d+)$/, "待复查已 $1 天", "to verify for $1 days"],
  [/^verify$/, "请复查", "to verify"],
  [/^close-\d+$|^close_out$/, "待销号", "to close out"],
  [/^blocked(-\d+)?$/, "受阻，请协调", "blocked: help wanted"],
  [/^bounced(-\d+)?$/, "已退回，请另行交办", "sent back: assign anew"],
  [/^extension(-\d+)?$/, "延期待定", "extension to decide"],
  [/^check.in$/, "定期检查", "regular check"],
  [/^table:.*|^summary$/, "日调度表", "daily table"],
  [/^personal.*/, "今日清单", "list of the day"],
  [/^answer$/, "应答", "answer to what was written"],
  [/^unanswered$/, "无人应答，换渠道重发", "unanswered, another channel"],
  [/^told$/, "告知", "for information"],
  [/^emergency$/, "紧急", "emergency"],
  [/^alarm$/, "系统提醒", "system notice"],
];
const EVENTS = {
  issue: ["交办", "issued"], ack: ["签收", "acknowledged"], progress: ["报进展", "progress"], block: ["报受阻", "blocked"],
  reject: ["退回", "sent back"], request_handover: ["申请转交", "asks to hand over"], reassign: ["改派", "reassigned"],
  refuse_handover: ["不同意转交", "handover refused"], request_extension: ["申请延期", "asks for more time"],
  approve_extension: ["同意延期", "extension approved"], refuse_extension: ["不同意延期", "extension refused"],
  claim_done: ["报完成", "claims done"], issue_reported: ["交办（台账报完成）", "issued as done"], verify_pass: ["复查合格", "verified"], verify_fail: ["复查不合格", "verification failed"],
  close: ["销号", "closed"], reopen: ["重新打开", "reopened"], void: ["作废", "void"], snooze: ["稍后提醒", "snoozed"],
  undo: ["撤销", "undone"], amend: ["台账修改", "amended"],
  assign: ["办公室改派", "assigned by the office"], move_due: ["办公室改期限", "deadline moved"],
  close_unverified: ["行政关闭，未经复查", "closed, not verified"], pause: ["暂停日常提醒", "routine paused"],
  end_pause: ["结束暂停", "pause ended"], resend: ["重发", "sent again"],
};

const part = (name) => document.querySelector(`[data-${name}]`);
const phones = [];
let state = null;
let picked = null;
const rows = new Map();
const lines = new Map();

const stateText = (word) => (lang === "zh" ? STATES_ZH : STATES)[word] ?? word;

function because(why) {
  const change = why.match(/^(\w+) → (\w+)$/);
  if (change) return `${EVENTS[change[1]]?.[lang === "zh" ? 0 : 1] ?? change[1]} → ${stateText(change[2])}`;
  const causes = why.split(", ").map((cause) => {
    const known = CAUSES.find(([pattern]) => pattern.test(cause));
    return known ? cause.replace(known[0], lang === "zh" ? known[1] : known[2]) : cause;
  });
  return [...new Set(causes)].join(lang === "zh" ? "；" : "; ");
}

// ---- clock and totals ---------------------------------------------------------------------------

function drawClock() {
  const now = wall(state.now);
  part("now").dateTime = state.now;
  arrange(part("now"), [el("span", { class: "clock-date" }, now.day), el("span", { class: "clock-time" }, now.time)]);
  const kind = state.makeup_day ? "makeup" : state.rest_day ? "rest" : "workday";
  part("day-kind").dataset.kind = kind;
  part("day-kind").textContent = kind === "rest" ? t("rest")(state.rest_day) : t(kind);
  const play = document.querySelector("[data-clock=play]");
  play.textContent = t(state.running ? "pause" : "play");
  play.setAttribute("aria-pressed", String(state.running));
  for (const button of document.querySelectorAll("[data-clock]")) button.disabled = state.ended;
  part("ended").hidden = !state.ended;
  part("rehearsal").hidden = !state.rehearsal;
  part("paused").hidden = !state.paused;
  part("paused").textContent = state.paused ?? "";
  const speed = part("speed");
  if (document.activeElement !== speed) {
    const choices = [...new Set([...SPEEDS, state.seconds_per_day])].sort((a, b) => b - a);
    arrange(speed, choices.map((s) => el("option", { value: s, selected: s === state.seconds_per_day }, t("speed_of")(s))));
  }
  arrange(part("totals"), ["sent", "replies", "open", "overdue", "closed"].map((key) =>
    el("div", { class: `total total-${key}` },
      el("dt", {}, t(`total_${key}`)), el("dd", { "data-testid": `total-${key}` }, String(state.totals[key])))));
}

async function command(action) {
  const real = action === "play" && state?.running ? "pause" : action;
  await post("/api/demo/clock", { action: real }).catch(() => {});
  refresh();
}

// ---- items --------------------------------------------------------------------------------------

const isFinished = (item) => item.state === "closed" || item.state === "void";

/// Overdue first, the longest on top, then major hazards, then by date; what is finished last.
function byUrgency(a, b) {
  return isFinished(a) - isFinished(b)
    || b.overdue_days - a.overdue_days
    || (b.severity === "major") - (a.severity === "major")
    || (a.due ?? "9").localeCompare(b.due ?? "9")
    || a.code.localeCompare(b.code);
}

function dueText(item) {
  if (!item.due) return lang === "zh" ? item.due_text || t("no_due") : t("no_due");
  const due = wall(item.due);
  return `${lang === "zh" ? `${due.month}月${due.dayOfMonth}日` : due.day} ${due.time}`;
}

function itemRow(item) {
  const finished = isFinished(item);
  const level = finished ? t("finished") : t("level")[item.level];
  return el("tr", {
    class: `item${finished ? " is-finished" : ""}`, "data-testid": `item-${item.code}`,
    "data-state": item.state, "data-level": item.level,
  },
    el("td", { class: "cell-level" }, el("span", { class: "light" }, level)),
    el("td", { class: "cell-code" }, el("button", {
      type: "button", class: "code", "aria-pressed": String(picked === item.code), onclick: () => pick(item.code),
    }, item.code)),
    el("td", { class: "cell-title" },
      item.severity !== "general" && el("span", { class: "severity" }, t(item.severity)), el("span", { class: "title" }, item.title)),
    el("td", { class: "cell-state" }, el("span", { class: "state", "data-state": item.state }, stateText(item.state))),
    el("td", { class: "cell-due" }, el("span", {}, dueText(item)),
      item.overdue_days > 0 && !finished && el("strong", { class: "late" }, t("late")(item.overdue_days))),
    el("td", { class: "cell-people" }, el("span", {}, item.responsible || t("nobody")),
      el("span", { class: "verifier" }, item.verifier || t("nobody"))));
}

function drawItems() {
  arrange(part("items"), [...state.items].sort(byUrgency).map((item) => {
    const version = JSON.stringify([item, lang, picked === item.code]);
    const kept = rows.get(item.code);
    if (kept?.version === version) return kept.node;
    const node = itemRow(item);
    if (kept && kept.state !== item.state) node.classList.add("has-changed");
    if (kept?.node.contains(document.activeElement)) setTimeout(() => node.querySelector("button").focus());
    rows.set(item.code, { version, node, state: item.state });
    return node;
  }));
}

// ---- timeline -----------------------------------------------------------------------------------

/// What the office did to many items at the same instant is one line.
function gathered(all) {
  const groups = new Map();
  for (const line of all) {
    const key = line.kind === "event" && line.who === "office" ? `${line.at} ${line.why}` : line.id;
    const group = groups.get(key);
    if (group) group.codes.push(...line.codes);
    else groups.set(key, { ...line, key, codes: [...line.codes] });
  }
  return [...groups.values()];
}

function timelineRow(line) {
  return el("li", { class: `event event-${line.kind}`, "data-testid": "timeline-row", "data-kind": line.kind, "data-why": line.why },
    el("time", { datetime: line.at }, wall(line.at).time),
    el("span", { class: "event-mark", title: t("kind")[line.kind], "aria-label": t("kind")[line.kind], role: "img" },
      { sent: "→", reply: "↩", alarm: "!" }[line.kind] ?? "·"),
    el("div", { class: "event-body" },
      el("p", { class: "event-head" },
        el("strong", {}, line.who === "office" || !line.who ? t("office") : line.who),
        line.channel && el("span", { class: `channel channel-${line.channel}` }, t("channel")[line.channel] ?? line.channel),
        el("span", { class: "event-why", title: line.why }, because(line.why))),
      el("p", { class: "event-text" }, line.codes.length > 1 && line.kind === "event" ? t("gathered")(line.codes) : line.text)));
}

function drawTimeline() {
  const nodes = [];
  let day = "";
  for (const line of gathered(state.timeline)) {
    const { date, day: heading } = wall(line.at);
    const keep = (key, make) => {
      if (!lines.has(key)) lines.set(key, make());
      return lines.get(key);
    };
    if (date !== day) {
      day = date;
      nodes.push(keep(`day-${date}`, () => el("li", { class: "timeline-day" }, heading)));
    }
    const node = keep(`${line.key} ${line.codes.length}`, () => timelineRow(line));
    const about = picked !== null && line.codes.includes(picked);
    node.classList.toggle("is-picked", about);
    node.classList.toggle("is-dim", picked !== null && !about);
    nodes.push(node);
  }
  if (nodes.length === 0) nodes.push(el("li", { class: "timeline-none" }, t("nothing")));
  arrange(part("timeline"), nodes);
}

/// Shows one item's story; the same again, or null, shows all.
function pick(code) {
  picked = picked === code ? null : code;
  part("unpick").hidden = !picked;
  part("unpick").textContent = picked ? t("unpick")(picked) : "";
  for (const phone of phones) phone.highlight(picked, true);
  if (!state) return;
  drawItems();
  drawTimeline();
  const first = document.querySelector(".timeline .is-picked");
  const scroll = first?.closest(".board-scroll");
  if (scroll) scroll.scrollTop = first.offsetTop - 40;
}

// ---- phones -------------------------------------------------------------------------------------

/// Who holds which phone: as in the address, else the demo's choice, else whoever is left.
function holders() {
  const known = state.phones.map((p) => p.login);
  const asked = (new URLSearchParams(location.search).get("phones") ?? "").split(",");
  const wanted = [...asked, ...state.default_phones, ...known].filter((login) => known.includes(login));
  return [...new Set(wanted)].slice(0, PHONES);
}

function buildPhones() {
  holders().forEach((login, n) => {
    const root = el("article", { class: "phone", "data-testid": `phone-${n + 1}` });
    part("phones").append(root);
    const phone = new Phone(root, n + 1);
    const choice = el("select", { class: "holder", "data-testid": `phone-${n + 1}-person`, "data-t-label": "holder" },
      ...state.phones.map((p) => el("option", { value: p.login, selected: p.login === login },
        [p.name, p.post, p.unit].filter(Boolean).join(" · "))));
    choice.addEventListener("change", () => {
      phone.show(choice.value);
      const chosen = phones.map((p) => p.login).join(",");
      history.replaceState(null, "", `?phones=${chosen}`);
    });
    phone.head.append(choice);
    speak(root);
    phones.push(phone);
    phone.show(login);
  });
}

// ---- the page -----------------------------------------------------------------------------------

function drawAll() {
  drawClock();
  drawItems();
  drawTimeline();
}

const refresh = paced(async () => {
  const { data } = await get("/api/demo");
  if (!data) return;
  state = data;
  drawAll();
  if (phones.length === 0) buildPhones();
  else phones.forEach((phone) => phone.refresh());
}, 300);

speak();
languageButton(part("language"), () => {
  rows.clear();
  lines.clear();
  if (picked) part("unpick").textContent = t("unpick")(picked);
  if (state) drawAll();
  phones.forEach((phone) => phone.relabel());
});
for (const button of document.querySelectorAll("[data-clock]")) {
  button.addEventListener("click", () => command(button.dataset.clock));
}
part("speed").addEventListener("change", async (event) => {
  const seconds_per_day = Number(event.target.value);
  await post("/api/demo/clock", { action: "speed", seconds_per_day }).catch(() => {});
  event.target.blur();
  refresh();
});
part("unpick").addEventListener("click", () => pick(null));
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && picked) pick(null);
});
listen("/api/demo/events", refresh, (on) => (part("offline").hidden = on));
refresh();
