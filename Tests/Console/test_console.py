"""The console in Chromium, before real hubs: `make test` runs this."""

import json
import re
import subprocess
import tempfile
import unittest
from urllib.parse import quote

from browser import Browser
from world import HOSTILE, KEYS, PYTHON, World, post

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


def setUpModule():
    global world, browsers, folder
    folder = tempfile.TemporaryDirectory()
    unittest.addModuleCleanup(folder.cleanup)
    world = World(folder.name)
    unittest.addModuleCleanup(world.stop)
    world.start()
    browsers = {}
    for language in WORDS:
        browsers[language] = Browser(language)
        unittest.addModuleCleanup(browsers[language].close)


class ConsoleCase(unittest.TestCase):
    def setUp(self):
        for browser in browsers.values():
            browser.open(world.hub)
            browser.run("sessionStorage.clear()")
            browser.resize(1280, 900)
            browser.log()

    def open(self, browser, page, hub=None):
        fragment, sign = PAGES[page]
        browser.open(f"{hub or world.hub}/{fragment}")
        browser.wait_text(sign)

    def use_key(self, browser, name, page="models"):
        browser.open(f"{world.keyed}/{PAGES[page][0]}")
        field = browser.wait(lambda: browser.one("#key"), "nobody asks for the key")
        field.send_keys(world.keys[name])
        browser.one("button[type=submit]").click()
        browser.wait(lambda: not browser.all("#key"), "the key is not taken")

    def expect_silence(self, browser, of=""):
        self.assertEqual(browser.log(), [], of)


class Pages(ConsoleCase):
    def test_each_page_in_both_languages_and_colours(self):
        for language, browser in browsers.items():
            for page in PAGES:
                for scheme in ("light", "dark"):
                    with self.subTest(language=language, page=page, scheme=scheme):
                        browser.colours(scheme)
                        self.open(browser, page)
                        browser.wait_text(WORDS[language]["ready"])
                        self.assertEqual(browser.run("return document.documentElement.lang"), {"en": "en", "pt": "pt-BR"}[language])
                        self.assertIn("Palantir", browser.driver.title)
                        self.assertEqual(browser.complaints(), [])
                        self.expect_silence(browser)
            browser.colours("light")

    def test_each_page_on_a_telephone(self):
        browser = browsers["pt"]
        for page in PAGES:
            with self.subTest(page=page):
                browser.resize(375, 720)
                self.open(browser, page)
                browser.wait_text("Pronto")
                self.assertLessEqual(browser.run("return document.scrollingElement.scrollWidth"), 375)
                self.assertEqual(browser.complaints(), [])

    def test_every_text_is_there_in_both_languages(self):
        missing = browsers["en"].run("""
            return import("/console/words.js").then(({ words }) => Object.entries(words)
                .filter(([name, texts]) => texts.length !== 2 || texts.some((text) => !text)
                    || String(texts[0].match(/\\{\\w+\\}/g)?.sort()) !== String(texts[1].match(/\\{\\w+\\}/g)?.sort()))
                .map(([name]) => name))""")
        self.assertEqual(missing, [])

    def test_the_keyboard_reaches_everything_in_the_order_in_which_it_is_read(self):
        browser = browsers["en"]
        for page in PAGES:
            with self.subTest(page=page):
                self.open(browser, page)
                browser.wait_text("Ready")
                browser.run("document.activeElement.blur()")
                found = []
                for _ in range(120):
                    browser.driver.switch_to.active_element.send_keys("\ue004")
                    place = browser.run("""
                        const focused = document.activeElement;
                        if (focused === document.body) return null;
                        const box = focused.getBoundingClientRect();
                        window.focusOrder ??= [...document.querySelectorAll("*")];
                        return { order: [...document.querySelectorAll("*")].indexOf(focused), width: box.width,
                            outline: getComputedStyle(focused).outlineStyle, tag: focused.tagName, text: focused.textContent }""")
                    if place is None or (found and place["order"] < found[-1]["order"]):
                        break
                    found.append(place)
                self.assertIn("Skip", found[0]["text"])
                self.assertGreater(len(found), 4)
                for place in found:
                    self.assertGreater(place["width"], 0, place)
                    self.assertNotEqual(place["outline"], "none", place)

    def test_names_and_descriptions_stay_text(self):
        browser = browsers["en"]
        self.open(browser, "models")
        browser.wait_text(HOSTILE, "<b>bold</b>")
        browser.open(f"{world.hub}/#/models/{quote(HOSTILE, safe='')}")
        browser.wait_text(HOSTILE)
        browser.wait(lambda: browser.all(".chip"), "there are no entities to pick")
        self.assertEqual(browser.all("img[src=x]"), [])
        self.expect_silence(browser)


