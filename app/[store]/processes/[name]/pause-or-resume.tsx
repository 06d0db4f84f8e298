import { urls } from "@/app/_lib/urls";
import { ActButton } from "@/app/_ui/act-button.client";

/** Stops a process, or lets it go on. */
export function PauseOrResume({ store, name, paused }: { store: string; name: string; paused: boolean }) {
  const act = paused ? "resume" : "pause";
  return (
    <ActButton
      key={act}
      url={urls.api(store, `/processes/${encodeURIComponent(name)}/${act}`)}
      label={paused ? "Resume" : "Pause"}
      done={`${name} ${act}d`}
      icon={paused ? "play" : "pause"}
      keys="p"
      primary={paused}
    />
  );
}
