import assert from "node:assert/strict";

import type { HealthReport } from "../../../../components/health/report";
import { tinyModelName } from "../../../../sample/model";
import { smolLm2 } from "../../../../sample/smollm2";
import { healthText, insightText, nextSteps, unchangedText } from "../../../../scripts/start/summary";

describe("the first insight's title", () => {
  const titles: [string, boolean, string, string][] = [
    ["nothing of Linnix itself", false, "linnix-3b-distilled-q5_k_m", "First insight:"],
    [
      "the sample model",
      false,
      smolLm2.name,
      "First insight (words of the sample model, which is too small to be right):",
    ],
    [
      "the sample daemon and the model with random weights",
      true,
      tinyModelName,
      "First insight (events of the sample daemon; words of a model with random weights, which are meaningless):",
    ],
  ];
  for (const [what, sample, model, title] of titles) {
    it(`names ${what}`, () => {
      const settings = {
        llm: { kind: "builtin" },
        model: { kind: "file", name: model, file: "m.gguf", path: "/m.gguf" },
      } as const;
      const text = insightText({ timestamp: 1, summary: "all well", sample }, settings, 120);
      assert.equal(text, `${title}\n  all well`);
    });
  }

  it("names no sample model if another server answered", () => {
    const llm = { kind: "external", endpoint: "https://llm.example/v1/chat/completions", model: "m" } as const;
    const settings = { llm, model: { kind: "file", name: tinyModelName, file: "m.gguf", path: "/m.gguf" } } as const;
    assert.match(insightText({ timestamp: 1, summary: "all well" }, settings, 120), /^First insight:\n/);
  });
});

const health: HealthReport = {
  healthy: true,
  release: "e22f61f2d246039b",
  since: "2026-11-26T16:41:41.858Z",
  kernel: {
    release: "6.18.44-a-rather-long-version-of-a-distribution",
    btf: true,
    tracefs: true,
    psi: true,
    preflight: "passed",
  },
  cognitod: {
    status: "healthy",
    kernelInstrumentation: "active",
    transport: "perf",
    activeRules: 6,
    detail: "sample daemon, not Linnix: ready, and some more words that a service may answer with when it is asked",
    endpoint: "http://127.0.0.1:9464/readyz",
  },
  llama: {
    status: "healthy",
    detail: "model loaded",
    model: "sample-SmolLM2-135M-Instruct",
    endpoint: "http://127.0.0.1:8090/health",
  },
};

describe("what a start prints at its end", () => {
  const sampled = {
    llm: { kind: "builtin" },
    model: { kind: "file", name: tinyModelName, file: "m.gguf", path: "/m.gguf" },
  } as const;
  const endpoints = { api: "http://127.0.0.1:3000", health: "http://127.0.0.1:9464/readyz" };

  for (const width of [80, 120]) {
    it(`has no line beyond ${width} columns`, () => {
      const insight = insightText({ timestamp: 1, summary: "word ".repeat(300), sample: true }, sampled, width);
      const texts = [healthText(health, width), insight, nextSteps("local", endpoints, { insight: "curl" })];
      for (const line of texts.join("\n").split("\n")) assert.ok(line.length <= width, line);
      // The width is used, too.
      assert.ok(insight.split("\n").some((line) => line.length > width - 10));
    });
  }

  it("is four lines at most where nothing changed", () => {
    for (const width of [80, 120]) {
      const lines = unchangedText("second", health, width).split("\n");
      assert.ok(lines.length <= 4 && lines.every((line) => line.length <= width), lines.join("\n"));
      assert.match(lines.join(" "), /^Nothing changed: healthy since 2026-11-26.*npm run status -- second/);
    }
  });

  it("names the beginning of a status only if it is known", () => {
    assert.match(healthText(health, 80), /^healthy since 2026-11-26T16:41:41\.858Z, release/);
    const broken = { ...health, healthy: false };
    assert.match(healthText(broken, 80, health.since), /^NOT healthy now; when it began is not known, release/);
    assert.match(healthText(broken, 80, "2026-11-26T17:00:00.000Z"), /^NOT healthy since 2026-11-26T16/);
  });

  it("says that the API needs the token, and how to see the dashboard and an insight without handling it", () => {
    const text = nextSteps("local", endpoints, { insight: "curl" });
    assert.match(text, /api +http:\/\/127\.0\.0\.1:3000 \(needs the token\)/);
    assert.match(text, /npm run dashboard\n[^]*pulumi stack output commands/);
    assert.match(nextSteps("second", endpoints, {}), /npm run dashboard -- second\n[^]*npm stop -- second\n/);
    assert.doesNotMatch(nextSteps("second", endpoints, {}), /insight/);
  });
});
