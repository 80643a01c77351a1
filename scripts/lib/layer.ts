import type { Prepared } from "../start/prepare";
import { ensureBackend, pulumiEnvironment } from "../toolchain/toolchain";
import { joinedEnvironment } from "./environment";
import type { Home } from "./home";

/** The environment of a test layer: tool chain and engine on PATH, and the base images as testBases() reads them. */
export function layerEnvironment(home: Home, { engine, bases, toolchain }: Prepared): NodeJS.ProcessEnv {
  ensureBackend(home);
  return {
    ...joinedEnvironment(process.env, pulumiEnvironment(home, toolchain, engine.env)),
    LINNIX_TEST_BASES: JSON.stringify(bases?.images ?? {}),
  };
}
