import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import fc from "fast-check";

import { ensureEngine, howToGetAnEngine } from "../../../../scripts/engine/engine";
import { bridgeAddress } from "../../../../scripts/engine/bridge";
import { debianMirror, debianRoot } from "../../../../scripts/engine/debian";
import { requireSocketPath } from "../../../../scripts/engine/embedded";
import { chainDeletions, deletions, restoreFirewall } from "../../../../scripts/engine/firewall";
import { embeddedEnvironment, places } from "../../../../scripts/engine/places";
import { type Process, engineProcesses } from "../../../../scripts/engine/processes";
import { mountsBelow, removeOwn } from "../../../../scripts/engine/purge";
import { linnixHome } from "../../../../scripts/lib/home";
import { Step } from "../../../../scripts/lib/progress";
import { silentDisplay } from "../../../fixtures/silent-display";
import { belongsTo } from "../../../../scripts/lib/purge";

/** A docker CLI that knows the engines in $ENGINES (`host=version`, one a line), the context $CONTEXT, and buildx if $BUILDX. */
const stub = `#!/bin/sh
case "$1 $2" in
"version --format") printf '%s\\n' "$ENGINES" | while IFS== read -r host version; do
	[ "$host" = "$DOCKER_HOST" ] && printf '%s\\n' "$version"
done; printf '%s\\n' "$ENGINES" | while IFS== read -r host _; do [ "$host" = "$DOCKER_HOST" ] && exit 7; done; [ $? -eq 7 ] ;;
"context inspect") [ -n "$CONTEXT" ] && echo "$CONTEXT" ;;
"buildx version") [ -n "$BUILDX" ] ;;
*) exit 64 ;;
esac
`;

describe("the search for a Docker engine", () => {
  let bin: string;
  before(() => {
    bin = fs.mkdtempSync(path.join(os.tmpdir(), "docker-stub-"));
    fs.writeFileSync(path.join(bin, "docker"), stub, { mode: 0o755 });
  });
  after(() => {
    fs.rmSync(bin, { recursive: true });
  });

  const usual = "unix:///var/run/docker.sock";
  const find = (environment: NodeJS.ProcessEnv, mode: "auto" | "existing" = "auto") => {
    const step = new Step("engine", "looking", silentDisplay());
    const all = { PATH: bin, BUILDX: "yes", ...environment };
    return ensureEngine({
      home: linnixHome({ LINNIX_HOME: path.join(bin, "home") }),
      mode,
      step,
      environment: all,
      embeddable: false,
    }).finally(() => {
      step.failed();
    });
  };
  const engines = (...lines: string[]) => lines.join("\n");

  it("takes the one that DOCKER_HOST names, before the context's and the usual socket's", async () => {
    const ENGINES = engines("tcp://named:1=26.1.5", "tcp://context:1=26.1.5", `${usual}=26.1.5`);
    const engine = await find({ ENGINES, CONTEXT: "tcp://context:1", DOCKER_HOST: "tcp://named:1" });
    assert.deepEqual(engine, {
      kind: "existing",
      host: "tcp://named:1",
      version: "26.1.5",
      env: { DOCKER_HOST: "tcp://named:1" },
    });
  });

  it("takes the current context's where DOCKER_HOST is unset or empty", async () => {
    const ENGINES = engines("tcp://context:1=27.0.0", `${usual}=26.1.5`);
    for (const names of [{}, { DOCKER_HOST: "" }]) {
      const engine = await find({ ENGINES, CONTEXT: "tcp://context:1", ...names });
      assert.equal(engine.host, "tcp://context:1");
    }
  });

  it("takes the usual socket's where there is no context", async () => {
    const engine = await find({ ENGINES: `${usual}=23.0.0` });
    assert.equal(engine.host, usual);
  });

  it("refuses an engine that is too old: with its version, what is needed, and two ways out", async () => {
    await assert.rejects(find({ ENGINES: `${usual}=20.10.24+dfsg1` }), (error: Error) => {
      assert.match(error.message, /20\.10\.24\+dfsg1; 23\.0\.0 or newer is needed/);
      assert.match(error.message, /Update it, or set LINNIX_ENGINE=embedded/);
      return true;
    });
  });

  it("refuses an engine whose version says nothing", async () => {
    await assert.rejects(find({ ENGINES: `${usual}=dev` }), /is version dev; 23\.0\.0 or newer is needed/);
  });

  it("refuses a CLI without buildx, and names the package", async () => {
    await assert.rejects(
      find({ ENGINES: `${usual}=26.1.5`, BUILDX: "" }),
      /no buildx plugin.*docker-buildx.*LINNIX_ENGINE/s,
    );
  });

  it("takes no other engine when the one in DOCKER_HOST is dead", async () => {
    for (const mode of ["auto", "existing"] as const) {
      const found = find({ ENGINES: `${usual}=26.1.5`, DOCKER_HOST: "tcp://dead:1" }, mode);
      await assert.rejects(found, /DOCKER_HOST = tcp:\/\/dead:1 does not answer\. Start it, or unset DOCKER_HOST\./);
    }
  });

  it("takes the embedded one's own address in DOCKER_HOST for no other engine: dead, it is there to be started", async () => {
    const { DOCKER_HOST } = embeddedEnvironment(linnixHome({ LINNIX_HOME: path.join(bin, "home") }));
    await assert.rejects(find({ ENGINES: "", DOCKER_HOST }), { message: howToGetAnEngine }); // as none can be embedded here
  });

  it("tells how to get one where none answers and none can be embedded, also without a docker CLI", async () => {
    await assert.rejects(find({ ENGINES: "" }), { message: howToGetAnEngine });
    await assert.rejects(find({ PATH: "/nowhere" }), { message: howToGetAnEngine });
  });

  it("embeds none where an existing one is asked for", async () => {
    await assert.rejects(
      find({ ENGINES: "" }, "existing"),
      /^Failure: LINNIX_ENGINE=existing: No Docker engine answers/,
    );
  });
});

