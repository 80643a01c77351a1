// npm run dashboard -- [stack]: a proxy on this machine that adds cognitod's token, so that a browser can open its dashboard.
import { once } from "node:events";

import { connect, probe } from "../dashboard/connect";
import { startProxy } from "../dashboard/proxy";
import { commands } from "../lib/commands";
import { main } from "../lib/main";
import { say } from "../lib/say";
import { stopSignal } from "../lib/stop-signal";

/** Serves the dashboard until the signal is aborted. */
async function serve(stack: string, stop: AbortSignal): Promise<void> {
  const { target, forwarding } = await connect(stack, stop);
  try {
    await probe(stack, target);
    const proxy = await startProxy(target);
    process.stdout.write(`${proxy.address}\n`);
    say(`Dashboard of stack ${stack}. Anyone who has this address can use cognitod's API. Ctrl-C ends it.`);
    try {
      if (!stop.aborted)
        await Promise.race([once(stop, "abort"), ...(forwarding === undefined ? [] : [forwarding.ended])]);
    } finally {
      await proxy.close();
    }
  } finally {
    await forwarding?.close();
  }
}

main(commands.dashboard, async ({ stack }) => {
  const stop = stopSignal();
  try {
    await serve(stack, stop);
  } catch (error) {
    // Ctrl-C also ends the programs that were waited for.
    if (!stop.aborted) throw error;
  }
  return 0;
});
