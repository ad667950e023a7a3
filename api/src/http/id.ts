import { z } from '@hono/zod-openapi';

/**
 * An id that came from outside. Small letters only: it is compared with ids of the database as text, and bound into what is sealed,
 * so one row must have one spelling.
 */
export const idInput = z.uuid().refine((id) => id === id.toLowerCase(), 'small letters only');
