"use client";
import { Dialog } from "@base-ui/react/dialog";

/** A dialog over the page. The focus goes back to what opened it. */
export function Sheet({
  open,
  onOpenChange,
  opener,
  heading,
  children,
}: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  opener: React.RefObject<HTMLElement | null>;
  heading: string;
  children: React.ReactNode;
}) {
  return (
    <Dialog.Root open={open} onOpenChange={onOpenChange}>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-40 bg-scrim" />
        <Dialog.Popup
          finalFocus={opener}
          className="fixed inset-x-3 top-[12vh] z-50 mx-auto max-h-[76vh] max-w-lg overflow-y-auto rounded-dialog border bg-surface p-5 shadow-xl"
        >
          <Dialog.Title className="font-semibold text-title">{heading}</Dialog.Title>
          {children}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
