/** Three buttons: as the system, light, dark. */
import type { ReactNode } from "react";
import { AutoIcon, MoonIcon, SunIcon } from "../ui/icons";
import { chooseTheme, THEMES, type Theme, useTheme } from "./theme";

const LOOKS: Record<Theme, { label: string; icon: ReactNode }> = {
  system: { label: "Theme as the system", icon: <AutoIcon /> },
  light: { label: "Light theme", icon: <SunIcon /> },
  dark: { label: "Dark theme", icon: <MoonIcon /> },
};

export function ThemeToggle() {
  const chosen = useTheme();
  return (
    <div className="theme-toggle">
      {THEMES.map((theme) => (
        <button
          key={theme}
          type="button"
          aria-label={LOOKS[theme].label}
          title={LOOKS[theme].label}
          aria-pressed={theme === chosen}
          onClick={() => chooseTheme(theme)}
        >
          {LOOKS[theme].icon}
        </button>
      ))}
    </div>
  );
}
