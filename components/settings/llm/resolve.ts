import { type ServiceName, serviceNames, services } from "../../services/catalogue";
import type { Values } from "../schema";
import type { LanguageModel } from "./types";

/** Upstream's default, which servers of one model accept like any other name. */
const defaultModel = "linnix-3b-distilled";

const completions = "/chat/completions";

/** cognitod needs the address of the chat completions; a server's or an API's base address is completed. */
function endpointOf(value: string): string {
  const { origin, pathname } = new URL(value);
  const path = pathname.replace(/\/+$/, "");
  if (path.endsWith(completions)) return `${origin}${path}`;
  return `${origin}${path === "" ? "/v1" : path}${completions}`;
}

/** Whether llama-server is the language model. */
export const isBuiltin = ({ llm }: Pick<Values, "llm">): boolean => llm === "builtin";

/** Resolves the language model. */
export function llmOf({ llm, llmModel }: Values): LanguageModel {
  if (llm === "builtin" || llm === "none") return { kind: llm };
  return { kind: "external", endpoint: endpointOf(llm), model: llmModel ?? defaultModel };
}

/** The services that a stack runs, in the order in which they start. */
export function servicesOf(values: Pick<Values, "llm">): ServiceName[] {
  return serviceNames.filter((name) => !services[name].optional || isBuiltin(values));
}
