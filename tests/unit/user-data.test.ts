import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";

import fc from "fast-check";

import { minimumKernel, systems } from "../../components/hosts/ec2/systems";
import { quoted } from "../../components/hosts/ec2/user-data/environment";
import { tightlyIndented, withInterpreter, withoutComments } from "../../components/hosts/ec2/user-data/text";
import {
  type UserDataOptions,
  userData,
  userDataBase64,
  userDataLimit,
} from "../../components/hosts/ec2/user-data/user-data";
import { run } from "../../scripts/lib/run";
import { contentOf, filesOf, longest, names, plain } from "../fixtures/host-files";

const anyOptions: fc.Arbitrary<UserDataOptions> = fc
  .record({
    stack: fc.stringMatching(/^[a-z][a-z0-9-]{0,23}$/),
    region: fc.constantFrom("us-east-1", "eu-central-1", "ap-southeast-4"),
    system: fc.constantFrom(...names),
    architecture: fc.constantFrom("amd64" as const, "arm64" as const),
    swapMiB: fc.nat(8192),
    dataVolume: fc.stringMatching(/^vol-[0-9a-f]{17}$/),
  })
  .map((some) => ({ ...some, prefix: `/linnix/${some.stack}`, namespace: "Linnix" }));

describe("user data", () => {
  for (const system of names)
    it(`${system}: fits what EC2 takes with all options on, and is the text when unpacked`, () => {
      const bytes = Buffer.from(userDataBase64({ ...longest, system }), "base64");
      assert.ok(bytes.length <= userDataLimit);
      assert.equal(gunzipSync(bytes).toString(), userData({ ...longest, system }));
    });

  it("is refused where it doesn't fit, with the bytes that are too many", () => {
    let noise = "";
    for (let seed = 1; noise.length < 20_000; seed = (seed * 48_271) % 2_147_483_647) noise += seed.toString(36);
    assert.throws(
      () => userDataBase64({ ...plain, namespace: noise }),
      (error: Error) => {
        const [, size, excess] =
          /has (\d+) bytes when compressed, (\d+) more than EC2 takes \(16384\)/.exec(error.message) ?? [];
        return (
          Number(size) - Number(excess) === userDataLimit && Number(excess) > 0 && error.message.includes("stack dev")
        );
      },
    );
  });

  it("says who the host is, whatever it is called, and is the same text for the same host", () => {
    fc.assert(
      fc.property(anyOptions, (options) => {
        const { byPath, runcmd } = filesOf(options);
        assert.deepEqual(JSON.parse(byPath.get("/etc/linnix/host.json")?.content ?? ""), {
          ...{ stack: options.stack, region: options.region, prefix: options.prefix, namespace: "Linnix" },
          ...{ data: "/var/lib/linnix", dataVolume: options.dataVolume },
          minimumKernel: minimumKernel[options.architecture],
        });
        const lines = (byPath.get("/etc/linnix/host.env")?.content ?? "").split("\n");
        for (const line of [
          `DATA_VOLUME=${options.dataVolume}`,
          `SWAP_MIB=${options.swapMiB}`,
          `PREFIX=${options.prefix}`,
        ])
          assert.ok(lines.includes(line), line);
        assert.match(
          byPath.get("/etc/udev/rules.d/90-linnix.rules")?.content ?? "",
          new RegExp(`"${options.dataVolume.replace("-", "")}"`),
        );
        assert.deepEqual(runcmd, [["/usr/local/lib/linnix/first-boot"]]);
        assert.equal(userDataBase64(options), userDataBase64({ ...options }));
      }),
      { numRuns: 25 },
    );
  });

  it("holds no release and nothing of a secret but where programs read one", () => {
    for (const system of names) {
      const { write_files: files } = filesOf({ ...longest, system });
      for (const { path: file, content } of files) {
        assert.doesNotMatch(content, /sha256:[0-9a-f]{8}|AKIA[0-9A-Z]{16}|hooks\.slack\.com|-----BEGIN/, file);
        if (!file.endsWith("linnix-release")) assert.doesNotMatch(content, /secret|password|token/i, file);
      }
    }
  });

  it("makes programs executable, all else readable only, and names the system's interpreter", () => {
    for (const system of names) {
      for (const { path: file, permissions, content } of filesOf({ ...plain, system }).write_files) {
        assert.equal(permissions, content.startsWith("#!") ? "0755" : "0644", file);
        assert.match(content, /\n$/, file);
      }
      assert.ok(
        contentOf({ ...plain, system }, "/usr/local/sbin/linnix-release").startsWith(`#!${systems[system].python}\n`),
      );
    }
  });

  it("brings each system its own package manager's files and none of another's", () => {
    const paths = (system: UserDataOptions["system"]) => [...filesOf({ ...plain, system }).byPath.keys()];
    assert.ok(paths("debian13").includes("/etc/apt/apt.conf.d/52linnix"));
    assert.ok(!paths("al2023").some((file) => file.startsWith("/etc/apt")));
    assert.ok(paths("al2023").includes("/etc/dnf/automatic.conf"));
    assert.match(contentOf({ ...plain, system: "al2023" }, "/usr/local/lib/linnix/packages"), /dnf install/);
    assert.match(contentOf(plain, "/usr/local/lib/linnix/packages"), /apt-get/);
  });

  it("ships each service's log, and the host's, to the stack's own groups", () => {
    interface Shipped {
      readonly file_path: string;
      readonly log_group_name: string;
    }
    const agent = JSON.parse(contentOf(plain, "/etc/linnix/cloudwatch-agent.json")) as {
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
  });

  it("fetches Debian's agents from the region, over TLS, for the processor", () => {
    const environment = contentOf(longest, "/etc/linnix/host.env");
    assert.match(environment, /^SSM_AGENT_URL=https:\/\/s3\.ap-northeast-3\..*\/debian_arm64\/amazon-ssm-agent\.deb$/m);
    assert.match(environment, /^CLOUDWATCH_AGENT_URL=https:\/\/.*ap-northeast-3.*\/debian\/arm64\/latest\/.*\.deb$/m);
    assert.match(contentOf({ ...longest, system: "al2023" }, "/etc/linnix/host.env"), /^SSM_AGENT_URL=$/m);
  });

  it("starts from each system's public parameter for the processor", () => {
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

  it("writes values that the shell reads back as they were", async () => {
    const values = [
      "",
      "plain",
      "two words",
      "it's",
      '$(touch x) `id` "$HOME" \\',
      "new\nline",
      "ü",
      ...fc.sample(fc.string(), 60),
    ];
    const wanted = values.map((value) => value.replace(/\0/g, ""));
    const script = wanted.map((value) => `x=${quoted(value)}; printf '%s\\0' "$x"\n`).join("");
    const { stdout } = await run("sh", ["-s"], { input: script });
    assert.deepEqual(stdout.split("\0").slice(0, -1), wanted);
  });
});

describe("making files smaller", () => {
  it("drops comments and empty lines, but not the first line nor what is in a string", () => {
    const before = '#!/bin/sh\n# why\n\n\techo "# stays" # stays\n  # gone\nx="""\n# stays\n\n"""\n';
    assert.equal(withoutComments(before), '#!/bin/sh\n\techo "# stays" # stays\nx="""\n# stays\n\n"""\n');
  });

  it("indents by one space in place of four, but not what is in a string", () => {
    assert.equal(tightlyIndented('a\n    b\n        c\n"""\n    d\n"""\n'), 'a\n b\n  c\n"""\n    d\n"""\n');
  });

  it("refuses to name the interpreter of what is no script", () => {
    assert.equal(withInterpreter("#!/usr/bin/env python3\nx\n", "/p"), "#!/p\nx\n");
    assert.throws(() => withInterpreter("import os\n", "/p"), /must begin with #!/);
  });
});
