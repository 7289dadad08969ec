"""What the pages tell is what is so."""

import json
import os
import subprocess

from suite import ConsoleCase
from world import PYTHON, post


class Models(ConsoleCase):
    def test_search_and_filter(self):
        browser = self.browsers["en"]
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
        browser = self.browsers["en"]
        self.open(browser, "signed")
        browser.wait_text("2 mismatches", "No such column", "Another type")

    def test_replicas_and_their_health(self):
        browser = self.browsers["en"]
        self.open(browser, "model")
        browser.wait_text("Healthy", "Suspended", "in a row")

    def test_a_deployment_with_its_log(self):
        browser = self.browsers["en"]
        self.open(browser, "deployed")
        browser.wait_text("this hub", "Runs on", "Nothing was written yet.")
        self.open(browser, "failing")
        browser.wait_text("Last error", "Failed", seconds=30)
        browser.wait(lambda: "this model cannot be loaded" in browser.one(".log").text, "the log does not tell why")
        self.expect_silence(browser)

    def test_an_entity_is_picked_and_predicted(self):
        browser = self.browsers["en"]
        self.open(browser, "deployed")
        chip = browser.wait(lambda: browser.all(".chip"), "there are no entities to pick")[1]
        entity = chip.text
        chip.click()
        browser.wait_text("Version 1 answered in", "monthly_charge", "registry", "network and the rest")
        answer = post(f"{self.world.hub}/predict", {"model_name": "churn", "id": entity})["predictions"][entity]
        for label, value in answer.items():
            self.assertIn(f"{round(value, 4):.4f}".rstrip("0").rstrip("."), browser.text)
        # What it shows to copy does the same.
        self.assertEqual(self.run_shell(browser.one("#code").text)["predictions"][entity], answer)
        browser.one("#code-0").send_keys("\ue014")
        code = browser.one("#code").text
        self.assertIn("import requests", code)
        done = subprocess.run([PYTHON, "-c", code], capture_output=True, text=True, timeout=60, env=os.environ | {"no_proxy": "*"})
        self.assertEqual(done.stdout.strip(), str(answer), done.stderr)
        self.expect_silence(browser)

    def test_an_entity_that_is_not_there(self):
        browser = self.browsers["pt"]
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
        browser = self.browsers["en"]
        self.open(browser, "live")
        browser.wait(lambda: float(browser.one(".tile .value").text.split()[0]) > 5, "no requests are seen")
        browser.wait_text("ENTITY_NOT_FOUND", "of 4")
        paths = browser.wait(lambda: [path.get_attribute("d") for path in browser.all(".chart .line, .chart .solid")], "nothing is drawn")
        self.assertTrue(all("NaN" not in path for path in paths))
        self.assertRegex(browser.one(".plot svg").get_attribute("aria-label"), r"Requests per second: requests now \d")
        browser.button("Pause").click()
        browser.button("Resume")
