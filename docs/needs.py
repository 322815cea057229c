"""Says at once what the browser tests need and this machine lacks, with the command that installs it."""

from __future__ import annotations

import shutil
import subprocess
import sys

# Debian's package, and what shows that it is there.
CHROMIUM, CHINESE_FONT = "chromium", "fonts-noto-cjk"
# Without it one test is skipped.
FIREFOX = "firefox-esr"


def missing() -> list[str]:
    """Returns the Debian packages that must be installed before the tests."""
    return [*([] if shutil.which(CHROMIUM) else [CHROMIUM]), *([] if _has_chinese_font() else [CHINESE_FONT])]


def _has_chinese_font() -> bool:
    lister = shutil.which("fc-list")
    if lister is None:
        return False
    return bool(subprocess.run([lister, ":lang=zh"], capture_output=True, check=False).stdout.strip())


def main() -> int:
    """Prints what is missing; 1 when anything is."""
    lacking = missing()
    if lacking:
        what = {CHROMIUM: "Chromium", CHINESE_FONT: "a Chinese font (or fc-list, which finds it)"}
        names = lacking + (["fontconfig"] if CHINESE_FONT in lacking else [])
        sys.stderr.write(
            f"The browser tests need {' and '.join(what[name] for name in lacking)}. On Debian or Ubuntu:\n\n"
            f"    sudo apt-get update && sudo apt-get install --yes {' '.join(names)}\n\n"
        )
    if not shutil.which(FIREFOX):
        sys.stderr.write(f"Without {FIREFOX} the page isn't tested in Firefox: apt-get install {FIREFOX}\n")
    return bool(lacking)


if __name__ == "__main__":
    sys.exit(main())
