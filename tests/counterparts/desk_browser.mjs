// Plays the demo as a visitor does: reads, presses, answers, looks. `node desk_browser.mjs BASE_URL [SCREENSHOT]`
//
// Exit code 2: the browser or its driver is not installed. 1: something was not as it should be.
import { strict as assert } from "node:assert";
import { existsSync } from "node:fs";

const HINT = "run ./test.sh --install-only";
const [base, screenshot] = process.argv.slice(2);

function missing(what) {
  console.error(`${what} is missing: ${HINT}`);
  process.exit(2);
}

const { chromium } = await import("playwright-core").catch(() => missing("the node package playwright-core"));
const executablePath = [
  process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome",
].find((path) => path && existsSync(path)) ?? missing("Chromium");

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
const complaints = [];

async function visit(path, options) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  // Violations of the content security policy are console errors too.
  page.on("console", (m) => m.type() === "error" && complaints.push(`${path}: ${m.text()}`));
  page.on("pageerror", (e) => complaints.push(`${path}: ${e.message}`));
  page.on("dialog", (d) => {
    complaints.push(`${path}: a script of somebody's text ran`);
    d.dismiss();
  });
  await page.goto(base + path);
  return page;
}

const step = (text) => console.log(`- ${text}`);
const state = async () => (await fetch(`${base}/api/demo`)).json();
const itemOf = async (code) => (await state()).items.find((i) => i.code === code);
const loginOf = async (name) => (await state()).phones.find((p) => p.name === name).login;

async function clock(page, action) {
  const before = (await state()).now;
  await page.getByTestId(`clock-${action}`).click();
  await until(async () => (await state()).now !== before, `the clock moves by ${action}`);
}

