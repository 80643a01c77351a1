/** The answers to the questions, each validated before the next is asked. */
import { type Fault } from "../../components/settings/fault";
import { keyOf } from "../../components/settings/schema";
import { type RawSettings, validate } from "../../components/settings/validate";
import { safeText } from "../../components/safe-text";
import { usageLine } from "../lib/arguments";
import { commands } from "../lib/commands";
import { BadInput } from "../lib/errors";
import { validationContext } from "../lib/stack-file";
import { type OptionName, type Question, defaultOf, definitionOf, questions } from "./questions";

/** How to ask a person. */
export interface Dialogue {
  /** Prints the prompt, and returns what was typed. */
  readonly ask: (prompt: string) => Promise<string>;
  /** Prints a text above the next prompt. */
  readonly tell: (text: string) => void;
}

/** Where answers come from. */
export interface Sources {
  readonly stack: string;
  /** By option; those that are missing are asked for. */
  readonly given: Readonly<Partial<Record<OptionName, string | undefined>>>;
  /** Without one, the default is the answer to what is not given. */
  readonly dialogue?: Dialogue | undefined;
  /** Is told about each default that nobody was asked about. */
  readonly assumed: (setting: string, value: string, option: OptionName) => void;
}

const remedy = usageLine(commands.init);

/** The most bytes of a message: it may repeat what was typed or pasted. */
const longest = 2000;

const yesNo: Readonly<Record<string, string>> = { yes: "true", y: "true", no: "false", n: "false" };

function withAnswer(answers: RawSettings, question: Question, text: string): RawSettings {
  if (text === "" && defaultOf(question) === "") return answers;
  const value = definitionOf(question).type === "boolean" ? (yesNo[text.toLowerCase()] ?? text) : text;
  return { ...answers, [question.setting]: value };
}

/**
 * What is wrong with the last answer. Earlier answers had no fault, and those of later questions are still missing.
 *
 * @throws BadInput if the stack's name is not allowed on the host: no answer would fix that.
 */
function faultsOf(stack: string, answers: RawSettings, question: Question): string[] {
  const later = questions.slice(questions.indexOf(question) + 1).map(({ setting }) => keyOf(setting));
  const context = validationContext({ stack, stackIsGuess: false, raw: answers });
  const found = validate(answers, context).faults.filter(({ key }) => !later.includes(key));
  const name = found.find(({ key }) => key === "stack");
  if (name !== undefined) throw new BadInput([{ ...name, remedy }]);
  const text = ({ key, value, problem }: Fault) =>
    key === keyOf(question.setting) ? problem : `${key} = ${value ?? ""}: ${problem}`;
  return found.map(text);
}

/** Asks until the answer is valid. */
async function asked(stack: string, answers: RawSettings, question: Question, { ask, tell }: Dialogue) {
  const { description, allowed, type } = definitionOf(question);
  const usual = defaultOf(question);
  tell(`\n${description}`);
  tell(`Allowed: ${allowed}${type === "boolean" ? "; yes or no" : ""}${usual === "" ? "; nothing" : ""}`);
  for (;;) {
    const typed = (await ask(`${question.option} [${usual}]: `)).trim();
    const next = withAnswer(answers, question, typed === "" ? usual : typed);
    const faults = faultsOf(stack, next, question);
    if (faults.length === 0) return next;
    for (const fault of faults) tell(safeText(typed === "" ? fault : `${typed}: ${fault}`, longest));
  }
}

/** The answer to one question, added to the earlier ones. */
async function answered(sources: Sources, answers: RawSettings, question: Question): Promise<RawSettings> {
  const { stack, given, dialogue, assumed } = sources;
  const { option, setting } = question;
  const value = given[option];
  if (value === undefined && dialogue !== undefined) return asked(stack, answers, question, dialogue);
  const text = value ?? defaultOf(question);
  const next = withAnswer(answers, question, text);
  const faults = faultsOf(stack, next, question).map((problem) => safeText(problem, longest));
  if (faults.length > 0) {
    const found = text === "" ? {} : { value: safeText(text, longest) };
    throw new BadInput(faults.map((problem) => ({ key: `--${option}`, ...found, problem, remedy })));
  }
  if (value === undefined) assumed(keyOf(setting), text, option);
  return next;
}

/**
 * Every answer, as settings by name.
 *
 * @throws BadInput for an option that is invalid, or belongs to a question that is not asked; and, where nobody can be asked,
 *   for a question without a default.
 */
export async function collectAnswers(sources: Sources): Promise<RawSettings> {
  let answers: RawSettings = {};
  for (const question of questions) {
    const { option, asked: condition } = question;
    if (condition?.when(answers) ?? true) {
      answers = await answered(sources, answers, question);
      continue;
    }
    const value = sources.given[option];
    if (value === undefined) continue;
    const problem = `is allowed only if ${condition?.words ?? ""}`;
    throw new BadInput([{ key: `--${option}`, value: safeText(value, longest), problem, remedy }]);
  }
  return answers;
}
