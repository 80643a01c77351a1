// npm run status -- [stack] [--once] [--json]: probes the running services now. Exit status 1 if a service is not healthy.
// In a terminal it is a table that goes on until Ctrl-C; elsewhere, and with --once or --json, it is one report.
import type { HealthReport } from "../../components/health/report";
import { commands } from "../lib/commands";
import { type Home, linnixHome } from "../lib/home";
import { display } from "../lib/display";
import { reportInterruptions } from "../lib/interrupt";
import { main } from "../lib/main";
import { say } from "../lib/say";
import { stopSignal } from "../lib/stop-signal";
import { canRedraw, terminalWidth } from "../lib/terminal";
import { outputs } from "../lib/pulumi";
import { kindOf, settingsName } from "../lib/stack-kind";
import { sayCounting } from "../settings/say-counting";
import { readSession } from "../start/session";
import { healthText } from "../start/summary";
import { liveEc2Health } from "../status/live-ec2";
import { liveHealth } from "../status/live-health";
import { watch } from "../status/watch";
import { watchedEc2, watchedLocal } from "../status/watched";

async function probe(home: Home, stack: string): Promise<HealthReport> {
  if (kindOf(stack) === "ec2") return liveEc2Health(stack);
  const session = readSession(home, stack);
  return liveHealth(session, await outputs(session));
}

const statusOf = (stack: string, { healthy }: HealthReport): number => {
  if (!healthy) say(`\`npm run doctor -- ${stack}\` checks what the services need.`);
  return healthy ? 0 : 1;
};

/** The table, until Ctrl-C. */
async function live(home: Home, stack: string): Promise<number> {
  const stop = stopSignal();
  const watched = await (kindOf(stack) === "ec2" ? watchedEc2(stack) : watchedLocal(home, stack));
  const seen = await watch(watched, process.stdout, stop);
  return seen === undefined ? 130 : statusOf(stack, seen.report);
}

async function once(home: Home, stack: string, json: boolean): Promise<number> {
  reportInterruptions(display, "Nothing was changed.");
  const started = new Date().toISOString();
  const health = await probe(home, stack);
  // A status that began while this command was at work was observed by it for the first time.
  const asked = health.since >= started ? health.since : undefined;
  const text = healthText(health, terminalWidth(process.stdout), asked);
  process.stdout.write(json ? `${JSON.stringify(health, null, 2)}\n` : `${text}\n`);
  return statusOf(stack, health);
}

main(commands.status, async ({ stack, json, once: isOnce }) => {
  const home = linnixHome();
  // A stack without session has its reason for that; see readSession.
  if (kindOf(stack) !== "ec2") readSession(home, stack);
  sayCounting(home, kindOf(stack) === "ec2" ? settingsName(stack) : stack);
  const isLive = !json && !isOnce && process.stdin.isTTY && canRedraw(process.stdout);
  return isLive ? live(home, stack) : once(home, stack, json);
});
