"""Model archives: the same bytes for the same content; whatever is not ours is refused."""

from __future__ import annotations

import gzip
import io
import tarfile
from pathlib import Path

import pytest

from appliance.data_plane.models.archive import read_archive, write_archive
from appliance.errors import DataRefused


def _write(folder: Path, content: bytes = b"model") -> Path:
    source = folder / "source"
    source.write_bytes(content)
    archive = folder / "model.tar.gz"
    write_archive(archive, {"engine": source}, model_type="actgan", engine="tree", appliance_version="1", configuration={"b": 1, "a": 2})
    return archive


def _read(archive: Path, folder: Path) -> None:
    target = folder / "unpacked"
    target.mkdir()
    read_archive(archive, target)


def _tar(path: Path, *entries: tuple[tarfile.TarInfo, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for entry, content in entries:
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return path


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    target = tmp_path / "unpacked"
    target.mkdir()
    manifest = read_archive(_write(tmp_path), target)
    assert (target / "engine").read_bytes() == b"model"
    assert (manifest.model_type, manifest.engine, manifest.configuration) == ("actgan", "tree", {"a": 2, "b": 1})


def test_the_same_content_gives_the_same_bytes(tmp_path: Path) -> None:
    first = _write(tmp_path).read_bytes()
    assert _write(tmp_path).read_bytes() == first


def test_a_changed_byte_is_found(tmp_path: Path) -> None:
    archive = _write(tmp_path)
    plain = gzip.decompress(archive.read_bytes())
    changed = plain.replace(b"model\0", b"medel\0")
    assert changed != plain
    archive.write_bytes(gzip.compress(changed))
    with pytest.raises(DataRefused, match="digest differs"):
        _read(archive, tmp_path)


@pytest.mark.parametrize("cut", [0, 1, 20, 60, 200])
def test_a_truncated_archive_is_refused(tmp_path: Path, cut: int) -> None:
    archive = _write(tmp_path, b"x" * 5000)
    archive.write_bytes(archive.read_bytes()[:cut])
    with pytest.raises(DataRefused):
        _read(archive, tmp_path)


def test_a_name_that_climbs_out_is_refused(tmp_path: Path) -> None:
    manifest = (
        b'{"format":1,"model_type":"a","engine":"t","appliance_version":"1","configuration":{},'
        b'"members":{"../../evil":{"size":1,"sha256":"' + b"0" * 64 + b'"}}}'
    )
    archive = _tar(tmp_path / "evil.tar.gz", (tarfile.TarInfo("manifest.json"), manifest), (tarfile.TarInfo("../../evil"), b"x"))
    with pytest.raises(DataRefused):
        _read(archive, tmp_path)
    assert not (tmp_path.parent / "evil").exists()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE, tarfile.CHRTYPE])
def test_anything_but_a_plain_file_is_refused(tmp_path: Path, kind: bytes) -> None:
    entry = tarfile.TarInfo("manifest.json")
    entry.type = kind
    entry.linkname = "/etc/passwd"
    with pytest.raises(DataRefused):
        _read(_tar(tmp_path / "evil.tar.gz", (entry, b"")), tmp_path)


def test_a_newer_format_says_what_to_do(tmp_path: Path) -> None:
    manifest = b'{"format":99,"model_type":"a","engine":"t","appliance_version":"1","configuration":{},"members":{}}'
    with pytest.raises(DataRefused, match="Update the appliance"):
        _read(_tar(tmp_path / "new.tar.gz", (tarfile.TarInfo("manifest.json"), manifest)), tmp_path)


def test_a_pickle_is_never_loaded(tmp_path: Path) -> None:
    with pytest.raises(DataRefused):
        _read(_tar(tmp_path / "p.tar.gz", (tarfile.TarInfo("manifest.json"), b"cos\nsystem\n(S'true'\ntR.")), tmp_path)
