// npm run deploy -- <stack> [--yes] [--take-over]: updates a stack in the backend that `pulumi login` names, by the policy pack.
// Exit status 1 if the update fails, or another one holds the stack's lock.
import { update } from "../deploy/update";
import { commands } from "../lib/commands";
import { BadInput } from "../lib/errors";
import { main } from "../lib/main";

main(commands.deploy, async ({ stack, yes, "take-over": takeOver }) => {
  if (!yes && !(process.stdin.isTTY && process.stdout.isTTY))
    throw new BadInput([{ key: "--yes", problem: "is needed where nobody can be asked", remedy: "pass it" }]);
  await update(stack, yes, takeOver);
  return 0;
});
