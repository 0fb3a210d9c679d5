"""What was changed while a training ran."""

from components.shared.trainings.changes import describe_changes


def test_changes_are_told_with_the_epoch_in_which_they_came():
    history = [
        {"epoch": 1},
        {"epoch": 2, "changes": [{"batch": 3, "beta": 1.0, "lr": 0.5}]},
        {"epoch": 4, "changes": [{"batch": 0, "beta": 2.5}]},
    ]
    assert describe_changes(history) == "β 1, learning rate 0.5 in epoch 2; β 2.5 in epoch 4"
    assert describe_changes(history[:1]) == ""
