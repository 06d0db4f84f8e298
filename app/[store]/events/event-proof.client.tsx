"use client";
import { useEffect, useState } from "react";
import { urls } from "@/app/_lib/urls";
import { formatCount } from "@/app/_ui/format";
import { Glyph, type Status } from "@/app/_ui/glyph";
import { IdChip } from "@/app/_ui/id-chip";
import { Link } from "@/app/_ui/link.client";
import { checkInclusion, type InclusionAnswer } from "@/lib/kernel/check-inclusion";
import { Fact } from "./fact";

type Proof = InclusionAnswer & { readonly key: string | null };

type Look = {
  readonly status: Status;
  readonly words: string;
  readonly proof?: Proof;
  readonly leaf?: string;
  /** Whether to look again, because a checkpoint will speak of the event soon. */
  readonly again?: boolean;
};

const AGAIN_MS = 2_000;
const CHECKING: Look = { status: "stale", words: "Recomputing the proof in this browser …" };

/** The proof of an event, recomputed here: the server's word is taken for nothing but what the checkpoint was signed over. */
export function EventProof({ store, id }: { store: string; id: string }) {
  const [look, setLook] = useState<Look>(CHECKING);
  useEffect(() => {
    const leaving = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const check = async () => {
      const found = await lookAt(store, id, leaving.signal);
      if (leaving.signal.aborted) return;
      setLook(found);
      if (found.again) timer = setTimeout(check, AGAIN_MS);
    };
    void check();
    return () => {
      leaving.abort();
      clearTimeout(timer);
    };
  }, [store, id]);
  const { status, words, proof, leaf } = look;
  return (
    <section aria-label="Integrity" className="panel">
      <div className="flex h-9 items-center justify-between border-b px-4">
        <h2 className="caps">Integrity</h2>
        {proof === undefined ? null : (
          <Link href={urls.integrity(store, { sel: proof.size })} className="link text-data">
            checkpoint of {formatCount(proof.size)}
          </Link>
        )}
      </div>
      <p data-status={status} className="flex items-baseline gap-2 px-4 py-2">
        <Glyph status={status} />
        <span>{words}</span>
      </p>
      {proof === undefined || leaf === undefined ? null : (
        <dl className="border-t py-1">
          <Fact label="leaf">
            <IdChip id={leaf} what="leaf hash" whole />
          </Fact>
          <Fact label="place">
            leaf {formatCount(proof.index)} of {formatCount(proof.size)}, proved by {proof.path.length} hashes
          </Fact>
        </dl>
      )}
    </section>
  );
}

async function lookAt(store: string, id: string, signal: AbortSignal): Promise<Look> {
  if (globalThis.crypto?.subtle === undefined) {
    return {
      status: "stale",
      words: "Not checked: browsers compute SHA-256 only for pages of https and of localhost.",
    };
  }
  try {
    const [asked, shown] = await Promise.all([
      fetch(urls.api(store, "/integrity/inclusion", { event: id }), { signal }),
      fetch(urls.api(store, `/events/${encodeURIComponent(id)}`), { signal }),
    ]);
    const answer: unknown = await asked.json();
    if (!asked.ok) return refused(answer as { code?: string; detail?: string });
    if (!shown.ok) return { status: "stale", words: `Not checked: the event could not be read (${shown.status}).` };
    const proof = answer as Proof;
    const { leaf, fits, signed } = await checkInclusion(await shown.text(), proof, proof.key);
    return { ...verdict(fits, signed), proof, leaf };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { status: "stale", words: `Not checked: ${why}` };
  }
}

function refused({ code, detail }: { readonly code?: string; readonly detail?: string }): Look {
  if (code === "not-yet") return { status: "stale", words: "No checkpoint speaks of this event yet.", again: true };
  if (code === "not-found")
    return { status: "bad", words: "The Merkle log knows of no event at this position: it was inserted." };
  return { status: "stale", words: `Not checked: ${detail ?? "the store did not answer"}` };
}

function verdict(fits: boolean, signed: boolean | null): { readonly status: Status; readonly words: string } {
  if (!fits) return { status: "bad", words: "The proof does not hold: this is not the event that was recorded." };
  if (signed === false)
    return { status: "bad", words: "The proof holds, but its checkpoint was not signed by the log's key." };
  if (signed === null)
    return { status: "warn", words: "The proof holds; this browser cannot check the signature of its checkpoint." };
  return { status: "ok", words: "As it was recorded: recomputed in this browser up to a signed checkpoint." };
}
