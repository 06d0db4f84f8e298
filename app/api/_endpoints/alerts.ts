import { z } from "zod";
import { json, plainText } from "@/app/_lib/answer";
import { operationContext } from "@/app/_lib/operation-context";
import { endpoint } from "@/app/_lib/route";
import { limit, name } from "@/app/api/_endpoints/parameters";
import { prometheusRulesFile } from "@/lib/alerts/prometheus-rules";
import { readSettings } from "@/lib/alerts/read-settings";
import { sloStatus } from "@/lib/alerts/slo-status";
import { attributionFields, requiredReason } from "@/lib/operations/attribution";
import { acknowledgeAlert, silenceAlert, silenceUntil, unsilenceAlert } from "@/lib/operations/care-for-alert";
import { sendNoticeAgain } from "@/lib/operations/send-notice-again";
import { ruleSettings, setAlertRule } from "@/lib/operations/set-alert-rule";
import { setSlo, sloFields } from "@/lib/operations/set-slo";
import { alertPage } from "@/lib/queries/alert-page";
import { alertRules } from "@/lib/queries/alert-rules";
import { alertWatch, listAlerts } from "@/lib/queries/list-alerts";
import { sloList } from "@/lib/queries/slo-list";
import { sloPage, sloRanges } from "@/lib/queries/slo-page";

/** Alerts. */
export const listAlertsEndpoint = endpoint({
  path: "/api/v1/{store}/alerts",
  summary:
    "Open alerts, the worst first; with `state=resolved` those that are over, newest first; and when rules were evaluated last",
  role: "viewer",
  query: z.strictObject({
    state: z.enum(["open", "pending", "firing", "acknowledged", "silenced", "resolved"]).default("open"),
    rule: name.optional(),
    cursor: z.string().max(40).optional().describe("The `next` of the page before"),
    limit: limit.optional(),
  }),
  handle: async ({ context, query }) => {
    const [found, watch] = await Promise.all([listAlerts(context, query), alertWatch(context)]);
    return json({ ...found, watch });
  },
});

/** One alert. */
export const alertEndpoint = endpoint({
  path: "/api/v1/{store}/alerts/{id}",
  summary: "One alert with its cause, its transitions, the notices of it, and its silence",
  role: "viewer",
  handle: async ({ context, path }) => json(await alertPage(context, path.id ?? "")),
});

/** Takes an alert up. */
export const acknowledgeAlertEndpoint = endpoint({
  path: "/api/v1/{store}/alerts/{id}/acknowledge",
  summary: "Say that somebody has taken an alert up; 409 when it does not fire",
  operation: acknowledgeAlert,
  body: z.strictObject(attributionFields),
  bodyOptional: true,
  handle: async (call) =>
    json(await acknowledgeAlert(operationContext(call), { ...call.body, id: call.path.id ?? "" })),
});

/** Silences an alert's cause. */
export const silenceAlertEndpoint = endpoint({
  path: "/api/v1/{store}/alerts/{id}/silence",
  summary: "Tell nobody of the alert's cause until a time, not even when it goes away and comes back",
  operation: silenceAlert,
  body: z.strictObject({ ...attributionFields, reason: requiredReason, until: silenceUntil }),
  handle: async (call) => json(await silenceAlert(operationContext(call), { ...call.body, id: call.path.id ?? "" })),
});

/** Ends a silence. */
export const unsilenceAlertEndpoint = endpoint({
  path: "/api/v1/{store}/alerts/{id}/unsilence",
  summary: "End the silence of the alert's cause; what still hurts fires again; 409 when it is not silenced",
  operation: unsilenceAlert,
  body: z.strictObject(attributionFields),
  bodyOptional: true,
  handle: async (call) => json(await unsilenceAlert(operationContext(call), { ...call.body, id: call.path.id ?? "" })),
});

/** Sends a notice once more. */
export const sendNoticeAgainEndpoint = endpoint({
  path: "/api/v1/{store}/alerts/{id}/notices/{notice}/send",
  summary:
    "Send a notice of an alert once more and wait for the first attempt: 200 with how it ended, 202 when no worker has sent it yet; 409 while it is on its way",
  operation: sendNoticeAgain,
  body: z.strictObject(attributionFields),
  bodyOptional: true,
  handle: async (call) => {
    const { id = "", notice = "" } = call.path;
    const sent = await sendNoticeAgain(operationContext(call), { ...call.body, id, notice });
    return json(sent, sent.observed ? 200 : 202);
  },
});

/** The rules for Prometheus. */
export const prometheusRulesEndpoint = endpoint({
  path: "/api/v1/{store}/alerts/rules",
  summary:
    "The alert rules as a Prometheus rules file (YAML), by the settings and objectives in force; on the metrics of `/api/metrics`",
  role: "viewer",
  handle: async ({ context: { reads } }) => {
    const [settings, slos] = await Promise.all([readSettings(reads), sloStatus(reads)]);
    return plainText(prometheusRulesFile({ settings, slos }), "application/yaml; charset=utf-8");
  },
});

/** The rules and their settings. */
export const alertRulesEndpoint = endpoint({
  path: "/api/v1/{store}/alert-rules",
  summary: "The alert rules with their settings: what is declared, what is in force, and who changed it",
  role: "viewer",
  handle: async ({ context }) => json({ rules: await alertRules(context) }),
});

/** Changes a rule. */
export const setAlertRuleEndpoint = endpoint({
  path: "/api/v1/{store}/alert-rules/{rule}",
  summary: "Change settings of an alert rule; null goes back to what is declared",
  operation: setAlertRule,
  body: z.strictObject({ ...attributionFields, settings: ruleSettings }),
  handle: async (call) =>
    json(await setAlertRule(operationContext(call), { ...call.body, rule: call.path.rule ?? "" })),
});

/** Every promise. */
export const sloListEndpoint = endpoint({
  path: "/api/v1/{store}/slos",
  summary:
    "The objective of every consumer, its error budget of 30 days and how fast it burns; unknown time is told apart",
  role: "viewer",
  handle: async ({ context }) => json({ slos: await sloList(context) }),
});

/** One promise. */
export const sloEndpoint = endpoint({
  path: "/api/v1/{store}/slos/{consumer}",
  summary:
    "The objective of one consumer: its error budget, how fast it burns, its time over the objective and unknown by stretches of the range, who changed it, and its alerts",
  role: "viewer",
  query: z.strictObject({ range: z.enum(sloRanges).default("24h").describe("How far `time` goes back") }),
  handle: async ({ context, path, query }) => json(await sloPage(context, path.consumer ?? "", query.range)),
});

/** Sets a promise. */
export const setSloEndpoint = endpoint({
  path: "/api/v1/{store}/slos/{consumer}",
  summary: "Set a consumer's objective or target; null goes back to what its code declares",
  operation: setSlo,
  body: z.strictObject({ ...attributionFields, ...sloFields }),
  handle: async (call) =>
    json(await setSlo(operationContext(call), { ...call.body, consumer: call.path.consumer ?? "" })),
});
