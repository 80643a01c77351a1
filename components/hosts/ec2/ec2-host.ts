import * as pulumi from "@pulumi/pulumi";

import type { HealthReport } from "../../health/report";
import { RandomToken } from "../../secrets/token";
import type { DesiredState } from "../../services/desired-state";
import type { ImageName } from "../../services/service";
import { loopbackEndpoints } from "../../services/stack-services";
import { type Ec2StackSettings, accessCommands, portsOut } from "./access";
import { Alarms } from "./alarms";
import { Dashboard } from "./dashboard";
import { FlowLogs } from "./flow-logs";
import { Identity } from "./identity";
import { Instance } from "./instance";
import type { StackKey } from "./key";
import { Logs } from "./logs";
import { logGroupAddress, metricNamespace } from "./names";
import { Network } from "./network";
import { SecretParameters } from "./parameters";
import { type Place, lookUpPlace } from "./place";
import { repositoryArn } from "./policies";
import { Rollout } from "./rollout/rollout";
import { type SecretName, desiredState, expectation, parameterPrefix } from "./services";
import { Snapshots } from "./snapshots";
import { DataVolume } from "./storage";
import { userDataBase64 } from "./user-data/user-data";

/** Arguments of {@link Ec2Host}. */
export interface Ec2HostArgs {
  readonly settings: Ec2StackSettings;
  /** What is deployed: `repository@sha256:…` each. */
  readonly images: Readonly<Record<ImageName, pulumi.Input<string>>>;
  /** The repositories that the stack has in ECR; empty where its images stand elsewhere. */
  readonly repositoryArns: pulumi.Input<pulumi.Input<string>[]>;
  /** The stack's own key; left out, AWS's keys encrypt. */
  readonly key?: StackKey | undefined;
  /** Guards cognitod's API; made and kept in the state when left out. */
  readonly apiToken?: pulumi.Input<string> | undefined;
  /** Where cognitod sends its alerts. */
  readonly slackWebhook?: pulumi.Input<string> | undefined;
  /** Of the registry's user, where the registry wants one. */
  readonly registryPassword?: pulumi.Input<string> | undefined;
}

/** What is known of the instance. */
export interface InstanceFacts {
  readonly id: string;
  readonly type: string;
  readonly availabilityZone: string;
  readonly privateIp: string;
  /** Absent in private mode. Nothing answers there: it is the host's way out. */
  readonly publicIp?: string;
  readonly machineImage: string;
}

/** A log group, and where it is read. */
export interface LogGroupFacts {
  readonly name: string;
  readonly console: string;
}

/** Both services on an EC2 host of their own, with everything that it needs and everything by which it is watched. */
export class Ec2Host extends pulumi.ComponentResource {
  /** Read from the running services. */
  readonly health: pulumi.Output<HealthReport>;
  /** On the user's machine, while the commands that forward ports run. */
  readonly endpoints: pulumi.Output<ReturnType<typeof loopbackEndpoints>>;
  /** To paste into a shell. */
  readonly commands: pulumi.Output<ReturnType<typeof accessCommands>>;
  readonly instance: pulumi.Output<InstanceFacts>;
  /** Hash of what is deployed. */
  readonly release: pulumi.Output<string>;
  readonly logs: pulumi.Output<Record<string, LogGroupFacts>>;
  /** Address of the dashboard. */
  readonly dashboard: pulumi.Output<string>;
  /** Names of the alarms. */
  readonly alarms: pulumi.Output<string[]>;
  /** Secret. */
  readonly apiToken: pulumi.Output<string>;

  private readonly settings: Ec2StackSettings;
  private readonly place: pulumi.Output<Place>;
  private readonly keyArn: pulumi.Output<string> | undefined;

  constructor(
    private readonly prefix: string,
    private readonly args: Ec2HostArgs,
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("linnix:host:Ec2Host", prefix, {}, options);
    const { settings } = args;
    this.settings = settings;
    this.keyArn = args.key?.arn;
    this.place = lookUpPlace(settings.host.region, this);
    this.apiToken = this.token();

    const network = new Network(`${prefix}-network`, { settings, portsOut: portsOut(settings) }, { parent: this });
    const secrets = this.secrets();
    const identity = this.identity(Object.keys(secrets) as SecretName[]);
    const parameters = this.parameters(secrets);
    const storage = this.storage(network);
    const logs = new Logs(`${prefix}-logs`, { settings, keyArn: this.keyArn }, { parent: this });
    const instance = this.host(network, identity, storage);
    const rollout = this.rollout(parameters, instance, [network, identity, logs]);
    const alarms = this.alarm(instance);
    const dashboard = this.page(instance, storage, alarms);
    const flowLogs = this.flowLogs(network, instance);
    this.snapshots();

    this.health = rollout.report;
    this.release = rollout.release;
    this.endpoints = pulumi.output(loopbackEndpoints(settings));
    this.commands = instance.instanceId.apply((id) => accessCommands(settings, id));
    this.instance = this.facts(instance);
    this.logs = this.logFacts(logs, flowLogs);
    this.dashboard = dashboard.url;
    this.alarms = alarms.names;
    this.registerOutputs({
      health: this.health,
      endpoints: this.endpoints,
      commands: this.commands,
      instance: this.instance,
      release: this.release,
      logs: this.logs,
      dashboard: this.dashboard,
      alarms: this.alarms,
      apiToken: this.apiToken,
    });
  }

  private token(): pulumi.Output<string> {
    if (this.args.apiToken !== undefined) return pulumi.secret(this.args.apiToken);
    return pulumi.secret(new RandomToken(`${this.prefix}-token`, { parent: this }).value);
  }

