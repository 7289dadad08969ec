"""Chromium without a window, driven as a reader uses it."""

import shutil
import time

from selenium import webdriver
from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium_axe_python import Axe

LANGUAGES = {"en": "en-US", "pt": "pt-BR"}


class Browser:
    def __init__(self, language="en"):
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium")
        for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--hide-scrollbars", "--force-color-profile=srgb",
                         f"--accept-lang={LANGUAGES[language]}", f"--lang={LANGUAGES[language]}", "--disable-gpu",
                         # None of its own calls to the world.
                         "--disable-background-networking", "--no-first-run", "--proxy-server=direct://"):
            options.add_argument(argument)
        options.add_experimental_option("prefs", {"intl.accept_languages": LANGUAGES[language]})
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(options, webdriver.ChromeService(shutil.which("chromedriver")))
        self.resize(1280, 900)

    def close(self):
        self.driver.quit()

    def resize(self, width, height, scale=1):
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": scale, "mobile": width < 600})

    def colours(self, scheme):
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-color-scheme", "value": scheme}]})

    def open(self, url):
        """Opens a page as if it were the first one, with the tab's storage as it is."""
        self.driver.get("about:blank")
        self.driver.get(url)

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def button(self, text):
        return next(button for button in self.all("button") if button.text.strip() == text)

    @property
    def text(self):
        return self.run("return document.body.innerText")

    def wait(self, is_so, what, seconds=15):
        """Until `is_so()` answers something; what it answered."""
        end = time.monotonic() + seconds
        while True:
            try:
                if result := is_so():
                    return result
            except (NoSuchElementException, StaleElementReferenceException, StopIteration):
                pass
            if time.monotonic() > end:
                raise AssertionError(f"{what}; the page says:\n{self.text}")
            time.sleep(0.05)

    def wait_text(self, *texts, seconds=15):
        for text in texts:
            self.wait(lambda: text in self.text, f"{text!r} does not appear", seconds)

    def log(self):
        """What the page has written to the browser's log since the last time."""
        return [f"{entry['level']} {entry['message']}" for entry in self.driver.get_log("browser")]

    def complaints(self):
        """What axe-core has to say of the page as it is."""
        axe = Axe(self.driver)
        axe.inject()
        results = axe.run(options={"runOnly": {"type": "tag", "values": [
            "wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}})
        return [f"{found['id']}: {node['html'][:160]} {node['any'][0]['message'] if node['any'] else found['help']}"
                for found in results["violations"] for node in found["nodes"]]
