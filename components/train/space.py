"""What somebody keeps here, and for the teacher what the whole class keeps: its size, and what can be taken back."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from components.shared.app.buttons import button
from components.shared.app.uncut import uncut
from components.shared.people import visitors
from components.shared.people.password import password
from components.shared.people.visitors import Visitor
from vae_core import checkpoints, jobs, limits
from vae_core.checkpoints import published
from vae_core.errors import UserError
from vae_core.jobs import queue as job_queue
from vae_core.keeping import inventory, room
from vae_core.keeping.inventory import KINDS, Thing
from vae_core.owners import short

WITHDRAWN, SAID = "withdrawn in this session", "said in the space"


def offer_space() -> None:
    """A button that opens it: "Your space", or "Class" for the teacher of one."""
    title = "Class" if visitors.current().teacher and _is_class() else "Your space"
    if button(title, icon=":material/inventory_2:", width="stretch", key="open space"):
        st.dialog(title, width="medium")(_space)()


def show_notices() -> None:
    """What was removed of the visitor's things to make room, until they have read it."""
    _show_message()  # of a dialog that the page has closed
    visitor = visitors.current()
    found = [] if visitor.teacher else room.notices(visitor.owner)
    if not found:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.info("  \n".join(notice.sentence for notice in found), width="stretch")
        st.button("OK", key="read notices", on_click=room.dismiss, args=(visitor.owner,))


def _is_class() -> bool:
    """Whether others than the teacher work here."""
    return password() is not None or any(job.owner is not None for job in jobs.find())


def _space() -> None:
    visitor, found = visitors.current(), inventory.things()
    _show_message()
    if visitor.teacher and _is_class():
        _class(found)
    elif not visitor.teacher:
        _limits(visitor, found)
    _published([thing for thing in found if thing.kind == "published" and visitor.may(*thing.owners)])
    _kept(visitor, [thing for thing in found if thing.kind != "published" and visitor.may(*thing.owners)])


def _limits(visitor: Visitor, found: Sequence[Thing]) -> None:
    """How much of their share a student uses, and as whom the teacher sees them."""
    mine = [thing for thing in found if visitor.owner in thing.owners]
    st.markdown(
        f"The teacher sees you as **student {short(visitor.owner)}**. You keep {len(mine)} of {limits.KEPT_EACH.value} "
        f"things, {_mb(mine)} of {limits.MB_EACH.value:,} MB."
    )
    st.progress(min(1.0, sum(thing.bytes for thing in mine) / 1e6 / limits.MB_EACH.value))
    st.caption("When it is full, the oldest goes: never what you have published, nor a training that is not done.")


def _class(found: Sequence[Thing]) -> None:
    """Who has how much, everything that was cleaned up, and the button that stops all trainings."""
    trainings = jobs.find()
    active = [job for job in trainings if job.active or job.status == "paused"]
    with st.container(horizontal=True, vertical_alignment="center"):
        free = shutil.disk_usage(checkpoints.RUNS if checkpoints.RUNS.is_dir() else checkpoints.ROOT).free
        st.markdown(f"{_free(free)} are free on the disk; the class keeps {_mb(found)} MB.")
        if active:
            with st.popover("Stop all", icon=":material/stop_circle:"):
                label = f"Stop all {len(active)} trainings" if len(active) > 1 else "Stop the only training"
                st.button(label, type="primary", key="stop all", on_click=_stop_all)
    owners = {job.owner for job in active} | {owner for thing in found for owner in thing.owners}
    rows = []
    for owner in sorted(owners, key=lambda owner: owner or ""):
        own = [thing for thing in found if owner in thing.owners]
        rows.append(
            {
                "Who": "Teacher" if owner is None else f"Student {short(owner)}",
                "Running": sum(job.owner == owner and job.status == "running" for job in active),
                "Waiting": sum(job.owner == owner and job.status == "queued" for job in active),
                "Paused": sum(job.owner == owner and job.status == "paused" for job in active),
                "Kept": len(own),
                "MB": round(sum(thing.bytes for thing in own) / 1e6),
                "Published": sum(thing.kind == "published" for thing in own),
            }
        )
    if rows:
        st.table(rows)
    if cleaned := room.notices():
        with st.expander(f"Cleaned up to make room: {len(cleaned)}"):
            st.text("\n".join(f"Student {short(notice.owner)}: {notice.sentence}" for notice in cleaned[::-1]))


