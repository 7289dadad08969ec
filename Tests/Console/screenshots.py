"""The pictures of docs/console.md: `make console` takes them anew.

    screenshots.py [--minutes M]      after so much traffic (default 3)
"""

import argparse
import tempfile
import time
from io import BytesIO
from pathlib import Path

from PIL import Image

from browser import Browser
from world import ROOT, World

FOLDER = ROOT / "docs/console"
# Of the palette that a picture is kept with: a page has few colours, and its text few shades of them.
COLOURS = 256


class Pictures:
    def __init__(self, world):
        self.world = world

    def take(self, name, fragment, *signs, language="en", scheme="light", width=1280, height=None, hub=None, before=None):
        browser = Browser(language)
        try:
            browser.colours(scheme)
            browser.resize(width, 800)
            browser.open(f"{hub or self.world.hub}/{fragment}")
            browser.wait_text(*signs)
            if before:
                before(browser)
            # What comes a moment later: the replicas' health, the newest second.
            time.sleep(2)
            browser.resize(width, height or max(browser.run("return document.documentElement.scrollHeight"), 600))
            time.sleep(1)
            picture = Image.open(BytesIO(browser.driver.get_screenshot_as_png())).convert("RGB")
            small = with_palette(picture)
            FOLDER.mkdir(exist_ok=True)
            small.save(FOLDER / f"{name}.png", optimize=True)
            print(f"{name}: {picture.width} × {picture.height}, {(FOLDER / name).with_suffix('.png').stat().st_size // 1024} KB")
        finally:
            browser.close()

    def all(self):
        self.take("models", "#/", "fraud-score")
        self.take("model", "#/models/churn", "churn", "Ready", before=self.try_it)
        self.take("signature", "#/models/delivery-time", "No such column", scheme="dark")
        self.take("deployment", "#/models/sentiment", "cannot be loaded", language="pt")
        self.take("live", "#/live", "ENTITY_NOT_FOUND", scheme="dark")
        self.take("telephone", "#/", "fraud-score", language="pt", width=375, height=760)
        self.take("key", "", "Who calls?", hub=self.world.keyed, height=600)
        self.world.end_database()
        self.take("health", "#/health", "Does not answer")

    @staticmethod
    def try_it(browser):
        browser.wait(lambda: browser.all(".chip"), "there are no entities to pick")[1].click()
        browser.wait_text("answered in", "monthly_charge")


def with_palette(picture):
    """With the commonest colours, each as it is, and the others as the next of them: a palette that is reckoned changes the
    page's own."""
    colours = sorted(picture.getcolors(picture.width * picture.height), reverse=True)[:COLOURS]
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for _, colour in colours for part in colour])
    return picture.quantize(palette=palette, dither=Image.Dither.NONE)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        try:
            world.start()
            print(f"{options.minutes:g} minutes of traffic, for the charts", flush=True)
            time.sleep(options.minutes * 60)
            Pictures(world).all()
        finally:
            world.stop()


if __name__ == "__main__":
    main()
