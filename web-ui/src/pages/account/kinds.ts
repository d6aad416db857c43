/** The two kinds of sharing, in words. */
import type { Choice } from "../../ui/Field";

export const KIND_CHOICES: readonly Choice[] = [
  {
    value: "stream",
    label: "Stream",
    hint: "Messages flow from the exporting account to those that import it.",
  },
  {
    value: "service",
    label: "Service",
    hint: "Importing accounts send requests; the exporting account answers them.",
  },
];