class Models(ConsoleCase):
    def test_search_and_filter(self):
        browser = browsers["en"]
        self.open(browser, "models")
        browser.wait_text("9 models")
        for query, names in {"fraud": ["fraud-score"], "churn_features": ["churn", "recommendations", "sentiment"], "zzz": []}.items():
            search = browser.one("#search")
            search.clear()
            search.send_keys(query)
            self.assertEqual({cell.text for cell in browser.all(".name a")}, set(names))
        browser.wait_text("No model matches.")
        browser.one("#search").clear()
        browser.one("#search").send_keys("l")
        browser.button("Need attention").click()
        self.assertEqual(browser.button("Need attention").get_attribute("aria-pressed"), "true")
        self.assertIn("credit-limit", browser.text)
        self.assertNotIn("recommendations", browser.text)

    def test_a_signature_stands_beside_the_tables_columns(self):
        browser = browsers["en"]
        self.open(browser, "signed")
        browser.wait_text("2 mismatches", "No such column", "Another type")

    def test_replicas_and_their_health(self):
        browser = browsers["en"]
        self.open(browser, "model")
        browser.wait_text("Healthy", "Suspended", "in a row")

    def test_a_deployment_with_its_log(self):
        browser = browsers["en"]
        self.open(browser, "deployed")
        browser.wait_text("this hub", "Runs on", "Nothing was written yet.")
        self.open(browser, "failing")
        browser.wait_text("Last error", "Failed", seconds=30)
        browser.wait(lambda: "this model cannot be loaded" in browser.one(".log").text, "the log does not tell why")
        self.expect_silence(browser)

    def test_an_entity_is_picked_and_predicted(self):
        browser = browsers["en"]
        self.open(browser, "deployed")
        chip = browser.wait(lambda: browser.all(".chip"), "there are no entities to pick")[1]
        entity = chip.text
        chip.click()
        browser.wait_text("Version 1 answered in", "monthly_charge", "registry", "network and the rest")
        answer = post(f"{world.hub}/predict", {"model_name": "churn", "id": entity})["predictions"][entity]
        for label, value in answer.items():
            self.assertIn(f"{round(value, 4):.4f}".rstrip("0").rstrip("."), browser.text)
        # What it shows to copy does the same.
        self.assertEqual(self.run_shell(browser.one("#code").text)["predictions"][entity], answer)
        browser.one("#code-0").send_keys("\ue014")
        code = browser.one("#code").text
        self.assertIn("import requests", code)
        done = subprocess.run([PYTHON, "-c", code], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.stdout.strip(), str(answer), done.stderr)
        self.expect_silence(browser)

    def test_an_entity_that_is_not_there(self):
        browser = browsers["pt"]
        self.open(browser, "deployed")
        field = browser.one("#entity")
        browser.wait(lambda: field.get_attribute("value"), "no entity is offered")
        field.clear()
        field.send_keys("nobody 'here'\n")
        browser.wait_text("ENTITY_NOT_FOUND", "Requisição")
        # The shell takes the quotes as they are.
        self.assertEqual(self.run_shell(browser.one("#code").text)["code"], "ENTITY_NOT_FOUND")

    def run_shell(self, code):
        done = subprocess.run(["sh", "-c", code.replace("curl ", "curl --silent --noproxy '*' ", 1)], capture_output=True, text=True, timeout=20)
        return json.loads(done.stdout)


class Live(ConsoleCase):
    def test_what_it_shows_is_what_was_asked(self):
        browser = browsers["en"]
        self.open(browser, "live")
        browser.wait(lambda: float(browser.one(".tile .value").text.split()[0]) > 5, "no requests are seen")
        browser.wait_text("ENTITY_NOT_FOUND", "of 4")
        paths = browser.wait(lambda: [path.get_attribute("d") for path in browser.all(".chart .line, .chart .solid")], "nothing is drawn")
        self.assertTrue(all("NaN" not in path for path in paths))
        self.assertRegex(browser.one(".plot svg").get_attribute("aria-label"), r"Requests per second: requests now \d")
        browser.button("Pause").click()
        browser.button("Resume")


