"""What each command means, in its own spelling and in Docker's."""

import pytest

from bot.command.grammar import (
    Choose,
    Command,
    Help,
    History,
    Hosts,
    ImageWord,
    List,
    Mine,
    Pending,
    Remove,
    Restore,
    Selection,
    Show,
    Stats,
    Verify,
    Why,
    Withdraw,
    parse,
)

REDIS = ImageWord("redis")
DIGEST = "sha256:" + "0123456789abcdef" * 4


@pytest.mark.parametrize(
    "spelling",
    [
        "rm",
        "rmi",
        "image rm",
        "image remove",
        "image rmi",
        "docker rmi",
        "docker image rm",
        "docker image remove",
        "docker image rmi",
        "Rm",
        "Docker Image RM",
    ],
)
def test_docker_spellings_of_rm(spelling: str) -> None:
    """Each way in which Docker removes an image is ``rm``."""
    assert parse(f"{spelling} -f redis") == Remove(images=(REDIS,), force=True)


@pytest.mark.parametrize(
    "spelling", ["ls", "images", "image ls", "image list", "docker images", "docker image ls", "docker image list"]
)
def test_docker_spellings_of_ls(spelling: str) -> None:
    """Each way in which Docker lists images is ``ls``, alone and inside ``$( )`` and backquotes."""
    assert parse(f"{spelling} -a redis") == List(pattern="redis", all=True)
    listed = Remove(images=(Selection(pattern="redis"),))
    assert parse(f"rm $({spelling} -q redis)") == listed
    assert parse(f"rm `{spelling} -q redis`") == listed


