import assert from "node:assert/strict";

import { parse } from "yaml";

import { localServices } from "../../../../../components/hosts/local/plan";
import { composeFile } from "../../../../../components/services/render/compose";
import { inOrder } from "../../../../../components/services/stack-services";
import type { RawSettings } from "../../../../../components/settings/validate";
import { localRenderings } from "../../../../../scripts/render/renderings";
import { settingsOf } from "../../../../fixtures/settings";

interface Compose {
  readonly services: Readonly<
    Record<string, Record<string, unknown> & { readonly depends_on?: Record<string, { condition: string }> }>
  >;
}

const settings = (raw: RawSettings = {}) => settingsOf(raw, { stack: "local" });
const specs = (raw: RawSettings = {}) => inOrder(localServices(settings(raw)));
const read = (text: string) => parse(text) as Compose;

/** The keys of a service that docker-compose 1.29.2 knows, of those that a specification may become. */
// prettier-ignore
const knownTo129 = [
  "cap_add", "cap_drop", "command", "container_name", "depends_on", "entrypoint", "environment", "healthcheck", "image", "logging",
  "mem_limit", "memswap_limit", "network_mode", "networks", "pid", "pids_limit", "ports", "read_only", "restart", "security_opt",
  "stop_grace_period", "user", "volumes",
];

describe("the compose file", () => {
  const stacks: readonly RawSettings[] = [
    {},
    { llm: "none" },
    { privileges: "sysadmin", logLevel: "error" },
    { cognitodConfig: { psi: { sustained_pressure_seconds: 30 } } },
  ];
  for (const raw of stacks) {
    it(`has the same values for a reader of YAML 1.1 as for one of 1.2: ${JSON.stringify(raw)}`, () => {
      const text = composeFile(specs(raw), {});
      assert.deepEqual(parse(text, { version: "1.1" }), parse(text, { version: "1.2" }));
      for (const { restart, user } of Object.values(read(text).services)) {
        assert.ok(["no", "always"].includes(String(restart)) && typeof user === "string");
      }
    });

    it(`has only keys that docker-compose 1.29 knows, except for cgroup: ${JSON.stringify(raw)}`, () => {
      const { services, ...others } = read(composeFile(specs(raw), {}));
      assert.deepEqual(Object.keys(others), ["networks", "volumes"]);
      const keys = Object.values(services).flatMap((service) => Object.keys(service));
      const unknown = keys.filter((key) => !knownTo129.includes(key));
      assert.deepEqual([...new Set(unknown)], ["cgroup"]);
    });
  }

  /** On what cognitod waits, by container. */
  const waits = (raw: RawSettings) => {
    const text = localRenderings(settings(raw), ["api-token"]).compose!();
    const found = Object.entries(read(text).services["linnix-local-cognitod"]?.depends_on ?? {});
    return Object.fromEntries(found.map(([name, { condition }]) => [name, condition]));
  };

  it("starts cognitod whatever the preflight finds, as the local stack does", () => {
    assert.deepEqual(waits({}), {
      "linnix-local-preflight": "service_started",
      "linnix-local-owner": "service_completed_successfully",
    });
  });

  it("does not start cognitod after a failed preflight if the settings require eBPF, nor with a rejected configuration", () => {
    const config = { cognitodConfig: { psi: { sustained_pressure_seconds: 30 } } };
    assert.deepEqual(waits({ requireKernelInstrumentation: true, ...config }), {
      "linnix-local-preflight": "service_completed_successfully",
      "linnix-local-config": "service_completed_successfully",
      "linnix-local-owner": "service_completed_successfully",
    });
    assert.deepEqual(waits(config)["linnix-local-config"], "service_completed_successfully");
  });

  it("starts llama only with a model", () => {
    const { services } = read(composeFile(specs(), {}, ["linnix-local-preflight"]));
    assert.deepEqual(services["linnix-local-llama"]?.depends_on, {
      "linnix-local-model": { condition: "service_completed_successfully" },
    });
  });
});
