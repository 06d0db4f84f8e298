import { type APIRequestContext, expect } from "@playwright/test";
import { instance } from "./instance";

const headers = { authorization: `Bearer ${instance.token}` };
const api = (path: string) => `${instance.url}/api/v1/local${path}`;

/** A person of the demo's store: an id that nobody else has, and the event in which something is sealed for them. */
export type SomePerson = { readonly subject: string; readonly event: string; readonly stream: string };

/** Somebody for whom something is sealed now. */
export async function newPerson(request: APIRequestContext, name: string): Promise<SomePerson> {
  const subject = `${name}-${crypto.randomUUID()}`;
  const stream = `order-of-${subject}`;
  const data = { customerId: subject, name: "Ada King", email: `${subject}@example.org` };
  const answer = await request.post(api(`/streams/${stream}/events`), {
    headers,
    data: { expectedVersion: "none", events: [{ type: "CartOpened", data }] },
  });
  expect(answer.status(), await answer.text()).toBe(201);
  const { events } = await (await request.get(api(`/streams/${stream}/events`), { headers })).json();
  return { subject, event: events[0].id, stream };
}

/** An order that somebody has placed now, with where it goes. */
export async function newOrder(request: APIRequestContext): Promise<{ readonly stream: string }> {
  const id = crypto.randomUUID();
  const shipTo = { name: "Ada King", street: "12 Mill Lane", postcode: "CB1 2AB", city: "Cambridge", country: "GB" };
  const asked = [
    ["OpenCart", { customerId: `buyer-${id}`, name: "Ada King", email: `${id}@example.org` }],
    ["AddItem", { sku: "MUG-01", title: "Mug", quantity: 1, unitCents: 1_250 }],
    ["PlaceOrder", { shipTo }],
  ] as const;
  for (const [name, data] of asked) {
    const answer = await request.post(api(`/commands/order/${id}/${name}`), { headers, data });
    expect(answer.status(), await answer.text()).toBe(200);
  }
  return { stream: `order-${id}` };
}

/** Asks that they be forgotten, as the service, and waits until what that would touch is known. */
export async function askedFor(
  request: APIRequestContext,
  { subject }: SomePerson,
  more: { readonly coolingMinutes?: number } = {},
): Promise<string> {
  const data = { subject, reason: "her letter of 3 May", legalBasis: "Art. 17 (1)(b) GDPR", ...more };
  const made = await request.post(api("/shreds"), { headers, data });
  expect(made.status(), await made.text()).toBe(202);
  const { id } = (await made.json()).request;
  await expect
    .poll(async () => (await (await request.get(api(`/shreds/${id}`), { headers })).json()).previewHash, {
      message: "what it would touch is known",
      timeout: 30_000,
    })
    .toEqual(expect.any(String));
  return id;
}

/** The pages of privacy that need somebody: of the person, and of a request about them. */
export async function somePersonsPages(request: APIRequestContext): Promise<{ subject: string; request: string }> {
  const open = await (await request.get(api("/shreds?limit=1"), { headers })).json();
  const [known] = open.requests;
  if (known?.previewHash) return { subject: known.subject, request: known.id };
  const id = await askedFor(request, await newPerson(request, "looked-at"));
  return { subject: (await (await request.get(api(`/shreds/${id}`), { headers })).json()).subject, request: id };
}
