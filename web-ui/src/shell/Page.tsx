/** The head of a page: where we are, its title, its one main action. Sets the tab's title too. */
import { type ReactNode, useEffect } from "react";

interface PageProps {
  title: string;
  crumbs?: ReactNode;
  badges?: ReactNode;
  description?: ReactNode;
  action?: ReactNode;
  children: ReactNode;
}

export function Page({ title, crumbs, badges, description, action, children }: PageProps) {
  useDocumentTitle(title);
  return (
    <div className="stack">
      {crumbs ? (
        <nav className="crumbs" aria-label="Breadcrumb">
          {crumbs}
        </nav>
      ) : null}
      <div className="page-head">
        <div>
          <div className="page-title">
            <h1>{title}</h1>
            {badges}
          </div>
          {description ? <p className="muted">{description}</p> : null}
        </div>
        {action}
      </div>
      {children}
    </div>
  );
}

export function useDocumentTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Tidegate`;
  }, [title]);
}
