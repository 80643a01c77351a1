import assert from "node:assert/strict";

import { systemdUnit } from "../../../../components/services/render/systemd-unit";
import { runArguments } from "../../../../components/services/render/docker-run";
import { localServices } from "../../../../components/hosts/local/plan";
import { inOrder } from "../../../../components/services/stack-services";
import { containersOf, ownerType, rolloutType } from "../../../../policy/rules/container";
import { containers } from "../../../../policy/rules/containers";
import { breaches } from "../../../../policy/rules/rule";
import { unitWords } from "../../../../policy/rules/unit-words";
import { digest } from "../../../fixtures/ec2-graph";
import { settingsOf } from "../../../fixtures/settings";

const image = `ghcr.io/x/llama@${digest}`;
const good = ["--cap-drop", "ALL", "--read-only", "--security-opt", "no-new-privileges"];

/** A rollout whose document has one container, which runs by these arguments. */
const rollout = (run: readonly string[], name = "linnix-dev-llama") => ({
  type: rolloutType,
  name: "host-rollout",
  inputs: {
    document: {
      steps: [{ kind: "once", name, image, run: [...run, image, "--privileged", "--publish", "8090:8090"] }],
    },
  },
});

/** The rules that these arguments break. */
const broken = (...run: readonly string[]): string[] =>
  containers.filter((rule) => breaches(rule, [rollout(run)]).length > 0).map(({ id }) => id);

describe("the rules on containers", () => {
  it("read a unit's command line back to the arguments that it was written from", () => {
    const services = inOrder(localServices(settingsOf({ source: "sample" }, { stack: "local" })));
    assert.ok(services.length >= 3);
    for (const service of services) {
      const odd = { ...service, arguments: ['a "b" \\c', "100%", "$HOME", "$$", "a\tb", "\x1b[0m"] };
      const bindings = { image, secretsFile: "/run/s.env" };
      const words = unitWords(systemdUnit(odd, { ...bindings, requiredMount: "/var/lib/linnix" }), "ExecStart");
      const run = runArguments(odd, bindings);
      assert.deepEqual(words.slice(-run.length), run);
    }
  });

  it("find nothing in arguments that give a container little", () => {
    assert.deepEqual(broken(...good, "--publish", "127.0.0.1:8090:8090", "-v", "models:/models"), []);
  });

  const cases: Readonly<Record<string, readonly string[]>> = {
    "container privileged": ["--privileged"],
    "container capabilities": ["--cap-add=NET_ADMIN"],
    "container mounts": ["-v", "/:/host"],
    "container processes": ["--pid=host"],
    "container network": ["--net", "host"],
    "container ports": ["-p", "8090:8090"],
  };
  for (const [id, more] of Object.entries(cases)) {
    it(`find ${more.join(" ")} in a host's document`, () => {
      assert.deepEqual(broken(...good, ...more), [id]);
    });
  }
  for (const source of ["/run/docker.sock", "/var/run/", "/var"]) {
    it(`find the mount of ${source}`, () => {
      assert.deepEqual(broken(...good, "--mount", `type=bind,source=${source},target=/x`), ["container mounts"]);
    });
  }

  it("find a mount that is not read", () => {
    assert.deepEqual(broken(...good, "--mount", '"type=bind","source=/",target=/x'), ["container mounts"]);
  });

  it("find all that is missing, and name the container", () => {
    assert.deepEqual(broken(), ["container capabilities", "container root file system", "container new privileges"]);
    const [rule] = containers.filter(({ id }) => id === "container capabilities");
    assert.equal(rule?.detail?.(rollout([])), "linnix-dev-llama");
  });

  it("find an image that the words do not have, and read no option after it", () => {
    const [rule] = containers.filter(({ id }) => id === "container image");
    const other = rollout(good);
    other.inputs.document.steps[0]!.run = [...good, "ghcr.io/x/llama:latest"];
    assert.equal(breaches(rule!, [other]).length, 1);
    assert.deepEqual(containersOf(rollout([...good, "--publish", "127.0.0.1:1:1"]))[0]?.published, ["127.0.0.1"]);
  });

  it("let cognitod's own containers see the host's processes and network, and the model's download only on a local engine", () => {
    const host = [...good, "--pid", "host", "--network", "host", "--cap-add", "BPF"];
    const of = (name: string) =>
      containers.filter((rule) => breaches(rule, [rollout(host, name)]).length > 0).map(({ id }) => id);
    for (const part of ["cognitod", "preflight", "config"]) assert.deepEqual(of(`linnix-dev-${part}`), []);
    assert.deepEqual(of("linnix-dev-model"), ["container capabilities", "container processes", "container network"]);
    const local = { type: "docker:index/container:Container", name: "x" };
    const [network] = containers.filter(({ id }) => id === "container network");
    const on = (name: string) => breaches(network!, [{ ...local, inputs: { name, networkMode: "host" } }]).length;
    assert.deepEqual([on("linnix-local-model"), on("linnix-local-llama")], [0, 1]);
  });

  it("let the change of owner have its two capabilities on a local engine, and nothing else", () => {
    const { owner } = localServices(settingsOf({ source: "sample" }, { stack: "local" }));
    const of = (changes: object) => {
      const resource = {
        type: ownerType,
        name: "host-owner",
        inputs: { spec: { ...owner!, ...changes }, image: digest },
      };
      return containers.filter((rule) => breaches(rule, [resource]).length > 0).map(({ id }) => id);
    };
    assert.deepEqual(of({}), []);
    assert.deepEqual(of({ capabilities: ["BPF"] }), ["container capabilities"]);
    assert.deepEqual(of({ hostPid: true, network: { kind: "host" } }), ["container processes", "container network"]);
    assert.deepEqual(
      containers
        .filter((rule) => breaches(rule, [rollout([...good, "--cap-add", "CHOWN"], "linnix-dev-owner")]).length > 0)
        .map(({ id }) => id),
      ["container capabilities"],
    );
  });
});
