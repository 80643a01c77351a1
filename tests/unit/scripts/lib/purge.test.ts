import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { type EngineObject, belongsTo, ownership, purgeStack } from "../../../../scripts/lib/purge";
import { objectsIn } from "../../../../scripts/lib/state-objects";
import { foreignObjects } from "../../../../scripts/start/foreign";
import type { Session } from "../../../../scripts/start/session";

const object = (kind: EngineObject["kind"], part: string, owner?: string): EngineObject => ({
  kind,
  name: `linnix-local-${part}`,
  owner,
});

describe("an object on an engine", () => {
  const objects = [
    object("volume", "data", "me"),
    object("volume", "log", "her"),
    object("volume", "models"),
    object("container", "llama"),
  ];

  it("is one's own by its label, or without a label by this stack's state; else it is never removed", () => {
    const { own, others, unknown } = ownership(objects, "me", ["volume linnix-local-models"]);
    assert.deepEqual(
      [own, others, unknown].map((list) => list.map(({ name }) => name)),
      [["linnix-local-data", "linnix-local-models"], ["linnix-local-log"], ["linnix-local-llama"]],
    );
  });

  it("is not one's own by a label of somebody else, whatever the state knows", () => {
    assert.deepEqual(ownership(objects, "me", ["volume linnix-local-log"]).own, [objects[0]]);
  });

  it("is nobody's own without an owner", () => {
    assert.deepEqual(ownership([object("volume", "data", "me"), object("volume", "log")], undefined, []).own, []);
  });

  it("is known by the state's containers, networks and volumes, and by nothing else there", () => {
    const resource = (type: string, name?: string) => ({ type, inputs: { name } });
    const resources = [
      resource("docker:index/volume:Volume", "v"),
      resource("docker:index/container:Container", "c"),
      resource("docker:index/network:Network"),
      resource("docker:index/remoteImage:RemoteImage", "i"),
      { type: "pulumi:pulumi:Stack" },
    ];
    assert.deepEqual(objectsIn({ deployment: { resources } }), ["volume v", "container c"]);
    assert.deepEqual(objectsIn({ deployment: {} }), []);
  });
});

describe("a start on an engine that others use", () => {
  const session: Session = {
    ...{ stack: "local", configFile: "", environment: {}, owner: "me" },
    engine: { kind: "existing", host: "unix:///var/run/docker.sock" },
  };
  const others = [object("volume", "data", "her")];
  const unlabelled = [object("volume", "data")];

  it("is refused if a name is taken, with the objects, another stack as a way out, and how to remove them", () => {
    const [fault, ...more] = foreignObjects(session, others, [], true);
    assert.deepEqual(more, []);
    assert.match(fault?.problem ?? "", /unix:\/\/\/var\/run\/docker\.sock: volume linnix-local-data$/);
    assert.match(fault?.remedy ?? "", /npm start -- --stack NAME.*docker volume rm linnix-local-data/);
  });

  it("is refused for an object without a label only if this account never started the stack", () => {
    assert.equal(foreignObjects(session, unlabelled, [], false).length, 1);
    assert.deepEqual(foreignObjects(session, unlabelled, [], true), []);
    assert.deepEqual(foreignObjects(session, unlabelled, ["volume linnix-local-data"], false), []);
    const embedded: Session = { ...session, engine: { kind: "embedded", host: "" } };
    assert.deepEqual(foreignObjects(embedded, unlabelled, [], false), []);
  });

  it("goes on with its own", () => {
    assert.deepEqual(foreignObjects(session, [object("container", "llama", "me")], [], false), []);
  });
});

describe("a purge", () => {
  let folder: string;
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "linnix-purge-"));
  });
  afterEach(() => {
    fs.rmSync(folder, { recursive: true });
  });

  /** Another stack `local-data`, another home's and other programs' objects are on the same engine. */
  const engine: Readonly<Record<string, readonly string[]>> = {
    container: ["linnix-local-cognitod\tme", "linnix-local-llama\tme", "linnix-local-data-llama\tme", "postgres\t"],
    network: ["linnix-local-net\tme", "bridge\t", "linnix-local-data-net\tme"],
    volume: [
      ...["linnix-local-data\tme", "linnix-local-log\tme", "linnix-local-models\tme"],
      ...["linnix-local-data-data\tme", "postgres-data\t", "linnix-local2-data\tme"],
    ],
    image: [
      ...["linnix/cognitod:local", "linnix/llama:local", "linnix/llama:local-data", "linnix/llama:latest"],
      ...["linnix-archive/debian:13", "postgres:17"],
    ],
  };

  /** Purges the stack `local` of an engine with these objects; the commands that remove something. */
  async function purged(objects: typeof engine, last: boolean): Promise<{ removed: string[]; left: string[] }> {
    for (const [kind, lines] of Object.entries(objects))
      fs.writeFileSync(path.join(folder, kind), lines.map((line) => `${line}\n`).join(""));
    const script = `#!/bin/sh
case $* in
"container ls --all --format "* | "network ls --format "* | "volume ls --format "* | "image ls --format "*) cat "${folder}/$1" ;;
*) echo "$*" >> "${folder}/removed" ;;
esac
`;
    fs.writeFileSync(path.join(folder, "docker"), script, { mode: 0o755 });
    const session: Session = {
      stack: "local",
      configFile: "",
      engine: { kind: "existing", host: "" },
      environment: { PATH: `${folder}:${process.env.PATH ?? ""}` },
    };
    const left = await purgeStack(session, last, "me", []);
    const file = path.join(folder, "removed");
    const removed = fs.existsSync(file) ? fs.readFileSync(file, "utf8").trim().split("\n") : [];
    return { removed, left: left.map(({ name }) => name) };
  }

  const objects = [
    "container rm --force --volumes linnix-local-cognitod linnix-local-llama",
    "network rm linnix-local-net",
    "volume rm linnix-local-data linnix-local-log linnix-local-models",
    "image rm linnix/cognitod:local",
    "image rm linnix/llama:local",
  ];

  it("removes the stack's containers, network, volumes and images, in this order, and nothing else", async () => {
    assert.deepEqual(await purged(engine, false), { removed: objects, left: [] });
  });

  it("of the last stack removes the base images, too", async () => {
    const { removed } = await purged(engine, true);
    assert.deepEqual(removed, [...objects, "image rm linnix-archive/debian:13"]);
  });

  it("keeps what is not this home's own, and then the images", async () => {
    const shared = { ...engine, volume: ["linnix-local-data\ther", "linnix-local-log\t", "linnix-local-models\tme"] };
    assert.deepEqual(await purged(shared, true), {
      removed: [...objects.slice(0, 2), "volume rm linnix-local-models"],
      left: ["linnix-local-data", "linnix-local-log"],
    });
  });

  it("of an empty engine removes nothing", async () => {
    const nothing = Object.fromEntries(Object.keys(engine).map((kind) => [kind, []]));
    assert.deepEqual(await purged(nothing, true), { removed: [], left: [] });
  });

  it("is about every part of a stack by its whole name", () => {
    for (const part of ["cognitod", "config", "data", "llama", "log", "model", "models", "net", "owner", "preflight"])
      assert.ok(belongsTo("a", `linnix-a-${part}`), part);
    for (const name of ["linnix-a-data-x", "linnix-a-data-data", "linnix-ab-data", "x-linnix-a-data", "data", ""])
      assert.ok(!belongsTo("a", name), name);
  });
});
