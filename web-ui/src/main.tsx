/** Starts the console. */
import "./styles/index.css";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { newQueryClient } from "./api/queries";
import { router } from "./router";
import { getSession, subscribe } from "./session/session";
import { applyTheme } from "./shell/theme";
import { clearToasts } from "./ui/toasts";

applyTheme();

const queries = newQueryClient();
subscribe(() => {
  if (getSession().token !== null) return;
  // What one session has read, the next one may not see.
  queries.clear();
  clearToasts();
  void router.invalidate();
});

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has an element with the id root");
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
