"""The console of a hub that asks who calls."""

from suite import PAGES, WORDS, ConsoleCase


class Keys(ConsoleCase):
    def test_the_key_is_asked_for_and_kept_in_the_tab_only(self):
        for language, browser in self.browsers.items():
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
                    self.open(browser, page, self.world.keyed)
                    browser.wait_text("key:operator")
                    self.expect_silence(browser, page)
                browser.wait(lambda: browser.one(".who button"), "there is no way to forget the key").click()
                browser.wait_text(WORDS[language]["key"])
                self.assertEqual(browser.run("return sessionStorage.length"), 0)

    def open_keyed(self, browser):
        browser.open(self.world.keyed)
        browser.run("sessionStorage.clear()")
        browser.open(self.world.keyed)

    def test_a_wrong_key_is_told(self):
        browser = self.browsers["en"]
        self.open_keyed(browser)
        browser.wait(lambda: browser.one("#key"), "nobody asks for the key").send_keys("pal_wrong\n")
        browser.wait_text("That key was not taken.")
        self.assertEqual(browser.run("return sessionStorage.length"), 0)
        # It is the browser that notes down the answer 401.
        self.assertTrue(all("401" in line for line in browser.log()))

    def test_a_caller_of_fewer_scopes_sees_what_it_may(self):
        browser = self.browsers["en"]
        for name, missing in {"shop": "models", "reader": "admin"}.items():
            self.open_keyed(browser)
            self.use_key(browser, name)
            for page in PAGES:
                with self.subTest(key=name, page=page):
                    browser.open(f"{self.world.keyed}/{PAGES[page][0]}")
                    browser.wait_text(f"key:{name}")
                    # Who may see models may see their health.
                    if (name, page) != ("reader", "health"):
                        browser.wait_text(f"lacks the scope “{'admin' if page == 'live' else missing}”")
                    self.assertEqual(browser.complaints(), [])
                    self.expect_silence(browser)
