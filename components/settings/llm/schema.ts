/** Settings on the language model that cognitod uses. */
import { httpAddress, isPrivate } from "../address";
import { type Definition, matching } from "../definition";

const allowed = "builtin, none, or the address of an OpenAI-compatible server (https; http only to a private address)";

function llmProblem(value: string): string | undefined {
  if (value === "builtin" || value === "none") return undefined;
  const address = httpAddress(value);
  if (address === undefined) return `must be ${allowed}`;
  if (address.search !== "" || address.hash !== "") return "must be an address without ? and #";
  if (address.protocol === "http:" && !isPrivate(address)) {
    return "must be an https address: plain http is allowed only to this machine or to a private IP address";
  }
  return undefined;
}

export const llmSchema = {
  llm: {
    type: "string",
    default: "builtin",
    description:
      "The language model: builtin (llama-server, beside cognitod), none (no insights; no llama image, container or model), or the address of an OpenAI-compatible server, such as https://api.example.com/v1. Such a server receives what cognitod observes: process names, load, alerts.",
    allowed,
    example: "none",
    problem: llmProblem,
  },
  llmModel: {
    type: "string",
    description: "The model's name in the requests to the server that llm is the address of.",
    example: "gpt-4o-mini",
    whenUnset: "linnix-3b-distilled, upstream's default; a server of one model usually ignores it",
    ...matching(/^[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,199}$/, "a model's name of up to 200 letters, digits or ._:/@+-"),
  },
  llmApiKey: {
    type: "string",
    secret: true,
    description: "API key of the server that llm is the address of.",
    example: "",
    whenUnset: "none: requests carry a placeholder, which a server without authentication ignores",
    ...matching(/^[!-~]{1,1000}$/, "1 to 1000 printable characters without spaces (it is sent in an HTTP header)"),
  },
} as const satisfies Record<string, Definition>;