describe("an embedded engine", () => {
  it("is possible for root on Debian, Ubuntu and what descends from them, and nowhere else", () => {
    assert.equal(debianRoot("ID=debian\n", 0), true);
    assert.equal(debianRoot('NAME="Ubuntu"\nID=ubuntu\nID_LIKE=debian\n', 0), true);
    assert.equal(debianRoot('ID=linuxmint\nID_LIKE="ubuntu debian"\n', 0), true);
    assert.equal(debianRoot("ID=debian\n", 1000), false);
    assert.equal(debianRoot('ID="amzn"\nID_LIKE="fedora"\nHOME_URL="https://debian.example"\n', 0), false);
    assert.equal(debianRoot("", 0), false);
  });

  it("is refused in a home whose socket would have too long a path: with the length, the limit and the remedy", () => {
    const socketOf = (length: number) => `/${"h".repeat(length - 1)}`;
    requireSocketPath(socketOf(107));
    assert.throws(() => {
      requireSocketPath(socketOf(108));
    }, /108 bytes; 107 are allowed\. Set LINNIX_HOME to a shorter folder/);
    assert.throws(() => {
      requireSocketPath(`/${"ü".repeat(60)}`); // bytes count, not letters
    }, /121 bytes/);
  });

  it("has a bridge that no other home's has, with a name that the kernel takes", () => {
    const bridge = (folder: string) => places(linnixHome({ LINNIX_HOME: folder })).bridge;
    assert.notEqual(bridge("/a"), bridge("/b"));
    assert.equal(bridge("/a"), bridge("/a"));
    assert.ok(bridge(`/${"long/".repeat(50)}`).length <= 15);
  });
});

describe("the mirror of the Debian archive", () => {
  const none = (...texts: string[]) => {
    assert.throws(() => debianMirror(texts, undefined), /No mirror of the Debian archive.*Set LINNIX_DEBIAN_MIRROR/s);
  };
  const stanza = (uris: string, more = "Suites: trixie trixie-updates\nComponents: main\n") =>
    `Types: deb\nURIs: ${uris}\n${more}`;

  it("is read from stanzas of fields", () => {
    assert.equal(debianMirror([stanza("https://mirror.example/debian")]), "https://mirror.example/debian");
    assert.equal(debianMirror([stanza("https://mirror.example/debian/")]), "https://mirror.example/debian");
  });

  it("is read from lines, with and without options", () => {
    assert.equal(debianMirror(["deb http://m.example/debian bookworm main contrib\n"]), "http://m.example/debian");
    const options =
      "# deb http://old.example/debian bookworm main\ndeb [arch=amd64 trusted=yes] http://m.example/debian sid main # x\n";
    assert.equal(debianMirror([options]), "http://m.example/debian");
  });

  it("is not the security archive that stands before it, nor sources, nor what is disabled", () => {
    const security = stanza("https://m.example/debian-security", "Suites: trixie-security\nComponents: main\n");
    assert.equal(debianMirror([`${security}\n${stanza("https://m.example/debian")}`]), "https://m.example/debian");
    const disabled = stanza("https://m.example/debian", "Suites: trixie\nComponents: main\nEnabled: no\n");
    none(disabled);
    none("deb-src http://m.example/debian trixie main\n");
  });

  it("is not a vendor's archive for Debian", () => {
    none("deb https://vendor.example/linux/debian trixie stable\n");
    none("deb https://vendor.example/debian agent main\n");
    none("deb https://m.example/raspbian trixie main\n");
  });

  it("is missing on Ubuntu, and where apt has no sources: the error gives the remedy", () => {
    none(stanza("http://archive.example/ubuntu/", "Suites: noble\nComponents: main\n"));
    none("deb http://archive.example/ubuntu noble main\n");
    none();
  });

  it("is the configured one before apt's", () => {
    const sources = [stanza("https://m.example/debian")];
    assert.equal(debianMirror(sources, "http://mirror.example/debian/"), "http://mirror.example/debian");
    assert.equal(debianMirror(sources, ""), "https://m.example/debian");
  });
});

