import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as net from "node:net";
import * as os from "node:os";
import * as path from "node:path";

import { baseImageNames } from "../../components/settings/schema";
import { archiveImages, chooseBases, recipeKey, wantedRoots } from "../../scripts/lib/bases";
import { reachable } from "../../scripts/lib/reachable";

const never = (): Promise<boolean> => Promise.reject(new Error("asked"));

describe("the choice of base images", () => {
  it("takes what the setting says without asking the network, and says so", async () => {
    for (const mode of ["registry", "archive"] as const)
      assert.deepEqual(await chooseBases(mode, never), { mode, chosenBecause: `linnix:bases is ${mode}` });
  });

  it("takes the registries when all of them are in reach", async () => {
    const chosen = await chooseBases("auto", () => Promise.resolve(true));
    assert.deepEqual(chosen, { mode: "registry", chosenBecause: "the registries are in reach" });
  });

  it("takes the archive when one is not, and names that one only", async () => {
    const asked: string[] = [];
    const { mode, chosenBecause } = await chooseBases("auto", (url) => {
      asked.push(new URL(url).hostname);
      return Promise.resolve(asked.length === 1);
    });
    assert.equal(mode, "archive");
    assert.equal(asked.length, 2);
    assert.equal(chosenBecause, `out of reach: ${asked[1] ?? ""}`);
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
    const images = archiveImages("0123456789ab");
    assert.deepEqual(Object.keys(images).sort(), [...baseImageNames].sort());
    for (const image of Object.values(images)) assert.match(image, /^linnix-archive\/[a-z-]+:0123456789ab$/);
  });

  it("are built on the two suites that the Dockerfiles need, and on bookworm when the settings name it", () => {
    assert.deepEqual(wantedRoots(), ["trixie", "forky"]);
    assert.deepEqual(wantedRoots(["docker.io/library/debian:bookworm-slim"]), ["trixie", "forky"]);
    assert.deepEqual(wantedRoots(["linnix-archive/bookworm-slim"]), ["trixie", "forky", "bookworm"]);
  });
});
