"use client";
import { urls } from "@/app/_lib/urls";
import { PersonAct } from "./person-act";

/** Begins the file that is handed to a person who asks what is held about them, and goes to its run. */
export function HandOver({ store, digest }: { store: string; digest: string }) {
  return (
    <PersonAct
      store={store}
      digest={digest}
      path="export"
      act="export-person"
      label="Export"
      confirm="Export what is held about this person"
      done="Export begun"
      next={(answer) => urls.run(store, (answer as { run: { id: string } }).run.id)}
    >
      A run writes the events in which something is sealed for this person, and the rows of read models in which they
      stand, into a file: their values opened, what is or may be somebody else&apos;s masked. It is kept for a week, and
      removed when the person is forgotten. Every download is in the audit.
    </PersonAct>
  );
}
