"""Every command in the README and the docs runs as it stands, but for ports, and answers what stands below it. Those that
take minutes run with `--long`; without it, of `make` some targets run and the others must be there."""

import getpass
import json
import os
import re
import signal
import subprocess
from pathlib import Path

import pytest
from pages import ROOT, blocks, names, squeeze
from processes import free_port
from surroundings import PROGRAM, PYTHON

RUN = {"sh", "python", "sql"}
# The Python of these has tests beside the client, on a hub with keys and one without.
CLIENTS = {"docs/clients.md", "clients/python/README.md"}
# They need no more than is installed; but they wait for the package manager, so they come last.
BUILDS = re.compile(r"^make (demo|build)\b", re.MULTILINE)


def sections(long):
    """Page, section, and its code, where there is some to run. What two pages say alike is run once."""
    found = {}
    for page in names():
        code = [
            each for each in blocks(page)
            if each.language in (RUN - {"python"} if page in CLIENTS else RUN) and not each.why_not_run
            and (long or not each.takes_long)]
        for section in dict.fromkeys(each.section for each in code):
            part = [each for each in code if each.section == section]
            found.setdefault(str([each.commands for each in part]), (page, section, part))
    last_are_builds = sorted(found.values(), key=lambda each: any(BUILDS.search(block.code) for block in each[2]))
    return [pytest.param(page, code, id=f"{page}: {section}") for page, section, code in last_are_builds]


def pytest_generate_tests(metafunc):
    if "code" in metafunc.fixturenames:
        metafunc.parametrize("page, code", sections(metafunc.config.getoption("--long")))


def test_commands_run(page, code, surroundings, tmp_path, pytestconfig):
    surroundings.reset_tags(has_api=page != "docs/autodeploy.md")
    surroundings.is_long = pytestconfig.getoption("--long")
    addresses = surroundings.addresses
    if any(re.search("mlflow server|^make demo", each.code, re.MULTILINE) for each in code):
        # The page starts one of its own.
        port = free_port()
        addresses |= {"127.0.0.1:5000": f"127.0.0.1:{port}", "--port 5000": f"--port {port}"}
    answers = run(list(lines(code, addresses, surroundings, tmp_path)), addresses, surroundings, tmp_path)
    for block in code:
        for shown in block.shown:
            # What differs from run to run is left out of pages as …, or is a time.
            pattern = re.escape(squeeze(here(shown, addresses))).replace("…", ".*?")
            pattern = re.sub(r"(_seconds\":)[\d.\\]+", r"\1[\\d.]+", pattern)
            assert re.search(pattern, squeeze(answers)), f"{page}, line {block.line}: not answered: {shown}"


@pytest.mark.parametrize("page", [page for page in names() if any(each.language == "json" for each in blocks(page))])
def test_json_is_json(page):
    decoder = json.JSONDecoder()
    for block in blocks(page):
        rest = block.code.strip() if block.language == "json" else ""
        while rest:
            try:
                end = decoder.raw_decode(rest)[1]
            except ValueError as error:
                pytest.fail(f"{page}, line {block.line}: {error}")
            rest = rest[end:].lstrip()


def run(script, addresses, surroundings, folder):
    """What the commands write, one after the other in one shell."""
    (folder / "page.sh").write_text("\n".join(script) + "\n")
    work = folder / "work"
    environment = surroundings.environment | {
        "HUB_PROGRAM": str(PROGRAM), "HUB_PORT": str(surroundings.hub_port), "ROOT": str(ROOT), "HOME": str(work),
        "LONG": "yes" if surroundings.is_long else "", "MADE": str(surroundings.folder / "made"),
        "PALANTIR_CA_FILE": str(work / "server.pem"),
        "PROMETHEUS_PORT": str(free_port()), "DEMO": str(work / ".demo"), "DEMO_PORT": str(free_port()),
        "MLFLOW_PORT": addresses["127.0.0.1:5000"].partition(":")[2],
        # The folders of pytest are not for others to read.
        "PALANTIR_AUTODEPLOY_USER": getpass.getuser(),
        "MLFLOW_TRACKING_URI": f"http://{addresses['127.0.0.1:5000']}", "PATH": f"{PYTHON.parent}:{os.environ['PATH']}"}
    environment |= surroundings.ray
    written = folder / "answers"
    with open(written, "w") as output:
        process = subprocess.Popen(
            ["bash", folder / "page.sh"], cwd=work, env=environment, stdin=subprocess.DEVNULL, stdout=output,
            stderr=output, start_new_session=True)
    try:
        # Those that build may wait until nothing else does.
        process.wait(timeout=3 * 3600 if surroundings.is_long else 1200)
    finally:
        # Also what a page forgot.
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        answers = written.read_text()
        print(answers)
    assert process.returncode == 0
    return answers


def lines(code, addresses, surroundings, folder):
    """The script of a section; its files are written."""
    work = surroundings.prepare(folder / "work")
    yield (Path(__file__).parent / "prelude.sh").read_text()
    if not any(re.search(r"palantir serve|mlflow server|^make |^pip ", each.code, re.MULTILINE) for each in code):
        # Whoever reads this has a hub already.
        yield "serve"
    if code[0].page.startswith("examples/"):
        # Its commands are for its own folder.
        yield f"cd '{(work / code[0].page).parent}'"
    for block in code:
        yield f"echo '---- {block.page}, line {block.line}'"
        text = here(block.code, addresses)
        file = work / (block.file or f"line{block.line}.{block.language}")
        if block.language == "sh":
            # The prelude's own way to have it in the background.
            text = re.sub(r"^(.*palantir serve.*) &$", r"\1", text, flags=re.MULTILINE)
            yield re.sub(r"(^|\s)\.build/(?:release|debug)/palantir\b", r"\1palantir", text, flags=re.MULTILINE)
        elif block.language == "sql":
            file.write_text(text)
            yield f"mariadb --no-defaults --socket='{surroundings.database.socket}' --user=root features <'{file}'"
        elif block.file:
            # The page runs it itself, or means it to be run.
            file.write_text(text)
            if not any(f"python {block.file}" in each.code for each in code):
                yield f"python '{file}'"
        else:
            file.write_text(f"import mlflow\nclient = mlflow.MlflowClient()\n{text}")
            yield f"python '{file}'"


def here(code, addresses):
    for there, address in addresses.items():
        code = code.replace(there, address)
    return code
