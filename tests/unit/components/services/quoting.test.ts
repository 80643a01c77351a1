import assert from "node:assert/strict";

import fc from "fast-check";
import { parse } from "yaml";

import { composeFile } from "../../../../components/services/render/compose";
import { runArguments } from "../../../../components/services/render/docker-run";
import { unitArgument } from "../../../../components/services/render/systemd-unit";
import type { ServiceSpec } from "../../../../components/services/service";
import { shellCommand, shellQuoted } from "../../../../components/shell-quoted";
import { run } from "../../../../scripts/lib/run";
import { wrapOptions, wrapUnit } from "../../../../scripts/render/wrap-options";
import { hostile, hostileWords, seed } from "../../../fixtures/hostile";

const plain: ServiceSpec = {
  name: "linnix-local-llama",
  image: "llama",
  arguments: [],
  environment: {},
  secrets: {},
  user: "1:1",
  capabilities: [],
  hostPid: false,
  hostCgroupns: false,
  network: { kind: "none" },
  mounts: [],
  memoryMiB: 1,
  pids: 1,
  restart: "always",
  stopSeconds: 1,
};

/** Go's encoding/csv, which the Docker CLI parses `--mount` with: one record of RFC 4180. */
function csvFields(text: string): string[] {
  const fields: string[] = [];
  for (let at = 0; at <= text.length; at++) {
    const quoted = /^"((?:[^"]|"")*)"(?=,|$)/.exec(text.slice(at));
    const bare = /^[^",\n\r]*(?=,|$)/.exec(text.slice(at));
    const found = quoted ?? bare;
    assert.ok(found !== null, `not CSV: ${text}`);
    // Go reads a carriage return before a line feed as part of the line's end.
    fields.push(quoted === null ? found[0] : quoted[1]!.replace(/""/g, '"').replace(/\r\n/g, "\n"));
    at += found[0].length;
  }
  return fields;
}

/** What compose makes of a text: `$$` is a dollar, and a variable its value. Anything else with a dollar is an error. */
function interpolated(text: string): string {
  return text.replace(/\$(\$|\{([A-Z_]+):\?\})?/g, (all, kind?: string, name?: string) => {
    assert.ok(kind !== undefined, `compose refuses ${text}`);
    return kind === "$" ? "$" : `the value of ${name ?? all}`;
  });
}

/** Splits a command line of a unit as systemd does, see systemd.service(5) and systemd.syntax(7). */
function unitWords(line: string): string[] {
  assert.doesNotMatch(line, /[\n\r]/, "a line of a unit");
  const words: string[] = [];
  const escapes: Readonly<Record<string, string>> = {
    n: "\n",
    t: "\t",
    r: "\r",
    s: " ",
    "\\": "\\",
    '"': '"',
    "'": "'",
  };
  const word = /\s*(?:"((?:[^"\\]|\\.)*)"|([^\s"'\\]+))(?=\s|$)/gy;
  while (word.lastIndex < line.length) {
    const match = word.exec(line);
    assert.ok(match !== null, `not a line of words: ${line}`);
    const unescaped = (match[1] ?? match[2] ?? "").replace(
      /\\(?:x([0-9a-f]{2})|(.))/g,
      (_, code?: string, letter?: string) =>
        code === undefined
          ? (escapes[letter ?? ""] ?? assert.fail(`unknown escape ${letter}`))
          : String.fromCharCode(parseInt(code, 16)),
    );
    assert.notEqual(match[2], ";", "a bare semicolon begins another command");
    const once = unescaped.replace(/%(.)/g, (all, kind) => (kind === "%" ? "%" : assert.fail(`specifier ${all}`)));
    words.push(once.replace(/\$(.)/g, (all, kind) => (kind === "$" ? "$" : assert.fail(`variable ${all}`))));
  }
  return words;
}

/** Words among options, long enough to be broken into lines. */
const optionsOf = (words: readonly string[]): string[] => words.flatMap((word) => ["--an-option-of-some-length", word]);

/**
 * The lines of a unit as systemd joins them: one that ends with a backslash continues, joined by a space, and a line after it
 * that begins with `#` or `;` is a comment. See systemd.syntax(7).
 */
