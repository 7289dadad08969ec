"""Each page as it is read: in both languages and colours, by keyboard, on a telephone."""

from urllib.parse import quote

from suite import PAGES, WORDS, ConsoleCase
from world import HOSTILE


class Pages(ConsoleCase):
    def test_each_page_in_both_languages_one_light_and_one_dark(self):
        for (language, browser), scheme in zip(self.browsers.items(), ("light", "dark")):
            browser.colours(scheme)
            for page in PAGES:
                with self.subTest(language=language, page=page):
                    self.open(browser, page)
                    browser.wait_text(WORDS[language]["ready"])
                    self.assertEqual(browser.run("return document.documentElement.lang"), {"en": "en", "pt": "pt-BR"}[language])
                    self.assertIn("Palantir", browser.driver.title)
                    self.assertEqual(browser.complaints(), [])
                    self.expect_silence(browser)
            browser.colours("light")

    def test_each_page_on_a_telephone(self):
        browser = self.browsers["pt"]
        for page in PAGES:
            with self.subTest(page=page):
                browser.resize(375, 720)
                self.open(browser, page)
                browser.wait_text("Pronto")
                self.assertEqual(browser.run("""
                    return [...document.querySelectorAll("main *")]
                        .filter((part) => part.getBoundingClientRect().right > 375 && !part.closest(".scroll, pre, svg"))
                        .map((part) => part.outerHTML.slice(0, 200)).slice(0, 3)"""), [], "what is too wide")
                self.assertLessEqual(browser.run("return document.scrollingElement.scrollWidth"), 375)
                self.assertEqual(browser.complaints(), [])

    def test_every_text_is_there_in_both_languages(self):
        missing = self.browsers["en"].run("""
            return import("/console/words.js").then(({ words }) => Object.entries(words)
                .filter(([name, texts]) => texts.length !== 2 || texts.some((text) => !text)
                    || String(texts[0].match(/\\{\\w+\\}/g)?.sort()) !== String(texts[1].match(/\\{\\w+\\}/g)?.sort()))
                .map(([name]) => name))""")
        self.assertEqual(missing, [])

    def test_the_keyboard_reaches_everything_in_the_order_in_which_it_is_read(self):
        browser = self.browsers["en"]
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
        browser = self.browsers["en"]
        self.open(browser, "models")
        browser.wait_text(HOSTILE, "<b>bold</b>")
        browser.open(f"{self.world.hub}/#/models/{quote(HOSTILE, safe='')}")
        browser.wait_text(HOSTILE)
        browser.wait(lambda: browser.all(".chip"), "there are no entities to pick")
        self.assertEqual(browser.all("img[src=x]"), [])
        self.expect_silence(browser)
