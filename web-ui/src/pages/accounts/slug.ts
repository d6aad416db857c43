/** The slug that the API will derive from a name, shown while the name is typed. */
const SLUG = /^[a-z][a-z0-9-]{1,62}$/;

export function slugFrom(name: string): string | undefined {
  const slug = name
    .trim()
    .replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "");
  return SLUG.test(slug) ? slug : undefined;
}
