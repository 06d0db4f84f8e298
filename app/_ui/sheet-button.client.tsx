"use client";
import dynamic from "next/dynamic";
import { useRef, useState } from "react";
import { announce } from "./announce";
import { earlyPress } from "./early-press";

const load = () => import("./sheet.client").then((module) => module.Sheet);
const Sheet = dynamic(load);
const ahead = () => void load().catch(() => undefined);

/**
 * A button, and the sheet that it opens. The code of sheets is a sixth of what a list page needs at first, so it is fetched
 * when the pointer or the focus comes to the first such button, or it is pressed.
 */
export function SheetButton({
  open,
  onOpenChange,
  heading,
  button,
  children,
  ...attributes
}: Omit<React.ComponentProps<"button">, "onClick" | "type" | "ref"> & {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  heading: string;
  /** What stands on the button. */
  button: React.ReactNode;
  /** What is in the sheet. */
  children: React.ReactNode;
}) {
  const opener = useRef<HTMLElement>(null);
  const [wanted, setWanted] = useState(false);
  const show = () => {
    setWanted(true);
    onOpenChange(true);
  };
  return (
    <>
      <button
        {...attributes}
        {...earlyPress}
        type="button"
        aria-haspopup="dialog"
        aria-expanded={open}
        onPointerEnter={ahead}
        onFocus={ahead}
        onClick={(event) => {
          opener.current = event.currentTarget;
          load().then(show, () =>
            announce("The server could not be reached, so the sheet cannot open yet. Try again."),
          );
        }}
      >
        {button}
      </button>
      {wanted ? (
        <Sheet open={open} onOpenChange={onOpenChange} opener={opener} heading={heading}>
          {children}
        </Sheet>
      ) : null}
    </>
  );
}
