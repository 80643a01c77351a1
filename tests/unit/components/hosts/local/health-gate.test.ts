import assert from "node:assert/strict";

import type { Observation } from "../../../../../components/health/observation";
import { type GateInputs, waitUntilAcceptable } from "../../../../../components/hosts/local/health-gate";
import type { LocalPlan } from "../../../../../components/hosts/local/observe";
import { expected, running, well } from "../../../../fixtures/observations";

describe("the gate", () => {
  const plan: LocalPlan = {
    cognitod: { container: "c", ready: [] },
    llama: { container: "l", ready: [] },
    preflight: "p",
    images: {},
  };
  const inputs: GateInputs = {
    ...{ expected, plan, deadlineSeconds: 0, requireKernelInstrumentation: false, triggers: ["a"] },
  };
  const crashing = (restarts: number, service: "cognitod" | "llama" = "llama"): Observation => ({
    ...well,
    [service]: { ...running, running: false, state: "restarting", restarts },
  });
  const looks = (...seen: Observation[]) => {
    let index = 0;
    return () => Promise.resolve(seen[Math.min(index++, seen.length - 1)]!);
  };

  const gate = (of: GateInputs, observe: () => Promise<Observation>, print: (line: string) => void = () => undefined) =>
    waitUntilAcceptable(of, observe, undefined, print, 5);

  it("passes at once when all is well, and keeps the images' sizes", async () => {
    const observe = looks({ ...well, imageBytes: { llama: 1 } });
    const { report: told, imageBytes } = await gate(inputs, observe);
    assert.deepEqual([told.healthy, imageBytes], [true, { llama: 1 }]);
  });

  it("waits for what heals, and tells each change once", async () => {
    const said: string[] = [];
    const loading = { ...well, llama: { ...running, ready: { status: 503, body: "" } } };
    const patient = { ...inputs, deadlineSeconds: 60 };
    const { report: told } = await gate(patient, looks(loading, loading, well), (line) => said.push(line));
    assert.equal(told.healthy, true);
    assert.deepEqual(
      said.map((line) => /llama (\w+)/.exec(line)?.[1]),
      ["unhealthy", "healthy"],
    );
  });

  it("fails at its deadline with service, answer and log lines", async () => {
    const seen = { ...well, llama: { ...running, ready: { status: 503, body: "busy" }, log: ["out of luck"] } };
    const waiting = gate(inputs, looks(seen));
    await assert.rejects(waiting, /not healthy within 0 s\nllama is unhealthy[^]*503 busy[^]*out of luck/);
  });

  describe("on a service that crashes", () => {
    const patient = { ...inputs, deadlineSeconds: 3600 };
    const wait = (...seen: Observation[]) => gate(patient, looks(...seen));

    for (const service of ["cognitod", "llama"] as const) {
      it(`gives up after five restarts, long before the deadline: ${service}`, async () => {
        const waiting = wait(crashing(2, service), crashing(7, service));
        await assert.rejects(waiting, new RegExp(`keeps crashing\\n${service} is \\w+: container is restarting`));
      });
    }

    it("waits after four restarts", async () => {
      assert.equal((await wait(crashing(2), crashing(6), well)).report.healthy, true);
    });

    it("does not count restarts of before the update", async () => {
      assert.equal((await wait(crashing(7), crashing(8), well)).report.healthy, true);
    });
  });
});
