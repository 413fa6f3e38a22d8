// What both pages share: their own words in two languages, elements, and talking to the server.
//
// Everything that people wrote is set as text, never as markup.

// ---- the page's own words -----------------------------------------------------------------------

export const words = {
  zh: {
    lang_other: "English",
    holder: "这部手机由谁拿着",
    loading: "正在读取…",
    empty: "还没有消息。",
    empty_hint: "到了该提醒的时候，这里会响。",
    urgent: "紧急",
    quote: "引用",
    quoting: "回复：",
    unquote: "取消引用",
    say: "写给督办的话",
    say_hint: "回复，如：完成",
    send: "发送",
    sending: "正在发送…",
    retrying: "网络不通，正在重试…",
    unsent: "没有送出，请再按一次发送；不会重复记录。",
    unpressed: "没有送出，请再按一次。",
    gone: "此页面已失效，请向管理员索取新链接。",
    offline: "连接中断，正在重连…",
    me: "我",
    bot: "督办",
    desk: "督办消息",
    weekdays: ["周日", "周一", "周二", "周三", "周四", "周五", "周六"],
    day: (month, day, weekday) => `${month}月${day}日 ${weekday}`,
  },
  en: {
    lang_other: "中文",
    holder: "Who holds this phone",
    loading: "Loading…",
    empty: "No messages yet.",
    empty_hint: "This phone rings when something is due.",
    urgent: "Urgent",
    quote: "Quote",
    quoting: "Replying to: ",
    unquote: "Do not quote",
    say: "Your answer",
    say_hint: "Answer, e.g. done",
    send: "Send",
    sending: "Sending…",
    retrying: "No connection, trying again…",
    unsent: "Not sent. Press send again; it will not count twice.",
    unpressed: "Not sent. Please press again.",
    gone: "This page is not valid any more; ask the administrator for a new link.",
    offline: "Connection lost, reconnecting…",
    me: "Me",
    bot: "Duty desk",
    desk: "Duty desk",
    weekdays: ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"],
    day: (month, day, weekday) => {
      const names = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
      return `${weekday} ${day} ${names[month - 1]}`;
    },
  },
};

/// The language of the page's own words: chosen before, else the browser's.
export let lang = remembered() ?? (navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en");

function remembered() {
  try {
    const kept = localStorage.getItem("dutybell.lang");
    return kept in words ? kept : null;
  } catch {
    return null; // Storage is switched off.
  }
}

export function t(key) {
  return words[lang][key] ?? key;
}

/// Fills every element that names its words by `data-t`, `data-t-label` or `data-t-hint`.
export function speak(root = document) {
  document.documentElement.lang = lang === "zh" ? "zh-CN" : "en";
  for (const node of root.querySelectorAll("[data-t]")) node.textContent = t(node.dataset.t);
  for (const node of root.querySelectorAll("[data-t-label]")) {
    node.setAttribute("aria-label", t(node.dataset.tLabel));
    if (node.matches("button, select")) node.title = t(node.dataset.tLabel);
  }
  for (const node of root.querySelectorAll("[data-t-hint]")) node.placeholder = t(node.dataset.tHint);
}

/// Makes `button` switch the language; `changed` draws anew what `speak` does not reach.
export function languageButton(button, changed) {
  button.addEventListener("click", () => {
    lang = lang === "zh" ? "en" : "zh";
    try {
      localStorage.setItem("dutybell.lang", lang);
    } catch {
      // Storage is switched off: the choice lasts until the page is left.
    }
    speak();
    changed();
  });
}

// ---- small tools --------------------------------------------------------------------------------

/// An element with attributes; strings among the children become text.
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value != null) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child != null && child !== false));
  return node;
}

/// Makes the children of `parent` exactly `nodes`, moving as few as possible.
export function arrange(parent, nodes) {
  nodes.forEach((node, n) => {
    if (parent.children[n] !== node) parent.insertBefore(node, parent.children[n] ?? null);
  });
  while (parent.children.length > nodes.length) parent.lastElementChild.remove();
}

/// The wall clock that a time with its offset was written for: `2022-09-22T08:30:00+08:00`.
export function wall(text) {
  const [year, month, day] = text.slice(0, 10).split("-").map(Number);
  const weekday = t("weekdays")[new Date(Date.UTC(year, month - 1, day)).getUTCDay()];
  return { date: text.slice(0, 10), time: text.slice(11, 16), day: t("day")(month, day, weekday), month, dayOfMonth: day };
}

/// Names one action, so that the server takes it once.
export function nonce() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
}

const TRIES = 8;
const wait = (ms) => new Promise((done) => setTimeout(done, ms));

/// The server understood and said no; its words are for the reader.
export class Refused extends Error {}

/// Posts until the server has it. The body carries its nonce, so a repetition changes nothing.
export async function post(url, body, retrying = () => {}) {
  for (let n = 1; n <= TRIES; n++) {
    try {
      const response = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      if (response.ok) return;
      const { error } = await response.json().catch(() => ({}));
      if (response.status < 500) throw new Refused(error ?? response.statusText);
    } catch (error) {
      if (error instanceof Refused) throw error;
    }
    if (n === TRIES) break;
    retrying();
    await wait(Math.min(400 * 2 ** n, 8_000));
  }
  throw new Error("no connection");
}

/// Calls `changed` when the server says so, and every few seconds while it cannot be heard.
/// `connected` hears true and false. Returns what ends it.
export function listen(url, changed, connected = () => {}) {
  let source, again, closed = false;
  let last = Date.now();
  const open = () => {
    source = new EventSource(url);
    source.addEventListener("open", () => {
      connected(true);
      changed(); // Whatever was missed.
    });
    source.addEventListener("changed", () => {
      last = Date.now();
      changed();
    });
    source.addEventListener("error", () => {
      connected(false);
      if (source.readyState === EventSource.CLOSED && !closed) again = setTimeout(open, 3_000);
    });
  };
  open();
  const poll = setInterval(() => {
    const heard = source.readyState === EventSource.OPEN;
    if (!heard || Date.now() - last > 20_000) {
      last = Date.now();
      changed();
    }
  }, 4_000);
  addEventListener("pagehide", () => source.close());
  return () => {
    closed = true;
    clearTimeout(again);
    clearInterval(poll);
    source.close();
  };
}

/// What the server has at `url`: its status (0: not reached) and, if all is well, the data.
export async function get(url) {
  try {
    const response = await fetch(url);
    return { status: response.status, data: response.ok ? await response.json() : null };
  } catch {
    return { status: 0, data: null }; // The next signal or poll tries again.
  }
}

/// A function that runs `work` at once, then at most every `ms`, never twice at a time.
export function paced(work, ms) {
  let busy = false, wanted = false;
  return async function run() {
    if (busy) {
      wanted = true;
      return;
    }
    busy = true;
    wanted = false;
    try {
      await work();
    } finally {
      setTimeout(() => {
        busy = false;
        if (wanted) run();
      }, ms);
    }
  };
}