def _published(found: Sequence[Thing]) -> None:
    """The published models, each with the way back, and one that was just withdrawn with the way back from there."""
    withdrawn: Path | None = st.session_state.get(WITHDRAWN)
    if not found and withdrawn is None:
        return
    st.markdown("**Published**")
    for thing in found:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.text(f"{thing.name} · {_whose(thing)}{thing.bytes / 1e6:.1f} MB", width="stretch")
            st.button("Withdraw", key=f"withdraw {thing.name}", on_click=_withdraw, args=(thing.name,))
    if withdrawn is not None:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.text("The last one that you withdrew can come back.", width="stretch")
            st.button("Undo", icon=":material/undo:", key="publish again", on_click=_restore)


def _kept(visitor: Visitor, found: Sequence[Thing]) -> None:
    """A choice of things to delete."""
    if not found:
        st.markdown("Nothing is kept here yet: trainings, and what you bring, will be.")
        return
    by_path = {str(thing.path): thing for thing in reversed(found)}
    chosen = st.multiselect(
        "**Kept**, to be deleted",
        list(by_path),
        format_func=lambda path: _described(by_path[path]) if path in by_path else "gone",
        key="things to delete",
        placeholder="Choose trainings, models, uploads or maps",
    )
    if chosen:
        label = f"Delete {len(chosen)} for everybody" if len(chosen) > 1 else "Delete it for everybody"
        st.button(label, icon=":material/delete:", key="delete things", on_click=_delete, args=(chosen,))


def _described(thing: Thing) -> str:
    kind = KINDS[thing.kind]
    return f"{kind[0].upper()}{kind[1:]} {thing.name} · {_whose(thing)}{thing.bytes / 1e6:.1f} MB"


def _whose(thing: Thing) -> str:
    """As "student 3F9A · ", for the teacher of a class; "" where there is no question."""
    if not visitors.current().teacher or thing.owners == (None,):
        return ""
    return ", ".join("teacher" if each is None else f"student {short(each)}" for each in thing.owners) + " · "


@uncut()
def _stop_all() -> None:
    try:
        if not visitors.current().teacher:
            raise UserError("Only the teacher can stop all trainings.")
        n = job_queue.stop_all(checkpoints.RUNS)
        _say(f"{n} {'training has' if n == 1 else 'trainings have'} been stopped.")
    except UserError as error:
        _say(str(error))


@uncut()
def _withdraw(name: str) -> None:
    try:
        found = {thing.name: thing for thing in inventory.things() if thing.kind == "published"}
        if name in found:
            visitors.check(*found[name].owners)
        st.session_state[WITHDRAWN] = published.withdraw(name)
        _say(f"{name} is withdrawn.")
    except UserError as error:
        _say(str(error))


@uncut()
def _restore() -> None:
    try:
        _say(f"{published.restore(st.session_state.pop(WITHDRAWN))} is published again.")
    except UserError as error:
        _say(str(error))


@uncut()
def _delete(paths: Sequence[str]) -> None:
    found = {str(thing.path): thing for thing in inventory.things() if thing.kind != "published"}
    said = []
    for path in paths:
        try:
            if path in found:
                visitor = visitors.check(*found[path].owners)
                inventory.delete(found[path], visitor.starts_for)
                said.append(f"{found[path].name} is deleted.")
        except UserError as error:
            said.append(str(error))
    _say(" ".join(said) or "There was nothing left to delete.")


def _say(message: str) -> None:
    st.session_state[SAID] = message


def _show_message() -> None:
    """What came of the last button; not by the button's own callback, which may not put anything on the page."""
    if message := st.session_state.pop(SAID, None):
        st.toast(message)


def _mb(found: Sequence[Thing]) -> str:
    return f"{sum(thing.bytes for thing in found) / 1e6:,.0f}"


def _free(free: int) -> str:
    return f"{free / 1e9:,.0f} GB" if free >= 10**10 else f"{free / 1e9:.1f} GB"
