// npm run init -- <stack>: writes Pulumi.<stack>.yaml for a new stack, and says what the stack will cost and make.
import { validate } from "../../components/settings/validate";
import { monthlyBill, regionNote } from "../cost/bill";
import { billText } from "../cost/text";
import { collectAnswers } from "../init/answers";
import { openDialogue } from "../init/dialogue";
import { refuseExisting, settingsText, writeNew } from "../init/file";
import { ownPorts } from "../init/ports";
import { madeText, nextText } from "../init/summary";
import { commands } from "../lib/commands";
import { BadInput } from "../lib/errors";
import { projectFolder } from "../lib/home";
import { main } from "../lib/main";
import { terminalWidth } from "../lib/terminal";
import { sayRow } from "../lib/say";
import { readStackFile, stacksIn, usualFile, validationContext } from "../lib/stack-file";
import { namedStack } from "../render/named-stack";

/** The checkout's other stacks; one whose file cannot be read runs nowhere. */
function otherStacks() {
  return stacksIn(projectFolder).flatMap((name) => {
    try {
      return [readStackFile(name)];
    } catch (error) {
      if (error instanceof BadInput) return [];
      throw error;
    }
  });
}

main(commands.init, async ({ stack, private: isPrivate, ...texts }) => {
  const file = usualFile(stack);
  refuseExisting(file);
  const dialogue = process.stdin.isTTY && process.stderr.isTTY ? openDialogue() : undefined;
  const answers = await collectAnswers({
    stack,
    given: { ...texts, ...(isPrivate ? { private: "true" } : {}) },
    dialogue,
    assumed: (setting, value, option) => {
      sayRow("default", `${setting} = ${value === "" ? "not set" : value}; --${option} sets it`);
    },
  }).finally(() => dialogue?.close());
  const raw = { ...answers, ...(answers.host === "local" ? ownPorts(otherStacks()) : {}) };
  const { values, faults } = validate(raw, validationContext({ stack, stackIsGuess: false, raw }));
  if (faults.length > 0) throw new BadInput(faults);

  writeNew(file, settingsText(stack, raw));
  process.stdout.write(`${file}: written\n\n`);
  // Reads what was written, and validates it as `npm run check` does.
  const { graph } = await namedStack(stack);
  const bill = monthlyBill(graph);
  const note = regionNote(bill);
  if (note !== undefined) sayRow("prices", note);
  for (const { key, value, allowed } of bill.missing)
    sayRow("prices", `${key} = ${value} has none, so the sum is too low; these have: ${allowed}`);
  const columns = terminalWidth(process.stdout);
  process.stdout.write(
    [billText(stack, bill, columns), madeText(graph, columns), nextText(stack, values.host)].join("\n"),
  );
  return 0;
});
