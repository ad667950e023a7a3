import type { Locale } from '#lib/locale.ts';
import type { Theme } from '#lib/theme.ts';

declare global {
  namespace App {
    interface Locals {
      locale: Locale;
      theme: Theme;
      /** Set-Cookie lines of the API, passed on to the browser as they are. */
      apiCookies: string[];
    }
  }
}

export {};
