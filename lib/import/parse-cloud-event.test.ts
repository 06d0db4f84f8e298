import { expect, test } from "vitest";
import { LineRefused, parseCloudEvent } from "@/lib/import/parse-cloud-event";
import { derivedId } from "@/lib/kernel/ids";

const ID = "0192f0c1-2b7e-7cc1-9d3e-1f1f1f1f1f1f";
const plain = { specversion: "1.0", id: ID, source: "shop", type: "OrderPlaced", subject: "order-1" };

test("attributes go where the store keeps them, and data keeps its bytes", () => {
  const data = '{ "amount" : 1.50,\t"note":"\\u00fc" }';
  const rest = { ...plain, time: "2024-05-01T12:00:00+02:00", correlationid: "c-1", causationid: "k", actor: "ann" };
  const more = { ...rest, tenant: "t1", traceparent: "00-a-b-01", schemaversion: 3 };
  const event = parseCloudEvent(`${JSON.stringify(more).slice(0, -1)},"data":${data}}`, 7);
  expect(event).toMatchObject({ line: 7, id: ID, stream: "order-1", type: "OrderPlaced", schemaVersion: 3, data });
  expect(event).toMatchObject({ occurredAt: "2024-05-01T12:00:00+02:00", correlationId: "c-1", causationId: "k" });
  expect(event).toMatchObject({ actor: "ann", tenant: "t1", traceparent: "00-a-b-01" });
  expect(event.metadata).toBe('{"ce":{"source":"shop"}}');
});

test("a line of an export brings its metadata and payload along, byte for byte, and nothing of the wrapping", () => {
  const [data, metadata] = ['{\n "a":1.50\n}', '{ "k" : "v" }'];
  const carried = {
    ...plain,
    tidemarkmetadata: metadata,
    tidemarkdata: data,
    tidemarkposition: "17",
    data: { a: 1.5 },
  };
  expect(parseCloudEvent(JSON.stringify(carried), 1)).toMatchObject({ data, metadata });
  expect(reasonOf(JSON.stringify({ ...plain, tidemarkmetadata: "{" }))).toBe("invalid-json");
});

test("an id that is no UUID becomes the same UUID every time, and stays readable in the metadata", () => {
  const event = parseCloudEvent(JSON.stringify({ ...plain, id: "evt 17" }), 1);
  expect(event.id).toBe(derivedId("shop", "evt 17"));
  expect(JSON.parse(event.metadata)).toEqual({ ce: { source: "shop", id: "evt 17" } });
  expect(parseCloudEvent(JSON.stringify({ ...plain, id: "evt 17", source: "other" }), 1).id).not.toBe(event.id);
  expect(parseCloudEvent(JSON.stringify({ ...plain, id: ID.toUpperCase() }), 1).id).toBe(ID);
});

test("what has no column is kept in the metadata, byte for byte", () => {
  const line = `${JSON.stringify(plain).slice(0, -1)},"datacontenttype":"application/xml","dataschema":"https://x.org/order/v2","hue": 1.0,"data":"<a/>"}`;
  const event = parseCloudEvent(line, 1);
  expect(event.metadata).toBe(
    '{"ce":{"source":"shop","datacontenttype":"application/xml","dataschema":"https://x.org/order/v2","hue":1.0}}',
  );
  expect(event).toMatchObject({ data: '"<a/>"', schemaVersion: 2 });
});

test("without a correlation the event stands for itself; without data it holds null; null is absent", () => {
  const event = parseCloudEvent(JSON.stringify({ ...plain, time: null, actor: null }), 1);
  expect(event).toMatchObject({ correlationId: ID, data: "null", occurredAt: null, actor: null, schemaVersion: 1 });
});

test("nanoseconds are cut to microseconds, with the written time kept", () => {
  const event = parseCloudEvent(JSON.stringify({ ...plain, time: "2024-05-01t12:00:00.123456789z" }), 1);
  expect(event.occurredAt).toBe("2024-05-01T12:00:00.123456Z");
  expect(JSON.parse(event.metadata).ce.time).toBe("2024-05-01t12:00:00.123456789z");
});

test("binary data stays base64 and says so", () => {
  const event = parseCloudEvent(JSON.stringify({ ...plain, data_base64: "AAEC" }), 1);
  expect(event.data).toBe('"AAEC"');
  expect(JSON.parse(event.metadata).ce.data_encoding).toBe("base64");
});

test.each([
  ["no-subject", { ...plain, subject: undefined }],
  ["no-type", { ...plain, type: "" }],
  ["no-id", { ...plain, id: undefined }],
  ["no-source", { ...plain, source: null }],
  ["not-cloudevents-1.0", { ...plain, specversion: "0.3" }],
  ["bad-subject", { ...plain, subject: " order-1" }],
  ["bad-subject", { ...plain, subject: "order\u0007" }],
  ["bad-type", { ...plain, type: "x".repeat(201) }],
  ["bad-time", { ...plain, time: "2024-02-31T00:00:00Z" }],
  ["bad-time", { ...plain, time: "2024-02-01 10:00" }],
  ["bad-actor", { ...plain, actor: { name: "ann" } }],
  ["bad-actor", { ...plain, actor: "a\nb" }],
  ["bad-schemaversion", { ...plain, schemaversion: 0 }],
  ["two-data", { ...plain, data: 1, data_base64: "AA==" }],
  ["too-large", { ...plain, data: "x".repeat(1024 * 1024) }],
])("refuses a line by name: %s", (reason, event) => {
  expect(reasonOf(JSON.stringify(event))).toBe(reason);
});

test.each([
  ["invalid-json", '{"specversion":'],
  ["invalid-json", "id,type"],
  ["not-an-object", "[]"],
  ["duplicate-key", '{"id":"1","id":"2"}'],
  ["number-not-exact", `${JSON.stringify(plain).slice(0, -1)},"data":9007199254740993}`],
  ["nul-character", `${JSON.stringify(plain).slice(0, -1)},"data":"\\u0000"}`],
])("refuses a text that is not sound: %s", (reason, text) => {
  expect(reasonOf(text)).toBe(reason);
});

function reasonOf(text: string): string {
  try {
    parseCloudEvent(text, 1);
    return "accepted";
  } catch (error) {
    if (error instanceof LineRefused) return error.reason;
    throw error;
  }
}
