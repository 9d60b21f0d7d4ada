// better-sse with many streams, for `cargo xtask bench hub`. The lines that it answers are explained in
// ../../rust/src/hub/mod.rs.
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { createChannel, createSession } from "better-sse";

const heartbeat = Number(process.argv[2]);
const channel = createChannel();

function publish() {
  const time = process.hrtime.bigint().toString().padStart(20, "0");
  channel.broadcast(`@${time}`.padEnd(174, "x"));
}

async function pace(rate, seconds) {
  const start = process.hrtime.bigint();
  const count = rate * seconds;
  for (let number = 0; number < count; number++) {
    const due = (number * 1000) / rate;
    const passed = Number(process.hrtime.bigint() - start) / 1e6;
    if (due > passed) await sleep(due - passed);
    publish();
  }
  return count;
}

const server = createServer(async (request, response) => {
  const options = { serializer: String, keepAlive: heartbeat * 1000 };
  channel.register(await createSession(request, response, options));
});
server.listen(0, "127.0.0.1", () => console.log(`127.0.0.1:${server.address().port}`));

for await (const line of createInterface({ input: process.stdin })) {
  const [verb, rate, seconds] = line.split(" ");
  if (verb !== "pace") throw new Error(`\`${line}\` is not understood`);
  console.log(await pace(Number(rate), Number(seconds)));
}
process.exit();
