import * as http from "node:http";

import { bucketName, type Gate, region } from "./addresses";
import type { Mode } from "./gate";
import type { Instance } from "./metadata";

interface Reply {
  readonly status: number;
  readonly body: string;
}

/** A parameter as SSM returns it. */
export interface Parameter {
  readonly Name: string;
  readonly Value: string;
  readonly Version: number;
  /** Seconds since 1970. */
  readonly LastModifiedDate: number;
}

/** What moto selects the service by; it checks no signature. */
const authorization = (service: string): string =>
  `AWS4-HMAC-SHA256 Credential=test/20260101/${region}/${service}/aws4_request, SignedHeaders=host, Signature=none`;

/** Controls a world through a Unix socket, because its network is not reachable from the test. */
export class Control {
  constructor(private readonly socket: string) {}

  gate(name: Gate, mode: Mode): Promise<void> {
    return this.put(`/gate/${name}`, mode);
  }

  instance(instance: Instance): Promise<void> {
    return this.put("/instance", JSON.stringify(instance));
  }

  /** Sets the file that the model's web server serves. */
  model(file: string): Promise<void> {
    return this.put("/model", file);
  }

  /** Calls an action of an AWS service with a JSON protocol; throws if the response is an error. */
  async aws<T>(service: "AmazonSSM" | "Logs_20140328", action: string, input: Record<string, unknown>): Promise<T> {
    const name = service === "AmazonSSM" ? "ssm" : "logs";
    const reply = await this.request("POST", "/aws/", JSON.stringify(input), {
      "Content-Type": "application/x-amz-json-1.1",
      "X-Amz-Target": `${service}.${action}`,
      Host: `${name}.${region}.amazonaws.com`,
      Authorization: authorization(name),
    });
    if (reply.status !== 200) throw new Error(`${action}: ${reply.status} ${reply.body}`);
    return JSON.parse(reply.body) as T;
  }

  async putParameter(name: string, value: string, type: "String" | "SecureString" = "String"): Promise<number> {
    const input = { Name: name, Value: value, Type: type, Overwrite: true, Tier: "Intelligent-Tiering" };
    return (await this.aws<{ Version: number }>("AmazonSSM", "PutParameter", input)).Version;
  }

  /** A parameter's value; undefined if it does not exist. */
  async parameter(name: string): Promise<Parameter | undefined> {
    try {
      return (await this.aws<{ Parameter: Parameter }>("AmazonSSM", "GetParameter", { Name: name })).Parameter;
    } catch (error) {
      if (String(error).includes("ParameterNotFound")) return undefined;
      throw error;
    }
  }

  /** Creates the bucket of the host bundles. */
  createBucket(): Promise<void> {
    return this.s3("", "");
  }

  /** Stores an object in that bucket. */
  putObject(key: string, content: Buffer): Promise<void> {
    return this.s3(key, content);
  }

  private async s3(key: string, content: string | Buffer): Promise<void> {
    // moto parses content without a type as a form.
    const type = { "Content-Type": "application/x-tar" };
    const headers = { Host: bucketName, Authorization: authorization("s3"), ...type };
    const { status, body } = await this.request("PUT", `/aws/${key}`, content, headers);
    if (status !== 200) throw new Error(`PUT ${bucketName}/${key}: ${status} ${body}`);
  }

  private async put(path: string, body: string): Promise<void> {
    const { status, body: said } = await this.request("PUT", path, body);
    if (status !== 204) throw new Error(`PUT ${path}: ${status} ${said}`);
  }

  private request(
    method: string,
    path: string,
    body: string | Buffer,
    headers: http.OutgoingHttpHeaders = {},
  ): Promise<Reply> {
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
