/** Settings on alerts: when cognitod raises one, and where it sends it. */
import { type Definition, matching, somePath } from "../definition";

export const alertSchema = {
  rules: {
    type: "string",
    description:
      "A file of your own alert rules (YAML), which replaces the project's docker/cognitod/rules.yaml: a list of rules with name, detector and the detector's own keys. It is checked before anything is changed.",
    example: "./rules.yaml",
    whenUnset: "the project's rules, in cognitod's image",
    ...matching(somePath, "a file's path (starting with / or ./)"),
  },
  slackWebhook: {
    type: "string",
    secret: true,
    description: "Slack webhook that cognitod sends its alerts to.",
    example: "",
    whenUnset: "none: no alerts are sent to Slack",
    ...matching(/^https:\/\/hooks\.slack\.com\/[A-Za-z0-9/_-]{8,256}$/, "an address under https://hooks.slack.com/"),
  },
} as const satisfies Record<string, Definition>;
