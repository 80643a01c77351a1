import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";

import fc from "fast-check";

import { type Bundle, hostBundle, pack } from "../../../../../../components/hosts/ec2/bundle/bundle";
import type { BundleFacts } from "../../../../../../components/hosts/ec2/bundle/facts";
import { bundleFiles } from "../../../../../../components/hosts/ec2/bundle/files";
import { minimumKernel, systems } from "../../../../../../components/hosts/ec2/machine/systems";
import { longest, names, plain } from "../../../../../fixtures/host-files";

/** A program's standard output, with the archive as its input. */
function tar({ archive }: Bundle, ...options: string[]): Buffer {
  const { status, stdout, stderr } = spawnSync("tar", options, { input: archive });
  assert.equal(status, 0, stderr.toString());
  assert.equal(stderr.toString(), "");
  return stdout;
}

const anyFiles = fc.uniqueArray(
  fc.record({
    name: fc.stringMatching(/^[a-z][a-z.-]{0,20}(\/[a-z][a-z.-]{0,20}){0,2}$/),
    content: fc.oneof(
      fc.string({ maxLength: 1500 }),
      // Fills a record of 10,240 bytes exactly, together with its header.
      fc.constantFrom("x".repeat(10_240 - 512), ""),
    ),
  }),
  // A path is not also a folder.
  { selector: ({ name }) => name.split("/")[0], minLength: 1, maxLength: 8 },
);

const contentOf = (facts: BundleFacts, name: string) =>
  bundleFiles(facts).find((file) => file.name === name)?.content ?? "";

describe("packing a bundle", () => {
  it("gives the same bytes for the same files in any order, with their hash as id", () => {
    fc.assert(
      fc.property(anyFiles, fc.integer(), (files, seed) => {
        const turned = [...files].sort((a, b) => Buffer.compare(sha(`${seed}${a.name}`), sha(`${seed}${b.name}`)));
        const bundle = pack(files);
        assert.ok(bundle.archive.equals(pack(turned).archive));
        assert.equal(bundle.sha256, sha(bundle.archive).toString("hex"));
      }),
      { numRuns: 50 },
    );
  });

  it("is an archive that tar reads, with sorted files of root, without a date, executable where they are programs", () => {
    fc.assert(
      fc.property(anyFiles, (files) => {
        const bundle = pack(files);
        const listed = tar(bundle, "--list", "--verbose", "--numeric-owner", "--utc", "--full-time").toString();
        const sorted = [...files].sort((a, b) => (a.name < b.name ? -1 : 1));
        const expected = sorted.map(({ name, content }) => {
          const mode = content.startsWith("#!") ? "-rwxr-xr-x" : "-rw-r--r--";
          return [mode, "0/0", String(Buffer.byteLength(content)), "1970-01-01", "00:00:00", name];
        });
        assert.deepEqual(
          listed
            .trimEnd()
            .split("\n")
            .map((line) => line.split(/\s+/)),
          expected,
        );
        const contents = tar(bundle, "--extract", "--to-stdout");
        assert.ok(contents.equals(Buffer.from(sorted.map(({ content }) => content).join(""))));
        // Two blocks of zeros end an archive.
        assert.ok(bundle.archive.subarray(-1024).every((byte) => byte === 0));
      }),
      { numRuns: 20 },
    );
  });

  it("refuses a path that the format would cut", () => {
    assert.throws(
      () => pack([{ name: `files/${"a".repeat(95)}`, content: "" }]),
      /path files\/a+ has more than 100 bytes/,
    );
    pack([{ name: "a".repeat(100), content: "" }]);
  });
});

const sha = (bytes: string | Buffer): Buffer => createHash("sha256").update(bytes).digest();

