"use client";
import { Bookmark, Trash2 } from "lucide-react";
import { useRouter } from "next/navigation";
import { useId, useState, useTransition } from "react";
import { urls } from "@/app/_lib/urls";
import type { ViewPage } from "@/lib/kernel/console-address";
import type { SavedView } from "@/lib/queries/saved-views";
import { announce } from "./announce";
import { Link } from "./link.client";
import { askPreview, postAct } from "./post-act";
import { SheetButton } from "./sheet-button.client";

/** The saved views of a list page: opens them, keeps the present one, shares and deletes one's own. Key v. */
export function ViewsMenu({ store, page, owner }: { store: string; page: ViewPage; owner: string }) {
  const router = useRouter();
  const id = useId();
  const [open, setOpen] = useState(false);
  const [views, setViews] = useState<readonly SavedView[]>();
  const [fault, setFault] = useState<string>();
  const [name, setName] = useState("");
  const [pending, start] = useTransition();

  const read = async () => {
    const { answer, problem } = await askPreview(urls.api(store, "/views", { page }));
    setFault(problem);
    if (!problem) setViews((answer as { views: readonly SavedView[] }).views);
  };
  const act = (path: string, body: Readonly<Record<string, unknown>>, done: string) =>
    start(async () => {
      const problem = await postAct(urls.api(store, path), body);
      announce(problem ?? done);
      if (problem) return setFault(problem);
      setName("");
      await read();
      router.refresh();
    });
  const save = (event: React.FormEvent) => {
    event.preventDefault();
    act("/views", { name, address: `${window.location.pathname}${window.location.search}` }, `Saved the view ${name}`);
  };
  return (
    <SheetButton
      className="btn"
      aria-keyshortcuts="v"
      button={
        <>
          <Bookmark size={14} strokeWidth={1.5} aria-hidden="true" />
          Views
        </>
      }
      heading="Saved views of this page"
      open={open}
      onOpenChange={(next) => {
        setOpen(next);
        if (next) void read();
      }}
    >
      <div className="mt-3 flex flex-col gap-3">
        <ViewList store={store} owner={owner} views={views} pending={pending} act={act} onOpen={() => setOpen(false)} />
        <form onSubmit={save} className="flex items-end gap-2">
          <span className="grid flex-1 gap-1">
            <label htmlFor={id}>Save what is shown now as</label>
            <input
              id={id}
              className="field"
              required
              maxLength={100}
              autoComplete="off"
              value={name}
              onChange={(event) => setName(event.target.value)}
            />
          </span>
          <button type="submit" className="btn" data-primary disabled={pending}>
            Save view
          </button>
        </form>
        {fault ? (
          <p role="alert" className="text-bad">
            {fault}
          </p>
        ) : null}
        <button type="button" className="btn self-end" onClick={() => setOpen(false)}>
          Close
        </button>
      </div>
    </SheetButton>
  );
}

type Act = (path: string, body: Readonly<Record<string, unknown>>, done: string) => void;

function ViewList({
  store,
  owner,
  views,
  pending,
  act,
  onOpen,
}: {
  store: string;
  owner: string;
  views: readonly SavedView[] | undefined;
  pending: boolean;
  act: Act;
  onOpen: () => void;
}) {
  if (views === undefined) return <p className="text-muted">Reading…</p>;
  if (views.length === 0) return <p className="text-muted">None yet. A view keeps the filter, not the rows.</p>;
  return (
    <ul aria-label="Saved views" className="grid gap-0.5">
      {views.map((view) => (
        <li key={view.id} className="flex min-h-8 items-center gap-2">
          <Link href={urls.view(store, view)} onClick={onOpen} className="link min-w-0 flex-1 truncate">
            {view.name}
          </Link>
          {view.owner === owner ? (
            <>
              <button
                type="button"
                className="btn"
                aria-pressed={view.shared}
                disabled={pending}
                onClick={() =>
                  act(`/views/${view.id}/share`, { shared: !view.shared }, view.shared ? "Private now" : "Shared")
                }
              >
                {view.shared ? "Shared" : "Private"}
              </button>
              <button
                type="button"
                className="icon-btn"
                aria-label={`Delete the view ${view.name}`}
                disabled={pending}
                onClick={() => act(`/views/${view.id}/delete`, {}, `Deleted the view ${view.name}`)}
              >
                <Trash2 size={15} strokeWidth={1.5} />
              </button>
            </>
          ) : (
            <span className="text-muted text-data">of {view.owner}</span>
          )}
        </li>
      ))}
    </ul>
  );
}
