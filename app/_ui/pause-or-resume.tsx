import { ActButton } from "./act-button.client";

/** Stops what consumes the log, or lets it go on. `url` is its address in the API, `name` what it is called. */
export function PauseOrResume({ url, name, paused }: { url: string; name: string; paused: boolean }) {
  return paused ? (
    <ActButton
      key="resume"
      url={`${url}/resume`}
      label="Resume"
      done={`${name} resumed`}
      icon="play"
      keys="r"
      primary
    />
  ) : (
    <ActButton key="pause" url={`${url}/pause`} label="Pause" done={`${name} paused`} icon="pause" keys="p" />
  );
}
