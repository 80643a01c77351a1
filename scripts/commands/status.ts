// npm run status -- [stack] [--json]: probes the running services now. Exit status 1 if a service is not healthy.
import type { HealthReport } from "../../components/health/report";
import { commands } from "../lib/commands";
import { linnixHome } from "../lib/home";
import { display } from "../lib/display";
import { reportInterruptions } from "../lib/interrupt";
import { main } from "../lib/main";
import { say } from "../lib/say";
import { terminalWidth } from "../lib/terminal";
import { outputs } from "../lib/pulumi";
import { kindOf, settingsName } from "../lib/stack-kind";
import { sayCounting } from "../settings/say-counting";
import { readSession } from "../start/session";
import { healthText } from "../start/summary";
import { liveEc2Health } from "../status/live-ec2";
import { liveHealth } from "../status/live-health";

async function probe(stack: string): Promise<HealthReport> {
  switch (kindOf(stack)) {
    case "ec2":
      sayCounting(linnixHome(), settingsName(stack));
      return liveEc2Health(stack);
    case "local":
    case undefined: {
      const home = linnixHome();
      const session = readSession(home, stack);
      sayCounting(home, stack);
      return liveHealth(session, await outputs(session));
    }
  }
}

main(commands.status, async ({ stack, json }) => {
  reportInterruptions(display, "Nothing was changed.");
  const started = new Date().toISOString();
  const health = await probe(stack);
  // A status that began while this command was at work was observed by it for the first time.
  const asked = health.since >= started ? health.since : undefined;
  const text = healthText(health, terminalWidth(process.stdout), asked);
  process.stdout.write(json ? `${JSON.stringify(health, null, 2)}\n` : `${text}\n`);
  if (!health.healthy) say(`\`npm run doctor -- ${stack}\` checks what the services need.`);
  return health.healthy ? 0 : 1;
});