class Keys(ConsoleCase):
    def test_the_key_is_asked_for_and_kept_in_the_tab_only(self):
        for language, browser in browsers.items():
            with self.subTest(language=language):
                self.open_keyed(browser)
                browser.wait_text(WORDS[language]["key"])
                self.assertEqual(browser.complaints(), [])
                self.expect_silence(browser)
                self.use_key(browser, "operator")
                browser.wait_text("key:operator", "fraud-score")
                self.expect_silence(browser)
                self.assertEqual(browser.run("return [localStorage.length, document.cookie, sessionStorage.length]"), [0, "", 1])
                for page in PAGES:
                    self.open(browser, page, world.keyed)
                    browser.wait_text("key:operator")
                    self.expect_silence(browser, page)
                browser.wait(lambda: browser.one(".who button"), "there is no way to forget the key").click()
                browser.wait_text(WORDS[language]["key"])
                self.assertEqual(browser.run("return sessionStorage.length"), 0)

    def open_keyed(self, browser):
        browser.open(world.keyed)
        browser.run("sessionStorage.clear()")
        browser.open(world.keyed)

    def test_a_wrong_key_is_told(self):
        browser = browsers["en"]
        self.open_keyed(browser)
        browser.wait(lambda: browser.one("#key"), "nobody asks for the key").send_keys("pal_wrong\n")
        browser.wait_text("That key was not taken.")
        self.assertEqual(browser.run("return sessionStorage.length"), 0)
        # It is the browser that notes down the answer 401.
        self.assertTrue(all("401" in line for line in browser.log()))

    def test_a_caller_of_fewer_scopes_sees_what_it_may(self):
        browser = browsers["en"]
        for name, missing in {"shop": ["models"], "reader": ["admin"]}.items():
            self.open_keyed(browser)
            self.use_key(browser, name)
            for page in PAGES:
                with self.subTest(key=name, page=page):
                    browser.open(f"{world.keyed}/{PAGES[page][0]}")
                    browser.wait_text(f"key:{name}")
                    scope = "admin" if page == "live" else missing[0]
                    if (name, page) != ("reader", "health"):
                        browser.wait_text(f"lacks the scope “{scope}”")
                    self.assertEqual(browser.complaints(), [])
                    self.expect_silence(browser)
            self.assertEqual(set(KEYS[name]) & set(missing), set())


class Faults(ConsoleCase):
    """Last, since they take what the others need."""

    def each_page(self, *allowed):
        for language, browser in browsers.items():
            for page in PAGES:
                with self.subTest(language=language, page=page):
                    self.open(browser, page)
                    self.assertEqual(browser.complaints(), [])
                    unexpected = [line for line in browser.log() if not any(re.search(one, line) for one in allowed)]
                    self.assertEqual(unexpected, [])

    def test_with_the_database_down(self):
        world.end_database()
        try:
            for language, browser in browsers.items():
                self.open(browser, "health")
                browser.wait_text(WORDS[language]["silent"], {"en": "Not ready", "pt": "Não está pronto"}[language])
            self.each_page()
        finally:
            world.start_database()
        self.open(browsers["en"], "health")
        browsers["en"].wait(lambda: "Ready" in browsers["en"].one(".top").text, "the hub is not ready again", 30)

    def test_with_mlflow_down(self):
        world.end_mlflow()
        try:
            for language, browser in browsers.items():
                self.open(browser, "health")
                browser.wait_text(WORDS[language]["silent"], {"en": "Ready, MLflow seen", "pt": "Pronto, MLflow visto"}[language])
            self.each_page()
            # The hub goes on.
            browser = browsers["en"]
            self.open(browser, "deployed")
            browser.wait(lambda: browser.all(".chip"), "there are no entities to pick")[0].click()
            browser.wait_text("Version 1 answered in")
        finally:
            world.start_mlflow()


if __name__ == "__main__":
    unittest.main()
