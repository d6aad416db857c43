/** What the account shares with others, and what it takes from them. */
import { useAccountParam } from "./AccountLayout";
import { ExportsSection } from "./ExportsSection";
import { ImportsSection } from "./ImportsSection";

export function SharingPage() {
  const account = useAccountParam();
  return (
    <div className="stack sections">
      <ExportsSection account={account} />
      <ImportsSection account={account} />
    </div>
  );
}
