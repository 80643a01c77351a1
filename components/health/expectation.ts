import { mapServices } from "../services/catalogue";
import { healthProbes } from "../services/stack-services";
import type { Settings } from "../settings/types";
import type { Expectation } from "./report";

/**
 * What a deployed stack is expected to report. The endpoints are those of the machine that runs the services or forwards
 * their ports.
 */
export function expectation(settings: Settings, release: string): Expectation {
  const endpoints = mapServices(healthProbes(settings), ({ endpoint }) => endpoint);
  return { release, sample: settings.source.kind === "sample", ...modelExpectation(settings, endpoints) };
}

function modelExpectation(
  { llm, model }: Settings,
  endpoints: Expectation["endpoints"],
): Pick<Expectation, "llm" | "model" | "endpoints"> {
  switch (llm.kind) {
    case "builtin":
      return { model: model.name, endpoints };
    case "none":
      return { llm: "disabled", endpoints };
    case "external":
      return { llm: "external", model: llm.model, endpoints: { ...endpoints, llama: llm.endpoint } };
  }
}
