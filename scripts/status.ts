// npm run status -- [stack] [--json]: probes the running services now. Exit status 1 when not healthy.
import { linnixHome } from "./lib/home";
import { liveHealth } from "./lib/live-health";
import { main } from "./lib/main";
import { outputs } from "./lib/pulumi";
import { readSession } from "./lib/session";
import { parse } from "./lib/start-arguments";
import { healthText } from "./lib/summary";

main(async (args) => {
  const usage = "npm run status [-- [stack] [--json]]";
  const { values, positionals } = parse(args, { json: { type: "boolean", default: false } }, usage);
  const session = readSession(linnixHome(), positionals[0] ?? "local");
  const health = await liveHealth(session, await outputs(session));
  process.stdout.write(values.json ? `${JSON.stringify(health, null, 2)}\n` : `${healthText(health)}\n`);
  return health.healthy ? 0 : 1;
});
