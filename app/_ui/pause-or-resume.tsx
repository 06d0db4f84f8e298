import { ActButton } from "./act-button.client";

/** Stops what consumes the log, or lets it go on. `url` is its address in the API, `name` what it is called. */
export function PauseOrResume({ url, name, paused }: { url: string; name: string; paused: boolean }) {
  return paused ? (
    <ActButton
      key="resume"
      url={`${url}/resume`}
      label="Resume"
      means="It goes on from where it stood."
      done={`${name} resumed`}
      icon="play"
      keys="r"
      primary
    />
  ) : (
    <ActButton
      key="pause"
      url={`${url}/pause`}
      label="Pause"
      means="It stops where it stands, and what it has written stays readable. Resume goes on from there."
      done={`${name} paused`}
      icon="pause"
      keys="p"
    />
  );
}
