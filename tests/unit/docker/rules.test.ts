import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { parse } from "yaml";

import { projectFolder } from "../../../scripts/lib/home";

interface Detector {
  readonly required: readonly string[];
  readonly optional?: readonly string[];
  /** Seconds that a rule may count, see the head of rules.yaml. */
  readonly longest: number;
}

/** The detectors that work in the pinned daemon, with their keys. All values are numbers. */
const detectors: Readonly<Record<string, Detector>> = {
  forks_per_sec: { required: ["threshold", "duration"], longest: 10 },
  fork_burst: { required: ["threshold", "window_seconds"], longest: 10 },
  runaway_tree: { required: ["threshold", "window_seconds"], longest: 10 },
  short_job_flood: { required: ["threshold", "window_seconds"], optional: ["max_exec_duration_ms"], longest: 60 },
  system_psi_cpu: { required: ["threshold_pct", "duration"], longest: 3600 },
  system_psi_memory: { required: ["threshold_pct", "duration"], longest: 3600 },
  system_psi_io: { required: ["threshold_pct", "duration"], longest: 3600 },
};
const severities = ["info", "low", "medium", "high"];

const folder = path.join(projectFolder, "docker", "cognitod");
const text = fs.readFileSync(path.join(folder, "rules.yaml"), "utf8");
const rules = parse(text) as Record<string, unknown>[];

describe("the alert rules of cognitod's image", () => {
  it("are in the file that linnix.toml names and the Dockerfile copies", () => {
    const toml = fs.readFileSync(path.join(folder, "linnix.toml"), "utf8");
    assert.match(toml, /^\[rules\]\npath = "\/etc\/linnix\/rules\.yaml"$/m);
    assert.match(
      fs.readFileSync(path.join(folder, "Dockerfile"), "utf8"),
      /^COPY .*rules\.yaml \/image\/etc\/linnix\/$/m,
    );
  });

  it("have names of their own", () => {
    const names = rules.map(({ name }) => name);
    assert.ok(names.length > 0);
    assert.deepEqual([...new Set(names)], names);
    for (const name of names) assert.match(String(name), /^[a-z][a-z_]*$/);
  });

  for (const { name, detector, severity, cooldown, ...values } of rules) {
    it(`${String(name)}: has exactly its detector's keys, and values in range`, () => {
      const keys = detectors[String(detector)];
      assert.ok(keys, `detector ${String(detector)}: must be one of ${Object.keys(detectors).join(", ")}`);
      for (const key of keys.required) assert.ok(key in values, `${key} is missing`);
      for (const [key, value] of Object.entries(values)) {
        assert.ok(
          [...keys.required, ...(keys.optional ?? [])].includes(key),
          `${key} is not a key of ${String(detector)}`,
        );
        assert.ok(typeof value === "number" && value > 0, `${key} must be a number above 0`);
        assert.ok(
          key === "threshold_pct" ? value <= 100 : Number.isInteger(value),
          `${key} = ${value} is out of range`,
        );
      }
      const window = Number(values.duration ?? values.window_seconds);
      assert.ok(window <= keys.longest, `the window of ${String(detector)} must be at most ${keys.longest} seconds`);
      // cognitod takes an unknown severity for info.
      assert.ok(severities.includes(String(severity)), `severity must be one of ${severities.join(", ")}`);
      assert.ok(Number.isInteger(cooldown) && (cooldown as number) >= 60, "cooldown must be at least 60 seconds");
    });

    it(`${String(name)}: is explained in a comment above it`, () => {
      assert.match(text, new RegExp(`^# .*\\n- name: ${String(name)}$`, "m"));
    });
  }
});
