"""The queue of training jobs: how many may run and wait, whose turn it is, how the process of one starts, and how all
of them stop."""

from pathlib import Path

from vae_core import limits, processes
from vae_core.computing import at_once
from vae_core.errors import UserError
from vae_core.jobs.files import State, read_history, read_request
from vae_core.processes import LOG, PACKAGE_FOLDER, locked


def states(root: Path) -> dict[Path, State]:
    return processes.read_states(root, State)


def owners(found: dict[Path, State]) -> dict[Path, str | None]:
    """Who started each job; a job that cannot be read is the teacher's."""
    whose = {}
    for folder in found:
        try:
            whose[folder] = read_request(folder).owner
        except UserError:
            whose[folder] = None
    return whose


def check_room(found: dict[Path, State], owner: str | None, n: int = 1) -> None:
    """UserError if `owner` may not have `n` more trainings. The teacher and the shell may always."""
    if owner is None:
        return
    whose = owners(found)
    unfinished = [folder for folder, state in found.items() if _unfinished(state)]
    own = sum(whose[folder] == owner for folder in unfinished)
    each, in_all = limits.TRAININGS_EACH.value, limits.TRAININGS_IN_ALL.value
    if own + n > each:
        more = f", and this starts {n}" if n > 1 else ""
        raise UserError(
            f"You have {_count(own)} waiting, running or paused{more}; {each} at a time is the limit for everyone in "
            "the class. Stop one, or wait until one is done."
        )
    if sum(whose[folder] is not None for folder in unfinished) + n > in_all:
        raise UserError(
            f"The class has {in_all} trainings waiting, running or paused, which is the limit. Try again when some are "
            "done."
        )


def _count(n: int) -> str:
    return f"{n or 'no'} training{'' if n == 1 else 's'}"


def _unfinished(state: State) -> bool:
    return state.status in ("queued", "paused") or state.status == "running" and state.alive


def take_turn(state: State, found: dict[Path, State], owner: str | None) -> None:
    """Put a job into the queue."""
    state.ticket = processes.next_ticket(found)
    state.turn = processes.next_turn(found, owners(found), owner)
    state.status, state.reason, state.stop = "queued", None, False


def leave_queue(state: State, status: str) -> None:
    """Give a job another status; the turn of one that waited counts for the next that its owner starts."""
    if state.status == "queued":
        state.turn = 0
    state.status = status


def stop(folder: Path, state: State) -> None:
    """Ask a job to end. Its process writes a checkpoint of the last complete epoch first; without one there is nothing
    to wait for. Only under the lock."""
    n_complete = len(read_history(folder))
    state.stop = state.alive and n_complete > 0
    if state.stop:
        leave_queue(state, "running")  # a paused one too: it has a checkpoint to write
    else:
        state.kill()
        leave_queue(state, "stopped")
        state.reason, state.epoch = None, n_complete


def stop_all(root: Path) -> int:
    """Stop every job that waits, runs or is paused. Returns how many; UserError if the lock cannot be had."""
    with locked(root):
        found = {folder: state for folder, state in states(root).items() if _unfinished(state)}
        for folder, state in found.items():
            stop(folder, state)
            try:
                state.write(folder)
            except OSError as error:
                raise UserError(f"{folder.name} cannot be stopped: {error}") from None
    return len(found)


def stalled(found: dict[Path, State]) -> bool:
    """Whether a job waits although there is room for it."""
    queue = processes.waiting(found)
    return bool(queue) and _has_room(found[queue[0]], found)


def start_next(root: Path) -> None:
    """Run jobs while there is room. Only under the lock."""
    processes.start_waiting(states(root), _has_room, spawn)


def _has_room(state: State, found: dict[Path, State]) -> bool:
    return processes.n_running(found) < (state.at_once or at_once())


def spawn(folder: Path, token: str) -> int:
    """Start the process of a job. Returns its pid."""
    request = read_request(folder)
    cwd = request.cwd if request.cwd.is_dir() else PACKAGE_FOLDER
    arguments = ["vae_core.jobs.process", str(folder.resolve()), token]
    return processes.launch(arguments, folder / LOG, cwd, request.threads)
