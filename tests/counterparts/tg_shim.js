// npm telegram-test-api made fit for strict clients: its answers lack fields that the Bot API documents, and its
// getUpdates neither waits nor counts. Listens on PORT and asks the emulator behind it.
//
// usage: node tg_shim.js PORT EMULATOR_PORT     prints "ready"; ends when its standard input ends
const http = require('http');
let TelegramServer;
try {
  ({ TelegramServer } = require('telegram-test-api/lib/telegramServer'));
} catch (missing) {
  console.error(`${missing.message}: run ./test.sh --install-only`);
  process.exit(1);
}

const port = Number(process.argv[2]);
const inner = Number(process.argv[3]);
const bot = { id: 123, is_bot: true, first_name: 'Duty', username: 'example_duty_bot' };
const me = {
  ...bot,
  can_join_groups: true,
  can_read_all_group_messages: false,
  supports_inline_queries: false,
  can_connect_to_business: false,
  has_main_web_app: false,
};

function ask(request, body) {
  return new Promise((resolve, reject) => {
    const options = {
      host: '127.0.0.1',
      port: inner,
      path: request.url,
      method: request.method,
      headers: { 'content-type': request.headers['content-type'] || 'application/json' },
    };
    const call = http.request(options, (answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part));
      answer.on('end', () => {
        try {
          resolve({ status: answer.statusCode, body: JSON.parse(Buffer.concat(parts).toString()) });
        } catch (error) {
          reject(error);
        }
      });
    });
    call.on('error', reject);
    call.end(body);
  });
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Updates already handed out are given again until an offset beyond them is asked for.
let kept = [];

async function updates(request, body) {
  const asked = body.length ? JSON.parse(body) : {};
  kept = kept.filter((update) => asked.offset == null || update.update_id >= asked.offset);
  const end = Date.now() + 1000 * (asked.timeout || 0);
  for (;;) {
    const { body: fresh } = await ask(request, body);
    for (const update of fresh.result || []) {
      update.update_id = update.update_id ?? update.updateId;
      if (update.callback_query) {
        update.callback_query.id = String(update.callback_query.id);
        update.callback_query.chat_instance = '1';
        update.callback_query.message.from = bot;
      }
      kept.push(update);
    }
    if (kept.length || Date.now() >= end) return { ok: true, result: kept };
    await pause(50);
  }
}

async function answered(request, body) {
  const method = (request.url.match(/^\/bot[^/]+\/(\w+)/i) || [])[1]?.toLowerCase();
  if (method === 'getme') return { ok: true, result: me };
  if (method === 'getwebhookinfo') {
    return { ok: true, result: { url: '', has_custom_certificate: false, pending_update_count: 0 } };
  }
  if (method === 'getupdates') return updates(request, body);
  const { body: answer } = await ask(request, body);
  if (method === 'sendmessage' && answer.ok) {
    answer.result.date = Math.floor(answer.result.date / 1000);
    answer.result.from = bot;
  } else if (method === 'editmessagetext' && answer.ok) {
    const asked = JSON.parse(body);
    const chat = { id: Number(asked.chat_id), type: 'private', first_name: 'x' };
    answer.result = { message_id: Number(asked.message_id), date: 1, edit_date: 2, chat, text: asked.text };
  } else if (answer.ok && answer.result == null) {
    answer.result = true;
  }
  return answer;
}

async function main() {
  await new TelegramServer({ port: inner, host: '127.0.0.1', storeTimeout: 600 }).start();
  http
    .createServer((request, response) => {
      const parts = [];
      request.on('data', (part) => parts.push(part));
      request.on('end', async () => {
        let answer;
        try {
          answer = await answered(request, Buffer.concat(parts));
        } catch (error) {
          answer = { ok: false, error_code: 500, description: `Internal Server Error: ${error.message}` };
        }
        response.writeHead(answer.error_code || 200, { 'content-type': 'application/json' });
        response.end(JSON.stringify(answer));
      });
    })
    .listen(port, '127.0.0.1', () => console.log('ready'));
  process.stdin.resume();
  process.stdin.on('end', () => process.exit(0));
}

main();