function unitLines(text: string): string[] {
  const lines: string[] = [];
  let continued: string | undefined;
  for (const line of text.split("\n")) {
    if (continued !== undefined && /^\s*[#;]/.test(line)) continue;
    const whole = continued === undefined ? line : `${continued} ${line}`;
    continued = line.endsWith("\\") ? whole.slice(0, -1) : undefined;
    if (continued === undefined) lines.push(whole);
  }
  return lines;
}

describe("hostile values", () => {
  it("reach a program unchanged through a shell, which runs nothing and expands nothing", async () => {
    const script = hostileWords
      .map((words) => `${shellCommand("printf", "%s\\0", ...words)}\nprintf '\\n\\0'\n`)
      .join("");
    const { stdout } = await run("sh", ["-s"], { input: script });
    const wanted = hostileWords.map((words) => `${words.join("\0")}\0\n\0`).join("");
    assert.equal(stdout, wanted);
  });

  it("reach it unchanged from a command in several lines, too", async () => {
    const script = hostileWords
      .map((words) => `${wrapOptions(["printf", "%s\\0", ...optionsOf(words)].map(shellQuoted))}\nprintf '\\n\\0'\n`)
      .join("");
    assert.ok(script.split(" \\\n").length > hostileWords.length, "commands are broken");
    const { stdout } = await run("sh", ["-s"], { input: script });
    assert.equal(stdout, hostileWords.map((words) => `${optionsOf(words).join("\0")}\0\n\0`).join(""));
  });

  it("are whole fields of a mount", () => {
    fc.assert(
      fc.property(hostile, hostile, fc.boolean(), (source, target, readOnly) => {
        const args = runArguments({ ...plain, mounts: [{ kind: "bind", source, target, readOnly }] }, { image: "i" });
        const fields = csvFields(args[args.indexOf("--mount") + 1] ?? "");
        const wanted = ["type=bind", `source=${source}`, `target=${target}`, ...(readOnly ? ["readonly"] : [])];
        assert.deepEqual(
          fields,
          wanted.map((field) => field.replace(/\r\n/g, "\n")),
        );
      }),
      { ...seed, numRuns: 2000 },
    );
  });

  it("are the same in a compose file, for a reader of YAML 1.1 and of YAML 1.2, and secrets are variables", () => {
    fc.assert(
      fc.property(hostile, hostile, hostile, (value, argument, source) => {
        const spec: ServiceSpec = {
          ...plain,
          arguments: [argument],
          environment: { A: value },
          secrets: { TOKEN: "api-token" },
          mounts: [{ kind: "bind", source, target: "/x", readOnly: true }],
        };
        const text = composeFile([spec], { llama: "i" });
        for (const version of ["1.1", "1.2"] as const) {
          const { services } = parse(text, { version }) as {
            services: Record<string, { command: string[]; environment: object; volumes: { source: string }[] }>;
          };
          const service = services[spec.name]!;
          const read = (found: unknown) => (typeof found === "string" ? interpolated(found) : found);
          assert.deepEqual(Object.values(service.environment).map(read), [value, "the value of TOKEN"]);
          assert.deepEqual(service.command.map(read), [argument]);
          assert.deepEqual(read(service.volumes[0]!.source), source);
        }
      }),
      { ...seed, numRuns: 150 },
    );
  });

  it("are whole words of a unit's command line", () => {
    for (const words of hostileWords) assert.deepEqual(unitWords(words.map(unitArgument).join(" ")), words);
  });

  it("are the same words in a unit with lines that continue", () => {
    for (const words of hostileWords.map(optionsOf)) {
      const unit = `[Service]\nExecStart=/bin/a ${words.map(unitArgument).join(" ")}\nRestart=always\n`;
      const [section, command = "", ...rest] = unitLines(wrapUnit(unit));
      assert.deepEqual([section, rest], ["[Service]", ["Restart=always", ""]]);
      assert.deepEqual(unitWords(command), ["ExecStart=/bin/a", ...words]);
    }
  });
});