  /** The secrets that there are; which ones is known before any is. */
  private secrets(): Partial<Record<SecretName, pulumi.Input<string>>> {
    const { slackWebhook, registryPassword } = this.args;
    return {
      "api-token": this.apiToken,
      ...(slackWebhook === undefined ? {} : { "slack-webhook": slackWebhook }),
      ...(registryPassword === undefined ? {} : { "registry-password": registryPassword }),
    };
  }

  private identity(secrets: readonly SecretName[]): Identity {
    const { settings } = this;
    // Images that were built elsewhere may stand in ECR too: their names say so.
    const { cognitod, llama } = settings.prebuilt ?? { cognitod: "", llama: "" };
    const prebuilt = [cognitod, llama].flatMap((image) => repositoryArn(image) ?? []);
    return new Identity(
      `${this.prefix}-identity`,
      {
        ...{ settings, secrets, place: this.place, keyArn: this.keyArn },
        pullsFromEcr: settings.prebuilt === undefined ? settings.registry.kind === "ecr" : prebuilt.length > 0,
        repositoryArns: settings.prebuilt === undefined ? this.args.repositoryArns : [...new Set(prebuilt)],
      },
      { parent: this },
    );
  }

  private parameters(secrets: Partial<Record<SecretName, pulumi.Input<string>>>): SecretParameters {
    return new SecretParameters(
      `${this.prefix}-secrets`,
      { settings: this.settings, secrets, keyArn: this.keyArn },
      { parent: this },
    );
  }

  private storage({ availabilityZone }: Network): DataVolume {
    return new DataVolume(
      `${this.prefix}-storage`,
      { settings: this.settings, availabilityZone, keyArn: this.keyArn },
      { parent: this },
    );
  }

  /** Made once network and identity are whole: first boot installs packages and speaks to AWS. */
  private host(network: Network, identity: Identity, storage: DataVolume): Instance {
    const { settings, keyArn } = this;
    const { stack, host } = settings;
    const { region, system, architecture, swapMiB } = host;
    const prefix = parameterPrefix(stack);
    return new Instance(
      `${this.prefix}-instance`,
      {
        ...{ settings, keyArn, subnetId: network.subnetId, securityGroupId: network.securityGroupId },
        profileName: identity.profileName,
        dataVolumeId: storage.volumeId,
        after: [network, identity],
        userDataBase64: storage.volumeId.apply((dataVolume) =>
          userDataBase64({
            stack,
            region,
            system,
            architecture,
            swapMiB,
            dataVolume,
            prefix,
            namespace: metricNamespace,
          }),
        ),
      },
      { parent: this },
    );
  }

  private document(parameters: SecretParameters): pulumi.Output<DesiredState> {
    return pulumi
      .all([pulumi.output(this.args.images), parameters.references])
      .apply(([images, references]) => desiredState(this.settings, images, references));
  }

  private rollout(parameters: SecretParameters, instance: Instance, rest: pulumi.Resource[]): Rollout {
    const { settings } = this;
    const document = this.document(parameters);
    return new Rollout(
      `${this.prefix}-rollout`,
      {
        region: settings.host.region,
        instanceId: instance.instanceId,
        prefix: parameterPrefix(settings.stack),
        document,
        expected: document.apply(({ release }) => expectation(settings, release)),
        requireKernelInstrumentation: true,
        deadlineSeconds: settings.healthTimeoutSeconds,
      },
      // Not before the data volume is attached, and gone before anything that the host needs to clean up.
      { parent: this, dependsOn: [instance, parameters, ...rest] },
    );
  }

  private alarm({ instanceId }: Instance): Alarms {
    const { settings, place, keyArn } = this;
    return new Alarms(`${this.prefix}-alarms`, { settings, place, instanceId, keyArn }, { parent: this });
  }

  private page({ instanceId }: Instance, { volumeId }: DataVolume, { arns }: Alarms): Dashboard {
    return new Dashboard(
      `${this.prefix}-dashboard`,
      { settings: this.settings, instanceId, dataVolumeId: volumeId, alarmArns: arns },
      { parent: this },
    );
  }

  /** Of the whole VPC where it is the stack's own, and of the host's interface alone where it is not. */
  private flowLogs({ vpcId }: Network, { interfaceId }: Instance): FlowLogs | undefined {
    const { settings, place, keyArn } = this;
    if (!settings.host.flowLogs) return undefined;
    const watched = settings.host.network.kind === "own" ? { vpcId } : { eniId: interfaceId };
    return new FlowLogs(`${this.prefix}-flow-logs`, { settings, place, keyArn, watched }, { parent: this });
  }

  private snapshots(): void {
    const { settings, place, keyArn } = this;
    if (settings.host.snapshotDays === 0) return;
    new Snapshots(`${this.prefix}-snapshots`, { settings, place, keyArn }, { parent: this });
  }

  private facts(instance: Instance): pulumi.Output<InstanceFacts> {
    const { instanceId: id, availabilityZone, privateIp, publicIp, machineImage } = instance;
    const { instanceType: type, network } = this.settings.host;
    return pulumi.output({
      ...{ id, type, availabilityZone, privateIp, machineImage },
      ...(network.private ? {} : { publicIp }),
    });
  }

  private logFacts(logs: Logs, flowLogs: FlowLogs | undefined): pulumi.Output<Record<string, LogGroupFacts>> {
    const { region } = this.settings.host;
    const groups = pulumi.all([logs.groups, flowLogs?.group]);
    return groups.apply(([own, flow]) => {
      const names = Object.entries({ ...own, ...(flow === undefined ? {} : { flow }) });
      return Object.fromEntries(names.map(([part, name]) => [part, { name, console: logGroupAddress(region, name) }]));
    });
  }
}
