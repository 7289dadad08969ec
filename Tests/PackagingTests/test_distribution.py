"""scripts/distribution. The debug build is linked with Swift's own libraries, so it is refused, and another program of
Debian's stands in for a release; scripts/try-distribution runs a real one on a bare Debian."""

import os
import subprocess
import tarfile
from pathlib import Path

import pytest

DEBUG = Path(os.environ["PALANTIR_BIN"]).resolve()


def pack(root, program, folder):
    return subprocess.run([root / "scripts/distribution", program, folder], capture_output=True, text=True)


@pytest.fixture
def stand_in(tmp_path):
    """A program that is linked with libmariadb and SQLite, and tells a version."""
    source = tmp_path / "stand_in.c"
    source.write_text(
        '#include <stdio.h>\nconst char *mysql_get_client_info(void); const char *sqlite3_libversion(void);\n'
        'int main(int count, char **of) { puts(count > 1 ? "1.2.3" : mysql_get_client_info()); '
        'return sqlite3_libversion()[0] == 0; }\n')
    program = tmp_path / "palantir"
    subprocess.run(["clang", source, "-o", program, "-lmariadb", "-lsqlite3"], check=True)
    return program


def test_a_tarball_holds_what_it_takes_to_run(root, stand_in, tmp_path):
    done = pack(root, stand_in, tmp_path / "one")
    assert done.returncode == 0, done.stderr
    tarball = Path(done.stdout.strip())
    assert tarball.name == f"palantir-1.2.3-linux-{os.uname().machine}.tar.gz"
    with tarfile.open(tarball) as packed:
        files = {name.split("/", 1)[1]: packed.getmember(name) for name in packed.getnames() if "/" in name}
        packages = packed.extractfile(f"{packed.getnames()[0]}/debian-packages").read().decode().split()
    assert {"bin/palantir", "LICENSE", "INSTALL", "README.md", "CHANGELOG.md", "docs/deployment.md",
            "systemd/palantir.service", "systemd/palantir.env", "systemd/palantir.sysusers"} <= files.keys()
    assert files["bin/palantir"].mode == 0o755
    assert {"ca-certificates", "libc6", "libmariadb3", "libsqlite3-0"} <= set(packages)
    assert {(member.uid, member.gid) for member in files.values()} == {(0, 0)}


def test_the_same_build_makes_the_same_bytes(root, stand_in, tmp_path):
    one, two = (Path(pack(root, stand_in, tmp_path / name).stdout.strip()) for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()
    subprocess.run(["sha256sum", "--check", "--quiet", one.name + ".sha256"], cwd=one.parent, check=True)


def test_a_build_that_needs_swift_s_libraries_is_refused(root, tmp_path):
    done = pack(root, DEBUG, tmp_path)
    assert done.returncode == 1
    assert "Swift's runtime" in done.stderr and not list(tmp_path.iterdir())


def test_a_file_that_is_no_program_is_refused(root, tmp_path):
    assert pack(root, root / "LICENSE", tmp_path).returncode == 1
