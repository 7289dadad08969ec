"""The console while what the hub needs is down."""

from suite import PAGES, WORDS, ConsoleCase


class Faults(ConsoleCase):
    def each_page(self):
        for language, browser in self.browsers.items():
            for page in PAGES:
                with self.subTest(language=language, page=page):
                    self.open(browser, page)
                    self.assertEqual(browser.complaints(), [])
                    self.expect_silence(browser)

    def test_with_the_database_down(self):
        self.world.end_database()
        try:
            for language, browser in self.browsers.items():
                self.open(browser, "health")
                browser.wait_text(WORDS[language]["silent"], {"en": "Not ready", "pt": "Não está pronto"}[language])
            self.each_page()
        finally:
            self.world.start_database()
        self.open(self.browsers["en"], "health")
        self.browsers["en"].wait(lambda: "Ready" in self.browsers["en"].one(".top").text, "the hub is not ready again", 30)

    def test_with_mlflow_down(self):
        self.world.processes.end(self.world.registry.process)
        try:
            for language, browser in self.browsers.items():
                self.open(browser, "health")
                browser.wait_text(WORDS[language]["silent"], {"en": "Ready, without MLflow", "pt": "Pronto, sem o MLflow"}[language])
            self.each_page()
            # The hub goes on.
            browser = self.browsers["en"]
            self.open(browser, "deployed")
            browser.wait(lambda: browser.all(".chip"), "there are no entities to pick")[0].click()
            browser.wait_text("Version 1 answered in")
        finally:
            self.world.registry.start()