@pytest.mark.parametrize(
    "word",
    [
        "a",
        "9f86d0818a1c",
        "sha256:9f86d0818a1c",
        DIGEST,
        DIGEST.removeprefix("sha256:"),
        "redis",
        "redis:7.2-alpine",
        f"redis@{DIGEST}",
        f"ghcr.io/org/app:1.2@{DIGEST}",
        "localhost:5000/team/redis",
        "docker.io/library/redis:latest",
        "rm",
        "docker",
    ],
)
def test_image_words(word: str) -> None:
    """IDs in full and in part, names, tags and digests stay exactly as they were typed."""
    assert parse(f"rm {word}") == Remove(images=(ImageWord(word),))
    assert parse(f"why {word}") == Why(image=ImageWord(word))


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("rm redis", Remove(images=(REDIS,))),
        ("rm redis nginx redis", Remove(images=(REDIS, ImageWord("nginx"), REDIS))),
        ("rm redis -f", Remove(images=(REDIS,), force=True)),
        ("rm --force redis", Remove(images=(REDIS,), force=True)),
        ("rm -f -f redis", Remove(images=(REDIS,), force=True)),
        ("rm --force=true redis", Remove(images=(REDIS,), force=True)),
        ("rm -f=T redis", Remove(images=(REDIS,), force=True)),
        ("rm --force=false redis", Remove(images=(REDIS,))),
        ("rm -f --force=0 redis", Remove(images=(REDIS,))),
        ("rm --no-prune redis", Remove(images=(REDIS,), prune=False)),
        ("rm --dry-run redis", Remove(images=(REDIS,), dry_run=True)),
        ("rm -H web-3 redis", Remove(images=(REDIS,), host="web-3")),
        ("rm -Hweb-3 redis", Remove(images=(REDIS,), host="web-3")),
        ("rm -H=web-3 redis", Remove(images=(REDIS,), host="web-3")),
        ("rm --host web-3 redis", Remove(images=(REDIS,), host="web-3")),
        ("rm --host=web-3 redis", Remove(images=(REDIS,), host="web-3")),
        ("rm -H web-2 redis -H web-3", Remove(images=(REDIS,), host="web-3")),
        ("rm -fH web-3 redis", Remove(images=(REDIS,), force=True, host="web-3")),
        ("rm -fHweb-3 redis", Remove(images=(REDIS,), force=True, host="web-3")),
        ("rm -m 'disk full' redis", Remove(images=(REDIS,), reason="disk full")),
        ("rm --reason 'disk full' redis", Remove(images=(REDIS,), reason="disk full")),
        ('rm redis --because "it\'s full; $5" ', None),
        ('rm redis --because "it\'s full; now"', Remove(images=(REDIS,), reason="it's full; now")),
        ("rm redis -m ''", Remove(images=(REDIS,))),
        ("rm redis -m #1042", Remove(images=(REDIS,), reason="#1042")),
        ("rm redis -m -x", Remove(images=(REDIS,), reason="-x")),
        ("rm -f -- redis", Remove(images=(REDIS,), force=True)),
        ("rm redis $(ls -q ci/*)", Remove(images=(REDIS, Selection(pattern="ci/*")))),
        ("rm $(ls -q)", Remove(images=(Selection(),))),
        ("rm $(ls -aq)", Remove(images=(Selection(all=True),))),
        ("rm $(ls -q --no-trunc --digests redis)", Remove(images=(Selection(pattern="redis"),))),
        ("rm $(docker images -q -f dangling=true)", Remove(images=(Selection(filters=(("dangling", "true"),)),))),
        ("ls", List()),
        ("ls ''", List()),
        ("ls -qa", List(all=True, quiet=True)),
        ("ls --all --quiet --digests --no-trunc", List(all=True, quiet=True, digests=True, no_trunc=True)),
        ("ls ci/*:pr-?", List(pattern="ci/*:pr-?")),
        ("ls 'ci/[ab]' -H web-3", List(pattern="ci/[ab]", host="web-3")),
        ("ls -f dangling=1", List(filters=(("dangling", "1"),))),
        ("ls -fdangling=true", List(filters=(("dangling", "true"),))),
        ("ls -f=dangling=true", List(filters=(("dangling", "true"),))),
        ("ls --filter=reference=ci/*", List(filters=(("reference", "ci/*"),))),
        ("ls --filter reference='ci/*' redis", List(pattern="redis", filters=(("reference", "ci/*"),))),
        (
            "ls -f label=a=b -f 'LABEL = c d ' -f since=redis:7",
            List(filters=(("label", "a=b"), ("label", "c d"), ("since", "redis:7"))),
        ),
        ("ls -- -x", List(pattern="-x")),
        ("history", History()),
        ("history redis web-3", History(words=("redis", "web-3"))),
        ("history -host:web '' '*'", History(words=("-host:web", "*"))),
        ("history -- --x", History(words=("--x",))),
        ("history #1042 <@U012ABCDEF|dev>", History(words=("#1042", "U012ABCDEF"))),
        ("show 1042", Show(request=1042)),
        ("show #1042", Show(request=1042)),
        ("cancel 7", Withdraw(request=7)),
        ("restore 7", Restore(request=7)),
        (
            "restore 7 redis:7 9f86d0818a1c",
            Restore(request=7, images=(ImageWord("redis:7"), ImageWord("9f86d0818a1c"))),
        ),
        ("restore #7 -m 'gone by mistake' --dry-run", Restore(request=7, reason="gone by mistake", dry_run=True)),
        ("why redis:7 -H web-3", Why(image=ImageWord("redis:7"), host="web-3")),
        ("rm", Choose()),
        ("docker rmi -f -H web-3 -m why", Choose(force=True, host="web-3", reason="why")),
        ("mine", Mine()),
        ("pending", Pending()),
        ("hosts", Hosts()),
        ("stats", Stats()),
        ("stats month", Stats(period="month")),
        ("verify", Verify()),
        ("", Help()),
        ("  \n ", Help()),
        ("help", Help()),
        ("help rm", Help(topic="rm")),
        ("help docker image rm", Help(topic="rm")),
        ("rm --help", Help(topic="rm")),
        ("ls -h", Help(topic="ls")),
        ("history --help", Help(topic="history")),
    ],
)
def test_commands(text: str, command: Command | None) -> None:
    """Options in any order and spelling, operands, and what is left out; None where nothing is understood."""
    parsed = parse(text)
    assert parsed == command if command else not isinstance(parsed, Command)


def test_options_are_those_of_the_command() -> None:
    """``-f`` forces a removal and filters a list, as in Docker."""
    assert parse("rm -f redis $(ls -q -f dangling=true)") == Remove(
        images=(REDIS, Selection(filters=(("dangling", "true"),))), force=True
    )


def test_lines_are_words_of_one_command() -> None:
    """A command may go over several lines."""
    assert parse("rm redis\nnginx\n\ndocker") == Remove(images=(REDIS, ImageWord("nginx"), ImageWord("docker")))
