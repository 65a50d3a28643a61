"""docker://NAME/PATH, as typed."""

from __future__ import annotations

import pytest

from shipui.model.errors import BadInput
from shipui.sandboxes.container_location import ContainerLocation


@pytest.mark.parametrize(
    ("text", "container", "path"),
    [
        ("docker://studio/work", "studio", "/work"),
        ("docker://studio//work/./tree/", "studio", "/work/tree"),
        ("docker://studio_1.x-y/home/app/my feature ü/…", "studio_1.x-y", "/home/app/my feature ü/…"),
        ("docker://4f1c2a/-rf", "4f1c2a", "/-rf"),
        ("docker://studio/a:b\"c'd\\e$(f)%20?x#y", "studio", "/a:b\"c'd\\e$(f)%20?x#y"),
        ("docker://studio/..a/b..", "studio", "/..a/b.."),
    ],
)
def test_a_container_and_a_folder_in_it(text: str, container: str, path: str) -> None:
    found = ContainerLocation.parse(text)
    assert (found.container, str(found.path)) == (container, path)
    assert ContainerLocation.parse(str(found)) == found


@pytest.mark.parametrize(
    "text",
    [
        "docker://",
        "docker:///work",
        "docker://studio",
        "docker://studio/",
        "docker://studio//",
        "docker://../work",
        "docker://-v/work",
        "docker://stu dio/work",
        "docker://studio\n/work",
        "docker://studio%2Fx/work",
        "docker://studio?all=1/work",
        "docker://ü/work",
        f"docker://{'x' * 129}/work",
        "docker://studio/../etc",
        "docker://studio/work/..",
        "docker://studio/work/../../etc",
        "docker://studio/nul\0",
        "docker://studio/line\nbreak",
        "docker://studio/\x1b[2J",
        "docker://studio/\udcff",
        f"docker://studio/{'x' * 5000}",
        "DOCKER://studio/work",
        "podman://studio/work",
    ],
)
def test_what_cannot_be_one_is_refused_in_words(text: str) -> None:
    with pytest.raises(BadInput, match="does not name a sandbox in a container") as caught:
        ContainerLocation.parse(text)
    assert caught.value.plain.isprintable()
    assert "docker://NAME/PATH" in caught.value.fix
