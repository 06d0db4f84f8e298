import type { Endpoint } from "@/app/_lib/route";
import { appendEndpoint, appendToStreamEndpoint } from "@/app/api/_endpoints/append";
import { auditEndpoint } from "@/app/api/_endpoints/audit";
import { commandEndpoint } from "@/app/api/_endpoints/commands";
import {
  deadLetterEndpoint,
  deadLetterGroupEndpoint,
  dryRunGroupEndpoint,
  dryRunLetterEndpoint,
  listDeadLettersEndpoint,
  retryGroupEndpoint,
  retryLetterEndpoint,
  skipGroupEndpoint,
  skipLetterEndpoint,
} from "@/app/api/_endpoints/dead-letters";
import {
  eventEndpoint,
  facetsEndpoint,
  histogramEndpoint,
  listEventsEndpoint,
  positionEndpoint,
} from "@/app/api/_endpoints/events";
import { captureFixtureEndpoint, verifyFixtureEndpoint } from "@/app/api/_endpoints/fixtures";
import { importEndpoint } from "@/app/api/_endpoints/import";
import {
  catalogEndpoint,
  cureTrafficEndpoint,
  overviewEndpoint,
  poisonTrafficEndpoint,
  signInLinkEndpoint,
  startTrafficEndpoint,
  stopTrafficEndpoint,
  switchTrafficEndpoint,
  trafficEndpoint,
} from "@/app/api/_endpoints/installation";
import { liveEndpoint } from "@/app/api/_endpoints/live";
import { mergePartitionsEndpoint, splitPartitionEndpoint } from "@/app/api/_endpoints/partitions";
import {
  cancelInstanceEndpoint,
  fireTimerEndpoint,
  instanceEndpoint,
  invariantsEndpoint,
  listProcessesEndpoint,
  nudgeInstanceEndpoint,
  processEndpoint,
} from "@/app/api/_endpoints/processes";
import {
  behindChangeEndpoint,
  lagHistoryEndpoint,
  listProjectionsEndpoint,
  pauseEndpoint,
  projectionEndpoint,
  readModelEndpoint,
  resumeEndpoint,
} from "@/app/api/_endpoints/projections";
import {
  differencesEndpoint,
  rebuildEndpoint,
  rebuildPlanEndpoint,
  retireEndpoint,
} from "@/app/api/_endpoints/rebuild";
import {
  cancelRunEndpoint,
  listRunsEndpoint,
  pauseRunEndpoint,
  promoteRunEndpoint,
  resumeRunEndpoint,
  revertRunEndpoint,
  runEndpoint,
  throttleRunEndpoint,
  verifyLogEndpoint,
} from "@/app/api/_endpoints/runs";
import {
  schemaListEndpoint,
  schemaTypeEndpoint,
  schemaVersionEndpoint,
  tryUpcastEndpoint,
} from "@/app/api/_endpoints/schema";
import { listStreamsEndpoint, stateEndpoint, streamEndpoint, streamEventsEndpoint } from "@/app/api/_endpoints/streams";
import { traceEndpoint } from "@/app/api/_endpoints/traces";

/** Every address of the API with its method: what the OpenAPI document lists. */
export const endpoints: readonly (readonly [method: "get" | "post", endpoint: Endpoint])[] = [
  ["get", listEventsEndpoint],
  ["get", eventEndpoint],
  ["get", positionEndpoint],
  ["get", histogramEndpoint],
  ["get", facetsEndpoint],
  ["get", listStreamsEndpoint],
  ["get", streamEndpoint],
  ["get", streamEventsEndpoint],
  ["post", appendToStreamEndpoint],
  ["get", stateEndpoint],
  ["post", appendEndpoint],
  ["post", commandEndpoint],
  ["get", traceEndpoint],
  ["get", listProjectionsEndpoint],
  ["get", projectionEndpoint],
  ["get", lagHistoryEndpoint],
  ["get", listDeadLettersEndpoint],
  ["get", deadLetterEndpoint],
  ["get", deadLetterGroupEndpoint],
  ["post", dryRunLetterEndpoint],
  ["post", retryLetterEndpoint],
  ["post", skipLetterEndpoint],
  ["post", dryRunGroupEndpoint],
  ["post", retryGroupEndpoint],
  ["post", skipGroupEndpoint],
  ["post", pauseEndpoint],
  ["post", resumeEndpoint],
  ["get", rebuildPlanEndpoint],
  ["post", rebuildEndpoint],
  ["get", differencesEndpoint],
  ["post", retireEndpoint],
  ["get", readModelEndpoint],
  ["get", listProcessesEndpoint],
  ["get", processEndpoint],
  ["get", instanceEndpoint],
  ["post", nudgeInstanceEndpoint],
  ["post", fireTimerEndpoint],
  ["post", cancelInstanceEndpoint],
  ["get", invariantsEndpoint],
  ["post", splitPartitionEndpoint],
  ["post", mergePartitionsEndpoint],
  ["get", auditEndpoint],
  ["get", listRunsEndpoint],
  ["get", runEndpoint],
  ["post", pauseRunEndpoint],
  ["post", resumeRunEndpoint],
  ["post", cancelRunEndpoint],
  ["post", promoteRunEndpoint],
  ["post", revertRunEndpoint],
  ["post", throttleRunEndpoint],
  ["post", verifyLogEndpoint],
  ["get", behindChangeEndpoint],
  ["get", schemaListEndpoint],
  ["get", schemaTypeEndpoint],
  ["get", schemaVersionEndpoint],
  ["post", tryUpcastEndpoint],
  ["get", captureFixtureEndpoint],
  ["post", verifyFixtureEndpoint],
  ["get", liveEndpoint],
  ["get", catalogEndpoint],
  ["get", overviewEndpoint],
  ["get", trafficEndpoint],
  ["post", switchTrafficEndpoint],
  ["post", startTrafficEndpoint],
  ["post", stopTrafficEndpoint],
  ["post", poisonTrafficEndpoint],
  ["post", cureTrafficEndpoint],
  ["post", importEndpoint],
  ["post", signInLinkEndpoint],
];
