"""Network connections, normal and attacks: NSL-KDD (Tavallaee et al. 2009)."""

import gzip
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import torch

from vae_core.config import option
from vae_core.data import Column, Data, DataSpec, Split
from vae_core.datasets import DATASETS
from vae_core.datasets._sources.sentences import place_of
from vae_core.errors import UserError
from vae_core.kinds.records import column_of

FOLDER, TRAIN, TEST = "nsl_kdd", "KDDTrain+_20Percent.txt", "KDDTest+.txt"
SOURCE = "https://www.unb.ca/cic/datasets/nsl.html"
SYMBOLS = ("protocol_type", "service", "flag")
FLAGS = ("land", "logged_in", "root_shell", "is_host_login", "is_guest_login")
LOGGED = ("duration", "src_bytes", "dst_bytes", "hot", "num_compromised", "num_root", "count", "srv_count")
"""Columns whose values span powers of ten."""
NAMES = (
    "duration protocol_type service flag src_bytes dst_bytes land wrong_fragment urgent hot "
    "num_failed_logins logged_in num_compromised root_shell su_attempted num_root num_file_creations "
    "num_shells num_access_files num_outbound_cmds is_host_login is_guest_login count srv_count "
    "serror_rate srv_serror_rate rerror_rate srv_rerror_rate same_srv_rate diff_srv_rate "
    "srv_diff_host_rate dst_host_count dst_host_srv_count dst_host_same_srv_rate dst_host_diff_srv_rate "
    "dst_host_same_src_port_rate dst_host_srv_diff_host_rate dst_host_serror_rate "
    "dst_host_srv_serror_rate dst_host_rerror_rate dst_host_srv_rerror_rate label difficulty "
).split()
UNITS = {"duration": "s", "src_bytes": "bytes", "dst_bytes": "bytes"}
CLASSES = ("normal", "denial of service", "probe", "remote to local", "user to root")
ATTACKS = {
    "denial of service": "back land neptune pod smurf teardrop apache2 udpstorm processtable worm mailbomb",
    "probe": "satan ipsweep nmap portsweep mscan saint",
    "remote to local": "guess_passwd ftp_write imap phf multihop warezmaster warezclient spy xlock xsnoop snmpguess "
    "snmpgetattack httptunnel sendmail named",
    "user to root": "buffer_overflow loadmodule rootkit perl sqlattack xterm ps",
}
OTHER = "(unseen)"
"""The service or flag that no connection to learn from has."""


@dataclass(frozen=True)
class Config:
    title: ClassVar[str] = "Network connections"
    kind: ClassVar[str] = "records"

    attacks_too: bool = option(False, "Learn from attacks as well, not from normal connections alone.")


@DATASETS.register("nsl_kdd", Config)
def load(config: Config, data_dir: Path | None = None) -> Data:
    """Connections of a computer network, learned from normal ones; attacks of four kinds are held out.

    25,192 connections of the 20% training file, of which 13,449 are normal, and the 22,544 of the test file, 17 of
    whose 37 attacks are in no training file. Files: `nsl_kdd/` in `data_dir`. UserError if they are missing.
    """
    train, test = _table(TRAIN, data_dir), _table(TEST, data_dir)
    train_y, test_y = _labels(train), _labels(test)
    if not config.attacks_too:
        train, train_y = train[(train_y == 0).numpy()].reset_index(drop=True), train_y[train_y == 0]
    columns = tuple(_column(train, name) for name in NAMES[:-2])
    spec = DataSpec(
        "nsl_kdd",
        "records",
        (len(columns),),
        classes=CLASSES,
        columns=columns,
        normal=None if config.attacks_too else 0,
    )
    return Data(spec, _split(train, train_y, columns), _split(test, test_y, columns))


def _table(file: str, data_dir: Path | None) -> Any:
    import pandas as pd

    for place in () if data_dir is None else (data_dir / FOLDER, data_dir):
        for path in (place / file, place / f"{file}.gz"):
            if path.is_file():
                try:
                    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
                    table = pd.read_csv(pd.io.common.BytesIO(content), header=None, names=NAMES)
                except (OSError, EOFError, ValueError) as error:
                    raise UserError(f"{path} cannot be read ({error}). Get it from {SOURCE}.") from None
                if table.isna().any().any():
                    raise UserError(f"{path} is not the file of NSL-KDD. Get it from {SOURCE}.")
                return table
    raise UserError(f"nsl_kdd is not in {place_of(data_dir, FOLDER)}: {file} is missing. Get it from {SOURCE}.")


def _labels(table: Any) -> torch.Tensor:
    by_name = {name: CLASSES.index(kind) for kind, names in ATTACKS.items() for name in names.split()}
    found = table["label"].str.strip().map(by_name | {"normal": 0})
    if found.isna().any():
        raise UserError(f"nsl_kdd has an attack {table['label'][found.isna()].iloc[0]!r} that is not known.")
    return torch.tensor(found.to_numpy(dtype="int64"))


def _column(table: Any, name: str) -> Column:
    """A column as the training part has it."""
    if name in SYMBOLS:
        return Column(name, values=(*sorted(table[name].unique()), OTHER))
    if name in FLAGS:
        return Column(name, values=("no", "yes"))
    return Column.fitted(torch.tensor(table[name].to_numpy(dtype="float64")), name, UNITS.get(name, ""), name in LOGGED)


def _split(table: Any, y: torch.Tensor, columns: tuple[Column, ...]) -> Split:
    found = []
    for column in columns:
        cells = table[column.name]
        if column.name in FLAGS:
            cells = (cells > 0).map({False: "no", True: "yes"})
        elif column.values:
            cells = cells.where(cells.isin(column.values), OTHER)
        found.append(column_of(cells, column, "nsl_kdd"))
    return Split(torch.stack(found, 1), y)
