/** What someone may do: each role may do all that the ones before it may, except that privacy stands apart. */
export type Role = "viewer" | "operator" | "privacy-officer" | "admin";

/** Who is asking, once it is proven. `id` goes into the audit log and into event metadata. */
export type Principal = { readonly id: string; readonly role: Role; readonly via: "token" | "session" };

const ALLOWED: Readonly<Record<Role, ReadonlySet<Role>>> = {
  viewer: new Set(["viewer"]),
  operator: new Set(["viewer", "operator"]),
  "privacy-officer": new Set(["viewer", "privacy-officer"]),
  admin: new Set(["viewer", "operator", "privacy-officer", "admin"]),
};

/** Whether `principal` may do what asks for `needed`. */
export function hasRole(principal: Principal, needed: Role): boolean {
  return ALLOWED[principal.role].has(needed);
}
