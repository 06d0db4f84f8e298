/** The event that says in the log that somebody was forgotten, and the category of its streams, one a request. */
export const tombstone = { type: "SubjectForgotten", category: "forgotten" } as const;

/** The stream of the event that says that a request was carried out; its name says nothing about who was forgotten. */
export function tombstoneStream(request: string): string {
  return `${tombstone.category}-${request}`;
}

/** The request that such a stream is of. */
export function requestOfTombstone(stream: string): string {
  return stream.slice(tombstone.category.length + 1);
}
