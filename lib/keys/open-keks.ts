import { type KekDriver, kekIsMissing } from "@/lib/keys/kek";
import { type KekLines, openKekLines } from "@/lib/keys/kek-file";
import { openKms } from "@/lib/keys/kek-kms";
import { openToken } from "@/lib/keys/kek-pkcs11";
import type { TokenKeys } from "@/lib/keys/token-address";

/** One place of key-encryption keys: lines of text, a file of them, keys of AWS KMS by their ARNs, or keys of a token; the newest last. */
export type KekPlace = KekLines | { readonly kms: readonly string[] } | { readonly pkcs11: TokenKeys };

/** Where the key-encryption keys are, and where older ones are that still open something while a rotation moves away from them. */
export type KekSource = KekPlace & { readonly older?: readonly KekPlace[] };

/** Opens the driver of a source. Nobody is asked anything before the first call. */
export function openKeks(source: KekSource): KekDriver {
  const newest = openPlace(source);
  const older = (source.older ?? []).map(openPlace);
  return older.length === 0 ? newest : beside(newest, older);
}

function openPlace(place: KekPlace): KekDriver {
  if ("kms" in place) return openKms(place.kms);
  return "pkcs11" in place ? openToken(place.pkcs11) : openKekLines(place);
}

/** Wraps with the newest driver and opens with whichever has the key. */
function beside(newest: KekDriver, older: readonly KekDriver[]): KekDriver {
  const drivers = [newest, ...older];
  return {
    given: async () => {
      const own = await newest.given();
      const others = (await Promise.all(older.map((driver) => driver.given()))).flat();
      return [...others.filter(({ id }) => !own.some((kek) => kek.id === id)), ...own];
    },
    wrap: newest.wrap,
    unwrap: async (wrapped, about) => {
      for (const driver of drivers) {
        const given = await driver.given();
        if (given.some(({ id }) => id === wrapped.kek)) return driver.unwrap(wrapped, about);
      }
      throw kekIsMissing(wrapped.kek);
    },
    close: async () => {
      await Promise.all(drivers.map((driver) => driver.close()));
    },
  };
}