describe("the host bundle", () => {
  it("is the same for the same facts, and another one for a changed fact", () => {
    const ids = [plain, longest, { ...plain, swapMiB: 1 }, { ...plain, system: "al2023" as const }].map(
      (facts) => hostBundle(facts).sha256,
    );
    assert.equal(new Set(ids).size, ids.length);
    assert.equal(hostBundle({ ...plain }).sha256, ids[0]);
  });

  it("contains every program that a unit or another script names, and the units that they install", () => {
    for (const system of names) {
      const all = bundleFiles({ ...plain, system });
      const paths = all.map(({ name }) => name);
      assert.equal(new Set(paths).size, paths.length);
      for (const { content } of all) {
        for (const [, name = ""] of content.matchAll(/\/usr\/local\/lib\/linnix\/current\/([\w-]+)/g))
          assert.ok(paths.includes(name), name);
        for (const [, name = ""] of content.matchAll(/^\. "\$here\/([\w.-]+)"/gm))
          assert.ok(paths.includes(name), name);
      }
    }
  });

  it("makes programs executable, all else readable only, and runs linnix-release with the system's Python", () => {
    const program =
      /^(agents|common|data-volume|each-boot|each-minute|growth|linnix-release|metadata-guard|packages|set-up|ship-journal|ssm-agent)$/;
    for (const { name, content } of bundleFiles(plain)) {
      assert.equal(content.startsWith("#!"), program.test(name), name);
      assert.match(content, /\n$/, name);
    }
    assert.ok(contentOf(plain, "linnix-release").startsWith("#!/usr/bin/python3\n"));
  });

  it("contains neither a release nor a secret nor the facts of one machine", () => {
    for (const system of names) {
      for (const { name, content } of bundleFiles({ ...longest, system })) {
        assert.doesNotMatch(
          content,
          /sha256:[0-9a-f]{8}|AKIA[0-9A-Z]{16}|hooks\.slack\.com|-----BEGIN|vol-[0-9a-f]{8}/,
          name,
        );
        if (!name.startsWith("linnix")) assert.doesNotMatch(content, /secret|password|token/i, name);
      }
    }
  });

  it("has the proxy for every service of the host, and no variable without one", () => {
    const proxy = { address: "http://10.0.0.5:3128", host: "10.0.0.5", port: 3128, direct: ["localhost", ".x"] };
    const file = "files/etc/linnix/proxy.env";
    assert.equal(contentOf({ ...plain, proxy }, file), "https_proxy=http://10.0.0.5:3128\nno_proxy=localhost,.x\n");
    assert.doesNotMatch(contentOf(plain, file), /^[^#]/m);
    for (const system of names) {
      const drop = contentOf({ ...plain, system }, "files/etc/systemd/system/service.d/90-linnix-proxy.conf");
      assert.match(drop, /^EnvironmentFile=-\/etc\/linnix\/proxy\.env$/m);
    }
  });

  it("has the stack's variables", () => {
    const lines = contentOf(plain, "host.env").split("\n");
    for (const line of [
      "SWAP_MIB=2048",
      `MINIMUM_KERNEL=${minimumKernel.amd64}`,
      "ACCOUNTS='cognitod:65531 llama:65532'",
      "COGNITOD_ID=65531",
    ])
      assert.ok(lines.includes(line), line);
  });

  it("brings each system its own package manager's files and none of another's", () => {
    const paths = (system: BundleFacts["system"]) => bundleFiles({ ...plain, system }).map(({ name }) => name);
    assert.ok(paths("debian13").includes("files/etc/apt/apt.conf.d/52linnix"));
    assert.ok(!paths("al2023").some((name) => name.startsWith("files/etc/apt")));
    assert.ok(paths("al2023").includes("files/etc/dnf/automatic.conf"));
    assert.match(contentOf({ ...plain, system: "al2023" }, "packages"), /dnf install/);
    assert.match(contentOf(plain, "packages"), /apt-get/);
  });

  it("ships each service's log, and the host's, to the stack's own groups", () => {
    interface Shipped {
      readonly file_path: string;
      readonly log_group_name: string;
      readonly filters?: readonly { readonly type: string; readonly expression: string }[];
    }
    const agent = JSON.parse(contentOf(plain, "files/etc/linnix/cloudwatch-agent.json")) as {
      agent: { region: string };
      logs: { logs_collected: { files: { collect_list: Shipped[] } } };
    };
    assert.equal(agent.agent.region, "us-east-1");
    const list = agent.logs.logs_collected.files.collect_list;
    assert.deepEqual(Object.fromEntries(list.map((entry) => [entry.file_path, entry.log_group_name])), {
      "/var/log/linnix/linnix-dev-cognitod.log": "/linnix/dev/cognitod",
      "/var/log/linnix/linnix-dev-llama.log": "/linnix/dev/llama",
      "/var/log/linnix/system.log": "/linnix/dev/system",
      "/var/log/cloud-init-output.log": "/linnix/dev/system",
    });
    // Lines of upstream's daemon, as Docker writes them.
    const lines = {
      '{"log":"[event] type=\\"Fork\\" pid=3 ppid=2 uid=0 gid=0 comm=sh\\n","stream":"stdout"}': false,
      '{"log":"[2026-11-27T09:02:08Z INFO  linnix_ai_ebpf_ebpf::program] process exec\\n","stream":"stderr"}': false,
      '{"log":"[2026-11-27T09:02:06Z INFO  cognitod::utils::psi] Reading PSI\\n","stream":"stderr"}': true,
      '{"log":"[2026-11-27T09:02:06Z WARN  linnix_ai_ebpf_ebpf::program] lost\\n","stream":"stderr"}': true,
      '{"log":"[cognitod] Failed to parse event\\n","stream":"stdout"}': true,
    };
    const [filter, ...others] = list.flatMap(({ filters = [] }) => filters);
    assert.deepEqual([filter?.type, others], ["exclude", []]);
    for (const [line, shipped] of Object.entries(lines))
      assert.equal(new RegExp(filter?.expression ?? "").test(line), !shipped, line);
  });

  it("fetches Debian's agents from the region, over TLS, for the processor", () => {
    const environment = contentOf(longest, "host.env");
    assert.match(environment, /^SSM_AGENT_URL=https:\/\/s3\.ap-northeast-3\..*\/debian_arm64\/amazon-ssm-agent\.deb$/m);
    assert.match(environment, /^CLOUDWATCH_AGENT_URL=https:\/\/.*ap-northeast-3.*\/debian\/arm64\/latest\/.*\.deb$/m);
    assert.match(contentOf({ ...longest, system: "al2023" }, "host.env"), /^SSM_AGENT_URL=''$/m);
  });

  it("is for machines that start from each system's public parameter for the processor", () => {
    assert.deepEqual(
      names.flatMap((system) => (["amd64", "arm64"] as const).map((cpu) => systems[system].imageParameter(cpu))),
      [
        "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-6.12-x86_64",
        "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-6.12-arm64",
        "/aws/service/debian/release/13/latest/amd64",
        "/aws/service/debian/release/13/latest/arm64",
      ],
    );
  });
});
