/** Settings on cognitod's own configuration. */
import type { Definition } from "../definition";

export const cognitodSchema = {
  cognitodConfig: {
    type: "sections",
    description:
      "Sections of cognitod's own configuration, merged over the project's docker/cognitod/linnix.toml: a map of sections such as psi, circuit_breaker, telemetry or logging. What another setting decides (ports, token, rules, language model, Slack) is refused here. The image's own --check-config checks the result before a running service is touched. See docs/OPERATIONS.md.",
    allowed: "a map of sections, each a map of keys to values",
    example: `'{"psi": {"sustained_pressure_seconds": 30}}'`,
    whenUnset: "docker/cognitod/linnix.toml, in cognitod's image",
  },
} as const satisfies Record<string, Definition>;