describe("the address of the engine's bridge", () => {
  const header = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n";
  const hex = (bytes: readonly number[]) =>
    Buffer.from([...bytes].reverse())
      .toString("hex")
      .toUpperCase();
  const route = (address: number[], mask: number[]) =>
    `x\t${hex(address)}\t00000000\t0001\t0\t0\t0\t${hex(mask)}\t0\t0\t0\n`;
  const default_ = route([0, 0, 0, 0], [0, 0, 0, 0]);
  const wide = (second: number) => route([172, second, 0, 0], [255, 255, 0, 0]);

  it("is the first candidate's on a machine with a default route only", () => {
    assert.equal(bridgeAddress(header + default_), "172.29.0.1/16");
  });

  it("leaves out networks that routes lead to, those within and those around a candidate too", () => {
    assert.equal(bridgeAddress(header + default_ + wide(29) + wide(28)), "172.27.0.1/16");
    assert.equal(bridgeAddress(header + route([172, 29, 7, 0], [255, 255, 255, 0])), "172.28.0.1/16");
    assert.equal(bridgeAddress(header + route([172, 24, 0, 0], [255, 248, 0, 0])), "172.23.0.1/16");
  });

  it("is never one that a route leads to", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 255 }), { maxLength: 11 }), (used) => {
        const second = Number(bridgeAddress(header + used.map(wide).join("")).split(".")[1]);
        assert.ok(!used.includes(second));
      }),
    );
  });

  it("is refused with a remedy where all are taken", () => {
    const all = route([172, 16, 0, 0], [255, 240, 0, 0]);
    assert.throws(() => bridgeAddress(header + all), /no free network.*docker network prune.*DOCKER_HOST/s);
  });
});

