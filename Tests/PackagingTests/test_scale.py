"""docs/scale.md reckons with measured figures: they must still be those."""

import re


def test_every_figure_that_it_rests_on_stands_where_it_was_measured(root):
    text = (root / "docs/scale.md").read_text()
    rows = re.findall(r"^\| .* \| (.*) \| ((?:performance/)?(?:README|table)\.md) \|$", text, re.MULTILINE)
    assert len(rows) == 8
    for figures, source in rows:
        measured = (root / "docs/performance" / source.removeprefix("performance/")).read_text()
        for figure in re.findall(r"[\d.,]*\d", figures.replace("p50", "").replace("p99", "")):
            assert re.search(rf"(?<![\d.,]){re.escape(figure)}(?![\d])", measured), (figure, source)


def test_the_sum_is_right(root):
    text = (root / "docs/scale.md").read_text()
    cores = [int(count) for count in re.findall(r"^\| [^|*]+ \| \d+ \| (\d+) \|$", text, re.MULTILINE)]
    assert sum(cores) == int(re.search(r"\*\*sum\*\* \| \| \*\*(\d+)\*\*", text).group(1))
