/**
 * The keys of cognitod's configuration that upstream reads at the pinned commit (its config.rs), by section. They are checked
 * here because upstream's own check ignores an unknown key in most sections, and any value of the right type.
 */
import type { SettingName } from "../schema";

/** A key that a user may set. */
export interface FreeKey {
  readonly kind: "free";
  readonly allowed: string;
  readonly accepts: (value: unknown) => boolean;
}

/** A key that another setting decides. */
interface OwnedKey {
  readonly kind: "owned";
  readonly setting: SettingName;
}

/** A key that must keep its value. */
interface FixedKey {
  readonly kind: "fixed";
  /** In words that follow the key. */
  readonly why: string;
  /** What to use instead, if there is something. */
  readonly instead?: SettingName;
}

/** What the project knows of a key. */
export type ConfigKey = FreeKey | OwnedKey | FixedKey;

const whole = (unit: string, least: number, most: number): FreeKey => ({
  kind: "free",
  allowed: `a whole number of ${unit} from ${least} to ${most}`,
  accepts: (value) => typeof value === "number" && Number.isInteger(value) && value >= least && value <= most,
});

const percent: FreeKey = {
  kind: "free",
  allowed: "a number of percent from 0 to 100",
  accepts: (value) => typeof value === "number" && value >= 0 && value <= 100,
};

const flag: FreeKey = {
  kind: "free",
  allowed: "true or false",
  accepts: (value) => typeof value === "boolean",
};

const text = (allowed: string, pattern: RegExp): FreeKey => ({
  kind: "free",
  allowed,
  accepts: (value) => typeof value === "string" && pattern.test(value),
});

/** The rest of cognitod's file system is read-only, or holds its database. */
const logFile = text("a file in /var/log/linnix/, cognitod's log volume", /^\/var\/log\/linnix\/[A-Za-z0-9._-]+$/);

const setBy = (setting: SettingName): OwnedKey => ({ kind: "owned", setting });

const fixed = (why: string, instead?: SettingName): FixedKey => ({
  kind: "fixed",
  why,
  ...(instead === undefined ? {} : { instead }),
});

const unused = fixed("has no effect: upstream reads it and does nothing with it", "slackWebhook");
const metrics = fixed("must stay true: health is read from that endpoint");

const day = 86_400;

/** The keys by section. A nested table is a section of its own: `notifications.slack`. */
export const sections: Readonly<Record<string, Readonly<Record<string, ConfigKey>>>> = {
  api: {
    listen_addr: setBy("apiPort"),
    auth_token: setBy("apiToken"),
    unix_socket: fixed("cannot be set: requests through a socket need no token", "apiPort"),
    require_kernel_instrumentation: setBy("requireKernelInstrumentation"),
  },
  runtime: {
    offline: setBy("llm"),
    cpu_target_pct: whole("percent", 1, 100_000),
    rss_cap_mb: whole("MB", 1, 1_000_000),
    events_rate_cap: whole("events a second", 1, 100_000_000),
  },
  logging: { alerts_file: logFile, insights_file: logFile, incident_context_file: logFile, journald: flag },
  outputs: {
    slack: unused,
    pagerduty: unused,
    prometheus: metrics,
    metrics_listen_addr: setBy("healthPort"),
  },
  prometheus: { enabled: metrics },
  rules: { path: setBy("rules") },
  reasoner: {
    enabled: setBy("llm"),
    endpoint: setBy("llm"),
    model: setBy("llmModel"),
    timeout_ms: whole("milliseconds", 1000, 3_600_000),
  },
  "notifications.slack": {
    webhook_url: setBy("slackWebhook"),
    channel: text("a Slack channel, such as #alerts", /^[#@]?[\w.-]{1,80}$/),
    dashboard_base_url: text("an http or https address", /^https?:\/\/[!-~]+$/),
  },
  "notifications.apprise": {
    urls: fixed("needs the program apprise, which the image does not have", "slackWebhook"),
    min_severity: fixed("needs the program apprise, which the image does not have", "slackWebhook"),
  },
  circuit_breaker: {
    enabled: flag,
    cpu_usage_threshold: percent,
    cpu_psi_threshold: percent,
    memory_psi_full_threshold: percent,
    io_psi_full_threshold: percent,
    check_interval_secs: whole("seconds", 1, day),
    grace_period_secs: whole("seconds", 0, day),
    require_human_approval: flag,
    // Upstream takes any word but monitor for enforce.
    mode: text("monitor or enforce", /^(monitor|enforce)$/),
  },
  noise_budget: { max_alerts_per_hour: whole("alerts", 0, 1_000_000), enabled: flag },
  privacy: { redact_sensitive_data: flag },
  psi: {
    sustained_pressure_seconds: whole("seconds", 1, day),
    attribution_threshold_ms: whole("milliseconds", 0, 86_400_000),
    attribution_cooldown_seconds: whole("seconds", 0, 7 * day),
  },
  telemetry: {
    sample_interval_ms: whole("milliseconds", 100, 60_000),
    retention_seconds: whole("seconds", 10, 3600),
    min_eps_to_enable: whole("events a second", 0, 1_000_000),
  },
};
