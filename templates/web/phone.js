// One person's chat, as on a phone. The desk page shows one, the demo page four.
//
// Knows how a chat looks and how an answer gets to the server exactly once. Does not know what
// messages mean: their text, buttons and order come from the server as they are.

import { Refused, arrange, el, get, languageButton, listen, nonce, paced, post, speak, t, wall } from "/web/page.js";

const RING_MS = 5_000;

// ---- the phone ----------------------------------------------------------------------------------

const NUMBERED = /^([①-⑳㉑-㉟㊱-㊿]|\(\d+\))\s*(.*)$/u;
const GOOD = new Set(["done", "ack", "pass", "ok", "yes", "close", "seen"]);
const BAD = new Set(["fail", "no"]);

export class Phone {
  /// Draws itself into `root`; `n` is its number on the page, `heading` the rank of the holder's name.
  constructor(root, n = 1, heading = "h2") {
    this.root = root;
    this.n = n;
    this.login = null;
    this.quoted = null;
    this.draft = null;
    this.code = null;
    this.expecting = false;
    this.bubbles = new Map();
    this.refresh = paced(() => this.fetch(), 120);
    this.build(heading);
  }

  build(heading) {
    const { root, n } = this;
    this.avatar = el("span", { class: "avatar", "aria-hidden": "true" });
    this.name = el(heading, { class: "phone-name" });
    this.post = el("p", { class: "phone-post" });
    this.bell = el("span", { class: "phone-bell", "aria-hidden": "true" });
    this.head = el("header", { class: "phone-head" }, this.avatar, el("div", { class: "phone-who" }, this.name, this.post), this.bell);
    this.log = el("div", { class: "log", role: "log", "aria-live": "off", tabindex: "0", "data-t-label": "desk" });
    this.quoteText = el("span", { class: "quote-text" });
    this.quoteBar = el("div", { class: "quote-bar", hidden: true }, this.quoteText,
      el("button", { type: "button", class: "quote-cancel", "data-t-label": "unquote", onclick: () => this.quote(null) }, "×"));
    this.status = el("p", { class: "phone-status", role: "status" });
    this.box = el("textarea", {
      rows: "1", maxlength: "4000", enterkeyhint: "send", autocomplete: "off",
      "data-testid": `compose-${n}`, "data-t-label": "say", "data-t-hint": "say_hint",
    });
    this.sendButton = el("button", { type: "submit", class: "send", "data-testid": `send-${n}`, "data-t": "send" });
    this.form = el("form", { class: "compose" }, this.quoteBar, this.status, el("div", { class: "compose-row" }, this.box, this.sendButton));
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.say();
    });
    this.box.addEventListener("keydown", (event) => {
      // An Enter that ends the choice of a Chinese character is not yet "send".
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        this.say();
      } else if (event.key === "Escape" && this.quoted) {
        event.stopPropagation();
        this.quote(null);
      }
    });
    // What stood at the end stays there when the box grows or a keyboard opens.
    let atEnd = true;
    this.log.addEventListener("scroll", () => (atEnd = this.isAtEnd()));
    new ResizeObserver(() => atEnd && (this.log.scrollTop = this.log.scrollHeight)).observe(this.log);
    root.append(this.head, this.log, this.form);
    speak(root);
  }

  /// Shows another person's chat.
  show(login) {
    this.login = login;
    this.first = true;
    this.expecting = false;
    this.chat = null;
    this.bubbles.clear();
    this.log.setAttribute("aria-live", "off");
    this.quote(null);
    this.tell("");
    this.box.value = "";
    this.draft = null;
    arrange(this.log, [el("div", { class: "log-note" }, t("loading"))]);
    this.refresh();
  }

  async fetch() {
    const login = this.login;
    const { status, data } = await get(`/api/desk/${encodeURIComponent(login)}`);
    if (login !== this.login) return;
    if (status === 404) {
      arrange(this.log, [el("div", { class: "log-note" }, t("gone"))]);
      this.gone();
    }
    this.sendButton.disabled = status === 404 || this.box.readOnly;
    if (data) this.draw(data);
  }

  /// Called when there is no such chat any more.
  gone() {}

  /// Called with the sentence about a pause of routine, or null.
  paused() {}

  /// Draws the page's own words anew.
  relabel() {
    this.bubbles.clear();
    if (this.chat) this.draw(this.chat);
  }

  draw(chat) {
    this.chat = chat;
    this.paused(chat.paused);
    this.name.textContent = chat.name;
    this.post.textContent = [chat.post, chat.unit].filter(Boolean).join(" · ");
    this.avatar.textContent = /\p{Script=Han}/u.test(chat.name) ? chat.name.slice(0, 1) : chat.name.slice(0, 1).toUpperCase();
    this.avatar.dataset.tint = [...chat.login].reduce((sum, c) => sum + c.charCodeAt(0), 0) % 6;
    const atEnd = this.isAtEnd();
    const nodes = [];
    let day = "", rang = false, spoke = false, news = false;
    for (const message of chat.messages) {
      const at = wall(message.at);
      if (at.date !== day) {
        day = at.date;
        nodes.push(this.keyed(`day-${day}`, at.day, () => el("div", { class: "log-day" }, at.day)));
      }
      const fresh = !this.bubbles.has(message.id);
      nodes.push(this.keyed(message.id, JSON.stringify(message), () => this.bubble(message, at, chat)));
      if (fresh && message.from === "me") spoke = true;
      if (fresh && message.from === "bot") {
        news = true;
        // The answer to what was just said here is no surprise.
        if (this.expecting) this.expecting = false;
        else rang = true;
      }
    }
    if (nodes.length === 0) {
      nodes.push(el("div", { class: "log-note" }, el("strong", {}, t("empty")), el("span", {}, t("empty_hint"))));
    }
    arrange(this.log, nodes);
    if (this.code) this.highlight(this.code);
    if (this.first || atEnd || spoke || news) this.toEnd();
    if (rang && !this.first) this.ring();
    if (this.first) this.log.setAttribute("aria-live", "polite");
    this.first = false;
  }

  isAtEnd() {
    return this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 80;
  }

  /// The newest message, from its beginning if it is longer than the screen.
  toEnd() {
    const last = this.log.lastElementChild;
    const tall = last && last.offsetHeight > this.log.clientHeight - 24;
    this.log.scrollTop = tall ? last.offsetTop - 32 : this.log.scrollHeight;
  }

  keyed(key, version, make) {
    const kept = this.bubbles.get(key);
    if (kept?.version === version) return kept.node;
    const node = make();
    this.bubbles.set(key, { version, node });
    return node;
  }

  ring() {
    const frame = this.root;
    delete frame.dataset.ringing;
    void frame.offsetWidth; // Starts the animation anew.
    frame.dataset.ringing = "true";
    clearTimeout(this.ringing);
    this.ringing = setTimeout(() => delete frame.dataset.ringing, RING_MS);
  }

  bubble(message, at, chat) {
    const mine = message.from === "me";
    const body = el("div", { class: "bubble-text", lang: chat.locale });
    const rows = mine ? [] : buttonRows(message);
    const parts = mine ? [el("p", {}, message.text)] : paragraphs(message.text, rows, (row) => this.buttons(message, row));
    body.append(...parts);
    const original = message.reply_to && chat.messages.find((m) => m.id === message.reply_to);
    const box = el("div", { class: "bubble" },
      message.urgent && el("strong", { class: "urgent-mark" }, t("urgent")),
      original && el("blockquote", { class: "bubble-quote" }, firstLine(original.text)),
      body,
      el("p", { class: "bubble-meta" },
        !mine && el("button", { type: "button", class: "bubble-reply", onclick: () => this.quote(message) }, t("quote")),
        el("time", { datetime: message.at }, at.time)));
    const left = rows.filter((row) => !row.placed);
    const node = el("div", {
      class: `message ${mine ? "from-me" : "from-bot"}${message.urgent ? " is-urgent" : ""}`,
      "data-testid": "bubble", "data-from": message.from, "data-id": message.id,
    }, el("span", { class: "unseen" }, mine ? t("me") : t("bot")), box,
      left.length > 0 && el("div", { class: "bubble-buttons" }, ...left.map((row) => this.buttons(message, row))));
    if (!mine) {
      box.addEventListener("click", (event) => {
        if (event.target.closest("button") || !getSelection().isCollapsed) return;
        this.quote(message);
      });
    }
    return node;
  }

  buttons(message, row) {
    return el("div", { class: "button-row" }, ...row.buttons.map((button) => {
      const verb = button.action.split(":").pop();
      const kind = GOOD.has(verb) ? "good" : BAD.has(verb) ? "bad" : "plain";
      // Under its own line a button need not repeat the number.
      const label = row.placed ? button.label.replace(/^([①-⑳㉑-㉟㊱-㊿]|\(\d+\))\s*/u, "") : button.label;
      return el("button", {
        type: "button", class: `press press-${kind}`, "aria-label": button.label,
        "data-testid": `button-${button.label}`, "data-action": button.action,
        onclick: (event) => this.press(message, button, event.currentTarget),
      }, label);
    }));
  }

  /// Marks the bubbles that speak of an item; null marks none.
  highlight(code, show = false) {
    this.code = code;
    const about = code && new RegExp(`(^|[^A-Z0-9])${code}([^A-Z0-9]|$)`);
    for (const node of this.log.querySelectorAll(".message")) {
      node.classList.toggle("is-picked", Boolean(about) && about.test(node.querySelector(".bubble-text").textContent));
    }
    const newest = [...this.log.querySelectorAll(".is-picked")].pop();
    if (show && newest) this.log.scrollTop = newest.offsetTop - 32;
  }

  quote(message) {
    this.quoted = message;
    this.quoteBar.hidden = !message;
    this.quoteText.textContent = message ? t("quoting") + firstLine(message.text) : "";
    for (const node of this.log.querySelectorAll(".is-quoted")) node.classList.remove("is-quoted");
    if (message) {
      this.bubbles.get(message.id)?.node.classList.add("is-quoted");
      this.box.focus({ preventScroll: true });
    }
  }

  tell(text) {
    this.status.textContent = text;
  }

  async say() {
    const text = this.box.value.trim();
    if (!text || this.box.readOnly) return;
    const login = this.login;
    const reply_to = this.quoted?.id ?? null;
    // Sent again unchanged after a failure, it is the same answer.
    if (this.draft?.text !== text || this.draft?.reply_to !== reply_to) this.draft = { text, reply_to, nonce: nonce() };
    this.box.readOnly = this.sendButton.disabled = true;
    this.tell(t("sending"));
    try {
      await post(`/api/desk/${encodeURIComponent(login)}/say`, this.draft, () => this.tell(t("retrying")));
      if (login === this.login) {
        this.expecting = true;
        this.draft = null;
        this.box.value = "";
        this.quote(null);
        this.tell("");
      }
    } catch (error) {
      this.tell(error instanceof Refused ? error.message : t("unsent"));
    }
    this.box.readOnly = this.sendButton.disabled = false;
    this.box.focus({ preventScroll: true });
    this.refresh();
  }

  async press(message, button, node) {
    if (node.getAttribute("aria-disabled") === "true") return;
    node.setAttribute("aria-disabled", "true");
    const body = { action: button.action, message: message.id, nonce: nonce() };
    try {
      await post(`/api/desk/${encodeURIComponent(this.login)}/press`, body, () => this.tell(t("retrying")));
      this.expecting = true;
      this.tell("");
    } catch (error) {
      this.tell(error instanceof Refused ? error.message : t("unpressed"));
    }
    node.removeAttribute("aria-disabled");
    this.refresh();
  }
}

