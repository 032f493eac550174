# SPDX-License-Identifier: Apache-2.0
"""A page in a real browser (Chromium without a window): what it looks like, and what it says of itself."""

import html
import json
import os
import re
import subprocess

from guest import Failure

# Notes what goes wrong from the first script on; in the end leaves what was found in the page.
WATCH = """<script>
window.troubles = [];
window.addEventListener("error", (event) => window.troubles.push(String(event.message)));
window.addEventListener("unhandledrejection", (event) => window.troubles.push(String(event.reason)));
for (const level of ["error", "warn"]) console[level] = (...words) => window.troubles.push(words.join(" "));
</script>"""


def open_page(path, probe, folder, dark=False, width=1280, height=2400, timeout=120):
    """What the function `probe` (JavaScript) gives once the page is there, and a picture of it (a path)."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    text = text.replace("<head>", "<head>" + WATCH, 1)
    text = text.replace("</body>", f"""<script>
      const found = document.createElement("pre");
      let answer;
      try {{ answer = ({probe})(); }} catch (error) {{ window.troubles.push(String(error)); }}
      found.id = "answer";
      found.hidden = true;
      found.textContent = JSON.stringify({{answer, troubles: window.troubles}});
      document.body.append(found);
    </script></body>""", 1)
    watched, picture = os.path.join(folder, "watched.html"), os.path.join(folder, f"{width}-{'dark' if dark else 'light'}.png")
    with open(watched, "w", encoding="utf-8") as file:
        file.write(text)
    common = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
              f"--user-data-dir={folder}/profile", f"--window-size={width},{height}",
              f"--blink-settings=preferredColorScheme={0 if dark else 1}"]
    answer = subprocess.run(common + ["--dump-dom", "file://" + watched], timeout=timeout, check=True, text=True,
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    subprocess.run(common + ["--screenshot=" + picture, "file://" + path], timeout=timeout, check=True,
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    said = re.search(r'<pre id="answer"[^>]*>(.*?)</pre>', answer, re.S)
    if not said:
        raise Failure(f"{path}: the page has no answer: {answer[-1000:]}")
    found = json.loads(html.unescape(said.group(1)))
    if found["troubles"]:
        raise Failure(f"{path}: the browser reports {found['troubles'][:5]}")
    return found["answer"], picture
