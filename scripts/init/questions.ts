/** What `npm run init` must know of a new stack, in the order in which it asks. Everything else has a default that works. */
import type { commands } from "../lib/commands";
import { type Definition, asText } from "../../components/settings/definition";
import { type SettingName, schema } from "../../components/settings/schema";
import type { RawSettings } from "../../components/settings/validate";

/** An option of `npm run init` that answers a question. */
export type OptionName = keyof (typeof commands)["init"]["options"];

/** One question. */
export interface Question {
  readonly option: OptionName;
  /** The setting that the answer becomes. Its definition has the description and the allowed values. */
  readonly setting: SettingName;
  /** What an empty answer means: by default the setting's own default, or else not to set it. */
  readonly default?: string;
  /** When it is asked; by default always. */
  readonly asked?: { readonly when: (answers: RawSettings) => boolean; readonly words: string };
}

const onEc2 = { when: ({ host }: RawSettings) => host === "ec2", words: "--host is ec2" };

/** The questions. The validity of an answer may depend on earlier ones, never on a later one. */
export const questions: readonly Question[] = [
  { option: "host", setting: "host" },
  // The region of the repository's own stacks.
  { option: "region", setting: "aws:region", default: schema["aws:region"].example, asked: onEc2 },
  { option: "instance-type", setting: "instanceType", asked: onEc2 },
  { option: "private", setting: "private", asked: onEc2 },
  {
    // Upstream's address is not reachable from there, so the setting's default is no answer.
    ...{ option: "model", setting: "model", default: "" },
    asked: { when: (answers) => answers.private === "true", words: "--private is set" },
  },
  { option: "alarm-email", setting: "alarmEmails", asked: onEc2 },
];

/** The definition of a question's setting. */
export const definitionOf = ({ setting }: Question): Definition => schema[setting];

/** What an empty answer stands for; empty if the setting is then not set. */
export function defaultOf(question: Question): string {
  const value = question.default ?? definitionOf(question).default;
  return value === undefined ? "" : asText(value);
}
