import http from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { signWebhook } from "@/lib/alerts/send/send-webhook";
import { readConfig } from "@/lib/runtime/config";
import { witnessesOf } from "@/lib/runtime/witnesses";

test("a webhook gets a signed note under the id of its size, and what it answers decides whether it was taken", async () => {
  const got: { body: string; headers: http.IncomingHttpHeaders }[] = [];
  let status = 200;
  const server = http.createServer(async (request, response) => {
    let body = "";
    for await (const part of request) body += part;
    got.push({ body, headers: request.headers });
    response.writeHead(status).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const secret = `whsec_${"A".repeat(32)}`;
    const env = {
      TIDEMARK_WITNESS_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/notes?token=hidden`,
      TIDEMARK_WITNESS_SECRET: secret,
    };
    const checkpoint = { size: 7, position: "9", note: "a note\n", signedAt: "2026-11-27T08:00:00Z" };
    const [shut] = witnessesOf(readConfig(env));
    expect(await shut?.publish(checkpoint)).toContain("TIDEMARK_ALERT_TARGETS=loopback");
    const [witness, ...more] = witnessesOf(readConfig({ ...env, TIDEMARK_ALERT_TARGETS: "loopback" }));
    expect([witness?.name, more]).toEqual([expect.not.stringContaining("hidden"), []]);
    expect(await witness?.publish(checkpoint)).toBeNull();
    status = 503;
    expect(await witness?.publish(checkpoint)).toBe("the receiver answered 503");
    const [{ body, headers } = { body: "", headers: {} }, again] = got;
    expect([got.length, again?.body]).toEqual([2, body]);
    expect(JSON.parse(body)).toEqual({
      ...{ type: "checkpoint.signed", timestamp: checkpoint.signedAt },
      data: { size: 7, position: "9", note: "a note\n" },
    });
    const [id, timestamp] = [String(headers["webhook-id"]), String(headers["webhook-timestamp"])];
    expect(id).toBe("msg_checkpoint_7");
    expect(headers["webhook-signature"]).toBe(signWebhook({ id, timestamp, body, secret }));
  } finally {
    server.close();
  }
});

test("a bucket is named by its address; without a prefix, notes lie at its root", () => {
  const bucket = (env: Readonly<Record<string, string>>) => readConfig(env).witness.bucket;
  expect(witnessesOf(readConfig({ TIDEMARK_WITNESS_S3: "s3://notes/shop/eu" })).map(({ name }) => name)).toEqual([
    "bucket notes/shop/eu/",
  ]);
  expect(bucket({ TIDEMARK_WITNESS_S3: "s3://notes" })).toEqual({
    ...{ bucket: "notes", prefix: "", keptDays: null, pathStyle: false },
  });
  const elsewhere = { AWS_ENDPOINT_URL_S3: "https://s3.example.org", TIDEMARK_WITNESS_S3_DAYS: "3650" };
  expect(bucket({ TIDEMARK_WITNESS_S3: "s3://notes/shop/", ...elsewhere })).toEqual({
    ...{ bucket: "notes", prefix: "shop/", keptDays: 3_650, pathStyle: true },
  });
  for (const bad of ["notes", "https://notes.example.org", "s3://Notes", "s3://notes/a b", "s3://x"]) {
    expect(() => bucket({ TIDEMARK_WITNESS_S3: bad }), bad).toThrow("TIDEMARK_WITNESS_S3: must be s3://bucket");
  }
});
