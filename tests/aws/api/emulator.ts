import * as path from "node:path";

import { pythonTools } from "../../../scripts/lib/python-tools";
import { freePort } from "../../fixtures/free-ports";
import { line, type Namespace } from "../../host/world/namespace";

/** moto has the API; its stand-ins need cbor2. */
const packages = ["moto[server]==5.2.5", "cbor2==6.2.1"];

/** Starts the emulator on this machine's network; it ends with the namespace. Returns its port on 127.0.0.1. */
export async function startEmulator(inside: Namespace, states: "reported" | "immediate"): Promise<number> {
  const python = path.join(await pythonTools(packages), "python");
  const port = await freePort();
  const script = path.join(__dirname, "emulator.py");
  const environment = [`BOX_STATES=${states}`, "MOTO_IAM_LOAD_MANAGED_POLICIES=true", `MOTO_PORT=${port}`];
  const started = inside.start({
    ...{ place: "machine", network: "machine", name: "emulator", command: "env" },
    args: [...environment, python, script, String(port)],
  });
  await line(started, /Running on/, 120, inside.log("emulator"));
  return port;
}