async function until(holds, what, seconds = 20) {
  for (let n = 0; n < seconds * 10; n++) {
    if (await holds()) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  assert.fail(`in vain: ${what}`);
}

const phone = (page, n) => page.getByTestId(`phone-${n}`);
const bubbles = (page, n, from) => phone(page, n).locator(`[data-testid=bubble][data-from=${from}]`);
const last = (page, n, from) => bubbles(page, n, from).last();

async function give(page, n, login) {
  await page.getByTestId(`phone-${n}-person`).selectOption(login);
  const name = (await state()).phones.find((p) => p.login === login).name;
  await phone(page, n).getByRole("heading", { name, exact: true }).waitFor();
}

async function say(page, n, text) {
  await page.getByTestId(`compose-${n}`).fill(text);
  await page.getByTestId(`send-${n}`).click();
  await bubbles(page, n, "me").filter({ hasText: text }).last().waitFor();
}

/// Waits for one more bubble of the gateway than `before`, and tells its text.
async function answer(page, n, before) {
  await until(async () => (await bubbles(page, n, "bot").count()) > before, "an answer");
  return last(page, n, "bot").innerText();
}

try {
  const page = await visit("/", { viewport: { width: 1440, height: 900 }, locale: "zh-CN" });

  step("four phones, the items, totals and a clock that can be stopped");
  for (const n of [1, 2, 3, 4]) await phone(page, n).waitFor();
  assert.equal(await page.locator("[data-testid^=item-]").count(), (await state()).items.length);
  if ((await state()).running) await page.getByTestId("clock-play").click();
  await until(async () => !(await state()).running, "the clock stops");

  step("an assignment rings");
  // Somebody with a single item, so that an answer needs no number.
  const { phones: people, items, default_phones } = await state();
  const openOf = (name) => items.filter((i) => i.state !== "draft" && i.responsible.includes(name));
  const alone = items.find((i) =>
    i.state === "assigned" && i.severity === "major" && people.some((p) => p.name === i.responsible) && openOf(i.responsible).length === 1);
  assert.ok(alone, "somebody has one major hazard");
  const { code } = alone;
  await give(page, 1, await loginOf(alone.responsible));
  await give(page, 2, await loginOf(alone.verifier));
  await bubbles(page, 1, "bot").first().waitFor();
  let heard = await bubbles(page, 1, "bot").count();
  for (let hours = 0; hours < 12 && (await bubbles(page, 1, "bot").count()) === heard; hours++) {
    await clock(page, "hour");
    await page.waitForTimeout(600);
  }
  await phone(page, 1).and(page.locator("[data-ringing]")).waitFor();
  assert.match(await last(page, 1, "bot").innerText(), new RegExp(code));

  step("a press acknowledges it");
  await last(page, 1, "bot").locator("[data-action$=':ack']").click();
  await page.locator(`[data-testid=item-${code}][data-state=acknowledged]`).waitFor();
  await page.getByTestId("timeline-row").filter({ hasText: code }).first().waitFor();

  step("nonsense is asked about and changes nothing");
  heard = await bubbles(page, 1, "bot").count();
  await say(page, 1, "今天食堂的汤不错");
  assert.ok((await answer(page, 1, heard)).length > 4);
  assert.equal((await itemOf(code)).state, "acknowledged");

  step("markup is text");
  const probe = "<img src=x onerror=alert(1)>";
  heard = await bubbles(page, 1, "bot").count();
  await say(page, 1, probe);
  await answer(page, 1, heard);
  assert.equal(await page.locator("img, [onerror]").count(), 0);

  step("what is not understood is asked back, and a press says which");
  heard = await bubbles(page, 1, "bot").count();
  await say(page, 1, "弄好了，接头处往外呲水");
  assert.match(await answer(page, 1, heard), /您是说/);
  assert.equal((await itemOf(code)).state, "acknowledged");
  await last(page, 1, "bot").locator("[data-action$=':mean']").filter({ hasText: "还在办" }).click();
  await page.locator(`[data-testid=item-${code}][data-state=in_progress]`).waitFor();

  step("a quoted 完成 reports it done");
  const notice = bubbles(page, 1, "bot").filter({ hasText: code }).first();
  await notice.locator(".line-title").click();
  assert.match(await phone(page, 1).locator(".quote-bar").innerText(), new RegExp(code));
  await page.getByTestId("compose-1").press("Escape");
  assert.equal(await phone(page, 1).locator(".quote-bar").isVisible(), false);
  await notice.locator(".line-title").click();
  await say(page, 1, "完成");
  await page.locator(`[data-testid=item-${code}][data-state=reported_done]`).waitFor();
  await until(async () => (await last(page, 1, "me").locator("blockquote").count()) === 1, "the quote is shown");

  step("after the undo window the verifier is asked");
  const asks = bubbles(page, 2, "bot").filter({ hasText: code }).filter({ has: page.locator("[data-action$=':pass']") });
  for (let hours = 0; hours < 24 && (await asks.count()) === 0; hours++) {
    await clock(page, "hour");
    await page.waitForTimeout(600);
  }
  await asks.last().waitFor();

  step("a press verifies it; it is struck off the list");
  await asks.last().locator("[data-action$=':pass']").first().click();
  await until(async () => ["verified", "closed"].includes((await itemOf(code)).state), "it is verified");
  if ((await itemOf(code)).state === "verified") {
    // A major hazard is closed by whoever supervises it.
    await until(async () => {
      for (const { login } of people) {
        const chat = await (await fetch(`${base}/api/desk/${login}`)).json();
        const press = chat.messages.findLast((m) => m.text.includes(code))?.buttons.flat().find((b) => b.action.endsWith(":close"));
        if (press) {
          await give(page, 3, login);
          return true;
        }
      }
      await clock(page, "hour");
      return false;
    }, "somebody is asked to close it");
    await bubbles(page, 3, "bot").filter({ hasText: code }).last().locator("[data-action$=':close']").first().click();
  }
  const row = page.locator(`[data-testid=item-${code}][data-state=closed]`);
  await row.waitFor();
  assert.match(await row.locator(".title").evaluate((n) => getComputedStyle(n).textDecorationLine), /line-through/);
  assert.notEqual(await page.getByTestId("total-closed").innerText(), "0");

  step("a code shows its story");
  await row.getByRole("button").click();
  await page.locator(".timeline .is-picked").first().waitFor();
  assert.ok((await phone(page, 1).locator(".message.is-picked").count()) > 0);
  await page.keyboard.press("Escape");
  assert.equal(await page.locator(".is-picked").count(), 0);

  step("an answer is sent again with the same nonce when the network fails");
  const nonces = [];
  await page.route("**/say", (route) => {
    nonces.push(route.request().postDataJSON().nonce);
    return nonces.length === 1 ? route.abort() : route.continue();
  });
  await say(page, 1, "我的任务");
  await page.unroute("**/say");
  assert.equal(nonces.length, 2);
  assert.equal(nonces[0], nonces[1]);
  // What was cut on purpose is no complaint.
  const cut = complaints.findIndex((c) => c.includes("net::ERR_FAILED"));
  if (cut >= 0) complaints.splice(cut, 1);
  if (screenshot) {
    await give(page, 4, default_phones[0]);
    await page.locator(".board-items .board-scroll").evaluate((n) => n.scrollTo(0, 0));
    await page.getByRole("heading", { level: 1 }).click();
    await page.waitForTimeout(1_000);
    await page.screenshot({ path: screenshot });
  }

  step("the page speaks English, and remembers it");
  await page.getByTestId("language").click();
  await page.getByRole("heading", { name: "Timeline" }).waitFor();
  await page.reload();
  await page.getByRole("heading", { name: "Timeline" }).waitFor();

  step("the desk fits a telephone and takes an answer");
  const login = await loginOf(alone.responsible);
  const desk = await visit(`/desk/${login}`, { viewport: { width: 390, height: 844 }, locale: "en-GB" });
  await bubbles(desk, 1, "bot").first().waitFor();
  assert.equal(await desk.evaluate(() => document.documentElement.scrollWidth), 390);
  heard = await bubbles(desk, 1, "bot").count();
  await desk.getByTestId("compose-1").fill("帮助");
  await desk.getByTestId("compose-1").press("Enter");
  assert.ok((await answer(desk, 1, heard)).length > 4);
  const small = await visit("/", { viewport: { width: 390, height: 844 }, locale: "en-GB" });
  await phone(small, 1).waitFor();
  assert.ok((await small.evaluate(() => document.documentElement.scrollWidth)) <= 390);

  assert.deepEqual(complaints, []);
  console.log("all well");
} catch (error) {
  console.error(error.message, ...complaints);
  for (const { login, name } of (await state()).phones) {
    const { messages } = await (await fetch(`${base}/api/desk/${login}`)).json();
    console.error(`${name}: ${messages.slice(-3).map((m) => JSON.stringify(m)).join("\n  ")}`);
  }
  process.exitCode = 1;
} finally {
  await browser.close();
}
