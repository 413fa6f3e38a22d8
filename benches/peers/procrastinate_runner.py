"""procrastinate: `fill URL MODE COUNT DUE SPREAD`, `run URL MODE SINK`."""

import asyncio
import datetime
import logging
import sys

import aiohttp
import procrastinate

TEXT = "红星花炮厂 3号工房 防静电接地失效，整改期限 9月30日。请回复 1 完成 / 2 延期 / 3 受阻"
MODES = {
    "default": {},
    "concurrent": {"concurrency": 30},
    "eager": {"concurrency": 30, "fetch_job_polling_interval": 0.05},
}
what, url, mode, *rest = sys.argv[1:]
logging.getLogger("procrastinate").setLevel(logging.WARNING)
pool = MODES[mode].get("concurrency", 1)
app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=url, max_size=max(4, min(pool, 10))))
client = None


@app.task(name="post")
async def post(job):
    async with client.post(f"http://{rest[0]}/job", json=job) as answer:
        answer.raise_for_status()
        await answer.read()


async def fill():
    count, due, spread = map(int, rest)
    existing = await app.connector.execute_query_one_async("SELECT to_regclass('procrastinate_jobs')::text AS name")
    if existing["name"] is None:
        await app.schema_manager.apply_schema_async()
    for first in range(0, count, 1000):
        jobs = []
        for n in range(first, min(first + 1000, count)):
            at = due + spread * n // max(count, 1)
            jobs.append({"job": {"id": f"{'due' if due else 'now'}-{n}", "due": at, "text": TEXT}})
        if due == 0:
            await post.batch_defer_async(*jobs)
            continue
        for job in jobs:
            when = datetime.datetime.fromtimestamp(job["job"]["due"] / 1000, datetime.timezone.utc)
            await post.configure(schedule_at=when).defer_async(**job)


async def main():
    global client
    async with app.open_async():
        if what == "fill":
            await fill()
        else:
            connector = aiohttp.TCPConnector(limit=100)
            async with aiohttp.ClientSession(connector=connector) as client:
                await app.run_worker_async(install_signal_handlers=False, **MODES[mode])


asyncio.run(main())
