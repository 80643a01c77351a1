/**
 * The servers in a world's network namespace: DNS, instance metadata, TLS of the AWS API, the model's web server, and the
 * gates in front of them. One process, configured by its argument (JSON, `ServersOptions`) and controlled through a Unix
 * socket: `PUT /gate/NAME` with a mode, `PUT /instance` with an instance, `PUT /model` with a file. Requests under `/aws/`
 * are forwarded to the API: moto, or the one behind the socket that the argument names.
 */
import * as fs from "node:fs";
import * as http from "node:http";
import * as https from "node:https";

import { addresses, type Gate } from "./addresses";
import { serveNames } from "./dns";
import { type Mode, TcpGate } from "./gate";
import { type Folder, type Instance, metadataOf, metadataServer } from "./metadata";
import { modelServer } from "./model-server";
import { inner } from "./ports";

/** The process's argument. */
export interface ServersOptions {
  /** The Unix socket through which it is controlled. */
  readonly control: string;
  /** PEM files. */
  readonly certificate: string;
  readonly key: string;
  /** The names of the DNS server. */
  readonly names: Readonly<Record<string, string>>;
  /** The Unix socket of the AWS API. Default: moto in this namespace. */
  readonly api?: string | undefined;
}

/** Forwards a request to the API with the requested host name, by which moto selects the service. */
function forward(
  api: string | undefined,
  request: http.IncomingMessage,
  response: http.ServerResponse,
  path: string,
): void {
  const { method, headers } = request;
  const target = api === undefined ? { host: "127.0.0.1", port: inner.moto } : { socketPath: api };
  const onward = http.request({ ...target, method, path, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  onward.on("error", () => {
    response.writeHead(502).end();
  });
  request.pipe(onward);
}

function body(request: http.IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    request.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    request.on("end", () => {
      resolve(text);
    });
    request.on("error", reject);
  });
}

function listen(server: http.Server, port: number | string): Promise<void> {
  return new Promise((resolve) =>
    typeof port === "string" ? server.listen(port, resolve) : server.listen(port, "127.0.0.1", resolve),
  );
}

async function serve(options: ServersOptions): Promise<void> {
  let metadata: Folder = {};
  let model = "";
  const gates = Object.fromEntries(
    (["metadata", "aws", "registry", "models"] as const).map((name) => [
      name,
      new TcpGate({ host: "127.0.0.1", port: inner[name] }),
    ]),
  ) as Record<Gate, TcpGate>;
  const tls = { cert: fs.readFileSync(options.certificate), key: fs.readFileSync(options.key) };
  await serveNames(addresses.dns, options.names);
  await listen(
    metadataServer(() => metadata),
    inner.metadata,
  );
  const served = () => process.stdout.write("model served\n");
  const models = modelServer(() => model, served);
  await listen(http.createServer(models), inner.models);
  await listen(https.createServer(tls, models), inner.modelsTls);
  await listen(
    https.createServer(tls, (request, response) => {
      forward(options.api, request, response, request.url ?? "/");
    }),
    inner.aws,
  );
  for (const [name, port] of [
    ["metadata", 80],
    ["aws", 443],
    ["registry", 443],
    ["models", 80],
  ] as const)
    await gates[name].listen(port, addresses[name]);
  // Without a gate: no test makes upstream's model unreachable.
  await new TcpGate({ host: "127.0.0.1", port: inner.modelsTls }).listen(443, addresses.models);

  const steer = async (request: http.IncomingMessage, response: http.ServerResponse): Promise<void> => {
    const [, what, name = ""] = (request.url ?? "").split("/");
    if (what === "aws") {
      forward(options.api, request, response, (request.url ?? "").replace(/^\/aws/, ""));
      return;
    }
    const text = await body(request);
    if (what === "gate") gates[name as Gate].set(text as Mode);
    else if (what === "instance") metadata = metadataOf(JSON.parse(text) as Instance);
    else if (what === "model") model = text;
    response.writeHead(204).end();
  };
  await listen(
    http.createServer((request, response) => {
      steer(request, response).catch((error: unknown) => {
        response.writeHead(400).end(String(error));
      });
    }),
    options.control,
  );
  process.stdout.write("ready\n");
}

if (require.main === module) {
  serve(JSON.parse(process.argv[2] ?? "") as ServersOptions).catch((error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exitCode = 1;
  });
}