function firstLine(text) {
  return text.split("\n", 1)[0];
}

/// The rows of a message's buttons, each with the line it is about (0: all).
function buttonRows(message) {
  return message.buttons.map((buttons) => {
    const lines = new Set(buttons.map((b) => Number(b.action.split(":")[2])));
    // A choice is its number alone and stands in its own row, whichever line it names.
    const choice = buttons.some((b) => b.action.endsWith(":pick"));
    return { buttons, line: lines.size === 1 && !choice ? [...lines][0] : 0, placed: false };
  });
}

/// The number that ①, ㉑, ㊱ or (21) means.
function numberOf(sign) {
  const at = sign.codePointAt(0);
  const [first, from] = [[0x2460, 1], [0x3251, 21], [0x32b1, 36]].findLast(([start]) => at >= start) ?? [];
  return first ? at - first + from : Number(sign.slice(1, -1));
}

/// The lines of a message as paragraphs: its title, headings, numbered items with their buttons.
function paragraphs(text, rows, drawn) {
  const lines = text.split("\n");
  return lines.map((line, n) => {
    if (n === 0) return el("p", { class: lines.length > 1 ? "line-title" : "line-only" }, line);
    // What was answered to this message since.
    if (line.startsWith("→")) return el("p", { class: "line-result" }, line);
    const item = line.match(NUMBERED);
    if (item) {
      const number = numberOf(item[1]);
      const [what, ...detail] = item[2].split("　");
      const row = rows.find((r) => r.line === number && !r.placed);
      if (row) row.placed = true;
      return el("div", { class: "line-item" },
        el("span", { class: "line-number" }, item[1]),
        el("div", { class: "line-body" }, el("p", {}, what),
          detail.length > 0 && el("p", { class: "line-detail" }, detail.join("　")), row && drawn(row)));
    }
    if (lines[n + 1]?.match(NUMBERED)) return el("p", { class: "line-heading" }, line);
    // How to answer stands last, its words apart by bars.
    return el("p", { class: number > 0 || /[｜|]/.test(line) ? "line-foot" : "line-plain" }, line);
  });
}

// ---- the desk page ------------------------------------------------------------------------------

const desk = document.querySelector("[data-desk]");
if (desk) {
  const phone = new Phone(desk, 1, "h1");
  const login = decodeURIComponent(location.pathname.split("/").pop());
  const offline = document.querySelector("[data-offline]");
  phone.head.append(document.querySelector("[data-language]"));
  speak();
  languageButton(document.querySelector("[data-language]"), () => phone.relabel());
  phone.show(login);
  const hush = listen(`/api/desk/${encodeURIComponent(login)}/events`, phone.refresh, (on) => (offline.hidden = on));
  const paused = document.querySelector("[data-paused]");
  phone.paused = (text) => {
    paused.hidden = !text;
    paused.textContent = text ?? "";
  };
  phone.gone = () => {
    hush();
    offline.hidden = true;
  };
}
