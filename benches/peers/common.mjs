// What the Node.js runners share: the job, and a client that keeps its connections open.
import { Agent, request } from "undici";

export const TEXT = "红星花炮厂 3号工房 防静电接地失效，整改期限 9月30日。请回复 1 完成 / 2 延期 / 3 受阻";

/** Jobs of `fill URL MODE COUNT DUE SPREAD`: due 0 means at once, and nobody measures by it. */
export function jobs([count, due, spread]) {
  const wanted = { count: Number(count), due: Number(due), spread: Number(spread) };
  return Array.from({ length: wanted.count }, (_, n) => {
    const at = wanted.due + Math.trunc((wanted.spread * n) / Math.max(wanted.count, 1));
    return { id: wanted.due > 0 ? `due-${n}` : `now-${n}`, due: at, text: TEXT };
  });
}

/** Posts one job to the sink. */
export function poster(sink, connections) {
  const dispatcher = new Agent({ connections });
  return async (job) => {
    const answer = await request(`http://${sink}/job`, {
      method: "POST",
      body: JSON.stringify(job),
      dispatcher,
    });
    await answer.body.text();
    if (answer.statusCode !== 200) throw new Error(`the sink said ${answer.statusCode}`);
  };
}

/** Pieces of an array. */
export function* pieces(array, size) {
  for (let from = 0; from < array.length; from += size) yield array.slice(from, from + size);
}