describe("what a purge takes", () => {
  const process = (pid: number, parent: number, mounts: string, ...command: string[]): Process => ({
    pid,
    parent,
    mounts,
    command,
  });

  it("is this engine's programs, what lives among its mounts, and its containers' processes to the last child", () => {
    const shim = "/usr/bin/containerd-shim-runc-v2";
    const table = [
      process(1, 0, "host", "init"),
      process(10, 1, "own", "dockerd", "--data-root", "/h/engine/data"),
      process(11, 10, "own", "containerd", "--config", "/h/engine/run/containerd/containerd.toml"),
      process(12, 1, "own", shim, "-address", "/h/engine/run/containerd/containerd.sock"),
      process(13, 12, "container", "sh"),
      process(14, 13, "container", "sleep"),
      process(15, 1, "own", "/usr/sbin/docker-proxy"),
      process(20, 1, "other", "dockerd", "--data-root", "/h/engine2/data"),
      process(21, 1, "other", shim, "-address", "/run/containerd/containerd.sock"),
      process(22, 21, "container2", "sh"),
      process(30, 1, "host", "tail", "-f", "/h/engine/dockerd.log"),
    ];
    const pids = engineProcesses(table, "/h/engine", "host").map(({ pid }) => pid);
    assert.deepEqual(pids.sort(), [10, 11, 12, 13, 14, 15]);
  });

  it("is never all of the host, should an engine run among the host's mounts", () => {
    const table = [process(1, 0, "host", "init"), process(10, 1, "host", "dockerd", "--data-root", "/h/engine/data")];
    assert.deepEqual(
      engineProcesses(table, "/h/engine", "host").map(({ pid }) => pid),
      [10],
    );
  });

  it("is the firewall's rules that name its bridge or network, and no others", () => {
    const lines = [
      "-P FORWARD DROP",
      "-A FORWARD -i linnix-1 ! -o linnix-1 -j ACCEPT",
      "-A FORWARD -i linnix-12 -j ACCEPT",
      "-A POSTROUTING -s 172.29.0.0/16 ! -o x -j MASQUERADE",
    ];
    assert.deepEqual(deletions(lines, ["linnix-1", "172.29.0.0/16"]), [
      ["-D", "FORWARD", "-i", "linnix-1", "!", "-o", "linnix-1", "-j", "ACCEPT"],
      ["-D", "POSTROUTING", "-s", "172.29.0.0/16", "!", "-o", "x", "-j", "MASQUERADE"],
    ]);
  });

  it("is Docker's chains, once nothing jumps to them, and no other program's", () => {
    const lines = [
      "-P FORWARD DROP",
      "-N DOCKER",
      "-N MINE",
      "-A FORWARD -j DOCKER",
      "-A FORWARD -j MINE",
      "-A DOCKER -j RETURN",
    ];
    assert.deepEqual(chainDeletions(lines), [
      ["-D", "FORWARD", "-j", "DOCKER"],
      ["-F", "DOCKER"],
      ["-X", "DOCKER"],
    ]);
  });

  it("is no rule of an administrator: none that was there before, and none in a chain that Docker does not write", () => {
    const before = ["-A FORWARD -s 172.29.0.0/16 -j ACCEPT"];
    const lines = [
      ...before,
      "-A INPUT -s 172.29.0.0/16 -j ACCEPT",
      "-A DOCKER-USER -i linnix-1 -j DROP",
      "-A DOCKER-ISOLATION-STAGE-1 -i linnix-1 -j RETURN",
    ];
    assert.deepEqual(deletions(lines, ["linnix-1", "172.29.0.0/16"], before), [
      ["-D", "DOCKER-ISOLATION-STAGE-1", "-i", "linnix-1", "-j", "RETURN"],
    ]);
  });

  it("is not the chain of an administrator's rules while it has one, nor the jump to it", () => {
    const lines = ["-N DOCKER-USER", "-A FORWARD -j DOCKER-USER", "-A DOCKER-USER -j RETURN"];
    assert.deepEqual(chainDeletions(lines), [
      ["-D", "FORWARD", "-j", "DOCKER-USER"],
      ["-F", "DOCKER-USER"],
      ["-X", "DOCKER-USER"],
    ]);
    assert.deepEqual(chainDeletions([...lines, "-A DOCKER-USER -s 192.0.2.0/24 -j DROP"]), []);
  });

  it("is the kernel's switch for forwarding, if it was off before and no other engine runs", async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "linnix-forward-"));
    try {
      const home = linnixHome({ LINNIX_HOME: folder });
      const file = path.join(folder, "ip_forward");
      fs.mkdirSync(home.engine);
      for (const [ipForward, last, after] of [
        ["0", true, "0\n"],
        ["0", false, "1\n"],
        ["1", true, "1\n"],
        [undefined, true, "1\n"],
      ] as const) {
        fs.writeFileSync(file, "1\n");
        fs.writeFileSync(places(home).before, JSON.stringify({ ipForward }));
        await restoreFirewall(home, undefined, last, file);
        assert.equal(fs.readFileSync(file, "utf8"), after);
      }
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });

  it("is no chain that was there before the engine", () => {
    const before = ["-N DOCKER", "-A FORWARD -o docker0 -j DOCKER"];
    assert.deepEqual(chainDeletions([...before, "-N DOCKER-USER"], before), [
      ["-F", "DOCKER-USER"],
      ["-X", "DOCKER-USER"],
    ]);
  });

  it("stops at what is mounted where a symbolic link leads, and removes nothing", () => {
    const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "linnix-mounts-")));
    try {
      fs.mkdirSync(path.join(folder, "real/engine/mounted"), { recursive: true });
      fs.writeFileSync(path.join(folder, "real/engine/mounted/file"), "");
      fs.symlinkSync(path.join(folder, "real"), path.join(folder, "link"));
      const mountinfo = `1 2 3:4 / ${folder}/real/engine/mounted rw\n`;
      assert.throws(() => {
        removeOwn(path.join(folder, "link/engine"), mountinfo);
      }, /mounted below .*real\/engine\/mounted\. Unmount it/);
      assert.ok(fs.existsSync(path.join(folder, "real/engine/mounted/file")));
      removeOwn(path.join(folder, "link/engine"), "");
      assert.ok(!fs.existsSync(path.join(folder, "real/engine")));
      removeOwn(path.join(folder, "nowhere"), mountinfo);
    } finally {
      fs.rmSync(folder, { recursive: true, force: true });
    }
  });

  it("stops at what is mounted below the folder, whatever its name", () => {
    const mountinfo = "1 2 3:4 / /h/engine/a\\040b rw\n1 2 3:4 / /h/engine2 rw\n1 2 3:4 / /h rw\n";
    assert.deepEqual(mountsBelow("/h/engine", mountinfo), ["/h/engine/a b"]);
  });

  it("is a stack's own, not that of one whose name begins alike", () => {
    assert.equal(belongsTo("a", "linnix-a-net"), true);
    assert.equal(belongsTo("a", "linnix-a-b-net"), false);
    assert.equal(belongsTo("a", "somebody-elses"), false);
  });
});
