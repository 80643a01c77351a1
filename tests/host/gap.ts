import type { Host } from "./host";
import type { RunResult } from "../../scripts/lib/run";

const stop = "/run/linnix-test-gap-stop";

/** Requests /readyz twenty times a second until a file exists; prints the longest time without a 200, in seconds. */
const poller = `
import os, socket, time
good, worst = time.monotonic(), 0.0
while not os.path.exists("${stop}"):
    try:
        with socket.create_connection(("127.0.0.1", 9464), 2) as it:
            it.sendall(b"GET /readyz HTTP/1.0\\r\\n\\r\\n")
            ok = b" 200 " in it.recv(64)
    except OSError:
        ok = False
    now = time.monotonic()
    if ok:
        worst, good = max(worst, now - good), now
    time.sleep(0.05)
print(worst)
`;

/** The longest time in seconds during which cognitod was not ready while an action ran. */
export async function longestGap(host: Host, work: () => Promise<unknown>): Promise<number> {
  await host.machine.shell(`rm -f ${stop}`);
  const polling: Promise<RunResult> = host.machine.tryShell("python3 -", { input: poller, seconds: 900 });
  await host.machine.shell("sleep 1");
  try {
    await work();
  } finally {
    await host.machine.shell(`sleep 1; touch ${stop}`);
  }
  const { stdout, stderr } = await polling;
  const seconds = Number(stdout);
  if (!(seconds > 0)) throw new Error(`the poller printed ${stdout}; ${stderr}`);
  return seconds;
}
