import { expect, test } from "vitest";
import { fillTraceUrl } from "@/app/_lib/fill-trace-url";

const traceId = "0af7651916cd43dd8448eb211c80319c";
const context = `00-${traceId}-b7ad6b7169203331-01`;

test("the address of an outside trace has the ids where the template says, wherever the back end wants them", () => {
  const of = (template: string) => fillTraceUrl(template, context)?.href;
  expect(of("https://jaeger.example/trace/{traceId}?uiFind={spanId}")).toBe(
    `https://jaeger.example/trace/${traceId}?uiFind=b7ad6b7169203331`,
  );
  expect(of("https://grafana.example/explore?left=%7B%22query%22:%22{traceId}%22%7D")).toContain(`%22${traceId}%22`);
});

test("without a trace there is no link, and what a client sent as its trace cannot make another one", () => {
  const template = "https://jaeger.example/trace/{traceId}";
  for (const none of [null, "", "00-x-y-01", `00-${traceId.replace("0", "/")}-b7ad6b7169203331-01`]) {
    expect(fillTraceUrl(template, none)).toBeUndefined();
  }
});
