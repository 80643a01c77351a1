import * as http from "node:http";

import type { Gate } from "./addresses";
import type { Mode } from "./gate";
import type { Instance } from "./metadata";

interface Reply {
  readonly status: number;
  readonly body: string;
}

/** A parameter as SSM gives it back. */
export interface Parameter {
  readonly Name: string;
  readonly Value: string;
  readonly Version: number;
  /** Seconds since 1970. */
  readonly LastModifiedDate: number;
}

/** The test's own way into a world: a Unix socket, since no address leads there. */
export class Control {
  constructor(private readonly socket: string) {}

  gate(name: Gate, mode: Mode): Promise<void> {
    return this.put(`/gate/${name}`, mode);
  }

  instance(instance: Instance): Promise<void> {
    return this.put("/instance", JSON.stringify(instance));
  }

  /** The file that the model's web server gives. */
  model(file: string): Promise<void> {
    return this.put("/model", file);
  }

  /** Calls an action of a service that speaks JSON, as an AWS client would; throws on an error's answer. */
  async aws<T>(service: "AmazonSSM" | "Logs_20140328", action: string, input: Record<string, unknown>): Promise<T> {
    const name = service === "AmazonSSM" ? "ssm" : "logs";
    const scope = `test/20260101/us-east-1/${name}/aws4_request`;
    const reply = await this.request("POST", "/aws/", JSON.stringify(input), {
      "Content-Type": "application/x-amz-json-1.1",
      "X-Amz-Target": `${service}.${action}`,
      Host: `${name}.us-east-1.amazonaws.com`,
      Authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=none`,
    });
    if (reply.status !== 200) throw new Error(`${action}: ${reply.status} ${reply.body}`);
    return JSON.parse(reply.body) as T;
  }

  async putParameter(name: string, value: string, type: "String" | "SecureString" = "String"): Promise<number> {
    const input = { Name: name, Value: value, Type: type, Overwrite: true, Tier: "Intelligent-Tiering" };
    return (await this.aws<{ Version: number }>("AmazonSSM", "PutParameter", input)).Version;
  }

  /** A parameter's value; nothing when there is none. */
  async parameter(name: string): Promise<Parameter | undefined> {
    try {
      return (await this.aws<{ Parameter: Parameter }>("AmazonSSM", "GetParameter", { Name: name })).Parameter;
    } catch (error) {
      if (String(error).includes("ParameterNotFound")) return undefined;
      throw error;
    }
  }

  private async put(path: string, body: string): Promise<void> {
    const { status, body: said } = await this.request("PUT", path, body);
    if (status !== 204) throw new Error(`PUT ${path}: ${status} ${said}`);
  }

  private request(method: string, path: string, body: string, headers: http.OutgoingHttpHeaders = {}): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const request = http.request({ socketPath: this.socket, method, path, headers }, (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
        response.on("error", reject).on("end", () => {
          resolve({ status: response.statusCode ?? 0, body: text });
        });
      });
      request.on("error", reject);
      request.end(body);
    });
  }
}
