import { processWide } from "@/lib/telemetry/process-wide";

/** How telemetry names a process: its service, and which of that service's processes it is. */
export type ProcessName = { readonly service: string; readonly instance: string };

const held = processWide("process-name", () => ({ name: undefined as ProcessName | undefined }));

/** Names this process. */
export function nameProcess(name: ProcessName): void {
  held.name = name;
}

/** The name of this process; undefined before telemetry is started. */
export function processName(): ProcessName | undefined {
  return held.name;
}
