"""What the tests of the console share: one world, and a browser for each language, started when the first test wants them."""

import atexit
import tempfile
import unittest
from functools import cache

from browser import Browser
from world import World

PAGES = {
    "models": ("#/", "fraud-score"), "model": ("#/models/fraud-score", "fraud-score"),
    "deployed": ("#/models/churn", "churn"), "signed": ("#/models/delivery-time", "delivery-time"),
    "failing": ("#/models/sentiment", "sentiment"), "unservable": ("#/models/lifetime-value", "lifetime-value"),
    "live": ("#/live", "p99"), "health": ("#/health", "MLflow"),
}
# What each language calls a few things.
WORDS = {
    "en": {"ready": "Ready", "title": "Models", "key": "Who calls?", "answers": "Answers", "silent": "Does not answer"},
    "pt": {"ready": "Pronto", "title": "Modelos", "key": "Quem está chamando?", "answers": "Responde", "silent": "Não responde"},
}


@cache
def world():
    folder = tempfile.TemporaryDirectory()
    # The last that is registered is the first that is done.
    atexit.register(folder.cleanup)
    world = World(folder.name)
    atexit.register(world.stop)
    world.start()
    return world


@cache
def browser_for(language):
    browser = Browser(language)
    atexit.register(browser.close)
    return browser


class ConsoleCase(unittest.TestCase):
    def setUp(self):
        self.world = world()
        self.browsers = {language: browser_for(language) for language in WORDS}
        for browser in self.browsers.values():
            browser.open(self.world.hub)
            browser.run("sessionStorage.clear()")
            browser.resize(1280, 900)
            browser.log()

    def open(self, browser, page, hub=None):
        fragment, sign = PAGES[page]
        browser.open(f"{hub or self.world.hub}/{fragment}")
        browser.wait_text(sign)

    def use_key(self, browser, name, page="models"):
        browser.open(f"{self.world.keyed}/{PAGES[page][0]}")
        field = browser.wait(lambda: browser.one("#key"), "nobody asks for the key")
        field.send_keys(self.world.keys[name])
        browser.one("button[type=submit]").click()
        browser.wait(lambda: not browser.all("#key"), "the key is not taken")

    def expect_silence(self, browser, of=""):
        log = browser.log()
        if not self.world.has_diagnosis:
            # A browser notes down each answer of an error, also that there is no such route.
            log = [line for line in log if "/diagnosis" not in line]
        self.assertEqual(log, [], of)
