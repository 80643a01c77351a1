// npm run check -- <stack or file>: validates a stack's settings without touching anything.
import { formatFault } from "../../components/settings/fault";
import { commands } from "../lib/commands";
import { BadInput } from "../lib/errors";
import { linnixHome } from "../lib/home";
import { main } from "../lib/main";
import { say, sayRow } from "../lib/say";
import { countingSettings } from "../settings/counting";
import { judge } from "../settings/judge";

main(commands.check, ({ stack }) => {
  const file = countingSettings(linnixHome(), stack);
  for (const row of file.rows) sayRow(...row);
  const { faults, unknown } = judge(file);
  if (file.hasEnvironment) {
    sayRow(
      "environment",
      "further settings come from an environment of Pulumi ESC, which is not read here; `pulumi config --stack " +
        `${file.stack}\` prints all of them`,
    );
    for (const fault of unknown) say(`unless the environment sets it: ${formatFault(fault)}`);
  }
  if (faults.length > 0) throw new BadInput(faults);
  const checked = file.hasEnvironment ? "no fault in those of the file" : "all valid";
  process.stdout.write(`${file.path}: ${Object.keys(file.raw).length} settings, ${checked}\n`);
  return Promise.resolve(0);
});
