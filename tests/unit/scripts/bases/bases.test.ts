import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as net from "node:net";
import * as os from "node:os";
import * as path from "node:path";

import { buildSpecs } from "../../../../components/images/build-spec";
import { serviceNames } from "../../../../components/services/catalogue";
import { baseImageNames } from "../../../../components/settings/schema";
import { archiveImages, chooseBases, recipeKey, wantedRoots } from "../../../../scripts/bases/bases";
import { available, reachable } from "../../../../scripts/lib/reachable";

const never = (): Promise<boolean> => Promise.reject(new Error("asked"));

describe("the choice of base images", () => {
  it("takes what the setting says without asking the network, and says so", async () => {
    for (const mode of ["registry", "archive"] as const)
      assert.deepEqual(await chooseBases(mode, never), { mode, chosenBecause: `linnix:bases is ${mode}` });
  });

  it("takes the registries when all of them are in reach", async () => {
    const chosen = await chooseBases("auto", () => Promise.resolve(true));
    assert.deepEqual(chosen, { mode: "registry", chosenBecause: "the registries are reachable" });
  });

  it("takes the archive when one is not, and names that one only", async () => {
    const asked: string[] = [];
    const { mode, chosenBecause } = await chooseBases("auto", (...[url, ...more]: [string, ...unknown[]]) => {
      // A second argument would be the probe's timeout in milliseconds.
      assert.deepEqual(more, []);
      asked.push(new URL(url).hostname);
      return Promise.resolve(asked.length === 1);
    });
    assert.equal(mode, "archive");
    assert.equal(asked.length, 2);
    assert.equal(chosenBecause, `not reachable: ${asked[1] ?? ""}`);
  });
});

describe("reachability", () => {
  let server: net.Server;
  const sockets: net.Socket[] = [];
  const listen = async (onConnection: (socket: net.Socket) => void): Promise<string> => {
    server = net.createServer((socket) => {
      sockets.push(socket);
      socket.on("error", () => undefined);
      onConnection(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return `https://127.0.0.1:${String((server.address() as net.AddressInfo).port)}/`;
  };
  afterEach(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });

  it("is denied to a server that takes connections and then says nothing", async () => {
    assert.equal(await reachable(await listen(() => undefined), 200), false);
  });

  it("is denied to one that doesn't speak TLS, as a captive portal's", async () => {
    const url = await listen((socket) => socket.end("HTTP/1.1 200 OK\r\n\r\n"));
    assert.equal(await reachable(url), false);
  });

  it("is granted to a server that answers, whatever the status; a redirect is not followed", async () => {
    const url = await listen((socket) => {
      socket.once("data", () => socket.end("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n"));
    });
    assert.equal(await reachable(url.replace("https:", "http:")), true);
  });

  for (const [status, expected] of [
    ["200 OK", true],
    ["302 Found", true],
    ["404 Not Found", false],
    ["503 Service Unavailable", false],
  ] as const) {
    it(`of an address that answers ${status} means that it can ${expected ? "" : "not "}be downloaded`, async () => {
      const url = await listen((socket) => {
        socket.once("data", () => socket.end(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\n\r\n`));
      });
      assert.equal(await available(url.replace("https:", "http:")), expected);
    });
  }

  it("is denied to a port where nobody listens", async () => {
    const url = await listen(() => undefined);
    await new Promise((resolve) => server.close(resolve));
    assert.equal(await reachable(url), false);
  });
});

describe("the key of the archive's base images", () => {
  let recipes: string;
  let certificates: string;
  const key = (architecture: NodeJS.Architecture = "x64") => recipeKey(recipes, certificates, architecture);
  beforeEach(() => {
    recipes = fs.mkdtempSync(path.join(os.tmpdir(), "recipes-"));
    certificates = fs.mkdtempSync(path.join(os.tmpdir(), "certificates-"));
    fs.writeFileSync(path.join(recipes, "a.Dockerfile"), "FROM scratch\n");
  });
  afterEach(() => {
    for (const folder of [recipes, certificates]) fs.rmSync(folder, { recursive: true });
  });

  it("stays the same while nothing changes", () => {
    assert.equal(key(), key());
    assert.match(key(), /^[0-9a-f]{12}$/);
  });

  it("changes with the text of a recipe, with its name, with one more, with a certificate, with the architecture", () => {
    const keys = [key(), key("arm64")];
    fs.writeFileSync(path.join(recipes, "a.Dockerfile"), "FROM scratch \n");
    keys.push(key());
    fs.renameSync(path.join(recipes, "a.Dockerfile"), path.join(recipes, "b.Dockerfile"));
    keys.push(key());
    fs.writeFileSync(path.join(recipes, "c.sh"), "");
    keys.push(key());
    fs.writeFileSync(path.join(certificates, "proxy.crt"), "x");
    keys.push(key());
    assert.equal(new Set(keys).size, keys.length, keys.join(" "));
  });

  it("does without a folder of certificates", () => {
    fs.rmSync(certificates, { recursive: true });
    assert.match(key(), /^[0-9a-f]{12}$/);
    fs.mkdirSync(certificates);
  });
});

describe("the archive's base images", () => {
  it("stand in for each base of the Dockerfiles, under names that say where they come from", () => {
    const images = archiveImages("0123456789ab", serviceNames);
    assert.deepEqual(Object.keys(images).sort(), [...baseImageNames].sort());
    for (const image of Object.values(images)) assert.match(image, /^linnix-archive\/[a-z-]+:0123456789ab$/);
  });

  it("are built on the two suites that the Dockerfiles need, and on bookworm when the settings name it", () => {
    const roots = (...requested: string[]) => wantedRoots(serviceNames, requested);
    assert.deepEqual(roots(), ["trixie", "forky"]);
    assert.deepEqual(roots("docker.io/library/debian:bookworm-slim"), ["trixie", "forky"]);
    assert.deepEqual(roots("linnix-archive/bookworm-slim"), ["trixie", "forky", "bookworm"]);
  });

  it("leave out those of llama if its image is not built", () => {
    assert.deepEqual(wantedRoots(["cognitod"]), ["trixie"]);
    assert.deepEqual(wantedRoots(["cognitod"], ["linnix-archive/forky-slim"]), ["trixie", "forky"]);
    const names = Object.keys(archiveImages("0123456789ab", ["cognitod"]));
    assert.deepEqual(names, ["ebpfBuilder", "rustBuilder", "preflightBuilder", "runtime"]);
  });

  it("are all that a service's image is built from", () => {
    const source = { kind: "sample", location: "sample/daemon", revision: "sample" } as const;
    for (const service of serviceNames) {
      const build = buildSpecs({ source, baseImages: archiveImages("0123456789ab", [service]) })[service];
      const bases = Object.entries(build.arguments).filter(([name]) => name.endsWith("_IMAGE"));
      assert.ok(bases.length > 1);
      for (const [name, image] of bases) assert.match(image, /^linnix-archive\//, name);
    }
  });
});
