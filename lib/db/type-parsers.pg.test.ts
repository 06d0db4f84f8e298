import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { isoOfMicroseconds } from "./type-parsers";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

test("a time that comes as microseconds reads as the same time that comes as text", async () => {
  const { rows } = await database.pool.query<{ hex: string; text: string }>(
    `select encode(timestamptz_send(at), 'hex') as hex, at as text from (
       select timestamptz '1999-12-31 23:59:58Z' + n * interval '0.100001 s' from generate_series(0, 60) as n
       union all select timestamptz '1720-01-01Z' + n * interval '3 days 01:02:03.000405' from generate_series(0, 60000, 7) as n
       union all values (timestamptz 'infinity'), ('-infinity'), ('2038-01-19 03:14:08Z')) as t(at)`,
  );
  expect(rows.length).toBeGreaterThan(8_000);
  expect(rows.map(({ hex }) => isoOfMicroseconds(hex))).toEqual(rows.map(({ text }) => text));
});
