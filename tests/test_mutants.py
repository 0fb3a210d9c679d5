"""The mutants of a file whose arithmetic is known."""

import types

import pytest

from benchmarks.mutants.mutations import mutants

SOURCE = '''"""A module with 1 number in its docstring."""
import math

LIMIT = 3

def clipped(x: int, low: int = 0) -> int:
    """Between 1 and 2."""
    if x < low:
        raise ValueError(f"{x + 1} is too low")
    return min(x - low, LIMIT)
'''
CHANGES = {
    4: ["3 → 4"],
    6: ["0 → 1"],
    8: ["x < low → x <= low", "x < low → x >= low"],
    10: ["x - low → x + low"],
}


def test_each_mutant_is_one_change_and_words_are_left_alone(tmp_path):
    (tmp_path / "made.py").write_text(SOURCE)
    found = mutants(tmp_path, "made.py")
    assert [(mutant.line, mutant.change) for mutant in found] == [
        (line, change) for line, changes in CHANGES.items() for change in changes
    ]
    assert [set(mutant.names) for mutant in found] == [{"LIMIT"}, {"clipped"}, set(), set(), set()]
    clipped = []
    for mutant in found:
        module = types.ModuleType("made")
        exec(mutant.code(tmp_path), module.__dict__)
        clipped.append(module.clipped)
    assert [clipped[0](9), clipped[1](2), clipped[2](3), clipped[4](2, 1)] == [4, 1, 3, 3]
    with pytest.raises(ValueError):
        clipped[3](2)


def test_a_mutant_keeps_its_key_where_the_line_moves(tmp_path):
    for name, before in (("one", ""), ("other", "# a comment\n\n")):
        (tmp_path / f"{name}.py").write_text(before + SOURCE)
    one, other = (mutants(tmp_path, f"{name}.py") for name in ("one", "other"))
    assert [mutant.key[1:] for mutant in one] == [mutant.key[1:] for mutant in other]
    assert [mutant.line + 2 for mutant in one] == [mutant.line for mutant in other]
