// npm run host -- <stack> status | history | rollback [RELEASE] | logs SERVICE | shell: asks or changes a stack's host.
import { ec2Request } from "../host/ec2";
import { localRequest } from "../host/local";
import { hostRequest } from "../host/request";
import { commands } from "../lib/commands";
import { linnixHome } from "../lib/home";
import { main } from "../lib/main";
import { readStackFile } from "../lib/stack-file";
import { kindOf, settingsName } from "../lib/stack-kind";
import { sayCounting } from "../settings/say-counting";
import { findSession } from "../start/session";

const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

main(commands.host, async ({ stack, names, since, json }) => {
  const request = hostRequest(names, { since, json });
  const home = linnixHome();
  // Without a session and without settings, the name is wrong.
  if (findSession(home, stack) === undefined) readStackFile(settingsName(stack));
  sayCounting(home, settingsName(stack));
  if (kindOf(stack) === "ec2") return ec2Request(stack, request, print);
  await localRequest(stack, request, print);
  return 0;
});
