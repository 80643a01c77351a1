// npm run check -- <stack or file>: judges a stack's settings without touching anything.
import { validate } from "../components/settings/validate";
import { BadInput } from "./lib/errors";
import { main } from "./lib/main";
import { readStackFile, worldOf } from "./lib/stack-file";

main(async (args) => {
  const [target, ...more] = args.filter((arg) => arg !== "--");
  if (target === undefined || more.length > 0) {
    throw new BadInput([
      {
        key: "arguments",
        value: args.join(" "),
        problem: "takes one stack or one settings file",
        remedy: "npm run check -- local",
      },
    ]);
  }
  const file = readStackFile(target);
  const { faults } = validate(file.raw, worldOf(file));
  if (faults.length > 0) throw new BadInput(faults);
  process.stdout.write(`${file.path}: ${Object.keys(file.raw).length} settings, no fault\n`);
  return Promise.resolve(0);
});
