"""`python -m benchmarks.mutants`: how many mutants of the arithmetic the tests kill, file by file, and which they miss.

The sample is drawn from `--seed`, so the same code gives the same mutants. What takes the tests too long counts as
killed, what no test reaches as survived.
"""

import argparse
import json
import random
import sys
from collections import Counter
from pathlib import Path

from benchmarks import exit_status
from benchmarks.mutants import running
from benchmarks.mutants.mutations import Mutant, mutants

ROOT = Path(__file__).resolve().parents[2]
EQUIVALENT = Path(__file__).with_name("equivalent.json")
ARITHMETIC = (
    *(
        "vae_core/objectives/",
        "vae_core/likelihoods/",
        "vae_core/metrics/",
        "vae_core/latent/",
        "vae_core/projections/",
    ),
    *("vae_core/training/", "vae_core/model.py", "vae_core/posterior.py", "vae_core/writing.py", "vae_core/data.py"),
)
ELSEWHERE = {"vae_core/latent/concept_files.py", "vae_core/latent/reader.py", "vae_core/projections/_reports.py"}
"""Files and a trained classifier: no arithmetic of a latent space."""
FATES = ("killed", "survived", "equivalent")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mutants", description=__doc__)
    parser.add_argument("--sample", type=int, default=0, metavar="N", help="so many mutants; 0: all")
    parser.add_argument("--seed", type=int, default=0, help="decides which")
    parser.add_argument("--file", action="append", default=[], metavar="NAME", help="only files whose path has this")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="so many processes at once")
    args = parser.parse_args()

    running.prepare()
    files = arithmetic()
    tests = running.reached(ROOT, files, ROOT / ".pytest_cache" / "mutants.json", args.jobs, say)
    every = [mutant for file in files for mutant in mutants(ROOT, file)]
    known = equivalent(every)
    chosen = [mutant for mutant in every if not args.file or any(part in mutant.file for part in args.file)]
    if args.sample:
        chosen = random.Random(args.seed).sample(chosen, min(args.sample, len(chosen)))
    fates = judged(chosen, known, running.Choice(ROOT, files, tests), args.jobs)
    print(table(fates))
    for mutant in sorted(fates, key=lambda mutant: (mutant.file, mutant.line)):
        if fates[mutant] == "survived":
            print(f"{mutant.file}:{mutant.line}: {mutant.change}\n    {mutant.text}")


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def arithmetic() -> list[str]:
    """The files whose mutants are judged, as paths below the root."""
    found = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "vae_core").rglob("*.py"))
    return [file for file in found if file.startswith(ARITHMETIC) and file not in ELSEWHERE]


def equivalent(every: list[Mutant]) -> set[tuple[str, str, str]]:
    """The mutants that are listed as equivalent. An entry that fits none, because its line has changed, is named."""
    listed = {(file, entry["line"], entry["mutation"]) for file, entries in _listed().items() for entry in entries}
    for file, line, mutation in sorted(listed - {mutant.key for mutant in every}):
        say(f"{EQUIVALENT.name} is out of date: no mutant of {file} is {mutation!r} in {line!r}")
    return listed


def _listed() -> dict[str, list[dict[str, str]]]:
    return json.loads(EQUIVALENT.read_text(encoding="utf-8"))


def judged(
    chosen: list[Mutant], known: set[tuple[str, str, str]], choice: running.Choice, at_once: int
) -> dict[Mutant, str]:
    """The fate of each mutant; after Ctrl-C, of those that were judged."""
    fates: dict[Mutant, str] = {}
    jobs = []
    for mutant in chosen:
        tests = choice.of(mutant)
        if mutant.key in known:
            fates[mutant] = "equivalent"
        elif not tests:
            fates[mutant] = "survived"
        else:
            jobs.append((mutant, running.against(ROOT, mutant, tests), choice.seconds(tests)))
    try:
        for number, (mutant, status) in enumerate(running.forked(jobs, at_once), 1):
            fates[mutant] = "survived" if status == 0 else "killed"
            say(f"{number}/{len(jobs)} {fates[mutant]}: {mutant.file}:{mutant.line}: {mutant.change}")
    except KeyboardInterrupt:
        say("Stopped.")
    return fates


def table(fates: dict[Mutant, str]) -> str:
    rows = [("", "mutants", *FATES, "share")]
    for file in [*sorted({mutant.file for mutant in fates}), None]:
        counts = Counter(fate for mutant, fate in fates.items() if file in (None, mutant.file))
        judged = counts["killed"] + counts["survived"]
        share = f"{counts['killed'] / judged:.0%}" if judged else ""
        rows.append((file or "all", str(counts.total()), *(str(counts[fate]) for fate in FATES), share))
    width = max(len(row[0]) for row in rows)
    return "\n".join(row[0].ljust(width) + "".join(cell.rjust(12) for cell in row[1:]) for row in rows)


if __name__ == "__main__":
    sys.exit(exit_status(main))
