import { TidemarkError, Unavailable } from "@/lib/kernel/errors";

/** The key store cannot be asked now: nothing is known about any key, and the same call may succeed later. */
export class KeyStoreDown extends Unavailable {
  constructor(why: string, cause?: unknown) {
    super(
      `The key store cannot be asked (${why}). Nothing was sealed or opened. Bring it back, then try again.`,
      cause,
    );
  }
}

/** The person's key was destroyed: nothing new is sealed for them until an operator begins a new epoch. */
export class SubjectForgotten extends TidemarkError {
  /** `subject` is the digest, never the identifier; `epoch` the one that was destroyed. */
  constructor(
    readonly subject: string,
    readonly epoch: number,
    destroyedAt: string,
  ) {
    super(
      "subject-forgotten",
      "This person was forgotten: their key is destroyed, and nothing new can be sealed for them. To take them up again, an operator begins a new epoch.",
      { subject, epoch, destroyedAt },
    );
  }
}

/** The key store is not the one that sealed this store's events. Nothing was read from it. */
export class WrongKeyStore extends TidemarkError {
  constructor(message: string, facts: { readonly expected: string | null; readonly found: string | null }) {
    super("conflict", message, facts);
  }
}
