// graphile-worker: `fill URL MODE COUNT DUE SPREAD`, `run URL MODE SINK`.
// Batched: the settings of its own performance page (https://worker.graphile.org/docs/performance), with as many
// jobs at a time as do best here.
import { makeWorkerUtils, run } from "graphile-worker";
import { jobs, pieces, poster } from "./common.mjs";

const [what, connectionString, mode, ...rest] = process.argv.slice(2);
const batched = {
  concurrentJobs: 48,
  maxPoolSize: 50,
  localQueue: { size: 500 },
  completeJobBatchDelay: 0,
  failJobBatchDelay: 0,
};
const modes = { default: {}, batched, eager: { ...batched, pollInterval: 50 } };

if (what === "fill") {
  const utils = await makeWorkerUtils({ connectionString });
  await utils.migrate();
  const filled = jobs(rest);
  for (const piece of pieces(filled, 1000)) {
    await utils.addJobs(
      piece.map((job) => ({
        identifier: "post",
        payload: job,
        runAt: job.due > 0 ? new Date(job.due) : undefined,
      })),
    );
  }
  await utils.withPgClient(async (client) => {
    await client.query("CREATE TABLE IF NOT EXISTS bench_filled (n bigint)");
    await client.query("INSERT INTO bench_filled VALUES ($1)", [filled.length]);
  });
  await utils.release();
} else {
  const post = poster(rest[0], modes[mode].concurrentJobs ?? 1);
  const runner = await run({
    preset: { worker: { connectionString, ...modes[mode] } },
    taskList: { post },
  });
  await runner.promise;
}
