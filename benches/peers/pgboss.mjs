// pg-boss: `fill URL MODE COUNT DUE SPREAD`, `run URL MODE SINK`.
// Its default is one job every two seconds; batched: big batches, fetched again at once while they come back full.
import { PgBoss } from "pg-boss";
import { jobs, pieces, poster } from "./common.mjs";

const [what, connectionString, mode, ...rest] = process.argv.slice(2);
const batched = { batchSize: 100, localConcurrency: 2, burstWhenBatchFull: true };
const modes = { default: {}, batched, eager: { ...batched, pollingIntervalSeconds: 0.5 } };
const boss = new PgBoss({ connectionString });
boss.on("error", console.error);
await boss.start();
await boss.createQueue("post");

if (what === "fill") {
  for (const piece of pieces(jobs(rest), 1000)) {
    await boss.insert(
      "post",
      piece.map((job) => ({ data: job, startAfter: job.due > 0 ? new Date(job.due) : undefined })),
    );
  }
  await boss.stop();
} else {
  const post = poster(rest[0], 200);
  await boss.work("post", modes[mode], (batch) => Promise.all(batch.map((job) => post(job.data))));
}
